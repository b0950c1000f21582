"""Measures and requests for a later date: every act, in every state, by everybody (how to read the tables: ``tests/cells.py``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures import services, workflow
from apps.measures.models import Evidence, Extension, Measure, Progress
from apps.supervision.models import SiteCheck
from apps.supervision.services import check_site
from apps.units.models import User
from tests import factories as make
from tests.api_world import url
from tests.cells import (
    Inside,
    Outside,
    Patch,
    Scene,
    Trial,
    assert_complete,
    assert_table_is_tried,
    product,
    read_table,
    scene,
    wrong_cells,
)

pytestmark = pytest.mark.django_db

WORK, REVIEW, FINISHED = "not_started ongoing", "in_review", "stage_done done"
REST = f"{WORK} {FINISHED}"
ALL = f"{REST} {REVIEW}"
LOST, ANY = "applied closed", "open applied closed"
# The state of the measure / that of its issue.
MEASURES = f"""
act                        | from                           | to        | office lead helper foreign covering elsewhere leader admin auditor
measures.report_progress   | {REST}     / open              | in_review | done   done 403    404     403      404       403    404   404
                           | {REST}     / {LOST}            | -         | 400    400  403    404     403      404       403    404   404
                           | {REVIEW}   / {ANY}             | -         | 409    409  403    404     403      404       403    404   404
measures.approve           | {REVIEW}   / {ANY}             | ongoing   | done   403  403    404     403      404       403    404   404
                           | {REST}     / {ANY}             | -         | 409    403  403    404     403      404       403    404   404
measures.send_back         | {REVIEW}   / {ANY}             | ongoing   | done   403  403    404     403      404       403    404   404
                           | {REST}     / {ANY}             | -         | 409    403  403    404     403      404       403    404   404
measures.amend_measure     | {ALL}      / open applied      | =         | done   403  403    404     403      404       403    404   404
                           | {ALL}      / closed            | -         | 400    403  403    404     403      404       403    404   404
measures.assign_measure    | {ALL}      / open applied      | =         | done   403  403    404     403      404       403    404   404
                           | {ALL}      / closed            | -         | 400    403  403    404     403      404       403    404   404
measures.request_extension | {WORK}     / open applied      | =         | 403    done 403    404     403      404       403    404   404
                           | {WORK}     / closed            | -         | 403    400  403    404     403      404       403    404   404
                           | {REVIEW} {FINISHED} / {ANY}    | -         | 403    409  403    404     403      404       403    404   404
measures.claim_review      | {REVIEW}   / {ANY}             | =         | done   403  403    404     403      404       403    404   404
                           | {REST}     / {ANY}             | -         | 409    403  403    404     403      404       403    404   404
measures.release_review    | {REVIEW}   / {ANY}             | =         | done   403  403    404     403      404       403    404   404
                           | {REST}     / {ANY}             | -         | 409    403  403    404     403      404       403    404   404
measures.update_evidence   | {REST}     / open              | =         | done   done 403    404     403      404       403    404   404
                           | {REST}     / {LOST}            | -         | 400    400  403    404     403      404       403    404   404
                           | {REVIEW}   / {ANY}             | -         | 409    409  403    404     403      404       403    404   404
supervision.check_site     | {ALL}      / {ANY}             | =         | 403    403  403    404     done     404       done   404   404
"""
# The state of the request: of a measure's first one, which is the office's to decide, and of a later one, which goes up to a leader.
# It is decided while the measure is being worked on; that it is still needed is asked in test_extensions.py.
FIRST = """
act                        | from             | to      | office lead helper foreign covering elsewhere leader admin auditor
measures.agree_extension   | pending          | agreed  | done   403  403    404     403      404       403    404   404
                           | endorsed         | agreed  | 403    403  403    404     403      404       done   404   404
                           | agreed refused   | -       | 409    403  403    404     403      404       403    404   404
measures.refuse_extension  | pending          | refused | done   403  403    404     403      404       403    404   404
                           | endorsed         | refused | 403    403  403    404     403      404       done   404   404
                           | agreed refused   | -       | 409    403  403    404     403      404       403    404   404
measures.endorse_extension | pending          | -       | 400    403  403    404     403      404       403    404   404
                           | endorsed agreed refused | - | 409   403  403    404     403      404       403    404   404
"""
LATER = FIRST.replace(
    """measures.agree_extension   | pending          | agreed  | done """,
    """measures.agree_extension   | pending          | -       | 400  """,
).replace(
    """measures.endorse_extension | pending          | -       | 400  """,
    """measures.endorse_extension | pending          | endorsed | done""",
)
STOPPED = (Measure.State.STAGE_DONE, Measure.State.DONE)


class Acts:
    """A measure with a report, and the ways to act on it."""

    def __init__(self, here: Scene) -> None:
        self.measure, self.issue = here.measure, here.issue
        self.report, self.office = make.report(here.measure, by=here.lead, files=[make.evidence()]), here.people["office"]
        self.evidence = Evidence.objects.get(progress=self.report)

    def trial(self, act: Callable[[User], object], address: str, body: dict[str, Any], **more: Any) -> Trial:
        versioned = body.pop("versioned", False)

        def door() -> tuple[str, dict[str, Any]]:
            version = {"version": Measure.objects.get(pk=self.measure.pk).version} if versioned else {}
            return address, {**body, **version}

        stops = {state: make.today() if state in STOPPED else None for state in Measure.State}
        progress: dict[str, list[Patch]] = {state: [(self.measure, {"progress": state, "stopped_on": day})] for state, day in stops.items()}
        closure: dict[str, list[Patch]] = {state: [(self.issue, {"closure": state})] for state in Issue.ClosureState.values}
        return Trial(self.measure, "progress", product(progress, closure), act, door, **more)

    def withdraw(self) -> None:
        returned = {"review": "returned", "reviewed_by": self.office, "reviewed_on": make.today()}
        Progress.objects.filter(pk=self.report.pk).update(**returned)

    def reporting(self) -> Trial:
        words = {
            "claim": "ongoing",
            "text": "已核实三项。",
            "as_of": make.today().isoformat(),
            "signed_by": "张局长",
            "is_vouched_for": True,
            "versioned": True,
        }
        address = url("measures", self.measure.pk, "report")
        return self.trial(lambda by: make.report(self.measure, by=by), address, words, prepare=self.withdraw)

    def approve(self) -> Trial:
        return self.trial(lambda by: services.approve(actor=by, report=self.report), url("reports", self.report.pk, "approve"), {})

    def send_back(self) -> Trial:
        def act(by: User, requirement: str = "请附回单") -> object:
            return services.send_back(actor=by, report=self.report, requirement=requirement)

        address = url("reports", self.report.pk, "send-back")
        return self.trial(act, address, {"requirement": "请附回单"}, bare=lambda by: act(by, ""))

    def amend(self) -> Trial:
        def act(by: User, reason: str = "订正") -> object:
            return services.amend_measure(actor=by, measure=self.measure, values={"text": "新文字"}, reason=reason)

        body = {"text": "新文字", "reason": "订正", "versioned": True}
        return self.trial(act, url("measures", self.measure.pk, "amend"), body, bare=lambda by: act(by, ""))

    def assign(self) -> Trial:
        draft = make.draft(self.measure.lead_unit, due_on=self.measure.due_on, person="科长")
        return self.trial(
            lambda by: services.assign_measure(actor=by, measure=self.measure, draft=draft, reason="人员调整"),
            url("measures", self.measure.pk, "assign"),
            {"person": "科长", "reason": "人员调整", "versioned": True},
        )

    def extend(self) -> Trial:
        def act(by: User, reason: str = "流标") -> object:
            return services.request_extension(actor=by, measure=self.measure, new_due_on=make.days(90), reason=reason)

        body = {"new_due_on": make.days(90).isoformat(), "reason": "流标", "versioned": True}
        return self.trial(act, url("measures", self.measure.pk, "request-extension"), body, bare=lambda by: act(by, ""))

    def claim(self) -> Trial:
        return self.trial(lambda by: services.claim_review(actor=by, report=self.report), url("reports", self.report.pk, "claim"), {})

    def release(self) -> Trial:
        claimed = {"claimed_by": self.office, "claimed_at": timezone.now()}
        return self.trial(
            lambda by: services.release_review(actor=by, report=self.report),
            url("reports", self.report.pk, "release"),
            {},
            prepare=lambda: Progress.objects.filter(pk=self.report.pk).update(**claimed),
        )

    def update_evidence(self) -> Trial:
        def file() -> Any:
            return make.upload(data=make.PDF + b"% 2")

        trial = self.trial(
            lambda by: services.update_evidence(actor=by, evidence=self.evidence, file=file(), note="补盖章"),
            f"/evidence/{self.evidence.versions.get().pk}/update/",
            {"note": "补盖章", "versioned": True},
        )

        def door() -> tuple[str, dict[str, Any]]:
            address, body = trial.door()
            return address, {**body, "file": file()}

        return replace(trial, door=door)

    def check_site(self) -> Trial:
        found = SiteCheck.Finding.TRUE
        return self.trial(
            lambda by: check_site(actor=by, measure=self.measure, finding=found, note="属实", checked_on=make.today()),
            f"/measures/{self.measure.pk}/check/",
            {"finding": found, "note": "属实", "checked_on": make.today().isoformat()},
        )

    def trials(self) -> dict[str, Trial]:
        return {
            "measures.report_progress": self.reporting(),
            "measures.approve": self.approve(),
            "measures.send_back": self.send_back(),
            "measures.amend_measure": self.amend(),
            "measures.assign_measure": self.assign(),
            "measures.request_extension": self.extend(),
            "measures.claim_review": self.claim(),
            "measures.release_review": self.release(),
            "measures.update_evidence": self.update_evidence(),
            "supervision.check_site": self.check_site(),
        }


def extension_trials(here: Scene, *, later: bool) -> dict[str, Trial]:
    if later:
        first = services.request_extension(actor=here.lead, measure=here.measure, new_due_on=make.days(80), reason="流标")
        services.decide_extension(actor=make.office(), extension=first, agree=True)
    asked = services.request_extension(actor=here.lead, measure=here.measure, new_due_on=make.days(90), reason="流标")
    endorsed = {"endorsed_by": make.office(), "endorsed_on": make.today()}
    decided = {"decided_by": make.leader(), "decided_on": make.today()}
    facts = {"pending": {}, "endorsed": endorsed, "agreed": decided, "refused": decided}
    states: dict[str, list[Patch]] = {state: [(asked, {"decision": state, **facts[state]})] for state in Extension.Decision.values}

    def trial(*, agree: bool) -> Trial:
        def act(by: User, opinion: str = "研究过") -> object:
            return services.decide_extension(actor=by, extension=asked, agree=agree, opinion=opinion)

        def door() -> tuple[str, dict[str, Any]]:
            return url("extensions", asked.pk, "decide"), {"agree": agree, "opinion": "研究过"}

        return Trial(asked, "decision", states, act, door, bare=None if agree else lambda by: act(by, ""))

    def endorse(by: User) -> object:
        return services.endorse_extension(actor=by, extension=asked, opinion="属实")

    return {
        "measures.agree_extension": trial(agree=True),
        "measures.refuse_extension": trial(agree=False),
        "measures.endorse_extension": Trial(
            asked, "decision", states, endorse, lambda: (url("extensions", asked.pk, "endorse"), {"opinion": "属实"})
        ),
    }


def test_every_cell_of_a_measure_from_inside() -> None:
    here, lines = scene(), read_table(MEASURES)
    trials = Acts(here).trials()
    assert_complete(lines, trials)
    assert_table_is_tried(lines, trials, workflow.TABLE)
    assert wrong_cells(lines, trials, here.people, Inside()) == []


def test_every_cell_of_a_measure_from_outside() -> None:
    here = scene()
    assert wrong_cells(read_table(MEASURES), Acts(here).trials(), here.people, Outside(here.people.values())) == []


@pytest.mark.parametrize("later", [False, True])
def test_every_cell_of_a_request_for_a_later_date(later: bool) -> None:
    here, lines = scene(), read_table(LATER if later else FIRST)
    trials = extension_trials(here, later=later)
    assert_complete(lines, trials)
    assert_table_is_tried(read_table(FIRST) + read_table(LATER), trials, workflow.EXTENSION_TABLE)
    for way in (Inside(), Outside(here.people.values())):
        assert wrong_cells(lines, trials, here.people, way) == []


def test_the_system_resumes_complete_stages_of_open_issues_and_nothing_else() -> None:
    """No user does this: the job acts as the system."""
    here = scene()
    steps = [(str(step.act.value), step.roles) for step in workflow.SYSTEM_TABLE]
    assert steps == [("measures.resume_stage", frozenset()), ("measures.return_unfounded", frozenset())]
    Measure.objects.update(pace=Measure.Pace.LONG_TERM, next_review_on=make.today(), stage_goal="巩固")
    states = Acts(here).approve().states
    resumed = []
    for state, patches in states.items():
        with transaction.atomic():
            for row, values in patches:
                type(row)._base_manager.filter(pk=row.pk).update(**values)
            entries = Entry.objects.count()
            back = services.resume_stages(inspection=here.inspection)
            assert Entry.objects.count() == entries + len(back)
            resumed += [state] * len(back)
            transaction.set_rollback(True)
    assert resumed == ["stage_done / open"]
