"""What every change of a draft begins and ends with: whether it may be changed now, and what its change makes void."""

from __future__ import annotations

from typing import Any

from apps.ledgers.services import Deed
from apps.reports import workflow
from apps.reports.models import Notice, NoticeItem
from apps.reports.services.reviewing import asked_again
from apps.reports.services.rows import moved, voided
from apps.units.errors import ActRefused
from apps.units.models import User
from apps.units.workflow import Transition, apply, check


def check_amendable(row: Notice, step: Transition, actor: User, reason: str) -> None:
    check(workflow.change(step, row), row, field="state", actor=actor)
    if row.submitted_on is not None and not reason.strip():
        raise ActRefused("这份通报稿提请过审定，再修改要写明理由", field="reason")


def amended(
    row: Notice, actor: User, step: Transition, reason: str, payload: dict[str, Any], subject: Notice | NoticeItem | None = None
) -> Notice:
    """The notice is a draft again, or stays with the units; what had been approved or agreed to is void, and the book says so."""
    void = voided(row, reason)
    apply(workflow.change(step, row), row, field="state", actor=actor)
    row.edited_by = actor
    asked = asked_again(row, subject, reason) if isinstance(subject, NoticeItem) else []
    return moved(row, actor, [Deed(step.act, subject or row, reason, payload), *asked, *void])
