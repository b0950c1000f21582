"""One closing from the application over three signatures to 销号, as the people concerned see it; and a draw that is repeated."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
ISSUE = "SELECT id FROM issues_issue WHERE number = {}"
LEAD = (
    "SELECT u.username FROM units_user u JOIN issues_issue i ON i.lead_unit_id = u.unit_id"
    " WHERE i.number = {} AND u.username LIKE 'liaison%' ORDER BY u.id LIMIT 1"
)
NUMBER = 39
"""Ready, and led by no reviewing body; nobody has applied."""


def open_application(page: Page, number: int) -> None:
    page.goto("/closures/")
    page.get_by_role("link", name=f"会审问题 {number}", exact=True).click()


def test_from_the_application_over_three_signatures_to_the_closing(visit: Visit, demo_site: DemoSite) -> None:
    address = f"/issues/{demo_site.ask(ISSUE.format(NUMBER))}/"
    liaison = visit(demo_site.ask(LEAD.format(NUMBER)))
    liaison.goto(address)
    liaison.get_by_role("link", name="提请销号").click()
    expect(liaison.locator(".ckl > li")).to_have_count(15)
    for field in liaison.locator("textarea[name^=reason-]").all():
        field.fill("已研究，纳入回头看重点。")
    liaison.get_by_label("完成情况说明").fill("措施全部落实，佐证材料齐全。")
    liaison.get_by_role("button", name="提请销号").click()
    panel = liaison.get_by_role("region", name="销号", exact=True)
    expect(panel).to_contain_text("会审中，已同意 0 / 3")
    for count, login in enumerate(("review-jw", "review-zzb", "review-xcb"), start=1):
        page = visit(login, viewport=PHONE if login == "review-zzb" else {"width": 1440, "height": 900})
        open_application(page, NUMBER)
        page.get_by_label("同意销号").check()
        page.get_by_role("button", name="提交会审意见").click()
        expect(page.get_by_role("link", name=f"会审问题 {NUMBER}", exact=True)).to_have_count(0)
        liaison.goto(address)
        expect(panel).to_contain_text("会审全部同意" if count == 3 else f"已同意 {count} / 3")
    office = visit("office-2")
    office.goto("/closures/")
    office.get_by_role("link", name=f"审定问题 {NUMBER}", exact=True).click()
    office.get_by_label("同意销号").check()
    office.get_by_label("审定意见").fill("会审一致同意，准予销号。")
    office.get_by_role("button", name="提交审定").click()
    closed = office.get_by_role("region", name="销号", exact=True)
    expect(closed).to_contain_text("销号记录")
    for body in ("区纪委监委 同意", "区委组织部 同意", "区委巡察办 同意", "准予销号"):
        expect(closed).to_contain_text(body)
    expect(office.get_by_role("heading", name="回头看")).to_be_visible()


def test_a_return_needs_words_and_reaches_the_office_as_they_are(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("review-xcb", scripts=False)
    open_application(page, 68)
    page.get_by_label("退回补充").check()
    page.get_by_label("补充要求").fill("再补")
    page.get_by_role("button", name="提交会审意见").click()
    expect(page.get_by_role("alert")).to_contain_text("至少 10 个字")
    expect(page.get_by_label("补充要求")).to_have_value("再补")
    page.get_by_label("补充要求").fill("请补充林权登记变更的佐证材料。")
    page.get_by_role("button", name="提交会审意见").click()
    office = visit("office")
    office.goto("/closures/")
    office.get_by_role("link", name="审定问题 68", exact=True).click()
    expect(office.get_by_label("审定意见")).to_have_value(re.compile("区委巡察办：请补充林权登记变更的佐证材料。"))
    office.get_by_label("同意销号").check()
    office.get_by_role("button", name="提交审定").click()
    expect(office.get_by_role("alert")).to_contain_text("会审")


def test_a_draw_is_made_and_repeated(visit: Visit) -> None:
    page = visit("office")
    page.goto("/look-backs/")
    page.get_by_role("link", name="抽取回头看").click()
    page.get_by_label("抽取数量").fill("3")
    page.get_by_label("随机种子").fill("2026-0712")
    page.get_by_role("button", name="抽取").click()
    expect(page.locator("code.seed")).to_have_text("2026-0712")
    page.get_by_role("link", name="重新计算核对").click()
    expect(page.get_by_role("heading", name="核对一致")).to_be_visible()
    leader = visit("leader")
    leader.goto(page.url)
    expect(leader.get_by_role("heading", name="核对一致")).to_be_visible()


def test_the_second_round_shows_the_first(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/issues/{demo_site.ask(ISSUE.format(30))}/")
    expect(page.get_by_role("region", name="销号", exact=True)).to_contain_text("反弹重开")
    expect(page.get_by_role("heading", name="以往各轮和以往申请")).to_be_visible()
