"""The tree of an import out of a draft: each value with its line, guesses marked, figures and rules below their issue."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apps.measures.importing.notices.draft import Doubt, Draft, DraftCategory, DraftIssue, Figure, NamedRule
from apps.measures.importing.tree import NOWHERE, Finding, Kind, Leaf, Level, Node, Origin, Tree, Value
from apps.measures.numbers.numerals import FACTORS

TITLE_LENGTH, NAME_LENGTH, RULE_LENGTH, UNIT_LENGTH = 120, 120, 160, 10
LONG_TERM = "long_term"
ACTS = {"新建": "made", "修订": "revised", "废止": "abolished"}
SCALES = ("", "万", "亿")


def planned(draft: Draft) -> Tree:
    """The tree. A figure is taken along only where unit and day are sure, a rule where its name stands in 《》."""
    nodes = [_category(category) for category in draft.categories]
    keys = {
        id(issue): node.key for category, parent in zip(draft.categories, nodes, strict=True) for issue, node in _pairs(category, parent)
    }
    findings = [_finding(doubt) for doubt in draft.doubts]
    for category, node in zip(draft.categories, nodes, strict=True):
        findings += [_finding(doubt, node.key) for doubt in category.doubts]
        for issue in category.issues:
            findings += [_finding(doubt, keys[id(issue)]) for doubt in issue.doubts]
    return Tree(nodes, sorted(findings, key=lambda one: one.origin.line), facts_of(draft))


def _pairs(category: DraftCategory, node: Node) -> Iterable[tuple[DraftIssue, Node]]:
    return zip(category.issues, node.of_kind(Kind.ISSUE), strict=True)


def _category(category: DraftCategory) -> Node:
    origin = Origin(line=category.line)
    key = f"c{category.number}"
    leaves = {
        "number": Leaf(category.number, origin),
        "title": Leaf(category.title[:200], origin),
        "printed": Leaf(category.printed, origin),
    }
    return Node(Kind.CATEGORY, key, leaves, [_issue(issue, f"{key}.i{place}") for place, issue in enumerate(category.issues, 1)])


def _issue(issue: DraftIssue, key: str) -> Node:
    origin = Origin(line=issue.line)
    leaves: dict[str, Leaf] = {"number": Leaf(issue.number, origin), "title": Leaf(issue.title[:TITLE_LENGTH], origin)}
    leaves["finding"] = Leaf(issue.finding or issue.title, origin, sure=bool(issue.finding))
    told: dict[str, Value] = {
        "goal": issue.goal,
        "lead_official": issue.official[:80],
        "lead_unit": issue.lead_unit,
        "supporting_units": list(issue.supporting),
        "body": issue.body,
        "status": issue.status,
        "due": issue.due,
        "printed": issue.printed,
        "group": issue.group,
        "next_steps": issue.next_steps,
        "units": list(issue.units),
    }
    leaves |= {name: Leaf(value, origin) for name, value in told.items() if value}
    node = Node(Kind.ISSUE, key, leaves)
    for place, measure in enumerate(issue.measures, 1):
        at = Origin(line=measure.line)
        own = {"ordinal": Leaf(place, at), "text": Leaf(measure.text, at, sure=measure.sure)}
        if issue.status == "长期坚持":
            own |= {"pace": Leaf(LONG_TERM, at, sure=False)}
        if issue.person:
            own |= {"person": Leaf(issue.person[:80], at)}
        node.children.append(Node(Kind.MEASURE, f"{key}.m{place}", own))
    node.children += [_figure(figure, f"{key}.f{place}") for place, figure in enumerate(issue.figures, 1)]
    node.children += [_rule(rule, f"{key}.r{place}") for place, rule in enumerate(issue.rules, 1)]
    return node


def _figure(figure: Figure, key: str) -> Node:
    at = Origin(line=figure.line)
    scale = figure.scale if figure.scale in SCALES and len(figure.scale + figure.unit) <= UNIT_LENGTH else ""
    shown = [f"{_plain(value / FACTORS[scale])}" for value in figure.values]
    taken = bool(figure.as_of and figure.as_of_sure and len(shown) == 1 and not figure.about)
    leaves = {
        "name": Leaf(figure.name[:NAME_LENGTH], at, sure=False),
        "value": Leaf(shown[0] if len(shown) == 1 else "—".join(shown), at, figure.written),
        "unit": Leaf(f"{scale}{figure.unit}", at),
        "kind": Leaf(figure.kind, at),
        "as_of": Leaf(figure.as_of.isoformat() if figure.as_of else "", at, figure.as_of_written, figure.as_of_sure),
        "about": Leaf(figure.about, at),
        "sentence": Leaf(figure.sentence, at),
        "taken": Leaf(taken, at),
    }
    return Node(Kind.FIGURE, key, leaves)


def _plain(value: Decimal) -> str:
    whole = value.quantize(Decimal("0.0001"))
    return format(whole.quantize(Decimal(1)) if whole == whole.to_integral_value() else whole.normalize(), "f")


def _rule(rule: NamedRule, key: str) -> Node:
    at = Origin(line=rule.line)
    leaves = {
        "title": Leaf(rule.title[:RULE_LENGTH], at, sure=rule.sure),
        "act": Leaf(ACTS.get(rule.act, "made"), at, rule.act),
        "taken": Leaf(rule.sure, at),
    }
    return Node(Kind.REGULATION, key, leaves)


def _finding(doubt: Doubt, node: str = "") -> Finding:
    level = Level.WARNING if doubt.weighty else Level.NOTE
    origin = Origin(line=doubt.line) if doubt.line else NOWHERE
    return Finding(level, doubt.code, doubt.words, doubt.advice, origin, doubt.given, node)


def facts_of(draft: Draft) -> dict[str, Leaf]:
    """What belongs to no node: the round, the contact block, the totals claimed."""
    facts, contact = draft.facts, draft.contact
    lines = dict(facts.lines)
    told: dict[str, Any] = {
        "title": (facts.title, 1),
        "inspected": (facts.inspected, 0),
        "inspector": (facts.inspector, 0),
        "kind": (facts.kind, 0),
        "on_site_from": (facts.on_site_from, lines.get("on_site_from", 0)),
        "on_site_to": (facts.on_site_to, lines.get("on_site_from", 0)),
        "feedback_on": (facts.feedback_on, lines.get("feedback_on", 0)),
        "signed_on": (facts.signed_on, lines.get("signed_on", 0)),
        "signature": (contact.signature, contact.line),
        "phones": (list(contact.phones), contact.line),
        "mails": (list(contact.mails), contact.line),
        "address": (contact.address, contact.line),
        "postcode": (contact.postcode, contact.line),
        "receiver": (contact.receiver, contact.line),
    }
    found = {
        name: Leaf(value if isinstance(value, str | list) else value.isoformat(), Origin(line=line))
        for name, (value, line) in told.items()
        if value
    }
    for place, total in enumerate(draft.totals, 1):
        counted = "" if total.found is None else str(total.found)
        words: list[str] = [total.claim.what, str(total.claim.number), counted]
        found[f"total.{place}"] = Leaf(words, Origin(line=total.claim.line), total.claim.written, total.agrees is not False)
    for place, part in enumerate(draft.parts, 1):
        found[f"part.{place}"] = Leaf([part.role, part.title], Origin(line=part.line))
    return found
