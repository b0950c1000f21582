"""How measures and issues look wherever they are shown: pills, deadlines, strips. ``timeline`` is the book's own tag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template

from apps.issues.models import Issue
from apps.ledgers.templatetags.book_ui import timeline
from apps.measures.models import Measure, Progress
from apps.measures.querysets import MARKS

register = template.Library()

WORDS = {
    "none": "未启动",
    "doing": "推进中",
    "review": "待审核",
    "done": "已完成",
    "closed": "已销号",
    "soon": "临期",
    "over": "逾期",
    "returned": "退回补正",
}
MARK_OF_STATE = {
    Measure.State.NOT_STARTED: "none",
    Measure.State.ONGOING: "doing",
    Measure.State.IN_REVIEW: "review",
    Measure.State.STAGE_DONE: "done",
    Measure.State.DONE: "done",
}
MARK_OF_CLOSURE = {Issue.ClosureState.OPEN: "doing", Issue.ClosureState.APPLIED: "review", Issue.ClosureState.CLOSED: "closed"}
GAP = 0.6
THINNEST = 0.8


def pill(mark: str, words: str = "") -> dict[str, str]:
    look = "back" if mark == "returned" else mark
    return {"name": f"s-{look}", "tint": look, "words": words or WORDS[mark]}


@register.inclusion_tag("measures/parts/pill.html")
def status_pill(mark: str) -> dict[str, str]:
    """``{% status_pill mark %}`` for none, doing, review, done, closed, soon, over, returned.

    Template: measures/parts/pill.html with ``name`` (of the icon), ``tint`` and ``words``.
    """
    return pill(mark)


@register.inclusion_tag("measures/parts/pill.html")
def progress_pill(measure: Measure) -> dict[str, str]:
    """``{% progress_pill measure %}``: the stored progress; 退回补正 where an annotation (``last_review`` of ``for_register``,
    ``latest_review`` of ``returned``) says that the latest report of a running measure was sent back.

    Template: measures/parts/pill.html, as for ``status_pill``.
    """
    if measure.progress == Measure.State.ONGOING and was_returned(measure):
        return pill("returned")
    return pill(MARK_OF_STATE[Measure.State(measure.progress)], str(measure.get_progress_display()))


def was_returned(measure: Measure) -> bool:
    """As ``MeasureQuerySet.returned`` has it."""
    latest = getattr(measure, "last_review", None) or getattr(measure, "latest_review", None)
    return latest == Progress.Review.RETURNED or getattr(measure, "last_unfounded_on", None) is not None


@register.inclusion_tag("measures/parts/pill.html")
def closure_pill(issue: Issue) -> dict[str, str]:
    """``{% closure_pill issue %}``: 整改中, 申请销号 or 已销号. Template: measures/parts/pill.html, as for ``status_pill``."""
    return pill(MARK_OF_CLOSURE[Issue.ClosureState(issue.closure)], str(issue.get_closure_display()))


@register.inclusion_tag("measures/parts/due.html")
def due(measure: Measure, today: dt.date) -> dict[str, Any]:
    """``{% due measure today %}``: calendar days to or past the due date, the date beneath; amber where ``for_register``
    annotated ``is_soon``. A report that waits for review has stopped the clock.

    Template: measures/parts/due.html with ``tone`` (over, soon or empty), ``words``, ``date`` and ``was`` (the original date
    of an extended measure).
    """
    tone, words = due_words(measure, today)
    return {
        "tone": tone,
        "words": words,
        "date": measure.due_on,
        "was": measure.original_due_on if measure.due_on and measure.is_extended else None,
    }


def due_words(measure: Measure, today: dt.date) -> tuple[str, str]:
    """The tone and the words of a deadline."""
    if measure.due_on is None:
        return "", "已办结" if measure.is_finished else "长期坚持"
    late = measure.days_late(today)
    if measure.stopped_on is not None:
        ending = "办结" if measure.is_finished else "提交"
        return "", f"逾期 {late} 天{ending}" if late else f"按期{ending}"
    if late:
        return "over", f"逾期 {late} 天"
    left = (measure.due_on - today).days
    return "soon" if getattr(measure, "is_soon", False) else "", f"还剩 {left} 天" if left else "今天到期"


@dataclass(frozen=True)
class Piece:
    """One coloured piece of a strip; places are percents of its width."""

    mark: str
    count: int
    left: str
    width: str

    @property
    def words(self) -> str:
        return WORDS[self.mark]


@register.inclusion_tag("measures/parts/seg.html")
def seg(counts: Mapping[str, int], total: int | None = None, thin: bool = False) -> dict[str, Any]:
    """``{% seg counts total %}``: a strip of ``counts`` (mark → number) in the order of ui/README.md §5.

    ``total`` is the number that fills the whole strip, the sum of the counts unless given.
    Template: measures/parts/seg.html with ``pieces``, ``words`` (the counts in words) and ``thin``.
    """
    whole = total or sum(counts.values())
    return {"pieces": pieces(counts, whole), "words": in_words(counts), "thin": thin}


def pieces(counts: Mapping[str, int], whole: int) -> list[Piece]:
    """The strip from left to right, with a small gap after each piece; nothing where there is nothing to count."""
    found, at = [], 0.0
    for mark in MARKS:
        number = counts.get(mark, 0)
        if not number or not whole:
            continue
        share = 100 * number / whole
        found.append(Piece(mark, number, f"{at:.2f}%", f"{max(share - GAP, THINNEST):.2f}%"))
        at += share
    return found


def in_words(counts: Mapping[str, int]) -> str:
    return "、".join(f"{WORDS[mark]} {counts[mark]}" for mark in MARKS if counts.get(mark)) or "没有措施"


@register.inclusion_tag("measures/parts/legend.html")
def seg_legend(counts: Mapping[str, int]) -> dict[str, Any]:
    """``{% seg_legend counts %}``: icon, word and number of every mark that occurs.

    Template: measures/parts/legend.html with ``pieces`` (``mark``, ``words``, ``count``).
    """
    return {"pieces": pieces(counts, sum(counts.values()))}


register.inclusion_tag("ledgers/parts/timeline.html", name="timeline")(timeline)
