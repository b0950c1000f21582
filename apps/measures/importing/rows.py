"""The rows of a table, told apart: sections, rows of content, repeated headings, totals and signatures."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apps.measures.importing.headings import folded
from apps.measures.importing.layout import Grid, Layout
from apps.measures.importing.sheets import Plain, plain_text
from apps.measures.importing.splitting import chinese_number
from apps.measures.importing.tree import Origin

FOOT = re.compile(
    r"^(?:合\s*计|总\s*计|小\s*计|共\s*计|注\s*[:：]|备\s*注\s*[:：]|说\s*明\s*[:：]|填\s*表|制\s*表|审\s*核\s*人?\s*[:：]|填\s*报\s*(?:人|单位|时间|日期)?\s*[:：]|联\s*系\s*人\s*[:：]|联系电话|(?:主要|单位)负责人\s*(?:签|[:：(（])|党(?:委|组)书记签|签\s*字|报送|第?\s*\d+\s*页|共\s*\d+\s*页)"
)
DITTO = re.compile(r"[（(]?(?:同上|同前|同上[栏行格条列]|如上|〃|″|''|\"|”)[)）]?[。.]?")
CONTINUED = re.compile(r"[（(\s]*续(?:表|页|前)?[)）\s]*[0-9一二三四五六七八九十]*$")
FIRST_LEVEL = re.compile(r"^\s*(?:第?([一二三四五六七八九十]{1,3})(?:[、.．]|方面|部分|类|\s)|([一二三四五六七八九十]{1,3})(?=关于|在))\s*")
SECOND_LEVEL = re.compile(r"^\s*[(（]\s*([一二三四五六七八九十]{1,3})\s*[)）]\s*[、.．]?\s*")
COUNTED = re.compile(r"\s*[(（](?:共|计)?\s*\d+\s*(?:个|项|条)[^()（）]{0,8}[)）]\s*$")
LONGEST_SECTION = 60
ERRORS = re.compile(r"^#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|####)")


@dataclass(frozen=True)
class Cell:
    """A cell of a row of content, with the place of the cell that holds its words. ``own``: it begins here and is not merged down from a
    row above."""

    text: str
    value: Plain | None
    origin: Origin
    own: bool


@dataclass
class Row:
    """A row of content by field; ``hidden`` in the program; ``more``: measures that stand in further columns."""

    number: int
    cells: dict[str, Cell] = field(default_factory=dict)
    hidden: bool = False
    more: list[Cell] = field(default_factory=list)

    def text(self, name: str) -> str:
        cell = self.cells.get(name)
        return cell.text if cell else ""

    def is_own(self, name: str) -> bool:
        cell = self.cells.get(name)
        return bool(cell and cell.own and cell.text)


@dataclass(frozen=True)
class Section:
    """A row that heads those below it: an aspect (方面). ``level`` 1 for 一、, 2 for （一）, 0 where it has no number."""

    title: str
    number: int
    level: int
    origin: Origin


@dataclass(frozen=True)
class Passed:
    """A row that is no content: a total, a note, a signature."""

    text: str
    origin: Origin


Item = Row | Section | Passed


def rows_of(layout: Layout) -> Iterator[Item]:
    """What stands below the heading, row by row; first the aspect above it, where others follow that have a heading below them."""
    items = list(_items(layout))
    if layout.about and FIRST_LEVEL.match(layout.about[-1]) and any(isinstance(item, Section) and item.level == 1 for item in items):
        yield section_of(layout.about[-1], Origin(layout.sheet.name, layout.top - 1, 1))
    yield from items


def _items(layout: Layout) -> Iterator[Item]:
    grid = Grid(layout.sheet)
    columns = {column.name: column.number for column in reversed(layout.columns) if column.name}
    further = [column.number for column in layout.columns if column.name == "text" and column.number != columns["text"]]
    titles = {folded(CONTINUED.sub("", text)) for text in layout.about}
    above: dict[str, Cell] = {}
    width = max((column.number for column in layout.columns), default=1)
    counted = any(re.search(r"\d", grid.text(row, columns["number"])) for row in layout.sheet.rows) if "number" in columns else False
    heads = {column.number: folded(column.heading) for column in layout.columns}
    numbers = sorted(row for row in layout.sheet.rows if row >= layout.first)
    for number, after in itertools.zip_longest(numbers, numbers[1:], fillvalue=0):
        if _is_heading(grid, number, heads):
            continue
        single = (
            _single(grid, number, width, columns)
            or _numbered_section(grid, number, columns, counted=counted)
            or (None if counted else _leveled_section(grid, number, columns))
        )
        again = _is_heading(grid, after, heads) or (isinstance(single, Section) and folded(CONTINUED.sub("", single.title)) in titles)
        if isinstance(single, Section) and not single.level and again:
            single = Passed(single.title, single.origin)
        if single is not None:
            yield single
            continue
        row = _row(grid, number, columns, further)
        _repeat(row, above)
        if row.cells:
            yield row


def _repeat(row: Row, above: dict[str, Cell]) -> None:
    """“同上” is what the row above says."""
    for name, cell in row.cells.items():
        if cell.own and DITTO.fullmatch(cell.text) and name in above:
            row.cells[name] = replace(cell, text=above[name].text, value=above[name].value)
    above |= row.cells


def _row(grid: Grid, number: int, columns: dict[str, int], further: list[int]) -> Row:
    found = Row(number, hidden=number in grid.sheet.hidden_rows)
    for name, column in columns.items():
        value = grid.value(number, column)
        text = plain_text(value)
        if text or (number, column) in grid.sheet.uncomputed:
            at = grid.anchor(number, column)
            found.cells[name] = Cell(text, value, Origin(grid.sheet.name, *at), own=at[0] == number)
    for column in further:
        if (text := grid.text(number, column)) and grid.anchor(number, column) == (number, column):
            found.more.append(Cell(text, text, Origin(grid.sheet.name, number, column), own=True))
    return found


def _is_heading(grid: Grid, number: int, heads: dict[int, str]) -> bool:
    """The heading once more, as on each printed page."""
    same = [folded(text) == heads.get(column) for column, text in _texts(grid, number)]
    return len(same) > 1 and sum(same) >= max(2, len(same) * 0.6)


def _single(grid: Grid, number: int, width: int, columns: dict[str, int]) -> Section | Passed | None:
    """A row with one cell of words that is no content of its column."""
    cells = list(_texts(grid, number))
    if not cells:
        return None
    column, text = cells[0]
    origin = Origin(grid.sheet.name, number, column)
    if FOOT.match(text) and (len(cells) <= 3 or grid.is_spread(number, width) or _is_total(text)):
        return Passed(text, origin)
    if len(cells) != 1:
        return None
    spread = grid.is_spread(number, width)
    name = next((name for name, at in columns.items() if at == column), "")
    stands_alone = name in ("", "number", "category") and not number_in(text) and len(text) > 3
    if not spread and not (stands_alone and _covers_nothing(grid, number, columns)):
        return None
    return section_of(text, origin)


def _numbered_section(grid: Grid, number: int, columns: dict[str, int], *, counted: bool) -> Section | None:
    """An aspect in the columns of the issues: 一 | 党的领导方面, or 一、党的领导方面 below 反馈问题, where issues are numbered 1, 2, 3."""
    words = next((columns[name] for name in ("finding", "title") if name in columns), 0)
    if not words or not counted or "category" in columns:
        return None
    cells = dict(_texts(grid, number))
    text = cells.pop(words, "")
    mark = cells.pop(columns["number"], "")
    if cells or not text or grid.anchor(number, words)[0] != number:
        return None
    by_mark = re.fullmatch(r"\s*[(（]?[一二三四五六七八九十]{1,3}[)）]?[、.．]?\s*", mark)
    by_text = not mark and len(text) <= LONGEST_SECTION and (FIRST_LEVEL.match(text) or SECOND_LEVEL.match(text))
    if not by_mark and not by_text:
        return None
    joined = mark if re.search(r"[、.．)）]\s*$", mark) else f"{mark}、" if mark else ""
    return section_of(joined + text, Origin(grid.sheet.name, number, words))


def _leveled_section(grid: Grid, number: int, columns: dict[str, int]) -> Section | None:
    """一、党的领导方面 alone in the column of the issues, with an issue of a lower level right below it (（一）…, 1.…, or no number)."""
    words = next((columns[name] for name in ("finding", "title") if name in columns), 0)
    cells = dict(_texts(grid, number))
    text = cells.pop(words, "")
    if not words or cells or len(text) > LONGEST_SECTION or "category" in columns or grid.anchor(number, words)[0] != number:
        return None
    level = 1 if FIRST_LEVEL.match(text) else 2 if SECOND_LEVEL.match(text) else 0
    below = next((row for row in sorted(grid.sheet.rows) if row > number and any(True for _text in _texts(grid, row))), 0)
    next_words = dict(_texts(grid, below)).get(words, "")
    lower = not FIRST_LEVEL.match(next_words) and (level == 1 or not SECOND_LEVEL.match(next_words))
    return section_of(text, Origin(grid.sheet.name, number, words)) if level and next_words and lower else None


def _covers_nothing(grid: Grid, number: int, columns: dict[str, int]) -> bool:
    """Whether no merged cell from above gives the row a content of its own."""
    return not any(grid.text(number, columns[name]) for name in ("finding", "title", "text") if name in columns)


def _is_total(text: str) -> bool:
    return bool(re.match(r"^(?:合\s*计|总\s*计|小\s*计|共\s*计)", text))


def section_of(text: str, origin: Origin) -> Section:
    """An aspect without its number and without how many issues it has."""
    first, second = FIRST_LEVEL.match(text), SECOND_LEVEL.match(text)
    found = first or second
    level = 1 if first else 2 if second else 0
    number = chinese_number(next(group for group in found.groups() if group)) if found else 0
    title = COUNTED.sub("", text[found.end() :] if found else text).strip(" 　。：:")
    return Section(" ".join(title.split()), number, level, origin)


def _texts(grid: Grid, number: int) -> Iterator[tuple[int, str]]:
    for column, value in sorted(grid.sheet.rows.get(number, {}).items()):
        text = plain_text(value)
        if text:
            yield column, text


def number_in(text: str) -> tuple[int, int] | None:
    """“12”, “12.”, “（12）”, “第12项”, “十二”, “12-3”: the number, and a second one or zero."""
    from apps.measures.importing.days import tidied
    from apps.measures.importing.splitting import BRACKETED, CIRCLED, DOTTED

    plain = tidied(text).strip("、.。")
    for marks in (CIRCLED, BRACKETED, DOTTED):
        if text.strip() in marks:
            return marks[text.strip()], 0
    pair = re.fullmatch(r"(?:问题|第|[(（])?(\d{1,4})[-.—–_/](\d{1,3})[)）]?", plain)
    if pair:
        return int(pair[1]), int(pair[2])
    single = re.fullmatch(r"(?:问题|第|[(（\[]|no\.?|NO\.?|№)?(\d{1,5})(?:号|项|个|条|[)）\]])?", plain)
    if single:
        return int(single[1]), 0
    lettered = re.fullmatch(r"[A-Za-z]{1,6}[-—_]?(\d{1,5})", plain)
    if lettered:
        return int(lettered[1]), 0
    words = re.fullmatch(r"(?:问题|第|[(（])?([一二三四五六七八九十]{1,3})(?:项|个|条|[)）])?", plain)
    number = chinese_number(words[1]) if words else 0
    return (number, 0) if number else None


def is_broken(text: str) -> bool:
    """“#REF!” and the like: a formula that came to nothing."""
    return bool(ERRORS.match(text))
