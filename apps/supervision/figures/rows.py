"""What a figure counts: the measures of a scope as plain rows, read in one query, and the rules by which a row is in a count.

Every breakdown of the dashboard (by category, unit, leader, week …) is a count over these rows, so that two breakdowns of the same
measures cannot disagree. The filters of the register (``measures/filters/figures.py``) say the same in SQL; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple, TypeVar

from django.db.models import BooleanField, Case, Q, Value, When

from apps.measures.models import Measure
from apps.measures.querysets import FINISHED, MeasureQuerySet, mark_on
from apps.measures.tracks import TrackCounts, on_tracks

Key = TypeVar("Key")
ONE_DAY = dt.timedelta(days=1)


class Row(NamedTuple):
    """One measure, with all that a figure may ask of it."""

    pk: int
    issue: int
    issue_number: int
    ordinal: int
    category: int
    official: str
    unit: int
    nature: str
    pace: str
    progress: str
    due_on: dt.date | None
    original_due_on: dt.date | None
    stopped_on: dt.date | None
    mark: str
    reported: bool
    verified: bool
    checked: bool
    returned: bool

    @property
    def number(self) -> str:
        return f"{self.issue_number}-{self.ordinal}"

    @property
    def is_finished(self) -> bool:
        return self.progress in FINISHED

    def late_at_end_of(self, day: dt.date) -> bool:
        """Overdue when that day ended, by the due date and the clock as they stand now."""
        return self.due_on is not None and self.due_on < day and (self.stopped_on is None or self.stopped_on > day)

    @property
    def late_from(self) -> dt.date | None:
        """The first day on which it was overdue; None where it never was, as far as is known."""
        if self.due_on is None or (self.stopped_on is not None and self.stopped_on <= self.due_on):
            return None
        return self.due_on + ONE_DAY

    @property
    def cleared_on(self) -> dt.date | None:
        """The day on which it ceased to be overdue."""
        return self.stopped_on if self.late_from else None


@dataclass
class Tally(TrackCounts):
    """Counts of measures on the three tracks, and what is late."""

    overdue: int = 0
    soon: int = 0
    returned: int = 0

    def add(self, other: Tally) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def count(self, row: Row) -> None:
        """Take in one measure."""
        self.total += 1
        self.reported += row.reported
        self.verified += row.verified
        self.checked += row.checked
        self.overdue += row.mark == "over"
        self.soon += row.mark == "soon"
        self.returned += row.returned


COUNTS = tuple(field.name for field in fields(Tally))


def read_rows(measures: MeasureQuerySet, today: dt.date, until: dt.date) -> list[Row]:
    """The measures as rows, in the order of their numbers, in one query."""
    every = Measure.objects.all()
    conditions = {**on_tracks(every), "returned": every.returned()}
    holds = {f"is_{name}": _holds(rows) for name, rows in conditions.items()}
    found = measures.order_by("issue__number", "ordinal", "pk").annotate(shown=mark_on(today, until), **holds)
    of_measure = ("nature", "pace", "progress", "due_on", "original_due_on", "stopped_on")
    return [
        Row(*values)
        for values in found.values_list(
            *("pk", "issue", "issue__number", "ordinal", "issue__category", "issue__lead_official", "lead_unit"),
            *of_measure,
            *("shown", "is_reported", "is_verified", "is_checked", "is_returned"),
        )
    ]


def tally_of(rows: Iterable[Row]) -> Tally:
    tally = Tally()
    for row in rows:
        tally.count(row)
    return tally


def tallies(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, Tally]:
    """The rows counted under each key."""
    found: defaultdict[Key, Tally] = defaultdict(Tally)
    for row in rows:
        found[key(row)].count(row)
    return found


def _holds(rows: MeasureQuerySet) -> Case:
    return Case(
        When(Q(pk__in=rows.order_by().values("pk")), then=Value(value=True)), default=Value(value=False), output_field=BooleanField()
    )
