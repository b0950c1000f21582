"""The list back again with its faulty cells marked: the workbook as it was, a fill and a comment at each cell, and a sheet that names all.

A file that is no workbook, or one swollen with empty cells, is written anew from its contents.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from apps.measures.cell_text import storable
from apps.measures.importing.opening import opened
from apps.measures.importing.sheets import Sheet
from apps.measures.importing.tree import Finding, Level
from apps.measures.services.content import DAMAGED
from apps.measures.tables import write

LARGEST = 40 * 1024 * 1024
"""Unpacked bytes of worksheets that are opened whole; about ten times as much of memory."""
NAME = "错误和提醒"
HEADINGS = (("级别", 8), ("工作表", 16), ("单元格", 9), ("内容", 36), ("说明", 44), ("怎么办", 44))
FILLS = {Level.ERROR: "FFD966", Level.WARNING: "FFF2CC"}
MOST_MARKS = 5000
NO_TITLE = re.compile(r"[\\*?:/\[\]]")
"""What the title of a sheet cannot hold."""
LONGEST_TITLE = 31


def marked(name: str, data: bytes, findings: Sequence[Finding]) -> bytes:
    """The file as a workbook with the cells of errors and warnings marked."""
    book = _whole(data)
    pages = {page.title: page for page in book.worksheets} if book else {}
    if book is None:
        book = Workbook()
        book.remove(book.worksheets[0])
        pages = {sheet.name: _anew(book, sheet) for sheet in opened(name, data).filled}
    told = [finding for finding in findings if finding.level != Level.NOTE]
    for finding in reversed(told[:MOST_MARKS]):
        if finding.origin.row and (page := pages.get(finding.origin.sheet)):
            _mark(page, finding)
    _list(book, told)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _whole(data: bytes) -> Any:
    """The workbook as it is; None where it is none, is too large for that, or is one that the library does not take."""
    if not data.startswith(b"PK"):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = sum(info.file_size for info in package.infolist() if info.filename.startswith("xl/worksheets/"))
    if size > LARGEST:
        return None
    try:
        return load_workbook(io.BytesIO(data))
    except DAMAGED:
        return None


def _anew(book: Any, sheet: Sheet) -> Any:
    """The sheet written into the book. Its title may be another: a title cannot hold all that the name of a CSV file can."""
    page = book.create_sheet(NO_TITLE.sub("_", storable(sheet.name))[:LONGEST_TITLE].strip("'"))
    for row, cells in sheet.rows.items():
        for column, value in cells.items():
            write(page.cell(row=row, column=column), value)
    return page


def _mark(page: Any, finding: Finding) -> None:
    """A fill and a comment; several findings of a cell stand in one comment."""
    origin = finding.origin
    cell = page.cell(row=origin.row, column=max(origin.column, 1))
    for area in page.merged_cells.ranges:
        if cell.coordinate in area:
            cell = page.cell(row=area.min_row, column=area.min_col)
            break
    before = cell.comment.text + "\n" if cell.comment else ""
    comment = Comment(storable(f"{before}{finding.words}：{finding.message}\n{finding.advice}").strip(), "整改台账导入")
    comment.width, comment.height = 320, 120
    cell.comment = comment
    cell.fill = PatternFill("solid", fgColor=FILLS[finding.level])


def _list(book: Any, findings: Sequence[Finding]) -> None:
    """All findings on a sheet of their own, the first of the workbook."""
    name = NAME
    while name in book.sheetnames:
        name += "_"
    page = book.create_sheet(name, 0)
    for column, (heading, width) in enumerate(HEADINGS, start=1):
        write(page.cell(row=1, column=column), heading).font = Font(bold=True)
        page.column_dimensions[get_column_letter(column)].width = width
    for row, finding in enumerate(findings, start=2):
        origin = finding.origin
        values = (finding.words, origin.sheet, origin.cell or f"第 {origin.row} 行", finding.given, finding.message, finding.advice)
        for column, value in enumerate(values, start=1):
            write(page.cell(row=row, column=column), value).alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False


def template() -> bytes:
    """An empty ledger with the usual columns, for offices that have none yet."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "整改台账"
    heads = dict.fromkeys(("序号", "责任领导", "责任人", "整改类型", "整改时限"), 14)
    heads |= dict.fromkeys(("方面", "整改事项", "整改目标", "牵头单位", "配合单位"), 22) | dict.fromkeys(("反馈问题", "整改措施"), 44)
    order = [
        "序号",
        "方面",
        "整改事项",
        "反馈问题",
        "整改目标",
        "整改措施",
        "责任领导",
        "牵头单位",
        "配合单位",
        "责任人",
        "整改类型",
        "整改时限",
    ]
    for column, heading in enumerate(order, start=1):
        cell = write(page.cell(row=1, column=column), heading)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EEF2F6")
        page.column_dimensions[get_column_letter(column)].width = heads[heading]
    page.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
