"""The preview of an import: the tree with what would happen to each part, and all that is to be said of it, each at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.measures.importing.directory import SKIP
from apps.measures.importing.plan import LABELS, Deal, Line, Plan
from apps.measures.importing.tree import Finding, Kind, Level, Node, Origin, Tree
from apps.measures.models import ImportRun, Measure

DEALS = {Deal.ADD: "新增", Deal.CHANGE: "修改", Deal.SAME: "一致", Deal.REST: "不改"}
ORDER = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}
SHOWN = ("lead_unit", "supporting_units", "person", "pace", "due")
FILTERS = (("", "全部"), ("changes", "有变动的"), ("problems", "有错误或提醒的"))
PACES = dict(Measure.Pace.choices)


@dataclass
class Shown:
    """One issue or measure of the tree, as the page shows it."""

    node: Node
    line: Line | None
    findings: list[Finding] = field(default_factory=list)
    children: list[Shown] = field(default_factory=list)
    skipped: frozenset[str] = frozenset()
    """Names of units that the office has said to leave out."""

    @property
    def number(self) -> str:
        return self.line.number if self.line and self.line.number else self.node.text("number")

    @property
    def deal(self) -> str:
        return DEALS[self.line.deal] if self.line else "待处理"

    @property
    def mark(self) -> str:
        """The class of the pill."""
        return self.line.deal.value if self.line else "error"

    @property
    def title(self) -> str:
        return self.node.text("title") or self.node.text("finding") or "（没有写问题内容）"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Units, person, type and day, in words."""
        found = [(LABELS[name], words) for name in ("lead_unit", "supporting_units", "person") if (words := self._taken(name))]
        pace = self.node.text("pace")
        if pace:
            found.append((LABELS["pace"], PACES.get(pace, pace)))
        due = self.due
        return [*found, (LABELS["due_on"], due)] if due else found

    def _taken(self, name: str) -> str:
        words = self.node.text(name)
        if name == "person" or not self.skipped:
            return words
        return "、".join(f"{one}（不导入）" if one in self.skipped else one for one in words.split("、"))

    @property
    def due(self) -> str:
        rule, count = self.node.text("deadline_rule"), self.node.text("deadline_count")
        if rule == "months":
            return f"反馈后 {count} 个月"
        if rule == "working_days":
            return f"反馈后 {count} 个工作日"
        filled = self.line.values.get("due_on") if self.line else None
        return self.node.text("due_on") or (str(filled) if filled else "不设时限" if rule == "none" else "")

    @property
    def changes(self) -> list[Any]:
        return self.line.changes if self.line else []

    @property
    def has_problem(self) -> bool:
        return any(finding.level != Level.NOTE for finding in self.findings) or any(child.has_problem for child in self.children)

    @property
    def has_change(self) -> bool:
        own = self.line is None or self.line.deal != Deal.SAME
        return own or any(child.has_change for child in self.children)


@dataclass
class Block:
    """An aspect with those of its issues that the page shows."""

    title: str
    shown: list[Shown] = field(default_factory=list)


class Preview:
    """A run as its page shows it."""

    def __init__(self, run: ImportRun) -> None:
        self.tree, self.plan = Tree.from_json(run.tree), Plan.from_json(run.plan)
        self.skipped = frozenset(name for name, choice in run.choices.get("units", {}).items() if choice == SKIP)
        self.by_node: dict[str, list[Finding]] = {}
        once: dict[tuple[str, Origin, str], Finding] = {}
        for finding in (*self.tree.findings, *self.plan.findings):
            self.by_node.setdefault(finding.node, []).append(finding)
            # Several measures of one cell have its fault in common.
            once.setdefault((finding.code, finding.origin, finding.message), finding)
        self.findings = sorted(once.values(), key=lambda one: (ORDER[one.level], one.origin.sheet, one.origin.row, one.origin.column))

    def count(self, level: Level) -> int:
        return sum(finding.level == level for finding in self.findings)

    @property
    def errors(self) -> int:
        return self.count(Level.ERROR)

    @property
    def warnings(self) -> int:
        return self.count(Level.WARNING)

    @property
    def notes(self) -> int:
        return self.count(Level.NOTE)

    @property
    def changes(self) -> int:
        """Rows of the ledger that would change."""
        return sum(line.deal == Deal.CHANGE for line in self.plan.lines.values())

    @property
    def totals(self) -> list[tuple[str, int, int, int, int]]:
        """Aspects, issues and measures: new, changed, the same, resting."""
        kinds = [(Kind.CATEGORY, "方面"), (Kind.ISSUE, "问题"), (Kind.MEASURE, "措施")]
        more = [(Kind.FIGURE, "成效数据"), (Kind.REGULATION, "制度")]
        kinds += [pair for pair in more if any(line.kind == pair[0] for line in self.plan.lines.values())]
        count = self.plan.count
        return [
            (label, count(kind, Deal.ADD), count(kind, Deal.CHANGE), count(kind, Deal.SAME), count(kind, Deal.REST))
            for kind, label in kinds
        ]

    @property
    def may_apply(self) -> bool:
        return not self.errors and not self.plan.is_empty

    def issues(self, only: str = "") -> list[tuple[str, Node]]:
        """Issues with the title of their aspect, all or those that have a problem or a change."""
        found = [(category.text("title"), node) for category in self.tree.nodes for node in category.of_kind(Kind.ISSUE)]
        if only == "problems":
            return [(title, node) for title, node in found if self.shown(node).has_problem]
        if only == "changes":
            return [(title, node) for title, node in found if self.shown(node).has_change]
        return found

    def shown(self, node: Node) -> Shown:
        children = [self.shown(child) for child in node.of_kind(Kind.MEASURE)]
        return Shown(node, self.plan.lines.get(node.key), self.by_node.get(node.key, []), children, self.skipped)

    def blocks(self, issues: Iterable[tuple[str, Node]]) -> Iterator[Block]:
        block: Block | None = None
        for title, node in issues:
            if block is None or block.title != title:
                if block is not None:
                    yield block
                block = Block(title)
            block.shown.append(self.shown(node))
        if block is not None:
            yield block
