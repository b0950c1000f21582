"""Days on a line: where a day stands between two others, in percents that a drawing takes as they are.

The wall chart and the back-scheduled chart draw their bars from here, so that the same measure looks the same on both.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from apps.measures.models import Measure

FEWEST_MONTHS = 3
LABELS = 12
# How much of the axis the circle of a step takes: of 730 px on paper, of some 330 px on the screen.
PAPER_GAP, SCREEN_GAP = 1.8, 4.0


class Month(NamedTuple):
    """A month of the axis; its words are left out where they would not fit; the first of a year names it."""

    words: str
    left: str


class Span(NamedTuple):
    """A stretch of a bar."""

    left: str
    width: str


class Node(NamedTuple):
    """A computed step on the way to the due date; every other one stands higher, so that near ones can be read.

    ``left`` is its day. Its word stands ``on_paper`` or ``on_screen``, before the day where the next one would cover it.
    """

    word: str
    day: dt.date
    left: str
    high: bool
    on_paper: str = ""
    on_screen: str = ""


@dataclass(frozen=True)
class Scale:
    """Whole months from the first of ``start``'s to the last of ``end``'s."""

    first: dt.date
    last: dt.date
    labels: int = LABELS

    @classmethod
    def over(cls, days: Sequence[dt.date], labels: int = LABELS) -> Scale:
        """The months that hold all of the days, three at least; there is room for so many labels."""
        first = min(days).replace(day=1)
        last = max(*days, first + dt.timedelta(days=31 * FEWEST_MONTHS - 5))
        return cls(first, last.replace(day=calendar.monthrange(last.year, last.month)[1]), labels)

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

    def apart(self, nodes: Sequence[Node], due: dt.date) -> list[Node]:
        """With places for their words: none covers another, nor the due date they all lead to."""
        high, low = ([node for node in nodes if node.high is upper] for upper in (True, False))
        found = []
        for row in (high, low):
            days, end = [self._place(node.day, 1) for node in row], self._place(due, 1)
            paper, screen = ([percent(place) for place in spread(days, end, gap)] for gap in (PAPER_GAP, SCREEN_GAP))
            places = zip(row, paper, screen, strict=True)
            found += [node._replace(on_paper=printed, on_screen=shown) for node, printed, shown in places]
        return sorted(found, key=lambda node: node.day)

    @cached_property
    def months(self) -> list[Month]:
        starts = []
        day = self.first
        while day <= self.last:
            starts.append(day)
            day += dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])
        step = -(-len(starts) // self.labels)
        found, year = [], 0
        for number, day in enumerate(starts):
            left = self._place(day, 0)
            shown = number % step == 0 and left <= 100 - 80 / self.labels
            words = "" if not shown else f"{day:%Y-%m}" if day.year != year else f"{day.month} 月"
            year = day.year if shown else year
            found.append(Month(words, percent(left)))
        return found

    @cached_property
    def months_on_screen(self) -> list[Month]:
        """Half as many words, for an axis that is narrower than on paper."""
        return replace(self, labels=max(1, self.labels // 2)).months

    @cached_property
    def grid(self) -> str:
        """The lines between the months as one path, on a field of 100 by 1."""
        return "".join(f"M{month.left.rstrip('%')} 0V1" for month in self.months)

    def _place(self, day: dt.date, part: int) -> float:
        return min(100.0, max(0.0, 100 * ((day - self.first).days + part) / self.length))


def spread(places: Sequence[float], end: float, gap: float) -> list[float]:
    """The places, from left to right, moved to the left so that each keeps the gap to the next and the last to the end; where the axis
    begins they are moved to the right again."""
    found: list[float] = []
    limit = end
    for place in reversed(places):
        limit = min(place, limit - gap)
        found.append(limit)
    least = gap / 2
    for number, place in enumerate(reversed(found)):
        found[len(found) - 1 - number] = max(place, least)
        least = max(place, least) + gap
    return found[::-1]


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
