"""The wizard of an import in a browser: a ledger as an office has it, handed in, set right, looked at, confirmed. On a desk and a phone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Page, Route, expect

from apps.issues.models import Inspection
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure
from apps.measures.services.importing import running
from tests import factories as make
from tests.browser import PHONE, downloaded
from tests.lists import Rows, workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS: Rows = [
    ("某县委第三轮巡察反馈问题整改台账",),
    ("序号", "反馈问题（大类）", "具体问题", "具体整改措施", "责任分工", None, None, "完成时限", "工作要求"),
    (None, None, None, None, "牵头单位", "配合单位", "责任人", None, None),
    (1, "一、党的领导方面", "学习不够经常", "1.制定计划；2.开展督查", "区宣传部", "区办公室", "张三", "2099年8月底前", "严"),
    (2, None, "研究不够深入", "修订议事规则", "某区办公室", None, "李四", "长期坚持", None),
    (3, "二、作风方面", "文山会海", "精简会议", "区政府督查室", None, "王五", "尽快", None),
]
MERGES = ("A1:I1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "H2:H3", "I2:I3", "B4:B5")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What a worker would be told to do; the test does it, so that the bar is there to be seen."""
    told: list[int] = []
    monkeypatch.setattr(running, "send", told.append)
    yield told


def signed_in(page: Page, live_server: Any) -> Page:
    make.unit("宣传部")
    make.unit("办公室")
    Inspection.objects.exists() or make.inspection()
    client = make.signed_in(make.office())
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()])
    return page


def worked(page: Page, waiting: list[int]) -> None:
    """What the worker does once the page waits for it."""
    expect(page.get_by_role("progressbar")).to_be_visible()
    while waiting:
        work(waiting.pop(0))
    expect(page.get_by_role("progressbar")).to_have_count(0)


def handed_in(page: Page, live_server: Any, rows: Rows, merges: tuple[str, ...] = ()) -> None:
    page.goto(f"{live_server.url}/imports/new/")
    file: Any = {"name": "台账.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(rows, merges)}
    page.get_by_label("清单文件").set_input_files(files=[file])
    page.get_by_role("button", name="上传并读取").click()


def is_accessible(page: Page) -> None:
    """No grave finding, and nothing wider than a phone."""
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    before = page.viewport_size
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if before:
        page.set_viewport_size(before)


def test_a_preview_that_takes_its_time_is_asked_for_once(page: Page, live_server: Any, waiting: list[int]) -> None:
    signed_in(page, live_server)
    handed_in(page, live_server, ROWS, MERGES)
    expect(page.get_by_role("progressbar")).to_be_visible()
    asked: list[str] = []

    def slowly(route: Route) -> None:
        asked.append(route.request.url)
        page.wait_for_timeout(3000)  # longer than the bar waits before it asks again
        route.continue_()

    page.route(re.compile(r"/imports/\d+/$"), slowly)
    work(waiting.pop())
    expect(page.get_by_role("heading", name="预览")).to_be_visible(timeout=15_000)
    assert len(asked) == 1


def test_a_ledger_is_handed_in_set_right_and_written(page: Page, live_server: Any, waiting: list[int]) -> None:
    signed_in(page, live_server)
    handed_in(page, live_server, ROWS, MERGES)
    worked(page, waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text("导入预览")
    expect(page.get_by_text("2 个单位认不出：某区办公室、区政府督查室。")).to_be_visible()
    expect(page.get_by_role("button", name="确认导入")).to_be_disabled()
    expect(page.locator(".says")).to_contain_text(["工作表“整改台账”第 5 行 E 列", "工作表“整改台账”第 6 行 E 列", "认不出“尽快”是哪一天"])
    is_accessible(page)

    page.get_by_role("link", name="去对应单位").click()
    is_accessible(page)
    page.get_by_label("某区办公室").select_option(label="就是 区办公室")
    page.get_by_label("区政府督查室").select_option(label="登记为新单位（党委部门）")
    page.get_by_role("button", name="保存并重新读取").click()
    worked(page, waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text("导入预览")

    page.get_by_role("link", name="去对应列").click()
    is_accessible(page)
    expect(page.get_by_label("牵头单位", exact=True)).to_have_value("lead_unit")
    page.get_by_role("button", name="保存并重新读取").click()
    worked(page, waiting)
    expect(page.get_by_text("有 1 处错误，整份都不写入")).to_be_visible()

    name, data = downloaded(page, page.get_by_role("link", name="下载标出问题的清单"))
    assert name == "台账_错误和提醒.xlsx"
    assert "认不出" in load_workbook(io.BytesIO(data))["整改台账"]["H6"].comment.text

    handed_in(page, live_server, [*ROWS[:5], (*ROWS[5][:7], "2099年底", None)], MERGES)
    worked(page, waiting)
    expect(page.get_by_text("登记新单位 1 个"), "what was said of the units holds for the corrected list").to_be_visible()
    page.get_by_role("button", name="确认导入").click()
    worked(page, waiting)
    expect(page.get_by_text("已经写入台账。")).to_be_visible()
    is_accessible(page)
    assert [row.number for row in Measure.objects.order_by("issue__number", "ordinal")] == ["1-1", "1-2", "2-1", "3-1"]

    handed_in(page, live_server, [*ROWS[:5], (*ROWS[5][:7], "2099年底", None)], MERGES)
    worked(page, waiting)
    expect(page.get_by_text("清单与台账一致，没有要导入的内容。")).to_be_visible()


def test_an_edited_list_shows_before_and_after_and_asks_why(page: Page, live_server: Any, waiting: list[int]) -> None:
    signed_in(page, live_server)
    rows: Rows = [
        ("序号", "反馈问题", "整改措施", "牵头单位", "责任人", "时限"),
        (1, "学习不够", "集中学习", "区宣传部", "张三", "2099年底"),
    ]
    for person in ("张三", "王五"):
        handed_in(page, live_server, [rows[0], (*rows[1][:4], person, rows[1][5])])
        worked(page, waiting)
        if person == "张三":
            page.get_by_role("button", name="确认导入").click()
            worked(page, waiting)
            expect(page.get_by_text("已经写入台账。")).to_be_visible()
    expect(page.locator(".chg")).to_have_text("责任人：张三 → 王五")
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("请写明理由").first).to_be_visible()
    page.get_by_label("修改理由").fill("人员调整")
    page.get_by_role("button", name="确认导入").click()
    worked(page, waiting)
    expect(page.get_by_text("修改理由：人员调整")).to_be_visible()
    assert Measure.objects.get().person == "王五"


def test_a_file_that_is_no_list_is_refused_in_words(page: Page, live_server: Any, waiting: list[int]) -> None:
    signed_in(page, live_server)
    page.goto(f"{live_server.url}/imports/new/")
    old: Any = {"name": "台账.xls", "mimeType": "application/octet-stream", "buffer": b"<html><table></table></html>"}
    page.get_by_label("清单文件").set_input_files(files=[old])
    page.get_by_role("button", name="上传并读取").click()
    expect(page.get_by_text("另存为 XLSX 后再上传").first).to_be_visible()
    handed_in(page, live_server, [("今天天气", "不错"), ("甲", "乙")])
    worked(page, waiting)
    expect(page.get_by_text("没有找到清单的表头")).to_be_visible()
    page.get_by_role("button", name="放弃这次导入").click()
    expect(page.get_by_text("已放弃")).to_be_visible()
    assert ImportRun.objects.get().state == ImportRun.State.DROPPED
