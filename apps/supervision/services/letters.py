"""Supervision letters: sent, signed for, answered. (Checking an answer is in answers.py, following a letter up in escalating.py.)"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import Deed, record, record_many
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.measures.models import Measure
from apps.supervision import workflow
from apps.supervision.ladder import Level, ladder_of, level_in, rank_in
from apps.supervision.models import Act, Escalation, Letter, Reply
from apps.supervision.policies import SUPERVISING, levels_for, receives, supervising_group
from apps.supervision.services.attaching import keep_reply_files
from apps.supervision.services.letter_notices import tell_of_letter, tell_senders
from apps.supervision.services.settling import settle_unanswered
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, Unit, User
from apps.units.workflow import apply


@dataclass(frozen=True)
class LetterDraft:
    """What a letter says; how it comes about (``source``, which letter it follows, one act with others) stands beside it."""

    level: Level
    requirement: str
    reply_by: dt.date
    sent_on: dt.date
    source: str = Source.ENTERED
    follows: Letter | None = None
    correlation: uuid.UUID | None = None


@transaction.atomic
def send_letter(
    *,
    actor: User,
    inspection: Inspection,
    unit: Unit,
    measures: Collection[Measure],
    level: str,
    requirement: str,
    reply_by: dt.date | None = None,
    source: str = Source.ENTERED,
    on: dt.date | None = None,
) -> Letter:
    """Send a letter about running measures of one unit; numbers run on without a gap per round and year.

    A supervisor in a group writes for that group and only to units it covers; office and leaders to any unit; each only the levels that
    the round's ladder gives them. Without ``reply_by`` the clock of the level counts from the day it is sent, ``on`` (None: today);
    of one that is entered later the unit hears as ``tell_of_letter`` says.
    """
    refuse_other_roles(actor)
    row = locked_inspection(inspection)
    levels = ladder_of(row)
    draft = drafted(levels, level, requirement, reply_by, checked_day(on, row.today()), source=source)
    chosen = locked_measures(actor, row, unit, measures)
    refuse_sender(actor, row, unit, draft.level, levels)
    refuse_repetition(chosen, draft.level, levels)
    return write_letter(actor, row, unit, chosen, draft)


@transaction.atomic
def sign_letter(*, actor: User, letter: Letter) -> Letter:
    """A liaison of the unit signs for the letter (签收)."""
    row = _received(actor, letter)
    apply(workflow.SIGN, row, field="state", actor=actor)
    row.signed_by, row.signed_at = actor, timezone.now()
    row.save()
    record(row.inspection.book, actor=actor, act=Act.SIGN_LETTER, subject=row)
    return row


@transaction.atomic
def answer_letter(*, actor: User, letter: Letter, answer: str, files: Sequence[UploadedFile[bytes]] = ()) -> Letter:
    """A liaison of the unit answers the letter it has signed for, with files of evidence. A proposal to follow it up lapses,
    and 催办未复 ends."""
    locked_inspection(letter.inspection)
    row = _received(actor, letter)
    apply(workflow.ANSWER, row, field="state", actor=actor)
    if not answer.strip():
        raise ActRefused("请写明办理情况", field="answer")
    row.answer, row.answered_by, row.answered_on = answer, actor, row.inspection.today()
    row.save()
    reply = Reply.objects.create(letter=row, text=answer, answered_by=actor, answered_on=row.answered_on)
    kept = keep_reply_files(actor=actor, reply=reply, files=files)
    Escalation.objects.filter(letter=row, state=Escalation.State.OPEN).update(state=Escalation.State.LAPSED)
    payload = {"answer": answer, "reply_by": row.reply_by, "files": [{"file": each.filename, "sha256": each.sha256} for each in kept]}
    record_many(row.inspection.book, actor=actor, deeds=[Deed(Act.ANSWER_LETTER, row, payload=payload), *settle_unanswered(row)])
    tell_senders(row, "单位已回复，请核验", about=reply)
    return row


def refuse_other_roles(actor: User) -> None:
    if actor.role not in SUPERVISING:
        raise ActForbidden(f"您的角色不能办理“{Act.SEND_LETTER.label}”")


def drafted(
    levels: Sequence[Level], code: str, requirement: str, reply_by: dt.date | None, today: dt.date, *, source: str = Source.ENTERED
) -> LetterDraft:
    """The words of a letter, checked: a level of the ladder, what is required, a working day to come."""
    level = level_in(levels, code)
    if level is None:
        raise ActRefused("请选择督查单的级别", field="level")
    if not requirement.strip():
        raise ActRefused("请写明督办要求", field="requirement")
    return LetterDraft(level, requirement, checked_reply_by(reply_by, level, today), today, source)


def checked_day(on: dt.date | None, today: dt.date) -> dt.date:
    """The day a letter went out: today, or an earlier one of a letter that is entered later."""
    if on is not None and on > today:
        raise ActRefused("发出日期不能晚于今天，请核对", field="on")
    return on or today


def checked_reply_by(reply_by: dt.date | None, level: Level, today: dt.date) -> dt.date:
    """The day asked for, or that of the level's clock: a working day after today. A year that is not loaded is said, never guessed."""
    try:
        day = reply_by or level.reply_by(today)
        works = WorkCalendar().is_workday(day)
    except CalendarNotLoaded as unknown:
        words = f"{unknown.year} 年的节假日安排尚未载入，请改用今年的日期，或先登记“工作日调整”"
        raise ActRefused(words, field="reply_by") from unknown
    if day <= today:
        raise ActRefused(f"回复期限要晚于今天（{today}）", field="reply_by")
    if not works:
        raise ActRefused(f"{day} 不是工作日，请改为工作日", field="reply_by")
    return day


def locked_measures(actor: User, inspection: Inspection, unit: Unit, measures: Collection[Measure]) -> list[Measure]:
    """The measures as they are now, locked; each led by the unit, running, and in the actor's sight."""
    keys = {measure.pk for measure in measures}
    if not keys:
        raise ActRefused("请至少选择一条措施", field="measures")
    rows = Measure.objects.worked_on_by(actor).filter(pk__in=keys, issue__inspection=inspection).select_related("issue").order_by("pk")
    chosen: list[Measure] = list(rows.select_for_update(of=("self",), no_key=True))
    if len(chosen) != len(keys):
        raise ActForbidden("所选措施不在您的督查范围内，请重新选择")
    others = [measure.number for measure in chosen if measure.lead_unit_id != unit.pk]
    if others:
        raise ActRefused(f"措施 {'、'.join(others)} 不由{unit.name}牵头，一张督查单只发一个单位，请分别发出", field="measures")
    resting = [measure.number for measure in chosen if measure.stopped_on is not None]
    if resting:
        raise ActRefused(f"措施 {'、'.join(resting)} 已申报完成或已办结，不需要督办，请取消选择", field="measures")
    return sorted(chosen, key=lambda measure: (measure.issue.number, measure.ordinal))


def refuse_sender(actor: User, inspection: Inspection, unit: Unit, level: Level, levels: Sequence[Level]) -> None:
    """403 in words: who sends this level, and which the actor may send."""
    own = levels_for(actor, inspection, unit, levels)
    if level in own:
        return
    rest = "、".join(each.name for each in own)
    words = f"您可以向{unit.name}发：{rest}" if rest else f"您不能向{unit.name}发督查单"
    raise ActForbidden(f"{level.name}由{level.sender_words}发出。{words}")


def refuse_repetition(measures: Collection[Measure], level: Level, levels: Sequence[Level]) -> None:
    """One matter, one sheet: while a letter waits for its answer, only a higher level may follow it (domain.md §2.2)."""
    for letter in Letter.objects.filter(measures__in=measures).waiting().distinct():
        if rank_in(levels, letter.level) >= rank_in(levels, level.code):
            raise ActConflict(f"这些措施已有{letter}等待回复，请先督促回复；需要加重的，请选择更高的级别", field="level")


def write_letter(actor: User, inspection: Inspection, unit: Unit, chosen: Sequence[Measure], draft: LetterDraft) -> Letter:
    """Write the letter and its entry, and tell the unit. Everything was checked, and the round is locked: its numbers have no gap."""
    year = draft.sent_on.year
    last = Letter.objects.filter(inspection=inspection, year=year).aggregate(last=Max("number"))["last"] or 0
    letter = Letter.objects.create(
        inspection=inspection,
        year=year,
        number=last + 1,
        level=draft.level.code,
        title=draft.level.name,
        group=supervising_group(actor, inspection, unit),
        unit=unit,
        requirement=draft.requirement,
        reply_by=draft.reply_by,
        sent_by=actor,
        sent_on=draft.sent_on,
        source=draft.source,
        escalated_from=draft.follows,
    )
    letter.measures.set(chosen)
    payload = {
        "level": letter.title,
        "unit": unit.name,
        "group": letter.group.name if letter.group else None,
        "measures": [measure.number for measure in chosen],
        "requirement": draft.requirement,
        "reply_by": draft.reply_by,
        **({"escalated_from": str(draft.follows)} if draft.follows else {}),
    }
    record(inspection.book, actor=actor, act=Act.SEND_LETTER, subject=letter, payload=payload, correlation=draft.correlation)
    tell_of_letter(letter)
    return letter


def _received(actor: User, letter: Letter) -> Letter:
    row = locked_letter(letter)
    if not receives(actor, row):
        raise ActForbidden(f"这张督查单发给{row.unit.name}，请由该单位联络员办理")
    return row


def locked_letter(letter: Letter) -> Letter:
    """The letter's row, locked and read anew."""
    rows = Letter.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "unit", "sent_by")
    row: Letter = rows.get(pk=letter.pk)
    return row
