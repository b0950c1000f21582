"""What moved since the last dispatch (自上次调度以来), from the book; and the forecast's view of earlier days, from the same book."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.issues.models import Activity, Inspection
from apps.measures.as_of import RoundBook
from apps.measures.models import Measure, Progress
from apps.measures.moves import Comparison, Move
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.figures.pace import LOOK_BACKS, BackTest, Task, UnitForecast, back_test, forecast
from apps.units.models import User

SINCE_FORMULA = "两天之间的变化取自台账：上次调度会当天结束时与今天相比；退回补正是其间被退回过填报的措施数"


def last_dispatch(user: User, inspection: Inspection, today: dt.date) -> Activity | None:
    """The latest dispatch meeting before today that the user may read of; one held today has nothing since."""
    seen = Activity.objects.visible_to(user).filter(inspection=inspection)
    return seen.filter(kind=Activity.Kind.DISPATCH, held_on__lt=today).order_by("-held_on", "-pk").first()


def sent_back(since: dt.date) -> Any:
    """The measures that had a report sent back after the day."""
    return Progress.objects.filter(review=Progress.Review.RETURNED, reviewed_on__gt=since).order_by().values("measure")


@dataclass(frozen=True)
class Change:
    """One kind of change, the measures and issues that changed so, and how many."""

    key: str
    words: str
    moves: list[Move]
    count: int


class History:
    """The past of the measures of a scope, read from the book once."""

    def __init__(self, inspection: Inspection, measures: MeasureQuerySet, today: dt.date, *, whole: bool) -> None:
        self.inspection, self.measures, self.today, self.whole = inspection, measures, today, whole

    @cached_property
    def rows(self) -> list[Measure]:
        return list(self.measures.select_related("issue", "lead_unit").order_by("issue__number", "ordinal", "pk"))

    @cached_property
    def book(self) -> RoundBook:
        """Of the whole round issues without a measure are in it too."""
        if self.whole:
            return RoundBook(self.inspection)
        issues = {row.issue_id: row.issue for row in self.rows}
        return RoundBook(self.inspection, measures=self.rows, issues=list(issues.values()))

    def tasks_on(self, day: dt.date) -> list[Task]:
        """The measures that were there on the day, as the book had them."""
        state = self.book.on(day)
        found = []
        for row in self.rows:
            known = state.measures.get(row.pk)
            if known is not None:
                place = (row.issue.number, row.ordinal)
                found.append(Task(row.pk, known.lead_unit_id, known.due_on, known.stopped_on, place))
        return found

    @cached_property
    def forecast(self) -> list[UnitForecast]:
        """Today's, from the rows themselves."""
        tasks = [Task(row.pk, row.lead_unit_id, row.due_on, row.stopped_on, (row.issue.number, row.ordinal)) for row in self.rows]
        return forecast(tasks, self.today)

    @cached_property
    def back_tests(self) -> list[tuple[int, BackTest]]:
        """How many weeks ago, and what came of it."""
        stopped = {row.pk: row.stopped_on for row in self.rows}
        days = [(weeks, self.today - dt.timedelta(weeks=weeks)) for weeks in LOOK_BACKS]
        return [(weeks, back_test(self.tasks_on(day), stopped, day, self.today)) for weeks, day in days]

    def since(self, day: dt.date) -> list[Change]:
        """What changed from the end of that day until today."""
        if day >= self.today:
            return []
        moves = Comparison(self.book, day, self.today).moves
        kinds = (
            ("finished", "新办结措施", "finished"),
            ("overdue", "新增逾期", "overdue"),
            ("cleared", "逾期消除", "cleared"),
            ("redated", "时限调整（延期）", "redated"),
            ("closed", "新销号问题", "closed"),
            ("relapsed", "反弹重开问题", "relapsed"),
        )
        found = []
        for key, words, kind in kinds:
            these = [move for move in moves if kind in move.kinds]
            found.append(Change(key, words, these, len(these)))
        return found
