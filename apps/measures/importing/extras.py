"""Figures and rules of a notice against the ledger: what is new of them. A notice changes none that there is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from apps.issues.models import Inspection, Issue
from apps.measures.importing.plan import Deal, Line, Plan
from apps.measures.importing.tree import Finding, Kind, Level, Node, Tree
from apps.measures.models import Indicator, Regulation
from apps.measures.services.regulations import normal

NAME_LENGTH = 120


def add_extras(tree: Tree, plan: Plan, inspection: Inspection) -> None:
    """A line for each figure and rule that is to be taken along; a closed issue keeps the figures that it was closed with."""
    if not any(child.kind in (Kind.FIGURE, Kind.REGULATION) for issue in tree.walk(Kind.ISSUE) for child in issue.children):
        return
    names: dict[int, set[str]] = {}
    for issue, name in Indicator.objects.filter(issue__inspection=inspection).values_list("issue", "name"):
        names.setdefault(issue, set()).add(name)
    titles = {normal(title) for title in Regulation.objects.filter(inspection=inspection).values_list("title", flat=True)}
    closed = set(inspection.issues.filter(closure=Issue.ClosureState.CLOSED).values_list("pk", flat=True))
    for node in tree.walk(Kind.ISSUE):
        line = plan.lines.get(node.key)
        if line is None:
            continue
        known = set(names.get(line.pk, set())) if line.pk else set()
        for child in node.children:
            if child.value("taken") and child.kind == Kind.FIGURE and line.pk in closed:
                reason = f"问题 {line.number} 已销号，不再增加数字"
                plan.lines[child.key] = Line(child.key, Kind.FIGURE, Deal.REST, line.number, reason=reason)
            elif child.value("taken") and child.kind == Kind.FIGURE:
                _figure(child, node, plan, known, inspection)
            elif child.value("taken") and child.kind == Kind.REGULATION:
                _rule(child, node, plan, titles)


def _figure(child: Node, issue: Node, plan: Plan, known: set[str], inspection: Inspection) -> None:
    number = plan.lines[issue.key].number
    name = child.text("name")[:NAME_LENGTH]
    day, value = child.text("as_of"), child.text("value")
    if not day or not _is_number(value):
        said = f"问题 {number} 的“{name} {value}{child.text('unit')}”没有截至日期或不是单个数值"
        plan.findings.append(Finding(Level.ERROR, "figure_day", said, "请补上日期，或不带入这个数字", child.origin(), value, issue.key))
        return
    if dt.date.fromisoformat(day) > inspection.today():
        said = f"问题 {number} 的“{name}”截至日期 {day} 还没有到"
        plan.findings.append(Finding(Level.ERROR, "figure_day", said, "请改日期，或不带入这个数字", child.origin("as_of"), day, issue.key))
        return
    if name in known and plan.lines[issue.key].pk:
        plan.lines[child.key] = Line(child.key, Kind.FIGURE, Deal.SAME, number, reason="台账里已有同名指标")
        return
    name = _unused(name, known)
    known.add(name)
    values = {"issue": issue.key, "name": name, "value": value, "as_of": day, **{key: child.text(key) for key in ("unit", "kind")}}
    values["quote"] = child.text("sentence")
    plan.lines[child.key] = Line(child.key, Kind.FIGURE, Deal.ADD, number, values=values)


def _is_number(value: str) -> bool:
    try:
        return Decimal(value) >= 0
    except InvalidOperation:
        return False


def _unused(name: str, known: set[str]) -> str:
    found, step = name, 1
    while found in known:
        step += 1
        found = f"{name[: NAME_LENGTH - 4]}（{step}）"
    return found


def _rule(child: Node, issue: Node, plan: Plan, titles: set[str]) -> None:
    title = child.text("title")
    number = plan.lines[issue.key].number
    if normal(title) in titles:
        plan.lines[child.key] = Line(child.key, Kind.REGULATION, Deal.SAME, number, reason="台账里已有这项制度")
        return
    titles.add(normal(title))
    values = {"issue": issue.key, "title": title, "kind": child.text("act")}
    plan.lines[child.key] = Line(child.key, Kind.REGULATION, Deal.ADD, number, values=values)
