"""A list on paper as a workbook: title and a line of unit and date merged across, one heading row repeated on every page, a row to sign.

Rows that belong to one issue show what is the issue's once, in merged cells; the flat form repeats it in each row and can be filtered.
Row heights are reckoned here: spreadsheets fit heights to wrapped text only where no cell is merged.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.measures.papers.records import headed
from apps.measures.tables import write

TITLE_ROW, FACTS_ROW, HEAD_ROW = 1, 2, 3
LINE_HEIGHT, TALLEST = 14.0, 400.0
"""Points. A row of a spreadsheet cannot be higher than 409."""
CUT = "……（下略，全文见系统）"
THIN = Side(style="thin", color="000000")
FRAME = Border(top=THIN, bottom=THIN, left=THIN, right=THIN)
TITLE, FACTS, HEAD, BODY = Font("方正小标宋简体", 20), Font("楷体_GB2312", 11), Font("黑体", 10), Font("仿宋_GB2312", 10)
GREY = PatternFill("solid", fgColor="EEF2F6")
CENTRED = Alignment(wrap_text=True, vertical="top", horizontal="center")
TOP, MIDDLE = Alignment(wrap_text=True, vertical="top"), Alignment(wrap_text=True, vertical="center", horizontal="center")
LEFT, RIGHT = Alignment(vertical="center", horizontal="left"), Alignment(vertical="center", horizontal="right")
SIGNATURES = "填报人：　　　　　　　　审核人：　　　　　　　　单位负责人（签字）：　　　　　　　　　　　　年　　月　　日"
A3, A4 = 8, 9


@dataclass(frozen=True)
class Row:
    """One line: a measure with its issue, an issue that has none yet, or one of several things of a measure (``extra``)."""

    issue: Issue
    measure: Measure | None = None
    extra: Any = None


@dataclass(frozen=True)
class Column:
    """One column: heading, width in characters, what it says of a row on a day; ``examples`` tells rows of demonstration data."""

    head: str
    width: int
    value: Callable[[Row, dt.date], Any]
    examples: Callable[[Row], bool] | None = None
    of_group: bool = False


@dataclass(frozen=True)
class Listing:
    """A list that can be printed: its name, its columns, and by what rows are merged."""

    name: str
    columns: Sequence[Column]
    group: Callable[[Row], Any] = lambda row: row.issue.pk
    paper: int = A3


@dataclass(frozen=True)
class Facts:
    """What stands around the rows."""

    title: str
    unit: str
    today: dt.date
    author: str
    filters: str = ""


def listing(what: Listing, facts: Facts, rows: Sequence[Row], *, flat: bool = False) -> bytes:
    """The workbook. ``flat``: nothing merged below the heading, with filters in the heading row."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has one worksheet")
    sheet.title = what.name
    book.properties.title, book.properties.creator, book.properties.lastModifiedBy = facts.title, facts.author, facts.author
    _set_up_page(sheet, what)
    _write_heads(sheet, what, facts, rows)
    place = HEAD_ROW + 1
    for _key, found in groupby(rows, what.group):
        group = list(found)
        _write_group(sheet, what.columns, place, group, facts.today, flat=flat)
        place += len(group)
    if flat:
        sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(what.columns))}{max(place - 1, HEAD_ROW)}"
    _write_foot(sheet, place, len(what.columns))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_heads(sheet: Worksheet, what: Listing, facts: Facts, rows: Sequence[Row]) -> None:
    last = len(what.columns)
    middle = max(1, last // 3)
    words = f"数据截至 {facts.today:%Y-%m-%d}　共 {len(rows)} 行　筛选：{facts.filters or '全部'}"
    _merged(sheet, (TITLE_ROW, 1, TITLE_ROW, last), facts.title, TITLE, MIDDLE)
    _merged(sheet, (FACTS_ROW, 1, FACTS_ROW, middle), f"填报单位：{facts.unit}", FACTS, LEFT)
    _merged(sheet, (FACTS_ROW, middle + 1, FACTS_ROW, last), words, FACTS, RIGHT)
    sheet.row_dimensions[TITLE_ROW].height, sheet.row_dimensions[FACTS_ROW].height = 36, 20
    heads = [headed(column.head, map(column.examples, rows)) if column.examples else column.head for column in what.columns]
    for index, head in enumerate(heads, start=1):
        cell = write(sheet.cell(row=HEAD_ROW, column=index), head)
        cell.font, cell.alignment, cell.border, cell.fill = HEAD, MIDDLE, FRAME, GREY
    widest = max(_lines(head, column.width) for head, column in zip(heads, what.columns, strict=True))
    sheet.row_dimensions[HEAD_ROW].height = 8 + LINE_HEIGHT * widest


def _write_group(sheet: Worksheet, columns: Sequence[Column], top: int, rows: list[Row], today: dt.date, *, flat: bool) -> None:
    """The rows of one issue. What the merged cells need beyond the rows' own heights is shared out among the rows."""
    own = [0] * len(rows)
    shared = 0
    for index, column in enumerate(columns, start=1):
        merged = column.of_group and not flat and len(rows) > 1
        for offset, row in enumerate(rows[:1] if merged else rows):
            value = column.value(row, today)
            lines = _lines(value, column.width)
            if merged:
                shared = max(shared, lines)
            else:
                own[offset] = max(own[offset], lines)
            if isinstance(value, str) and not flat:
                value = _cut(value, column.width, len(rows) if merged else 1)
            write(sheet.cell(row=top + offset, column=index), value)
        for offset in range(len(rows)):
            cell = sheet.cell(row=top + offset, column=index)
            cell.font, cell.alignment, cell.border = BODY, TOP if cell.data_type == "s" else CENTRED, FRAME
        if merged:
            sheet.merge_cells(start_row=top, end_row=top + len(rows) - 1, start_column=index, end_column=index)
    spare = math.ceil(max(0, shared - sum(own)) / len(rows))
    for offset, lines in enumerate(own):
        sheet.row_dimensions[top + offset].height = min(TALLEST, 6 + LINE_HEIGHT * (lines + spare))


def _write_foot(sheet: Worksheet, place: int, last: int) -> None:
    _merged(sheet, (place, 1, place, last), SIGNATURES, FACTS, LEFT)
    sheet.row_dimensions[place].height = 36


def _merged(sheet: Worksheet, box: tuple[int, int, int, int], words: str, font: Font, alignment: Alignment) -> None:
    top, left, bottom, right = box
    if (top, left) != (bottom, right):
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    cell = write(sheet.cell(row=top, column=left), words)
    cell.font, cell.alignment = font, alignment


def _set_up_page(sheet: Worksheet, what: Listing) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", what.paper
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.6, 0.8, 0.3
    sheet.print_options.horizontalCentered = True
    if sheet.oddFooter is not None and sheet.oddFooter.center is not None:
        sheet.oddFooter.center.text = "第 &P 页，共 &N 页"
    for index, column in enumerate(what.columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width


def _wide(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def _lines(value: Any, width: int) -> int:
    """How many lines the words take in a column of that many characters; a Chinese character is two wide."""
    room = max(1, width - 1)
    return max(1, sum(max(1, math.ceil(sum(map(_wide, line)) / room)) for line in str("" if value is None else value).splitlines()))


def _cut(words: str, width: int, rows: int) -> str:
    """What fits on paper into so many rows of the greatest height; what is left out is said to be."""
    most = int((TALLEST - 6) // LINE_HEIGHT) * rows
    if _lines(words, width) <= most:
        return words
    kept, low, high = "", 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        kept = words[:middle] + CUT
        low, high = (middle, high) if _lines(kept, width) <= most else (low, middle - 1)
    return words[:low] + CUT
