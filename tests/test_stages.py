"""长期坚持: a stage is complete with a goal and a review day, rests, and comes back in the round on that day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.models import Issue
from apps.issues.services import months_after
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import StageGoal, approve, override_calendar, resume_stages, send_back
from apps.measures.standing import stage_of, tracks_of
from apps.supervision.models import Flag, SiteCheck
from apps.supervision.services import check_site
from apps.supervision.tasks import derive_timeliness
from apps.units.errors import ActRefused
from tests import factories as make

pytestmark = pytest.mark.django_db
State = Measure.State
GOAL = "全年覆盖所有站点"
REST = 30


def lasting(**facts: Any) -> Measure:
    return make.measure(pace=Measure.Pace.LONG_TERM, **facts)


def claimed(measure: Measure, *, rest: int = REST, goal: str = GOAL, **facts: Any) -> Progress:
    stage = StageGoal(goal, make.days(rest))
    return make.report(measure, claim=State.STAGE_DONE, difficulties="需长期坚持", stage=stage, **facts)


def resting(rest: int = REST, **facts: Any) -> Measure:
    measure = lasting(**facts)
    approve(actor=make.office(), report=claimed(measure, rest=rest))
    return fresh(measure)


def fresh(measure: Measure) -> Measure:
    return Measure.objects.select_related("issue__inspection").get(pk=measure.pk)


def later(days: int) -> time_machine.travel:
    return time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=days))


# -- claiming a stage -------------------------------------------------------------------------------------------------


def test_approval_copies_goal_and_day_to_the_measure() -> None:
    measure = resting()
    assert (measure.progress, measure.stage_goal, measure.next_review_on) == (State.STAGE_DONE, GOAL, make.days(REST))
    for act in ("measures.report_progress", "measures.approve"):
        assert Entry.objects.get(act=act).payload["next_review_on"] == str(make.days(REST))


def test_a_returned_claim_copies_nothing() -> None:
    measure = lasting()
    send_back(actor=make.office(), report=claimed(measure), requirement="请补充")
    assert (fresh(measure).stage_goal, fresh(measure).next_review_on) == ("", None)


LATEST = months_after(make.today(), 12)
BAD: dict[str, tuple[StageGoal | None, str, str]] = {
    "no stage": (None, "stage_goal", "要写明下一阶段目标"),
    "blank goal": (StageGoal("  ", make.days(REST)), "stage_goal", "要写明下一阶段目标"),
    "no day": (StageGoal(GOAL, None), "next_review_on", "要填写下次复核日期"),
    "today": (StageGoal(GOAL, make.today()), "next_review_on", "之后"),
    "more than a year": (StageGoal(GOAL, LATEST + dt.timedelta(days=1)), "next_review_on", "之前"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_complete_stage_must_say(case: str) -> None:
    stage, field, sentence = BAD[case]
    with pytest.raises(ActRefused, match=sentence) as refused:
        make.report(lasting(), claim=State.STAGE_DONE, difficulties="长期", stage=stage)
    assert refused.value.field == field
    assert not Progress.objects.exists()


def test_twelve_months_ahead_to_the_day_is_allowed() -> None:
    make.report(lasting(), claim=State.STAGE_DONE, difficulties="长期", stage=StageGoal(GOAL, LATEST))


def test_other_measures_and_other_claims_have_no_stage() -> None:
    for measure, claim in ((make.measure(), State.STAGE_DONE), (lasting(), State.ONGOING)):
        with pytest.raises(ActRefused, match="只有长期坚持") as refused:
            make.report(measure, claim=claim, difficulties="长期", stage=StageGoal(GOAL, make.days(REST)))
        assert refused.value.field == "stage_goal"
    make.report(make.measure(), claim=State.STAGE_DONE, difficulties="欠缴单位分期")


def test_the_form_asks_for_the_stage_of_long_term_measures_only() -> None:
    measure = lasting()
    browser = make.signed_in(make.liaison(measure.lead_unit))
    path = reverse("measures:report", args=(measure.pk,))
    page = browser.get(path).content.decode()
    assert "下一阶段目标" in page
    told = {
        "claim": "stage_done",
        "text": "本阶段完成",
        "as_of": str(make.today()),
        "signed_by": "张",
        "difficulties": "长期",
        "is_vouched_for": "on",
        "version": measure.version,
    }
    refused = browser.post(path, told)
    assert refused.status_code == 400
    assert "要写明下一阶段目标" in refused.content.decode()
    good = {**told, "stage_goal": GOAL, "next_review_on": str(make.days(REST))}
    assert browser.post(path, good).status_code == 302
    assert Progress.objects.get().stage_goal == GOAL
    other = make.measure(measure.issue)
    assert "下一阶段目标" not in browser.get(reverse("measures:report", args=(other.pk,))).content.decode()


# -- coming back ------------------------------------------------------------------------------------------------------


def test_it_comes_back_on_the_day_and_not_before() -> None:
    measure = resting()
    inspection = measure.issue.inspection
    assert resume_stages(inspection=inspection, on=make.days(REST - 1)) == []
    assert fresh(measure).progress == State.STAGE_DONE
    assert [row.pk for row in resume_stages(inspection=inspection, on=make.days(REST))] == [measure.pk]
    back = fresh(measure)
    assert (back.progress, back.stopped_on, back.next_review_on, back.stage_goal) == (State.ONGOING, None, None, GOAL)
    assert back.version == measure.version + 1


def test_twice_or_late_changes_nothing_more() -> None:
    measure = resting()
    for day in (REST + 400, REST + 400, REST + 401):
        resume_stages(inspection=measure.issue.inspection, on=make.days(day))
    assert Entry.objects.filter(act="measures.resume_stage").count() == 1
    assert chain.verify(measure.issue.inspection.book).holds


def test_the_system_says_before_and_after_in_one_batch() -> None:
    issue = make.issue()
    rows = [make.measure(issue, pace=Measure.Pace.LONG_TERM) for _ in range(3)]
    for row in rows:
        approve(actor=make.office(), report=claimed(row))
    resume_stages(inspection=issue.inspection, on=make.days(REST))
    entries = list(Entry.objects.filter(act="measures.resume_stage"))
    assert len(entries) == 3
    assert len({entry.correlation for entry in entries}) == 1
    changed = entries[0].payload["changes"]
    assert changed["progress"] == ["stage_done", "ongoing"]
    assert changed["next_review_on"] == [str(make.days(REST)), None]
    assert entries[0].actor_name == "系统"
    assert GOAL in entries[0].reason


def test_a_due_date_that_has_passed_gives_way_and_the_original_stays() -> None:
    passed, ahead = resting(due_on=make.days(10)), resting(due_on=make.days(200))
    for measure in (passed, ahead):
        resume_stages(inspection=measure.issue.inspection, on=make.days(REST))
    assert (fresh(passed).due_on, fresh(passed).original_due_on) == (None, make.days(10))
    assert fresh(passed).deadline_rule == Measure.DeadlineRule.NONE
    assert (fresh(ahead).due_on, fresh(ahead).original_due_on) == (make.days(200), make.days(200))
    entry = Entry.objects.get(act="measures.resume_stage", subject_id=passed.pk)
    assert entry.payload["changes"]["due_on"] == [str(make.days(10)), None]


@pytest.mark.parametrize("closure", [Issue.ClosureState.CLOSED, Issue.ClosureState.APPLIED])
def test_measures_of_an_issue_that_is_closed_or_applied_for_rest(closure: str) -> None:
    """An application would else be about something that has changed by itself."""
    measure = resting()
    Issue.objects.filter(pk=measure.issue_id).update(closure=closure)
    assert resume_stages(inspection=measure.issue.inspection, on=make.days(REST)) == []
    Issue.objects.filter(pk=measure.issue_id).update(closure=Issue.ClosureState.OPEN)
    assert resume_stages(inspection=measure.issue.inspection, on=make.days(REST)) == [measure]


def test_the_number_of_queries_does_not_grow() -> None:
    def queries(count: int) -> int:
        issue = make.issue()
        for row in make.measures(issue, count, pace=Measure.Pace.LONG_TERM):
            Measure.objects.filter(pk=row.pk).update(
                progress=State.STAGE_DONE, stopped_on=make.today(), next_review_on=make.today(), stage_goal=GOAL
            )
        with CaptureQueriesContext(connection) as captured:
            assert len(resume_stages(inspection=issue.inspection)) == count
        return len(captured)

    assert queries(2) == queries(40)


def test_the_hourly_job_brings_back_first_and_flags_after() -> None:
    for day in range(REST, REST + 14):  # the calendar of the year to come may not be loaded
        override_calendar(actor=None, day=make.days(day), is_workday=True, note="测试")
    measure = resting(due_on=make.days(REST + 1))
    with later(REST):
        derive_timeliness()
        derive_timeliness()
        call_command("flag_overdue")
        assert fresh(measure).progress == State.ONGOING
        assert Flag.objects.open().get().measure_id == measure.pk
    assert Entry.objects.filter(act="measures.resume_stage").count() == 1


# -- what comes after -------------------------------------------------------------------------------------------------


def test_the_next_claim_stops_the_clock_on_its_own_day_and_a_return_leaves_it_running() -> None:
    measure = resting()
    liaison, office = make.liaison(measure.lead_unit), make.office()
    with later(REST + 5):
        resume_stages(inspection=measure.issue.inspection)
        report = claimed(measure, by=liaison)
        assert fresh(measure).stopped_on == make.today()
        send_back(actor=office, report=report, requirement="请补充")
        assert (fresh(measure).progress, fresh(measure).stopped_on) == (State.ONGOING, None)
        assert resume_stages(inspection=measure.issue.inspection) == []
        approve(actor=office, report=claimed(measure, by=liaison))
        assert fresh(measure).stopped_on == make.today()
        assert fresh(measure).next_review_on == make.days(REST)
        day = make.today()
        further = claimed(measure, by=liaison, rest=REST + 1)
        assert fresh(measure).stopped_on == day
        send_back(actor=office, report=further, requirement="不必重报")
        assert (fresh(measure).progress, fresh(measure).stopped_on) == (State.STAGE_DONE, day)
    with later(2 * REST + 5):
        assert len(resume_stages(inspection=measure.issue.inspection)) == 1


def test_a_report_before_the_review_day_that_is_returned_leaves_the_stage_as_it_was() -> None:
    measure = resting()
    report = claimed(measure, by=make.liaison(measure.lead_unit))
    assert resume_stages(inspection=measure.issue.inspection, on=make.days(REST)) == []
    send_back(actor=make.office(), report=report, requirement="请补充")
    assert (fresh(measure).progress, fresh(measure).next_review_on) == (State.STAGE_DONE, make.days(REST))
    assert len(resume_stages(inspection=measure.issue.inspection, on=make.days(REST))) == 1


def test_done_for_good_has_no_stage_any_more() -> None:
    measure = resting()
    make.finish(measure)
    assert (fresh(measure).stage_goal, fresh(measure).next_review_on) == ("", None)


def test_sheet_register_and_workbench_say_so() -> None:
    measure = resting()
    liaison = make.signed_in(make.liaison(measure.lead_unit))
    sheet = reverse("measures:sheet", args=(measure.pk,))
    assert f"阶段性完成，{make.days(REST)} 复核后继续" in liaison.get(sheet).content.decode()
    assert "到复核日" in liaison.get(reverse("workbench")).content.decode()
    number = f">{measure.number}</a>"
    assert number in liaison.get("/register/?stage=resting").content.decode()
    assert number not in liaison.get("/register/?stage=due").content.decode()
    resume_stages(inspection=measure.issue.inspection, on=make.days(REST))
    assert f"已到复核日（{make.days(REST)}）" in liaison.get(sheet).content.decode()
    assert number in liaison.get("/register/?stage=due").content.decode()
    assert number not in liaison.get("/register/?stage=resting").content.decode()
    assert liaison.get("/register/?stage=never").status_code == 400


# -- the three tracks -------------------------------------------------------------------------------------------------


def tracks(measure: Measure) -> list[bool]:
    row = fresh(measure)
    reports = list(row.reports.select_related("reported_by", "reviewed_by"))
    return [track.is_met for track in tracks_of(row, reports, list(row.site_checks.order_by("-checked_on", "-pk")))]


def test_the_tracks_follow_report_review_and_check() -> None:
    measure, office = make.measure(), make.office()
    assert tracks(measure) == [False, False, False]
    report = make.report(measure, claim=State.DONE, files=[make.evidence()])
    assert tracks(measure) == [True, False, False]
    check_site(actor=make.leader(), measure=measure, finding=SiteCheck.Finding.TRUE, note="属实", checked_on=make.days(-1))
    approve(actor=office, report=report)
    assert tracks(measure) == [True, True, False]
    check_site(actor=make.leader(), measure=measure, finding=SiteCheck.Finding.TRUE, note="属实", checked_on=make.today())
    assert tracks(measure) == [True, True, True]
    page = make.signed_in(office).get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
    for said in ("已申报", "已核实", "已核查", "结论“属实”", str(office)):
        assert said in page
    check_site(actor=make.leader(), measure=measure, finding=SiteCheck.Finding.FALSE, note="不实", checked_on=make.today())
    assert tracks(measure) == [False, False, False]
    assert stage_of(fresh(measure), []) is None
