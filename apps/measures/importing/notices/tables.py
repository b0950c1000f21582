"""Tables within a notice: each row becomes an entry with labels, so that it is read like any other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from apps.measures.importing.notices.grids import PARAGRAPH
from apps.measures.importing.notices.labels import begins_with
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.shapes import is_aspect

FORMS: tuple[tuple[str, str], ...] = (
    ("number", r"^(?:序号|编号|号)$"),
    ("category", r"(?:问题)?类别|方面|类型$|反馈问题.{0,3}大类"),
    ("status", r"状态|是否完成|完成情况|是否整改|销号"),
    ("due", r"时限|期限|完成时间"),
    ("lead", r"(?:牵头|责任|主责|整改).{0,4}(?:单位|部门|科室)"),
    ("supporting", r"配合"),
    ("official", r"(?:责任|分管|牵头).{0,2}领导"),
    ("person", r"责任人|联系人"),
    ("result", r"(?:整改)?(?:进展|成效|结果|落实)|整改(?:完成)?情况"),
    ("measures", r"措施|举措|任务"),
    ("finding", r"问题|表现|反馈"),
)
COLUMNS = [(name, re.compile(form)) for name, form in FORMS]
LABELS = {
    "measures": "整改措施",
    "result": "整改情况",
    "status": "整改状态",
    "due": "整改时限",
    "lead": "责任单位",
    "supporting": "配合单位",
    "official": "责任领导",
    "person": "责任人",
}
NUMBERED = re.compile(r"^(?:第?[一二三四五六七八九十]{1,3}[、.．部]|[（(][一二三四五六七八九十]{1,3}[）)])")
OPENED = re.compile("[“”]")
SHORT, HEADING, MOST_COLUMNS = 20, 60, 60


def with_tables(lines: Sequence[Line]) -> list[Line]:
    """The lines with every row of a table of findings told as an entry; rows of other tables stay one line each."""
    found: list[Line] = []
    place = 0
    table = _Rows()
    while place < len(lines):
        end = place
        while end < len(lines) and "\t" in lines[end].text:
            end += 1
        if end > place:
            table = table if table.goes_on(lines[place]) else _Rows()
            found += table.lines(lines[place:end])
        else:
            found.append(lines[place])
        place = max(end, place + 1)
    return found


class _Rows:
    """The rows of one table, read from above: its heads, then the entries under them."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.number = 0
        self.category = ""
        self.before: dict[str, str] = {}

    def goes_on(self, line: Line) -> bool:
        """Whether a row behind other lines is of the same table, as an aspect or the end of a page stood between: the same heads, or the
        next number. Another table of as many columns is none."""
        cells = _cells(line)
        if not self.heads or len(cells) != len(self.heads):
            return False
        is_next = self.heads[0] == "number" and cells[0].strip("．.、") == str(self.number + 1)
        return is_next or _columns(cells) == self.heads

    def lines(self, rows: Iterable[Line]) -> list[Line]:
        return [line for row in rows for line in self._row(row)]

    def _row(self, line: Line) -> Iterator[Line]:
        cells = _cells(line)
        names = _columns(cells)
        if not any(cells):
            return
        if self._is_head(cells, names):
            self.heads, self.before = names, {}
        elif len(cells) > 1 and len(set(cells)) == 1:
            yield from self._group(cells[0], line.number)
        elif self.heads:
            yield from self._told(cells, line.number)
        else:
            yield from _unknown(cells, line)

    def _is_head(self, cells: Sequence[str], names: Sequence[str]) -> bool:
        """Whether a row names columns; a second one below merged heads names them more closely."""
        kinds = set(names) - {""}
        return "finding" in kinds and len(kinds) > (2 if self.heads else 1) and all(len(cell) <= SHORT for cell in cells)

    def _group(self, text: str, number: int) -> Iterator[Line]:
        """A row of one cell over all columns names what follows."""
        words = text.replace(PARAGRAPH, " ")
        if not self.heads or len(words) > HEADING:
            yield Line(number, words)
        elif words != self.category:
            self.category = words
            told = words if NUMBERED.match(words) or is_aspect(words) or OPENED.search(words) else f"“{words}”方面"
            yield Line(number, told, heading=0 if NUMBERED.match(words) else 1, in_row=True)

    def _told(self, cells: Sequence[str], number: int) -> Iterator[Line]:
        row: dict[str, str] = {}
        for name, cell in zip(self.heads, cells, strict=False):
            if name and cell and cell not in row.get(name, "").split(PARAGRAPH):
                row[name] = f"{row[name]}{PARAGRAPH}{cell}" if name in row else cell
        if row.get("category") and row["category"] != self.category:
            yield from self._group(row["category"], number)
        finding = row.get("finding", "")
        if finding and finding != self.before.get("finding"):
            self.number += 1
            told = re.sub(r"^\d{1,3}\s*[.．、]\s*", "", finding)
            yield from _paragraphs("", f"问题{self.number}：{told}", number)
            self.before = {}
        elif not self.number:
            yield Line(number, " ".join(cells))
            return
        for name, label in LABELS.items():
            if row.get(name) and row[name] != self.before.get(name):
                yield from _paragraphs(f"{label}：", row[name], number)
        self.before = {"finding": self.before.get("finding", finding) or finding, **row}


def _unknown(cells: Sequence[str], line: Line) -> Iterator[Line]:
    """A row without known heads: labels with their values side by side, else one line."""
    pairs = list(zip(cells[::2], cells[1::2], strict=False))
    if len(cells) % 2 == 0 and all(begins_with(f"{label}：") and value for label, value in pairs if label):
        for label, value in pairs:
            if label:
                yield from _paragraphs(f"{label}：", value, line.number)
    else:
        yield Line(line.number, " ".join(filter(None, cells)).replace(PARAGRAPH, " "), line.heading)


def _paragraphs(label: str, text: str, number: int) -> Iterator[Line]:
    first, *others = [part.strip() for part in text.split(PARAGRAPH) if part.strip()] or [""]
    yield Line(number, f"{label}{first}", in_row=True)
    yield from (Line(number, other, in_row=True) for other in others)


def _cells(line: Line) -> list[str]:
    cells = [cell.strip() for cell in line.text.strip("\n").split("\t")]
    return cells[1:] if cells and not cells[0] else cells


def _columns(cells: Sequence[str]) -> list[str]:
    return [_column(cell) for cell in cells[:MOST_COLUMNS]]


def _column(head: str) -> str:
    words = re.sub(r"\s+", "", head)
    return next((name for name, form in COLUMNS if len(words) <= SHORT and form.search(words)), "")
