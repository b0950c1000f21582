"""The parts of an XLSX package, each read as a stream with a parser that declares no entities."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Callable
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.sax import make_parser
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from apps.measures.cell_text import storable
from apps.measures.importing.sheets import (
    MOST_CELLS,
    MOST_MERGES,
    MOST_SHEETS,
    TOO_MANY_CELLS,
    TOO_MANY_MERGED,
    Merge,
    Plain,
    Sheet,
    column_numbers,
)
from apps.measures.importing.sheets import Workbook as Read
from apps.measures.services.content.ooxml import SHEET
from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import Budget, Member, Package

CHINESE_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of formats that are dates in Chinese programs; the package does not spell them out."""
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST_TEXT = 32_767
MOST_UNCOMPUTED = 1000
MOST_STRINGS = 64 * 1024 * 1024


def read(data: bytes) -> Read:
    """All worksheets of the package."""
    package = Package(data, Budget())
    parts = {member.name: member for member in package.members}
    outline = _Outline()
    _parse(package, parts[SHEET], outline)
    targets = _Targets()
    if relations := parts.get("xl/_rels/workbook.xml.rels"):
        _parse(package, relations, targets)
    styles, strings = _Styles(), _Strings()
    if part := _named(parts, targets, "styles"):
        _parse(package, part, styles)
    if part := _named(parts, targets, "sharedStrings"):
        _parse(package, part, strings)
    book = Read("xlsx", [])
    left = MOST_CELLS
    for name, hidden, key in outline.sheets[:MOST_SHEETS]:
        kind, target = targets.found.get(key, ("", ""))
        member = parts.get(target)
        if kind != "worksheet" or member is None:
            continue
        sheet = Sheet(name, is_hidden=hidden)
        _parse(package, member, _Cells(sheet, strings.found, styles.dates, outline.epoch, left))
        left -= sum(len(cells) for cells in sheet.rows.values())
        book.sheets.append(sheet)
    if not outline.sheets:
        raise NotThisKind
    return book


def _named(parts: dict[str, Member], targets: _Targets, kind: str) -> Member | None:
    return next((parts[target] for found, target in targets.found.values() if found == kind and target in parts), None)


def _parse(package: Package, member: Member, handler: ContentHandler) -> None:
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    for chunk in package.chunks(member):
        parser.feed(chunk)
    parser.close()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Outline(ContentHandler):
    """workbook.xml: names of the sheets, whether each is hidden, the key of its part; from when days count."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool, str]] = []
        self.epoch = CALENDAR_WINDOWS_1900

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if _local(name) == "sheet":
            self.sheets.append((attrs.get("name", ""), attrs.get("state", "visible") != "visible", _relation(attrs)))
        elif _local(name) == "workbookPr" and attrs.get("date1904", "0") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904


def _relation(attributes: AttributesImpl) -> str:
    """“r:id”, and not the “id” that a sheet has besides."""
    return next((str(attributes.getValue(key)) for key in attributes.getNames() if key.endswith(":id")), "")


class _Targets(ContentHandler):
    """workbook.xml.rels: by key, what a part is and where it lies."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if _local(name) == "Relationship":
            target = attrs.get("Target", "")
            place = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            self.found[attrs.get("Id", "")] = (attrs.get("Type", "").rpartition("/")[2], place)


class _Styles(ContentHandler):
    """styles.xml: which formats of cells show a number as a day."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = {}
        self.dates: list[bool] = []
        self._in_cells = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = _local(name)
        if local == "numFmt":
            self.codes[_whole(attrs.get("numFmtId", ""))] = attrs.get("formatCode", "")
        elif local == "cellXfs":
            self._in_cells = True
        elif local == "xf" and self._in_cells:
            number = _whole(attrs.get("numFmtId", ""))
            code = self.codes.get(number) or BUILTIN_FORMATS.get(number, "")
            self.dates.append(number in CHINESE_DATES if number not in self.codes else bool(is_date_format(code)))

    def endElement(self, name: str) -> None:
        if _local(name) == "cellXfs":
            self._in_cells = False


class _Strings(ContentHandler):
    """sharedStrings.xml: the texts; how their characters are pronounced (rPh) is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._text: list[str] = []
        self._taking = self._spoken = False
        self._size = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = _local(name)
        if local == "si":
            self._text = []
        elif local == "rPh":
            self._spoken = True
        elif local == "t":
            self._taking = not self._spoken

    def characters(self, content: str) -> None:
        if self._taking:
            self._size += len(content)
            if self._size > MOST_STRINGS:
                raise refusal(TOO_MANY_CELLS)
            self._text.append(content)

    def endElement(self, name: str) -> None:
        local = _local(name)
        if local == "si":
            self.found.append(_unescaped("".join(self._text)))
        elif local == "rPh":
            self._spoken = False
        elif local == "t":
            self._taking = False


class _Cells(ContentHandler):
    """A worksheet: its cells, merges and hidden rows, put on the sheet while they are read."""

    def __init__(self, sheet: Sheet, strings: list[str], dates: list[bool], epoch: dt.datetime, left: int) -> None:
        super().__init__()
        self.sheet, self.strings, self.dates, self.epoch, self.left = sheet, strings, dates, epoch, left
        self.row = self.column = 0
        self.kind, self.style, self.formula = "n", 0, False
        self.text: list[str] = []
        self.taking = self.spoken = self.hidden = False
        self.starts: dict[str, Callable[[AttributesImpl], None]] = {
            "row": self._start_row,
            "c": self._start_cell,
            "mergeCell": self._merge,
        }

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = _local(name)
        if start := self.starts.get(local):
            start(attrs)
        elif local in ("v", "t"):
            self.taking = not self.spoken
        elif local == "f":
            self.formula = True
        elif local == "rPh":
            self.spoken = True

    def characters(self, content: str) -> None:
        if self.taking:
            self.text.append(content)

    def endElement(self, name: str) -> None:
        local = _local(name)
        if local == "c":
            self._end_cell()
        elif local in ("v", "t"):
            self.taking = False
        elif local == "rPh":
            self.spoken = False

    def _start_row(self, attrs: AttributesImpl) -> None:
        self.row, self.column = _whole(attrs.get("r", "")) or self.row + 1, 0
        self.hidden = attrs.get("hidden", "0") in ("1", "true")

    def _start_cell(self, attrs: AttributesImpl) -> None:
        row, column = column_numbers(attrs.get("r", ""))
        self.row, self.column = row or self.row, column or self.column + 1
        self.kind, self.style, self.formula = attrs.get("t", "n"), _whole(attrs.get("s", "")), False
        self.text = []

    def _end_cell(self) -> None:
        text = "".join(self.text)
        if not text:
            if self.formula and len(self.sheet.uncomputed) < MOST_UNCOMPUTED:
                self.sheet.uncomputed.add((self.row, self.column))
            return
        value = self._value(text)
        if value is not None:
            self.left -= 1
            if self.left < 0:
                raise refusal(TOO_MANY_CELLS)
            self.sheet.put(self.row, self.column, value)
            if self.hidden:
                self.sheet.hidden_rows.add(self.row)

    def _value(self, text: str) -> Plain | None:
        if self.kind == "s":
            index = _whole(text)
            return self.strings[index] if index < len(self.strings) else None
        if self.kind in ("str", "inlineStr", "e"):
            return _unescaped(text)
        if self.kind == "b":
            return text.strip() == "1"
        if self.kind == "d":
            return _iso(text)
        return self._number(text)

    def _number(self, text: str) -> Plain:
        try:
            number = float(text)
        except ValueError:
            return text
        if self.style < len(self.dates) and self.dates[self.style]:
            try:
                moment = from_excel(number, self.epoch)
            except (ValueError, OverflowError):
                return number
            return moment if isinstance(moment, dt.datetime | dt.date) else text
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def _merge(self, attrs: AttributesImpl) -> None:
        first, _colon, last = attrs.get("ref", "").partition(":")
        (top, left), (bottom, right) = column_numbers(first), column_numbers(last)
        if top and bottom:
            self.sheet.merges.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
        if len(self.sheet.merges) > MOST_MERGES:
            raise refusal(TOO_MANY_MERGED)


def _iso(text: str) -> Plain:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return text


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written as _x000D_; those that no text may hold, as half of a pair, are dropped."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
    return storable(plain[:LONGEST_TEXT])
