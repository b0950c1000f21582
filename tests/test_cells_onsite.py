"""Visits, dispatch meetings and the check that sends back: every act, in every state, by everybody (``tests/cells.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision import workflow as tables
from apps.supervision.models import Dispatch, Group, SiteCheck, Visit
from apps.units.models import User
from tests import factories as make
from tests.cells import Inside, Outside, Patch, Scene, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells
from tests.test_cells_measures import Acts

pytestmark = pytest.mark.django_db

VISITS = """
act                      | from           | to        | office lead helper foreign covering elsewhere leader admin auditor
supervision.amend_visit  | planned        | =         | done   404  404    404     done     404       done   404   404
                         | held cancelled | -         | 409    404  404    404     409      404       409    404   404
supervision.cancel_visit | planned        | cancelled | done   404  404    404     done     404       done   404   404
                         | held cancelled | -         | 409    404  404    404     409      404       409    404   404
supervision.hold_visit   | planned        | held      | done   404  404    404     done     404       done   404   404
                         | held cancelled | -         | 409    404  404    404     409      404       409    404   404
supervision.check_site   | planned        | =         | 403    404  404    404     done     404       done   404   404
                         | held cancelled | -         | 403    404  404    404     409      404       409    404   404
"""
DISPATCHES = """
act                        | from              | to        | office lead helper foreign covering elsewhere leader admin auditor
supervision.amend_dispatch | planned under_way | =         | done   404  404    404     done     404       done   404   404
                           | closed            | -         | 409    404  404    404     409      404       409    404   404
supervision.set_agenda     | planned under_way | =         | done   404  404    404     done     404       done   404   404
                           | closed            | -         | 409    404  404    404     409      404       409    404   404
supervision.begin_dispatch | planned           | under_way | done   404  404    404     done     404       done   404   404
                           | under_way closed  | -         | 409    404  404    404     409      404       409    404   404
supervision.decide_item    | under_way         | =         | done   404  404    404     done     404       done   404   404
                           | planned closed    | -         | 409    404  404    404     409      404       409    404   404
supervision.close_dispatch | under_way         | closed    | done   404  404    404     done     404       done   404   404
                           | planned closed    | -         | 409    404  404    404     409      404       409    404   404
"""
# The state of the measure / that of its issue, when a check finds the claim untrue.
FOUND_FALSE = """
act                    | from                                      | to | office lead helper foreign covering elsewhere leader admin auditor
supervision.check_site | in_review stage_done done / open applied  | ongoing | 403    403  403 404 done 404 done 404 404
                       | in_review stage_done done / closed        | =       | 403    403  403 404 done 404 done 404 404
                       | not_started ongoing / open applied closed | =       | 403    403  403 404 done 404 done 404 404
"""


def group_of(here: Scene) -> Group:
    return Group.objects.get(members=here.people["covering"])


class Visits:
    """A visit of the group that covers the measure."""

    def __init__(self, here: Scene) -> None:
        self.here = here
        self.visit = services.plan_visit(
            actor=here.people["office"],
            inspection=here.inspection,
            group=group_of(here),
            title="现场看台账",
            planned_on=make.today(),
            measures=[here.measure],
        )

    def trial(self, act: Callable[[User], object], verb: str, body: dict[str, Any], *, versioned: bool = True, **more: Any) -> Trial:
        held = {"held": {"held_on": make.today()}}
        states: dict[str, list[Patch]] = {state: [(self.visit, {"state": state, **held.get(state, {})})] for state in Visit.State.values}

        def door() -> tuple[str, dict[str, Any]]:
            version = {"version": Visit.objects.get(pk=self.visit.pk).version} if versioned else {}
            return f"/visits/{self.visit.pk}/{verb}/", {**body, **version}

        return Trial(self.visit, "state", states, act, door, **more)

    def trials(self) -> dict[str, Trial]:
        def cancel(by: User, reason: str = "改期") -> object:
            return services.cancel_visit(actor=by, visit=self.visit, reason=reason)

        measure, today = self.here.measure, make.today().isoformat()
        facts = {"title": "改名", "planned_on": today, "measures": [measure.pk]}
        seen: dict[str, Any] = {"finding": "true", "note": "属实", "checked_on": make.today()}
        sent = {f"m{measure.pk}-{name}": str(value) for name, value in seen.items()}
        return {
            "supervision.amend_visit": self.trial(
                lambda by: services.amend_visit(actor=by, visit=self.visit, values={"title": "改名"}), "amend", facts
            ),
            "supervision.cancel_visit": self.trial(cancel, "cancel", {"reason": "改期"}, bare=lambda by: cancel(by, "")),
            "supervision.hold_visit": self.trial(
                lambda by: services.hold_visit(actor=by, visit=self.visit, held_on=make.today(), summary="单位停电"),
                "hold",
                {"held_on": today, "summary": "单位停电"},
            ),
            "supervision.check_site": self.trial(
                lambda by: services.check_site(actor=by, measure=measure, visit=self.visit, **seen),
                "check",
                {"measure": measure.pk, **sent},
                versioned=False,
            ),
        }


class Dispatches:
    """A meeting of the group that covers the measure, which is on its agenda."""

    def __init__(self, here: Scene) -> None:
        office = here.people["office"]
        facts: dict[str, Any] = {"title": "第一次调度会", "held_on": make.today(), "chair": "区委副书记"}
        self.here, self.row = here, services.call_dispatch(actor=office, inspection=here.inspection, group=group_of(here), **facts)
        [self.item] = services.set_agenda(actor=office, dispatch=self.row, measures=[here.measure])
        self.further = make.measure(here.issue)

    def trial(self, act: Callable[[User], object], address: str, body: dict[str, Any], *, of: Any = None, **more: Any) -> Trial:
        states: dict[str, list[Patch]] = {state: [(self.row, {"state": state})] for state in Dispatch.State.values}

        def door() -> tuple[str, dict[str, Any]]:
            row = of or self.row
            return address, {**body, "version": type(row).objects.get(pk=row.pk).version}

        return Trial(self.row, "state", states, act, door, **more)

    def trials(self) -> dict[str, Trial]:
        at, row = f"/dispatches/{self.row.pk}", self.row
        facts = {"title": "改名", "held_on": make.today().isoformat(), "chair": "区委副书记"}
        left = f"{self.here.measure.number} 未议"
        closing = ("issues.record_activity", "supervision.close_dispatch")
        return {
            "supervision.amend_dispatch": self.trial(
                lambda by: services.amend_dispatch(actor=by, dispatch=row, values={"title": "改名"}), f"{at}/amend/", facts
            ),
            "supervision.set_agenda": self.trial(
                lambda by: services.set_agenda(actor=by, dispatch=row, measures=[self.further, self.here.measure]),
                f"{at}/agenda/",
                {"do": "add", "pick": [self.further.pk]},
            ),
            "supervision.begin_dispatch": self.trial(lambda by: services.begin_dispatch(actor=by, dispatch=row), f"{at}/begin/", {}),
            "supervision.decide_item": self.trial(
                lambda by: services.decide_item(actor=by, item=self.item, decision="月底前办结"),
                f"/dispatch-items/{self.item.pk}/",
                {"decision": "月底前办结"},
                of=self.item,
            ),
            "supervision.close_dispatch": self.trial(
                lambda by: services.close_dispatch(actor=by, dispatch=row, summary=left),
                f"{at}/close/",
                {"summary": left},
                entries={"under_way": closing},
            ),
        }


def test_every_cell_of_a_visit() -> None:
    here, lines = scene(), read_table(VISITS)
    trials = Visits(here).trials()
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, tables.VISIT_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []


def test_every_cell_of_a_dispatch() -> None:
    here, lines = scene(), read_table(DISPATCHES)
    trials = Dispatches(here).trials()
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, tables.DISPATCH_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []


def test_every_cell_of_a_check_that_finds_a_claim_untrue() -> None:
    here, lines = scene(), read_table(FOUND_FALSE)
    acts = Acts(here)
    trial = acts.check_site()
    returning = ("supervision.check_site", "measures.return_unfounded")
    back = {f"{state} / {closure}": returning for state in ("in_review", "stage_done", "done") for closure in ("open", "applied")}
    body = {"finding": "false", "note": "不实", "checked_on": make.today().isoformat()}
    untrue = replace(
        trial,
        act=lambda by: services.check_site(
            actor=by, measure=here.measure, finding=SiteCheck.Finding.FALSE, note="不实", checked_on=make.today()
        ),
        door=lambda: (f"/measures/{here.measure.pk}/check/", body),
        entries=back,
    )
    assert set(untrue.states) == {f"{state} / {closure}" for state in Measure.State.values for closure in Issue.ClosureState.values}
    trials = {"supervision.check_site": untrue}
    assert_complete(lines, trials)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []
