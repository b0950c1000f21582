"""Issues, their wording and their units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Category, Inspection, Issue
from apps.issues.services.rows import locked, locked_inspection, plain_facts, require_office
from apps.ledgers.services import Deed, changes, record, record_many
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Unit, User
from apps.units.workflow import check

BATCH = 200
AMENDABLE = ("title", "finding", "goal", "lead_official", "led_by_secretary", "prior_issue")


@dataclass(frozen=True)
class IssueDraft:
    """An issue to be registered; ``facts`` are the other columns of :class:`Issue`."""

    category: Category
    number: int
    title: str
    finding: str
    lead_unit: Unit
    supporting_units: tuple[Unit, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def issue_of(self, inspection: Inspection) -> Issue:
        return Issue(
            inspection=inspection,
            category=self.category,
            number=self.number,
            title=self.title,
            finding=self.finding,
            lead_unit=self.lead_unit,
            **self.facts,
        )


def add_issue(
    *,
    actor: User | None,
    category: Category,
    number: int,
    title: str,
    finding: str,
    lead_unit: Unit,
    supporting_units: Iterable[Unit] = (),
    listed_on: dt.date | None = None,
    **facts: Any,
) -> Issue:
    """Register an issue; numbers run on over all categories and are unique in the round. ``listed_on``: of a list made earlier (补录)."""
    draft = IssueDraft(category, number, title, finding, lead_unit, tuple(supporting_units), facts)
    return add_issues(actor=actor, inspection=category.inspection, drafts=[draft], listed_on=listed_on)[0]


@transaction.atomic
def add_issues(
    *, actor: User | None, inspection: Inspection, drafts: Sequence[IssueDraft], listed_on: dt.date | None = None
) -> list[Issue]:
    """Register issues of one round under the rules of :func:`add_issue`, in a number of queries that does not grow with them."""
    require_office(actor, Act.ADD_ISSUE)
    row = locked_inspection(inspection)
    taken = set(row.issues.values_list("number", flat=True))
    for draft in drafts:
        if draft.number in taken:
            raise ActConflict(f"问题 {draft.number} 已经登记，请换一个编号", field="number")
        taken.add(draft.number)
    supporting = [_supporting(draft.lead_unit, draft.supporting_units) for draft in drafts]
    issues = Issue.objects.bulk_create([draft.issue_of(row) for draft in drafts], batch_size=BATCH)
    through = Issue.supporting_units.through
    pairs = [through(issue=issue, unit=unit) for issue, units in zip(issues, supporting, strict=True) for unit in units]
    through.objects.bulk_create(pairs, batch_size=BATCH)
    stated = {"listed_on": listed_on} if listed_on else {}
    deeds = [
        Deed(Act.ADD_ISSUE, issue, payload=_told(issue, units, {**stated, **draft.facts}))
        for issue, units, draft in zip(issues, supporting, drafts, strict=True)
    ]
    record_many(row.book, actor=actor, deeds=deeds)
    return issues


@transaction.atomic
def amend_issue(*, actor: User, issue: Issue, values: Mapping[str, Any], reason: str, version: int | None = None) -> Issue:
    """Change the wording or the leader of an issue, with a reason; before → after goes in the book. ``values`` ⊆ AMENDABLE."""
    row = locked(issue, version)
    check(workflow.AMEND, row, field="closure", actor=actor, reason=reason)
    unknown = set(values) - set(AMENDABLE)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    if values.get("prior_issue") == row:
        raise ActRefused("一个问题不能关联它自己，请选择以往轮次的问题", field="prior_issue")
    before = {key: getattr(row, key) for key in values}
    return _save_change(row, actor, Act.AMEND_ISSUE, before, values, reason)


@transaction.atomic
def assign_issue(
    *, actor: User, issue: Issue, lead_unit: Unit, supporting_units: Iterable[Unit], reason: str = "", version: int | None = None
) -> Issue:
    """Change the lead unit (exactly one) and the supporting units of an issue, with a reason."""
    row = locked(issue, version)
    check(workflow.ASSIGN, row, field="closure", actor=actor, reason=reason)
    supporting = _supporting(lead_unit, supporting_units)
    before = {"lead_unit": row.lead_unit.name, "supporting_units": sorted(unit.name for unit in row.supporting_units.all())}
    after = {"lead_unit": lead_unit.name, "supporting_units": sorted(unit.name for unit in supporting)}
    payload = changes(before, after)
    if not payload["changes"]:
        raise ActRefused("分工没有变化，不需要保存")
    row.lead_unit = lead_unit
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    row.supporting_units.set(supporting)
    record(row.inspection.book, actor=actor, act=Act.ASSIGN_ISSUE, subject=row, reason=reason, payload=payload)
    return row


def _told(issue: Issue, supporting: Iterable[Unit], facts: Mapping[str, Any]) -> dict[str, Any]:
    """A new issue, as the book tells it."""
    return {
        "number": issue.number,
        "title": issue.title,
        "finding": issue.finding,
        "lead_unit": issue.lead_unit.name,
        "supporting_units": [unit.name for unit in supporting],
        **plain_facts(facts),
    }


def _save_change(row: Issue, actor: User, act: Act, before: Mapping[str, Any], after: Mapping[str, Any], reason: str) -> Issue:
    for key, value in after.items():
        setattr(row, key, value)
    payload = changes(plain_facts(before), plain_facts(after))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=reason, payload=payload)
    return row


def _supporting(lead_unit: Unit, supporting_units: Iterable[Unit]) -> list[Unit]:
    supporting = list(dict.fromkeys(supporting_units))
    if lead_unit in supporting:
        raise ActRefused("牵头单位不能同时是配合单位，请去掉一处", field="supporting_units")
    return supporting
