"""Corrections of a draft tree by hand: pure, one at a time; keys stay, issues are numbered anew."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.measures.importing.tree import NOWHERE, Finding, Kind, Leaf, Node, Tree


@dataclass(frozen=True)
class IssueWords:
    """What an issue is to say. ``figures``: key → (taken, name, day read as of); ``rules``: key → taken."""

    title: str
    finding: str
    category: str
    lead_unit: str = ""
    measures: Sequence[str] = ()
    figures: Mapping[str, tuple[bool, str, dt.date | None]] = field(default_factory=dict)
    rules: Mapping[str, bool] = field(default_factory=dict)


def amend(tree: Tree, key: str, words: IssueWords) -> None:
    """Put the issue's words in place of what was read, and the issue under its aspect; what was decided is no guess any more."""
    node = found(tree, key)
    node.leaves["title"] = _decided(node, "title", words.title)
    node.leaves["finding"] = _decided(node, "finding", words.finding)
    if words.lead_unit:
        node.leaves["lead_unit"] = _decided(node, "lead_unit", words.lead_unit)
    else:
        node.leaves.pop("lead_unit", None)
    _set_measures(node, words.measures)
    for child in node.children:
        if child.key in words.figures:
            taken, name, day = words.figures[child.key]
            child.leaves["taken"] = _decided(child, "taken", taken)
            child.leaves["name"] = _decided(child, "name", name)
            child.leaves["as_of"] = Leaf(
                day.isoformat() if day else "", child.origin("as_of"), _given(child, "as_of"), sure=day is not None
            )
        elif child.key in words.rules:
            child.leaves["taken"] = _decided(child, "taken", words.rules[child.key])
    _without_findings(tree, key)
    if words.category and all(child is not node for child in found(tree, words.category).children):
        _move(tree, node, words.category)
    renumber(tree)


def _decided(node: Node, name: str, value: str | bool) -> Leaf:
    return Leaf(value, node.origin(name), _given(node, name))


def _given(node: Node, name: str) -> str:
    leaf = node.leaves.get(name)
    return leaf.given if leaf else ""


def _set_measures(node: Node, texts: Sequence[str]) -> None:
    """The measures of the issue; one whose words stay keeps what else is known of it."""
    old = {measure.text("text"): measure for measure in node.of_kind(Kind.MEASURE)}
    rest = [child for child in node.children if child.kind != Kind.MEASURE]
    taken = {measure.key for measure in old.values()}
    made: list[Node] = []
    for place, text in enumerate(texts, 1):
        known = old.pop(text, None)
        key = known.key if known else next(f"{node.key}.m{n}" for n in range(place, 10_000) if f"{node.key}.m{n}" not in taken)
        taken.add(key)
        leaves = {**known.leaves} if known else {}
        leaves |= {"ordinal": Leaf(place, node.origin()), "text": Leaf(text, known.origin("text") if known else node.origin())}
        made.append(Node(Kind.MEASURE, key, leaves))
    node.children = [*made, *rest]


def _move(tree: Tree, node: Node, category: str) -> None:
    target = found(tree, category)
    for other in tree.nodes:
        if node in other.children:
            other.children.remove(node)
    target.children.append(node)
    target.children.sort(key=lambda child: child.origin().line)


def drop(tree: Tree, key: str) -> None:
    """Take an issue out: it is none. An aspect goes with all its issues."""
    node = found(tree, key)
    for category in tree.nodes:
        if node in category.children:
            category.children.remove(node)
    if node in tree.nodes:
        tree.nodes.remove(node)
    for gone in (node, *node.children):
        _without_findings(tree, gone.key)
    renumber(tree)


def join(tree: Tree, key: str) -> None:
    """Make the issue a measure of the one before it: its heading was a measure after all."""
    node = found(tree, key)
    issues = list(tree.walk(Kind.ISSUE))
    place = issues.index(node)
    if not place:
        return
    before = issues[place - 1]
    text = "。".join(filter(None, (node.text("title").rstrip("。"), node.text("body"))))
    keep = [child for child in node.children if child.kind != Kind.MEASURE]
    drop(tree, key)
    texts = [measure.text("text") for measure in before.of_kind(Kind.MEASURE)]
    _set_measures(before, [*texts, text])
    for child in keep:
        child.key = _unused(tree, f"{before.key}.{child.kind.value[0]}")
        before.children.append(child)


def add_issue(tree: Tree, category: str, title: str) -> str:
    """A new issue at the end of an aspect; its key."""
    node = found(tree, category)
    key = _unused(tree, f"{category}.i")
    leaves = {"number": Leaf(0, node.origin()), "title": Leaf(title), "finding": Leaf(title, sure=False)}
    node.children.append(Node(Kind.ISSUE, key, leaves))
    renumber(tree)
    return key


def _unused(tree: Tree, stem: str) -> str:
    """A key that no part has, wherever it was moved to, nor begins with: an issue keeps its key when its aspect is dropped."""
    taken: set[str] = set()
    for node in tree.walk():
        taken.update(itertools.accumulate(node.key.split("."), "{}.{}".format))
    return next(key for n in itertools.count(1) if (key := f"{stem}{n}") not in taken)


def name_category(tree: Tree, key: str, title: str) -> None:
    """Give an aspect another name."""
    node = found(tree, key)
    node.leaves["title"] = _decided(node, "title", title)
    _without_findings(tree, key)


def add_category(tree: Tree, title: str) -> str:
    """A new aspect at the end; its key."""
    key = _unused(tree, "c")
    tree.nodes.append(Node(Kind.CATEGORY, key, {"number": Leaf(0), "title": Leaf(title)}))
    renumber(tree)
    return key


def renumber(tree: Tree) -> None:
    """Aspects and issues in their order; empty aspects stay until they are dropped."""
    number = 0
    for place, category in enumerate(tree.nodes, 1):
        category.leaves["number"] = Leaf(place, category.origin("number") if "number" in category.leaves else NOWHERE)
        for issue in category.of_kind(Kind.ISSUE):
            number += 1
            issue.leaves["number"] = Leaf(number, issue.origin("number") if "number" in issue.leaves else NOWHERE)


def _without_findings(tree: Tree, key: str) -> None:
    """What was said of a node is answered once somebody has corrected it."""
    tree.findings = [finding for finding in tree.findings if finding.node != key]


def answer(tree: Tree, place: int) -> Finding | None:
    """Tick off what is said at one place of the list."""
    return tree.findings.pop(place) if 0 <= place < len(tree.findings) else None


def found(tree: Tree, key: str) -> Node:
    """The node of that key; KeyError where there is none."""
    node = tree.find(key)
    if node is None:
        raise KeyError(key)
    return node
