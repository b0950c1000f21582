"""Opening workbooks and CSV files: from untrusted bytes to plain cells that know their sheet, row and column.

A workbook is read as a stream: empty rows and cells cost time but no memory, formulas are not computed but the result that was saved
with them is taken. What cannot be read is refused in words that say what to do (ActRefused, field ``file``).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from apps.measures.services.content import DAMAGED, ole, ooxml
from apps.measures.services.content.verdict import refusal
from apps.measures.services.content.zips import TOO_LARGE, Budget
from apps.units.errors import ActRefused

Plain = str | int | float | bool | dt.date | dt.datetime
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 60, 20_000, 256, 600_000
MOST_MERGES, MOST_MERGED = 50_000, 500_000

BROKEN = "文件不完整（可能没有传完）或已经损坏，请用 Excel 或 WPS 打开检查，另存为 XLSX 后重新上传"
OLD = "这是旧版 Excel（XLS）或 WPS 表格（ET）文件，请用 Excel 或 WPS 打开，另存为 XLSX 后再上传"
OTHER = "这是{}格式的表格，请用 Excel 或 WPS 打开，另存为 XLSX 后再上传"
LOCKED = "文件设有打开密码，请在 Excel 或 WPS 里去掉密码，另存后再上传"
NO_TABLE = "这不是表格文件。清单请用 XLSX 或 CSV 上传；通报正文请从“导入通报”上传"
SWOLLEN = "工作表展开后过大，多半是整行整列设了格式或留有大量空行。请选中数据以外的空行空列删除（不是清除内容），另存后再上传"
TOO_MANY_ROWS = f"工作表“{{}}”有内容的行超过 {MOST_ROWS} 行，请拆成几个文件分别导入"
TOO_MANY_CELLS = f"文件里有内容的单元格超过 {MOST_CELLS // 10_000} 万个，请只保留清单所在的工作表，或拆成几个文件"
TOO_MANY_MERGED = "合并单元格太多，无法读取。请取消数据以外区域的合并单元格，另存后再上传"
EMPTY = "文件里没有内容，请检查后重新选择"


@dataclass(frozen=True)
class Merge:
    """Merged cells; the first row and column hold the value."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """The cells of one sheet that hold something, by row and column, both counted from one as in the program."""

    name: str
    rows: dict[int, dict[int, Plain]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    is_hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    """Formulas whose result was not saved with the file."""

    def put(self, row: int, column: int, value: Plain | None) -> None:
        if value is None or column > MOST_COLUMNS or (isinstance(value, str) and not value.strip()):
            return
        self.rows.setdefault(row, {})[column] = value
        if len(self.rows) > MOST_ROWS:
            raise refusal(TOO_MANY_ROWS.format(self.name))

    def at(self, row: int, column: int) -> Plain | None:
        return self.rows.get(row, {}).get(column)

    @property
    def last_row(self) -> int:
        return max(self.rows, default=0)

    @property
    def last_column(self) -> int:
        return max((max(cells) for cells in self.rows.values() if cells), default=0)

    def anchors(self) -> dict[tuple[int, int], tuple[int, int]]:
        """For each covered cell of a merge within the used part of the sheet, the cell that holds its value."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        bottom, right, left = self.last_row, self.last_column, MOST_MERGED
        for merge in self.merges:
            for row in range(merge.top, min(merge.bottom, bottom) + 1):
                for column in range(merge.left, min(merge.right, right) + 1):
                    found[row, column] = (merge.top, merge.left)
                    left -= 1
                if left < 0:
                    raise refusal(TOO_MANY_MERGED)
        return found


@dataclass
class Workbook:
    """What was in a file. ``kind``: xlsx or csv."""

    kind: str
    sheets: list[Sheet]

    @property
    def filled(self) -> list[Sheet]:
        """The sheets that hold something."""
        return [sheet for sheet in self.sheets if sheet.rows]

    @property
    def cells(self) -> int:
        return sum(len(cells) for sheet in self.sheets for cells in sheet.rows.values())


def opened(name: str, data: bytes) -> Workbook:
    """The workbook or CSV file with those bytes; what the bytes are counts, not what the name says. Raises ActRefused."""
    from apps.measures.importing import csv_files, xlsx

    kind = kind_of(data)
    if kind == "csv":
        if re.search(r"\.(xlsx?|xlsm|et)$", name, re.IGNORECASE):
            raise refusal(BROKEN)
        book = csv_files.read(name, data)
    else:
        _check_package(data)
        try:
            book = xlsx.read(data)
        except DAMAGED as error:
            raise refusal(BROKEN) from error
    if not book.filled:
        raise refusal(EMPTY)
    return book


def kind_of(data: bytes) -> str:
    """“xlsx” or “csv”; refused where it is neither, with what to do about it."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise refusal(EMPTY)
    if data.startswith(b"PK"):
        return "xlsx"
    if data.startswith(ole.SIGNATURE):
        raise refusal(_compound(data))
    if head.startswith((b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")):
        raise refusal(NO_TABLE)
    if re.match(rb"<(\?xml|!doctype|html|table|meta|head|body|workbook)", head, re.IGNORECASE):
        raise refusal("这是网页（HTML 或 XML）格式的表格，只是扩展名像 Excel 文件。请用 Excel 或 WPS 打开，另存为 XLSX 后再上传")
    return "csv"


def _compound(data: bytes) -> str:
    try:
        if ole.is_locked_package(data):
            return LOCKED
        import io

        import olefile

        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return OLD if file.exists("Workbook") or file.exists("Book") else NO_TABLE
    except DAMAGED:
        return BROKEN


def _check_package(data: bytes) -> None:
    """The bytes are a workbook that does nothing by itself (security.md S-42…S-44)."""
    try:
        if other := _other_format(_part_names(data)):
            raise refusal(OTHER.format(other))
        ooxml.check(data, ooxml.MAIN_PARTS, Budget())
    except ActRefused as refused:
        raise (refusal(SWOLLEN) if refused.message == TOO_LARGE else refused) from refused
    except DAMAGED as error:
        raise refusal(BROKEN) from error
    if ooxml.SHEET not in _part_names(data):
        raise refusal(NO_TABLE)


def _other_format(names: set[str]) -> str:
    """Formats of tables in packages that are not read, by what they are made of."""
    if "xl/workbook.bin" in names:
        return "二进制（XLSB）"
    if "content.xml" in names and "mimetype" in names:
        return "开放文档（ODS）"
    return "苹果 Numbers" if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) else ""


def _part_names(data: bytes) -> set[str]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return set(package.namelist())


def column_numbers(reference: str) -> tuple[int, int]:
    """“AB12” → row 12, column 28; zeros where it is no reference. Dollar signs do not matter."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})", reference)
    if not found:
        return 0, 0
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def plain_text(value: Plain | None) -> str:
    """A cell as words: days as ISO, whole numbers without a point, line ends as newlines, no outer blanks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\u3000\u00a0\ufeff\u200b")
