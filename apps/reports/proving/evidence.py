"""What the ledger says of a round that a notice may name: readings, counts, days, rules, meetings, and the words of its records.

Read once, in a number of queries that does not depend on how much there is; the check itself asks no database.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from apps.issues.models import Activity, Inspection
from apps.measures.models import Evidence, Indicator, Measure, Reading, Regulation
from apps.reports.figures import counts
from apps.reports.models import FigureDecision, Notice

Source = Literal["reading", "due", "balance", "sum", "count", "day", "text"]


@dataclass(frozen=True)
class Point:
    """One reading of an indicator that counts: value in base units, the day it stands for, the words it was taken from."""

    value: Decimal
    as_of: dt.date
    quote: str = ""


@dataclass(frozen=True)
class Fact:
    """One figure of the ledger. ``issue`` is the number of the issue it belongs to; None: the round.

    ``points`` in their order, the last one stands. ``terms``: how a derived value came about. ``key`` names the row (``indicator:12``).
    """

    key: str
    source: Source
    name: str
    unit: str
    scale: str
    points: tuple[Point, ...]
    issue: int | None = None
    quote: str = ""
    measure: str = ""
    evidence: int = 0
    terms: str = ""

    def standing(self, until: dt.date) -> Point:
        """What was last read up to the day; a fact that was first read later stands as it was read first."""
        return next((point for point in reversed(self.points) if point.as_of <= until), self.points[0])

    def shown(self, value: Decimal) -> str:
        """A value as it would be written in the notice: 460000 → 46万元."""
        return f"{plain(value / SCALES.get(self.scale, Decimal(1)))}{self.scale}{self.unit}"


@dataclass(frozen=True)
class Words:
    """The words of a record in which a date or a limit can stand. ``quoted``: they are the notice's own, and prove no quantity."""

    key: str
    label: str
    text: str
    issue: int | None = None
    quoted: bool = False


@dataclass(frozen=True)
class Day:
    """A day of the round that prose names: entry and end on site, feedback, a meeting. ``words`` say which."""

    key: str
    name: str
    start: dt.date
    until: dt.date
    words: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """A decision that stands: for which place, sentence and number."""

    pk: int
    place: str
    sentence_hash: str
    written: str
    occurrence: int
    verdict: str
    indicator: int | None
    reason: str
    by: str
    at: str

    @property
    def label(self) -> str:
        return FigureDecision.Verdict(self.verdict).label


@dataclass(frozen=True)
class Ledger:
    """All of it for one notice and audience."""

    until: dt.date
    asked_until: dt.date | None
    facts: tuple[Fact, ...] = ()
    words: tuple[Words, ...] = ()
    days: tuple[Day, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    per_category: dict[int, int] = field(default_factory=dict)
    measures_by_issue: dict[int, int] = field(default_factory=dict)
    regulations_by_issue: dict[int, int] = field(default_factory=dict)
    loose_regulations: int = 0
    decided: tuple[Decided, ...] = ()

    def fact_of(self, key: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.key == key), None)


ALWAYS = dt.date.min
"""A count holds whenever it is asked."""
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
OUTCOMES = {
    Indicator.Outcome.RECOVERED: ("recovered", "挽回资金合计", "元", "万"),
    Indicator.Outcome.HANDLED: ("handled", "处理人数合计", "人", ""),
}


def plain(value: Decimal) -> str:
    """Without trailing zeros and never with an exponent."""
    return f"{value.normalize():f}" if value else "0"


def ledger_of(notice: Notice, audience: str = "society") -> Ledger:
    """What the notice may say, as the ledger has it now, up to the notice's own cut-off."""
    inspection = notice.inspection
    until = notice.figures_until or notice.dated_on
    found = counts(inspection)
    rules = list(inspection.regulations.in_force().select_related("issue").order_by("pk"))
    measures = list(Measure.objects.filter(issue__inspection=inspection).select_related("issue").order_by("issue__number", "ordinal"))
    issues = list(inspection.issues.select_related("category").order_by("number"))
    meetings = list(inspection.activities.select_related("issue").order_by("pk"))
    named = ("categories", "issues", "measures", "regulations", "led", "groups", "meetings")
    words: list[Words] = []
    for issue in issues:
        words += _words(f"issue:{issue.pk}", f"问题 {issue.number}", issue.number, (issue.title, issue.finding, issue.goal), issue.quote)
    for measure in measures:
        label = f"措施 {measure.number}"
        words += _words(f"measure:{measure.pk}", label, measure.issue.number, (measure.text,), measure.quote)
    for rule in rules:
        of = rule.issue.number if rule.issue else None
        words += _words(f"regulation:{rule.pk}", f"制度《{rule.title}》", of, (rule.title,), rule.quote)
    for held in meetings:
        of = held.issue.number if held.issue else None
        words += _words(f"activity:{held.pk}", f"活动“{held.title}”", of, (held.title,), held.quote)
    facts = [*_readings(inspection, until), *_issue_counts(measures, rules), *_repeated(meetings)]
    for fact in facts:
        if fact.source == "reading":
            words += _words(fact.key, f"指标“{fact.name}”", fact.issue, (fact.name,), fact.quote)
    return Ledger(
        until=until,
        asked_until=notice.figures_until,
        facts=tuple(facts),
        words=tuple(words),
        days=tuple(_days(inspection, meetings)),
        counts={name: getattr(found, name) for name in named},
        per_category=dict(Counter(issue.category.number for issue in issues)),
        measures_by_issue=dict(Counter(measure.issue.number for measure in measures)),
        regulations_by_issue=dict(Counter(rule.issue.number for rule in rules if rule.issue)),
        loose_regulations=sum(rule.issue is None for rule in rules),
        decided=tuple(_decided(notice, audience)),
    )


def _words(key: str, label: str, issue: int | None, said: tuple[str, ...], quote: str) -> list[Words]:
    lines = [Words(key, label, text, issue) for text in said if text]
    return [*lines, Words(key, label, quote, issue, quoted=True)] if quote else lines


def _readings(inspection: Inspection, until: dt.date) -> Iterator[Fact]:
    """One fact for each indicator that was read; what is due, the balance, and the sums that follow from them."""
    points: defaultdict[int, list[Point]] = defaultdict(list)
    standing = Reading.objects.standing().filter(indicator__issue__inspection=inspection).order_by("as_of", "pk")
    for key, value, as_of, quote in standing.values_list("indicator", "value", "as_of", "quote"):
        points[key].append(Point(value, as_of, quote))
    papers = Evidence.objects.counting().filter(measure__issue__inspection=inspection).values_list("measure", flat=True)
    handed = Counter(papers)
    sums: defaultdict[str, list[Fact]] = defaultdict(list)
    rows = Indicator.objects.filter(issue__inspection=inspection).select_related("issue", "measure__issue").order_by("issue__number", "pk")
    for row in rows:
        if row.pk not in points:
            continue
        scale = row.unit[0] if row.unit[:1] in SCALES and len(row.unit) > 1 else ""
        fact = Fact(
            key=f"indicator:{row.pk}",
            source="reading",
            name=row.name,
            unit=row.unit[len(scale) :],
            scale=scale,
            points=tuple(points[row.pk]),
            issue=row.issue.number,
            quote=row.quote,
            measure=row.measure.number if row.measure else "",
            evidence=handed[row.measure_id] if row.measure_id else 0,
        )
        yield fact
        yield from _owed(row, fact, until)
        if row.outcome:
            sums[row.outcome].append(fact)
    yield from _sums(sums, until)


def _sums(parts_of: Mapping[str, list[Fact]], until: dt.date) -> Iterator[Fact]:
    """What all issues together recovered, and how many people were dealt with."""
    for outcome, parts in parts_of.items():
        key, name, unit, scale = OUTCOMES[Indicator.Outcome(outcome)]
        total = sum((part.standing(until).value for part in parts), Decimal(0))
        yield Fact(f"sum:{key}", "sum", name, unit, scale, (Point(total, until),), terms=f"{len(parts)} 项成效指标最新数之和")


def _owed(row: Indicator, fact: Fact, until: dt.date) -> Iterator[Fact]:
    """应收 and what is left of it: due − read."""
    if row.due_amount is None:
        return
    last = fact.standing(until)
    due = Point(row.due_amount, last.as_of)
    left = Point(row.due_amount - last.value, last.as_of)
    terms = f"{fact.shown(due.value)} − {fact.shown(last.value)} = {fact.shown(left.value)}"
    yield replace(fact, key=f"due:{row.pk}", source="due", name=f"{row.name}（应完成数）", points=(due,), quote="")
    yield replace(fact, key=f"balance:{row.pk}", source="balance", name=f"{row.name}（剩余）", points=(left,), quote="", terms=terms)


def _issue_counts(measures: list[Measure], rules: list[Regulation]) -> Iterator[Fact]:
    """How many measures and rules an issue has."""
    per_issue = Counter(measure.issue.number for measure in measures)
    made = Counter(rule.issue.number for rule in rules if rule.issue)
    for name, unit, found in (("整改措施", "条", per_issue), ("规章制度", "项", made)):
        for number, count in found.items():
            points = (Point(Decimal(count), ALWAYS),)
            yield Fact(f"count:{unit}:{number}", "count", name, unit, "", points, issue=number)


def _repeated(meetings: list[Activity]) -> Iterator[Fact]:
    """Meetings that were held several times under one name: 6次, 12场次."""
    held = Counter((row.issue.number if row.issue else None, row.title) for row in meetings)
    first = {(row.issue.number if row.issue else None, row.title): row for row in reversed(meetings)}
    for (issue, title), times in held.items():
        row = first[(issue, title)]
        if times > 1:
            point = Point(Decimal(times), ALWAYS, row.quote)
            yield Fact(f"activity:{row.pk}", "count", title, "次", "", (point,), issue=issue, quote=row.quote)


def _days(inspection: Inspection, meetings: list[Activity]) -> Iterator[Day]:
    yield Day("round:feedback_on", "反馈日期", inspection.feedback_on, inspection.feedback_on, ("反馈",))
    yield Day("round:on_site", "进驻起止日期", inspection.on_site_from, inspection.on_site_to, ("巡视", "巡察", "进驻"))
    for held in meetings:
        if held.held_on:
            yield Day(f"activity:{held.pk}", held.title, held.held_on, held.held_on, (held.title,))


def _decided(notice: Notice, audience: str) -> Iterator[Decided]:
    if notice.pk is None:
        return
    standing = FigureDecision.objects.filter(notice=notice, audience=audience, withdrawn_at__isnull=True).select_related("by")
    for row in standing:
        yield Decided(
            row.pk,
            row.place,
            row.sentence_hash,
            row.written,
            row.occurrence,
            row.verdict,
            row.indicator_id,
            row.reason,
            str(row.by),
            row.at.isoformat(timespec="minutes"),
        )
