"""Random histories: what is tried, by whom, and what came of it.

A deed is what one person tries on one row: on which rows it can be done as things stand (``ready``), whose it is to do (``by``, an upper
bound: nobody else may ever succeed), and the call of the service with what it needs, drawn at random, nonsense included. The deeds of
the rooms are in ``history_measures.py`` and ``history_issues.py``; the round in which they happen is in ``history_round.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import time_machine
from django.db import models

from apps.issues.models import Inspection, LookBack
from apps.ledgers.models import Entry
from apps.measures.services import resume_stages
from apps.supervision.models import Escalation
from apps.supervision.services import derive_timeliness, propose_escalations
from apps.units.errors import ActRefused
from apps.units.models import Role, Unit, User
from tests.snapshot import Rows, Writes, snapshot

BEGIN, END = dt.datetime(2025, 3, 3, 2, tzinfo=dt.UTC), dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
FLAGS, STAGES = "supervision.raise_flag / clear_flag", "measures.resume_stage"
PROPOSALS = "supervision.propose_escalation"
SYSTEM = ("",)


class Chance(Protocol):
    """Where what is left to chance comes from: hypothesis, or a script."""

    def one_of(self, options: Iterable[Any]) -> Any: ...


class First:
    """No chance at all: the first of the options, which is the one that makes sense."""

    def one_of(self, options: Iterable[Any]) -> Any:
        return next(iter(options))


@dataclass(frozen=True)
class Step:
    """What was tried, and all that the rooms held before and after; ``refusal`` None means that it was done."""

    act: str
    row: models.Model | None
    who: str
    by: tuple[str, ...]
    before: Rows
    after: Rows
    entries: list[Entry]
    refusal: ActRefused | None = None

    def __str__(self) -> str:
        return f"{self.act} on {self.row!r} by {self.who}: {'refused, ' + self.refusal.message if self.refusal else 'done'}"


@dataclass
class House:
    """The round and its people; ``last`` is the newest entry seen, ``seen`` what the rooms held then."""

    inspection: Inspection
    people: Mapping[str, User]
    units: Mapping[str, Unit]
    clock: time_machine.Traveller | None = None
    last: int = 0
    seen: Rows = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def today(self) -> dt.date:
        return self.inspection.today()

    def look(self) -> None:
        """Take in what there is: what is done from now on is compared with it."""
        self.seen, self.last = snapshot(), Entry.objects.order_by("pk").values_list("pk", flat=True).last() or 0

    def liaisons(self, unit: int) -> list[str]:
        return [name for name, person in self.people.items() if person.role == Role.LIAISON and person.unit_id == unit]

    def pass_time(self, hours: int) -> None:
        now = dt.datetime.now(dt.UTC)
        if self.clock is not None and now + dt.timedelta(hours=hours) < END:
            self.clock.shift(dt.timedelta(hours=hours))

    def perform(self, act: str, row: models.Model, who: str, chance: Chance) -> Step:
        """Try the act, each row and person read anew as by a request. Whatever is neither done nor refused in words is a failure."""
        deed = DEEDS[act]
        row = type(row)._default_manager.get(pk=row.pk)
        return self.try_it(act, row, who, tuple(deed.by(self, row)), lambda by: deed.act(self, row, by, chance))

    def resume(self) -> Step:
        """The system's own job: stages whose day has come."""
        return self.try_it(STAGES, None, "", SYSTEM, lambda _by: resume_stages(inspection=self.inspection))

    def derive(self) -> Step:
        """The system's own job: flags, of today alone (each day that was missed would be a run, and an act, of its own)."""
        return self.try_it(FLAGS, None, "", SYSTEM, lambda _by: derive_timeliness(inspection=self.inspection, today=self.today))

    def propose(self) -> Step:
        """The system's own job: letters left without an answer."""
        return self.try_it(PROPOSALS, None, "", SYSTEM, lambda _by: propose_escalations())

    def try_it(self, act: str, row: models.Model | None, who: str, by: tuple[str, ...], do: Callable[[User], object]) -> Step:
        before, last, refusal = self.seen, self.last, None
        actor = User.objects.get(pk=self.people[who].pk) if who else User()
        with Writes() as writes:
            try:
                do(actor)
            except ActRefused as refused:
                refusal = refused
                self.refused += 1
        if writes.seen:
            self.look()
        entries = list(Entry.objects.filter(pk__gt=last).order_by("pk"))
        if refusal is None:
            self.done.append(act)
        return Step(act, row, who, by, before, self.seen, entries, refusal)


# -- deeds -------------------------------------------------------------------------------------------------------------

By = Callable[[House, Any], Iterable[str]]


@dataclass(frozen=True)
class Deed:
    """``weight``: how often it is chosen among what can be done. ``entries``: the acts in the book afterwards, from the number of
    measures that changed; the act alone, if not told. What is done already may be done again without a trace (``idle``)."""

    model: type[models.Model]
    ready: Mapping[str, Any]
    by: By
    act: Callable[[House, Any, User, Chance], object]
    weight: int
    entries: Callable[[int], list[str]] | None = None
    idle: bool = False


DEEDS: dict[str, Deed] = {}


def deed(name: str, on: type[models.Model], *, ready: Mapping[str, Any], by: By, weight: int = 2, **more: Any) -> Callable[[Any], Any]:
    def entered(act: Callable[[House, Any, User, Chance], object]) -> Callable[[House, Any, User, Chance], object]:
        DEEDS[name] = Deed(on, ready, by, act, weight, **more)
        return act

    return entered


def office(_house: House, _row: Any) -> Iterable[str]:
    return ("office", "colleague")


def of_the_unit(house: House, row: Any) -> Iterable[str]:
    return house.liaisons(row.lead_unit_id)


def reviewers(house: House, row: Any) -> Iterable[str]:
    """Of the body that is to sign."""
    return house.liaisons(row.body_id)


def reporters(house: House, row: Any) -> Iterable[str]:
    return (*house.liaisons(row.lead_unit_id), "office", "colleague")


def receivers(house: House, row: Any) -> Iterable[str]:
    return house.liaisons(row.unit_id)


def senders(house: House, row: Any) -> Iterable[str]:
    """The side that sent a letter: the office, the leader, the group that covers the unit it went to."""
    unit = row.letter.unit_id if isinstance(row, Escalation) else row.unit_id
    return ("office", "colleague", "leader", "elsewhere" if unit == house.units["丙"].pk else "covering")


def supervisors(house: House, row: Any) -> Iterable[str]:
    """The group that covers the lead unit, and the leader."""
    row = row.issue if isinstance(row, LookBack) else row
    lead = row.lead_unit_id
    return ("leader", "elsewhere" if lead == house.units["丙"].pk else "covering")


def inspectors(house: House, row: Any) -> Iterable[str]:
    return ("office", "colleague", *supervisors(house, row))
