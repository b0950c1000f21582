"""What was read of a workbook or a CSV file: plain cells that know their sheet, row and column, and how many of them there may be."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from apps.measures.services.content.verdict import refusal

Plain = str | int | float | bool | dt.date | dt.datetime
MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 60, 20_000, 256, 600_000
MOST_MERGES, MOST_MERGED = 50_000, 500_000

BROKEN = "文件不完整（可能没有传完）或已经损坏，请用 Excel 或 WPS 打开检查，另存为 XLSX 后重新上传"
NO_TABLE = "这不是表格文件。清单请用 XLSX 或 CSV 上传；通报正文请从“导入通报”上传"
TOO_MANY_ROWS = f"工作表“{{}}”有内容的行超过 {MOST_ROWS} 行，请拆成几个文件分别导入"
TOO_MANY_CELLS = f"文件里有内容的单元格超过 {MOST_CELLS // 10_000} 万个，请只保留清单所在的工作表，或拆成几个文件"
TOO_MANY_MERGED = "合并单元格太多，无法读取。请取消数据以外区域的合并单元格，另存后再上传"


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
