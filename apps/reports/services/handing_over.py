"""A message that a rule sealed although it is no tip: the discipline role, which alone reads it, hands it to the office."""

from __future__ import annotations

from django.db import transaction

from apps.ledgers.services import record, sealed_book
from apps.reports import workflow
from apps.reports.models import Feedback
from apps.reports.services.feedback import STALE, locked_feedback, tell_of
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.workflow import apply


@transaction.atomic
def hand_over_feedback(*, actor: User, feedback: Feedback, confirmed: bool, version: int) -> Feedback:
    """From now on it is an open message of the office like any other, with the day for its answer unchanged. What the sender sealed stays
    sealed. Both books have the act and neither a word of the message: no reason is asked for, since it would tell what was written.
    """
    row = locked_feedback(feedback.pk)
    if not Feedback.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise ActForbidden(f"您的角色不能办理“{workflow.HAND_OVER.act.label}”")
    if version != row.version:
        raise ActConflict(STALE)
    apply(workflow.HAND_OVER, row, field="state", actor=actor)
    if not confirmed:
        raise ActRefused("请先确认来信不涉及具体人员的问题，再转交", field="confirmed")
    row.sealing = Feedback.Sealing.OPEN
    row.version += 1
    row.save()
    payload = {"edition": row.edition.number, "item": row.item_number, "due_on": row.due_on}
    # The sealed book first, as everywhere: nobody waits in a circle.
    for book in (sealed_book(), row.inspection.book):
        record(book, actor=actor, act=workflow.HAND_OVER.act, subject=row, payload=payload)
    tell_of(row, "纪检监察转来群众反馈")
    return row
