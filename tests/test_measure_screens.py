"""The measure sheet, the forms about a measure, evidence downloads, the unit page, and the admin of working days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import CalendarOverride, EvidenceVersion, Extension, Indicator, Measure, Regulation
from apps.measures.services import EvidenceDraft, FigureDraft, ReadingDraft, add_indicator, read_indicator, report_progress, send_back
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db


def address(measure: Measure, act: str = "sheet") -> str:
    return reverse(f"measures:{act}", args=(measure.pk,))


def words(who: User, place: str) -> str:
    page = make.signed_in(who).get(place)
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def measure() -> Measure:
    return make.measure(make.issue(), text="追回专项补助", person="王科长")


@pytest.fixture
def office() -> Client:
    return make.signed_in(make.office())


def test_sheet_explains_the_deadline() -> None:
    issue = make.issue()
    rule = {"deadline_rule": "months", "deadline_from": make.FEEDBACK, "deadline_count": 6, "deadline_basis": "集中整改期"}
    measure = make.measure(issue, **rule)
    page = words(make.office(), address(measure))
    assert "自 2025-02-20 起 6 个月 → 2025-08-20" in page
    assert "依据：集中整改期" in page
    assert "逾期" in page


def test_sheet_shows_quote_reports_requirement_and_files(measure: Measure) -> None:
    report = make.report(measure, text="第一次填报", difficulties="账户冻结", files=[make.evidence("缴款回单")])
    send_back(actor=make.office(), report=report, requirement="请补充\n第二页")
    make.report(measure, text="第二次填报")
    quoted = make.measure(measure.issue, quote="专项补助12.22万元已全部追回")
    page = words(make.office(), address(measure))
    for said in ("王科长", "第一次填报", "第二次填报", "账户冻结", "请补充<br>第二页", "缴款回单", "待审核", "退回补正"):
        assert said in page
    assert "专项补助12.22万元已全部追回" in words(make.office(), address(quoted))


def test_somebody_elses_measure_is_not_found(measure: Measure) -> None:
    for who in (make.liaison(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        browser = make.signed_in(who)
        for act in ("sheet", "report", "amend", "assign", "extend"):
            assert browser.get(address(measure, act)).status_code == 404
            assert browser.post(address(measure, act), {}).status_code in (404, 405)


def test_acts_offered_fit_the_role(measure: Measure) -> None:
    own = words(make.liaison(measure.lead_unit), address(measure))
    assert address(measure, "report") in own
    assert address(measure, "extend") in own
    assert address(measure, "amend") not in own
    check = reverse("supervision:check", args=(measure.pk,))
    assert check not in own
    office = words(make.office(), address(measure))
    assert address(measure, "amend") in office
    assert check not in office
    watching = words(make.leader(), address(measure))
    assert check in watching
    assert address(measure, "report") not in watching
    assert address(measure, "amend") not in watching


def test_amend_with_reason_shows_before_and_after(measure: Measure, office: Client) -> None:
    form = {"text": "追回专项补助并问责", "nature": "now", "pace": "limited", "person": "王科长", "version": measure.version}
    refused = office.post(address(measure, "amend"), form)
    assert refused.status_code == 400
    assert 'href="#id_reason"' in refused.content.decode()
    assert office.post(address(measure, "amend"), {**form, "reason": "完善措施"}).status_code == 302
    page = office.get(address(measure)).content.decode()
    assert "<del>追回专项补助</del>" in page
    assert "<ins>追回专项补助并问责</ins>" in page
    assert office.post(address(measure, "amend"), {**form, "reason": "再改"}).status_code == 409
    measure.refresh_from_db()
    same = office.post(address(measure, "amend"), {**form, "version": measure.version, "reason": "没变"})
    assert same.status_code == 400
    assert "没有变化" in same.content.decode()


def plan(measure: Measure, **other: Any) -> dict[str, Any]:
    return {
        "lead_unit": measure.lead_unit_id,
        "deadline_rule": "fixed",
        "due_on": make.days(80).isoformat(),
        "version": measure.version,
        "reason": "经会议研究",
        **other,
    }


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"due_on": "2024-01-01"}, "不能早于反馈日期"),
        ({"due_on": "2025-02-31"}, "存在的日期"),
        ({"due_on": ""}, "请填写整改时限"),
        ({"reason": ""}, "要写明理由"),
        ({"lead_unit": 99999}, "选择"),
        ({"deadline_rule": "never"}, "选择"),
        ({"deadline_rule": "months", "deadline_count": "6"}, "起算日和期数"),
        ({"deadline_rule": "months", "deadline_count": "100000", "deadline_from": "2025-03-01"}, "不大于"),
        ({"deadline_rule": "months", "deadline_count": "-1", "deadline_from": "2025-03-01"}, "不小于 0"),
        ({"deadline_rule": "none"}, "只有长期坚持的措施可以不设时限"),
    ],
)
def test_bad_plans_are_refused(measure: Measure, office: Client, wrong: dict[str, Any], sentence: str) -> None:
    answer = office.post(address(measure, "assign"), plan(measure, **wrong))
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Entry.objects.filter(act="measures.assign_measure").exists()


def test_assign_moves_the_date_and_keeps_the_original(measure: Measure, office: Client) -> None:
    helper = make.unit()
    assert office.post(address(measure, "assign"), plan(measure, supporting_units=[helper.pk])).status_code == 302
    measure.refresh_from_db()
    assert (measure.due_on, measure.original_due_on) == (make.days(80), make.days(60))
    page = office.get(address(measure)).content.decode()
    assert helper.short_name in page
    assert "已调整" in page


def test_extension_from_request_to_decision(measure: Measure, office: Client) -> None:
    browser = make.signed_in(make.liaison(measure.lead_unit))
    form = {"new_due_on": make.days(90).isoformat(), "reason": "需跨年办理", "version": measure.version}
    early = browser.post(address(measure, "extend"), {**form, "new_due_on": make.days(1).isoformat()})
    assert early.status_code == 400
    assert "要晚于" in early.content.decode()
    assert browser.post(address(measure, "extend"), form).status_code == 302
    assert browser.post(address(measure, "extend"), form).status_code == 409
    place = reverse("measures:decide-extension", args=(Extension.objects.get().pk,))
    assert browser.get(place).status_code == 403
    assert make.signed_in(make.liaison()).get(place).status_code == 404
    assert "需跨年办理" in office.get(place).content.decode()
    refused = office.post(place, {"decision": "refuse", "opinion": ""})
    assert refused.status_code == 400
    assert office.post(place, {"decision": "agree", "opinion": ""}).status_code == 302
    measure.refresh_from_db()
    assert measure.due_on == make.days(90)
    assert office.post(place, {"decision": "agree", "opinion": ""}).status_code == 409


def test_office_adds_measures_indicators_readings_and_regulations(measure: Measure, office: Client) -> None:
    issue = measure.issue
    place = reverse("measures:add", args=(issue.pk,))
    version = office.get(place).context["form"]["version"].value()
    new = {**plan(measure), "text": "建立长效机制", "nature": "lasting", "pace": "limited", "version": version}
    assert office.post(place, new).status_code == 302
    assert office.post(place, new).status_code == 409
    assert issue.measures.count() == 2
    indicator = {"name": "已追回补助", "kind": "money", "unit": "万元", "outcome": "recovered"}
    place = reverse("measures:add-indicator", args=(issue.pk,))
    assert office.post(place, indicator).status_code == 302
    again = office.post(place, indicator)
    assert again.status_code == 409
    assert "已经登记" in again.content.decode()
    reading = reverse("measures:read", args=(Indicator.objects.get().pk,))
    assert office.post(reading, {"value": "12.22", "as_of": "2025-07-18"}).status_code == 302
    assert office.post(reading, {"value": "-1", "as_of": "2025-07-18"}).status_code == 400
    assert office.post(reading, {"value": "Infinity", "as_of": "2025-07-18"}).status_code == 400
    rule = {"title": "补助管理办法", "kind": "revised", "unit": measure.lead_unit_id, "issued_on": "2025-08-01"}
    assert office.post(reverse("measures:add-regulation", args=(issue.pk,)), rule).status_code == 302
    assert Regulation.objects.get().issue == issue
    page = office.get(reverse("issues:sheet", args=(issue.pk,))).content.decode()
    for said in ("建立长效机制", "12.22<small>万元</small>", "2025-07-18", "《补助管理办法》"):
        assert said in page


@pytest.mark.parametrize("name", ["add", "add-indicator", "add-regulation"])
def test_only_the_office_adds(measure: Measure, name: str) -> None:
    place = reverse(f"measures:{name}", args=(measure.issue_id,))
    for who in (make.liaison(measure.lead_unit), make.leader()):
        assert make.signed_in(who).get(place).status_code == 403
        assert make.signed_in(who).post(place, {}).status_code == 403
    assert make.signed_in(make.liaison()).get(place).status_code == 404


def test_fetching_never_writes(measure: Measure, office: Client) -> None:
    make.report(measure)
    before = Entry.objects.count()
    for place in (
        "/register/",
        "/reviews/",
        address(measure),
        address(measure, "amend"),
        reverse("issues:sheet", args=(measure.issue_id,)),
    ):
        assert office.get(place).status_code == 200
    assert Entry.objects.count() == before


# -- evidence ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def version(measure: Measure) -> EvidenceVersion:
    draft = EvidenceDraft("回单", make.upload("银行 回单“七月”.pdf"), make.today())
    report_progress(
        actor=make.liaison(measure.lead_unit),
        measure=measure,
        claim="ongoing",
        text="办",
        as_of=make.today(),
        signed_by="张",
        is_vouched_for=True,
        evidence=[draft],
    )
    return EvidenceVersion.objects.get()


def test_download_is_an_attachment_and_enters_the_book(measure: Measure, version: EvidenceVersion) -> None:
    answer = make.signed_in(make.liaison(measure.lead_unit)).get(reverse("measures:evidence", args=(version.pk,)))
    assert answer.status_code == 200
    assert b"".join(getattr(answer, "streaming_content", ())) == make.PDF
    kind, _, name = answer["Content-Disposition"].partition("; filename*=UTF-8''")
    assert (kind, unquote(name)) == ("attachment", "银行 回单“七月”.pdf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    entry = Entry.objects.filter(act="measures.download_evidence").get()
    assert entry.payload["sha256"] == version.sha256


def test_download_is_refused_to_others(version: EvidenceVersion, client: Client) -> None:
    place = reverse("measures:evidence", args=(version.pk,))
    for who in (make.liaison(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        assert make.signed_in(who).get(place).status_code == 404
    assert client.get(place).status_code == 302
    assert not Entry.objects.filter(act="measures.download_evidence").exists()


# -- unit page --------------------------------------------------------------------------------------------------------


def test_unit_page_lists_by_urgency_with_numbers() -> None:
    lead = make.unit("林业局")
    issue = make.issue(lead=lead)
    make.measure(issue, text="不急的")
    make.measure(issue, text="逾期的", due_on=make.days(-2))
    make.finish(make.measure(issue, text="办完的"))
    page = words(make.office(), reverse("measures:unit", args=(lead.pk,)))
    assert page.index("逾期的") < page.index("不急的") < page.index("办完的")
    assert "姓名liaison" in page


def test_unit_page_is_open_to_its_own_people(measure: Measure) -> None:
    own, foreign = (reverse("measures:unit", args=(row.pk,)) for row in (measure.lead_unit, make.unit()))
    assert make.signed_in(make.liaison(measure.lead_unit)).get(own).status_code == 200
    assert make.signed_in(make.liaison(measure.lead_unit)).get(foreign).status_code == 404
    assert make.signed_in(make.leader()).get(foreign).status_code == 200
    for role in (Role.ADMIN, Role.AUDITOR):
        assert make.signed_in(make.user(role)).get(own).status_code == 404


def test_unit_without_measures_has_an_empty_state() -> None:
    assert "没有牵头的措施" in words(make.office(), reverse("measures:unit", args=(make.unit().pk,)))


# -- admin ------------------------------------------------------------------------------------------------------------


def test_admin_sets_working_days_through_the_book(office: Client) -> None:
    assert office.get("/admin/").status_code == 200
    place = "/admin/measures/calendaroverride/add/"
    assert office.post(place, {"day": "2027-02-14", "is_workday": "on", "note": "国务院办公厅通知"}).status_code == 302
    row = CalendarOverride.objects.get()
    assert (row.day, row.is_workday) == (dt.date(2027, 2, 14), True)
    assert Entry.objects.filter(act="measures.override_calendar").get().reason == "国务院办公厅通知"
    assert office.post(f"/admin/measures/calendaroverride/{row.pk}/change/", {"note": "更正"}).status_code == 302
    row.refresh_from_db()
    assert (row.day, row.is_workday, row.note) == (dt.date(2027, 2, 14), False, "更正")
    assert office.post(f"/admin/measures/calendaroverride/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_admin_is_closed_to_others(client: Client) -> None:
    assert client.get("/admin/").status_code == 302
    for who in (make.liaison(), make.leader(), make.user(Role.AUDITOR)):
        assert make.signed_in(who).get("/admin/measures/calendaroverride/").status_code in (302, 403)
    assert make.signed_in(make.user(Role.ADMIN)).get("/admin/measures/calendaroverride/").status_code == 200
    assert make.signed_in(make.office()).get("/admin/auth/group/").status_code in (403, 404)


def test_figures_show_increments_in_their_own_unit(measure: Measure) -> None:
    row = add_indicator(actor=None, issue=measure.issue, name="已追回", kind="money", unit="万元")
    read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal("0.5"), make.days(-9))])
    make.report(measure, readings=[ReadingDraft(row, Decimal("12.22"), make.today())])
    assert "本期新增 +11.72" in words(make.office(), address(measure))


def test_every_invented_fact_of_a_measure_wears_the_badge() -> None:
    shown = ["nature", "supporting_units", "due_on", "original_due_on"]
    measure = make.measure(source="notice", quote="原文", demonstrated=shown)
    office = make.signed_in(make.office())
    assert office.get(address(measure)).content.decode().count('class="demo"') == len(shown) + 1  # 时限 and how it came about
    Measure.objects.filter(pk=measure.pk).update(demonstrated=[])
    assert 'class="demo"' not in office.get(address(measure)).content.decode()


def test_forms_name_the_page_and_begin_their_lists_with_a_word(measure: Measure, office: Client) -> None:
    page = office.get(address(measure, "assign")).content.decode()
    assert f"明确分工和时限：{measure.number}</span></nav>" in page
    assert "---------" not in office.get(reverse("measures:add", args=(measure.issue_id,))).content.decode()
