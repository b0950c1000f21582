"""The state of measures, issues and whole rounds on a day, replayed from the book (ledgers/replay.py), and what moved between two days.

A round takes one query for the measures, one for the issues, one for the units and two for the book, however large it is.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.issues.as_of import IssueState, history_of_issues, issue_as_of, issue_state, named_unit, unit_numbers, zone_of
from apps.issues.models import Inspection, Issue
from apps.ledgers.replay import Clock, History, read_book
from apps.measures.models import Act, Measure
from apps.measures.querysets import FINISHED
from apps.units.models import Unit, User

CLAIMED = {str(label): str(value) for value, label in Measure.State.choices}
NOBODY_YET = "（未明确）"
ONGOING, IN_REVIEW = Measure.State.ONGOING.value, Measure.State.IN_REVIEW.value


@dataclass(frozen=True)
class MeasureState:
    """A measure as the book had it on a day."""

    pk: int
    day: dt.date
    progress: str
    due_on: dt.date | None
    original_due_on: dt.date | None
    stopped_on: dt.date | None
    lead_unit_id: int
    pace: str

    @property
    def is_finished(self) -> bool:
        return self.progress in FINISHED

    @property
    def is_overdue(self) -> bool:
        """Running on that day and due before it: a measure due on the day itself is not late."""
        return self.stopped_on is None and self.due_on is not None and self.due_on < self.day

    @property
    def progress_words(self) -> str:
        return str(Measure.State(self.progress).label)


@dataclass(frozen=True)
class MeasureReader:
    """Entries on measures. Before entries held ``state``, reports and reviews told the progress by their claims."""

    units: Mapping[str, int]
    fields: frozenset[str] = frozenset(Measure.tracked)
    older_acts: frozenset[str] = frozenset(
        (Act.ADD_MEASURE.value, Act.ASSIGN_MEASURE.value, Act.REPORT.value, Act.APPROVE.value, Act.SEND_BACK.value)
    )

    def read_older(self, act: str, payload: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        if act == Act.ADD_MEASURE:
            due = payload.get("due_on")
            first = {"progress": "not_started", "stopped_on": None, "due_on": due, "original_due_on": due}
            return {**first, "lead_unit_id": self.units.get(payload.get("lead_unit", ""))}
        if act == Act.ASSIGN_MEASURE:
            return named_unit(payload, self.units)
        verified = state.get("verified", (ONGOING, None))
        if act == Act.SEND_BACK:
            return {"progress": verified[0], "stopped_on": verified[1]}
        claim = CLAIMED.get(payload.get("claim", ""), ONGOING)
        if act == Act.APPROVE:
            stopped = state.get("stopped_on") if claim in FINISHED else None
            return {"progress": claim, "stopped_on": stopped, "verified": (claim, stopped)}
        kept = verified[1] if claim == verified[0] else None
        return {"progress": IN_REVIEW, "stopped_on": kept or (payload.get("reported_on") if claim in FINISHED else None)}


def history_of_measures(inspection: Inspection, keys: Sequence[int] | None, clock: Clock, units: Mapping[str, int]) -> History:
    """What the book says of these measures (None: of all of the round)."""
    return read_book(inspection.book_id, "measure", keys, reader=MeasureReader(units), clock=clock, zone=zone_of(inspection))


def measure_state(pk: int, day: dt.date, found: Mapping[str, Any]) -> MeasureState:
    return MeasureState(
        pk=pk,
        day=day,
        progress=found.get("progress", "not_started"),
        due_on=_date(found.get("due_on")),
        original_due_on=_date(found.get("original_due_on")),
        stopped_on=_date(found.get("stopped_on")),
        lead_unit_id=found.get("lead_unit_id") or 0,
        pace=found.get("pace", ""),
    )


def measure_as_of(measure: Measure, day: dt.date, clock: Clock = Clock.BUSINESS) -> MeasureState | None:
    """The measure on that day; None before it was there."""
    found = history_of_measures(measure.issue.inspection, [measure.pk], clock, unit_numbers()).state_of(measure.pk, day)
    return None if found is None else measure_state(measure.pk, day, found)


def state_as_of(row: Measure | Issue, day: dt.date, clock: Clock = Clock.BUSINESS) -> MeasureState | IssueState | None:
    """The measure or issue on that day; None before it was there."""
    return measure_as_of(row, day, clock) if isinstance(row, Measure) else issue_as_of(row, day, clock)


@dataclass
class RoundState:
    """A round on a day: the issues and measures that were there, as the book had them."""

    day: dt.date
    clock: Clock
    issues: dict[int, IssueState]
    measures: dict[int, MeasureState]
    unit_names: Mapping[int, str]

    @cached_property
    def by_progress(self) -> dict[str, int]:
        found = Counter(state.progress for state in self.measures.values())
        return {value: found[value] for value in Measure.State.values}

    @cached_property
    def by_closure(self) -> dict[str, int]:
        found = Counter(state.closure for state in self.issues.values())
        return {value: found[value] for value in Issue.ClosureState.values}

    @property
    def overdue(self) -> int:
        return sum(state.is_overdue for state in self.measures.values())

    @property
    def finished(self) -> int:
        return sum(state.is_finished for state in self.measures.values())

    def unit_of(self, state: MeasureState | IssueState) -> str:
        """The unit by its short name of today: a unit that was renamed is still the same."""
        return self.unit_names.get(state.lead_unit_id, NOBODY_YET)


class RoundBook:
    """What one user may know of the history of a round: the rows they see now, each as it was on any day.

    ``measures`` and ``issues`` narrow it to rows that are at hand already; what the book says of others is then not read.
    """

    def __init__(
        self,
        inspection: Inspection,
        user: User | None = None,
        clock: Clock = Clock.BUSINESS,
        *,
        measures: list[Measure] | None = None,
        issues: list[Issue] | None = None,
    ) -> None:
        self.clock = clock
        self.measures = rows_of(inspection, user) if measures is None else measures
        self.issues = issues_of(inspection, user) if issues is None else issues
        rows = list(Unit.objects.values_list("pk", "name", "short_name"))
        units = {name: pk for pk, name, _short in rows}
        self.unit_names = {pk: short for pk, _name, short in rows}
        of_measures = None if measures is None else [row.pk for row in measures]
        of_issues = None if issues is None else [row.pk for row in issues]
        self._measures = history_of_measures(inspection, of_measures, clock, units)
        self._issues = history_of_issues(inspection, of_issues, clock, units)

    def on(self, day: dt.date) -> RoundState:
        """The round on that day."""
        issues = {row.pk: self._issues.state_of(row.pk, day) for row in self.issues}
        measures = {row.pk: self._measures.state_of(row.pk, day) for row in self.measures}
        return RoundState(
            day,
            self.clock,
            {pk: issue_state(pk, found) for pk, found in issues.items() if found is not None},
            {pk: measure_state(pk, day, found) for pk, found in measures.items() if found is not None},
            self.unit_names,
        )


def rows_of(inspection: Inspection, user: User | None) -> list[Measure]:
    """The measures of the round that the user sees, in the order of their numbers; all of them without a user."""
    seen = Measure.objects.all() if user is None else Measure.objects.visible_to(user)
    return list(seen.filter(issue__inspection=inspection).select_related("issue").order_by("issue__number", "ordinal"))


def issues_of(inspection: Inspection, user: User | None) -> list[Issue]:
    seen = Issue.objects.all() if user is None else Issue.objects.visible_to(user)
    return list(seen.filter(inspection=inspection).order_by("number"))


def inspection_as_of(inspection: Inspection, day: dt.date, user: User | None = None, clock: Clock = Clock.BUSINESS) -> RoundState:
    """The whole round on that day, or what the user sees of it."""
    return RoundBook(inspection, user, clock).on(day)


def _date(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else None
