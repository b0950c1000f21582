"""A unit's workbook: made, filled in without the system, handed in, held against the ledger, submitted."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Indicator, Measure, Progress, Reading, ReturnedWorkbook
from apps.measures.services import (
    FigureDraft,
    add_indicator,
    amend_measure,
    assign_measure,
    read_indicator,
    send_back,
    submit_workbook,
    take_workbook,
)
from apps.measures.workbooks.comparing import Standing
from apps.measures.workbooks.layout import EVIDENCE, FIGURES, HEAD_ROW, MEASURES, OF_MEASURES, PASSPORT
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User
from tests import corpus
from tests import factories as make
from tests.filling import Filling, export, liaison_of, looked_at, package, row_of, start, submitted

pytestmark = pytest.mark.django_db


issue = pytest.fixture(make.issue)
who = pytest.fixture(liaison_of)


def test_the_workbook_holds_the_units_measures_locked_but_for_what_is_to_be_filled_in(issue: Issue, who: User) -> None:
    own, resting = make.measures(issue, 2, text="=1+1")
    make.report(resting, by=who)
    make.measure(issue, lead=make.unit())
    book = load_workbook(io.BytesIO(export(who, issue.category.inspection, issue.lead_unit)))
    assert book.sheetnames == ["填报说明", MEASURES, FIGURES, EVIDENCE, PASSPORT]
    assert book[PASSPORT].sheet_state == "hidden"
    sheet = book[MEASURES]
    assert [sheet.cell(row=HEAD_ROW, column=place).value for place in range(1, len(OF_MEASURES) + 1)] == [c.heading for c in OF_MEASURES]
    numbers = [sheet.cell(row=row, column=2).value for row in range(HEAD_ROW + 1, sheet.max_row + 1)]
    assert numbers == [own.number, resting.number]
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    for place, column in enumerate(OF_MEASURES, start=1):
        assert sheet.cell(row=HEAD_ROW + 1, column=place).protection.locked is not bool(column.kind), column.heading
        assert sheet.cell(row=HEAD_ROW + 2, column=place).protection.locked, "a report waits: nothing is to be filled in"
    text = sheet.cell(row=HEAD_ROW + 1, column=[c.key for c in OF_MEASURES].index("text") + 1)
    assert (text.data_type, text.quotePrefix) == ("s", True)
    rules = {str(rule.sqref).rstrip("0123456789"): rule for rule in sheet.data_validations.dataValidation}
    assert {rule.type for rule in rules.values()} == {"list", "textLength", "date"}
    assert all(rule.error for rule in rules.values())
    assert sum(bool(rule.prompt) for rule in rules.values()) >= 6
    assert Entry.objects.filter(act="measures.export_paper").count() == 1


def test_filled_in_and_handed_in_it_becomes_reports_through_the_usual_act(issue: Issue, who: User) -> None:
    first, second, third = make.measures(issue, 3)
    filling = start(who, issue)
    filling.report(first, 本期进展="全部退回。", 截至日期="2025年3月31日", 下步打算="继续核查")
    filling.report(second, 截至日期="２０２５/３/1", 真实性承诺="√")
    taken = filling.taken(who)
    assert Progress.objects.count() == 0, "taking in writes no report"
    seen = looked_at(taken, who)
    assert [(row.measure, row.standing) for row in seen.rows] == [(first, Standing.NEW), (second, Standing.NEW)]
    made = submitted(taken, who)
    assert [(row.measure, row.text, row.as_of, row.source) for row in made] == [
        (first, "全部退回。", dt.date(2025, 3, 31), Source.IMPORTED),
        (second, "已逐项核实，台账建成。", dt.date(2025, 3, 1), Source.IMPORTED),
    ]
    assert set(taken.reports.all()) == set(made)
    third.refresh_from_db()
    assert third.progress == Measure.State.NOT_STARTED, "an empty row reports nothing"
    acts = list(Entry.objects.order_by("pk").values_list("act", flat=True))[-4:]
    assert acts == ["measures.take_workbook", "measures.report_progress", "measures.report_progress", "measures.submit_workbook"]
    assert len(set(Entry.objects.order_by("-pk").values_list("correlation", flat=True)[:3])) == 1


def test_the_same_workbook_again_changes_nothing(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    taken = filling.taken(who)
    submitted(taken, who)
    assert take_workbook(actor=who, file=SimpleUploadedFile("改名.xlsx", b"".join(taken_bytes(taken)))) == taken
    other = Filling(filling.saved())
    other.book.properties.title = "另存一次"
    again = other.taken(make.office())
    seen = looked_at(again, who)
    assert [row.standing for row in seen.rows] == [Standing.SAME]
    with pytest.raises(ActRefused):
        submitted(again, who)
    assert Progress.objects.count() == 1


def taken_bytes(taken: ReturnedWorkbook) -> list[bytes]:
    from apps.measures.services import open_file

    return [open_file(taken).read()]


def test_a_returned_report_is_there_to_be_put_right_and_is_no_report_until_it_is(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    report = make.report(measure, by=who, files=[make.evidence()], text="情况属实。")
    send_back(actor=make.office(), report=report, requirement="请补充凭证")
    filling = start(who, issue)
    sheet = filling.sheet(MEASURES)
    row = filling.row_of(MEASURES, "编号", measure.number)
    assert sheet.cell(row=row, column=filling.places(MEASURES)["本期进展"]).value == "情况属实。"
    assert "请补充凭证" in str(sheet.cell(row=row, column=filling.places(MEASURES)["填报提示"]).value)
    untouched = Filling(filling.saved()).taken(who)
    assert [line.standing for line in looked_at(untouched, who).rows] == [Standing.SAME]
    filling.report(measure, 本期进展="情况属实，凭证已补。")
    filling.put(EVIDENCE, filling.row_of(EVIDENCE, "文件名", "回单.pdf"), {"沿用上次材料": "是"})
    (made,) = submitted(filling.taken(who), who)
    assert made.resubmits == report
    kept = made.evidence.get().versions.get()
    assert kept.sha256 == report.evidence.get().versions.get().sha256


def test_later_changes_are_conflicts_shown_both_ways_and_nothing_is_overwritten(issue: Issue, who: User) -> None:
    measure, other = make.measures(issue, 2)
    filling = start(who, issue)
    filling.report(measure, 本期进展="工作簿里的进展。")
    filling.report(other)
    online = make.report(measure, by=who, text="网页上报的进展。")
    taken = filling.taken(who)
    row = row_of(taken, who, measure)
    assert (row.standing, row.has_moved) == (Standing.RESTS, True), "one report waits for its review"
    send_back(actor=make.office(), report=online, requirement="请补充")
    row = row_of(taken, who, measure)
    assert row.standing == Standing.CONFLICT
    words = next(side for side in row.sides if side.label == "本期进展")
    assert "".join(piece.text for piece in words.before) == "网页上报的进展。"
    assert "".join(piece.text for piece in words.after) == "工作簿里的进展。"
    assert [entry.act for entry in row.since] == ["measures.report_progress", "measures.send_back"]
    made = submitted(taken, who)
    assert len(made) == 2
    assert list(measure.reports.order_by("pk").values_list("text", flat=True)) == ["网页上报的进展。", "工作簿里的进展。"]


@pytest.mark.parametrize("change", ["amend", "reading", "assign_person"])
def test_whatever_moved_since_is_a_conflict(issue: Issue, who: User, change: str) -> None:
    measure, office = make.measure(issue), make.office()
    indicator = add_indicator(actor=office, issue=issue, name="退款", kind="money", unit="万元", measure=measure)
    filling = start(who, issue)
    filling.report(measure)
    filling.figure("退款", 累计数=12.5)
    if change == "amend":
        amend_measure(actor=office, measure=measure, values={"text": "改了措施"}, reason="订正")
    elif change == "reading":
        read_indicator(actor=office, indicator=indicator, figures=[FigureDraft(Decimal(9), make.today())])
    else:
        assign_measure(
            actor=office, measure=measure, draft=make.draft(issue.lead_unit, due_on=measure.due_on, person="李四"), reason="明确"
        )
    taken = filling.taken(who)
    row = row_of(taken, who, measure)
    assert row.standing == Standing.CONFLICT
    assert row.figures[0].moved is (change == "reading")
    if change == "reading":
        assert "9 万元" in row.figures[0].now


def test_what_moves_between_preview_and_confirmation_is_refused(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2)
    filling = start(who, issue)
    filling.report(first)
    filling.report(second)
    taken = filling.taken(who)
    chosen = {row.measure.pk: row.token for row in looked_at(taken, who).submittable}
    amend_measure(actor=make.office(), measure=second, values={"text": "改了措施"}, reason="订正")
    with pytest.raises(ActConflict, match=second.number):
        submit_workbook(actor=who, workbook=taken, chosen=chosen)
    assert Progress.objects.count() == 0, "all or nothing"


def test_only_its_own_rows(issue: Issue, who: User) -> None:
    own, foreign = make.measure(issue), make.measure(issue, lead=make.unit())
    filling = start(who, issue)
    filling.report(own)
    row = filling.row_of(MEASURES, "编号", own.number) + 1
    mark = filling.sheet(MEASURES).cell(row=row - 1, column=1).value
    filling.put(MEASURES, row, {"编号": foreign.number, "行标记（请勿改动）": mark, "本期进展": "替别人报"})
    filling.put(MEASURES, row + 1, {"编号": foreign.number, "本期进展": "替别人报"})
    seen = looked_at(filling.taken(who), who)
    assert [line.measure for line in seen.rows] == [own, own], "the second carries the mark of the first and is told"
    assert all(line.standing == Standing.WRONG for line in seen.rows[1:])
    assert any("不由本单位牵头" in problem.message for problem in seen.problems)


def test_a_measure_that_went_to_another_unit_is_told_and_kept(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    successor = make.unit()
    assign_measure(actor=make.office(), measure=measure, draft=make.draft(successor, due_on=measure.due_on), reason="调整分工")
    taken = filling.taken(who)
    seen = looked_at(taken, who)
    assert seen.rows == []
    assert [problem.given for problem in seen.problems] == [measure.number]
    assert taken.content["reports"][0]["text"] == "已逐项核实，台账建成。"


def test_the_unit_and_the_office_hand_it_in_and_nobody_else(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    for stranger in (make.liaison(), make.leader(), make.user("auditor"), make.user("admin")):
        with pytest.raises(ActForbidden):
            filling.taken(stranger)
    taken = filling.taken(who)
    address = reverse("measures:workbook", args=(taken.pk,))
    assert make.signed_in(make.liaison()).get(address).status_code == 404
    assert make.signed_in(make.leader()).get(address).status_code == 200
    assert make.signed_in(make.leader()).post(address, {"step": "submit"}).status_code in (400, 403)
    (made,) = submitted(taken, make.office(), on=make.days(-3))
    assert (made.reported_on, made.as_of) == (make.days(-3), make.today())


def test_only_the_office_sets_an_earlier_day(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    taken = filling.taken(who)
    with pytest.raises(ActRefused):
        submitted(taken, who, on=make.days(-3))


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"本期状态": "差不多了"}, "本期状态", "请从列表中选"),
    ({"截至日期": "月底"}, "截至日期", "认不出日期"),
    ({"截至日期": make.days(9)}, "截至日期", "晚于今天"),
    ({"截至日期": None}, "截至日期", "请填写截至日期"),
    ({"签发领导": None}, "签发领导", "请填写签发领导"),
    ({"真实性承诺": None}, "真实性承诺", "真实性承诺"),
    ({"真实性承诺": "也许"}, "真实性承诺", "请填“是”"),
    ({"本期状态": "阶段性完成"}, "未完成原因", "未完成的部分"),
    ({"签发领导": "长" * 41}, "签发领导", "不能超过 40 个字"),
    ({"下一阶段目标": "巩固"}, "下一阶段目标", "请清空"),
]


@pytest.mark.parametrize(("values", "heading", "words"), WRONG)
def test_what_is_wrong_is_said_at_its_cell(issue: Issue, who: User, values: dict[str, Any], heading: str, words: str) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure, **values)
    row = row_of(filling.taken(who), who, measure)
    assert row.standing == Standing.WRONG
    place = filling.sheet(MEASURES).cell(row=row.filled.row, column=filling.places(MEASURES)[heading]).coordinate
    assert [(problem.place, words in problem.message) for problem in row.problems] == [(place, True)]


def test_all_that_is_missing_is_said_at_once(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure, 本期状态=None, 截至日期=None, 签发领导=None, 真实性承诺=None)
    row = row_of(filling.taken(who), who, measure)
    assert len(row.problems) == 4


def test_figures_go_with_the_report_of_their_measure(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2)
    office = make.office()
    money = add_indicator(actor=office, issue=issue, name="追回资金", kind="money", unit="万元")
    add_indicator(actor=office, issue=issue, name="别人的", kind="people", unit="人", measure=make.measure(issue, lead=make.unit()))
    filling = start(who, issue)
    sheet = filling.sheet(FIGURES)
    assert sheet.max_row == HEAD_ROW + 1, "the figure of another unit's measure is not offered"
    filling.report(second)
    filling.figure("追回资金", 累计数="1,234.5 万元", 随哪条措施填报=second.number)
    (made,) = submitted(filling.taken(who), who)
    reading = Reading.objects.get()
    assert (reading.indicator, reading.value, reading.progress) == (money, Decimal("12345000"), made)
    assert first.reports.count() == 0


@pytest.mark.parametrize(("value", "words"), [("很多", "不是数字"), ("-5", "不能是负数"), (None, "还没有填累计数"), ("1e30", "过大")])
def test_a_figure_that_is_none(issue: Issue, who: User, value: object, words: str) -> None:
    measure = make.measure(issue)
    add_indicator(actor=make.office(), issue=issue, name="退款", kind="money", unit="万元", measure=measure)
    filling = start(who, issue)
    filling.report(measure)
    filling.figure("退款", 累计数=value)
    row = row_of(filling.taken(who), who, measure)
    assert row.standing == Standing.WRONG
    assert any(words in problem.message for problem in row.problems), row.problems
    assert Indicator.objects.count() == 1


def test_columns_and_rows_may_stand_elsewhere_and_sheets_be_renamed_with_blanks(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2)
    filling = start(who, issue)
    filling.report(first, 本期进展="一")
    filling.report(second, 本期进展="二")
    sheet = filling.sheet(MEASURES)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROW + 1)]
    for at, values in enumerate(reversed(rows), start=HEAD_ROW + 1):
        for column, value in enumerate(values, start=1):
            sheet.cell(row=at, column=column).value = value
    sheet.insert_rows(HEAD_ROW + 2)
    sheet.insert_cols(4)
    sheet.title = f" {MEASURES}"
    made = submitted(filling.taken(who), who)
    assert {(row.measure, row.text) for row in made} == {(first, "一"), (second, "二")}


def test_a_lost_mark_is_a_conflict_found_by_number(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    filling.put(MEASURES, filling.row_of(MEASURES, "编号", measure.number), {"行标记（请勿改动）": f"{measure.pk}.99.0.abcdefabcdef"})
    row = row_of(filling.taken(who), who, measure)
    assert (row.is_unmarked, row.standing) == (True, Standing.CONFLICT)


def test_files_that_are_no_workbook_of_this_house(issue: Issue, who: User) -> None:
    make.measure(issue)
    filling = start(who, issue)
    data = filling.saved()
    del filling.book[PASSPORT]
    for broken, words in (
        (filling.saved(), "不是本系统导出的离线工作簿"),
        (data[: len(data) // 2], "不完整"),
        (b"", "空"),
        (make.PDF, "不是表格文件"),
    ):
        with pytest.raises(ActRefused, match=words):
            take_workbook(actor=who, file=SimpleUploadedFile("填报.xlsx", broken))


def rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The package with its parts changed by hand."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return corpus.archive({name: change(name, package.read(name)) for name in package.namelist()})


def test_a_million_empty_rows_are_passed_over_and_formulas_give_what_they_gave(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure, 本期进展="=1+1")
    empty = "".join(f'<row r="{row}" customFormat="1" s="1"/>' for row in range(1000, 1_001_000)).encode()

    def change(name: str, part: bytes) -> bytes:
        part = re.sub(rb"<f>1\+1</f>(<v\s*/>|<v></v>)?", b"<f>1+1</f><v>2</v>", part)
        return part.replace(b"</sheetData>", empty + b"</sheetData>") if name == "xl/worksheets/sheet2.xml" else part

    taken = take_workbook(actor=who, file=SimpleUploadedFile("填报.xlsx", rewritten(filling.saved(), change)))
    assert [row.filled.text for row in looked_at(taken, who).rows] == ["2"]


def test_a_formula_without_its_result_is_told(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure, 本期进展="=1+1")
    row = row_of(filling.taken(who), who, measure)
    assert "公式" in row.problems[0].message


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("xl/vbaProject.bin", b"x", "宏"),
        ("xl/worksheets/sheet2.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>', "损坏"),
        ("xl/worksheets/sheet2.xml", b"<worksheet>" + b" " * 60_000_000 + b"</worksheet>", "过大"),
    ],
)
def test_macros_entities_and_bombs_are_refused(issue: Issue, who: User, part: str, content: bytes, words: str) -> None:
    make.measure(issue)
    data = rewritten(start(who, issue).saved(), lambda name, whole: content if name == part else whole)
    if part.endswith(".bin"):
        with zipfile.ZipFile(io.BytesIO(data)) as package_:
            data = corpus.archive({**{name: package_.read(name) for name in package_.namelist()}, part: content})
    with pytest.raises(ActRefused, match=words):
        take_workbook(actor=who, file=SimpleUploadedFile("填报.xlsx", data))
    assert not ReturnedWorkbook.objects.exists()


def test_a_workbook_with_a_password_is_refused(who: User) -> None:
    data = corpus.compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"x" * 5000})
    with pytest.raises(ActRefused, match="密码"):
        take_workbook(actor=who, file=SimpleUploadedFile("填报.xlsx", data))


def test_the_pages(issue: Issue, who: User) -> None:
    first, second, third, fourth = make.measures(issue, 4)
    filling = start(who, issue)
    filling.report(first)
    filling.report(second, 本期状态="已完成")
    filling.report(third, 截至日期="昨天")
    filling.report(fourth, 本期进展="工作簿的话")
    filling.file(second, "回单.pdf")
    filling.file(first, "没有的.pdf")
    amend_measure(actor=make.office(), measure=fourth, values={"text": "改了措施"}, reason="订正")
    browser = make.signed_in(who)
    assert "还没有交回的工作簿" in browser.get(reverse("measures:workbooks")).content.decode()
    answer = browser.post(reverse("measures:workbooks"), {"file": filling.upload()})
    taken = ReturnedWorkbook.objects.get()
    address = reverse("measures:workbook", args=(taken.pk,))
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = browser.get(address).content.decode()
    assert all(words in page for words in ("认不出日期", "有冲突", "还没有上传压缩包", "改了措施"))
    assert browser.post(address, {"step": "package", "package": SimpleUploadedFile("坏.zip", b"PK\x03\x04xx")}).status_code == 400
    package(taken, who, {"回单.pdf": make.PDF, "多余.pdf": make.PDF})
    page = browser.get(address).content.decode()
    assert "没有在“佐证材料”表登记" in page
    assert "多余.pdf" in page
    row = row_of(taken, who, second)
    assert browser.post(address, {"step": "submit"}).status_code == 400
    assert browser.post(address, {"step": "submit", "row": f"{second.pk}:{'0' * 16}"}).status_code == 409
    assert browser.post(address, {"step": "submit", "row": f"{second.pk}:{row.token}"}).status_code == 302
    assert Progress.objects.get().evidence.get().versions.get().filename == "回单.pdf"
    assert "已提交 1 条" in browser.get(address).content.decode()
    assert browser.get(reverse("measures:workbook-original", args=(taken.pk,))).status_code == 200
