"""What the sending side makes of a unit's answer to a letter: accepted, and the letter is closed; or returned with what is missing."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from apps.ledgers.services import record
from apps.supervision import workflow
from apps.supervision.ladder import ladder_of, level_in
from apps.supervision.models import Act, Letter, Reply
from apps.supervision.policies import checks_answers
from apps.supervision.services.letter_notices import tell_unit
from apps.supervision.services.letters import checked_reply_by, locked_letter
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, User
from apps.units.workflow import Transition, apply


@transaction.atomic
def close_letter(*, actor: User, letter: Letter, opinion: str = "", reply: int | None = None) -> Letter:
    """Accept the answer and close the letter (办结). ``reply`` is the answer that the person read."""
    row, found = _answered(actor, letter, workflow.CLOSE, opinion, read=reply)
    row.closed_by, row.closed_on = actor, row.inspection.today()
    row.save()
    _check(found, actor, row, accepted=True, opinion=opinion)
    record(row.inspection.book, actor=actor, act=Act.CLOSE_LETTER, subject=row, reason=opinion)
    tell_unit(row, "回复已核验通过，督查单办结", kind=Notification.Kind.ANSWER, about=found)
    return row


@transaction.atomic
def return_answer(*, actor: User, letter: Letter, requirement: str, reply_by: dt.date | None = None, reply: int | None = None) -> Letter:
    """Send the answer back with what is missing; the unit answers again by a new day, that of the level's clock if none is given."""
    row, found = _answered(actor, letter, workflow.RETURN, requirement, read=reply)
    level = level_in(ladder_of(row.inspection), row.level)
    if level is None:
        raise ActRefused(f"督查单级别中已没有“{row.title}”，请整改办先补上这一级")
    before, row.reply_by = row.reply_by, checked_reply_by(reply_by, level, row.inspection.today())
    row.save()
    _check(found, actor, row, accepted=False, opinion=requirement)
    payload = {"changes": {"reply_by": [before, row.reply_by]}}
    record(row.inspection.book, actor=actor, act=Act.RETURN_ANSWER, subject=row, reason=requirement, payload=payload)
    tell_unit(row, f"回复被退回，请补充后在 {row.reply_by} 前重新回复", kind=Notification.Kind.RETURNED, about=found)
    return row


def _answered(actor: User, letter: Letter, step: Transition, reason: str, *, read: int | None) -> tuple[Letter, Reply]:
    """The letter, locked, with the step taken in memory, and the answer that waits. Nobody checks their own answer, or one that came
    after the one they read."""
    row = locked_letter(letter)
    if not checks_answers(actor, row):
        raise ActForbidden("督查单的回复由整改办、领导或负责该单位的督查组核验")
    apply(step, row, field="state", actor=actor, reason=reason)
    if row.answered_by_id == actor.pk:
        raise ActForbidden("回复人不能核验自己的回复，请由其他人办理")
    found = row.replies.filter(accepted=None).last()
    if found is None:
        # Answered before answers had rows of their own.
        answered_on = row.answered_on or row.inspection.today()
        found = Reply(letter=row, text=row.answer, answered_by=row.answered_by, answered_on=answered_on)
    if read is not None and found.pk != read:
        raise ActConflict("您打开页面之后，原回复已被退回，单位又重新回复。请刷新页面，看过新的回复再办理")
    return row, found


def _check(reply: Reply, actor: User, letter: Letter, *, accepted: bool, opinion: str) -> None:
    reply.accepted, reply.opinion = accepted, opinion
    reply.checked_by, reply.checked_on = actor, letter.inspection.today()
    reply.save()
