"""Looking back (回头看) at closed issues."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Issue, LookBack
from apps.issues.policies import may_look_back
from apps.issues.services.notifying import relapsed as tell_of_relapse
from apps.issues.services.rows import bump, locked, months_after, source_of_closure
from apps.ledgers.services import record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.workflow import apply

LOOK_BACK_MONTHS = (3, 6)


@transaction.atomic
def hold_look_back(*, actor: User, look_back: LookBack, relapsed: bool, note: str, on: dt.date | None = None) -> LookBack:
    """Record what a look-back found; a relapse re-opens the issue as the next round, the earlier closure stays on record."""
    row = locked(look_back.issue)
    planned = LookBack.objects.select_for_update(no_key=True).get(pk=look_back.pk)
    if planned.finding != LookBack.Finding.PLANNED or planned.round != row.round:
        raise ActConflict("这次回头看已经登记过结果，请刷新页面")
    if not note.strip():
        raise ActRefused("请写明核查情况", field="note")
    if not may_look_back(actor, row):
        raise ActForbidden("回头看由负责牵头单位的督查组、领导或整改办办理")
    apply(workflow.REOPEN if relapsed else workflow.LOOK_BACK, row, field="closure", actor=actor, reason=note)
    planned.finding = LookBack.Finding.RELAPSED if relapsed else LookBack.Finding.HOLDS
    planned.note, planned.held_by, planned.held_on = note, actor, on or row.inspection.today()
    planned.save()
    if relapsed:
        row.round += 1
        tell_of_relapse(row, planned, actor=actor, on=on)
    bump(row)
    act = Act.REOPEN if relapsed else Act.HOLD_LOOK_BACK
    payload = {
        "planned_on": planned.planned_on,
        "held_on": planned.held_on,
        "finding": planned.get_finding_display(),
        "round": row.round,
    }
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=note, payload=payload)
    return planned


def plan_look_backs(issue: Issue, closed_on: dt.date) -> list[str]:
    """Look-backs three and six months after closing (domain.md §1.4: norms of 3–6 months)."""
    days = [months_after(closed_on, months) for months in LOOK_BACK_MONTHS]
    source = source_of_closure(issue)
    LookBack.objects.bulk_create(LookBack(issue=issue, round=issue.round, planned_on=day, source=source) for day in days)
    return [day.isoformat() for day in days]
