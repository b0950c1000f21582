"""Writing a unit's workbook: references are locked, what is to be filled in is open, checked by lists and bounds, and explained."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from apps.measures.models import Indicator, Measure
from apps.measures.papers.records import latest
from apps.measures.tables import provenance, state_words, write
from apps.measures.templatetags.measure_ui import due_words
from apps.measures.workbooks.layout import (
    CLAIMS,
    EVIDENCE,
    FIGURES,
    GUIDE,
    HEAD_ROW,
    MEASURES,
    OF_EVIDENCE,
    OF_FIGURES,
    OF_MEASURES,
    PASSPORT,
    YES,
    Column,
    Passport,
    mark,
)
from apps.measures.workbooks.rows import UnitRows, files_to_keep, may_be_reported, returned, why_not

BLANK_EVIDENCE = 200
"""Rows for files, besides those that are offered again."""
LINE = Side(style="thin", color="C6D0DB")
FRAME = Border(top=LINE, bottom=LINE, left=LINE, right=LINE)
LOCKED, OPEN = PatternFill("solid", fgColor="EEF2F6"), PatternFill("solid", fgColor="FFFDF3")
HEAD, FILL_IN = PatternFill("solid", fgColor="DCE4EC"), PatternFill("solid", fgColor="FBEFC8")
WRAPPED = Alignment(wrap_text=True, vertical="top")
FORMATS = {"text": "@", "day": "yyyy-mm-dd", "number": "General", "claim": "@", "yes": "@", "row": "@"}
HINT_LENGTH = 250
Cells = list[tuple[Any, bool]]
"""The values of a row, each with whether it may be filled in."""

STEPS = (
    "1. 在“措施填报”表里逐行填写浅黄色的格子；灰色的是参考，已锁定。本期不填报的措施，整行留空。",
    "2. 成效数据填在“成效数据”表：填累计数和截至日期，没有变化的留空，并写明随哪条措施一起报。",
    "3. 佐证材料登记在“佐证材料”表：措施编号、文件名、材料日期；文件本身放进一个或几个 ZIP 压缩包，文件名要与登记的一致。",
    "4. 存盘时保持 XLSX 格式（WPS 请选“Excel 文件 *.xlsx”），不要设密码。可以筛选、改列宽，不要删除隐藏的“行标记”列和“系统信息”表。",
    "5. 请本单位主要负责人审阅后，在“真实性承诺”列选“是”；不选不能提交。",
    "6. 把工作簿和压缩包交给本单位联络员，在“离线工作簿”页面上传；不能登录的，交整改办代为导入。",
    "7. 上传后先预览，逐条核对再提交；导出以后台账有变动的措施会并排列出两边的内容，由您决定，不会互相覆盖。",
)
NOTHING_CLASSIFIED = "涉密材料不得填入本工作簿，不得放进压缩包。"


def workbook(rows: UnitRows, passport: Passport) -> bytes:
    """The workbook of the unit, as XLSX."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has one worksheet")
    _guide(sheet, rows, passport)
    numbers = [measure.number for measure in rows.measures]
    today = passport.made_on
    _table(book.create_sheet(MEASURES), _title(rows, MEASURES), _notes(passport), OF_MEASURES, _measures(rows, today))
    _table(book.create_sheet(FIGURES), _title(rows, FIGURES), _notes(passport), OF_FIGURES, _figures(rows))
    _table(book.create_sheet(EVIDENCE), _title(rows, EVIDENCE), _notes(passport), OF_EVIDENCE, _evidence(rows))
    for name, columns in ((MEASURES, OF_MEASURES), (FIGURES, OF_FIGURES), (EVIDENCE, OF_EVIDENCE)):
        _validate(book[name], columns, rows, numbers)
    hidden = book.create_sheet(PASSPORT)
    write(hidden["A1"], passport.sealed())
    hidden.sheet_state = "hidden"
    hidden.protection.sheet = True
    book.active = 0
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _title(rows: UnitRows, name: str) -> str:
    return f"{rows.unit.short_name} {rows.inspection.name} {name}"


def _notes(passport: Passport) -> tuple[str, str]:
    made = f"数据截至 {passport.made_on:%Y-%m-%d}，{passport.made_by}导出"
    return made, "灰色是参考，已锁定；浅黄色由本单位填写。点到格子上会显示填写提示。"


def _guide(sheet: Worksheet, rows: UnitRows, passport: Passport) -> None:
    sheet.title = GUIDE
    facts = (f"单位：{rows.unit.name}", f"轮次：{rows.inspection.name}", f"措施：{len(rows.measures)} 条", _notes(passport)[0])
    lines = (_title(rows, "离线工作簿"), *facts, "", "怎样填", *STEPS, "", NOTHING_CLASSIFIED)
    for row, words in enumerate(lines, start=1):
        cell = write(sheet.cell(row=row, column=1), words)
        cell.font = Font(size=16 if row == 1 else 11, bold=row == 1 or words in ("怎样填", NOTHING_CLASSIFIED))
        cell.alignment = WRAPPED
    sheet.column_dimensions["A"].width = 100
    sheet.protection.sheet = True


def _table(sheet: Worksheet, title: str, notes: Sequence[str], columns: Sequence[Column], rows: Iterable[Cells]) -> None:
    last = len(columns)
    for place, words in enumerate((title, *notes), start=1):
        sheet.merge_cells(start_row=place, end_row=place, start_column=2, end_column=last)
        write(sheet.cell(row=place, column=2), words).font = Font(size=14 if place == 1 else 10, bold=place == 1)
    for place, column in enumerate(columns, start=1):
        cell = write(sheet.cell(row=HEAD_ROW, column=place), column.heading)
        cell.font, cell.alignment, cell.border = Font(bold=True, size=10), WRAPPED, FRAME
        cell.fill = FILL_IN if column.kind else HEAD
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = column.width
        sheet.column_dimensions[letter].hidden = column.key == "mark"
    for row, values in enumerate(rows, start=HEAD_ROW + 1):
        for place, ((value, is_open), column) in enumerate(zip(values, columns, strict=True), start=1):
            cell = write(sheet.cell(row=row, column=place), value)
            cell.font, cell.alignment, cell.border = Font(size=10), WRAPPED, FRAME
            cell.fill, cell.protection = (OPEN, Protection(locked=False)) if is_open else (LOCKED, Protection(locked=True))
            if column.kind and not (column.kind == "day" and value):
                cell.number_format = FORMATS[column.kind]
    _protect(sheet, columns)


def _protect(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Without a password: the locks keep references from slips, what comes back is checked all the same."""
    frozen = next((place for place, column in enumerate(columns, start=1) if column.key in ("text", "name", "file")), 2)
    sheet.freeze_panes = f"{get_column_letter(frozen)}{HEAD_ROW + 1}"
    sheet.auto_filter.ref = f"B{HEAD_ROW}:{get_column_letter(len(columns))}{max(sheet.max_row, HEAD_ROW + 1)}"
    sheet.protection.sheet = True
    # What protection forbids; False allows it.
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.protection.autoFilter = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"


def _measures(rows: UnitRows, today: dt.date) -> Iterator[Cells]:
    for measure in rows.measures:
        facts = {
            "mark": mark(rows.unit.pk, measure.pk, measure.version, _report_key(measure)),
            "number": measure.number,
            "title": measure.issue.title,
            "text": measure.text,
            "pace": measure.get_pace_display(),
            "due": measure.due_on or "长期坚持",
            "state": state_words(measure),
            "timeliness": due_words(measure, today)[1],
            "last": _last(measure),
            "note": _note(measure),
            "provenance": provenance(measure),
        }
        begun = _begun(measure)
        is_open = may_be_reported(measure)
        yield [(begun.get(column.key), is_open) if column.kind else (facts[column.key], False) for column in OF_MEASURES]


def _report_key(measure: Measure) -> int:
    report = latest(measure)
    return report.pk if report else 0


def _last(measure: Measure) -> str:
    report = latest(measure)
    if report is None:
        return ""
    return (
        f"{report.reported_on:%Y-%m-%d} 报“{report.get_claim_display()}”（{report.standing}），截至 {report.as_of:%Y-%m-%d}：{report.text}"
    )


def _note(measure: Measure) -> str:
    if words := why_not(measure):
        return words
    report = returned(measure)
    if report is not None:
        return f"退回补正：{report.requirement}\n右边已带入退回的填报，请改正后重新承诺。"
    return f"阶段目标：{measure.stage_goal}" if measure.stage_goal else ""


def _begun(measure: Measure) -> dict[str, Any]:
    """What is filled in beforehand: the words of a report that was sent back, to be put right, not typed again."""
    report = returned(measure)
    if report is None:
        return {}
    return {
        "claim": report.get_claim_display(),
        "report": report.text,
        "as_of": report.as_of,
        "difficulties": report.difficulties,
        "next_step": report.next_step,
        "signed_by": report.signed_by,
        "stage_goal": report.stage_goal,
        "next_review_on": report.next_review_on,
    }


def _figures(rows: UnitRows) -> Iterator[Cells]:
    for row in rows.figures:
        of_it = [measure for measure in rows.measures if row in rows.figures_of(measure)]
        first = next(filter(may_be_reported, of_it), None)
        facts = {
            "mark": mark(rows.unit.pk, row.pk, rows.latest_reading.get(row.pk, 0)),
            "issue": row.issue.number,
            "name": row.name,
            "unit": row.unit,
            "due_amount": _shown(row, row.due_amount),
            "latest": _shown(row, row.latest),
            "latest_as_of": row.latest_as_of,
            "number": first.number if first else "",
        }
        is_open = first is not None
        yield [(facts.get(column.key), is_open and bool(column.kind)) for column in OF_FIGURES]


def _shown(row: Indicator, value: Any) -> str:
    """As a text: a spreadsheet would round a long figure."""
    return f"{row.to_shown(value):f}" if value is not None else ""


def _evidence(rows: UnitRows) -> Iterator[Cells]:
    for measure, row, version in files_to_keep(rows.measures):
        facts = {
            "mark": mark(rows.unit.pk, version.pk, measure.pk),
            "number": measure.number,
            "file": version.filename,
            "name": row.name,
            "effective_on": row.effective_on,
            "description": row.description,
        }
        yield [(facts.get(column.key), column.key == "again") for column in OF_EVIDENCE]
    for _blank in range(BLANK_EVIDENCE):
        yield [(None, column.key not in ("mark", "again")) for column in OF_EVIDENCE]


def _validate(sheet: Worksheet, columns: Sequence[Column], rows: UnitRows, numbers: Sequence[str]) -> None:
    """Lists, bounds and hints on the cells to be filled in."""
    bottom = max(sheet.max_row, HEAD_ROW + 1)
    for place, column in enumerate(columns, start=1):
        if not column.kind or (rule := _rule(column, rows, len(numbers))) is None:
            continue
        rule.allow_blank = True
        if column.hint:
            rule.promptTitle, rule.prompt, rule.showInputMessage = column.heading, column.hint[:HINT_LENGTH], True
        letter = get_column_letter(place)
        rule.add(f"{letter}{HEAD_ROW + 1}:{letter}{bottom}")
        sheet.add_data_validation(rule)


def _rule(column: Column, rows: UnitRows, count: int) -> DataValidation | None:
    error: dict[str, Any] = {"errorTitle": column.heading, "showErrorMessage": True}
    if column.kind == "claim":
        return DataValidation("list", formula1=f'"{",".join(CLAIMS)}"', error=f"请从列表中选：{'、'.join(CLAIMS)}", **error)
    if column.kind == "yes":
        return DataValidation("list", formula1=f'"{YES}"', error=f"请选“{YES}”，或留空", **error)
    if column.kind == "row":
        where = f"'{MEASURES}'!$B${HEAD_ROW + 1}:$B${HEAD_ROW + max(count, 1)}"
        return DataValidation("list", formula1=where, error="请填本单位的措施编号，例如 63-2", **error)
    if column.kind == "day":
        first = rows.inspection.feedback_on if column.key == "as_of" and column in OF_MEASURES else dt.date(2000, 1, 1)
        first_words = f"DATE({first.year},{first.month},{first.day})"
        last = "DATE(2099,12,31)" if column.key == "next_review_on" else "TODAY()"
        words = "请填写日期，例如 2025-08-31" + ("" if column.key == "next_review_on" else "，不能晚于今天")
        return DataValidation("date", operator="between", formula1=first_words, formula2=last, error=words, **error)
    if column.kind == "number":
        return DataValidation("decimal", operator="greaterThanOrEqual", formula1="0", error="请填不小于 0 的数，是累计数", **error)
    return DataValidation(
        "textLength", operator="lessThanOrEqual", formula1=str(column.longest), error=f"不能超过 {column.longest} 个字", **error
    )
