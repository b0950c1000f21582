"""A unit liaison's day: what came back, what is to be reported, what has to be signed for. Theirs alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests import factories as make
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
MEASURE = "SELECT m.id FROM measures_measure m JOIN issues_issue i ON i.id = m.issue_id WHERE i.number = {} AND m.ordinal = {}"


def paper(name: str, data: bytes = make.PDF) -> FilePayload:
    return FilePayload(name=name, mimeType="application/pdf", buffer=data)


def fill_report(page: Page) -> None:
    page.get_by_label("已完成").check()
    page.get_by_label("本期进展").fill("已排查 42 个账号，清理 18 个，截至昨日全部注销。")
    page.get_by_label("签发领导").fill("王主任")
    page.get_by_label("本单位主要负责人已审阅").check()
    outcome = page.get_by_role("group", name="清理长期未更新的政务新媒体账号")
    outcome.get_by_label("累计数").fill("18")
    outcome.get_by_label("截至日期").fill(make.today().isoformat())
    page.get_by_label("材料名称").first.fill("政务新媒体清理清单")
    page.get_by_label("材料日期").first.fill(make.today().isoformat())


def test_returned_report_is_corrected_and_sent_again(visit: Visit) -> None:
    page = visit("liaison-zfb")
    page.goto("/workbench/")
    task = page.get_by_role("article").filter(has_text="42-4")
    expect(task).to_contain_text("进展只写了“正在推进”，请写明已排查的账号数和截至日期。")
    task.get_by_role("link", name=re.compile("：42-4$")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("42-4")
    expect(page.get_by_text("请写明已排查的账号数和截至日期").first).to_be_visible()
    fill_report(page)
    page.get_by_label("佐证文件").first.set_input_files(paper("清单.pdf", b"this is no PDF"))
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("alert")).to_contain_text("佐证文件")
    expect(page.get_by_label("本期进展")).to_have_value(re.compile("已排查 42 个账号"))
    page.get_by_label("佐证文件").first.set_input_files(paper("清单.pdf"))
    page.get_by_role("button", name="提交审核").click()
    expect(page).to_have_url(re.compile(r"/measures/\d+/$"))
    expect(page.locator("header .st").first).to_have_text("待审核")
    sent = page.get_by_role("article").filter(has_text="已排查 42 个账号")
    expect(sent).to_contain_text("清理长期未更新的政务新媒体账号 18 个")
    expect(sent).to_contain_text("本期新增 +2")
    sent.get_by_role("link", name=re.compile("政务新媒体清理清单")).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载", exact=True).first.click()
    assert download.value.suggested_filename == "清单.pdf"
    page.goto("/workbench/")
    expect(page.get_by_role("region", name="审核中")).to_contain_text("42-4")
    expect(page.get_by_role("region", name="需要您办理")).not_to_contain_text("42-4")


def test_letter_is_signed_for_and_answered(visit: Visit) -> None:
    page = visit("liaison")
    page.goto("/workbench/")
    page.get_by_role("region", name="待签收和回复").get_by_role("link", name="去签收").first.click()
    expect(page.get_by_text("请对照时限说明未完成原因").first).to_be_visible()
    expect(page.get_by_label("办理情况")).to_have_count(0)
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("已签收，请在")).to_be_visible()
    page.get_by_role("button", name="提交回复").click()
    expect(page.get_by_role("alert")).to_contain_text("办理情况")
    page.get_by_label("办理情况").fill("2-2 已与两户签订分期协议；63-3 已提出上诉。")
    page.get_by_role("button", name="提交回复").click()
    expect(page.get_by_text("回复已提交，并记入台账")).to_be_visible()
    expect(page.get_by_role("article", name="督查单正文")).to_contain_text("63-3 已提出上诉")
    expect(page.get_by_role("region", name="台账记录")).to_contain_text("郑岚")
    expect(page.get_by_role("button", name="签收")).to_have_count(0)


def test_only_the_own_unit_is_there(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("liaison")
    page.goto("/register/")
    expect(page.get_by_role("link", name="63-3", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="6-4", exact=True)).to_have_count(0)
    foreign = demo_site.ask(MEASURE.format(6, 4))
    for path in (f"/measures/{foreign}/", f"/measures/{foreign}/report/", f"/measures/{foreign}/extend/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("找不到这个页面")
    page.goto("/go/?q=6-4")
    expect(page).to_have_url(re.compile("/register/"))
    expect(page.get_by_role("link", name="6-4", exact=True)).to_have_count(0)


def test_pages_of_the_office_are_closed(visit: Visit) -> None:
    page = visit("liaison")
    page.goto("/workbench/")
    expect(page.get_by_role("link", name=re.compile("^待审核"))).to_have_count(0)
    for path, status in (
        ("/reviews/", 403),
        ("/notices/", 404),
        ("/accounts-list/", 403),
        ("/inspections/new/", 403),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, path
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("没有权限|找不到这个页面"))
        expect(page.get_by_role("link", name="返回工作台")).to_be_visible()


def test_supporting_unit_reads_and_does_not_report(visit: Visit, demo_site: DemoSite) -> None:
    """区财政局 supports 63-5, which 区自然资源局 leads."""
    page = visit("liaison-czj")
    page.goto(f"/measures/{demo_site.ask(MEASURE.format(63, 5))}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("整改措施")
    expect(page.get_by_role("link", name="填报进展")).to_have_count(0)
