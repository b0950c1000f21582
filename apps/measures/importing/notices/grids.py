"""Tables of a file before they are lines: merged cells filled, and tables that only lay out a page taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PARAGRAPH = "\v"
"""Between the paragraphs of one cell."""
MOST_SPAN, MOST_CELLS, MOST_COPIED = 60, 20_000, 400_000
LAYOUT_LINES, LAYOUT_SHARE = 12, 0.6
"""A cell with so many paragraphs, and so much of the words of its table, holds a page and no value."""
Words = tuple[str, int]
"""A paragraph, and its level as a heading; 0 for none."""


@dataclass
class Cell:
    """One cell with its paragraphs; ``goes_on``: it is the lower part of the cell above it."""

    lines: list[Words] = field(default_factory=list)
    rows: int = 1
    columns: int = 1
    goes_on: bool = False

    @property
    def text(self) -> str:
        return PARAGRAPH.join(words.strip() for words, _heading in self.lines if words.strip())


@dataclass
class Grid:
    """The rows of a table as they were written; ``holds_tables``: another table stands in one of its cells."""

    rows: list[list[Cell]] = field(default_factory=list)
    holds_tables: bool = False

    def lines(self) -> list[Words]:
        """Each row as one line with tabs; of a table that only lays out a page, the paragraphs of its cells one after the other."""
        if self._is_layout():
            return [line for row in self.rows for cell in row for line in cell.lines]
        return [("\t" + "\t".join(row), 0) for row in filled(self.rows) if any(row)]

    def _is_layout(self) -> bool:
        if self.holds_tables:
            return True
        several = sum(sum(bool(cell.lines) for cell in row) > 1 for row in self.rows)
        if several < 2:
            return not any(len(row) > 1 for row in self.rows) or several == 0
        sizes = [(sum(len(words) for words, _heading in cell.lines), len(cell.lines)) for row in self.rows for cell in row]
        whole = sum(size for size, _count in sizes)
        return any(count >= LAYOUT_LINES and size > LAYOUT_SHARE * whole for size, count in sizes)


def filled(rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    """The text of every place; a merged cell says its text at each place that it covers."""
    found: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    cells = copied = 0
    for row in rows:
        made: list[str] = []
        waiting = list(row)
        while waiting or len(made) in below:
            cells += 1
            if cells > MOST_CELLS:
                return found
            place = len(made)
            if place in below:
                left, text = below.pop(place)
                copied += len(text)
                made.append(text if copied < MOST_COPIED else "")
                if left > 1:
                    below[place] = (left - 1, text)
                continue
            cell = waiting.pop(0)
            text = found[-1][place] if cell.goes_on and found and place < len(found[-1]) else cell.text
            for column in range(max(1, min(cell.columns, MOST_SPAN))):
                copied += len(text) if column else 0
                if cell.rows > 1:
                    below[len(made)] = (min(cell.rows, MOST_SPAN) - 1, text)
                made.append(text if copied < MOST_COPIED else "")
        found.append(made)
    return found
