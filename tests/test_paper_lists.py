"""Lists on paper: the eighteen columns, the page, merged and flat forms, filters and visibility, and text that stays text."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Evidence, EvidenceVersion
from apps.measures.papers.lists import LEDGER
from apps.measures.papers.sheets import CUT, HEAD_ROW, TALLEST, Column, Facts, Listing, Row, listing
from apps.measures.services import add_regulation, request_extension, send_back
from apps.units.models import Role, Unit
from tests import factories as make
from tests.test_query_counts import ledger

pytestmark = pytest.mark.django_db
PAGE = "/register/papers/"
EIGHTEEN = [
    "序号", "问题类别", "具体问题", "整改目标", "整改措施", "责任领导", "牵头单位", "配合单位", "具体责任人", "整改类型", "完成时限",
    "整改进展（成效）", "是否完成", "未完成原因及下步措施", "建章立制", "佐证材料", "销号时间/审核人", "备注",
]  # fmt: skip
KINDS = ("ledger", "issues", "tasks", "duties", "evidence")


def opened(data: bytes) -> Worksheet:
    sheet = load_workbook(io.BytesIO(data)).active
    assert isinstance(sheet, Worksheet)
    return sheet


def taken(kind: str, query: str = "", browser: Client | None = None) -> Worksheet:
    answer = (browser or make.signed_in(make.office())).get(f"{PAGE}{kind}.xlsx{query}")
    assert answer.status_code == 200, answer.content.decode()[:300]
    return opened(answer.content)


def body_of(sheet: Worksheet) -> list[list[Any]]:
    """The rows between the heading and the row to sign."""
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROW + 1, max_row=sheet.max_row - 1)]


def column(sheet: Worksheet, head: str) -> list[Any]:
    heads = [str(cell.value).partition("\n")[0] for cell in sheet[HEAD_ROW]]
    return [row[heads.index(head)] for row in body_of(sheet)]


@pytest.fixture
def register() -> Issue:
    """Two issues, the first with two measures: one reported, one finished; and an issue without measures."""
    category = make.category(make.inspection("2024年巡视整改"))
    land = make.issue(category, lead=make.unit("国土局"), goal="应收尽收", lead_official="张副区长")
    late = make.measure(land, text="追缴欠款", due_on=make.days(5), person="王科长", supporting_units=(make.unit("财政局"),))
    make.report(late, text="已追缴四十六万元", difficulties="企业无力缴纳", next_step="申请执行")
    make.finish(make.measure(land, text="健全制度"))
    rule: dict[str, Any] = {"title": "催缴规程", "doc_number": "沙土〔2025〕8号", "kind": "made", "unit": land.lead_unit}
    add_regulation(actor=None, inspection=land.inspection, issue=land, **rule)
    make.measure(make.issue(category, lead=make.unit("住建局")), text="督促送审")
    make.issue(category, lead=make.unit("组织部"))
    return land


def test_the_ledger_has_the_eighteen_columns_of_the_field(register: Issue) -> None:
    assert [column.head for column in LEDGER.columns] == EIGHTEEN
    sheet = taken("ledger")
    assert [cell.value for cell in sheet[HEAD_ROW]] == EIGHTEEN
    assert column(sheet, "整改措施") == ["1-1　追缴欠款", "1-2　健全制度", "2-1　督促送审", None]
    assert column(sheet, "配合单位") == ["财政局", None, None, None]
    assert column(sheet, "具体责任人")[0] == "王科长"
    assert column(sheet, "完成时限")[0].date() == make.days(5)
    assert column(sheet, "整改进展（成效）")[0] == f"（截至{make.today()}，待审核）已追缴四十六万元"
    assert column(sheet, "是否完成") == ["待审核\n还剩 5 天", "已完成\n按期办结", "未启动\n还剩 60 天", "未制定措施"]
    assert column(sheet, "未完成原因及下步措施")[0] == "原因：企业无力缴纳\n下步：申请执行"
    assert column(sheet, "建章立制")[:2] == ["《催缴规程》沙土〔2025〕8号（新建）", None]
    assert column(sheet, "佐证材料")[:2] == [None, "1-2-01 缴款回单"]


def test_the_page_prints_as_offices_print(register: Issue) -> None:
    sheet = taken("ledger")
    merged = {str(box) for box in sheet.merged_cells.ranges}
    assert "A1:R1" in merged
    assert sheet["A1"].value == "2024年巡视整改台账"
    assert str(sheet["A2"].value).startswith("填报单位：")
    assert "共 4 行" in str(sheet["G2"].value)
    assert {"A4:A5", "B4:B5", "C4:C5", "D4:D5", "F4:F5", "Q4:Q5"} <= merged
    assert not any(box.startswith(("E", "G", "L")) for box in merged - {"G2:R2"})
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "8")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"${HEAD_ROW}:${HEAD_ROW}"
    assert sheet["A1"].font.name == "方正小标宋简体"
    assert sheet["E4"].alignment.wrap_text
    foot = str(sheet.cell(row=sheet.max_row, column=1).value)
    assert all(words in foot for words in ("填报人", "审核人", "单位负责人（签字）"))


def test_the_flat_form_can_be_filtered(register: Issue) -> None:
    sheet = taken("ledger", "?layout=flat")
    assert column(sheet, "序号") == [1, 1, 2, 3]
    assert column(sheet, "具体问题")[:2] == [register.finding] * 2
    assert sheet.auto_filter.ref == "A3:R7"
    assert all(box.min_row in (1, 2, sheet.max_row) for box in sheet.merged_cells.ranges)


def test_the_three_lists(register: Issue) -> None:
    assert column(taken("issues"), "完成情况（已完成/总数）") == ["1/2", "0/1", "0/0"]
    assert column(taken("issues"), "具体问题") == [f"反馈的第{number}个问题" for number in (1, 2, 3)]
    assert column(taken("tasks"), "措施编号") == ["1-1", "1-2", "2-1"]
    duties = taken("duties")
    assert column(duties, "牵头单位") == ["区国土局", "区国土局", "区住建局"]
    assert column(duties, "责任领导")[0] == "张副区长"


def test_evidence_is_numbered_by_measure_with_every_version(register: Issue) -> None:
    measure = register.measures.get(ordinal=2)
    first = Evidence.objects.get(measure=measure)
    later = first.versions.get()
    EvidenceVersion.objects.create(
        evidence=first, number=2, filename="二版.pdf", media_type="application/pdf", size=7, sha256="b" * 64, uploaded_by=later.uploaded_by
    )
    second = Evidence.objects.create(measure=measure, name="会议纪要", effective_on=make.today())
    EvidenceVersion.objects.create(
        evidence=second, filename="纪要.docx", media_type="x", size=9, sha256="c" * 64, uploaded_by=later.uploaded_by
    )
    sheet = taken("evidence")
    assert column(sheet, "材料编号") == ["1-2-01", "1-2-01", "1-2-02"]
    assert column(sheet, "版次") == [1, 2, 1]
    assert column(sheet, "SHA-256") == [later.sha256, "b" * 64, "c" * 64]
    assert column(taken("ledger"), "佐证材料")[1] == "1-2-01 缴款回单\n1-2-02 会议纪要"


def test_returned_extended_and_reopened_are_told(register: Issue) -> None:
    measure = register.measures.get(ordinal=1)
    report = measure.reports.get()
    send_back(actor=make.office(), report=report, requirement="请附回单")
    Issue.objects.filter(pk=register.pk).update(round=2)
    measure.refresh_from_db()
    request_extension(actor=make.liaison(measure.lead_unit), measure=measure, new_due_on=make.days(30), reason="分期")
    measure.extensions.get()
    type(measure).objects.filter(pk=measure.pk).update(due_on=make.days(30))
    sheet = taken("ledger")
    assert column(sheet, "是否完成")[0] == "退回补正\n还剩 30 天"
    assert column(sheet, "整改进展（成效）")[0].startswith(f"（截至{make.today()}，退回补正）")
    assert column(sheet, "备注")[0] == f"第 2 轮整改（曾反弹）\n已延期，原定 {make.days(5)}"


def test_lists_follow_filter_and_visibility(register: Issue) -> None:
    assert column(taken("tasks", "?q=送审"), "措施编号") == ["2-1"]
    assert "筛选：搜索：送审" in str(taken("tasks", "?q=送审")["D2"].value)
    assert column(taken("ledger", "?progress=done"), "整改措施") == ["1-2　健全制度"]
    browser = make.signed_in(make.liaison(Unit.objects.get(short_name="财政局")))
    for kind, head, shown in (("ledger", "整改措施", "1-1　追缴欠款"), ("tasks", "措施编号", "1-1"), ("duties", "措施编号", "1-1")):
        assert column(taken(kind, browser=browser), head) == [shown]
    assert str(taken("ledger", browser=browser)["A2"].value) == "填报单位：区财政局"
    assert body_of(taken("evidence", browser=browser)) == []


def test_an_issue_whose_measures_are_hidden_is_not_called_empty() -> None:
    helper = make.unit()
    make.measure(make.issue(supporting_units=[helper]))
    browser = make.signed_in(make.liaison(helper))
    assert body_of(taken("ledger", browser=browser)) == []
    assert "未制定措施" not in str(body_of(taken("ledger", browser=browser)))


def test_rows_are_said_before_and_entered_after(register: Issue) -> None:
    who = make.office()
    browser = make.signed_in(who)
    offers = {offer.kind: offer.rows for offer in browser.get(PAGE).context["offers"]}
    assert offers == {"ledger": 4, "issues": 3, "tasks": 3, "duties": 3, "evidence": 1}
    for kind in KINDS:
        answer = browser.get(f"{PAGE}{kind}.xlsx")
        assert len(body_of(opened(answer.content))) == offers[kind]
        entry = Entry.objects.filter(act="measures.export_paper").latest("pk")
        assert entry.actor == who
        assert entry.payload["rows"] == offers[kind]
        assert entry.payload["sha256"] == hashlib.sha256(answer.content).hexdigest()
    filtered = {offer.kind: offer.rows for offer in browser.get(f"{PAGE}?progress=done").context["offers"]}
    assert filtered == {"ledger": 1, "issues": 1, "tasks": 1, "duties": 1, "evidence": 1}
    assert f"{PAGE}?progress=done" in browser.get("/register/?progress=done").content.decode()


def test_what_is_not_understood_is_refused(register: Issue) -> None:
    browser = make.signed_in(make.office())
    for address in (
        f"{PAGE}?colour=red",
        f"{PAGE}ledger.xlsx?timeliness=late",
        f"{PAGE}ledger.xlsx?layout=round",
        f"{PAGE}tasks.xlsx?page=2",
    ):
        assert browser.get(address).status_code == 400, address
    assert browser.get(f"{PAGE}everything.xlsx").status_code == 404
    for role in (Role.ADMIN, Role.AUDITOR):
        other = make.signed_in(make.user(role))
        assert [other.get(address).status_code for address in (PAGE, f"{PAGE}ledger.xlsx")] == [403, 403]
    assert not Entry.objects.filter(act="measures.export_paper").exists()


def test_no_round_no_lists() -> None:
    browser = make.signed_in(make.office())
    assert [browser.get(address).status_code for address in (PAGE, f"{PAGE}ledger.xlsx")] == [400, 400]


def test_demonstration_data_is_marked_in_the_heading() -> None:
    issue = make.issue()
    make.measure(issue, demonstrated=["due_on", "text"], source="notice")
    make.measure(issue, demonstrated=["due_on"], source="notice")
    heads = [cell.value for cell in taken("ledger")[HEAD_ROW]]
    assert "完成时限\n（示例）" in heads
    assert "整改措施\n（部分示例）" in heads
    assert "牵头单位" in heads


WORDS = Listing(
    "清单",
    (Column("文字", 20, lambda row, _day: row.extra, of_group=True), Column("再写", 20, lambda row, _day: row.extra)),
    group=lambda row: row.extra,
)
FACTS = Facts("题目", "单位", dt.date(2025, 9, 1), "整改办")


def row_of(words: str) -> Row:
    issue: Any = SimpleNamespace(pk=1)
    return Row(issue, None, words)


@given(st.one_of(st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "=cmd|' /C calc'!A0"]), st.text(max_size=300)))
@settings(max_examples=60)
def test_no_text_becomes_a_formula(words: str) -> None:
    data = listing(WORDS, FACTS, [row_of(words), row_of(words)])
    sheet = opened(data)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
    if words.startswith(("=", "+", "-", "@")):
        assert sheet["A4"].quotePrefix


def test_a_formula_would_be_seen() -> None:
    """The control."""
    book = load_workbook(io.BytesIO(listing(WORDS, FACTS, [row_of("x")])))
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A4"].value = "=1+1"
    out = io.BytesIO()
    book.save(out)
    assert opened(out.getvalue())["A4"].data_type == "f"


def test_rows_are_as_high_as_their_words_and_never_higher_than_a_sheet_allows() -> None:
    sheet = opened(listing(WORDS, FACTS, [row_of("短"), row_of("长" * 90), row_of("极" * 3000)]))
    heights = [sheet.row_dimensions[row].height for row in (4, 5, 6)]
    assert heights == sorted(heights)
    assert heights[0] != heights[1]
    assert heights[2] == TALLEST
    assert sheet["A5"].value == "长" * 90
    assert str(sheet["A6"].value).endswith(CUT)
    assert opened(listing(WORDS, FACTS, [row_of("极" * 3000)], flat=True))["A4"].value == "极" * 3000


def test_queries_do_not_grow() -> None:
    counts = []
    for issues, each in ((6, 2), (90, 4)):
        lead = make.unit()
        made = ledger(lead, issues, each)
        make.finish(made[0].measures.get(ordinal=1))
        browser = make.signed_in(make.liaison(lead))
        for address in (PAGE, *(f"{PAGE}{kind}.xlsx" for kind in KINDS)):
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            counts.append(len(captured))
    assert counts[:6] == counts[6:]
    assert max(counts) <= 30
