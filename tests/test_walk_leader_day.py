"""A leader's day: the dashboard and what its figures lead to, a workbook, the wall on a screen, a chart on paper, the bell."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser import PHONE, downloaded
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
A3 = (1190.55, 841.89)
HOUR_PASSED = "from apps.supervision.models import ScreenLink as L; L.objects.filter(name={!r}).update(expires_at='2020-01-01T00:00Z')"
"""An hour that passes while the test waits is dated back instead."""

CROSSING = """boxes => boxes.flatMap(box => {
  const words = [...box.querySelectorAll("svg text")].filter(text => text.textContent.trim());
  const places = words.map(text => text.getBoundingClientRect());
  return words.flatMap((one, at) => words.slice(at + 1).filter((_, further) => {
    const [a, b] = [places[at], places[at + 1 + further]];
    return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  }).map(other => `${box.id}: ${one.textContent} / ${other.textContent}`));
})"""
"""Words of a chart that stand on one another."""

# Of each section of the dashboard: its figures, and words of the formula or the rule that stands under each.
FIGURES = {
    "总览": {"remaining": "剩余 =", "marks": "逾期先于临期", "tracks": "核实完成率 ="},
    "进度": {"flow": "消除逾期 =", "ages": "逾期天数", "nature": "核查完成率 =", "leader": "申报完成率 ="},
    "单位": {"ranking": "排序依次比较", "heat": "", "units": "核实完成率 ="},
    "预测": {"forecast-units": "办结速度"},
}


def section(page: Page, words: str) -> None:
    page.goto("/dashboard/")
    page.get_by_role("navigation", name="看板栏目").get_by_role("link", name=words, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("督查看板")


def card(page: Page, key: str) -> Locator:
    return page.locator(f'section[aria-labelledby="{key}-title"]')


def counted(page: Page, address: str) -> int:
    """How many measures the register lists at that address, for whoever the page belongs to."""
    found = re.search(r"匹配 \d+ 个问题，(\d+) 条措施", page.request.get(address).text())
    assert found, address
    return int(found[1])


def linked(table: Locator) -> Iterator[tuple[str, int, str]]:
    """The figures of a table that lead to the register: where they stand, their value, their address. Rates count nothing."""
    heads = table.locator("thead th").all_text_contents()
    for row in table.locator("tbody tr").all():
        for head, cell in zip(heads[1:], row.locator("td").all(), strict=True):
            link = cell.locator('a[href^="/register/"]')
            if "%" not in head and link.count():
                yield f"{row.locator('th').text_content()} {head}", int(link.text_content() or ""), link.get_attribute("href") or ""


def few(figures: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """The first, the last and the largest: every kind of address, without a hundred visits."""
    return list({figure[2]: figure for figure in (*figures[:2], *figures[-2:], max(figures, key=lambda figure: figure[1]))}.values())


@pytest.mark.parametrize("words", FIGURES)
def test_figures_say_how_they_are_reckoned_and_lead_to_what_they_count(words: str, visit: Visit) -> None:
    page = visit("leader")
    section(page, words)
    for key, formula in FIGURES[words].items():
        shown = card(page, key)
        expect(shown).to_contain_text(formula)
        if shown.locator(".ech").count():
            expect(shown.locator(".ech svg")).to_be_visible()
        figures = list(linked(shown.locator("table")))
        assert figures, key
        for where, value, address in few(figures):
            assert counted(page, address) == value, (key, where)


def test_a_figure_is_followed_and_the_way_back_leads_to_it(visit: Visit) -> None:
    page = visit("leader")
    page.goto("/dashboard/")
    link = page.get_by_role("link", name=re.compile(r"^逾期 \d+ 条，看明细$"))
    number = int(re.findall(r"\d+", link.get_attribute("aria-label") or "")[0])
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="整改台账")).to_be_visible()
    expect(page.locator("tr.mrow:not(.none)")).to_have_count(number)
    page.go_back()
    expect(page.get_by_role("heading", name="督查看板", exact=True)).to_be_visible()
    section(page, "单位")
    page.locator('section[aria-labelledby="ranking-title"] tbody th a').first.click()
    expect(page.get_by_role("link", name="回到全部单位")).to_be_visible()
    assert int(re.findall(r"\d+", page.locator("dl.kpi > div").filter(has_text="逾期").locator("dd a").first.inner_text())[0]) <= number


def test_what_moved_since_the_last_dispatch_is_named(visit: Visit) -> None:
    page = visit("leader")
    page.goto("/dashboard/")
    since = page.get_by_role("region", name="自上次调度以来")
    expect(since.locator(".cnt")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d "))
    for change in since.locator("details").all():
        assert change.locator("li").count() == int(change.locator("summary b").inner_text())
    first = since.locator("details").first
    first.locator("summary").click()
    expect(first.locator("li a").first).to_be_visible()
    returned = since.get_by_role("link", name=re.compile(r"^\d+\s*条，看明细$"))
    address = returned.get_attribute("href") or ""
    assert counted(page, address) == int(returned.locator("b").inner_text())
    since.get_by_role("link", name="看两日对比").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("以来的变化")


def test_the_forecast_names_the_measures_and_its_own_error(visit: Visit) -> None:
    page = visit("leader")
    section(page, "预测")
    units = card(page, "forecast-units").locator("tbody tr")
    expected = [row.locator("td").nth(4).text_content() or "" for row in units.all()]
    named = card(page, "forecast").locator("tbody tr")
    assert sum(int(number) for number in expected if number.isdigit()) == named.count() > 0
    tests = card(page, "back-test").locator("tbody tr")
    expect(tests).to_have_count(3)
    expect(tests.first).to_contain_text("4 周前")
    named.first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/measures/\d+/$"))


def test_on_a_phone_the_words_of_the_charts_stand_clear_of_one_another(visit: Visit) -> None:
    page = visit("leader", viewport=PHONE)
    for words in ("总览", "进度", "单位", "资金与成效", "预测"):
        section(page, words)
        charts = page.locator(".ech")
        expect(charts.first.locator("svg")).to_be_visible()
        assert charts.evaluate_all(CROSSING) == [], words
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(("words", "key"), [("总览", "tracks"), ("进度", "ages"), ("单位", "heat")])
def test_a_workbook_holds_the_figures_of_the_page(words: str, key: str, visit: Visit) -> None:
    page = visit("leader")
    section(page, words)
    shown = card(page, key)
    rows = [[plain(cell) for cell in row.locator("th, td").all_text_contents()] for row in shown.locator("tbody tr").all()]
    title = shown.locator("h2").inner_text()
    name, data = downloaded(page, shown.get_by_role("link", name=re.compile("导出 XLSX")))
    assert re.fullmatch(rf"督查看板_{title}_\d{{8}}\.xlsx", name), name
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    written = [[plain(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    head = plain(shown.locator("thead th").first.text_content())
    top = max(place for place, row in enumerate(written) if row[0] == head)
    assert written[top + 1 :] == rows
    assert len(rows) > 1


def plain(value: object) -> object:
    """A figure as a number, words as they are; nothing and the dash that stands for it are the same."""
    words = "" if value is None else " ".join(str(value).split())
    return float(words) if re.fullmatch(r"-?\d+(\.\d+)?", words) else words.replace("—", "")


@pytest.mark.parametrize("end", ["stopped", "expired"])
def test_the_wall_is_opened_by_a_link_until_it_ends(end: str, visit: Visit, demo_site: DemoSite) -> None:
    page, name = visit("leader"), f"领导的屏（{end}）"
    page.goto("/dashboard/")
    overdue = re.findall(r"\d+", page.get_by_role("link", name=re.compile("^逾期 .*看明细$")).get_attribute("aria-label") or "")[0]
    page.goto("/screens/")
    page.get_by_label("屏幕名称").fill(name)
    page.get_by_label("有效期", exact=True).fill("1")
    page.get_by_role("button", name="生成", exact=True).click()
    address = page.locator(".secret").inner_text()
    hall = visit()
    hall.set_viewport_size({"width": 1920, "height": 1080})
    hall.goto(address)
    expect(hall.locator(".wk .over dd")).to_contain_text(re.compile(rf"^{overdue} 条"))
    assert hall.context.cookies() == []
    page.goto("/screens/")
    expect(page.get_by_text(address)).to_have_count(0)
    row = page.get_by_role("row").filter(has_text=name)
    if end == "stopped":
        row.get_by_role("button", name="停用").click()
    else:
        demo_site.manage("shell", "-c", HOUR_PASSED.format(name))
        page.reload()
    expect(row).to_contain_text("已停用" if end == "stopped" else "已过期")
    expect(row.get_by_role("button")).to_have_count(0)
    answer = hall.goto(address)
    assert answer is not None
    assert answer.status == 404
    expect(hall.get_by_role("heading", name="链接打不开")).to_be_visible()
    expect(hall.locator(".tile")).to_have_count(0)


def test_the_chart_of_a_unit_is_printed_on_a3(visit: Visit) -> None:
    page = visit("leader")
    page.goto("/chart/")
    page.get_by_label("单位", exact=True).select_option(label="区自然资源局")
    page.get_by_role("button", name=re.compile("按单位")).click()
    expect(page.get_by_role("heading", name="区自然资源局")).to_be_visible()
    page.wait_for_load_state()
    shown = page.locator("tbody .mno").all_inner_texts()
    late = page.locator("tbody tr").filter(has_text=re.compile(r"逾期 \d+ 天"))
    days = re.findall(r"逾期 (\d+) 天", " ".join(late.all_inner_texts()))
    assert days
    name, data = downloaded(page, page.get_by_role("link", name="下载 A3 图"))
    assert re.fullmatch(r"倒排工期图_区自然资源局_\d{8}\.pdf", name), name
    reader = PdfReader(io.BytesIO(data))
    assert {tuple(round(float(side), 2) for side in paper.mediabox[2:]) for paper in reader.pages} == {A3}
    text = "".join("".join(paper.extract_text() for paper in reader.pages).split())
    for words in (*shown, *(f"逾期{number}天" for number in days), "今天"):
        assert words in text, words


def test_a_message_is_read_and_its_state_is_kept(visit: Visit) -> None:
    page = visit("leader")
    page.goto("/workbench/")
    bell = page.locator("a.bell")
    unread = int(re.findall(r"\d+", bell.get_attribute("aria-label") or "")[0])
    bell.click()
    expect(page.locator("tr.unread")).to_have_count(unread)
    message = page.locator("tr.unread").last.get_by_role("link")
    title = message.inner_text()
    message.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("消息")
    expect(bell).to_have_accessible_name(f"消息，{unread - 1} 条未读" if unread > 1 else "消息")
    page.goto("/notifications/?show=all")
    row = page.get_by_role("row").filter(has_text=title)
    expect(row).to_contain_text("已读")
    expect(row.get_by_role("button")).to_have_count(0)
    page.goto("/notifications/")
    expect(page.get_by_role("row").filter(has_text=title)).to_have_count(0)
