"""Many measures at once under the rules for one: rows locked in one order, each assigned or skipped with the reason, written together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import prefetch_related_objects

from apps.issues.models import Issue
from apps.ledgers.services import Deed, record_many
from apps.measures import workflow
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Act, Measure
from apps.measures.services.planning import MeasureDraft, set_supporting, take_assignment
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Source, Unit, User
from apps.units.workflow import check

BATCH = 100
ASSIGNED = (
    "lead_unit",
    "assigned_on",
    "person",
    "deadline_rule",
    "deadline_from",
    "deadline_count",
    "deadline_basis",
    "due_on",
    "original_due_on",
    "demonstrated",
    "version",
)
Drafting = Callable[[Measure, tuple[Unit, ...]], MeasureDraft]
Ruling = Callable[[Measure, dict[str, Any]], None]
"""A further rule: refuses (ActRefused) what would change on the measure, given as field → [before, after]."""


@dataclass
class Line:
    """What an act on many measures does to one of them: the changes, or why it is left alone."""

    measure: Measure
    version: int
    changes: dict[str, list[Any]] = field(default_factory=dict)
    skipped: str = ""
    supporting: tuple[Unit, ...] = ()

    @property
    def number(self) -> str:
        return self.measure.number


def with_units(rows: Any) -> list[Measure]:
    """The measures with all that an assignment reads, in the order of their numbers."""
    found = rows.select_related("issue__inspection__book", "lead_unit").prefetch_related("supporting_units")
    return list(found.order_by("issue__number", "ordinal"))


def locked_many(keys: Iterable[int], issues: Iterable[int] = ()) -> list[Measure]:
    """The measures and then their issues, and ``issues`` besides, locked and read anew, in the order of their numbers.

    First all measures, then all issues, each by key: an act on one measure (which takes the measure, then its issue) or another
    act on many waits for this one or is waited for, and never both.
    """
    rows = list(
        Measure.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys)).select_related("lead_unit").order_by("pk")
    )
    of_them = Issue.objects.select_for_update(of=("self",), no_key=True).filter(pk__in={*issues, *(row.issue_id for row in rows)})
    found = {issue.pk: issue for issue in of_them.select_related("inspection__book").order_by("pk")}
    for row in rows:
        row.issue = found[row.issue_id]
    prefetch_related_objects(rows, "supporting_units")
    return sorted(rows, key=lambda row: (row.issue.number, row.ordinal))


def assigned(
    row: Measure,
    drafting: Drafting,
    *,
    actor: User,
    reason: str,
    calendar: WorkCalendar,
    ruling: Ruling | None = None,
    source: str = Source.ENTERED,
) -> Line:
    """The measure with the assignment taken in memory, or with why it cannot be; a wrong role is no matter of one row and goes up."""
    supporting = tuple(row.supporting_units.all())
    line = Line(row, row.version)
    try:
        check(workflow.ASSIGN, row, field="progress", actor=actor, reason=reason)
        draft = drafting(row, supporting)
        payload = take_assignment(row, supporting, draft, actor=actor, reason=reason, calendar=calendar, source=source)
        if ruling:
            ruling(row, payload["changes"])
    except ActForbidden:
        raise
    except ActRefused as refusal:
        line.skipped = refusal.message
    else:
        line.changes, line.supporting = payload["changes"], draft.supporting_units
    return line


def write_assignments(lines: Sequence[Line], *, actor: User, reason: str, correlation: uuid.UUID) -> None:
    """Save what changed and enter each measure in its book under the one correlation id."""
    changed = [line for line in lines if not line.skipped]
    Measure.objects.bulk_update([line.measure for line in changed], ASSIGNED, batch_size=BATCH)
    set_supporting([(line.measure, line.supporting) for line in changed if "supporting_units" in line.changes])
    deeds = [Deed(Act.ASSIGN_MEASURE, line.measure, reason, {"changes": line.changes}) for line in changed]
    if changed:
        record_many(changed[0].measure.issue.inspection.book, actor=actor, deeds=deeds, correlation=correlation)
