"""The figures of the dashboard, each from one place: three tracks of completion, remaining over time, outcomes.

Every function takes measures that are already filtered to what the user may see, and asks a number of queries that does not
depend on how many measures there are. A rate always stands beside its formula.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count

from apps.issues.models import Inspection, Issue
from apps.issues.services import months_after
from apps.measures.deadlines import ONE_DAY
from apps.measures.models import Regulation
from apps.measures.querysets import MeasureQuerySet, counts_by_mark
from apps.measures.rollup import Sum, wan
from apps.supervision.figures.rows import Row, Tally, read_rows, tallies, tally_of
from apps.supervision.models import Letter
from apps.units.models import User

HORIZON_MONTHS = 12


REMAINING_FORMULA = (
    "剩余 = 有时限的措施数 − 截至当日已办结并经整改办核实的措施数；计划 = 有时限的措施数 − 原定时限已到的措施数（今天到期的还不算）"
)
MONEY_FORMULA = "追缴退缴资金 = 成效登记为“挽回资金”的指标最新数之和（审核通过的才计）"


@dataclass(frozen=True)
class Tracks:
    """The tallies of a set of measures: all, by category, by lead unit."""

    overall: Tally
    by_category: dict[int, Tally]
    by_unit: dict[int, Tally]


def tracks(measures: MeasureQuerySet, today: dt.date, until: dt.date) -> Tracks:
    """All tallies of measures, read in one query."""
    return tracks_of(read_rows(measures, today, until))


def tracks_of(rows: list[Row]) -> Tracks:
    """All tallies of rows that were read already."""
    return Tracks(tally_of(rows), tallies(rows, lambda row: row.category), tallies(rows, lambda row: row.unit))


def marks_by_category(measures: MeasureQuerySet, today: dt.date, until: dt.date) -> dict[int, dict[str, int]]:
    """How many measures of each category carry each mark, in one query."""
    return marks_of(read_rows(measures, today, until))


def marks_of(rows: list[Row]) -> dict[int, dict[str, int]]:
    """The same of rows that were read already."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.category][row.mark] += 1
    return {category: counts_by_mark(list(counted.items())) for category, counted in found.items()}


@dataclass(frozen=True)
class Point:
    """A day of the curve: measures left by plan, and in fact (None: that day has not come)."""

    day: dt.date
    planned: int
    remaining: int | None


@dataclass(frozen=True)
class Remaining:
    """Measures left over time against the plan, up to a year ahead; ``total`` counts those with a due date."""

    total: int
    undated: int
    today: dt.date
    points: list[Point]

    @property
    def now(self) -> Point:
        return next(point for point in self.points if point.day == self.today)

    @property
    def gap(self) -> int:
        """Measures left today beyond the plan; negative when ahead of it."""
        return (self.now.remaining or 0) - self.now.planned

    @property
    def gap_words(self) -> str:
        if not self.total:
            return "—"
        if self.gap == 0:
            return "与计划一致"
        return f"比计划多 {self.gap} 条" if self.gap > 0 else f"比计划少 {-self.gap} 条"

    @property
    def conclusion(self) -> str:
        """What the chart says, in a sentence."""
        return (
            f"截至 {self.today}，有时限的 {self.total} 条措施还剩 {self.now.remaining} 条，计划剩余 {self.now.planned} 条，{self.gap_words}"
        )


def remaining(measures: MeasureQuerySet, inspection: Inspection, today: dt.date) -> Remaining:
    """The curve at each month's end from the feedback on, and today, in two queries.

    The plan goes by the original due dates. What is due today is not late yet, so today's plan is that of yesterday's end.
    """
    dated = measures.filter(original_due_on__isnull=False).order_by()
    planned = dict(dated.values_list("original_due_on").annotate(n=Count("pk")))
    done = dict(dated.finished().values_list("stopped_on").annotate(n=Count("pk")))
    total = sum(planned.values())
    points = [
        Point(day, total - upto(planned, day - ONE_DAY if day == today else day), total - upto(done, day) if day <= today else None)
        for day in curve_days(inspection.feedback_on, today, max(planned, default=today))
    ]
    return Remaining(total, measures.filter(original_due_on__isnull=True).count(), today, points)


def upto(counts: dict[dt.date, int], day: dt.date) -> int:
    return sum(count for when, count in counts.items() if when <= day)


def curve_days(start: dt.date, today: dt.date, last: dt.date) -> list[dt.date]:
    """The feedback day, every month's end until the last planned day (a year ahead at most), and today."""
    end = max(today, min(last, months_after(today, HORIZON_MONTHS)))
    days = {min(start, today), today}
    year, month = start.year, start.month
    while dt.date(year, month, 1) <= end:
        days.add(dt.date(year, month, calendar.monthrange(year, month)[1]))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return sorted(days)


class Money(NamedTuple):
    """Money that has come back, in 元, by how many indicators, as of the latest of their dates."""

    yuan: Decimal
    indicators: int
    as_of: dt.date | None

    @property
    def wan(self) -> Decimal:
        """In 万元."""
        return Decimal(self.shown)

    @property
    def shown(self) -> str:
        """In 万元, without trailing zeros."""
        return wan(self.yuan)


def money_recovered(whole: Sum) -> Money:
    """What has come back, of a roll-up of outcomes: the latest readings that count of the indicators entered as recovered money."""
    return Money(whole.recovered, whole.recovered_figures, whole.recovered_on)


def regulations_made(user: User, inspection: Inspection, measures: MeasureQuerySet, *, whole: bool) -> int:
    """Rules made or revised; of the whole round for those who see all of it, else of the issues of these measures."""
    rows = Regulation.objects.visible_to(user).in_force().filter(inspection=inspection)
    return (rows if whole else rows.filter(issue__in=measures.values("issue"))).count()


class Closures(NamedTuple):
    """Issues closed, waiting for the decision, and all."""

    closed: int
    applied: int
    total: int


def closures(inspection: Inspection, measures: MeasureQuerySet, *, whole: bool) -> Closures:
    """Of the whole round, issues without a measure included, for those who see all of it; else of the issues of these measures."""
    issues = inspection.issues.all() if whole else Issue.objects.filter(pk__in=measures.values("issue"))
    states = dict(issues.order_by().values_list("closure").annotate(n=Count("pk")))
    return Closures(states.get(Issue.ClosureState.CLOSED, 0), states.get(Issue.ClosureState.APPLIED, 0), sum(states.values()))


class Urging(NamedTuple):
    """How often a measure was urged by letter, and the last of those letters."""

    letters: int
    last: Letter


def urgings(user: User, measures: Iterable[int]) -> dict[int, Urging]:
    """By measure: its letters that the user sees, in two queries."""
    keys = list(measures)
    letters = Letter.objects.visible_to(user).filter(measures__in=keys).distinct().in_bulk()
    links = Letter.measures.through.objects.filter(measure__in=keys, letter__in=letters).values_list("measure_id", "letter_id")
    found: defaultdict[int, list[Letter]] = defaultdict(list)
    for measure, letter in links:
        found[measure].append(letters[letter])
    newest = {measure: max(sent, key=lambda letter: (letter.year, letter.number)) for measure, sent in found.items()}
    return {measure: Urging(len(found[measure]), last) for measure, last in newest.items()}
