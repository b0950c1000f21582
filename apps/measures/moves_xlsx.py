"""A comparison of two days as a workbook: the counts of both days on one sheet, what moved on the other."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from apps.measures.moves import Comparison, Move
from apps.measures.tables import write

SHEET_NAME = re.compile(r"[\\/*?:\[\]：]")
COUNT_HEADERS = ("项目", "前", "后", "增减")
COUNT_WIDTHS = (22, 10, 10, 10)
HEADERS = (
    "编号",
    "类别",
    "内容",
    "变化",
    "状态（前）",
    "状态（后）",
    "整改时限（前）",
    "整改时限（后）",
    "牵头单位（前）",
    "牵头单位（后）",
)
WIDTHS = (9, 7, 46, 20, 15, 15, 14, 14, 16, 16)


def comparison_workbook(title: str, notes: Sequence[str], compared: Comparison, moves: Sequence[Move]) -> bytes:
    """Both sheets, each with title, notes and headings that are repeated on every printed page."""
    book = Workbook()
    counts, moved = book.active, book.create_sheet("变化明细")
    if not isinstance(counts, Worksheet):
        raise TypeError("a new workbook has one worksheet")
    counts.title = "两日对比"
    fill_sheet(
        counts,
        title,
        notes,
        COUNT_HEADERS,
        COUNT_WIDTHS,
        [(row.label, row.before, row.after, row.after - row.before) for row in compared.counts],
    )
    fill_sheet(moved, title, notes, HEADERS, WIDTHS, [_cells(move) for move in moves])
    moved.page_setup.orientation = "landscape"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook_of(sheets: Sequence[tuple[str, str, Sequence[str], Sequence[str], Sequence[Sequence[object]]]]) -> bytes:
    """Sheets of figures: for each its name, title, notes, headings and rows. The first column is of names, the others of figures."""
    book = Workbook()
    blank = book.active
    if blank is not None:
        book.remove(blank)
    for name, title, notes, headers, rows in sheets:
        widths = [24, *(max(10, min(40, 2 * len(words))) for words in headers[1:])]
        values = [[float(value) if isinstance(value, Decimal) else value for value in row] for row in rows]
        fill_sheet(book.create_sheet(SHEET_NAME.sub(" ", name)[:31]), title, notes, headers, widths, values)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(move: Move) -> tuple[str, ...]:
    return (
        move.number,
        "问题" if move.is_issue else "措施",
        move.title,
        "、".join(move.words),
        move.state.before,
        move.state.after,
        move.due.before,
        move.due.after,
        move.unit.before,
        move.unit.after,
    )


def fill_sheet(
    sheet: Worksheet, title: str, notes: Sequence[str], headers: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[object]]
) -> None:
    for place, words in enumerate((title, *notes), start=1):
        sheet.merge_cells(start_row=place, end_row=place, start_column=1, end_column=len(headers))
        write(sheet.cell(row=place, column=1), words).font = Font(size=16 if place == 1 else 10, bold=place == 1)
    top = len(notes) + 2
    for column, (words, width) in enumerate(zip(headers, widths, strict=True), start=1):
        cell = write(sheet.cell(row=top, column=column), words)
        cell.font, cell.fill = Font(bold=True, size=10), PatternFill("solid", fgColor="EEF2F6")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, values in enumerate(rows, start=top + 1):
        for column, value in enumerate(values, start=1):
            cell = write(sheet.cell(row=row, column=column), value)
            cell.font, cell.alignment = Font(size=10), Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = f"A{top + 1}"
    sheet.print_title_rows = f"1:{top}"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
