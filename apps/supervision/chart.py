"""The back-scheduled chart 倒排工期图 of a unit, a leader or a category: its measures on one axis, each with its computed steps.

The steps are reckoned backwards from the due date, in working days: they are a help for planning, not tasks that somebody set.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from apps.issues.models import Category, Inspection, Issue
from apps.measures.deadlines import ONE_DAY, CalendarNotLoaded, WorkCalendar
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.measures.templatetags.measure_ui import WORDS, due_words
from apps.supervision.scope import Scope
from apps.supervision.timescale import Bar, Node, Scale, bar_of
from apps.units.errors import ActRefused
from apps.units.models import Unit

MOST_ROWS = 400
FEWEST_DAYS = 10
TEXT_LENGTH = 54


@dataclass(frozen=True)
class Step:
    """A step, the one character that stands for it, and how much of the time is left when it is to be done, in percent."""

    word: str
    name: str
    left: int


STEPS = (Step("方", "提出方案", 80), Step("施", "实施到位", 40), Step("查", "自查自纠", 15), Step("报", "申报完成", 5))
RULE = (
    "倒排节点为系统计算，不是下达的任务：从整改时限往回推，按分工日（没有的按反馈日）到时限之间的工作日，"
    + "、".join(f"{step.name}留 {step.left}%" for step in STEPS)
    + f"，不足 1 天的进到 1 天；时限不足 {FEWEST_DAYS} 个工作日、长期坚持和已办结的不排。"
)


@dataclass(frozen=True)
class Choice:
    """Whose chart: one unit, one leader or one category of the round."""

    kind: str
    label: str
    key: str
    title: str

    @property
    def query(self) -> dict[str, str]:
        return {self.kind: self.key}


@dataclass(frozen=True)
class Row:
    """A measure as the chart shows it."""

    measure: Measure
    mark: str
    tone: str
    words: str
    bar: Bar | None

    @property
    def text(self) -> str:
        """Two lines on paper; the number leads to the whole."""
        words = self.measure.text
        return words if len(words) <= TEXT_LENGTH else f"{words[: TEXT_LENGTH - 1]}…"

    @property
    def is_example(self) -> bool:
        """Whether the due date is demonstration data."""
        return self.measure.demonstrates("due_on")

    @property
    def state(self) -> str:
        return WORDS[self.mark]


@dataclass(frozen=True)
class Section:
    """An issue and its measures."""

    issue: Issue
    rows: list[Row]


@dataclass
class Workdays:
    """The working days between two days, looked up once. Years without data are remembered, never guessed."""

    first: dt.date
    last: dt.date
    unknown: set[int] = field(default_factory=set)

    @cached_property
    def days(self) -> list[dt.date]:
        calendar, found = WorkCalendar(), []
        day = self.first
        while day <= self.last:
            try:
                if calendar.is_workday(day):
                    found.append(day)
            except CalendarNotLoaded as gap:
                self.unknown.add(gap.year)
            day += ONE_DAY
        return found

    def between(self, start: dt.date, end: dt.date) -> list[dt.date] | None:
        """After ``start`` up to ``end``; None where a year between them is not loaded."""
        days = self.days
        if any(start.year <= year <= end.year for year in self.unknown):
            return None
        return days[bisect_right(days, start) : bisect_right(days, end)]


def nodes_of(measure: Measure, begins: dt.date, work: Workdays, scale: Scale) -> list[Node]:
    """The steps of a running measure, by the rule in ``RULE``."""
    due = measure.due_on
    if due is None or measure.stopped_on is not None:
        return []
    days = work.between(begins, due)
    if days is None or len(days) < FEWEST_DAYS:
        return []
    found = []
    for number, step in enumerate(STEPS):
        before = max(1, -(-len(days) * step.left // 100))
        day = days[bisect_left(days, due) - before] if before <= bisect_left(days, due) else days[0]
        found.append(Node(step.word, day, scale.at(day), high=number % 2 == 0))
    return scale.apart(found, due)


@dataclass(frozen=True)
class Chart:
    """What page and paper show."""

    inspection: Inspection
    choice: Choice
    today: dt.date
    counts: list[tuple[str, str, int]]
    sections: list[Section]
    scale: Scale
    unknown_years: list[int]

    @property
    def total(self) -> int:
        return sum(len(section.rows) for section in self.sections)

    @property
    def today_at(self) -> str:
        return self.scale.at(self.today)

    @property
    def title(self) -> str:
        return f"{self.inspection.name.removesuffix('整改')}整改倒排工期图"

    @property
    def unknown_words(self) -> str:
        if not self.unknown_years:
            return ""
        years = "、".join(str(year) for year in self.unknown_years)
        return f"{years} 年的节假日安排尚未载入，跨入该年的措施不排倒排节点。"


def choices(scope: Scope) -> dict[str, list[Choice]]:
    """By parameter: the units, leaders and categories that have a measure in the scope, in three queries."""
    measures = scope.measures.order_by()
    units = Unit.objects.filter(pk__in=measures.values("lead_unit"))
    officials = measures.exclude(issue__lead_official="").values_list("issue__lead_official", flat=True).distinct()
    categories = Category.objects.filter(pk__in=measures.values("issue__category"))
    return {
        "unit": [Choice("unit", "牵头单位", str(row.pk), row.name) for row in units],
        "official": [Choice("official", "责任领导", name, name) for name in sorted(officials)],
        "category": [Choice("category", "方面", str(row.pk), str(row)) for row in categories.order_by("number")],
    }


def rows_of(scope: Scope, choice: Choice) -> MeasureQuerySet:
    path = {"unit": "lead_unit", "official": "issue__lead_official", "category": "issue__category"}[choice.kind]
    return scope.measures.filter(**{path: choice.key})


def chart_of(scope: Scope, choice: Choice) -> Chart:
    """The chart of one choice; more rows than can be read are refused in words."""
    rows = rows_of(scope, choice)
    found = list(
        rows.with_mark(*scope.window)
        .select_related("issue__category", "issue__lead_unit", "lead_unit")
        .order_by("issue__number", "ordinal")[: MOST_ROWS + 1]
    )
    if len(found) > MOST_ROWS:
        raise ActRefused(f"“{choice.title}”有 {rows.count()} 条措施，一张图最多 {MOST_ROWS} 条，请改按单位或责任领导分开打印")
    feedback, today = scope.inspection.feedback_on, scope.today
    dues = [day for row in found for day in (row.due_on, row.original_due_on) if day]
    scale = Scale.over([feedback, today, *dues])
    work = Workdays(feedback, max([today, *dues]))
    sections = [
        Section(rows[0].issue, [_row(row, scope, scale, work) for row in rows])
        for _issue, rows in ((key, list(group)) for key, group in groupby(found, key=lambda row: row.issue_id))
    ]
    counts = [(mark, WORDS[mark], number) for mark, number in rows.mark_counts(*scope.window).items() if number]
    touched = unknown_in(found, work)
    return Chart(scope.inspection, choice, today, counts, sections, scale, touched)


def unknown_in(rows: Sequence[Measure], work: Workdays) -> list[int]:
    """The years without a calendar that keep a running measure from its steps."""
    ends = [row.due_on.year for row in rows if row.due_on and row.stopped_on is None]
    return sorted(year for year in work.unknown if any(year <= end for end in ends))


def _row(measure: Measure, scope: Scope, scale: Scale, work: Workdays) -> Row:
    begins = measure.assigned_on or scope.inspection.feedback_on
    measure.is_soon = measure.mark == "soon"
    tone, words = due_words(measure, scope.today)
    nodes = nodes_of(measure, begins, work, scale)
    return Row(measure, measure.mark, tone, words, bar_of(measure, scale, scope.today, begins, nodes))
