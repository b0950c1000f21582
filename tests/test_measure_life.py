"""The life of a measure: reported, approved or sent back, reported again; its clock, its dates, who may do what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction

from apps.ledgers.models import Entry
from apps.measures.models import Act, Evidence, Indicator, Measure, Progress, Reading
from apps.measures.services import (
    EvidenceDraft,
    FigureDraft,
    ReadingDraft,
    add_indicator,
    amend_measure,
    approve,
    assign_measure,
    read_indicator,
    report_progress,
    send_back,
)
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories

pytestmark = pytest.mark.django_db

State, Review = Measure.State, Progress.Review
SHANGHAI = ZoneInfo("Asia/Shanghai")
DUE = dt.date(2026, 3, 10)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(noon(dt.date(2026, 3, 2)), tick=False) as traveller:
        yield traveller


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def fresh(measure: Measure) -> Measure:
    return Measure.objects.select_related("issue__inspection", "lead_unit").get(pk=measure.pk)


def last_entry(act: Act) -> Entry:
    return Entry.objects.filter(act=act).latest("seq")


def claimed(measure: Measure, *, by: User | None = None, on: dt.date | None = None) -> Progress:
    """A report of completion with one file; ``on`` as the office enters it from paper."""
    if on is None and by is None:
        return factories.report(measure, claim=State.DONE, files=[factories.evidence()])
    return report_progress(
        actor=by or factories.liaison(measure.lead_unit),
        measure=measure,
        claim=State.DONE,
        text="已落实。",
        as_of=factories.days(-4),
        signed_by="张局长",
        is_vouched_for=True,
        evidence=[factories.evidence()],
        on=on,
    )


# -- report and review ------------------------------------------------------------------------------------------------


def test_a_report_waits_for_review_and_approval_gives_the_claimed_state() -> None:
    measure, office = factories.measure(), factories.office()
    report = claimed(measure)
    assert (fresh(measure).progress, report.review, report.reported_on) == (State.IN_REVIEW, Review.PENDING, factories.today())
    approved = approve(actor=office, report=report, opinion="情况属实")
    assert (approved.review, approved.reviewed_by, approved.reviewed_on) == (Review.APPROVED, office, factories.today())
    assert len(approved.content_hash) == 64
    row = fresh(measure)
    assert (row.progress, row.stopped_on, row.version) == (State.DONE, factories.today(), 3)
    entry = last_entry(Act.APPROVE)
    assert (entry.actor, entry.subject_id, entry.reason) == (office, measure.pk, "情况属实")
    assert entry.payload == {
        "report": report.pk,
        "claim": "已完成",
        "content_hash": approved.content_hash,
        "reviewed_on": str(approved.reviewed_on),
        "state": {"progress": ["in_review", "done"]},
    }


def test_a_report_that_is_sent_back_is_answered_by_a_linked_one() -> None:
    measure, office = factories.measure(), factories.office()
    first = claimed(measure)
    assert first.resubmits is None
    returned = send_back(actor=office, report=first, requirement="请补充经审定的清单")
    assert (returned.review, returned.requirement, returned.reviewed_by) == (Review.RETURNED, "请补充经审定的清单", office)
    assert fresh(measure).progress == State.ONGOING
    assert list(Measure.objects.returned()) == [measure]
    second = claimed(measure)
    assert second.resubmits == first
    assert last_entry(Act.REPORT).payload["resubmits"] == first.pk
    approve(actor=office, report=second)
    assert factories.report(measure).resubmits is None
    assert not Measure.objects.returned().exists()


@pytest.mark.parametrize("claim", [State.ONGOING, State.STAGE_DONE, State.DONE])
def test_each_claim_becomes_the_state_and_stops_the_clock_or_not(claim: str) -> None:
    measure = factories.measure()
    report = factories.report(measure, claim=claim, files=[factories.evidence()], difficulties="余款分期扣缴")
    finishes = claim != State.ONGOING
    assert (fresh(measure).stopped_on is not None) is finishes
    approve(actor=factories.office(), report=report)
    row = fresh(measure)
    assert (row.progress, row.is_finished, row.stopped_on is not None) == (claim, finishes, finishes)
    assert Measure.objects.finished().exists() is finishes
    assert Measure.objects.unfinished().exists() is not finishes


def test_sending_back_needs_words() -> None:
    report = factories.report(factories.measure())
    with pytest.raises(ActRefused, match="要写明理由") as refused:
        send_back(actor=factories.office(), report=report, requirement="  ")
    assert (refused.value.status, refused.value.field) == (400, "reason")
    report.refresh_from_db()
    assert report.review == Review.PENDING


def test_a_report_is_reviewed_once() -> None:
    report, office = factories.report(factories.measure()), factories.office()
    approve(actor=office, report=report)
    with pytest.raises(ActConflict, match="请刷新页面"):
        approve(actor=office, report=report)
    with pytest.raises(ActConflict, match="请刷新页面"):
        send_back(actor=office, report=report, requirement="再补")
    newer = factories.report(report.measure)
    with pytest.raises(ActConflict, match="已经有人审核"):
        approve(actor=office, report=report)
    assert approve(actor=office, report=newer).review == Review.APPROVED


def test_nobody_reviews_their_own_report() -> None:
    clerk, other = factories.office(), factories.office()
    report = factories.report(factories.measure(), by=clerk)
    with pytest.raises(ActForbidden, match="请换一位同事审核"):
        approve(actor=clerk, report=report)
    with pytest.raises(ActForbidden, match="请换一位同事审核"):
        send_back(actor=clerk, report=report, requirement="请补充")
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Progress.objects.filter(pk=report.pk).update(review=Review.APPROVED, reviewed_by=clerk, reviewed_on=factories.today())
    assert approve(actor=other, report=report).reviewed_by == other


def test_the_approval_covers_words_figures_and_files() -> None:
    """Two reports that differ in one of them have different hashes; equal ones have the same."""
    measure, office = factories.measure(), factories.office()
    figure = add_indicator(actor=None, issue=measure.issue, name="已退缴", kind=Indicator.Kind.MONEY, unit="万元")

    def approved(text: str, value: str, data: bytes) -> str:
        reading = ReadingDraft(figure, Decimal(value), factories.today())
        file = EvidenceDraft("回单", factories.upload("a.pdf", factories.PDF + data), factories.today())
        report = factories.report(measure, text=text, readings=[reading], files=[file])
        return approve(actor=office, report=report).content_hash

    first = approved("甲", "46", b"")
    assert approved("甲", "46", b"") == first
    assert len({first, approved("乙", "46", b""), approved("甲", "46.01", b""), approved("甲", "46", b"\n")}) == 4


# -- the clock --------------------------------------------------------------------------------------------------------


def test_due_today_is_not_late_and_tomorrow_it_is(clock: time_machine.Traveller) -> None:
    measure = factories.measure(due_on=DUE)
    for day, late in ((march(9), 0), (DUE, 0), (march(11), 1), (march(15), 5)):
        clock.move_to(noon(day))
        today = measure.issue.inspection.today()
        assert (fresh(measure).days_late(today), fresh(measure).is_overdue(today)) == (late, late > 0)
        assert Measure.objects.overdue(today).exists() is (late > 0)
    clock.move_to(dt.datetime(2026, 3, 10, 23, 59, tzinfo=SHANGHAI))
    assert not Measure.objects.overdue(measure.issue.inspection.today()).exists()
    clock.move_to(dt.datetime(2026, 3, 11, 0, 1, tzinfo=SHANGHAI))
    assert Measure.objects.overdue(measure.issue.inspection.today()).exists()


def test_the_clock_stops_on_the_day_of_the_report_that_is_approved_later(clock: time_machine.Traveller) -> None:
    measure, office = factories.measure(due_on=DUE), factories.office()
    clock.move_to(noon(march(10)))
    report = claimed(measure)
    clock.move_to(noon(march(20)))
    assert not Measure.objects.overdue(march(20)).exists()
    approve(actor=office, report=report)
    row = fresh(measure)
    assert (row.stopped_on, row.days_late(march(20)), row.is_overdue(march(20))) == (march(10), 0, False)


def test_the_clock_runs_on_when_the_report_is_sent_back(clock: time_machine.Traveller) -> None:
    measure, office = factories.measure(due_on=DUE), factories.office()
    clock.move_to(noon(march(9)))
    first = claimed(measure)
    clock.move_to(noon(march(13)))
    assert not Measure.objects.overdue(march(13)).exists()
    send_back(actor=office, report=first, requirement="请补充")
    row = fresh(measure)
    assert (row.stopped_on, row.days_late(march(13)), row.is_overdue(march(13))) == (None, 3, True)
    clock.move_to(noon(march(14)))
    second = claimed(measure)
    clock.move_to(noon(march(25)))
    approve(actor=office, report=second)
    row = fresh(measure)
    assert (row.stopped_on, row.days_late(march(25)), row.is_overdue(march(25))) == (march(14), 4, False)


def test_a_further_report_on_a_finished_measure_leaves_the_clock_where_it_stopped(clock: time_machine.Traveller) -> None:
    measure, office = factories.measure(due_on=DUE), factories.office()
    clock.move_to(noon(march(9)))
    approve(actor=office, report=claimed(measure))
    clock.move_to(noon(march(20)))
    further = claimed(measure)
    assert fresh(measure).stopped_on == march(9)
    send_back(actor=office, report=further, requirement="请补充回单")
    row = fresh(measure)
    assert (row.progress, row.stopped_on, row.is_overdue(march(20))) == (State.DONE, march(9), False)
    approve(actor=office, report=claimed(measure))
    row = fresh(measure)
    assert (row.progress, row.stopped_on, row.days_late(march(20))) == (State.DONE, march(9), 0)


def test_an_interim_report_does_not_stop_the_clock(clock: time_machine.Traveller) -> None:
    measure = factories.measure(due_on=DUE)
    report = factories.report(measure)
    clock.move_to(noon(march(12)))
    assert list(Measure.objects.overdue(march(12))) == [measure]
    approve(actor=factories.office(), report=report)
    assert list(Measure.objects.overdue(march(12))) == [measure]


def test_a_measure_without_a_date_is_never_late() -> None:
    measure = factories.measure(pace=Measure.Pace.LONG_TERM, deadline_rule=Measure.DeadlineRule.NONE)
    assert (measure.due_on, measure.days_late(dt.date(2099, 1, 1))) == (None, 0)
    assert not Measure.objects.overdue(dt.date(2099, 1, 1)).exists()
    assert list(Measure.objects.on_time(factories.today(), factories.today())) == [measure]


@pytest.mark.parametrize(("progress", "stopped_on"), [(State.DONE, None), (State.ONGOING, DUE), (State.NOT_STARTED, DUE), ("gone", None)])
def test_the_database_keeps_clock_and_state_together(progress: str, stopped_on: dt.date | None) -> None:
    measure = factories.measure()
    with pytest.raises(IntegrityError, match="measure_"), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(progress=progress, stopped_on=stopped_on)


# -- who reports ------------------------------------------------------------------------------------------------------


def test_only_the_lead_unit_and_the_office_report() -> None:
    lead, supporting = factories.unit(), factories.unit()
    measure = factories.measure(factories.issue(lead=factories.unit()), lead=lead, supporting_units=(supporting,))
    strangers = [factories.liaison(supporting), factories.liaison(measure.issue.lead_unit), factories.liaison()]
    strangers += [factories.user(role) for role in (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)]
    for actor in strangers:
        with pytest.raises(ActForbidden):
            factories.report(measure, by=actor)
    assert not measure.reports.exists()
    for actor in (factories.liaison(lead), factories.office()):
        report = factories.report(measure, by=actor)
        assert report.reported_by == actor
        approve(actor=factories.office(), report=report)


def test_the_office_enters_paper_reports_with_their_date_and_nobody_else_may() -> None:
    measure = factories.measure()
    with pytest.raises(ActForbidden, match="只有整改办可以补录"):
        claimed(measure, on=factories.days(-3))
    with pytest.raises(ActRefused, match="不能晚于今天") as refused:
        claimed(measure, by=factories.office(), on=factories.days(1))
    assert refused.value.field == "reported_on"
    assert not measure.reports.exists()
    report = claimed(measure, by=factories.office(), on=factories.days(-3))
    assert report.reported_on == fresh(measure).stopped_on == factories.days(-3)


WORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no words": ({"text": "  "}, "text", "请写明本期进展"),
    "nobody signed": ({"signed_by": ""}, "signed_by", "请填写签发领导"),
    "unknown claim": ({"claim": "finished"}, "claim", "请选择本期状态"),
    "in review is no claim": ({"claim": State.IN_REVIEW}, "claim", "请选择本期状态"),
    "done without evidence": ({"claim": State.DONE}, "file", "至少要附一份佐证材料"),
    "stage without reason": ({"claim": State.STAGE_DONE, "difficulties": " "}, "difficulties", "未完成的部分和原因"),
    "as of tomorrow": ({"as_of": factories.days(2)}, "as_of", "晚于今天"),
}


@pytest.mark.parametrize("case", WORDS)
def test_what_a_report_must_say(case: str) -> None:
    changed, field, sentence = WORDS[case]
    measure = factories.measure()
    with pytest.raises(ActRefused, match=sentence) as refused:
        factories.report(measure, **changed)
    assert (refused.value.status, refused.value.field) == (400, field)
    assert not Progress.objects.exists()
    assert fresh(measure).progress == State.NOT_STARTED
    assert factories.report(measure, claim=State.DONE, files=[factories.evidence()]).review == Review.PENDING


def test_evidence_of_an_earlier_report_is_enough_and_of_tomorrow_is_refused() -> None:
    measure = factories.measure()
    later = EvidenceDraft("回单", factories.upload(), factories.days(1))
    with pytest.raises(ActRefused, match="晚于今天") as refused:
        factories.report(measure, claim=State.DONE, files=[later])
    assert refused.value.field == "effective_on"
    assert not Evidence.objects.exists()
    approve(actor=factories.office(), report=factories.report(measure, files=[factories.evidence()]))
    assert factories.report(measure, claim=State.DONE).review == Review.PENDING


# -- two at once, stale pages -----------------------------------------------------------------------------------------


def test_a_second_report_while_one_waits_is_a_conflict() -> None:
    measure = factories.measure()
    factories.report(measure)
    with pytest.raises(ActConflict, match="待审核") as refused:
        factories.report(measure)
    assert refused.value.status == 409
    assert measure.reports.count() == 1


def test_the_database_lets_exactly_one_report_wait() -> None:
    first = factories.report(factories.measure())
    row = Progress(
        measure=first.measure, claim=State.ONGOING, text="又一份", as_of=first.as_of, signed_by="某", reported_by=first.reported_by
    )
    row.reported_on = first.reported_on
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    send_back(actor=factories.office(), report=first, requirement="请补充")
    row.save(force_insert=True)
    assert first.measure.reports.count() == 2


def stale_acts(measure: Measure, version: int) -> list[Any]:
    office, lead = factories.office(), factories.liaison(measure.lead_unit)
    words: dict[str, Any] = {
        "claim": State.ONGOING,
        "text": "推进",
        "as_of": factories.today(),
        "signed_by": "某局长",
        "is_vouched_for": True,
    }
    moved = factories.draft(measure.lead_unit, due_on=factories.days(90))
    return [
        lambda: amend_measure(actor=office, measure=measure, values={"text": "改写"}, reason="订正", version=version),
        lambda: assign_measure(actor=office, measure=measure, draft=moved, reason="订正", version=version),
        lambda: report_progress(actor=lead, measure=measure, version=version, **words),
    ]


@pytest.mark.parametrize("index", range(3))
def test_a_stale_page_is_a_conflict_and_a_fresh_one_passes(index: int) -> None:
    measure = factories.measure()
    amend_measure(actor=factories.office(), measure=measure, values={"person": "张三科"}, reason="明确责任人")
    before, entries = fresh(measure), Entry.objects.count()
    act = stale_acts(measure, 1)[index]
    entries = Entry.objects.count()
    with pytest.raises(ActConflict, match="被别人修改过，请刷新页面") as refused:
        act()
    assert refused.value.status == 409
    assert Entry.objects.count() == entries
    assert fresh(measure).version == before.version == 2
    stale_acts(measure, 2)[index]()
    assert fresh(measure).version == 3


# -- figures ----------------------------------------------------------------------------------------------------------


def latest(indicator: Indicator) -> Decimal | None:
    return Indicator.objects.with_latest().get(pk=indicator.pk).latest


def test_readings_count_once_their_report_is_approved() -> None:
    measure, office = factories.measure(), factories.office()
    figure = add_indicator(actor=office, issue=measure.issue, name="已收回", kind=Indicator.Kind.MONEY, unit="万元")
    read_indicator(actor=office, indicator=figure, figures=[FigureDraft(Decimal("46"), factories.days(-9))])
    assert latest(figure) == 460000
    draft = ReadingDraft(figure, Decimal("58.2"), factories.days(-1))
    report = factories.report(measure, readings=[draft])
    assert latest(figure) == 460000
    send_back(actor=office, report=report, requirement="请核对金额")
    assert latest(figure) == 460000
    report = factories.report(measure, readings=[draft])
    approve(actor=office, report=report)
    assert latest(figure) == 582000
    assert Reading.objects.counting().count() == 2
    assert Reading.objects.get(progress=report).shown == "58.2"


@pytest.mark.parametrize("case", ["negative", "of another issue", "of another measure", "of tomorrow"])
def test_readings_that_cannot_be_are_refused(case: str) -> None:
    measure = factories.measure()
    figure = add_indicator(actor=None, issue=measure.issue, name="已收回", kind=Indicator.Kind.MONEY, unit="万元")
    other = add_indicator(actor=None, issue=factories.issue(), name="别的", kind=Indicator.Kind.MONEY, unit="万元")
    sibling = factories.measure(measure.issue)
    beside = add_indicator(actor=None, issue=measure.issue, measure=sibling, name="旁的", kind=Indicator.Kind.MONEY, unit="万元")
    drafts = {
        "negative": ReadingDraft(figure, Decimal("-0.01"), factories.today()),
        "of another issue": ReadingDraft(other, Decimal(1), factories.today()),
        "of another measure": ReadingDraft(beside, Decimal(1), factories.today()),
        "of tomorrow": ReadingDraft(figure, Decimal(1), factories.days(1)),
    }
    with pytest.raises(ActRefused) as refused:
        factories.report(measure, readings=[drafts[case]])
    assert refused.value.field == "readings"
    assert not Reading.objects.exists()
    factories.report(measure, readings=[ReadingDraft(figure, Decimal(0), factories.today())])
    factories.report(sibling, readings=[ReadingDraft(beside, Decimal(1), factories.today())])
    assert Reading.objects.count() == 2


def test_a_report_as_of_a_day_before_the_feedback_is_refused_but_its_papers_may_be_older() -> None:
    measure = factories.measure()
    eve = factories.FEEDBACK - dt.timedelta(days=1)
    with pytest.raises(ActRefused, match="截至日期不能早于反馈日期 2025-02-20") as refused:
        factories.report(measure, as_of=eve)
    assert refused.value.field == "as_of"
    older = EvidenceDraft(name="以往回单", file=factories.upload(), effective_on=eve)
    assert factories.report(measure, as_of=factories.FEEDBACK, files=[older]).evidence.get().effective_on == eve
