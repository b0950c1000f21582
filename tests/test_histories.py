"""Random histories of a small round: whatever people try, in whatever order, what must always be true stays true.

An example is a history of up to 25 steps, and what led to it, by eleven people on two issues, with days passing in between; some of the
steps are nonsense. ``history.py`` has the acts, ``history_oracle.py`` what must hold. A failure prints the steps and, to repeat it, the
blob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection, models, transaction
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from apps.issues import workflow
from apps.issues.models import Issue
from apps.measures.services import reporting
from tests import history
from tests.history import BEGIN, DEEDS, WAY, First, House, along_the_way
from tests.history_oracle import Broken, Oracle

pytestmark = pytest.mark.django_db

# PostgreSQL, where every statement takes its way, looks at fewer histories of the same kind.
BOUNDED = settings(
    max_examples=30 if connection.vendor == "sqlite" else 10,
    stateful_step_count=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
# What a step is, as often as it is written here.
KINDS = ("sense",) * 5 + ("chance",) * 4 + ("nonsense",) * 3 + ("time passes", "the job runs twice")


@pytest.fixture
def house() -> Iterator[House]:
    with time_machine.travel(BEGIN, tick=False):
        yield history.build()


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

    @initialize(count=st.integers(0, len(WAY)))
    def something_has_happened(self, count: int) -> None:
        for step in along_the_way(self.house, count):
            assert step.refusal is None, step
            self.oracle.look_at(step)

    @rule(data=st.data(), kind=st.sampled_from(KINDS))
    def something_happens(self, data: st.DataObject, kind: str) -> None:
        if kind == "time passes":
            self.house.pass_time(data.draw(st.sampled_from((9, 24, 24 * 6, 24 * 40))))
            self.oracle.look_at(self.house.derive())
            return
        if kind == "the job runs twice":
            self.oracle.look_at(self.house.derive())
            again = self.house.derive()
            assert again.entries == []
            self.oracle.look_at(again)
            return
        chosen = self.anything(data) if kind == "nonsense" else self.what_can_be_done(data)
        if chosen is None:
            return
        act, row, who = chosen
        step = self.house.perform(act, row, who, First() if kind == "sense" else Drawn(data))
        event(f"{act} {step.refusal.status if step.refusal else 'done'}")
        self.oracle.look_at(step)

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
            self.oracle.at_the_end()
        finally:
            self.undo.close()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def run(house: House, bounds: settings) -> None:
    machine = type("Histories", (Histories,), {"house": house})
    run_state_machine_as_test(machine, settings=bounds)


def test_random_histories(house: House) -> None:
    run(house, BOUNDED)
    assert {"measures.approve", "issues.agree_closure", "issues.reopen"} <= set(house.done)
    assert house.refused


def test_the_way_to_the_end_and_back_is_there(house: House) -> None:
    oracle = Oracle(house)
    for step in along_the_way(house, len(WAY)):
        assert step.refusal is None, step
        oracle.look_at(step)
    oracle.at_the_end()
    assert Issue.objects.values_list("closure", "round").first() == ("open", 2)


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
    assert "state.something_has_happened(count=" in notes
    assert "@reproduce_failure(" in notes
