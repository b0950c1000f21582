"""Every act on a real row, in every state, by everybody: what each test's table of cells is read and tried with.

A table is text. Its first line names the people; each further line is an act, the states it is tried in, the state that the row is
in after it was done (``=`` the same), and a word for each person::

    act                  | from                | to      | office lead helper
    issues.apply_closure | open                | applied | 403    done 403
                         | applied closed      | -       | 403    409  403
    measures.report…     | ongoing / open      | …       (states of two rows: each of the left with each of the right)

The words are what the world outside is told: done, 400 (not possible as asked), 403 (seen, but not theirs to do), 404 (not theirs to
see), 409 (the state does not allow it). A service is only reached through what the person sees, so that it refuses, for whatever
reason, where the outside says 404. Whoever is not signed in is always told to sign in. The services are tried in every state, the way
from outside leads to them and is tried in the first state of each line.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.db import models, transaction
from django.test import Client

from apps.issues.models import Inspection, Issue
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.units.errors import ActRefused
from apps.units.models import Role, Unit, User
from apps.units.workflow import Transition
from tests import factories as make
from tests import supervision
from tests.api_world import client
from tests.snapshot import Rows, Writes, differences, snapshot

WORDS = {"done", "400", "403", "404", "409"}
Patch = tuple[models.Model, dict[str, Any]]
Door = Callable[[], tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Line:
    """An act in one state, and what each person is told; ``first`` of the states written in one line."""

    act: str
    state: str
    first: bool
    target: str
    told: Mapping[str, str]


@dataclass(frozen=True)
class Trial:
    """How an act is tried: the row (``column`` holds its state), the rows' values in each state, the service, the way from outside.

    ``bare`` is the act without the reason it needs. ``prepare`` is done beforehand in every state. ``entries`` are the acts that the book
    holds afterwards, by state: the act alone, if not told.
    """

    row: models.Model
    column: str
    states: Mapping[str, Sequence[Patch]]
    act: Callable[[User], object]
    door: Door
    bare: Callable[[User], object] | None = None
    prepare: Callable[[], object] = field(default=lambda: None)
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """One round in which a unit leads an issue, another supports it and a third has nothing to do with it."""

    inspection: Inspection
    issue: Issue
    measure: Measure
    helper: Unit
    people: dict[str, User]

    @property
    def lead(self) -> User:
        return self.people["lead"]


def scene() -> Scene:
    unit, helper, foreign = make.unit(), make.unit(), make.unit()
    issue = make.issue(lead=unit, supporting_units=[helper])
    measure = make.measure(issue, supporting_units=(helper,))
    people = {
        "office": make.office(),
        "lead": make.liaison(unit),
        "helper": make.liaison(helper),
        "foreign": make.liaison(foreign),
        "covering": make.user(Role.SUPERVISOR),
        "elsewhere": make.user(Role.SUPERVISOR),
        "leader": make.leader(),
        "admin": make.user(Role.ADMIN),
        "auditor": make.user(Role.AUDITOR),
    }
    supervision.group(issue.inspection, units=[unit, helper], members=[people["covering"]])
    supervision.group(issue.inspection, units=[foreign], members=[people["elsewhere"]], name="督查二组")
    return Scene(issue.inspection, issue, measure, helper, people)


def read_table(text: str) -> list[Line]:
    """The lines of a table, one for each state; an act left out is that of the line above."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    (*_heads, head), *rows = rows
    people, act, found = head.split(), "", []
    for named, sources, target, words in rows:
        act = named or act
        told = dict(zip(people, words.split(), strict=True))
        assert set(told.values()) <= WORDS, (act, told)
        found += [Line(act, state, place == 0, target, told) for place, state in enumerate(_states(sources))]
    return found


def _states(text: str) -> Iterator[str]:
    """``a b`` is two states, ``a b / c d`` the four pairs of them."""
    yield from (" / ".join(parts) for parts in itertools.product(*(part.split() for part in text.split("/"))))


def product(*sides: Mapping[str, Sequence[Patch]]) -> dict[str, list[Patch]]:
    """The states of several rows, each with each."""
    pairs = itertools.product(*(side.items() for side in sides))
    return {" / ".join(name for name, _patches in pair): [patch for _name, patches in pair for patch in patches] for pair in pairs}


def assert_complete(lines: Sequence[Line], trials: Mapping[str, Trial]) -> None:
    """Every act is tried in every state of its row exactly once, and no act stands in one place only."""
    assert sorted((line.act, line.state) for line in lines) == sorted(
        (act, state) for act, trial in trials.items() for state in trial.states
    )


# -- the two ways ----------------------------------------------------------------------------------------------------


class Way(Protocol):
    """How an act is asked for."""

    def told(self, trial: Trial, actor: User | None) -> str: ...

    def agrees(self, word: str, told: str) -> bool: ...


class Inside:
    """The service, called with the person as the actor."""

    def told(self, trial: Trial, actor: User | None) -> str:
        assert actor is not None
        try:
            trial.act(actor)
        except ActRefused as refused:
            assert refused.message
            return str(refused.status)
        return "done"

    def agrees(self, word: str, told: str) -> bool:
        return told in ("400", "403", "409") if word == "404" else told == word


class Outside:
    """The API, or the page where no API has the act."""

    def __init__(self, people: Iterable[User]) -> None:
        self.browsers = {person.pk: make.signed_in(person) for person in people}

    def told(self, trial: Trial, actor: User | None) -> str:
        address, body = trial.door()
        if address.startswith("/api/"):
            status = client(actor).post(address, body).status_code
            return "done" if status in (200, 201) else str(status)
        answer = (self.browsers[actor.pk] if actor else Client()).post(address, body)
        if answer.status_code != 302:
            return str(answer.status_code)
        return "401" if answer["Location"].startswith("/accounts/") else "done"

    def agrees(self, word: str, told: str) -> bool:
        return told == word


# -- trying ----------------------------------------------------------------------------------------------------------


def wrong_cells(lines: Sequence[Line], trials: Mapping[str, Trial], people: Mapping[str, User], way: Way) -> list[str]:
    """What differs from the table, in words; each cell is tried on its own and undone."""
    found: list[str] = []
    for line in lines:
        if isinstance(way, Outside) and not line.first:
            continue
        with transaction.atomic():
            trial = trials[line.act]
            trial.prepare()
            for row, values in trial.states[line.state]:
                type(row)._base_manager.filter(pk=row.pk).update(**values)
            before = snapshot()
            for who, word in line.told.items():
                problems = _try(trial, line, way, word, people[who], before)
                found += [f"{line.act} | {line.state} | {who}: {problem}" for problem in problems]
            if isinstance(way, Outside) and (told := way.told(trial, None)) != "401":
                found.append(f"{line.act} | {line.state} | nobody: told {told}, not 401")
            transaction.set_rollback(True)
    return found


def _try(trial: Trial, line: Line, way: Way, word: str, actor: User, before: Rows) -> Iterator[str]:
    actor = User.objects.get(pk=actor.pk)
    with transaction.atomic():
        if word == "done" and trial.bare and (told := Inside().told(replace(trial, act=trial.bare), actor)) != "400":
            yield f"without a reason told {told}, not 400"
        with Writes() as writes:
            told = way.told(trial, actor)
        if not way.agrees(word, told):
            yield f"told {told}, not {word}"
        elif told == "done":
            yield from _done(trial, line, actor, max((row[0] for row in before["ledgers.Entry"]), default=0))
        elif writes.seen and (changed := differences(before, snapshot())):
            yield f"refused, but changed: {', '.join(changed)}"
        transaction.set_rollback(True)


def _done(trial: Trial, line: Line, actor: User, last: int) -> Iterator[str]:
    """The state is the one that is meant, and the book holds the act under the person's name, once."""
    before = line.state.split(" / ")[0]
    state = str(getattr(type(trial.row)._base_manager.get(pk=trial.row.pk), trial.column))
    if state != (before if line.target == "=" else line.target):
        yield f"became {state}, not {line.target}"
    entries = list(Entry.objects.filter(pk__gt=last).order_by("pk").values_list("act", "actor"))
    acts = trial.entries.get(line.state, (line.act,))
    if entries != [(act, actor.pk) for act in acts]:
        yield f"entered {entries}"


def assert_table_is_tried(lines: Sequence[Line], trials: Mapping[str, Trial], steps: Iterable[Transition]) -> None:
    """The table as it is coded and the one written out agree on what can be done at all, so that no transition is left out here;
    each that needs a reason is tried without one, too."""
    steps = list(steps)
    coded = {(str(step.act.value), state) for step in steps for state in step.sources}
    acts = {act for act, _state in coded}
    written = {(line.act, line.state.split(" / ")[0]) for line in lines if line.act in acts and "done" in line.told.values()}
    assert written == coded
    assert {act for act in acts if trials[act].bare} == {str(step.act.value) for step in steps if step.needs_reason}
