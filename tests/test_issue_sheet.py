"""The issue sheet: what was found, what it yielded, what was done; and the closing of an issue step by step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from apps.issues.models import Category, Closure, Issue, LookBack
from apps.issues.services import amend_issue, apply_for_closure, decide_closure
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db


def address(issue: Issue, act: str = "sheet") -> str:
    return reverse(f"issues:{act}", args=(issue.pk,))


def words(who: User, issue: Issue) -> str:
    page = make.signed_in(who).get(address(issue))
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def ready() -> Issue:
    """An issue whose only measure is finished with evidence."""
    issue = make.issue()
    make.finish(make.measure(issue))
    issue.refresh_from_db()
    return issue


def application(issue: Issue, statement: str) -> dict[str, Any]:
    """The form of an application, with a reason for each warning."""
    reasons = {f"reason-{rule}": reason for rule, reason in make.answers(issue).items()}
    return {"version": issue.version, "statement": statement, **reasons}


def closed(issue: Issue) -> Issue:
    closure = apply_for_closure(actor=make.liaison(issue.lead_unit), issue=issue, reasons=make.answers(issue), statement="全部完成")
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")
    issue.refresh_from_db()
    return issue


def test_shows_finding_facts_measures_and_the_book(ready: Issue) -> None:
    page = words(make.office(), ready)
    for said in (ready.finding, ready.lead_unit.short_name, "1 / 1 审核完成", "登记问题", "制定措施", "填报进展", "审核通过", "1 份"):
        assert said in page


def test_outcomes_sum_what_was_recovered_and_check_sums() -> None:
    issue = make.issue()
    total = add_indicator(actor=None, issue=issue, name="入库土地出让金合计", kind="money", unit="万元", outcome="recovered")
    parts = [
        add_indicator(actor=None, issue=issue, name=name, kind="money", unit="万元", total=total)
        for name in ("已收回出让金", "已收回滞纳金")
    ]
    sued = add_indicator(actor=None, issue=issue, name="起诉追缴的保证金", kind="money", unit="万元")
    for row, value in ((total, "3650.62"), (parts[0], "3155.25"), (parts[1], "495.37"), (sued, "22.4")):
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(value), make.days(-1))])
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, title="缴款办法", kind="made", unit=issue.lead_unit)
    page = words(make.office(), issue)
    assert "3650.62<small>万元</small>" in page
    assert "0<small>人，不涉及</small>" in page
    assert "1<small>项</small>" in page
    assert "等于分项之和" in page
    read_indicator(actor=None, indicator=parts[1], figures=[FigureDraft(Decimal(400), make.today())])
    assert "与分项之和不符" in words(make.office(), issue)


def test_neighbours_are_those_the_user_sees() -> None:
    category, lead = make.category(), make.unit()
    first, _foreign, third = make.issue(category, lead=lead), make.issue(category), make.issue(category, lead=lead)
    page = words(make.liaison(lead), first)
    assert f"下一个问题 {third.number}" in page
    assert "上一个问题" not in page
    assert "上一个问题 2" in words(make.office(), third)


def test_somebody_elses_issue_is_not_found(ready: Issue) -> None:
    for who in (make.liaison(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        browser = make.signed_in(who)
        for act in ("sheet", "amend", "assign", "apply"):
            assert browser.get(address(ready, act)).status_code == 404
    assert make.signed_in(make.office()).get("/issues/99999999999999999999/").status_code == 404


def test_supporting_unit_sees_but_may_not_change(ready: Issue) -> None:
    helper = make.unit()
    issue = make.issue(ready.category, supporting_units=[helper])
    browser = make.signed_in(make.liaison(helper))
    assert browser.get(address(issue)).status_code == 200
    for act in ("amend", "assign", "apply"):
        assert browser.get(address(issue, act)).status_code == 403
        assert browser.post(address(issue, act), {"version": 1, "statement": "完成"}).status_code == 403


def test_closing_panel_says_what_is_missing() -> None:
    issue = make.issue()
    measure = make.measure(issue)
    page = words(make.liaison(issue.lead_unit), issue)
    assert "还有 1 条措施没有完成" in page
    assert "没有经审核通过的佐证材料" in page
    assert "disabled" in page
    make.finish(measure)
    assert address(issue, "apply") in words(make.liaison(issue.lead_unit), issue)


def test_apply_return_apply_agree_look_back(ready: Issue) -> None:
    liaison, office = make.signed_in(make.liaison(ready.lead_unit)), make.signed_in(make.office())
    assert liaison.post(address(ready, "apply"), application(ready, "已全部完成")).status_code == 302
    closure = Closure.objects.get()
    decide = reverse("issues:decide", args=(closure.pk,))
    assert decide in office.get(address(ready)).content.decode()
    refused = office.post(decide, {"decision": "return", "opinion": ""})
    assert refused.status_code == 400
    assert "要写明理由" in refused.content.decode()
    assert office.post(decide, {"decision": "return", "opinion": "请补附回单"}).status_code == 302
    assert "请补附回单" in liaison.get(address(ready)).content.decode()
    ready.refresh_from_db()
    assert liaison.post(address(ready, "apply"), application(ready, "已补")).status_code == 302
    second = reverse("issues:decide", args=(Closure.objects.latest("pk").pk,))
    assert office.post(second, {"decision": "agree", "opinion": "同意"}).status_code == 302
    page = office.get(address(ready)).content.decode()
    assert "已销号" in page
    assert "待开展" in page
    late = office.post(second, {"decision": "agree", "opinion": "同意"})
    assert late.status_code == 409
    assert "刷新" in late.content.decode()


def test_relapse_opens_the_next_round(ready: Issue) -> None:
    look = closed(ready).look_backs.first()
    assert look is not None
    browser = make.signed_in(make.leader())
    form = reverse("issues:look-back", args=(look.pk,))
    assert browser.get(form).status_code == 200
    assert browser.post(form, {"finding": "relapsed", "note": ""}).status_code == 400
    assert browser.post(form, {"finding": "relapsed", "note": "问题反弹"}).status_code == 302
    ready.refresh_from_db()
    assert (ready.closure, ready.round) == (Issue.ClosureState.OPEN, 2)
    assert "问题反弹" in words(make.office(), ready)
    assert LookBack.objects.get(pk=look.pk).finding == LookBack.Finding.RELAPSED


def test_stale_application_is_a_conflict(ready: Issue) -> None:
    form = application(ready, "已全部完成")
    amend_issue(actor=make.office(), issue=ready, values={"lead_official": "李副区长"}, reason="补领导")
    answer = make.signed_in(make.liaison(ready.lead_unit)).post(address(ready, "apply"), form)
    assert answer.status_code == 409
    assert "已全部完成" in answer.content.decode()
    assert "刷新页面" in answer.content.decode()
    assert not Closure.objects.exists()


def test_amend_needs_a_reason_and_keeps_what_was_typed(ready: Issue) -> None:
    browser = make.signed_in(make.office())
    form = {"title": "新的标题", "finding": ready.finding, "version": ready.version}
    answer = browser.post(address(ready, "amend"), form)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert 'href="#id_reason"' in page
    assert "新的标题" in page
    assert browser.post(address(ready, "amend"), {**form, "reason": "按反馈原文更正"}).status_code == 302
    assert "按反馈原文更正" in words(make.office(), ready)
    assert browser.post(address(ready, "amend"), {**form, "title": "又改", "reason": "再改"}).status_code == 409


def test_lead_unit_cannot_support_itself(ready: Issue) -> None:
    form = {"lead_unit": ready.lead_unit_id, "supporting_units": [ready.lead_unit_id], "reason": "会议确定", "version": ready.version}
    answer = make.signed_in(make.office()).post(address(ready, "assign"), form)
    assert answer.status_code == 400
    assert "牵头单位不能同时是配合单位" in answer.content.decode()


def test_office_fills_an_empty_house() -> None:
    lead, browser = make.unit(), make.signed_in(make.office())
    facts = {
        "name": "2025年巡察", "level": "county", "kind": "xuncha", "inspecting_body": "区委巡察一组", "inspected_body": "某局党组",
        "on_site_from": "2025-01-06", "on_site_to": "2025-02-28", "feedback_on": "2025-03-20", "concentrated_months": 6,
        "report_every": "month", "soon_working_days": 5,
    }  # fmt: skip
    wrong = browser.post("/inspections/new/", {**facts, "feedback_on": "2025-02-01"})
    assert wrong.status_code == 400
    assert "反馈日期不能早于离开日期" in wrong.content.decode()
    opened = browser.post("/inspections/new/", facts)
    assert opened.status_code == 302
    page = opened["Location"]
    assert "还没有登记方面" in browser.get(page).content.decode()
    assert browser.post("/inspections/new/", facts).status_code == 409
    assert browser.post(f"{page}categories/new/", {"number": 1, "title": "落实不到位"}).status_code == 302
    issue = {"category": Category.objects.get().pk, "number": 1, "title": "账目不清", "finding": "往来款长期挂账", "lead_unit": lead.pk}
    assert browser.post(f"{page}issues/new/", {**issue, "lead_unit": 999}).status_code == 400
    added = browser.post(f"{page}issues/new/", issue)
    assert added.status_code == 302
    assert browser.post(f"{page}issues/new/", issue).status_code == 409
    assert browser.post(f"{page}activities/new/", {"kind": "dispatch", "title": "第一次调度会", "held_on": "2025-04-01"}).status_code == 302
    assert "第一次调度会" in browser.get(page).content.decode()
    assert "往来款长期挂账" in browser.get(added["Location"]).content.decode()


@pytest.mark.parametrize("path", ["/inspections/new/", "{round}categories/new/", "{round}issues/new/", "{round}activities/new/"])
def test_only_the_office_adds(ready: Issue, path: str) -> None:
    place = path.format(round=reverse("issues:inspection", args=(ready.inspection_id,)))
    for who in (make.liaison(ready.lead_unit), make.leader()):
        browser = make.signed_in(who)
        assert browser.get(place).status_code == 403
        assert browser.post(place, {}).status_code == 403


@pytest.mark.parametrize("day", ["2025-02-30", "0001-01-01", "2999-01-01", "昨天"])
def test_impossible_dates(day: str, ready: Issue) -> None:
    place = reverse("issues:add-activity", args=(ready.inspection_id,))
    answer = make.signed_in(make.office()).post(place, {"kind": "dispatch", "title": "会", "held_on": day})
    assert answer.status_code == 400
    assert "日期" in answer.content.decode()


def test_book_lines_of_measures_not_seen_stay_hidden() -> None:
    issue, helper = make.issue(), make.unit()
    make.measure(issue, lead=helper, text="本单位的措施")
    foreign = make.measure(issue, text="别的单位的措施")
    page = words(make.liaison(helper), issue)
    assert "本单位的措施" in page
    assert "别的单位的措施" not in page
    assert f"措施 {foreign.number}" not in page


def test_an_assignment_changes_only_with_a_reason_and_only_if_it_changes(ready: Issue) -> None:
    ready.refresh_from_db()
    browser, other = make.signed_in(make.office()), make.unit()
    form = {"lead_unit": other.pk, "version": ready.version}
    assert "请填写调整理由" in browser.post(address(ready, "assign"), form).content.decode()
    same = browser.post(address(ready, "assign"), {**form, "lead_unit": ready.lead_unit_id, "reason": "会议确定"})
    assert "分工没有变化" in same.content.decode()
    Issue.objects.filter(pk=ready.pk).update(demonstrated=["lead_unit", "goal"], source="notice")
    assert browser.post(address(ready, "assign"), {**form, "reason": "会议确定"}).status_code == 302
    ready.refresh_from_db()
    assert (ready.lead_unit, ready.demonstrated) == (other, ["goal"])


def test_an_issue_without_measures_has_no_date_yet() -> None:
    assert "未定" in words(make.office(), make.issue())


def test_deciding_says_beforehand_what_stands_in_the_way(ready: Issue) -> None:
    closure = apply_for_closure(actor=ready.lead_unit.users.get(), issue=ready, reasons=make.answers(ready), statement="已完成")
    office = make.office()
    page = f"/closures/{closure.pk}/decide/"
    assert "现在只能退回" not in make.signed_in(office).get(page).content.decode()
    amend_issue(actor=office, issue=ready, values={"goal": "见底"}, reason="补目标")
    assert "现在只能退回：提请销号之后内容有变动" in make.signed_in(office).get(page).content.decode()
    assert "增加措施" not in words(office, ready)


def test_the_page_of_a_round_says_how_far_each_issue_is(ready: Issue) -> None:
    page = f"/inspections/{ready.inspection_id}/"
    shown = make.signed_in(make.office()).get(page).content.decode()
    assert "整改中" in shown
    assert ">1/1<" in shown
    assert "1/1" not in make.signed_in(make.liaison(ready.lead_unit)).get(page).content.decode()


def test_an_issue_needs_an_aspect_and_a_unit_first() -> None:
    inspection, browser = make.inspection(), make.signed_in(make.office())
    page = f"/inspections/{inspection.pk}/issues/new/"
    assert f"/inspections/{inspection.pk}/categories/new/" in browser.get(page).content.decode()
    make.category(inspection)
    assert "还没有登记单位" in browser.get(page).content.decode()
    make.unit()
    assert "<form" in browser.get(page).content.decode()
