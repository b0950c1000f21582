"""Writing a confirmed import: all of it in one transaction, through the rules of the single acts, under one correlation id.

The plan is made anew under the lock of the round; where it is another one than the office confirmed, nothing is written and the new
one is shown.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.issues.models import Category, Inspection, Issue
from apps.issues.services import IssueDraft, add_category, add_issues, amend_issue, assign_issue, locked_inspection
from apps.ledgers.services import Deed, correlated, house_book, record, record_many
from apps.measures.importing.comparing import plan_of
from apps.measures.importing.plan import Deal, Line, Plan
from apps.measures.importing.tree import Kind, Level, Node, Tree
from apps.measures.models import Act, ImportRun, Measure
from apps.measures.services.importing.extras import write_extras
from apps.measures.services.importing.running import READY, locked
from apps.measures.services.many import locked_many
from apps.measures.services.planning import MeasureDraft, add_measures_to_many, amend_measure, assign_measure
from apps.units.models import Source, Unit, User
from apps.units.services import make_unit

Tell = Callable[[int, int], None]
MOVED = "确认之后台账有变动，没有写入。请看新的预览后再确认"
DISABLED = "确认这次导入的账号已经停用，没有写入。请由在用的整改办账号重新确认"
AMENDED = ("text", "nature", "pace")
ASSIGNED = ("lead_unit", "supporting_units", "person", "due_on", "deadline_basis")


@transaction.atomic
def apply_import(*, run: ImportRun, tell: Tell | None = None) -> ImportRun:
    """Write the run that its ``applied_by`` has confirmed. Safe twice and in two workers at once: the second finds it applied."""
    inspection = locked_inspection(run.inspection)
    row = locked(run)
    if row.state != ImportRun.State.APPLYING or row.applied_by is None:
        return row
    if not row.applied_by.is_active:
        return _back(row, DISABLED)
    tree = Tree.from_json(row.tree)
    plan = plan_of(row, tree)
    if plan.fingerprint != row.plan.get("fingerprint") or tree.of_level(Level.ERROR) or plan.errors:
        row.plan = plan.as_json()
        return _back(row, MOVED)
    correlation = uuid.uuid4()
    with correlated(correlation):
        writer = _Writer(row.applied_by, row, inspection, tree, plan, tell or (lambda _done, _of: None))
        writer.write()
        payload = {"file": row.filename, "sha256": row.sha256, "rows": sum(plan.counts.values())}
        row.state, row.correlation, row.applied_at, row.begun_at, row.error = row.State.APPLIED, correlation, timezone.now(), None, ""
        row.version += 1
        row.save()
        record(inspection.book, actor=row.applied_by, act=Act.APPLY_IMPORT, subject=row, reason=row.reason, payload=payload)
        if writer.units_made:
            # Last, for nobody can sign in while the book of the house is locked.
            record_many(house_book(), actor=row.applied_by, deeds=writer.units_made)
    return row


def _back(row: ImportRun, why: str) -> ImportRun:
    """The run waits for another confirmation."""
    row.state, row.error, row.begun_at = READY, why, None
    row.version += 1
    row.save()
    return row


class _Writer:
    """One import, step by step: units, aspects, new issues, new measures, changes."""

    def __init__(self, actor: User, run: ImportRun, inspection: Inspection, tree: Tree, plan: Plan, tell: Tell) -> None:
        self.actor, self.run, self.inspection, self.tree, self.plan, self.tell = actor, run, inspection, tree, plan, tell
        self.source = Source.NOTICE if run.kind == ImportRun.Kind.NOTICE else Source.IMPORTED
        self.units: dict[int | str, Unit] = {}
        self.categories: dict[str, Category] = {}
        self.issues: dict[str, Issue] = {}
        self.units_made: list[Deed] = []

    def write(self) -> None:
        self._lock()
        self._units()
        self._categories()
        self._issues()
        self._measures()
        self._changes()
        write_extras(actor=self.actor, inspection=self.inspection, plan=self.plan, issues=self.issues, source=self.source)

    def _lines(self, kind: Kind, deal: Deal) -> list[Line]:
        return [line for line in self.plan.lines.values() if line.kind == kind and line.deal == deal]

    def _lock(self) -> None:
        """What will change or be added to, in the house's order, before any book."""
        measures = [line.pk for line in self._lines(Kind.MEASURE, Deal.CHANGE) if line.pk]
        issues = [line.pk for node in self.tree.walk(Kind.ISSUE) if (line := self._touched(node)) and line.pk]
        locked_many(measures, issues)

    def _touched(self, node: Node) -> Line | None:
        """The line of an issue that changes or gets measures, figures or rules."""
        line = self.plan.lines.get(node.key)
        added = any(self._deal(child) == Deal.ADD for child in node.children)
        return line if line and (added or line.deal == Deal.CHANGE) else None

    def _units(self) -> None:
        self.units = {unit.pk: unit for unit in Unit.objects.all()}
        short = {unit.short_name for unit in self.units.values()}
        for name, kind in self.plan.new_units.items():
            made, deed = make_unit(actor=self.actor, name=name, short_name=_short(name, short), kind=kind, source=self.source)
            short.add(made.short_name)
            self.units[name] = made
            self.units_made.append(deed)

    def _categories(self) -> None:
        rows = {row.pk: row for row in self.inspection.categories.all()}
        for line in self.plan.lines.values():
            if line.kind != Kind.CATEGORY:
                continue
            if line.deal == Deal.ADD:
                values = line.values
                self.categories[line.key] = add_category(
                    actor=self.actor, inspection=self.inspection, number=values["number"], title=values["title"], source=self.source
                )
            elif line.pk:
                self.categories[line.key] = rows[line.pk]

    def _issues(self) -> None:
        lines = self._lines(Kind.ISSUE, Deal.ADD)
        made = add_issues(actor=self.actor, inspection=self.inspection, drafts=[self._issue_draft(line) for line in lines])
        self.issues = {line.key: issue for line, issue in zip(lines, made, strict=True)}
        known = {line.key: line.pk for line in self.plan.lines.values() if line.kind == Kind.ISSUE and line.pk}
        rows = self.inspection.issues.in_bulk(list(known.values()))
        self.issues |= {key: rows[pk] for key, pk in known.items() if pk}

    def _issue_draft(self, line: Line) -> IssueDraft:
        values = line.values
        facts = {name: values[name] for name in ("goal", "lead_official", "led_by_secretary")}
        return IssueDraft(
            category=self.categories[values["category"]],
            number=values["number"],
            title=values["title"],
            finding=values["finding"],
            lead_unit=self.units[values["lead_unit"]],
            supporting_units=tuple(self.units[key] for key in values["supporting_units"]),
            facts={**facts, "source": self.source},
        )

    def _measures(self) -> None:
        plans = []
        for node in self.tree.walk(Kind.ISSUE):
            drafts = [self._measure_draft(self.plan.lines[child.key]) for child in self._new_measures(node)]
            if drafts:
                plans.append((self.issues[node.key], drafts))
        add_measures_to_many(actor=self.actor, plans=plans)

    def _new_measures(self, node: Node) -> Iterable[Node]:
        return (child for child in node.of_kind(Kind.MEASURE) if self._deal(child) == Deal.ADD)

    def _deal(self, node: Node) -> Deal | None:
        line = self.plan.lines.get(node.key)
        return line.deal if line else None

    def _measure_draft(self, line: Line) -> MeasureDraft:
        values = line.values
        return MeasureDraft(
            text=values["text"],
            nature=values["nature"],
            pace=values["pace"],
            lead_unit=self.units[values["lead_unit"]],
            supporting_units=tuple(self.units[key] for key in values["supporting_units"]),
            person=values["person"],
            deadline_basis=values["deadline_basis"],
            source=self.source,
            **_deadline(values),
        )

    def _changes(self) -> None:
        lines = [line for line in self.plan.lines.values() if line.deal == Deal.CHANGE]
        for done, line in enumerate(lines, start=1):
            if line.kind == Kind.ISSUE:
                self._change_issue(line)
            elif line.pk:
                self._change_measure(line, line.pk)
            if done % 20 == 0 or done == len(lines):
                self.tell(done, len(lines))

    def _change_issue(self, line: Line) -> None:
        issue = self.issues[line.key]
        values = {change.field: change.value for change in line.changes}
        plain = {name: value for name, value in values.items() if name not in ("lead_unit", "supporting_units")}
        if plain:
            amend_issue(actor=self.actor, issue=issue, values=plain, reason=self.run.reason)
        if len(plain) < len(values):
            lead = self.units[values["lead_unit"]] if "lead_unit" in values else issue.lead_unit
            support = values.get("supporting_units")
            units = list(issue.supporting_units.all()) if support is None else [self.units[key] for key in support]
            assign_issue(
                actor=self.actor,
                issue=issue,
                lead_unit=lead,
                supporting_units=[unit for unit in units if unit != lead],
                reason=self.run.reason,
            )

    def _change_measure(self, line: Line, pk: int) -> None:
        """Wording and type by one act, units, person and day by another; what is to have no day is made long-term first."""
        values = {change.field: change.value for change in line.changes}
        row = Measure.objects.select_related("issue__inspection", "lead_unit").get(pk=pk)
        plain = {name: values[name] for name in AMENDED if name in values}
        assigned = {name: values[name] for name in ASSIGNED if name in values}
        if plain and plain.get("pace") != Measure.Pace.LONG_TERM and assigned:
            row = self._assign(row, assigned)
            assigned = {}
        if plain:
            row = amend_measure(actor=self.actor, measure=row, values=plain, reason=self.run.reason)
        if assigned:
            self._assign(row, assigned)

    def _assign(self, row: Measure, values: Mapping[str, Any]) -> Measure:
        support = values.get("supporting_units")
        lead = self.units[values["lead_unit"]] if "lead_unit" in values else row.lead_unit
        units = tuple(row.supporting_units.all()) if support is None else tuple(self.units[key] for key in support)
        kept = {name: getattr(row, name) for name in ("deadline_rule", "deadline_from", "deadline_count", "due_on")}
        draft = MeasureDraft(
            text=row.text,
            nature=row.nature,
            pace=row.pace,
            lead_unit=lead,
            supporting_units=tuple(unit for unit in units if unit != lead),
            person=values.get("person", row.person),
            deadline_basis=values.get("deadline_basis", row.deadline_basis),
            **(_deadline(values["due_on"]) if "due_on" in values else kept),
        )
        return assign_measure(actor=self.actor, measure=row, draft=draft, reason=self.run.reason)


def _deadline(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rule and day of a plan, as the services want them."""

    def day(name: str) -> dt.date | None:
        return dt.date.fromisoformat(values[name]) if values.get(name) else None

    return {
        "deadline_rule": values.get("deadline_rule") or Measure.DeadlineRule.FIXED,
        "deadline_from": day("deadline_from"),
        "deadline_count": values.get("deadline_count"),
        "due_on": day("due_on"),
    }


def _short(name: str, taken: set[str]) -> str:
    """A short name that no other unit has: forty characters of the name."""
    short, step = name[:40], 1
    while short in taken:
        step += 1
        short = f"{name[:37]}{step}"
    return short
