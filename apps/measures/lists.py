"""Workbooks of plain lists: a title, lines of notes, one or more tables on sheets of their own, written through the safe writer."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from apps.measures.tables import write

LINE = Side(style="thin", color="C6D0DB")


@dataclass(frozen=True)
class Listing:
    """One sheet: what it is called, lines of notes, headings with their widths in characters, rows, and notes below them."""

    name: str
    title: str
    notes: Sequence[str]
    headings: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[Any]]
    foot: Sequence[str] = ()


def workbook_of(listings: Iterable[Listing]) -> bytes:
    """An XLSX with a sheet for each, ready for printing: landscape A4, headings repeated, pages numbered."""
    book = Workbook()
    for index, listing in enumerate(listings):
        sheet = book.active if index == 0 else book.create_sheet()
        if not isinstance(sheet, Worksheet):
            raise TypeError("a new workbook has one worksheet")
        _fill(sheet, listing)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, listing: Listing) -> None:
    sheet.title = listing.name
    head = len(listing.notes) + 2
    for row, words in enumerate((listing.title, *listing.notes), start=1):
        _wide(sheet, row, len(listing.headings), words, Font(size=16 if row == 1 else 10, bold=row == 1))
    for column, (heading, width) in enumerate(listing.headings, start=1):
        cell = write(sheet.cell(row=head, column=column), heading)
        cell.font, cell.fill = Font(bold=True, size=10), PatternFill("solid", fgColor="EEF2F6")
        cell.alignment, cell.border = Alignment(wrap_text=True, vertical="center"), Border(top=LINE, bottom=LINE, left=LINE, right=LINE)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, values in enumerate(listing.rows, start=head + 1):
        for column, value in enumerate(values, start=1):
            cell = write(sheet.cell(row=row, column=column), value)
            cell.font, cell.alignment = Font(size=10), Alignment(wrap_text=True, vertical="top")
            cell.border = Border(bottom=LINE, left=LINE, right=LINE)
    for row, words in enumerate(listing.foot, start=head + len(listing.rows) + 1):
        _wide(sheet, row, len(listing.headings), words, Font(size=9))
    _set_up(sheet, head)


def _wide(sheet: Worksheet, row: int, columns: int, words: str, font: Font) -> None:
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
    cell = write(sheet.cell(row=row, column=1), words)
    cell.font, cell.alignment = font, Alignment(wrap_text=True, vertical="center")


def _set_up(sheet: Worksheet, head: int) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{head}"
    sheet.freeze_panes = f"A{head + 1}"
    if sheet.oddFooter is not None and sheet.oddFooter.center is not None:
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
