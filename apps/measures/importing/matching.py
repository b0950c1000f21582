"""Which issue, measure or category of the ledger a node of the tree is: by number, by words, by words that are nearly the same."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from apps.issues.models import Category, Inspection, Issue
from apps.measures.importing.grouping import is_same
from apps.measures.importing.headings import folded
from apps.measures.importing.tree import Node
from apps.measures.models import Measure

ENDS = 6
UNLIKE, ALIKE = 0.4, 0.75


class Ledger:
    """The round as it is, read once."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.categories: list[Category] = list(inspection.categories.order_by("number"))
        self.issues = list(
            inspection.issues.select_related("lead_unit", "category").prefetch_related("supporting_units").order_by("number")
        )
        self.measures: dict[int, list[Measure]] = {issue.pk: [] for issue in self.issues}
        rows = Measure.objects.filter(issue__inspection=inspection).select_related("lead_unit").prefetch_related("supporting_units")
        by_key = {issue.pk: issue for issue in self.issues}
        for measure in rows.order_by("issue__number", "ordinal"):
            measure.issue = by_key[measure.issue_id]
            self.measures[measure.issue_id].append(measure)
        self.by_number = {issue.number: issue for issue in self.issues}
        self.by_words: dict[str, Issue] = {}
        self.by_ends: dict[str, list[Issue]] = {}
        for issue in self.issues:
            for words in (issue.title, issue.finding):
                key = folded(words)
                self.by_words.setdefault(key, issue)
                for end in (key[:ENDS], key[-ENDS:]):
                    self.by_ends.setdefault(end, []).append(issue)
        self.taken: set[int] = set()

    def issue_of(self, node: Node) -> tuple[Issue | None, str]:
        """The issue, and “unlike” where its number is that of quite another one; each issue is found once."""
        found, doubt = self._issue_of(node)
        if found is not None and not doubt:
            self.taken.add(found.pk)
        return found, doubt

    def _issue_of(self, node: Node) -> tuple[Issue | None, str]:
        words = [str(leaf.value) for name in ("finding", "title") if (leaf := node.leaves.get(name)) and leaf.sure]
        number = node.value("number")
        by_number = self.by_number.get(number) if isinstance(number, int) else None
        if by_number is not None and by_number.pk in self.taken:
            by_number = None
        if by_number is not None and (not words or self._fits(words, by_number)):
            return by_number, ""
        by_words = self._by_words(words)
        if by_words is not None:
            return by_words, ""
        if by_number is not None:
            likeness = max(_likeness(one, other) for one in words for other in (by_number.finding, by_number.title))
            return by_number, "unlike" if likeness < UNLIKE else ""
        return None, ""

    def _fits(self, words: Iterable[str], issue: Issue) -> bool:
        return any(is_same(one, other) for one in words for other in (issue.finding, issue.title))

    def _by_words(self, words: Sequence[str]) -> Issue | None:
        for one in words:
            found = self.by_words.get(folded(one))
            if found is not None and found.pk not in self.taken:
                return found
        for one in words:
            key = folded(one)
            candidates = [issue for end in (key[:ENDS], key[-ENDS:]) for issue in self.by_ends.get(end, [])]
            for issue in candidates:
                if issue.pk not in self.taken and any(is_same(one, other) for other in (issue.finding, issue.title)):
                    return issue
        return None

    def category_of(self, node: Node) -> Category | None:
        title = folded(node.text("title"))
        for row in self.categories:
            if folded(row.title) == title:
                return row
        for row in self.categories:
            other = folded(row.title)
            if min(len(title), len(other)) >= 4 and (title in other or other in title):
                return row
        return next((row for row in self.categories if row.number == node.value("number") and _likeness(row.title, title) > ALIKE), None)

    def measures_of(self, issue: Issue, nodes: Sequence[Node]) -> dict[str, Measure]:
        """For each node that is a measure already, that measure: by its words, by its number, by words nearly the same."""
        left = list(self.measures[issue.pk])
        found: dict[str, Measure] = {}

        def take(node: Node, row: Measure | None) -> None:
            if row is not None:
                found[node.key] = row
                left.remove(row)

        for node in nodes:
            key, ordinal = folded(node.text("text")), node.value("ordinal")
            same = [row for row in left if folded(row.text) == key]
            take(node, next((row for row in same if row.ordinal == ordinal), same[0] if same else None))
        for node in (node for node in nodes if node.key not in found and node.value("ordinal")):
            take(node, next((row for row in left if row.ordinal == node.value("ordinal")), None))
        for node in (node for node in nodes if node.key not in found and node.text("text")):
            scored = [(_likeness(node.text("text"), row.text), row) for row in left]
            best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
            take(node, best[1] if best[0] >= ALIKE else None)
        rest = [node for node in nodes if node.key not in found]
        if len(rest) == len(left):
            # As many as there are left, in the same places: reworded.
            for node, row in zip(rest, list(left), strict=True):
                take(node, row if _likeness(node.text("text"), row.text) >= UNLIKE else None)
        return found


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, folded(one), folded(other), autojunk=False).ratio()
