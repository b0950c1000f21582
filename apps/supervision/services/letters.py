"""Supervision letters: sent, signed for, answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import record
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.measures.models import Measure
from apps.supervision import workflow
from apps.supervision.models import Act, Letter
from apps.supervision.policies import SENDERS, receives, supervising_group
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, Unit, User
from apps.units.workflow import apply


@transaction.atomic
def send_letter(
    *,
    actor: User,
    inspection: Inspection,
    unit: Unit,
    measures: Collection[Measure],
    level: str,
    requirement: str,
    reply_by: dt.date,
    source: str = Source.ENTERED,
) -> Letter:
    """Send a letter about running measures of one unit; numbers run on without a gap per round and year.

    A supervisor in a group writes for that group and only to units it covers; office and leaders to any unit.
    """
    if actor.role not in SENDERS:
        raise ActForbidden(f"您的角色不能办理“{Act.SEND_LETTER.label}”")
    row = locked_inspection(inspection)
    today = row.today()
    _check_words(level, requirement, reply_by, today)
    chosen = _chosen(actor, row, unit, measures)
    _refuse_repetition(chosen, level)
    last = Letter.objects.filter(inspection=row, year=today.year).aggregate(last=Max("number"))["last"] or 0
    letter = Letter.objects.create(
        inspection=row,
        year=today.year,
        number=last + 1,
        level=level,
        title=Letter.Level(level).label,
        group=supervising_group(actor, row, unit),
        unit=unit,
        requirement=requirement,
        reply_by=reply_by,
        sent_by=actor,
        sent_on=today,
        source=source,
    )
    letter.measures.set(chosen)
    payload = {
        "unit": unit.name,
        "group": letter.group.name if letter.group else None,
        "measures": [measure.number for measure in chosen],
        "requirement": requirement,
        "reply_by": reply_by,
    }
    record(row.book, actor=actor, act=Act.SEND_LETTER, subject=letter, payload=payload)
    return letter


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
def answer_letter(*, actor: User, letter: Letter, answer: str) -> Letter:
    """A liaison of the unit answers the letter it has signed for."""
    row = _received(actor, letter)
    apply(workflow.ANSWER, row, field="state", actor=actor)
    if not answer.strip():
        raise ActRefused("请写明办理情况", field="answer")
    row.answer, row.answered_by, row.answered_on = answer, actor, row.inspection.today()
    row.save()
    record(row.inspection.book, actor=actor, act=Act.ANSWER_LETTER, subject=row, payload={"answer": answer, "reply_by": row.reply_by})
    return row


def _check_words(level: str, requirement: str, reply_by: dt.date, today: dt.date) -> None:
    if level not in Letter.Level.values:
        raise ActRefused("请选择督查单的级别", field="level")
    if not requirement.strip():
        raise ActRefused("请写明督办要求", field="requirement")
    if reply_by <= today:
        raise ActRefused(f"回复期限要晚于今天（{today}）", field="reply_by")
    try:
        works = WorkCalendar().is_workday(reply_by)
    except CalendarNotLoaded as unknown:
        raise ActRefused(f"{unknown.year} 年的节假日安排尚未载入，请改用今年的日期，或先登记“工作日调整”", field="reply_by") from unknown
    if not works:
        raise ActRefused(f"{reply_by} 不是工作日，请改为工作日", field="reply_by")


def _chosen(actor: User, inspection: Inspection, unit: Unit, measures: Collection[Measure]) -> list[Measure]:
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


def _refuse_repetition(measures: Collection[Measure], level: str) -> None:
    """One matter, one sheet: while a letter waits for its answer, only a higher level may follow it (domain.md §2.2)."""
    rank = Letter.Level.values.index
    waiting = Letter.objects.filter(measures__in=measures).filter(state__in=Letter.WAITING).distinct()
    for letter in waiting:
        if rank(letter.level) >= rank(level):
            raise ActConflict(f"这些措施已有{letter}等待回复，请先督促回复；需要加重的，请选择更高的级别", field="level")


def _received(actor: User, letter: Letter) -> Letter:
    rows = Letter.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "unit")
    row: Letter = rows.get(pk=letter.pk)
    if not receives(actor, row):
        raise ActForbidden(f"这张督查单发给{row.unit.name}，请由该单位联络员办理")
    return row
