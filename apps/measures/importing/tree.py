"""The planned tree: what a list or a notice says, before anything of it is in the ledger.

Categories hold issues, issues hold measures (and, of a notice, figures and regulations). Each value is a leaf that knows where it
stands: a cell of a sheet, or a line of a text. The tree knows no model and no database; it goes to JSON and back unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from openpyxl.utils import get_column_letter

Value = str | int | bool | list[str] | None
"""Days are ISO strings; units are their names as they were written."""


class Kind(StrEnum):
    """What a node becomes."""

    CATEGORY = "category"
    ISSUE = "issue"
    MEASURE = "measure"
    FIGURE = "figure"
    REGULATION = "regulation"


class Level(StrEnum):
    """How grave a finding is: an error stops the import, a warning is to be looked at, a note is only said."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVEL_WORDS = {Level.ERROR: "错误", Level.WARNING: "提醒", Level.NOTE: "说明"}


@dataclass(frozen=True)
class Origin:
    """Where something stands; rows, columns and lines count from one, zero is none."""

    sheet: str = ""
    row: int = 0
    column: int = 0
    line: int = 0

    @property
    def cell(self) -> str:
        """“F12”; empty where it is no cell."""
        return f"{get_column_letter(self.column)}{self.row}" if self.row and self.column else ""

    @property
    def words(self) -> str:
        """Where it stands, as the screen says it."""
        if self.line:
            return f"原文第 {self.line} 行"
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        place = f"第 {self.row} 行" if self.row else ""
        column = f" {get_column_letter(self.column)} 列" if self.column else ""
        return f"{sheet}{place}{column}"

    def as_json(self) -> list[Any]:
        return [self.sheet, self.row, self.column, self.line]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        return cls(*data)


NOWHERE = Origin()


@dataclass
class Leaf:
    """One value. ``given``: the words as they stand there, where they are others than the value; ``sure``: False for a guess."""

    value: Value
    origin: Origin = NOWHERE
    given: str = ""
    sure: bool = True

    def as_json(self) -> list[Any]:
        return [self.value, self.origin.as_json(), self.given, self.sure]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        value, origin, given, sure = data
        return cls(value, Origin.from_json(origin), given, sure)


@dataclass
class Node:
    """One category, issue, measure … ``key`` names it within its tree (``c1.i3.m2``) and stays the same when the tree is corrected."""

    kind: Kind
    key: str
    leaves: dict[str, Leaf] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def value(self, name: str) -> Value:
        """The value of a field; None where nothing was said."""
        leaf = self.leaves.get(name)
        return leaf.value if leaf else None

    def text(self, name: str) -> str:
        """The value of a field as words; empty where nothing was said."""
        value = self.value(name)
        return "、".join(value) if isinstance(value, list) else "" if value is None else str(value)

    def origin(self, name: str = "") -> Origin:
        """Where the field stands, or the first field of the node."""
        leaf = self.leaves.get(name) or next(iter(self.leaves.values()), None)
        return leaf.origin if leaf else NOWHERE

    def of_kind(self, kind: Kind) -> list[Node]:
        return [child for child in self.children if child.kind == kind]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "key": self.key,
            "leaves": {name: leaf.as_json() for name, leaf in self.leaves.items()},
            "children": [child.as_json() for child in self.children],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        leaves = {name: Leaf.from_json(leaf) for name, leaf in data["leaves"].items()}
        return cls(Kind(data["kind"]), data["key"], leaves, [cls.from_json(child) for child in data["children"]])


@dataclass(frozen=True)
class Finding:
    """Something to say of a place: what is wrong, what to do. ``code`` names the kind of it, ``given`` what stands there."""

    level: Level
    code: str
    message: str
    advice: str = ""
    origin: Origin = NOWHERE
    given: str = ""
    node: str = ""
    field: str = ""

    @property
    def words(self) -> str:
        return LEVEL_WORDS[self.level]

    def as_json(self) -> list[Any]:
        return [self.level.value, self.code, self.message, self.advice, self.origin.as_json(), self.given, self.node, self.field]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        level, code, message, advice, origin, given, node, name = data
        return cls(Level(level), code, message, advice, Origin.from_json(origin), given, node, name)


@dataclass
class Tree:
    """Categories in their order, and what is to be said of them. ``facts``: what belongs to no node (contacts, totals claimed …)."""

    nodes: list[Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    facts: dict[str, Leaf] = field(default_factory=dict)

    def walk(self, kind: Kind | None = None) -> Iterator[Node]:
        """All nodes, or those of one kind, each before its children."""
        waiting = list(reversed(self.nodes))
        while waiting:
            node = waiting.pop()
            if kind is None or node.kind == kind:
                yield node
            waiting.extend(reversed(node.children))

    def count(self, kind: Kind) -> int:
        return sum(1 for _node in self.walk(kind))

    def find(self, key: str) -> Node | None:
        return next((node for node in self.walk() if node.key == key), None)

    def of_level(self, level: Level) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == level]

    @property
    def units(self) -> dict[str, Origin]:
        """Every unit named, as it was written, with the first place that names it."""
        found: dict[str, Origin] = {}
        for node in self.walk():
            for name in ("lead_unit", "supporting_units"):
                leaf = node.leaves.get(name)
                for words in named(leaf.value) if leaf else ():
                    found.setdefault(words, leaf.origin if leaf else NOWHERE)
        return found

    def as_json(self) -> dict[str, Any]:
        return {
            "nodes": [node.as_json() for node in self.nodes],
            "findings": [finding.as_json() for finding in self.findings],
            "facts": {name: leaf.as_json() for name, leaf in self.facts.items()},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(
            [Node.from_json(node) for node in data.get("nodes", [])],
            [Finding.from_json(finding) for finding in data.get("findings", [])],
            {name: Leaf.from_json(leaf) for name, leaf in data.get("facts", {}).items()},
        )


def named(value: Value) -> list[str]:
    """The units that a leaf names: one, several, or none."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) and value else []
