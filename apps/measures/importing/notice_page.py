"""The draft of a notice as its page shows it: the round, totals claimed and found, doubts, aspects with their issues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Inspection
from apps.measures.importing.tree import Finding, Kind, Leaf, Level, Node, Tree
from apps.measures.models import ImportRun

FACTS = (
    ("title", "标题"),
    ("inspected", "被巡视（巡察）党组织"),
    ("inspector", "巡视（巡察）组"),
    ("on_site_from", "进驻"),
    ("on_site_to", "离开"),
    ("feedback_on", "反馈"),
    ("signed_on", "落款日期"),
)
CONTACT = (
    ("phones", "电话"),
    ("mails", "电子邮箱"),
    ("address", "地址"),
    ("postcode", "邮政编码"),
    ("receiver", "收件"),
    ("signature", "落款"),
)
COMPARED = {"feedback_on": "feedback_on", "on_site_from": "on_site_from", "on_site_to": "on_site_to"}


@dataclass(frozen=True)
class Fact:
    """One fact of the text; ``differs``: what the round has instead."""

    label: str
    words: str
    where: str
    differs: str = ""


@dataclass(frozen=True)
class Total:
    """A total claimed beside what was found; ``found`` is empty where a notice does not tell."""

    what: str
    claimed: str
    found: str
    written: str
    where: str

    @property
    def words(self) -> str:
        if not self.found:
            return "通报里数不出来"
        return "一致" if self.found == self.claimed else "不一致，请核对"


class DraftPage:
    """A run as the page of its draft shows it."""

    def __init__(self, run: ImportRun) -> None:
        self.run, self.tree = run, Tree.from_json(run.tree)
        self.by_node: dict[str, list[Finding]] = {}
        for finding in self.tree.findings:
            self.by_node.setdefault(finding.node, []).append(finding)

    @property
    def facts(self) -> list[Fact]:
        return list(self._facts(FACTS))

    @property
    def contact(self) -> list[Fact]:
        return list(self._facts(CONTACT))

    def _facts(self, names: tuple[tuple[str, str], ...]) -> Iterator[Fact]:
        for name, label in names:
            leaf = self.tree.facts.get(name)
            if leaf is not None:
                yield Fact(
                    label, _words(leaf), leaf.origin.words if leaf.origin.line else "", self._differs(name, leaf, self.run.inspection)
                )

    def _differs(self, name: str, leaf: Leaf, inspection: Inspection) -> str:
        known = getattr(inspection, COMPARED[name], None) if name in COMPARED else None
        return known.isoformat() if known and known.isoformat() != leaf.value else ""

    @property
    def totals(self) -> list[Total]:
        """As they were claimed against the tree as it is now."""
        found = []
        for name, leaf in self.tree.facts.items():
            if name.startswith("total.") and isinstance(leaf.value, list):
                what, claimed, counted = leaf.value
                found.append(Total(what, claimed, self._counted(what, counted), leaf.given, leaf.origin.words))
        return found

    def _counted(self, what: str, counted: str) -> str:
        now = {"方面": self.tree.count(Kind.CATEGORY), "问题": self.tree.count(Kind.ISSUE)}
        return str(now[what]) if what in now else counted

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """Parts of the text that hold no issue: what each was taken for, its heading, its line."""
        leaves = [leaf for name, leaf in self.tree.facts.items() if name.startswith("part.")]
        return [(leaf.value[0], leaf.value[1], leaf.origin.words) for leaf in leaves if isinstance(leaf.value, list)]

    @property
    def doubts(self) -> list[Finding]:
        """What may change the tree, in the order of the text; notes stand at their issue."""
        return [finding for finding in self.tree.findings if finding.level != Level.NOTE]

    @property
    def notes(self) -> int:
        return sum(finding.level == Level.NOTE for finding in self.tree.findings)

    @property
    def counts(self) -> dict[str, int]:
        figures = list(self.tree.walk(Kind.FIGURE))
        rules = list(self.tree.walk(Kind.REGULATION))
        return {
            "categories": self.tree.count(Kind.CATEGORY),
            "issues": self.tree.count(Kind.ISSUE),
            "measures": self.tree.count(Kind.MEASURE),
            "figures": len(figures),
            "figures_taken": sum(bool(node.value("taken")) for node in figures),
            "rules": len(rules),
            "rules_taken": sum(bool(node.value("taken")) for node in rules),
        }

    @property
    def categories(self) -> list[tuple[Node, list[Finding], list[dict[str, Any]]]]:
        return [(node, self.by_node.get(node.key, []), [self._issue(one) for one in node.of_kind(Kind.ISSUE)]) for node in self.tree.nodes]

    def _issue(self, node: Node) -> dict[str, Any]:
        return {
            "node": node,
            "key": node.key,
            "number": node.text("number"),
            "printed": node.text("printed"),
            "title": node.text("title"),
            "finding": node.text("finding"),
            "guessed": not node.leaves["finding"].sure,
            "group": node.text("group"),
            "status": node.text("status"),
            "lead": node.text("lead_unit"),
            "line": node.origin().line,
            "measures": [child.text("text") for child in node.of_kind(Kind.MEASURE)],
            "figures": node.of_kind(Kind.FIGURE),
            "rules": node.of_kind(Kind.REGULATION),
            "findings": self.by_node.get(node.key, []),
        }

    def lines_of(self, node: Node) -> list[tuple[int, str]]:
        """The lines of the text from this issue to the next one."""
        starts = sorted({one.origin().line for one in (*self.tree.walk(Kind.ISSUE), *self.tree.walk(Kind.CATEGORY)) if one.origin().line})
        first = node.origin().line
        last = next((line for line in starts if line > first), first + 12) - 1
        return [(number, text) for number, text in self.lines if first <= number <= max(first, last)] if first else []

    @property
    def lines(self) -> list[tuple[int, str]]:
        return [(number, text) for number, text in self.run.outline.get("lines", [])]

    @property
    def readings(self) -> list[tuple[str, str, bool]]:
        """Ways to read the text, where there is more than one."""
        found = [(key, words, chosen) for key, words, chosen in self.run.outline.get("readings", [])]
        return found if len(found) > 1 else []


def _words(leaf: Leaf) -> str:
    return "、".join(leaf.value) if isinstance(leaf.value, list) else str(leaf.value)
