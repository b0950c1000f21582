"""What a report carried that a check on site found untrue counts nowhere any more – and can be read, marked, everywhere it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from time_machine import travel

from apps.issues.rules import findings
from apps.measures.models import Evidence, Indicator, Measure, Progress, Reading
from apps.measures.querysets import IndicatorQuerySet
from apps.measures.rollup import roll_up
from apps.measures.services import EvidenceDraft, FigureDraft, ReadingDraft, add_indicator, approve, plan_instalments, read_indicator
from apps.measures.services.instalments import InstalmentDraft
from apps.reports.composing import composed
from apps.supervision.agenda import candidates
from apps.supervision.models import Dispatch, DispatchItem, Flag, SiteCheck
from apps.supervision.services import check_site, derive_timeliness
from apps.units.errors import ActRefused
from apps.units.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db
State, Finding = Measure.State, SiteCheck.Finding
MARK = "实地督查认定不实，不再计入"
CLAIM = "赃款已经全部退还到账。"


def claimed(*, amount: str = "8") -> tuple[Measure, Indicator]:
    """A finished measure whose claim says that the money came back; the office had read 2 before."""
    measure = make.measure()
    money = add_indicator(
        actor=make.office(),
        issue=measure.issue,
        measure=measure,
        name="退还金额",
        kind="money",
        unit="万元",
        due_amount=Decimal(10),
        outcome="recovered",
    )
    read_indicator(actor=make.office(), indicator=money, figures=[FigureDraft(Decimal(2), make.days(-3))])
    readings = [ReadingDraft(money, Decimal(amount), make.today())]
    report = make.report(measure, claim=State.DONE, files=[make.evidence()], readings=readings, text=CLAIM)
    approve(actor=make.office(), report=report)
    return measure, money


def found(measure: Measure, finding: str = Finding.FALSE) -> None:
    check_site(actor=make.leader(), measure=measure, finding=finding, note="没有入账", checked_on=make.today())


def rows() -> IndicatorQuerySet:
    return Indicator.objects.with_latest()


def money_of(user: User, measure: Measure) -> tuple[Decimal, Decimal]:
    """Recovered and outstanding, as page, API, dashboard and workbook have it."""
    whole = roll_up(user, measure.issue.inspection).whole
    return whole.recovered, whole.outstanding


def test_money_of_an_untrue_report_is_not_recovered() -> None:
    measure, money = claimed()
    office = make.office()
    assert money_of(office, measure) == (Decimal(80000), Decimal(20000))
    found(measure, Finding.PARTLY)
    assert money_of(office, measure) == (Decimal(80000), Decimal(20000)), "the control: only 不实 takes it away"
    found(measure)
    assert money_of(office, measure) == (Decimal(20000), Decimal(80000))
    assert [row.latest for row in rows().filter(pk=money.pk)] == [Decimal(20000)]
    assert Reading.objects.filter(indicator=money).count() == 2, "it stays on record"


def test_the_instalment_it_said_was_paid_is_owed_again() -> None:
    measure, money = claimed()
    instalment = InstalmentDraft(make.days(-1), Decimal(5))
    plan_instalments(actor=make.office(), indicator=money, instalments=[instalment], reason="约定")
    derive_timeliness()
    assert not Flag.objects.open().filter(kind="unpaid").exists()
    found(measure)
    derive_timeliness()
    assert Flag.objects.open().filter(kind="unpaid", measure=measure).exists()


def test_its_evidence_proves_nothing() -> None:
    measure, _money = claimed()
    assert Evidence.objects.counting().filter(measure=measure).exists()
    found(measure)
    assert not Evidence.objects.counting().filter(measure=measure).exists()
    with pytest.raises(ActRefused, match="经核查不实"):
        make.report(measure, claim=State.DONE)
    approve(actor=make.office(), report=make.report(measure, claim=State.DONE, files=[make.evidence("重新核实的回单")]))
    assert Evidence.objects.counting().filter(measure=measure).exists()


def blocking(measure: Measure) -> set[str]:
    return {finding.rule.id for finding in findings(measure.issue) if finding.blocks}


def test_closing_does_not_stand_on_it() -> None:
    measure, _money = claimed()
    assert blocking(measure) == set()
    contents = measure.issue.measures.contents_for_closure([measure])
    assert (len(contents[0]["reports"]), len(contents[0]["evidence"])) == (1, 1)
    old = EvidenceDraft(name="反馈之前的材料", file=make.upload("旧.pdf"), effective_on=make.FEEDBACK.replace(year=2024))
    found(measure)
    approve(actor=make.office(), report=make.report(measure, claim=State.DONE, files=[old]))
    contents = measure.issue.measures.contents_for_closure([measure])
    assert (len(contents[0]["reports"]), len(contents[0]["evidence"])) == (1, 1)
    assert "C-05" in blocking(measure), "the timely piece was of the untrue report"


def test_the_notice_is_not_drawn_from_it() -> None:
    measure, _money = claimed()
    assert CLAIM in composed([measure.issue])[measure.issue.pk].society
    found(measure)
    assert CLAIM not in composed([measure.issue])[measure.issue.pk].society


def test_it_stays_readable_with_its_mark() -> None:
    measure, money = claimed()
    browser, inspection = make.signed_in(make.office()), measure.issue.inspection_id
    pages = [f"/measures/{measure.pk}/", f"/indicators/{money.pk}/", f"/register/?inspection={inspection}", f"/issues/{measure.issue_id}/"]
    assert not any(MARK in browser.get(page).content.decode() for page in pages)
    found(measure)
    for page in pages:
        text = browser.get(page).content.decode()
        assert MARK in text, page
    sheet = browser.get(pages[0]).content.decode()
    assert CLAIM in sheet
    assert "缴款回单" in sheet
    assert "该填报经实地督查认定不实，不再计入" in sheet


def test_the_api_says_so_too() -> None:
    measure, money = claimed()
    browser = make.signed_in(make.office())
    found(measure)
    report = Progress.objects.get(measure=measure)
    assert browser.get(f"/api/v1/reports/{report.pk}/").json()["unfounded_on"] == str(make.today())
    readings = browser.get(f"/api/v1/readings/?indicator={money.pk}").json()["results"]
    assert sorted((row["value"], row["counts"]) for row in readings) == [("2", True), ("8", False)]
    assert browser.get(f"/api/v1/measures/{measure.pk}/").json()["evidence_count"] == 0


def test_it_is_no_progress_to_the_rule_of_standstill() -> None:
    """停滞 counts from the last report that somebody believes; of an untrue one it would wait another sixty days."""
    with travel(dt.datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        false, true = (make.measure(due_on=dt.date(2026, 12, 20)) for _ in range(2))
    with travel(dt.datetime(2026, 3, 20, 9, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False):
        for measure, finding in ((false, Finding.FALSE), (true, Finding.PARTLY)):
            approve(actor=make.office(), report=make.report(measure, claim=State.DONE, files=[make.evidence()]))
            found(measure, finding)
        derive_timeliness()
    assert [flag.measure for flag in Flag.objects.open().filter(kind="stalled")] == [false]
    assert Flag.objects.get(kind="stalled").due_on == dt.date(2026, 3, 6)


def test_a_claim_found_untrue_is_sent_back_wherever_that_is_counted() -> None:
    """The unit must report anew: register, agenda, the unit's own list and, after five working days, 退回未改 say so."""
    zone = ZoneInfo("Asia/Shanghai")
    with travel(dt.datetime(2026, 3, 9, 9, tzinfo=zone), tick=False):
        false, true = (make.measure(due_on=dt.date(2026, 12, 20)) for _ in range(2))
        for measure in (false, true):
            approve(actor=make.office(), report=make.report(measure, claim=State.DONE, files=[make.evidence()]))
            found(measure, Finding.FALSE if measure == false else Finding.PARTLY)
        assert list(Measure.objects.returned()) == [false]
        clerk = make.signed_in(make.office())
        for measure, shown in ((false, 1), (true, 0)):
            page = clerk.get(f"/register/?inspection={measure.issue.inspection_id}&progress=returned")
            assert page.context["register"].matching.count() == shown
        meeting = Dispatch(inspection=false.issue.inspection, held_on=make.today())
        (topic,) = candidates(make.leader(), meeting)
        assert (topic.measure, topic.why) == (false, DispatchItem.Why.RETURNED)
        assert topic.standing.startswith("核查不实退回")
        tasks = make.signed_in(make.liaison(false.lead_unit)).get("/workbench/").context["tasks"]
        assert [(task.urgency, task.measure, task.returned) for task in tasks] == [("back", false, None)]
    with travel(dt.datetime(2026, 3, 17, 9, tzinfo=zone), tick=False):
        derive_timeliness()
        assert [flag.measure for flag in Flag.objects.open().filter(kind="returned")] == [false]
