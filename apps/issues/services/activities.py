"""Meetings and other activities."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.issues.models import Act, Activity, Inspection, Issue
from apps.issues.services.rows import locked_inspection, plain_facts, require_office
from apps.ledgers.services import record
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User


@transaction.atomic
def record_activity(
    *, actor: User | None, inspection: Inspection, kind: str, title: str, issue: Issue | None = None, **facts: Any
) -> Activity:
    """Register a meeting or another activity of the round, or of one issue; one of a known day only once."""
    require_office(actor, Act.RECORD_ACTIVITY)
    if issue is not None and issue.inspection_id != inspection.pk:
        raise ActRefused("这个问题不属于本轮次，请重新选择", field="issue")
    inspection = locked_inspection(inspection)
    held_on = facts.get("held_on")
    if held_on and inspection.activities.filter(issue=issue, kind=kind, title=title, held_on=held_on).exists():
        raise ActConflict(f"“{title}”已经登记，请勿重复提交；同一天的另一次活动请在名称中区分", field="title")
    activity = Activity.objects.create(inspection=inspection, issue=issue, kind=kind, title=title, **facts)
    payload = {"kind": activity.get_kind_display(), "title": title, "issue": issue.number if issue else None, **plain_facts(facts)}
    record(inspection.book, actor=actor, act=Act.RECORD_ACTIVITY, subject=activity, payload=payload)
    return activity
