"""The services ask the tables: every act is tried on a real row in every state by every role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import models, transaction
from django.utils import timezone

from apps.issues import services as issues
from apps.issues import workflow as issue_tables
from apps.issues.models import Closure, Issue, LookBack
from apps.ledgers.models import Entry
from apps.measures import services as measures
from apps.measures import workflow as measure_tables
from apps.measures.models import Measure, Progress
from apps.supervision import workflow as letter_tables
from apps.supervision.models import Letter
from apps.supervision.services import answer_letter, sign_letter
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import Transition
from tests import factories
from tests.supervision import letter

pytestmark = pytest.mark.django_db

Try = Callable[[User], object]


@dataclass(frozen=True)
class Trial:
    """An act, the row whose state it asks, how that row is put into a state, and the table's line."""

    step: Transition
    row: models.Model
    states: dict[str, dict[str, Any]]
    act: Try
    lead: User


def outcome(trial: Trial, state: str, actor: User) -> str:
    """What happens, undone afterwards; a refusal must leave no entry in the book."""
    with transaction.atomic():
        type(trial.row)._default_manager.filter(pk=trial.row.pk).update(**trial.states[state])
        entries = Entry.objects.count()
        try:
            with transaction.atomic():
                trial.act(actor)
            found = "done"
        except ActForbidden:
            found = "forbidden"
        except ActConflict:
            found = "conflict"
        except ActRefused as refused:
            found = refused.message
        assert (Entry.objects.count() > entries) is (found == "done")
        transaction.set_rollback(True)
    return found


def wanted(trial: Trial, state: str, actor: User) -> str:
    if actor.role not in trial.step.roles:
        return "forbidden"
    return "done" if state in trial.step.sources else "conflict"


def try_all(trial: Trial) -> None:
    actors = [trial.lead, factories.office(), *(factories.user(role) for role in (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR))]
    cases = [(state, actor) for state in trial.states for actor in actors]
    found = {(state, str(actor.role)): outcome(trial, state, actor) for state, actor in cases}
    assert found == {(state, str(actor.role)): wanted(trial, state, actor) for state, actor in cases}
    assert {"done", "forbidden", "conflict"} - set(found.values()) <= {"conflict"}


# -- issues -----------------------------------------------------------------------------------------------------------

ISSUE_STATES = {state: {"closure": state} for state in Issue.ClosureState.values}


def issue_trials() -> dict[Transition, Trial]:
    measure = factories.measure()
    issue, lead = measure.issue, factories.liaison(measure.lead_unit)
    factories.finish(measure)
    closure = issues.apply_for_closure(actor=lead, issue=issue, reasons=factories.answers(issue), statement="已完成")
    look_back = LookBack(issue=issue, round=1, planned_on=factories.today())
    look_back.save()
    tables, helper = issue_tables, factories.unit()

    def apply_anew(actor: User) -> object:
        Closure.objects.filter(pk=closure.pk).delete()
        return issues.apply_for_closure(actor=actor, issue=issue, reasons=factories.answers(issue), statement="已完成")

    acts: dict[Transition, Try] = {
        tables.APPLY: apply_anew,
        tables.AGREE: lambda actor: issues.decide_closure(actor=actor, closure=closure, agree=True, opinion="同意"),
        tables.RETURN: lambda actor: issues.decide_closure(actor=actor, closure=closure, agree=False, opinion="请补充"),
        tables.LOOK_BACK: lambda actor: issues.hold_look_back(actor=actor, look_back=look_back, relapsed=False, note="属实"),
        tables.REOPEN: lambda actor: issues.hold_look_back(actor=actor, look_back=look_back, relapsed=True, note="反弹"),
        tables.AMEND: lambda actor: issues.amend_issue(actor=actor, issue=issue, values={"goal": "新目标"}, reason="订正"),
        tables.ASSIGN: lambda actor: issues.assign_issue(
            actor=actor, issue=issue, lead_unit=issue.lead_unit, supporting_units=[helper], reason="会议确定"
        ),
    }
    assert set(acts) == set(tables.TABLE)
    return {step: Trial(step, issue, ISSUE_STATES, act, lead) for step, act in acts.items()}


@pytest.mark.parametrize("index", range(len(issue_tables.TABLE)))
def test_acts_on_an_issue(index: int) -> None:
    try_all(issue_trials()[issue_tables.TABLE[index]])


# -- measures ---------------------------------------------------------------------------------------------------------

STOPPED = ("stage_done", "done")
MEASURE_STATES = {
    state: {"progress": state, "stopped_on": dt.date(2026, 1, 5) if state in STOPPED else None} for state in Measure.State.values
}


def measure_trials() -> dict[Transition, Trial]:
    measure = factories.measure()
    lead = factories.liaison(measure.lead_unit)
    report = factories.report(measure, by=lead)
    tables = measure_tables

    def report_anew(actor: User) -> object:
        Progress.objects.filter(pk=report.pk).delete()
        return factories.report(measure, by=actor)

    def release_claimed(actor: User) -> object:
        Progress.objects.filter(pk=report.pk).update(claimed_by=actor, claimed_at=timezone.now())
        return measures.release_review(actor=actor, report=report)

    acts: dict[Transition, Try] = {
        tables.REPORT: report_anew,
        tables.APPROVE: lambda actor: measures.approve(actor=actor, report=report),
        tables.SEND_BACK: lambda actor: measures.send_back(actor=actor, report=report, requirement="请补充"),
        tables.AMEND: lambda actor: measures.amend_measure(actor=actor, measure=measure, values={"text": "新文字"}, reason="订正"),
        tables.ASSIGN: lambda actor: measures.assign_measure(
            actor=actor, measure=measure, draft=factories.draft(measure.lead_unit, due_on=measure.due_on, person="科长")
        ),
        tables.CLAIM: lambda actor: measures.claim_review(actor=actor, report=report),
        tables.RELEASE: release_claimed,
        tables.EXTEND: lambda actor: measures.request_extension(actor=actor, measure=measure, new_due_on=factories.days(90), reason="流标"),
    }
    assert set(acts) == set(tables.TABLE)
    return {step: Trial(step, measure, MEASURE_STATES, act, lead) for step, act in acts.items()}


@pytest.mark.parametrize("index", range(len(measure_tables.TABLE)))
def test_acts_on_a_measure(index: int) -> None:
    try_all(measure_trials()[measure_tables.TABLE[index]])


@pytest.mark.parametrize("index", range(len(measure_tables.EXTENSION_TABLE)))
def test_acts_on_an_extension(index: int) -> None:
    """A first request is the office's; a second one is endorsed by it and decided by a leader. Who decides depends on the state, so
    the lines of a later state are tried in that state alone."""
    measure, office = factories.measure(), factories.office()
    lead = factories.liaison(measure.lead_unit)
    step = measure_tables.EXTENSION_TABLE[index]
    second = step in (measure_tables.ENDORSE_EXTENSION, measure_tables.AGREE_ENDORSED, measure_tables.REFUSE_ENDORSED)
    if second:
        first = measures.request_extension(actor=lead, measure=measure, new_due_on=factories.days(80), reason="流标")
        measures.decide_extension(actor=office, extension=first, agree=True)
    asked = measures.request_extension(actor=lead, measure=measure, new_due_on=factories.days(90), reason="流标")
    endorsed = {"decision": "endorsed", "endorsed_by": office, "endorsed_on": factories.today()}
    states: dict[str, dict[str, Any]] = {state: {"decision": state} for state in ("pending", "agreed", "refused")}
    if "endorsed" in step.sources:
        states = {"endorsed": endorsed}

    def act(by: User) -> object:
        if step is measure_tables.ENDORSE_EXTENSION:
            return measures.endorse_extension(actor=by, extension=asked, opinion="属实")
        return measures.decide_extension(actor=by, extension=asked, agree=step.target == "agreed", opinion="研究过")

    try_all(Trial(step, asked, states, act, lead))


@pytest.mark.parametrize("state", Measure.State.values)
def test_the_system_resumes_stages_and_nothing_else(state: str) -> None:
    measure = factories.measure(pace=Measure.Pace.LONG_TERM)
    Measure.objects.filter(pk=measure.pk).update(**MEASURE_STATES[state], next_review_on=factories.today(), stage_goal="巩固")
    back = measures.resume_stages(inspection=measure.issue.inspection)
    assert [row.pk for row in back] == ([measure.pk] if state in measure_tables.RESUME.sources else [])


# -- letters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(letter_tables.TABLE)))
def test_acts_on_a_letter(index: int) -> None:
    measure = factories.measure()
    lead = factories.liaison(measure.lead_unit)
    sent = letter(measure)
    signed = {"signed_by": lead, "signed_at": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}
    answered = {"answered_by": lead, "answered_on": dt.date(2026, 1, 6)}
    states: dict[str, dict[str, Any]] = {state: {"state": state, **signed, **answered} for state in Letter.State.values}
    acts: dict[Transition, Try] = {
        letter_tables.SIGN: lambda by: sign_letter(actor=by, letter=sent),
        letter_tables.ANSWER: lambda by: answer_letter(actor=by, letter=sent, answer="已办理"),
    }
    assert set(acts) == set(letter_tables.TABLE)
    step = letter_tables.TABLE[index]
    try_all(Trial(step, sent, states, acts[step], lead))
