"""Rows put together to issues: which rows belong to one issue, and whether the numbers of a list number its issues.

A new issue begins where its words change. Numbers are those of issues where each issue has one of its own and none comes twice;
numbers that count rows, or begin anew in each section, say nothing and are given anew.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.measures.importing.headings import folded
from apps.measures.importing.layout import Layout
from apps.measures.importing.rows import Item, Passed, Row, Section, number_in
from apps.measures.importing.tree import Origin

WORDS = ("finding", "title")


@dataclass
class Group:
    """The rows of one issue, the section they stand in, the number that the list gave it."""

    rows: list[Row]
    sections: tuple[Section, ...] = ()
    number: int = 0

    @property
    def words(self) -> str:
        """What the issue is known by: the finding, or the title."""
        return next((text for name in WORDS if (text := self.text(name))), "")

    @property
    def key(self) -> str:
        return folded(self.words)

    def text(self, name: str) -> str:
        return next((text for row in self.rows if (text := row.text(name))), "")

    def row_with(self, name: str) -> Row | None:
        return next((row for row in self.rows if row.text(name)), None)


@dataclass
class Table:
    """A sheet as issues. ``numbered``: its numbers are those of issues; ``renumbered``: it has numbers that are not."""

    layout: Layout
    groups: list[Group] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    orphans: list[Row] = field(default_factory=list)
    numbered: bool = False
    renumbered: bool = False
    running: bool = False
    """Its measures are counted through all issues, so that their numbers say nothing of their place in one."""

    @property
    def has_words(self) -> bool:
        return bool(self.layout.fields & set(WORDS))

    @property
    def has_measures(self) -> bool:
        return "text" in self.layout.fields

    @property
    def hidden_rows(self) -> list[int]:
        return [row.number for group in self.groups for row in group.rows if row.hidden]


def table_of(layout: Layout, items: Iterable[Item]) -> Table:
    """The groups of a sheet, with their numbers where they mean something."""
    table = Table(layout)
    sections: dict[int, Section] = {}
    fresh = True
    for item in items:
        if isinstance(item, Passed):
            table.passed.append(item)
        elif isinstance(item, Section):
            sections = {level: one for level, one in sections.items() if level < item.level} if item.level else {}
            sections[item.level] = item
            fresh = True
        else:
            fresh = _take(table, item, tuple(one for _level, one in sorted(sections.items())), fresh=fresh)
    _number(table)
    table.running = _runs_on([number[0] for group in table.groups if (number := _first_ordinal(group)) and not number[1]])
    return table


def _first_ordinal(group: Group) -> tuple[int, int] | None:
    return next((number for row in group.rows if row.is_own("ordinal") and (number := number_in(row.text("ordinal")))), None)


def _runs_on(firsts: list[int]) -> bool:
    """Whether the first measures of the issues are numbered ever higher: a count of all rows, begun anew nowhere."""
    return len(firsts) > 1 and all(later > earlier for earlier, later in itertools.pairwise(firsts))


def _take(table: Table, row: Row, sections: tuple[Section, ...], *, fresh: bool) -> bool:
    """Put the row with its issue; whether the next row still begins afresh."""
    last = table.groups[-1] if table.groups else None
    if last is None or fresh or _begins(table, last, row):
        if not any(row.text(name) for name in ("finding", "title", "text", "number")):
            table.orphans.append(row)
            return fresh
        table.groups.append(Group([row], sections))
    else:
        last.rows.append(row)
    return False


def _begins(table: Table, last: Group, row: Row) -> bool:
    """Whether the row is the first of another issue."""
    if table.has_words:
        for name in WORDS:
            if row.is_own(name) and folded(row.text(name)) != folded(last.text(name)):
                return True
        if any(row.text(name) for name in WORDS):
            return _renumbers(last, row) and not table.has_measures
        return False
    return _renumbers(last, row)


def _renumbers(last: Group, row: Row) -> bool:
    """Whether the row has a number of an issue that is another one than that of the rows before."""
    if not row.is_own("number"):
        return False
    given, before = number_in(row.text("number")), number_in(last.text("number"))
    return given is None or before is None or given[0] != before[0]


def _number(table: Table) -> None:
    """Give the groups their numbers, if those of the list are any."""
    found = [[number for row in group.rows if row.is_own("number") and (number := number_in(row.text("number")))] for group in table.groups]
    if not any(found):
        return
    heads = [numbers[0][0] if numbers else 0 for numbers in found]
    counted = [len({number[0] for number in numbers}) > 1 for numbers in found]
    named = [head for head in heads if head]
    if any(counted) or len(named) != len(set(named)):
        table.renumbered = True
        return
    table.numbered = True
    for group, head in zip(table.groups, heads, strict=True):
        group.number = head


def is_same(one: str, other: str) -> bool:
    """Whether two findings say the same: equal, one the beginning of the other, or nearly equal."""
    left, right = folded(one), folded(other)
    if not left or not right:
        return False
    if left == right or (min(len(left), len(right)) >= 8 and (left.startswith(right) or right.startswith(left))):
        return True
    if abs(len(left) - len(right)) > max(len(left), len(right)) * 0.4:
        return False
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio() > 0.85


def place_of(group: Group, name: str) -> Origin:
    """Where the group says this; its first cell where it does not."""
    row = group.row_with(name) or group.rows[0]
    cell = row.cells.get(name) or next(iter(row.cells.values()))
    return cell.origin
