"""Days on a line: where a day stands between two others, in percents that a drawing takes as they are.

The wall chart and the back-scheduled chart draw their bars from here, so that the same measure looks the same on both.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from apps.measures.models import Measure

FEWEST_MONTHS = 3
MOST_LABELS = 14


class Month(NamedTuple):
    """A month of the axis; its words are left out where they would not fit."""

    words: str
    left: str
    middle: str


class Span(NamedTuple):
    """A stretch of a bar."""

    left: str
    width: str


class Node(NamedTuple):
    """A computed step on the way to the due date."""

    word: str
    day: dt.date
    left: str


@dataclass(frozen=True)
class Scale:
    """Whole months from the first of ``start``'s to the last of ``end``'s."""

    first: dt.date
    last: dt.date

    @classmethod
    def over(cls, days: Sequence[dt.date]) -> Scale:
        """The months that hold all of the days, three at least."""
        first = min(days).replace(day=1)
        last = max(max(days), first + dt.timedelta(days=31 * FEWEST_MONTHS - 5))
        return cls(first, last.replace(day=calendar.monthrange(last.year, last.month)[1]))

    @cached_property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def at(self, day: dt.date) -> str:
        """The end of that day, for a tick."""
        return percent(self._place(day, 1))

    def from_to(self, start: dt.date, end: dt.date) -> Span | None:
        """From the beginning of one day to the end of another; None where nothing of it can be seen."""
        left, right = self._place(start, 0), self._place(end, 1)
        return Span(percent(left), percent(right - left)) if right > left else None

    def after(self, start: dt.date, end: dt.date) -> Span | None:
        """What comes after one day, to the end of another."""
        return self.from_to(start + dt.timedelta(days=1), end)

    @cached_property
    def months(self) -> list[Month]:
        starts = []
        day = self.first
        while day <= self.last:
            starts.append(day)
            day += dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])
        step = -(-len(starts) // MOST_LABELS)
        return [self._month(day, shown=number % step == 0, first=number == 0) for number, day in enumerate(starts)]

    def _month(self, day: dt.date, *, shown: bool, first: bool) -> Month:
        left = self._place(day, 0)
        width = 100 * calendar.monthrange(day.year, day.month)[1] / self.length
        words = f"{day.year} 年 {day.month} 月" if first or day.month == 1 else f"{day.month} 月"
        return Month(words if shown else "", percent(left), percent(left + width / 2))

    def _place(self, day: dt.date, part: int) -> float:
        return min(100.0, max(0.0, 100 * ((day - self.first).days + part) / self.length))


def percent(value: float) -> str:
    return f"{value:.2f}%"


@dataclass(frozen=True)
class Bar:
    """One measure on the axis: what has run, what is left, what is late; the due date, the original one, today."""

    run: Span | None
    left: Span | None
    late: Span | None
    due: str
    original: str
    today: str
    nodes: Sequence[Node] = ()


def bar_of(measure: Measure, scale: Scale, today: dt.date, begins: dt.date, nodes: Sequence[Node] = ()) -> Bar | None:
    """None for a measure without a due date. The clock of a report handed in has stopped, so nothing of it is left or late."""
    due = measure.due_on
    if due is None:
        return None
    stopped = measure.stopped_on
    late = measure.is_overdue(today)
    until = stopped or min(today, due)
    return Bar(
        run=scale.from_to(begins, until),
        left=scale.after(max(today, begins), due) if stopped is None and today < due else None,
        late=scale.after(due, today) if late else None,
        due=scale.at(due),
        original=scale.at(measure.original_due_on) if measure.original_due_on and measure.is_extended else "",
        today=scale.at(today),
        nodes=nodes,
    )
