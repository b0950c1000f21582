"""CSV files as offices have them: UTF-8, GB18030 or UTF-16, with commas, tabs or semicolons."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from apps.measures.cell_text import FORMULA_STARTS
from apps.measures.importing.sheets import BROKEN, MOST_CELLS, NO_TABLE, TOO_MANY_CELLS, Sheet, Workbook
from apps.measures.services.content.verdict import refusal

DELIMITERS = ",\t;"
SAMPLE = 50
QUOTES = "第 {} 行的引号没有成对，后面的内容都会被当成一格。请检查这一行，或用 Excel、WPS 另存为 XLSX 后再上传"
NO_ENCODING = "认不出文件的编码。请用 Excel 或 WPS 打开，另存为 XLSX（或 UTF-8 编码的 CSV）后再上传"


def read(name: str, data: bytes) -> Workbook:
    """The file as one sheet; a record is a row, as the spreadsheet programs count."""
    text = decoded(data)
    sheet = Sheet(PurePath(name).stem[:31] or "清单")
    for number, cells in enumerate(_records(text, delimiter_of(text)), start=1):
        for column, value in cells.items():
            sheet.put(number, column, value)
    return Workbook("csv", [sheet])


def decoded(data: bytes) -> str:
    """The text, whatever of the usual encodings it is in; refused where it is none."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\x00" in data:
        raise refusal(NO_TABLE)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(char) < 32 and char not in "\t\n\r\f" for char in text):
            raise refusal(BROKEN)
        return text
    raise refusal(NO_ENCODING)


def delimiter_of(text: str) -> str:
    """The mark that gives most columns in most rows; a comma where none gives any."""

    def columns(mark: str) -> float:
        try:
            found = [len(record) for record, _number in zip(_lenient(text, mark), range(SAMPLE), strict=False) if record]
        except csv.Error:
            return 0
        return statistics.median(found) if found else 0

    return max(DELIMITERS, key=columns)


def _records(text: str, delimiter: str) -> list[dict[int, str]]:
    """By record, what its cells hold, those that hold something; quotation marks that do not pair are told, others are let pass."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(_held(reader))
    except csv.Error as error:
        line = reader.line_num
        if "end of data" in str(error) or "field larger" in str(error):
            raise refusal(QUOTES.format(_opening(text, delimiter, line))) from error
        try:
            return list(_held(_lenient(text, delimiter)))
        except csv.Error as worse:
            raise refusal(QUOTES.format(line)) from worse


def _held(records: Iterable[list[str]]) -> Iterator[dict[int, str]]:
    """Nothing is kept of empty cells, and never more than fits."""
    left = MOST_CELLS
    for record in records:
        cells = {column: plain for column, value in enumerate(record, start=1) if (plain := _plain(value)).strip()}
        left -= len(cells)
        if left < 0:
            raise refusal(TOO_MANY_CELLS)
        yield cells


def _opening(text: str, delimiter: str, last: int) -> int:
    """The line of the record that never ends."""
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 0
    try:
        for _record in reader:
            line = reader.line_num
    except csv.Error:
        return line + 1
    return last


def _lenient(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _plain(value: str) -> str:
    """Without what programs put around a value so that it stays text: ="001", or an apostrophe before a formula's sign."""
    if value.startswith('="') and value.endswith('"') and len(value) > 2:
        return value[2:-1]
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA_STARTS) else value
