"""Every cell of the table of decisions on figures: who, in which state, through the service and through the page."""

from __future__ import annotations

from typing import Any

import pytest

from apps.reports import services as notices
from apps.reports import workflow as tables
from apps.reports.models import FigureDecision, Notice
from apps.reports.proving.findings import sentence_hash
from apps.units.models import User
from tests import factories as make
from tests.cells import Inside, Outside, Patch, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells
from tests.test_notice import prose

pytestmark = pytest.mark.django_db
FIGURES = """
act                     | from                      | to | office drafter lead helper foreign covering elsewhere leader admin auditor
reports.decide_figure   | draft reviewing submitted | = | done   done    404  404    404     404      404       403    404   404
                        | approved published        | - | 409    409     404  404    404     404      404       403    404   404
reports.withdraw_figure | draft reviewing submitted | = | done   done    404  404    404     404      404       403    404   404
                        | approved published        | - | 409    409     404  404    404     404      404       403    404   404
reports.ask_registration | draft reviewing submitted | = | done   done    404  404    404     404      404       403    404   404
                        | approved published        | - | 409    409     404  404    404     404      404       403    404   404
"""
TEXT = "走访企业418家。"


class Figures:
    """An approved notice with one figure that the ledger does not have, and one that was answered for."""

    def __init__(self, drafter: User, inspection: Any) -> None:
        self.notice = notices.draft_notice(actor=drafter, inspection=inspection, prose=prose(), texts={1: f"{TEXT}走访农户20户。"})
        decided = self.figure("20户", "走访农户20户。")
        self.decision = notices.decide_figure(actor=drafter, notice=self.notice, verdict="accepted", reason="已核", **decided)
        Notice.objects.filter(pk=self.notice.pk).update(
            state="approved", approved_by=make.leader(), approved_on=make.today(), submitted_on=make.today()
        )
        self.notice.refresh_from_db()

    def figure(self, written: str = "418家", sentence: str = TEXT) -> dict[str, Any]:
        return {"place": "item:1", "sentence_hash": sentence_hash(sentence), "written": written}

    def trials(self) -> dict[str, Trial]:
        states: dict[str, list[Patch]] = {state: [(self.notice, {"state": state})] for state in Notice.State.values}

        def decide(by: User) -> object:
            return notices.decide_figure(actor=by, notice=self.notice, verdict="accepted", reason="已核", **self.figure())

        def withdraw(by: User, reason: str = "应当核对") -> object:
            return notices.withdraw_decision(actor=by, decision=FigureDecision.objects.get(pk=self.decision.pk), reason=reason)

        def ask(by: User) -> object:
            return notices.ask_registration(actor=by, notice=self.notice, **self.figure())

        page = f"/notices/{self.notice.pk}/check"
        asked = {**self.figure(), "occurrence": "0", "verdict": "accepted", "reason": "已核"}
        return {
            "reports.ask_registration": Trial(self.notice, "state", states, ask, lambda: (f"{page}/ask/", self.figure())),
            "reports.decide_figure": Trial(self.notice, "state", states, decide, lambda: (f"{page}/decide/", asked)),
            "reports.withdraw_figure": Trial(
                self.notice,
                "state",
                states,
                withdraw,
                lambda: (f"{page}/withdraw/", {"decision": str(self.decision.pk), "reason": "应当核对"}),
                bare=lambda by: withdraw(by, ""),
            ),
        }


def test_every_cell_of_a_decision_on_a_figure() -> None:
    here, lines = scene(), read_table(FIGURES)
    here.people["drafter"] = make.office()
    trials = Figures(here.people["drafter"], here.issue.inspection).trials()
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, tables.FIGURES_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []
