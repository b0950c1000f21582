"""The state of rows on a day, replayed from the book. Knows no business row: it folds what the entries say of their subjects.

An entry carries ``initial`` (the row as it was first entered), ``state`` and ``changes`` ({field: [before, after]}). Older entries
carry less; the rooms read those by a :class:`Reader` of their own.

Two clocks (docs/decisions/0016): the *book's* clock is the day on which the entry was made. The *business* clock is the day that the
act speaks of, where the entry states one (a report of paper entered later, 补录), never later than the day of the entry. On either
clock the state on a day follows from the entries of days up to it, taken in the order of the book; with no day left out this is the
row as it stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.db.models import Q

from apps.ledgers.models import Entry

# The days that acts speak of, by the keys under which their entries state them; an entry states at most one.
STATED_DAYS = ("reported_on", "reviewed_on", "requested_on", "decided_on", "applied_on", "signed_on", "held_on", "drawn_on", "listed_on")


class Clock(StrEnum):
    """Which day an entry counts for."""

    BUSINESS = "business"
    BOOK = "book"


class Reader(Protocol):
    """How a room reads its own entries: the fields that ``changes`` may set, and what older acts without ``state`` meant."""

    @property
    def fields(self) -> frozenset[str]: ...

    @property
    def older_acts(self) -> frozenset[str]: ...

    def read_older(self, act: str, payload: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Step:
    """One entry as the replay sees it."""

    day: dt.date
    act: str
    payload: Mapping[str, Any]


@dataclass
class History:
    """The entries of each subject in the order of the book."""

    reader: Reader
    steps: dict[int, list[Step]] = field(default_factory=dict)

    def on(self, day: dt.date) -> dict[int, dict[str, Any]]:
        """The state of every subject that was there on that day."""
        found = {key: self.state_of(key, day) for key in self.steps}
        return {key: state for key, state in found.items() if state is not None}

    def state_of(self, key: int, day: dt.date) -> dict[str, Any] | None:
        """The state of one subject on that day; None when no entry of it counts for that day or an earlier one."""
        past = [step for step in self.steps.get(key, ()) if step.day <= day]
        if not past:
            return None
        state: dict[str, Any] = {}
        for step in past:
            state.update(self._read(step, state))
        return state

    def _read(self, step: Step, state: Mapping[str, Any]) -> dict[str, Any]:
        payload = step.payload
        said = {name: pair[1] for name, pair in payload.get("changes", {}).items() if name in self.reader.fields}
        if "initial" in payload:
            return {**payload["initial"], **said}
        if "state" in payload:
            return {**said, **{name: pair[1] for name, pair in payload["state"].items()}}
        older = self.reader.read_older(step.act, payload, state) if step.act in self.reader.older_acts else {}
        return {**said, **older}


def read_book(book: int, subject_type: str, keys: Sequence[int] | None, *, reader: Reader, clock: Clock, zone: dt.tzinfo) -> History:
    """All that the book says of the state of these subjects (None: of all of that type), in one query."""
    speaking = Q(payload__has_any_keys=["initial", "state", "changes"]) | Q(act__in=sorted(reader.older_acts))
    rows = Entry.objects.filter(speaking, book=book, subject_type=subject_type, subject_id__isnull=False).order_by("seq")
    if keys is not None:
        rows = rows.filter(subject_id__in=keys)
    history = History(reader)
    for key, at, act, payload in rows.values_list("subject_id", "at", "act", "payload").iterator(chunk_size=2000):
        step = Step(day_of(at, payload, clock=clock, zone=zone), act, payload)
        history.steps.setdefault(key or 0, []).append(step)
    return history


def day_of(at: dt.datetime, payload: Mapping[str, Any], *, clock: Clock, zone: dt.tzinfo) -> dt.date:
    """The day that an entry counts for, in the round's time zone."""
    entered = at.astimezone(zone).date()
    if clock == Clock.BOOK:
        return entered
    return min([entered, *stated_days(payload)])


def stated_days(payload: Mapping[str, Any]) -> Iterable[dt.date]:
    for name in STATED_DAYS:
        value = payload.get(name)
        if isinstance(value, str):
            try:
                yield dt.date.fromisoformat(value)
            except ValueError:
                continue
