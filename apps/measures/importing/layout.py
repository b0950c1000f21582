"""Where the table of a sheet begins and what its columns hold: title rows passed over, headings of several rows put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.measures.importing.headings import BY_NAME, LIKELY, MAYBE, NOTHING, Meaning, folded, meaning_of
from apps.measures.importing.sheets import Sheet, plain_text

SEARCHED_ROWS, DEEPEST, LONGEST_HEADING = 40, 3, 60
BOUND = re.compile(r"(?P<first>起始?|开始|启动|自|从|始)(?:时间|日期)?|(?:止|终止?|讫|迄|至|到|结束|截止|完成)(?:时间|日期)?")
"""From when and until when, below a heading of the time."""
NUMERALS = re.compile(r"[(（]?第?(?:[0-9]{1,2}|[一二三四五六七八九十①-⑩])(?:[条项])?[)）]?")
"""What tells columns of one kind apart (整改措施一, 整改措施二)."""
FEWEST = 2
"""So many columns must be recognised, or it is no heading."""


@dataclass
class Column:
    """A column of the table: its heading, what it means, what the first rows hold. ``name`` is empty where nobody knows."""

    number: int
    heading: str
    name: str
    score: float
    samples: list[str] = field(default_factory=list)
    filled: int = 0
    """How many cells of its own it has: few where they are merged over many rows."""

    @property
    def is_sure(self) -> bool:
        return self.score > MAYBE

    def as_json(self) -> dict[str, Any]:
        return {"number": self.number, "heading": self.heading, "name": self.name, "score": self.score, "samples": self.samples}


@dataclass
class Layout:
    """A sheet as a table: the rows of its heading, its columns, its first row of content; ``about``: words above the table."""

    sheet: Sheet
    top: int
    first: int
    columns: list[Column]
    about: list[str] = field(default_factory=list)

    def column(self, name: str) -> int:
        """The number of the column that holds this; zero where none does."""
        return next((column.number for column in self.columns if column.name == name), 0)

    @property
    def fields(self) -> set[str]:
        return {column.name for column in self.columns if column.name}

    @property
    def is_list(self) -> bool:
        """Whether the sheet says anything that could be imported: an issue, a measure, or who does one of a number."""
        about = {"lead_unit", "supporting_units", "lead_official", "person", "due"}
        return bool(self.fields & {"finding", "title", "text"}) or ("number" in self.fields and bool(self.fields & about))


class Grid:
    """The cells of a sheet with merged ones filled in."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.anchors = sheet.anchors()
        self.width = sheet.last_column

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        return self.anchors.get((row, column), (row, column))

    def value(self, row: int, column: int) -> Any:
        return self.sheet.at(*self.anchor(row, column))

    def text(self, row: int, column: int) -> str:
        return plain_text(self.value(row, column))

    def is_spread(self, row: int, columns: int) -> bool:
        """Whether the row is one cell over most of the table: a title or a section."""
        cells = self.sheet.rows.get(row, {})
        if len(cells) != 1:
            return False
        (column,) = cells
        wide = sum(self.anchor(row, other) == (row, column) for other in range(1, columns + 1))
        return wide > columns / 2


def layout_of(sheet: Sheet, remembered: Mapping[str, str] | None = None) -> Layout | None:
    """The table of the sheet; None where no row looks like its heading. ``remembered``: folded heading → field (empty: left out)."""
    grid, known = Grid(sheet), remembered or {}
    best: tuple[float, int, int, list[Column]] | None = None
    rows = sorted(sheet.rows)[:SEARCHED_ROWS]
    for top in rows:
        for depth in range(1, DEEPEST + 1):
            columns = list(_columns(grid, top, depth, known))
            score = _score(grid, top, depth, columns)
            if score and (best is None or score > best[0]):
                best = (score, top, depth, columns)
    if best is None:
        return None
    _score_of, top, depth, columns = best
    whole = _whole_depth(grid, top, depth)
    if whole != depth:
        depth, columns = whole, list(_columns(grid, top, whole, known))
    first = top + depth
    for column in columns:
        column.samples, column.filled = _samples(grid, first, column.number)
    settle(columns)
    heads = "".join(folded(column.heading) for column in columns)
    about = [text for row in rows if row < top for _column, text in _once(grid, row) if folded(text) not in heads]
    return Layout(sheet, top, first, columns, about)


def _whole_depth(grid: Grid, top: int, depth: int) -> int:
    """How many rows the heading has: those that its cells are merged into, and one that says more of merged headings and nothing else."""
    heads = [merge for merge in grid.sheet.merges if top <= merge.top < top + depth]
    depth = max((merge.bottom - top + 1 for merge in heads if merge.bottom - top < DEEPEST + 1), default=depth) if heads else depth
    depth = max(depth, 1)
    below = {column: text for column, text in _once(grid, top + depth) if text}
    wide = {column for merge in heads if merge.right > merge.left for column in range(merge.left, merge.right + 1)}
    says_more = len(below) > 1 and set(below) <= wide and all(len(text) <= 12 for text in below.values())
    return depth + 1 if says_more else depth


def _columns(grid: Grid, top: int, depth: int, known: Mapping[str, str]) -> Iterator[Column]:
    for number in range(1, grid.width + 1):
        parts = list(dict.fromkeys(text for row in range(top, top + depth) if (text := grid.text(row, number))))
        if not parts or any(len(part) > LONGEST_HEADING for part in parts):
            if parts:
                yield Column(number, parts[0][:LONGEST_HEADING], "", -1)
            continue
        heading = " ".join(" ".join(part.split()) for part in parts)
        meaning = _meaning(parts, known)
        yield Column(number, heading, meaning.name, meaning.score)


def _meaning(parts: list[str], known: Mapping[str, str]) -> Meaning:
    """The lowest row says most; where it says nothing by itself, the rows above it are read with it."""
    whole = folded(" ".join(parts))
    if whole in known:
        return Meaning(known[whole], 1.0)
    alone = meaning_of(parts[-1])
    if len(parts) == 1:
        return alone
    if meaning_of(parts[-2]).name == "due" and (end := BOUND.fullmatch(folded(parts[-1]))):
        return Meaning("found_on" if end["first"] else "due", LIKELY)
    together = meaning_of("".join(parts[-2:]))
    if re.fullmatch(r"序号|编号|内容|单位|部门|姓名|责任人|时间|日期|领导|牵头|配合|主要|具体|名称|职务|类型|类别", folded(parts[-1])):
        return together if together.name and folded(parts[-1]) not in ("责任人",) else alone
    return alone if alone.name else together if together.name else meaning_of(parts[-2])


def _score(grid: Grid, top: int, depth: int, columns: list[Column]) -> float:
    """More recognised fields are better, rows that are no heading worse; zero for what is no heading at all."""
    names = {column.name for column in columns if column.name and column.score >= MAYBE}
    if len(names) < FEWEST or not names & {"finding", "title", "text", "lead_unit", "number", "due"}:
        return 0
    spread = sum(grid.is_spread(row, grid.width) for row in range(top, top + depth))
    long = sum(column.score < 0 for column in columns)
    filled = sum(bool(grid.sheet.rows.get(row)) for row in range(top, top + depth))
    if spread or filled < depth or _holds_content(grid, top, depth):
        return 0
    exact = sum(column.score >= LIKELY and bool(column.name) for column in columns)
    return len(names) * 10 + exact - depth * 3 - long * 8 - (len(columns) - exact)


def _holds_content(grid: Grid, top: int, depth: int) -> bool:
    """Whether a lower row of the heading is one of content: it says something below a known heading that stands over one column."""
    for row in range(top + 1, top + depth):
        for column, text in _once(grid, row):
            above = grid.anchor(row - 1, column)
            single = grid.anchor(row - 1, column + 1) != above and grid.anchor(row - 1, column - 1) != above
            known = meaning_of(grid.text(row - 1, column)).score >= LIKELY
            if text and single and known and not text.startswith(("（", "(", "【")):
                return True
    return False


def _samples(grid: Grid, first: int, column: int) -> tuple[list[str], int]:
    """Three different texts of the first rows, and how many different ones there are."""
    rows = sorted(row for row in grid.sheet.rows if row >= first)[:200]
    found = list(dict.fromkeys(text for row in rows if (text := plain_text(grid.sheet.at(row, column)))))
    return [text[:80] for text in found[:3]], len(found)


def _once(grid: Grid, row: int) -> Iterator[tuple[int, str]]:
    for column, value in sorted(grid.sheet.rows.get(row, {}).items()):
        yield column, plain_text(value)


def settle(columns: list[Column]) -> None:
    """Two columns never hold the same, but for numbered ones of measures: the broader one is something else, or somebody has to look."""
    for name in [column.name for column in columns if column.name in BY_NAME and BY_NAME[column.name].taken]:
        same = [column for column in columns if column.name == name]
        if len(same) > 1 and not _are_numbered(same):
            _part(same, {column.name for column in columns})


def _are_numbered(same: list[Column]) -> bool:
    """整改措施一, 整改措施二: columns of one kind, each with a measure."""
    return same[0].name == "text" and len({NUMERALS.sub("", folded(column.heading)) for column in same}) == 1


def _part(same: list[Column], taken: set[str]) -> None:
    name = same[0].name
    if name == "finding" and len(same) == 2:
        broad, narrow = same
        is_broader = broad.filled * 3 <= narrow.filled * 2
        order = ("category", "title") if is_broader else ("title",)
        broad.name, broad.score = next((one for one in order if one not in taken), ""), MAYBE + 0.01
        return
    if name == "text" and len(same) == 2 and "title" not in taken:
        tasks = [column for column in same if re.search(r"任务|事项", column.heading)]
        if len(tasks) == 1:
            tasks[0].name = "title"
            return
    if name == "lead_unit" and "supporting_units" not in taken:
        heads = [column for column in same if "牵头" in column.heading or "主责" in column.heading]
        if len(heads) == 1 and len(same) == 2:
            other = next(column for column in same if column is not heads[0])
            other.name, other.score = "supporting_units", MAYBE
            return
    if name == "number" and len(same) == 2 and "ordinal" not in taken:
        of_issue = next((column for column in same if "问题" in column.heading), same[0])
        next(column for column in same if column is not of_issue).name = "ordinal"
        return
    if name == "due":
        keep = next((column for column in same if re.search(r"完成|时限|期限|截止", column.heading)), same[-1])
    else:
        keep = max(same, key=lambda column: (column.score, -column.number))
    for column in same:
        if column is not keep:
            column.name, column.score = "", 0


def unknown_columns(layout: Layout) -> list[Column]:
    """What the office is to be asked about: columns with content that are not sure."""
    return [column for column in layout.columns if not column.is_sure and column.samples]


def label_of(name: str) -> str:
    return BY_NAME[name].label if name in BY_NAME else "不导入"


__all__ = ("NOTHING", "Column", "Grid", "Layout", "label_of", "layout_of", "settle", "unknown_columns")
