"""Making the plan of a measure: its words, units and dates, before → after in the book; and asking for a later date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.issues.models import Issue
from apps.issues.services import apply_for_closure
from apps.ledgers.models import Entry
from apps.measures.models import Act, Extension, Measure
from apps.measures.services import add_measures, amend_measure, assign_measure, decide_extension, request_extension
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Source, User
from tests import factories

pytestmark = pytest.mark.django_db


def fresh(measure: Measure) -> Measure:
    return Measure.objects.get(pk=measure.pk)


def last_entry(act: Act) -> Entry:
    return Entry.objects.filter(act=act).latest("seq")


def test_amending_needs_a_reason_and_keeps_before_and_after() -> None:
    measure, office = factories.measure(text="旧文字"), factories.office()
    with pytest.raises(ActRefused, match="要写明理由"):
        amend_measure(actor=office, measure=measure, values={"text": "新文字"}, reason=" ")
    amend_measure(actor=office, measure=measure, values={"text": "新文字", "person": ""}, reason="按批复订正")
    entry = last_entry(Act.AMEND_MEASURE)
    assert (entry.reason, entry.payload) == ("按批复订正", {"changes": {"text": ["旧文字", "新文字"]}})
    assert fresh(measure).text == "新文字"
    with pytest.raises(ActRefused, match="没有变化"):
        amend_measure(actor=office, measure=measure, values={"text": "新文字"}, reason="再订正")
    with pytest.raises(ActRefused, match="不能修改：due_on"):
        amend_measure(actor=office, measure=measure, values={"due_on": factories.days(5)}, reason="改时限")


def test_a_date_moves_only_with_a_reason_and_the_original_stays() -> None:
    measure, office = factories.measure(due_on=factories.days(30)), factories.office()
    moved = factories.draft(measure.lead_unit, due_on=factories.days(50))
    with pytest.raises(ActRefused, match="要写明理由"):
        assign_measure(actor=office, measure=measure, draft=moved)
    assign_measure(actor=office, measure=measure, draft=moved, reason="专题会议定")
    row = fresh(measure)
    assert (row.due_on, row.original_due_on, row.is_extended) == (factories.days(50), factories.days(30), True)
    changed = last_entry(Act.ASSIGN_MEASURE).payload["changes"]
    assert changed == {"due_on": [factories.days(30).isoformat(), factories.days(50).isoformat()]}


@pytest.mark.parametrize("key", ["lead_unit", "supporting_units", "person", "due_on"])
def test_what_was_settled_changes_only_with_a_reason(key: str) -> None:
    measure, office = factories.measure(person="张科长"), factories.office()
    facts: dict[str, Any] = {"due_on": measure.due_on, "person": "张科长"}
    other: dict[str, Any] = {"supporting_units": (factories.unit(),), "person": "李科长", "due_on": factories.days(80)}
    lead = factories.unit() if key == "lead_unit" else measure.lead_unit
    moved = factories.draft(lead, **{**facts, **({key: other[key]} if key in other else {})})
    with pytest.raises(ActRefused, match="要写明理由") as refused:
        assign_measure(actor=office, measure=measure, draft=moved, reason=" ")
    assert refused.value.field == "reason"
    assert fresh(measure).version == 1
    assign_measure(actor=office, measure=measure, draft=moved, reason="会议确定")
    assert last_entry(Act.ASSIGN_MEASURE).reason == "会议确定"


def test_a_person_that_was_not_named_is_filled_in_without_a_reason() -> None:
    measure = factories.measure()
    draft = factories.draft(measure.lead_unit, due_on=measure.due_on, person="李科长")
    assert assign_measure(actor=factories.office(), measure=measure, draft=draft).person == "李科长"


def test_what_a_user_set_is_no_longer_demonstration_data() -> None:
    measure, office = factories.measure(source=Source.NOTICE, quote="原文", demonstrated=["text", "nature", "due_on"]), factories.office()
    assign_measure(actor=office, measure=measure, draft=factories.draft(measure.lead_unit, due_on=factories.days(80)), reason="会议确定")
    assert fresh(measure).demonstrated == ["text", "nature"]
    amend_measure(actor=office, measure=measure, values={"text": "新文字"}, reason="订正")
    assert fresh(measure).demonstrated == ["nature"]


def test_of_a_demonstration_measure_only_what_a_user_set_loses_the_badge() -> None:
    measure = factories.measure(source=Source.DEMONSTRATION)
    assert measure.demonstrates("text")
    amend_measure(actor=factories.office(), measure=measure, values={"text": "新文字"}, reason="订正")
    row = fresh(measure)
    assert (row.is_demonstration, row.demonstrates("text"), row.demonstrates("due_on")) == (True, False, True)


def test_no_measure_is_added_while_the_closing_is_decided() -> None:
    issue = factories.issue()
    factories.finish(factories.measure(issue))
    apply_for_closure(actor=issue.lead_unit.users.get(role=Role.LIAISON), issue=issue, reasons=factories.answers(issue), statement="已完成")
    with pytest.raises(ActConflict, match="正在审定销号，不能增加措施"):
        add_measures(actor=factories.office(), issue=issue, drafts=[factories.draft(issue.lead_unit)])
    assert issue.measures.count() == 1


def test_a_date_before_the_feedback_is_refused() -> None:
    issue, office = factories.issue(), factories.office()
    day_before = factories.FEEDBACK - dt.timedelta(days=1)
    with pytest.raises(ActRefused, match="不能早于反馈日期 2025-02-20") as refused:
        add_measures(actor=office, issue=issue, drafts=[factories.draft(issue.lead_unit, due_on=day_before)])
    assert refused.value.field == "due_on"
    measure = factories.measure(issue, due_on=factories.FEEDBACK)
    with pytest.raises(ActRefused, match="不能早于反馈日期"):
        assign_measure(actor=office, measure=measure, draft=factories.draft(issue.lead_unit, due_on=day_before), reason="提前")
    assert list(issue.measures.values_list("due_on", flat=True)) == [factories.FEEDBACK]


def test_the_lead_unit_cannot_support_itself() -> None:
    issue, office = factories.issue(), factories.office()
    doubled = factories.draft(issue.lead_unit, supporting_units=(issue.lead_unit,))
    with pytest.raises(ActRefused, match="牵头单位不能同时是配合单位") as refused:
        add_measures(actor=office, issue=issue, drafts=[doubled])
    assert refused.value.field == "supporting_units"
    measure = factories.measure(issue)
    with pytest.raises(ActRefused, match="牵头单位不能同时是配合单位"):
        assign_measure(actor=office, measure=measure, draft=doubled)
    assert not fresh(measure).supporting_units.exists()


def test_only_lasting_measures_go_without_a_date() -> None:
    issue = factories.issue()
    dateless = factories.draft(issue.lead_unit, deadline_rule=Measure.DeadlineRule.NONE)
    with pytest.raises(ActRefused, match="只有长期坚持的措施可以不设时限"):
        add_measures(actor=None, issue=issue, drafts=[dateless])
    measure = factories.measure(issue, deadline_rule=Measure.DeadlineRule.NONE, pace=Measure.Pace.LONG_TERM)
    with pytest.raises(ActRefused, match="确定整改时限"):
        amend_measure(actor=factories.office(), measure=measure, values={"pace": Measure.Pace.LIMITED}, reason="改为限期")


def planning_acts(measure: Measure) -> list[Callable[[User], object]]:
    return [
        lambda by: add_measures(actor=by, issue=measure.issue, drafts=[factories.draft(measure.lead_unit)]),
        lambda by: amend_measure(actor=by, measure=measure, values={"text": "改"}, reason="由"),
        lambda by: assign_measure(actor=by, measure=measure, draft=factories.draft(measure.lead_unit, person="科长")),
    ]


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("role", [Role.LIAISON, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR])
def test_planning_is_the_office_s(role: Role, index: int) -> None:
    measure = factories.measure()
    act = planning_acts(measure)[index]
    with pytest.raises(ActForbidden):
        act(factories.liaison(measure.lead_unit) if role == Role.LIAISON else factories.user(role))
    act(factories.office())


@pytest.mark.parametrize("index", range(3))
def test_nothing_is_planned_under_a_closed_issue(index: int) -> None:
    measure, office = factories.measure(), factories.office()
    act = planning_acts(measure)[index]
    Issue.objects.filter(pk=measure.issue_id).update(closure=Issue.ClosureState.CLOSED)
    entries = Entry.objects.count()
    with pytest.raises(ActRefused, match="已销号"):
        act(office)
    assert Entry.objects.count() == entries
    # Nothing is added while the closing is decided; wording and units may still be put right.
    for closure in (Issue.ClosureState.APPLIED, Issue.ClosureState.OPEN)[index == 0 :]:
        Issue.objects.filter(pk=measure.issue_id).update(closure=closure)
        with transaction.atomic():
            act(office)
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("closure", "words"),
    [(Issue.ClosureState.APPLIED, "正在审定销号，请等审定结束后再填报"), (Issue.ClosureState.CLOSED, "已销号，不能再改动")],
)
def test_no_report_while_the_issue_is_applied_for_or_closed(closure: str, words: str) -> None:
    measure = factories.measure()
    Issue.objects.filter(pk=measure.issue_id).update(closure=closure)
    with pytest.raises(ActRefused, match=words):
        factories.report(measure)
    Issue.objects.filter(pk=measure.issue_id).update(closure=Issue.ClosureState.OPEN)
    assert factories.report(measure).measure == measure


# -- a later date -----------------------------------------------------------------------------------------------------


def test_an_extension_is_asked_for_by_the_lead_unit_and_decided_by_the_office() -> None:
    measure = factories.measure(due_on=factories.today())
    lead, office = factories.liaison(measure.lead_unit), factories.office()
    asked = request_extension(actor=lead, measure=measure, new_due_on=factories.days(30), reason="招标流标")
    assert fresh(measure).due_on == factories.today()
    with pytest.raises(ActConflict, match="已有一份延期申请"):
        request_extension(actor=lead, measure=measure, new_due_on=factories.days(31), reason="再申请")
    decide_extension(actor=office, extension=asked, agree=True)
    row = fresh(measure)
    assert (row.due_on, row.original_due_on, row.is_extended) == (factories.days(30), factories.today(), True)
    assert last_entry(Act.AGREE_EXTENSION).payload == {"changes": {"due_on": [str(factories.today()), str(factories.days(30))]}}
    second = request_extension(actor=lead, measure=measure, new_due_on=factories.days(60), reason="仍未完成")
    with pytest.raises(ActRefused, match="要写明理由"):
        decide_extension(actor=office, extension=second, agree=False)
    decide_extension(actor=office, extension=second, agree=False, opinion="请按期完成")
    assert fresh(measure).due_on == factories.days(30)


def test_an_extension_comes_before_the_date_has_passed_and_moves_it_later() -> None:
    measure = factories.measure(due_on=factories.days(-1))
    lead = factories.liaison(measure.lead_unit)
    with pytest.raises(ActRefused, match="已过，不能再申请延期"):
        request_extension(actor=lead, measure=measure, new_due_on=factories.days(30), reason="来不及")
    measure = factories.measure(lead=measure.lead_unit, due_on=factories.days(10))
    with pytest.raises(ActRefused, match="新的时限要晚于"):
        request_extension(actor=lead, measure=measure, new_due_on=factories.days(10), reason="来不及")
    with pytest.raises(ActForbidden, match="只有牵头单位可以申请延期"):
        request_extension(actor=factories.liaison(), measure=measure, new_due_on=factories.days(30), reason="来不及")
    assert not Extension.objects.exists()
    assert request_extension(actor=lead, measure=measure, new_due_on=factories.days(11), reason="来不及").pk


def test_an_extension_asked_for_another_date_is_not_agreed_to() -> None:
    measure, office = factories.measure(due_on=factories.days(10)), factories.office()
    asked = request_extension(actor=factories.liaison(measure.lead_unit), measure=measure, new_due_on=factories.days(30), reason="来不及")
    assign_measure(actor=office, measure=measure, draft=factories.draft(measure.lead_unit, due_on=factories.days(20)), reason="会议定")
    with pytest.raises(ActConflict, match="整改时限已经变动"):
        decide_extension(actor=office, extension=asked, agree=True)
    assert fresh(measure).due_on == factories.days(20)
