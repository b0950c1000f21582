"""不实 sends a measure back: from every state of its life, with the clock as if it had never stopped, and never past a closed issue."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from apps.issues.models import Issue
from apps.issues.services import decide_closure
from apps.ledgers.models import Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import StageGoal, approve, resume_stages, send_back
from apps.supervision.models import SiteCheck
from apps.supervision.services import check_site, words_about
from apps.units.errors import ActRefused
from apps.units.models import Notification
from tests import factories as make

pytestmark = pytest.mark.django_db
State, Finding = Measure.State, SiteCheck.Finding


def fresh(measure: Measure) -> Measure:
    return Measure.objects.get(pk=measure.pk)


def find(measure: Measure, finding: str = Finding.FALSE, days: int = 0) -> SiteCheck:
    return check_site(actor=make.leader(), measure=measure, finding=finding, note="现场没有台账", checked_on=make.days(days))


def acts(measure: Measure) -> list[str]:
    return list(Entry.objects.filter(subject_type="measure", subject_id=measure.pk).order_by("pk").values_list("act", flat=True))


def not_started() -> Measure:
    return make.measure()


def ongoing() -> Measure:
    measure = make.measure()
    approve(actor=make.office(), report=make.report(measure))
    return measure


def in_review() -> Measure:
    measure = make.measure()
    make.report(measure, claim=State.DONE, files=[make.evidence()])
    return measure


def done() -> Measure:
    measure = make.measure()
    make.finish(measure)
    return measure


def done_and_reported_again() -> Measure:
    measure = done()
    make.report(measure, claim=State.DONE)
    return measure


def stage_done() -> Measure:
    measure = make.measure(pace=Measure.Pace.LONG_TERM)
    stage = StageGoal("巩固", make.days(40))
    report = make.report(measure, claim=State.STAGE_DONE, files=[make.evidence()], stage=stage, difficulties="长期推进")
    approve(actor=make.office(), report=report)
    return measure


@pytest.mark.parametrize("made", [in_review, done, done_and_reported_again, stage_done])
def test_what_is_claimed_goes_back(made: Any) -> None:
    measure = made()
    before = fresh(measure)
    approved = set(measure.reports.filter(review="approved").values_list("pk", flat=True))
    check = find(measure)
    row = fresh(measure)
    assert (row.progress, row.stopped_on, row.next_review_on, row.stage_goal) == (State.ONGOING, None, None, "")
    assert row.version > before.version
    assert not Measure.objects.finished().exists()
    assert not measure.reports.filter(review="pending").exists()
    assert set(measure.reports.exclude(unfounded_on=None).values_list("pk", flat=True)) == approved
    returned = measure.reports.filter(review="returned")
    assert [report.requirement for report in returned] == ["现场核查不实：现场没有台账"] * returned.count()
    assert acts(measure)[-2:] == ["supervision.check_site", "measures.return_unfounded"]
    assert len(set(Entry.objects.order_by("-pk").values_list("correlation", flat=True)[:2])) == 1
    assert "已登记并退回" in words_about(check)
    assert "继续整改后重新填报" in words_about(check)


@pytest.mark.parametrize("made", [not_started, ongoing])
def test_where_nothing_is_claimed_nothing_goes_back(made: Any) -> None:
    measure = made()
    before = fresh(measure)
    check = find(measure)
    assert (fresh(measure).progress, fresh(measure).version) == (before.progress, before.version)
    assert acts(measure)[-1] == "supervision.check_site"
    assert "退回" not in words_about(check)


@pytest.mark.parametrize("finding", [Finding.TRUE, Finding.PARTLY])
@pytest.mark.parametrize("made", [in_review, done, stage_done])
def test_no_other_finding_sends_back(made: Any, finding: str) -> None:
    """The control of the first test."""
    measure = made()
    before = fresh(measure)
    find(measure, finding)
    assert (fresh(measure).progress, fresh(measure).stopped_on) == (before.progress, before.stopped_on)
    assert "measures.return_unfounded" not in acts(measure)
    assert Measure.objects.checked().exists() == (finding == Finding.TRUE and before.is_finished)


def test_the_clock_runs_on_and_the_next_claim_stops_it_on_its_own_day() -> None:
    measure = make.measure(due_on=make.days(-1))
    early = approve(actor=make.office(), report=paper(measure, make.days(-9)))
    assert fresh(measure).stopped_on == make.days(-9)
    find(measure)
    assert fresh(measure).is_overdue(make.today())
    again = make.report(measure, claim=State.DONE, files=[make.evidence()])
    assert fresh(measure).stopped_on == make.today()
    send_back(actor=make.office(), report=again, requirement="请补充")
    assert (fresh(measure).progress, fresh(measure).stopped_on) == (State.ONGOING, None)
    approve(actor=make.office(), report=make.report(measure, claim=State.DONE, files=[make.evidence()]))
    assert (fresh(measure).progress, fresh(measure).stopped_on) == (State.DONE, make.today())
    assert Progress.objects.get(pk=early.pk).unfounded_on == make.today()
    page = make.signed_in(make.office()).get(f"/measures/{measure.pk}/").content.decode()
    assert "实地督查认定不实，不再计入" in page


def paper(measure: Measure, day: dt.date) -> Progress:
    return make.report(measure, by=make.office(), claim=State.DONE, files=[make.evidence()], on=day)


def test_what_was_seen_before_the_claim_does_not_contradict_it() -> None:
    measure = done()
    check = find(measure, days=-1)
    assert fresh(measure).progress == State.DONE
    assert "早于单位申报完成的日期" in words_about(check)
    waiting = make.measure()
    make.report(waiting)
    find(waiting, days=-1)
    assert fresh(waiting).progress == State.IN_REVIEW


def test_an_application_no_longer_covers_what_it_was_made_for() -> None:
    measure = done()
    closure = make.application(measure.issue)
    find(measure)
    assert fresh(measure).progress == State.ONGOING
    with pytest.raises(ActRefused):
        decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")
    decide_closure(actor=make.office(), closure=closure, agree=False, opinion="现场核查不实，请重新整改")
    make.finish(fresh(measure))


def test_a_closed_issue_is_left_to_the_look_back() -> None:
    measure = done()
    closure = make.application(measure.issue)
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")
    check = find(measure)
    assert SiteCheck.objects.get().finding == Finding.FALSE
    assert (fresh(measure).progress, Issue.objects.get().closure) == (State.DONE, "closed")
    assert "回头看" in words_about(SiteCheck.objects.get(pk=check.pk))


def test_an_earlier_stage_keeps_its_goal() -> None:
    measure = stage_done()
    Measure.objects.filter(pk=measure.pk).update(next_review_on=make.today())
    Progress.objects.filter(measure=measure).update(next_review_on=make.today())
    resume_stages(inspection=measure.issue.inspection)
    stage = StageGoal("再巩固", make.days(80))
    report = make.report(measure, claim=State.STAGE_DONE, files=[make.evidence()], stage=stage, difficulties="长期推进")
    approve(actor=make.office(), report=report)
    assert fresh(measure).stage_goal == "再巩固"
    find(measure)
    assert (fresh(measure).progress, fresh(measure).stage_goal) == (State.ONGOING, "巩固")
    assert [row.unfounded_on is None for row in measure.reports.order_by("pk")] == [True, False]


def test_the_unit_and_the_office_are_told_once() -> None:
    measure, office, stranger = done(), make.office(), make.liaison()
    liaison = measure.lead_unit.users.get()
    Notification.objects.all().delete()
    find(measure)
    told = Notification.objects.filter(kind="site_check")
    assert {liaison.pk, office.pk} <= set(told.values_list("recipient", flat=True))
    assert not told.filter(recipient=stranger).exists()
    row = told.get(recipient=liaison)
    assert (row.number, row.path, row.title) == (
        measure.number,
        f"/measures/{measure.pk}/",
        f"措施 {measure.number} 现场核查不实：现场没有台账",
    )
    Notification.objects.all().delete()
    find(measure, Finding.TRUE)
    assert not Notification.objects.exists()


def test_a_rolled_back_check_leaves_nothing() -> None:
    measure = done()
    with pytest.raises(ActRefused):
        check_site(actor=make.leader(), measure=measure, finding=Finding.FALSE, note=" ", checked_on=make.today())
    assert fresh(measure).progress == State.DONE
    assert not SiteCheck.objects.exists()
