"""A supervision group's day, and a leader's: who is late, what is sent to them, what was seen on site, how the round stands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
COVERED = "SELECT m.id FROM measures_measure m JOIN issues_issue i ON i.id = m.issue_id WHERE i.number = {} AND m.ordinal = {}"
# Of the plan: led by units that the first group covers, and by one that the third covers.
OWN, FOREIGN = (6, 4), (63, 3)


def numbers(page: Page) -> set[str]:
    page.wait_for_load_state()
    return set(page.locator("tbody .mno").all_inner_texts())


def count(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found, text
    return int(found[0])


def test_group_sees_its_own_units_only(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("supervisor")
    page.goto("/workbench/")
    groups = page.get_by_role("region", name="本组负责单位的进度")
    expect(groups).to_contain_text("专项督查一组")
    expect(groups).not_to_contain_text("专项督查三组")
    page.get_by_role("link", name="逐条督办").click()
    expect(page.get_by_role("region", name="专项督查一组")).to_be_visible()
    expect(page.get_by_role("region")).to_have_count(1)
    assert "6-4" in numbers(page)
    assert "63-3" not in numbers(page)
    page.goto("/register/")
    expect(page.get_by_role("link", name="6-4", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="63-3", exact=True)).to_have_count(0)
    foreign = demo_site.ask(COVERED.format(*FOREIGN))
    for path in (f"/measures/{foreign}/", f"/measures/{foreign}/check/", f"/letters/new/?measure={foreign}"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404, path


def test_letter_goes_out(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("supervisor")
    page.goto("/supervision/?kind=overdue")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="6-4", exact=True))
    expect(row).to_contain_text("逾期 3 天")
    row.get_by_role("link", name=re.compile("发督查单")).click()
    expect(page.get_by_text("区工业和信息化局")).to_be_visible()
    page.get_by_label("橙").check()
    page.get_by_role("button", name="发出").click()
    expect(page.get_by_role("alert")).to_contain_text("督办要求")
    expect(page.get_by_label("橙")).to_be_checked()
    page.get_by_label("督办要求").fill("请在三个工作日内报送清欠安排。")
    day = demo_site.ask("SELECT max(reply_by) FROM supervision_letter")
    page.get_by_label("回复期限").fill(day.isoformat())
    page.get_by_role("button", name="发出").click()
    expect(page.get_by_role("article", name="督查单正文")).to_contain_text("请在三个工作日内报送清欠安排。")
    expect(page.get_by_text("尚未签收")).to_be_visible()
    letter = page.url
    page.goto("/supervision/")
    expect(page.get_by_role("row").filter(has=page.get_by_role("link", name="6-4", exact=True))).not_to_contain_text("尚未发出")
    unit = visit("liaison-gxj")
    unit.goto(letter)
    expect(unit.get_by_role("button", name="签收")).to_be_visible()
    answer = visit("liaison").goto(letter)
    assert answer is not None
    assert answer.status == 404


def test_site_check_is_entered(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("supervisor")
    page.goto("/supervision/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="77-5", exact=True))
    row.get_by_role("link", name=re.compile("现场核查")).click()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("alert")).to_contain_text("核查结论")
    page.get_by_role("radio").first.check()
    page.get_by_label("核查情况").fill("查看扣缴凭证三份，与填报一致。")
    page.get_by_label("核查日期").fill(make.today().isoformat())
    page.get_by_role("button", name="登记").click()
    expect(page).to_have_url(f"{demo_site.address}/measures/{demo_site.ask(COVERED.format(77, 5))}/")
    expect(page.locator("ul.tl > li").first).to_contain_text("黄立")


@pytest.mark.parametrize("login", ["supervisor", "leader", "office"])
def test_dashboard_agrees_with_its_tables_and_the_register(login: str, visit: Visit) -> None:
    page = visit(login)
    page.goto("/dashboard/")
    kpi = page.locator("dl.kpi > div")
    overdue = count(kpi.filter(has_text=re.compile("^逾期")).locator("dd").first.inner_text())
    soon = count(kpi.filter(has_text=re.compile("^临期")).locator("dd").first.inner_text())
    verified, total = map(int, re.findall(r"\d+", kpi.first.locator(".s").inner_text())[:2])
    # A measure that two groups cover stands under both.
    listed = set(page.get_by_role("table", name="逾期措施").locator("tbody .mno").all_text_contents())
    assert len(listed) == overdue
    tracks = page.get_by_role("table", name=re.compile("^完成情况三条线")).get_by_role("row").filter(has_text="合计").get_by_role("cell")
    assert [tracks.nth(place).inner_text() for place in (0, 3)] == [str(total), str(verified)]
    by_mark = page.get_by_role("table", name=re.compile("^各方面措施状态"), include_hidden=True).locator("tbody tr")
    assert sum(int(row.locator("td").last.text_content() or 0) for row in by_mark.all()) == total
    for chart in page.locator(".ech").all():
        expect(chart.locator("svg")).to_be_visible()
    page.goto("/register/")
    for words, shown in (("全部", total), ("逾期", overdue), ("临期", soon)):
        expect(page.get_by_role("navigation", name="视图").get_by_role("link", name=re.compile(f"^{words}"))).to_contain_text(str(shown))
    page.goto("/register/?timeliness=overdue")
    assert page.locator("tr.mrow:not(.none)").count() == overdue


def test_leader_sees_every_group(visit: Visit) -> None:
    page = visit("leader")
    page.goto("/supervision/")
    for name in ("专项督查一组", "专项督查二组", "专项督查三组"):
        expect(page.get_by_role("region", name=name)).to_be_visible()
    everything = numbers(page)
    page.get_by_role("navigation", name="按督查组筛选").get_by_role("link", name="专项督查三组").click()
    expect(page.get_by_role("region")).to_have_count(1)
    assert "63-3" in numbers(page) < everything


def test_supervisors_do_not_review(visit: Visit, demo_site: DemoSite) -> None:
    page = visit("supervisor")
    own = demo_site.ask(COVERED.format(*OWN))
    for path in ("/reviews/", f"/measures/{own}/amend/", f"/measures/{own}/report/", "/notices/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status in (403, 404), path
