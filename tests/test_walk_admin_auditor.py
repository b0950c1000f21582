"""Separated duties: the administrator keeps accounts, the auditor reads the books, neither sees business."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from scripts.run import DEMO_PASSWORD
from tests.demo_site import DemoSite, Visit, sign_in

pytestmark = pytest.mark.browser
ISSUE = "SELECT min(id) FROM issues_issue"
MEASURE = "SELECT min(id) FROM measures_measure"
UNIT = "SELECT min(id) FROM units_unit"
OWN_PASSWORD = "石榴-crane-41-riverbank"


def new_account(page: Page, login: str) -> str:
    """Open an account of the office; its one-time password."""
    page.goto("/accounts-list/")
    page.get_by_role("link", name="新建账号").click()
    page.get_by_role("button", name="新建账号").click()
    expect(page.get_by_role("alert")).to_contain_text("登录名")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("姓名").fill("赵宁")
    page.get_by_label("角色").select_option(label="整改办")
    page.get_by_role("button", name="新建账号").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("账号已建立")
    return page.locator(".secret").inner_text()


def test_account_from_opening_to_its_end(visit: Visit) -> None:
    admin, person = visit("admin"), visit()
    password = new_account(admin, "zhao-ning")
    sign_in(person, "zhao-ning", password)
    person.goto("/register/")
    expect(person.get_by_role("heading", level=1)).to_have_text("修改密码")
    person.get_by_label("当前密码").fill(password)
    person.get_by_label("新密码", exact=True).fill(OWN_PASSWORD)
    person.get_by_label("再输一遍新密码").fill(OWN_PASSWORD)
    person.get_by_role("button", name="修改密码").click()
    person.goto("/register/")
    expect(person.get_by_role("heading", level=1)).to_have_text("整改台账")
    admin.get_by_role("link", name="已转告，查看账号").click()
    admin.get_by_role("region", name="停用账号").get_by_role("button", name="停用账号").click()
    expect(admin.get_by_role("alert")).to_contain_text("理由")
    admin.get_by_role("region", name="停用账号").get_by_label("理由").fill("借调结束，见组通知")
    admin.get_by_role("region", name="停用账号").get_by_role("button", name="停用账号").click()
    expect(admin.get_by_text("已停用账号 zhao-ning，并记入台账")).to_be_visible()
    expect(admin.get_by_role("region", name="记录")).to_contain_text("借调结束，见组通知")
    person.goto("/register/")
    expect(person.get_by_role("heading", level=1)).to_have_text("登录")
    person.get_by_label("登录名").fill("zhao-ning")
    person.get_by_label("密码").fill(OWN_PASSWORD)
    person.get_by_role("button", name="登录").click()
    expect(person.get_by_role("heading", level=1)).to_have_text(re.compile("账号已停用|登录"))
    answer = person.goto("/register/")
    assert answer is not None
    expect(person.get_by_role("heading", level=1)).to_have_text("登录")


@pytest.mark.parametrize("login", ["admin", "auditor", "discipline"])
def test_no_business_page_opens(login: str, visit: Visit, demo_site: DemoSite) -> None:
    page = visit(login)
    page.goto("/workbench/")
    for name in ("整改台账", "督查看板", "待审核", "通报稿"):
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    rows = (f"/issues/{demo_site.ask(ISSUE)}/", f"/measures/{demo_site.ask(MEASURE)}/", f"/units/{demo_site.ask(UNIT)}/")
    for path in (
        *rows,
        "/register/",
        "/register/export.xlsx",
        "/reviews/",
        "/dashboard/",
        "/supervision/",
        "/letters/",
        "/notices/",
        "/go/?q=63",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status in (403, 404), path
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("没有权限|找不到这个页面"))


def test_auditor_reads_and_verifies_the_books(visit: Visit) -> None:
    page = visit("auditor")
    page.goto("/workbench/")
    page.get_by_role("link", name="台账核验").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("台账核验")
    books = page.get_by_role("navigation", name="台账", exact=True).get_by_role("link")
    for index in range(books.count()):
        books.nth(index).click()
        page.get_by_role("link", name="全量核验").click()
        expect(page.get_by_text("核验通过。")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("删除|修改"))).to_have_count(0)


def test_auditor_narrows_the_entries(visit: Visit) -> None:
    page = visit("auditor")
    page.goto("/book/?book=shaxian-2025")
    everything = page.locator(".cnt").first.inner_text()
    page.get_by_label("动作").select_option(label="发布通报")
    page.get_by_role("button", name="筛选").click()
    chip = page.get_by_role("link", name=re.compile("^动作：发布通报"))
    expect(chip).to_be_visible()
    entries = page.get_by_role("table", name=re.compile("的流水$")).locator("tbody tr")
    page.wait_for_load_state()
    expect(entries.first).to_be_visible()
    for text in entries.all_inner_texts():
        assert "发布通报" in text
    chip.click()
    expect(page.locator(".cnt").first).to_have_text(everything)
    page.goto("/book/?book=shaxian-2025&since=2025-02-30")
    expect(page.get_by_text("自：请按“2025-12-31”的格式填写日期")).to_be_visible()


def test_wrong_password_says_what_to_do(visit: Visit) -> None:
    page = visit()
    page.goto("/accounts/login/")
    page.get_by_label("登录名").fill("nobody-here")
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("登录名")).to_have_value("nobody-here")


def test_signing_out_ends_the_session(visit: Visit) -> None:
    page = visit()
    sign_in(page, "office-2")
    page.goto("/workbench/")
    page.get_by_label("陈明的菜单").click()
    page.get_by_role("button", name="退出登录").click()
    page.goto("/workbench/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
