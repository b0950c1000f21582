"""The rectification office's day: queues, register, reviews, closures, changes, and the notice from draft to publication."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
MEASURE = "SELECT m.id FROM measures_measure m JOIN issues_issue i ON i.id = m.issue_id WHERE i.number = {} AND m.ordinal = {}"
ISSUE = "SELECT id FROM issues_issue WHERE number = {}"
NUMBER = re.compile(r"\d+")


def first_number(text: str) -> int:
    found = NUMBER.search(text)
    assert found, text
    return int(found[0])


def rows(page: Page) -> int:
    page.wait_for_load_state()
    return page.locator("tr.mrow:not(.none)").count()


def test_workbench_leads_to_its_queues(visit: Visit) -> None:
    page = visit("office")
    page.goto("/workbench/")
    queues = page.get_by_role("region", name="待办概览").get_by_role("link")
    expect(queues).to_have_count(4)
    shown = {}
    for words in ("待审核", "逾期", "临期"):
        shown[words] = first_number(queues.filter(has=page.get_by_text(re.compile(f"^{words}"))).first.locator(".v").inner_text())
    queues.filter(has_text="待审核").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待审核")
    expect(page.locator("article.rev")).to_have_count(shown["待审核"])
    for words in ("逾期", "临期"):
        page.goto("/workbench/")
        queues.filter(has=page.get_by_text(re.compile(f"^{words}"))).first.click()
        expect(page).to_have_url(re.compile("/register/"))
        assert rows(page) == shown[words]


def test_filters_are_shared_by_their_address(visit: Visit) -> None:
    page = visit("office")
    page.goto("/register/")
    everything = rows(page)
    page.get_by_role("search", name="筛选台账").locator("summary").filter(has_text="状态").click()
    page.get_by_role("group", name="状态").get_by_label("推进中").check()
    page.get_by_role("group", name="状态").get_by_role("button", name="应用").click()
    chip = page.get_by_role("link", name="去掉筛选 状态：推进中")
    expect(chip).to_be_visible()
    expect(page).to_have_url(re.compile("progress=ongoing"))
    page.get_by_role("search", name="筛选台账").get_by_label(re.compile("^搜索编号")).fill("土地")
    page.get_by_role("search", name="筛选台账").get_by_role("button", name="搜索").click()
    expect(page).to_have_url(re.compile("q=%E5%9C%9F%E5%9C%B0"))
    few = rows(page)
    assert 0 < few < everything
    shared = page.url
    other = visit("leader")
    other.goto(shared)
    expect(other.get_by_role("link", name="去掉筛选 状态：推进中")).to_be_visible()
    assert rows(other) == few
    page.reload()
    assert rows(page) == few
    page.get_by_role("link", name="去掉筛选 搜索：土地").click()
    expect(page).not_to_have_url(re.compile("q="))
    assert parse_qs(urlsplit(page.url).query) == {"progress": ["ongoing"]}
    assert rows(page) > few


def test_number_in_the_search_box_leads_to_the_measure(visit: Visit) -> None:
    page = visit("office")
    page.goto("/workbench/")
    page.keyboard.press("/")
    page.keyboard.type("63-2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/measures/\d+/$"))
    expect(page.locator("header .big")).to_have_text("63-2")
    page.get_by_role("searchbox", name="搜索", exact=True).fill("63")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/issues/\d+/$"))


def test_export_holds_what_is_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit("office")
    page.goto("/register/?nature=lasting&q=机制")
    export = page.get_by_role("link", name=re.compile("^导出台账"))
    shown = rows(page)
    assert first_number(export.inner_text()) == shown > 0
    with page.expect_download() as download:
        export.click()
    target = tmp_path / "register.xlsx"
    download.value.save_as(target)
    assert download.value.suggested_filename.startswith("整改台账_")
    sheet = openpyxl.load_workbook(target).worksheets[0]
    headings = [cell.value for cell in sheet[4]]
    numbers = [row[headings.index("编号")] for row in sheet.iter_rows(min_row=5, values_only=True)]
    assert numbers == page.locator("tr.mrow .mno").all_inner_texts()


def test_report_is_approved(visit: Visit) -> None:
    page = visit("office")
    page.goto("/reviews/")
    waiting = page.locator("article.rev").count()
    report = page.get_by_role("article").filter(has=page.get_by_role("link", name="38-4", exact=True))
    expect(report).to_contain_text("佐证材料")
    report.get_by_role("button", name="审核通过").click()
    expect(page.get_by_text("措施 38-4 的填报已审核通过，并记入台账")).to_be_visible()
    expect(page.locator("article.rev")).to_have_count(waiting - 1)
    page.goto("/go/?q=38-4")
    expect(page.locator("header .st").first).to_have_text("已完成")


def test_report_is_sent_back_with_words_only(visit: Visit) -> None:
    page = visit("office")
    page.goto("/reviews/")
    report = page.get_by_role("article").filter(has=page.get_by_role("link", name="54-5", exact=True))
    report.get_by_text("退回补正").click()
    report.get_by_role("button", name="退回，由牵头单位补正").click()
    expect(report.get_by_role("alert")).to_contain_text("退回理由和补正要求")
    report.get_by_label("退回理由和补正要求").fill("请补充两件案件的办结文书编号。")
    report.get_by_role("button", name="退回，由牵头单位补正").click()
    expect(page.get_by_text("措施 54-5 的填报已退回补正")).to_be_visible()
    page.goto("/go/?q=54-5")
    expect(page.locator("header .st").first).to_have_text("退回补正")
    expect(page.get_by_text("请补充两件案件的办结文书编号。").first).to_be_visible()


def test_issue_says_what_is_missing_before_it_closes(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/issues/{demo_site.ask(ISSUE.format(2))}/")
    closing = page.get_by_role("region", name="销号", exact=True)
    expect(closing).to_contain_text("还差：")
    expect(closing).to_contain_text("2-2")
    expect(closing.get_by_role("link", name="审定销号")).to_have_count(0)


def test_closure_is_agreed_to(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/issues/{demo_site.ask(ISSUE.format(12))}/")
    page.get_by_role("link", name="审定销号").click()
    page.get_by_label("同意销号").check()
    page.get_by_label("审定意见").fill("材料齐全，同意销号。")
    page.get_by_role("button", name="提交审定").click()
    expect(page.get_by_role("region", name="销号", exact=True)).to_contain_text("第 1 轮 · 同意销号")
    expect(page.get_by_role("heading", name="回头看")).to_be_visible()


def test_closure_is_returned_with_words_only(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/issues/{demo_site.ask(ISSUE.format(79))}/")
    page.get_by_role("link", name="审定销号").click()
    page.get_by_label("退回", exact=True).check()
    page.get_by_role("button", name="提交审定").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("审定意见").fill("请补充人才项目落地的佐证。")
    page.get_by_role("button", name="提交审定").click()
    expect(page.get_by_role("region", name="销号", exact=True)).to_contain_text("请补充人才项目落地的佐证。")


def test_amended_words_stand_before_and_after(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/measures/{demo_site.ask(MEASURE.format(28, 5))}/")
    before = page.locator("p.find").first.inner_text()
    page.get_by_role("link", name="修改", exact=True).click()
    page.get_by_label("整改措施").fill("逐一核查并建立长效台账，每季度复核一次。")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_role("alert")).to_contain_text("修改理由")
    page.get_by_label("修改理由").fill("整改方案第二版调整")
    page.get_by_role("button", name="保存修改").click()
    expect(page).to_have_url(re.compile(r"/measures/\d+/$"))
    entry = page.locator("ul.tl > li").first
    expect(entry).to_contain_text("整改方案第二版调整")
    expect(entry.locator("del").filter(has_text=before[:10])).to_be_visible()
    expect(entry.locator("ins").filter(has_text="每季度复核一次")).to_be_visible()


def test_moved_date_keeps_the_first_one(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("office")
    page.goto(f"/measures/{demo_site.ask(MEASURE.format(45, 4))}/")
    page.get_by_role("link", name="分工和时限").click()
    new = make.days(90).isoformat()
    page.get_by_label("整改时限").fill("2025-01-01")
    page.get_by_label("调整理由").fill("反馈前的日期")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("反馈")
    page.get_by_label("整改时限").fill(new)
    page.get_by_label("调整理由").fill("区委专题会同意顺延")
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile(r"/measures/\d+/$"))
    expect(page.locator("dl.facts")).to_contain_text(new)
    expect(page.locator("dl.facts")).to_contain_text("已调整")
    expect(page.locator("ul.tl > li").first).to_contain_text("区委专题会同意顺延")


def agreed_by_the_office(office: Page, address: str) -> None:
    """The office agrees in place of every unit that has a head (how heads answer is walked in test_circulation)."""
    office.goto(address)
    for _unit in range(office.locator("summary", has_text="通过……").count()):
        office.locator("summary", has_text="通过……").first.click()
        office.get_by_label("理由").first.fill("已电话核对文字，同意。")
        office.get_by_role("button", name="代为通过").first.click()
        office.goto(address)
    expect(office.locator("summary", has_text="通过……")).to_have_count(0)


def test_notice_goes_from_draft_to_the_public(visit: Visit) -> None:
    office, leader, public = visit("office"), visit("leader"), visit()
    public.goto("/")
    before = public.locator(".fp").first.inner_text()
    office.goto("/notices/new/")
    office.get_by_label("第三部分标题").fill("对持续整改的工作安排")
    office.get_by_role("button", name="起草").click()
    expect(office.get_by_text("已起草，共 83 条。")).to_be_visible()
    address = office.url
    expect(office.get_by_role("button", name="提请审定")).to_be_disabled()
    office.get_by_role("button", name="送单位审核").click()
    agreed_by_the_office(office, f"{address}circulation/")
    office.goto(address)
    office.get_by_role("button", name="提请审定").click()
    expect(office.get_by_text("已提请审定。")).to_be_visible()
    expect(office.get_by_role("button", name="审定通过")).to_be_disabled()
    leader.goto("/workbench/")
    leader.goto(address)
    leader.get_by_role("button", name="审定通过").click()
    expect(leader.get_by_text("已审定，可以发布。")).to_be_visible()
    expect(leader.get_by_role("button", name="发布")).to_have_count(0)
    office.reload()
    expect(office.get_by_role("button", name="发布")).to_be_disabled()
    expect(office.get_by_text("还没有作保密审查")).to_be_visible()
    for line in leader.get_by_role("group", name="逐项确认").get_by_role("checkbox").all():
        line.check()
    leader.get_by_role("button", name="保密审查通过").click()
    expect(leader.get_by_text("保密审查通过，已记入台账。")).to_be_visible()
    public.reload()
    expect(public.locator(".fp").first).to_have_text(before)
    office.reload()
    expect(office.get_by_text("审定覆盖现在的内容")).to_be_visible()
    office.get_by_label("我已核对全文和数字，确认向社会公开").check()
    office.get_by_role("button", name="发布").click()
    expect(office.get_by_text("已发布，公众现在就能看到。")).to_be_visible()
    public.reload()
    expect(public.get_by_role("heading", name="三、对持续整改的工作安排")).to_be_visible()
    expect(public.locator(".fp").first).not_to_have_text(before)
    public.goto("/editions/")
    assert public.get_by_role("row").count() >= 3
