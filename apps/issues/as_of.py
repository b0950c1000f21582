"""How this room's entries are read when the state of a day is replayed from the book."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Act, Inspection, Issue
from apps.ledgers.replay import Clock, History, read_book
from apps.units.models import Unit

CLOSURE_AFTER = {
    Act.APPLY_CLOSURE.value: Issue.ClosureState.APPLIED.value,
    Act.AGREE_CLOSURE.value: Issue.ClosureState.CLOSED.value,
    Act.RETURN_CLOSURE.value: Issue.ClosureState.OPEN.value,
    Act.REOPEN.value: Issue.ClosureState.OPEN.value,
}


@dataclass(frozen=True)
class IssueState:
    """An issue as the book had it on a day."""

    pk: int
    closure: str
    round: int
    lead_unit_id: int

    @property
    def is_closed(self) -> bool:
        return self.closure == Issue.ClosureState.CLOSED


@dataclass(frozen=True)
class IssueReader:
    """Entries on issues. Before entries held ``state``, acts of closing told the closure by themselves and units went by name."""

    units: Mapping[str, int]
    fields: frozenset[str] = frozenset(Issue.tracked)
    older_acts: frozenset[str] = frozenset((Act.ADD_ISSUE.value, Act.ASSIGN_ISSUE.value, *CLOSURE_AFTER))

    def read_older(self, act: str, payload: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
        if act == Act.ADD_ISSUE:
            return {"closure": "open", "round": 1, "lead_unit_id": self.units.get(payload.get("lead_unit", ""))}
        if act == Act.ASSIGN_ISSUE:
            return named_unit(payload, self.units)
        said = {"closure": CLOSURE_AFTER[act]}
        return {**said, "round": payload.get("round", state.get("round", 1))} if act == Act.REOPEN else said


def named_unit(payload: Mapping[str, Any], units: Mapping[str, int]) -> dict[str, Any]:
    """The lead unit of an older entry, which names it."""
    pair = payload.get("changes", {}).get("lead_unit")
    return {"lead_unit_id": units[pair[1]]} if pair and pair[1] in units else {}


def zone_of(inspection: Inspection) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(inspection.time_zone)


def unit_numbers() -> dict[str, int]:
    return dict(Unit.objects.values_list("name", "pk"))


def history_of_issues(inspection: Inspection, keys: Sequence[int] | None, clock: Clock, units: Mapping[str, int]) -> History:
    """What the book says of these issues (None: of all of the round)."""
    return read_book(inspection.book_id, "issue", keys, reader=IssueReader(units), clock=clock, zone=zone_of(inspection))


def issue_state(pk: int, found: Mapping[str, Any]) -> IssueState:
    return IssueState(pk, found.get("closure", "open"), found.get("round", 1), found.get("lead_unit_id") or 0)


def issue_as_of(issue: Issue, day: dt.date, clock: Clock = Clock.BUSINESS) -> IssueState | None:
    """The issue on that day; None before it was there."""
    found = history_of_issues(issue.inspection, [issue.pk], clock, unit_numbers()).state_of(issue.pk, day)
    return None if found is None else issue_state(issue.pk, found)
