"""What is published although a red-flag rule found it: one person asks under one of the five exceptions, a leader approves.

An exception holds for the sentence it was asked for; once the sentence changes, the finding is open again. Rows are kept.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.ledgers.services import record
from apps.reports import workflow
from apps.reports.models import Act, Audience, Notice, WithheldException
from apps.reports.policies import why_not_except
from apps.reports.services.rows import locked
from apps.reports.withholding.findings import FRAGMENT, Finding, findings_of
from apps.reports.withholding.rules import BY_ID
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, User
from apps.units.recipients import leaders
from apps.units.services import put_notifications
from apps.units.workflow import Transition, check

GONE = "通报稿里已经没有这一处，或所在的句子改过了，请刷新页面后再看"
DECIDED = "这项例外已经有人办理过，请刷新页面后再看"


@transaction.atomic
def ask_exception(
    *, actor: User, notice: Notice, rule: str, place: str, sentence_hash: str, fragment: str, ground: str, reason: str, audience: str
) -> WithheldException:
    """Ask to publish one finding all the same, under one of the five exceptions; the leaders are told."""
    row = locked(notice)
    check(workflow.ASK_EXCEPTION, row, field="state", actor=actor, reason=reason)
    if ground not in WithheldException.Ground.values:
        raise ActRefused("请选择属于哪一种例外情形", field="ground")
    finding = _found(row, audience, place, rule, fragment, sentence_hash)
    if finding.exception is not None:
        raise ActConflict(f"{finding.exception.asked_by}已经为这一处申请过例外，请刷新页面")
    asked = WithheldException.objects.create(
        notice=row,
        audience=finding.audience,
        place=place,
        rule=rule,
        fragment=finding.fragment[:FRAGMENT],
        sentence_hash=sentence_hash,
        ground=ground,
        reason=reason.strip(),
        asked_by=actor,
    )
    _enter(actor, row, asked, Act.ASK_EXCEPTION, asked.reason)
    _tell(leaders(but=actor), row, asked, f"《{row.title}》有一处公开例外待批准：{BY_ID[rule].label}")
    return asked


@transaction.atomic
def approve_exception(*, actor: User, exception: WithheldException) -> WithheldException:
    """A leader other than who asked lets it through. Refused (409) when the sentence is no longer the one that was asked about."""
    notice, row = _decided_by(actor, exception, workflow.APPROVE_EXCEPTION, "")
    _found(notice, row.audience, row.place, row.rule, row.fragment, row.sentence_hash)
    row.approved_by, row.approved_at = actor, timezone.now()
    row.save(update_fields=("approved_by", "approved_at"))
    _enter(actor, notice, row, Act.APPROVE_EXCEPTION)
    _tell([row.asked_by], notice, row, f"《{notice.title}》的一处公开例外已批准：{BY_ID[row.rule].label}")
    return row


@transaction.atomic
def refuse_exception(*, actor: User, exception: WithheldException, reason: str) -> WithheldException:
    """A leader does not let it through: the text has to be mended. It may be asked for anew, with other reasons."""
    notice, row = _decided_by(actor, exception, workflow.REFUSE_EXCEPTION, reason)
    row.refused_reason, row.withdrawn_at = reason.strip(), timezone.now()
    row.save(update_fields=("refused_reason", "withdrawn_at"))
    _enter(actor, notice, row, Act.REFUSE_EXCEPTION, row.refused_reason)
    _tell([row.asked_by], notice, row, f"《{notice.title}》的一处公开例外没有批准：{BY_ID[row.rule].label}")
    return row


@transaction.atomic
def withdraw_exception(*, actor: User, exception: WithheldException, reason: str) -> WithheldException:
    """End an exception, approved or not: the finding is open again. Whoever asked may, and whoever may approve."""
    notice, row = _locked(exception)
    check(workflow.WITHDRAW_EXCEPTION, notice, field="state", actor=actor, reason=reason)
    if actor.pk != row.asked_by_id and not actor.is_leader:
        raise ActForbidden("例外由申请人或领导撤回")
    row.withdrawn_at = timezone.now()
    row.save(update_fields=("withdrawn_at",))
    _enter(actor, notice, row, Act.WITHDRAW_EXCEPTION, reason.strip())
    return row


def _decided_by(actor: User, exception: WithheldException, step: Transition, reason: str) -> tuple[Notice, WithheldException]:
    notice, row = _locked(exception)
    check(step, notice, field="state", actor=actor, reason=reason)
    objection = why_not_except(actor, row.asked_by_id)
    if objection:
        raise ActForbidden(objection)
    if row.approved_by_id is not None:
        raise ActConflict(DECIDED)
    return notice, row


def _locked(exception: WithheldException) -> tuple[Notice, WithheldException]:
    """The notice first, then the exception: an ended one is refused (409)."""
    notice = locked(exception.notice)
    rows = WithheldException.objects.select_for_update(of=("self",), no_key=True).select_related("notice", "asked_by")
    row = rows.get(pk=exception.pk)
    if row.withdrawn_at is not None:
        raise ActConflict(DECIDED)
    return notice, row


def _found(notice: Notice, audience: str, place: str, rule: str, fragment: str, sentence_hash: str) -> Finding:
    """The finding as the rules find it now; refused (409) when the notice no longer has it in that sentence."""
    key = (place, rule, fragment[:FRAGMENT], sentence_hash)
    for finding in findings_of(notice):
        if finding.audience == audience and finding.key == key:
            return finding
    raise ActConflict(GONE)


def _enter(actor: User, notice: Notice, row: WithheldException, act: Act, reason: str = "") -> None:
    """The book keeps what was let through and why, not the fragment: leaders and auditors read the book, and it is exported."""
    payload: dict[str, Any] = {
        "withheld_rule": BY_ID[row.rule].label,
        "withheld_place": row.place,
        "told_to": Audience(row.audience).label,
        "ground": row.get_ground_display(),
        "sentence_hash": row.sentence_hash,
    }
    record(notice.inspection.book, actor=actor, act=act, subject=row, reason=reason, payload=payload)


def _tell(people: list[User], notice: Notice, row: WithheldException, title: str) -> None:
    put_notifications(
        recipients=[person for person in people if person.is_active],
        kind=Notification.Kind.NOTICE,
        subject=row,
        day=notice.inspection.today(),
        title=title,
        number=f"通报稿 {notice.pk}",
        path=reverse("reports:withheld", args=(notice.pk,)),
    )
