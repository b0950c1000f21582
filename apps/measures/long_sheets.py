"""A workbook of one long sheet, written row by row to a temporary file: memory does not grow with the rows.

openpyxl keeps every cell of a sheet that has merged cells and page settings, and needs a minute for what this writes in ten seconds.
Only what the register's list needs is here; all other workbooks go through openpyxl. What is text is escaped as ``tables.write`` does it.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from openpyxl.utils import get_column_letter

from apps.measures.cell_text import is_read_as_formula, spelled, storable

TITLE, NOTE, HEAD, BODY, DAY, QUOTED_TITLE, QUOTED_NOTE, QUOTED_BODY = range(1, 9)
QUOTED = {TITLE: QUOTED_TITLE, NOTE: QUOTED_NOTE, BODY: QUOTED_BODY}
EPOCH = dt.date(1899, 12, 30)
"""From which day on spreadsheets count."""
PACKED = 3
"""How hard it is packed: the least that makes the file a tenth of its size."""
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EDGE = '<{0} style="thin"><color rgb="FFC6D0DB"/></{0}>'
WRAPPED = '<alignment vertical="{}" wrapText="1"/>'
CONTENT_TYPES = (
    f'{PROLOGUE}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/></Types>'
)
STYLES = (
    f'{PROLOGUE}<styleSheet xmlns="{SPREADSHEET}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<fonts count="4"><font><sz val="11"/></font><font><b/><sz val="16"/></font><font><sz val="10"/></font><font><b/><sz val="10"/></font>'
    '</fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEEF2F6"/></patternFill></fill></fills>'
    '<borders count="3"><border><left/><right/><top/><bottom/><diagonal/></border><border>'
    f"{''.join(EDGE.format(side) for side in ('left', 'right', 'top', 'bottom'))}<diagonal/></border><border>"
    f"{EDGE.format('left')}{EDGE.format('right')}<top/>{EDGE.format('bottom')}<diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="9">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    f'<xf numFmtId="0" fontId="3" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1">{WRAPPED.format("center")}</xf>'
    f'<xf numFmtId="0" fontId="2" fillId="0" borderId="2" xfId="0" applyFont="1">{WRAPPED.format("top")}</xf>'
    f'<xf numFmtId="164" fontId="2" fillId="0" borderId="2" xfId="0" applyNumberFormat="1">{WRAPPED.format("top")}</xf>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" quotePrefix="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1" quotePrefix="1"/>'
    f'<xf numFmtId="0" fontId="2" fillId="0" borderId="2" xfId="0" quotePrefix="1">{WRAPPED.format("top")}</xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def written(name: str, title: str, notes: Sequence[str], headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An XLSX on disk, open at its beginning: title and notes merged across, headings with their widths, which repeat on each printed
    page, then the rows. Whoever gets it closes it."""
    with ExitStack() as unfinished:
        file = unfinished.enter_context(tempfile.TemporaryFile(dir=settings.UPLOAD_DIR))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKED) as package:
            for part, words in _parts(name, len(notes) + 2):
                package.writestr(part, words)
            with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
                for chunk in _sheet(title, notes, headings, rows):
                    sheet.write(chunk.encode())
        unfinished.pop_all()
    file.seek(0)
    return file


def _parts(name: str, head: int) -> Iterator[tuple[str, str]]:
    """All parts of the package but the sheet."""
    yield "[Content_Types].xml", CONTENT_TYPES
    yield "_rels/.rels", _relations(("officeDocument", "xl/workbook.xml"))
    yield "xl/_rels/workbook.xml.rels", _relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"))
    yield "xl/styles.xml", STYLES
    titles = f"{escape(_quoted(name))}!$1:${head}"
    yield (
        "xl/workbook.xml",
        f'{PROLOGUE}<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets><sheet name={quoteattr(name)} sheetId="1" r:id="r1"/>'
        f'</sheets><definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">{titles}</definedName></definedNames></workbook>',
    )


def _quoted(name: str) -> str:
    doubled = name.replace("'", "''")
    return f"'{doubled}'"


def _relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{place}" Type="{OFFICE}/{kind}" Target="{target}"/>' for place, (kind, target) in enumerate(targets, start=1)
    )
    return f'{PROLOGUE}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _sheet(title: str, notes: Sequence[str], headings: Sequence[tuple[str, int]], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    head, letters = len(notes) + 2, [get_column_letter(place) for place in range(1, len(headings) + 1)]
    widths = "".join(f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, (_words, width) in enumerate(headings, start=1))
    yield (
        f'{PROLOGUE}<worksheet xmlns="{SPREADSHEET}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0">'
        f'<pane ySplit="{head}" topLeftCell="A{head + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    )
    for row, words in enumerate((title, *notes), start=1):
        yield f'<row r="{row}">{_cell(f"A{row}", words, TITLE if row == 1 else NOTE)}</row>'
    heads = "".join(_cell(f"{letter}{head}", words, HEAD) for letter, (words, _width) in zip(letters, headings, strict=True))
    yield f'<row r="{head}">{heads}</row>'
    for row, values in enumerate(rows, start=head + 1):
        yield f'<row r="{row}">{"".join(_cell(f"{letter}{row}", value) for letter, value in zip(letters, values, strict=True))}</row>'
    merged = "".join(f'<mergeCell ref="A{row}:{letters[-1]}{row}"/>' for row in range(1, head))
    yield (
        f'</sheetData><mergeCells count="{head - 1}">{merged}</mergeCells>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    )


def _cell(place: str, value: Any, style: int = BODY) -> str:
    """One cell: numbers and days as such, everything else as a string, and none of them a formula."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f'<c r="{place}" s="{DAY}"><v>{(value - EPOCH).days}</v></c>'
    text = storable(value)
    if not text:
        return f'<c r="{place}" s="{style}"/>'
    style = QUOTED.get(style, style) if is_read_as_formula(text) else style
    words = escape(spelled(text), {"\r": "&#13;"})
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
