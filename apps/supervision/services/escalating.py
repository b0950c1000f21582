"""Letters left without an answer: the clock proposes the next level (建议升级), a person sends it or says why not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import Deed, record, record_many
from apps.measures.models import Measure
from apps.supervision import workflow
from apps.supervision.ladder import Level, ladder_of, next_level
from apps.supervision.models import Act, Escalation, Letter
from apps.supervision.policies import checks_answers
from apps.supervision.services.letter_notices import tell_of_proposals
from apps.supervision.services.letters import drafted, locked_letter, refuse_repetition, refuse_sender, write_letter
from apps.supervision.services.settling import settle_unanswered
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import User
from apps.units.workflow import apply

State = Escalation.State


def propose_escalations(today: dt.date | None = None) -> int:
    """Propose the next level for every letter whose day to answer has passed; how many were proposed. Safe late, twice, or in two
    workers at once. A letter of the highest level has none: its page says so."""
    rounds = Inspection.objects.filter(letters__in=Letter.objects.waiting()).distinct().order_by("pk")
    return sum(_propose(inspection, today or inspection.today()) for inspection in rounds.select_related("book"))


@transaction.atomic
def escalate_letter(*, actor: User, letter: Letter, requirement: str, reply_by: dt.date | None = None) -> Letter:
    """Send the letter of the next level about those measures of a late letter that still run; the late one is marked as followed up."""
    inspection = locked_inspection(letter.inspection)
    levels = ladder_of(inspection)
    running = _locked_running(letter)
    row = locked_letter(letter)
    _refuse_stranger(actor, row)
    apply(workflow.ESCALATE, row, field="state", actor=actor)
    level, today = next_level(levels, row.level), inspection.today()
    if level is None:
        raise ActRefused(f"{row.title}已到最高级，不能再升级")
    refuse_sender(actor, inspection, row.unit, level, levels)
    if row.reply_by >= today:
        raise ActRefused(f"还没到回复期限（{row.reply_by}），不能升级；情况紧急的，请另发更高级别的督查单")
    if not running:
        raise ActRefused("所列措施都已申报完成、办结或改由其他单位牵头，不需要升级，请选择“不升级”并写明情况")
    plain = drafted(levels, level.code, requirement, reply_by, today)
    draft = replace(plain, follows=row, correlation=uuid.uuid4())
    row.save()
    refuse_repetition(running, level, levels)
    settled = settle_unanswered(row)
    sent = write_letter(actor, inspection, row.unit, running, draft)
    _decide(row, level, actor, today, State.SENT, f"已发{sent}")
    payload = {"escalated_to": str(sent)}
    deeds = [Deed(Act.ESCALATE_LETTER, row, payload=payload), *settled]
    record_many(inspection.book, actor=actor, deeds=deeds, correlation=draft.correlation)
    return sent


@transaction.atomic
def decline_escalation(*, actor: User, escalation: Escalation, note: str) -> Escalation:
    """Leave the letter at its level, and say why. For those who may send the level that is proposed."""
    row = locked_letter(escalation.letter)
    found = Escalation.objects.select_for_update(of=("self",), no_key=True).get(pk=escalation.pk)
    _refuse_stranger(actor, row)
    apply(workflow.DECLINE, found, field="state", actor=actor, reason=note)
    levels = ladder_of(row.inspection)
    level = next_level(levels, row.level)
    if level is not None:
        refuse_sender(actor, row.inspection, row.unit, level, levels)
    found.decided_by, found.decided_on, found.note = actor, row.inspection.today(), note
    found.save()
    record(row.inspection.book, actor=actor, act=Act.DECLINE_ESCALATION, subject=row, reason=note, payload={"level": found.title})
    return found


@transaction.atomic
def _propose(inspection: Inspection, today: dt.date) -> int:
    """The proposals of one round: a number of queries that does not grow with the letters."""
    waiting = Letter.objects.select_for_update(of=("self",), no_key=True).filter(inspection=inspection, reply_by__lt=today).waiting()
    late: Sequence[Letter] = list(waiting.select_related("inspection__book", "unit", "sent_by").order_by("pk"))
    known = {row.letter_id: row for row in Escalation.objects.filter(letter__in=late)}
    levels = ladder_of(inspection)
    made: list[Escalation] = []
    again: list[Escalation] = []
    for letter in late:
        level, old = next_level(levels, letter.level), known.get(letter.pk)
        if level is None or (old is not None and not _is_over(old, letter)):
            continue
        row = old or Escalation(letter=letter)
        row.letter, row.level, row.title, row.proposed_on = letter, level.code, level.name, today
        row.because = f"回复期限 {letter.reply_by} 已过，{letter.get_state_display()}，没有回复"
        row.state, row.decided_by, row.decided_on, row.note = State.OPEN, None, None, ""
        (again if old else made).append(row)
    Escalation.objects.bulk_create(made)
    Escalation.objects.bulk_update(
        again, ["level", "title", "proposed_on", "because", "state", "decided_by", "decided_on", "note"], batch_size=200
    )
    proposed = sorted((*made, *again), key=lambda row: row.letter_id)
    deeds = [
        Deed(Act.PROPOSE_ESCALATION, row.letter, row.because, {"level": row.title, "reply_by": row.letter.reply_by}) for row in proposed
    ]
    record_many(inspection.book, actor=None, deeds=deeds)
    tell_of_proposals([(row.letter, f"{row.because}，建议升级为{row.title}") for row in proposed])
    return len(proposed)


def _is_over(old: Escalation, letter: Letter) -> bool:
    """Whether an earlier proposal belongs to a clock that was answered since: one answered lapsed, one declined stays so until the
    answer was returned with a new day."""
    if old.state == State.DECLINED:
        return old.decided_on is not None and letter.reply_by >= old.decided_on
    return old.state == State.LAPSED


def _locked_running(letter: Letter) -> list[Measure]:
    rows = Measure.objects.filter(letters=letter).select_related("issue").order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    running = [row for row in found if row.stopped_on is None and row.lead_unit_id == letter.unit_id]
    return sorted(running, key=lambda row: (row.issue.number, row.ordinal))


def _refuse_stranger(actor: User, letter: Letter) -> None:
    if not checks_answers(actor, letter):
        raise ActForbidden("督查单的升级由整改办、领导或负责该单位的督查组办理")


def _decide(letter: Letter, level: Level, actor: User, today: dt.date, state: str, note: str) -> None:
    """The proposal, made now where the person was faster than the clock."""
    found = Escalation.objects.filter(letter=letter).first() or Escalation(
        letter=letter, proposed_on=today, because=f"回复期限 {letter.reply_by} 已过，没有回复"
    )
    found.level, found.title, found.state = level.code, level.name, state
    found.decided_by, found.decided_on, found.note = actor, today, note
    found.save()
