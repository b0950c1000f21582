"""Random histories of a small round: whatever people try, in whatever order, what must always be true stays true.

An example is a history of up to 25 steps, and what led to it, by twelve people on two issues, with days passing in between; some of the
steps are nonsense. ``history_measures.py`` and ``history_issues.py`` have the acts,
``history_oracle.py`` what must hold. A failure prints the steps and, to repeat it, the
blob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection, models
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from apps.issues import workflow
from apps.measures.models import Measure
from apps.measures.services import reporting
from tests.history import BEGIN, DEEDS, STAGES, First, House
from tests.history_oracle import Broken, Oracle
from tests.history_round import WAYS, along, build
from tests.undoing import undone

pytestmark = pytest.mark.django_db

# PostgreSQL, where every statement takes its way, looks at fewer histories of the same kind.
BOUNDED = settings(
    max_examples=30 if connection.vendor == "sqlite" else 10,
    stateful_step_count=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
# Where a history starts, as often as it is written here.
STARTS = ("to the end and back",) * 3 + tuple(WAYS)
# What a step is, as often as it is written here.
KINDS = ("sense",) * 5 + ("chance",) * 4 + ("nonsense",) * 3 + ("time passes", "the jobs run twice")


@pytest.fixture
def house() -> Iterator[House]:
    with time_machine.travel(BEGIN, tick=False):
        yield build()


class Drawn:
    """Chance by hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def one_of(self, options: Iterable[Any]) -> Any:
        return self.data.draw(st.sampled_from(list(options)))


class Histories(RuleBasedStateMachine):
    """One history; everything is undone at its end."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(undone())
        self.house.clock = self.undo.enter_context(time_machine.travel(BEGIN, tick=False))
        self.house.look()
        self.oracle = Oracle(self.house)

    @initialize(way=st.sampled_from(STARTS), count=st.integers(0, 9))
    def something_has_happened(self, way: str, count: int) -> None:
        for step in along(way, self.house, count):
            assert step.refusal is None, step
            self.oracle.look_at(step)

    @rule(data=st.data(), kind=st.sampled_from(KINDS))
    def something_happens(self, data: st.DataObject, kind: str) -> None:
        if kind == "time passes":
            self.house.pass_time(data.draw(st.sampled_from((9, 24, 24 * 6, 24 * 40))))
            self.the_jobs_run()
            return
        if kind == "the jobs run twice":
            self.the_jobs_run()
            assert self.the_jobs_run() == 0
            return
        chosen = self.anything(data) if kind == "nonsense" else self.what_can_be_done(data)
        if chosen is None:
            return
        act, row, who = chosen
        step = self.house.perform(act, row, who, First() if kind == "sense" else Drawn(data))
        event(f"{act} {step.refusal.status if step.refusal else 'done'}")
        self.oracle.look_at(step)

    def the_jobs_run(self) -> int:
        """Stages that come back, then flags, then letters to follow up; how many entries they made."""
        steps = self.house.resume(), self.house.derive(), self.house.propose()
        for step in steps:
            self.oracle.look_at(step)
        return sum(len(step.entries) for step in steps)

    def what_can_be_done(self, data: st.DataObject) -> tuple[str, models.Model, str] | None:
        """An act that the state of some row allows, by one of those whose act it is; the chain to the end comes up more often."""
        acts = [act for act, deed in DEEDS.items() for _ in range(deed.weight)]
        for act in data.draw(st.lists(st.sampled_from(acts), min_size=8, max_size=8)):
            if rows := list(DEEDS[act].model._default_manager.filter(**DEEDS[act].ready).order_by("pk")):
                row = data.draw(st.sampled_from(rows))
                return act, row, data.draw(st.sampled_from(sorted(DEEDS[act].by(self.house, row))))
        return None

    def anything(self, data: st.DataObject) -> tuple[str, models.Model, str] | None:
        """Any act on any row by anybody."""
        act = data.draw(st.sampled_from(sorted(DEEDS)))
        rows = list(DEEDS[act].model._default_manager.order_by("pk"))
        if not rows:
            return None
        return act, data.draw(st.sampled_from(rows)), data.draw(st.sampled_from(sorted(self.house.people)))

    def teardown(self) -> None:
        try:
            if not self.oracle.is_broken:
                self.oracle.at_the_end()
        finally:
            self.undo.close()


def run(house: House, bounds: settings) -> None:
    machine = type("Histories", (Histories,), {"house": house})
    run_state_machine_as_test(machine, settings=bounds)


def test_random_histories(house: House) -> None:
    run(house, BOUNDED)
    assert {"measures.approve", "issues.agree_closure", "issues.reopen"} <= set(house.done)
    assert house.refused


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_there(way: str, house: House) -> None:
    oracle = Oracle(house)
    steps = list(along(way, house))
    assert [step.act for step in steps if step.refusal is None] == [act for act, *_rest in WAYS[way]]
    assert oracle.complaints(steps[-1]) == []
    oracle.at_the_end()


def test_a_stage_comes_back_and_is_complete_again(house: House) -> None:
    with time_machine.travel(BEGIN, tick=False) as house.clock:
        oracle = Oracle(house)
        for again in range(2):
            for step in along("a stage", house):
                assert step.refusal is None, step
                oracle.look_at(step)
            house.pass_time(24 * 41)
            for step in (house.resume(), house.derive()):
                oracle.look_at(step)
            assert house.done.count(STAGES) == again + 1
            assert [row.progress for row in Measure.objects.filter(pace="long_term")] == ["ongoing"]
        oracle.at_the_end()


def test_random_histories_find_a_way_past_the_rules(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the rules of closing, some history soon closes what is not done."""
    for name in ("APPLY", "AGREE"):
        monkeypatch.setattr(workflow, name, replace(getattr(workflow, name), rules=()))
    quick = settings(BOUNDED, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False, database=None, print_blob=False)
    with pytest.raises(Broken, match=r"became applied although"):
        run(house, quick)


def test_a_failure_tells_the_steps_and_how_to_repeat_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "record", lambda *_args, **_kwargs: None)
    with pytest.raises(Broken, match=r"entered \[\]") as failure:
        run(house, settings(BOUNDED, phases=[Phase.generate], report_multiple_bugs=False, database=None))
    notes = "\n".join(failure.value.__notes__)
    assert "state.something_has_happened(" in notes
    assert "@reproduce_failure(" in notes
