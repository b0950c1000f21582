"""Issues: every act, in every state, by everybody, against the table written out here (how to read it: ``tests/cells.py``)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apps.issues import services, workflow
from apps.issues.models import Closure, Issue, LookBack, SignOff
from apps.measures.models import Indicator
from apps.measures.services import (
    FigureDraft,
    InstalmentDraft,
    add_indicator,
    add_measures,
    amend_indicator,
    plan_instalments,
    read_indicator,
)
from apps.units.models import User
from tests import factories as make
from tests.api_world import url
from tests.cells import Inside, Outside, Patch, Scene, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells

pytestmark = pytest.mark.django_db

TABLE = """
act                     | from         | to      | office lead helper foreign covering elsewhere leader admin auditor
issues.apply_closure    | open         | applied | 403    done 403    404     403      404       403    404   404
                        | applied      | -       | 403    409  403    404     403      404       403    404   404
                        | closed       | -       | 403    409  403    404     403      404       403    404   404
issues.agree_closure    | open         | -       | 409    403  403    404     403      404       403    404   404
                        | applied      | closed  | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
issues.return_closure   | open         | -       | 409    403  403    404     403      404       403    404   404
                        | applied      | open    | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
issues.hold_look_back   | open applied | -       | 409    403  403    404     409      404       409    404   404
                        | closed       | =       | done   403  403    404     done     404       done   404   404
issues.reopen           | open applied | -       | 409    403  403    404     409      404       409    404   404
                        | closed       | open    | done   403  403    404     done     404       done   404   404
issues.amend_issue      | open applied | =       | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
issues.assign_issue     | open applied | =       | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
measures.add_measure    | open         | =       | done   403  403    404     403      404       403    404   404
                        | applied      | -       | 409    403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
measures.add_indicator  | open applied | =       | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
measures.read_indicator | open applied | =       | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
measures.amend_indicator | open applied | =      | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
measures.plan_instalments | open applied | =     | done   403  403    404     403      404       403    404   404
                        | closed       | -       | 409    403  403    404     403      404       403    404   404
issues.draw_look_backs  | open applied | -       | 400    403  403    404     403      404       400    404   404
                        | closed       | =       | done   403  403    404     403      404       done   404   404
"""
# The state of the signature under a waiting application; the reviewer is of the body that signs it.
SIGN_OFFS = """
act                    | from             | to       | reviewer office lead helper foreign covering elsewhere leader admin auditor
issues.agree_sign_off  | pending          | agreed   | done     403    403  403    404     403      404       403    404   404
                       | agreed returned  | -        | 409      403    403  403    404     403      404       403    404   404
issues.return_sign_off | pending agreed   | returned | done     403    403  403    404     403      404       403    404   404
                       | returned         | -        | 409      403    403  403    404     403      404       403    404   404
"""
LINES = read_table(TABLE)


class Acts:
    """An issue whose measure is done, with an application, a planned look-back and an indicator; and the ways to act on it."""

    def __init__(self, here: Scene) -> None:
        self.here, self.issue, self.helper = here, here.issue, here.helper
        make.finish(here.measure, by=here.lead)
        self.indicator = add_indicator(actor=None, issue=here.issue, name="退款", kind=Indicator.Kind.MONEY, unit="元")
        self.reasons = make.answers(here.issue)
        self.closure = make.application(here.issue, by=here.lead)
        self.look_back = LookBack(issue=here.issue, round=1, planned_on=make.today())
        self.look_back.save()

    def trial(self, act: Callable[[User], object], address: str, body: dict[str, Any], **more: Any) -> Trial:
        versioned = body.pop("versioned", False)

        def door() -> tuple[str, dict[str, Any]]:
            version = {"version": Issue.objects.get(pk=self.issue.pk).version} if versioned else {}
            return address, {**body, **version}

        states: dict[str, list[Patch]] = {state: [(self.issue, {"closure": state})] for state in Issue.ClosureState.values}
        return Trial(self.issue, "closure", states, act, door, **more)

    def withdraw(self) -> None:
        Closure.objects.filter(pk=self.closure.pk).delete()

    def apply(self) -> Trial:
        return self.trial(
            lambda by: services.apply_for_closure(actor=by, issue=self.issue, statement="已完成", reasons=self.reasons),
            url("issues", self.issue.pk, "apply-closure"),
            {"statement": "已完成", "reasons": self.reasons, "versioned": True},
            prepare=self.withdraw,
        )

    def decide(self, *, agree: bool) -> Trial:
        def act(by: User, opinion: str = "请补充") -> object:
            return services.decide_closure(actor=by, closure=self.closure, agree=agree, opinion=opinion)

        address, body = url("closures", self.closure.pk, "decide"), {"agree": agree, "opinion": "请补充"}
        return self.trial(act, address, body, bare=None if agree else lambda by: act(by, ""))

    def look(self, *, relapsed: bool) -> Trial:
        def act(by: User, note: str = "已查") -> object:
            return services.hold_look_back(actor=by, look_back=self.look_back, relapsed=relapsed, note=note)

        body = {"finding": "relapsed" if relapsed else "holds", "note": "已查"}
        return self.trial(act, f"/look-backs/{self.look_back.pk}/", body, bare=(lambda by: act(by, "")) if relapsed else None)

    def amend(self) -> Trial:
        def act(by: User, reason: str = "订正") -> object:
            return services.amend_issue(actor=by, issue=self.issue, values={"goal": "新目标"}, reason=reason)

        body = {"goal": "新目标", "reason": "订正", "versioned": True}
        return self.trial(act, url("issues", self.issue.pk, "amend"), body, bare=lambda by: act(by, ""))

    def assign(self) -> Trial:
        lead = self.issue.lead_unit

        def act(by: User, reason: str = "会议确定") -> object:
            return services.assign_issue(actor=by, issue=self.issue, lead_unit=lead, supporting_units=[], reason=reason)

        body = {"lead_unit": lead.pk, "supporting_units": [], "reason": "会议确定", "versioned": True}
        return self.trial(act, url("issues", self.issue.pk, "assign"), body, bare=lambda by: act(by, ""))

    def add_measure(self) -> Trial:
        lead = self.issue.lead_unit
        words = {"text": "再查", "nature": "now", "pace": "limited", "deadline_rule": "fixed", "due_on": make.days(60).isoformat()}
        return self.trial(
            lambda by: add_measures(actor=by, issue=self.issue, drafts=[make.draft(lead)]),
            f"/issues/{self.issue.pk}/measures/new/",
            {**words, "lead_unit": lead.pk, "versioned": True},
        )

    def add_indicator(self) -> Trial:
        return self.trial(
            lambda by: add_indicator(actor=by, issue=self.issue, name="件数", kind=Indicator.Kind.COUNT, unit="件"),
            f"/issues/{self.issue.pk}/indicators/new/",
            {"name": "件数", "kind": "count", "unit": "件"},
        )

    def read_indicator(self) -> Trial:
        return self.trial(
            lambda by: read_indicator(actor=by, indicator=self.indicator, figures=[FigureDraft(Decimal(5), make.today())]),
            f"/indicators/{self.indicator.pk}/readings/new/",
            {"value": "5", "as_of": make.today().isoformat()},
        )

    def amend_indicator(self) -> Trial:
        values = {"name": "退还资金"}
        return self.trial(
            lambda by: amend_indicator(actor=by, indicator=self.indicator, values=values, reason="订正"),
            url("indicators", self.indicator.pk, "amend"),
            {**values, "reason": "订正", "versioned": True},
        )

    def plan_instalments(self) -> Trial:
        plan = {"due_on": make.days(30).isoformat(), "amount": "5"}
        return self.trial(
            lambda by: plan_instalments(
                actor=by, indicator=self.indicator, instalments=[InstalmentDraft(make.days(30), Decimal(5))], reason="约定"
            ),
            url("indicators", self.indicator.pk, "plan-instalments"),
            {"instalments": [plan], "reason": "约定", "versioned": True},
        )

    def draw(self) -> Trial:
        day = make.days(10)
        return self.trial(
            lambda by: services.draw_look_backs(actor=by, inspection=self.issue.inspection, size=1, planned_on=day),
            url("inspections", self.issue.inspection_id, "draw-look-backs"),
            {"size": 1, "planned_on": day.isoformat()},
        )

    def trials(self) -> dict[str, Trial]:
        return {
            "issues.apply_closure": self.apply(),
            "issues.agree_closure": self.decide(agree=True),
            "issues.return_closure": self.decide(agree=False),
            "issues.hold_look_back": self.look(relapsed=False),
            "issues.reopen": self.look(relapsed=True),
            "issues.amend_issue": self.amend(),
            "issues.assign_issue": self.assign(),
            "measures.add_measure": self.add_measure(),
            "measures.add_indicator": self.add_indicator(),
            "measures.read_indicator": self.read_indicator(),
            "measures.amend_indicator": self.amend_indicator(),
            "measures.plan_instalments": self.plan_instalments(),
            "issues.draw_look_backs": self.draw(),
        }


def test_every_cell_from_inside() -> None:
    here = scene()
    trials = Acts(here).trials()
    assert_complete(LINES, trials)
    assert_table_is_tried(LINES, trials, workflow.TABLE)
    assert wrong_cells(LINES, trials, here.people, Inside()) == []


def test_every_cell_from_outside() -> None:
    here = scene()
    assert wrong_cells(LINES, Acts(here).trials(), here.people, Outside(here.people.values())) == []


def sign_off_trials(here: Scene) -> dict[str, Trial]:
    body = make.unit()
    here.people["reviewer"] = make.liaison(body)
    here.inspection.reviewing_bodies.add(body)
    make.finish(here.measure, by=here.lead)
    closure = make.application(here.issue, by=here.lead)
    row = SignOff.objects.get(closure=closure)
    signed = {"signed_by": here.people["reviewer"], "signed_on": make.today()}
    states: dict[str, list[Patch]] = {
        state: [(row, {"decision": state, **({} if state == "pending" else signed)})] for state in SignOff.Decision.values
    }
    words = "请补充三户的回单和台账"

    def trial(*, agree: bool) -> Trial:
        def act(by: User, requirement: str = words) -> object:
            return services.sign_off(actor=by, sign_off=row, agree=agree, requirement=requirement)

        def door() -> tuple[str, dict[str, Any]]:
            return url("closures", closure.pk, "sign-off"), {"agree": agree, "requirement": "" if agree else words}

        return Trial(row, "decision", states, act, door, bare=None if agree else lambda by: act(by, ""))

    return {"issues.agree_sign_off": trial(agree=True), "issues.return_sign_off": trial(agree=False)}


def test_every_cell_of_a_joint_review() -> None:
    here, lines = scene(), read_table(SIGN_OFFS)
    trials = sign_off_trials(here)
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, workflow.SIGN_OFF_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []
