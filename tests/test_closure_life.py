"""The life of a closure: what an application needs, who decides, what it stands for, look-backs, and the second round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction

from apps.issues.models import Act, Closure, Issue, LookBack
from apps.issues.services import amend_issue, apply_for_closure, assign_issue, content_hash, decide_closure, hold_look_back
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Evidence, Indicator, Measure
from apps.measures.services import FigureDraft, add_indicator, amend_measure, assign_measure, read_indicator, send_back
from apps.supervision.models import Group
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db

State, Decision, Finding = Issue.ClosureState, Closure.Decision, LookBack.Finding
STATEMENT = "措施已全部落实，申请销号。"


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """A last day of a month, so that look-backs have to be clipped."""
    with time_machine.travel(dt.datetime(2026, 8, 31, 12, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        yield


def ready(count: int = 2) -> Issue:
    """An issue whose measures are all done, with evidence, and whose figures add up."""
    issue = factories.issue()
    for measure in factories.measures(issue, count):
        factories.finish(measure)
    total = figure(issue, "应收回", "86.4")
    figure(issue, "已收回", "46", total)
    figure(issue, "待收回", "40.4", total)
    return issue


def figure(issue: Issue, name: str, value: str, total: Indicator | None = None) -> Indicator:
    indicator = add_indicator(actor=None, issue=issue, name=name, kind=Indicator.Kind.MONEY, unit="万元", total=total)
    read(indicator, value, factories.days(-1) if total else factories.today())
    return indicator


def read(indicator: Indicator, value: str, as_of: dt.date | None = None) -> None:
    read_indicator(actor=None, indicator=indicator, figures=[FigureDraft(Decimal(value), as_of or factories.today())])


def lead(issue: Issue) -> User:
    return issue.lead_unit.users.filter(role=Role.LIAISON).first() or factories.liaison(issue.lead_unit)


def applied(issue: Issue | None = None) -> Closure:
    issue = issue or ready()
    return apply_for_closure(actor=lead(issue), issue=issue, reasons=factories.answers(issue), statement=STATEMENT)


def closed(issue: Issue | None = None) -> Closure:
    return decide_closure(actor=factories.office(), closure=applied(issue), agree=True, opinion="同意")


def fresh(issue: Issue) -> Issue:
    return Issue.objects.get(pk=issue.pk)


def last_entry(act: Act) -> Entry:
    return Entry.objects.filter(act=act).latest("seq")


# -- applying ---------------------------------------------------------------------------------------------------------


def test_an_application_waits_for_the_office_and_keeps_what_it_stands_for() -> None:
    issue = fresh(ready())
    closure = applied(issue)
    assert (fresh(issue).closure, fresh(issue).version) == (State.APPLIED, issue.version + 1)
    assert (closure.decision, closure.round, closure.applied_on) == (Decision.PENDING, 1, factories.today())
    assert closure.content_hash == content_hash(issue)
    entry = last_entry(Act.APPLY_CLOSURE)
    assert (entry.actor, entry.reason) == (lead(issue), STATEMENT)
    assert entry.payload == {
        "content_hash": closure.content_hash,
        "reasons": factories.answers(issue),
        "bodies": [],
        "applied_on": str(closure.applied_on),
        "state": {"closure": ["open", "applied"]},
    }


def no_measures(issue: Issue) -> None:
    issue.measures.update(issue=factories.issue())


def one_unfinished(issue: Issue) -> None:
    factories.report(issue.measures.get(ordinal=2))


def one_sent_back(issue: Issue) -> None:
    measure = factories.measure(issue)
    Evidence.objects.create(measure=measure, name="会议纪要", effective_on=factories.today())
    report = factories.report(measure, files=[factories.evidence()])
    send_back(actor=factories.office(), report=report, requirement="请补充")


def one_without_evidence(issue: Issue) -> None:
    measure = issue.measures.get(ordinal=2)
    Measure.objects.filter(pk=measure.pk).update(progress=Measure.State.STAGE_DONE)
    for evidence in measure.evidence.all():
        evidence.versions.all().delete()
        evidence.delete()


def sum_off(issue: Issue) -> None:
    read(issue.indicators.get(name="已收回"), "46.1")


BREAKS: dict[str, tuple[Callable[[Issue], None], str, int]] = {
    "no measures": (no_measures, "还没有整改措施，请先制定措施", 1),
    "a measure in review": (one_unfinished, "还有 1 条措施没有完成（1-2），请先填报并经整改办审核通过", 2),
    "a measure sent back": (one_sent_back, "还有 1 条措施没有完成（1-3）", 1),
    "a measure without evidence": (one_without_evidence, "措施 1-2 没有经审核通过的佐证材料，请在填报中补充", 1),
    "a sum that is off": (sum_off, "指标“应收回”与分项之和不符：合计 86.4，分项之和 86.5", 1),
}
"""What is broken, what is said about it, and by how many rules (a report on its way is unfinished and waits for its review)."""


@pytest.mark.parametrize("case", BREAKS)
def test_each_rule_alone_blocks_with_its_words(case: str) -> None:
    break_it, sentence, rules = BREAKS[case]
    issue = ready()
    with transaction.atomic():
        assert applied(issue).decision == Decision.PENDING  # the control: the same issue before it is broken
        transaction.set_rollback(True)
    break_it(issue)
    entries = Entry.objects.count()
    with pytest.raises(ActRefused, match=sentence) as refused:
        applied(issue)
    assert refused.value.status == 400
    assert refused.value.message.count("；") == rules - 1  # no other rule spoke
    assert (fresh(issue).closure, Closure.objects.count(), Entry.objects.count()) == (State.OPEN, 0, entries)


def test_stage_completion_counts_and_a_statement_is_needed() -> None:
    issue = ready()
    Measure.objects.filter(issue=issue, ordinal=1).update(progress=Measure.State.STAGE_DONE)
    with pytest.raises(ActRefused, match="请写明整改完成情况") as refused:
        apply_for_closure(actor=lead(issue), issue=issue, reasons=factories.answers(issue), statement=" ")
    assert refused.value.field == "statement"
    assert applied(issue).decision == Decision.PENDING


def test_only_the_lead_unit_applies() -> None:
    issue = ready()
    supporting = factories.unit()
    assign_issue(actor=factories.office(), issue=issue, lead_unit=issue.lead_unit, supporting_units=[supporting], reason="请求协助")
    strangers = [factories.liaison(supporting), factories.liaison(), factories.office(), factories.leader()]
    for actor in (*strangers, factories.user(Role.ADMIN), factories.user(Role.AUDITOR)):
        with pytest.raises(ActForbidden):
            apply_for_closure(actor=actor, issue=issue, reasons=factories.answers(issue), statement=STATEMENT)
    assert applied(issue).applied_by == lead(issue)


def test_a_second_application_and_a_stale_page_are_conflicts() -> None:
    issue = ready()
    amend_issue(actor=factories.office(), issue=issue, values={"goal": "应收尽收"}, reason="补充目标")
    with pytest.raises(ActConflict, match="被别人修改过"):
        apply_for_closure(actor=lead(issue), issue=issue, reasons=factories.answers(issue), statement=STATEMENT, version=1)
    closure = apply_for_closure(
        actor=lead(issue), issue=issue, reasons=factories.answers(issue), statement=STATEMENT, version=fresh(issue).version
    )
    with pytest.raises(ActConflict, match="申请销号"):
        applied(issue)
    closure.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        closure.save(force_insert=True)
    assert issue.closures.count() == 1


# -- deciding ---------------------------------------------------------------------------------------------------------


def test_agreeing_closes_the_issue_and_plans_two_look_backs() -> None:
    closure, office = applied(), factories.office()
    decided = decide_closure(actor=office, closure=closure, agree=True, opinion="同意销号")
    assert (decided.decision, decided.decided_by, decided.decided_on, decided.opinion) == (
        Decision.AGREED,
        office,
        dt.date(2026, 8, 31),
        "同意销号",
    )
    assert fresh(closure.issue).closure == State.CLOSED
    looks = closure.issue.look_backs.order_by("planned_on")
    assert [(look.planned_on, look.round, look.finding) for look in looks] == [
        (dt.date(2026, 11, 30), 1, Finding.PLANNED),
        (dt.date(2027, 2, 28), 1, Finding.PLANNED),
    ]
    entry = last_entry(Act.AGREE_CLOSURE)
    assert entry.payload == {
        "round": 1,
        "content_hash": closure.content_hash,
        "decided_on": "2026-08-31",
        "look_backs": ["2026-11-30", "2027-02-28"],
        "state": {"closure": ["applied", "closed"]},
    }


def test_returning_needs_words_and_opens_the_issue_again() -> None:
    closure, office = applied(), factories.office()
    with pytest.raises(ActRefused, match="要写明理由") as refused:
        decide_closure(actor=office, closure=closure, agree=False, opinion=" ")
    assert refused.value.field == "reason"
    assert fresh(closure.issue).closure == State.APPLIED
    decide_closure(actor=office, closure=closure, agree=False, opinion="请补充入库凭证")
    closure.refresh_from_db()
    assert (closure.decision, closure.opinion, fresh(closure.issue).closure) == (Decision.RETURNED, "请补充入库凭证", State.OPEN)
    assert not LookBack.objects.exists()
    assert last_entry(Act.RETURN_CLOSURE).reason == "请补充入库凭证"
    assert closed(closure.issue).issue.closures.count() == 2


def test_a_closure_is_decided_once_by_somebody_else() -> None:
    closure, office = applied(), factories.office()
    for actor in (closure.applied_by, factories.leader(), factories.user(Role.ADMIN)):
        with pytest.raises(ActForbidden):
            decide_closure(actor=actor, closure=closure, agree=True, opinion="同意")
    Closure.objects.filter(pk=closure.pk).update(applied_by=office)
    with pytest.raises(ActForbidden, match="申请人不能审定自己的销号申请"):
        decide_closure(actor=office, closure=closure, agree=True, opinion="同意")
    with pytest.raises(IntegrityError, match="closure_four_eyes"), transaction.atomic():
        Closure.objects.filter(pk=closure.pk).update(decision=Decision.AGREED, decided_by=office, decided_on=factories.today())
    decide_closure(actor=factories.office(), closure=closure, agree=True, opinion="同意")
    with pytest.raises(ActConflict, match="已销号"):
        decide_closure(actor=factories.office(), closure=closure, agree=True, opinion="同意")
    assert LookBack.objects.count() == 2


def test_an_older_application_of_the_same_issue_is_not_decided_again() -> None:
    issue, office = ready(), factories.office()
    first = decide_closure(actor=office, closure=applied(issue), agree=False, opinion="请补充")
    applied(issue)
    with pytest.raises(ActConflict, match="已经有人审定"):
        decide_closure(actor=office, closure=first, agree=True, opinion="同意")
    assert fresh(issue).closure == State.APPLIED


def reworded_measure(issue: Issue) -> None:
    measure = issue.measures.get(ordinal=1)
    amend_measure(actor=factories.office(), measure=measure, values={"text": "换了说法"}, reason="订正")


def reworded_issue(issue: Issue) -> None:
    amend_issue(actor=factories.office(), issue=issue, values={"goal": "另一个目标"}, reason="订正")


def another_figure(issue: Issue) -> None:
    for name, value in (("已收回", "50"), ("待收回", "36.4")):
        read(issue.indicators.get(name=name), value)


def untouched_content(issue: Issue) -> None:
    """Who is responsible for a measure is not what the application stands for."""
    measure = issue.measures.get(ordinal=1)
    draft = factories.draft(measure.lead_unit, due_on=measure.due_on, person="李科长")
    assign_measure(actor=factories.office(), measure=measure, draft=draft)


@pytest.mark.parametrize("change", [reworded_measure, reworded_issue, another_figure])
def test_what_changed_after_the_application_is_not_agreed_to(change: Callable[[Issue], None]) -> None:
    closure, office = applied(), factories.office()
    change(closure.issue)
    with pytest.raises(ActConflict, match="提请销号之后内容有变动") as refused:
        decide_closure(actor=office, closure=closure, agree=True, opinion="同意")
    assert refused.value.status == 409
    assert (fresh(closure.issue).closure, LookBack.objects.count()) == (State.APPLIED, 0)
    decide_closure(actor=office, closure=closure, agree=False, opinion="内容有变动")
    assert closed(closure.issue).decision == Decision.AGREED


def test_what_the_application_does_not_stand_for_may_change() -> None:
    closure = applied()
    untouched_content(closure.issue)
    assert decide_closure(actor=factories.office(), closure=closure, agree=True, opinion="同意").decision == Decision.AGREED


def test_a_rule_that_no_longer_holds_blocks_agreeing() -> None:
    closure = applied()
    sum_off(closure.issue)
    with pytest.raises(ActRefused, match="与分项之和不符"):
        decide_closure(actor=factories.office(), closure=closure, agree=True, opinion="同意")


# -- looking back -----------------------------------------------------------------------------------------------------


def test_a_look_back_that_holds_leaves_the_issue_closed() -> None:
    issue = closed().issue
    first, second = issue.look_backs.order_by("planned_on")
    by = factories.leader()
    with pytest.raises(ActRefused, match="请写明核查情况"):
        hold_look_back(actor=by, look_back=first, relapsed=False, note=" ")
    hold_look_back(actor=by, look_back=first, relapsed=False, note="抽查属实")
    first.refresh_from_db()
    assert (first.finding, first.held_by, first.held_on, first.note) == (Finding.HOLDS, by, factories.today(), "抽查属实")
    assert (fresh(issue).closure, fresh(issue).round) == (State.CLOSED, 1)
    with pytest.raises(ActConflict, match="已经登记过结果"):
        hold_look_back(actor=by, look_back=first, relapsed=True, note="改口")
    hold_look_back(actor=factories.office(), look_back=second, relapsed=False, note="仍然属实")
    assert last_entry(Act.HOLD_LOOK_BACK).payload["finding"] == "整改巩固"


def test_a_relapse_opens_the_next_round_and_keeps_the_old_closure() -> None:
    closure = closed()
    issue = closure.issue
    first, second = issue.look_backs.order_by("planned_on")
    hold_look_back(actor=factories.office(), look_back=first, relapsed=True, note="又出现欠缴")
    assert (fresh(issue).closure, fresh(issue).round) == (State.OPEN, 2)
    closure.refresh_from_db()
    assert (closure.decision, closure.round) == (Decision.AGREED, 1)
    entry = last_entry(Act.REOPEN)
    assert entry.reason == "又出现欠缴"
    assert entry.payload == {
        "planned_on": "2026-11-30",
        "held_on": "2026-08-31",
        "finding": "反弹",
        "round": 2,
        "state": {"closure": ["closed", "open"], "round": [1, 2]},
    }
    with pytest.raises(ActConflict):
        hold_look_back(actor=factories.office(), look_back=second, relapsed=False, note="旧一轮的")


def test_the_second_round_closes_by_itself_beside_the_first() -> None:
    first = closed()
    issue = first.issue
    look = issue.look_backs.earliest("planned_on")
    hold_look_back(actor=factories.office(), look_back=look, relapsed=True, note="反弹")
    with pytest.raises(ActRefused, match="第 2 轮整改还没有新的进展"):
        applied(fresh(issue))
    factories.finish(factories.measure(fresh(issue)))
    second = applied(fresh(issue))
    assert (second.round, second.content_hash != first.content_hash) == (2, True)
    decide_closure(actor=factories.office(), closure=second, agree=True, opinion="同意", on=dt.date(2027, 1, 15))
    rounds = issue.closures.order_by("round").values_list("round", "decision")
    assert list(rounds) == [(1, Decision.AGREED), (2, Decision.AGREED)]
    planned = issue.look_backs.filter(round=2).order_by("planned_on").values_list("planned_on", flat=True)
    assert list(planned) == [dt.date(2027, 4, 15), dt.date(2027, 7, 15)]
    with pytest.raises(IntegrityError, match=r"closure_once_a_round|issues_closure.round"), transaction.atomic():
        Closure.objects.filter(pk=second.pk).update(round=1)
    assert chain.verify(issue.inspection.book).holds


@pytest.mark.parametrize("role", [Role.LIAISON, Role.ADMIN, Role.AUDITOR])
def test_look_backs_are_held_by_office_and_supervisors(role: Role) -> None:
    issue = closed().issue
    actor = lead(issue) if role == Role.LIAISON else factories.user(role)
    for relapsed in (False, True):
        with pytest.raises(ActForbidden):
            hold_look_back(actor=actor, look_back=issue.look_backs.earliest("planned_on"), relapsed=relapsed, note="看过")
    assert fresh(issue).closure == State.CLOSED


def test_a_group_looks_back_only_at_issues_whose_lead_unit_it_covers() -> None:
    issue = closed().issue
    supervisor = factories.user(Role.SUPERVISOR)
    group = Group.objects.create(inspection=issue.inspection, number=1, name="督查一组", lead_unit=issue.lead_unit)
    group.members.add(supervisor)
    look_back = issue.look_backs.earliest("planned_on")
    with pytest.raises(ActForbidden, match="回头看由负责牵头单位的督查组"):
        hold_look_back(actor=supervisor, look_back=look_back, relapsed=True, note="看过")
    assert fresh(issue).closure == State.CLOSED
    group.units.add(issue.lead_unit)
    hold_look_back(actor=supervisor, look_back=look_back, relapsed=True, note="看过")
    assert fresh(issue).closure == State.OPEN
