"""The figures that a notice names in its prose: the selector of all figures computes them, placeholders put them into the text.

Prose is stored with placeholders such as ``{问题数}``, so that its numbers cannot differ from the ledger's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from apps.issues.models import Activity, Inspection, Issue
from apps.measures.models import Measure
from apps.supervision.figures import totals

MEETING_KINDS = (Activity.Kind.COMMITTEE, Activity.Kind.LEADING_GROUP, Activity.Kind.TOPIC, Activity.Kind.INSPECTION_WORK)
BRACES = re.compile(r"\{([^{}]*)\}")
STRAY = re.compile(r"[{}｛｝]")


@dataclass(frozen=True)
class Counts:
    """The figures of one round as its ledger has them now."""

    categories: int
    issues: int
    measures: int
    regulations: int
    led: int
    groups: int
    meetings: int
    finished: int
    long_term: int
    closed: int
    democratic_life_on: dt.date | None
    on_site_from: dt.date
    on_site_to: dt.date
    feedback_on: dt.date


def counts(inspection: Inspection) -> Counts:
    """What prose may name. Regulations are those made or revised (健全完善); meetings are those of the whole round that direct
    the rectification (``MEETING_KINDS``), not those held within one issue and not the 民主生活会."""
    whole_round = inspection.activities.filter(issue__isnull=True)
    democratic_life = whole_round.filter(kind=Activity.Kind.DEMOCRATIC_LIFE, held_on__isnull=False).order_by("-held_on").first()
    measures = Measure.objects.filter(issue__inspection=inspection)
    found = totals(inspection)
    return Counts(
        categories=found.categories,
        issues=found.issues,
        measures=found.measures,
        regulations=found.regulations,
        led=found.led,
        groups=found.groups,
        meetings=whole_round.filter(kind__in=MEETING_KINDS).count(),
        finished=measures.finished().count(),
        long_term=measures.filter(pace=Measure.Pace.LONG_TERM).count(),
        closed=inspection.issues.filter(closure=Issue.ClosureState.CLOSED).count(),
        democratic_life_on=democratic_life.held_on if democratic_life else None,
        on_site_from=inspection.on_site_from,
        on_site_to=inspection.on_site_to,
        feedback_on=inspection.feedback_on,
    )


@dataclass(frozen=True)
class Placeholder:
    """One name that prose may use. ``read`` gives its words, empty when the ledger has nothing to say yet."""

    name: str
    explanation: str
    read: Callable[[Counts], str]

    @property
    def written(self) -> str:
        return f"{{{self.name}}}"


def long_date(day: dt.date) -> str:
    """2025年2月20日, as notices write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_date(day: dt.date | None) -> str:
    return f"{day.month}月{day.day}日" if day else ""


def on_site(found: Counts) -> str:
    """2024年8月18日至9月30日: the year is said twice only where it changes."""
    until = short_date(found.on_site_to) if found.on_site_to.year == found.on_site_from.year else long_date(found.on_site_to)
    return f"{long_date(found.on_site_from)}至{until}"


PLACEHOLDERS = {
    placeholder.name: placeholder
    for placeholder in (
        Placeholder("方面数", "反馈问题的方面数", lambda found: str(found.categories)),
        Placeholder("问题数", "反馈问题数", lambda found: str(found.issues)),
        Placeholder("措施数", "整改措施条数", lambda found: str(found.measures)),
        Placeholder("制度数", "新建和修订的规则制度项数", lambda found: str(found.regulations)),
        Placeholder("领办数", "书记领办的问题数", lambda found: str(found.led)),
        Placeholder("督查组数", "专项督查组个数", lambda found: str(found.groups)),
        Placeholder("会议数", "本轮次常委会、领导小组、专题和巡察整改会议次数", lambda found: str(found.meetings)),
        Placeholder("完成措施数", "已完成（含阶段性完成）的措施条数", lambda found: str(found.finished)),
        Placeholder("长期措施数", "长期坚持的措施条数", lambda found: str(found.long_term)),
        Placeholder("销号数", "已销号的问题数", lambda found: str(found.closed)),
        Placeholder("未销号数", "尚未销号的问题数", lambda found: str(found.issues - found.closed)),
        Placeholder("民主生活会日期", "专题民主生活会日期（月日）", lambda found: short_date(found.democratic_life_on)),
        Placeholder("进驻起止", "进驻起止日期", on_site),
        Placeholder("反馈日期", "反馈日期", lambda found: long_date(found.feedback_on)),
    )
}


def names_in(text: str) -> list[str]:
    """The placeholders a text uses, known or not, in their order."""
    return BRACES.findall(text)


def problems_in(text: str) -> Iterator[str]:
    """What is wrong with the placeholders of a text, one sentence each, naming the place."""
    for name in dict.fromkeys(names_in(text)):
        if name not in PLACEHOLDERS:
            known = "、".join(placeholder.written for placeholder in PLACEHOLDERS.values())
            yield f"没有占位符 {{{name}}}，可用的有 {known}"
    rest = BRACES.sub("", text)
    for found in STRAY.finditer(rest):
        near = rest[max(0, found.start() - 6) : found.end() + 6].replace("\n", " ")
        yield f"“{near}”处的花括号 {found[0]} 没有配对，占位符要写成 {{问题数}} 这样的半角花括号"


def fill(text: str, found: Counts) -> str:
    """The text with its placeholders replaced; what cannot be replaced stays as it is, and :func:`unfilled` names it."""
    return BRACES.sub(lambda match: _words(match[1], found) or match[0], text)


def unfilled(text: str, found: Counts) -> Iterator[str]:
    """Why a text cannot be published as it is: placeholders that are wrong, and those the ledger has nothing for."""
    yield from problems_in(text)
    for name in dict.fromkeys(names_in(text)):
        if name in PLACEHOLDERS and not _words(name, found):
            yield f"台账中还没有{PLACEHOLDERS[name].explanation}，请先登记，或从文字中去掉 {{{name}}}"


def _words(name: str, found: Counts) -> str:
    placeholder = PLACEHOLDERS.get(name)
    return placeholder.read(found) if placeholder else ""
