"""Asking for a later date, and deciding it: the first time by the office, from the second on by a leader whom the office advises."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.models import Act, Extension, Measure
from apps.measures.policies import reports_on
from apps.measures.services.notifying import extension_decided, extension_endorsed, extension_requested
from apps.measures.services.planning import locked
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User
from apps.units.workflow import Transition, apply, check


@transaction.atomic
def request_extension(
    *, actor: User, measure: Measure, new_due_on: dt.date, reason: str, version: int | None = None, source: str = Source.ENTERED
) -> Extension:
    """The lead unit asks for a later date, with a reason, before the current one has passed (domain.md §1.4)."""
    row = locked(measure, version)
    if not reports_on(actor, row):
        raise ActForbidden("只有牵头单位可以申请延期，请联系牵头单位")
    check(workflow.EXTEND, row, field="progress", actor=actor, reason=reason)
    today = row.issue.inspection.today()
    if row.due_on is None:
        raise ActRefused("长期坚持的措施没有时限，不需要延期")
    if row.due_on < today:
        raise ActRefused(f"时限 {row.due_on} 已过，不能再申请延期，请尽快填报进展并说明原因")
    if new_due_on <= row.due_on:
        raise ActRefused(f"新的时限要晚于 {row.due_on}", field="new_due_on")
    if row.extensions.open().exists():
        raise ActConflict("已有一份延期申请等待审批，请勿重复提交")
    request = Extension.objects.create(
        measure=row,
        old_due_on=row.due_on,
        new_due_on=new_due_on,
        reason=reason,
        requested_by=actor,
        requested_on=today,
        source=source,
    )
    extension_requested(row, request, actor=actor)
    payload = {"old_due_on": row.due_on, "new_due_on": new_due_on}
    record(row.issue.inspection.book, actor=actor, act=Act.REQUEST_EXTENSION, subject=row, reason=reason, payload=payload)
    return request


@transaction.atomic
def endorse_extension(*, actor: User, extension: Extension, opinion: str) -> Extension:
    """The office agrees at the first level to a second or later request; a leader decides. The due date does not move yet."""
    measure, row = _locked_pair(extension)
    apply(workflow.ENDORSE_EXTENSION, row, field="decision", actor=actor, reason=opinion)
    if not opinion.strip():
        raise ActRefused("报领导审批要写明初审意见", field="opinion")
    _check_still_needed(row, measure)
    row.endorsed_by, row.endorsed_on, row.endorsement = actor, measure.issue.inspection.today(), opinion
    row.save()
    extension_endorsed(measure, row, actor=actor)
    payload = {"old_due_on": row.old_due_on, "new_due_on": row.new_due_on}
    record(measure.issue.inspection.book, actor=actor, act=Act.ENDORSE_EXTENSION, subject=measure, reason=opinion, payload=payload)
    return row


@transaction.atomic
def decide_extension(*, actor: User, extension: Extension, agree: bool, opinion: str = "") -> Extension:
    """Agreeing moves the due date, the original date stays for assessment. The office decides a first request; it may refuse a later
    one, but to agree to it is a leader's, once the office has endorsed it; requester, endorser and decider are three persons."""
    measure, row = _locked_pair(extension)
    apply(_deciding(row, agree), row, field="decision", actor=actor, reason=opinion)
    _check_decider(actor, row)
    if agree:
        _check_still_needed(row, measure)
    row.decided_by, row.decided_on, row.opinion = actor, measure.issue.inspection.today(), opinion
    row.save()
    payload = {"changes": {"due_on": [row.old_due_on, row.new_due_on]}} if agree else {"new_due_on": row.new_due_on}
    if agree:
        measure.due_on = row.new_due_on
        if not row.is_demonstration:
            measure.take_over(("due_on",))
        measure.version += 1
        measure.save()
    extension_decided(measure, row, actor=actor, agree=agree)
    act = Act.AGREE_EXTENSION if agree else Act.REFUSE_EXTENSION
    record(measure.issue.inspection.book, actor=actor, act=act, subject=measure, reason=opinion, payload=payload)
    return row


def _locked_pair(extension: Extension) -> tuple[Measure, Extension]:
    """The measure first, then its request, as every act takes them."""
    measure = locked(extension.measure)
    return measure, Extension.objects.select_for_update(of=("self",), no_key=True).get(pk=extension.pk)


def _deciding(row: Extension, agree: bool) -> Transition:
    if row.decision == Extension.Decision.ENDORSED:
        return workflow.AGREE_ENDORSED if agree else workflow.REFUSE_ENDORSED
    return workflow.AGREE_EXTENSION if agree else workflow.REFUSE_EXTENSION


def _check_decider(actor: User, row: Extension) -> None:
    if row.endorsed_by_id is not None and not actor.is_leader:
        raise ActForbidden("再次延期由领导审批，督查组成员不能办理")
    if actor.pk in (row.requested_by_id, row.endorsed_by_id):
        raise ActForbidden("申请、初审和审批要由不同的人办理，请换一位同事审批")


def _check_still_needed(row: Extension, measure: Measure) -> None:
    """What may have happened since the request. An extension is approved before expiry or not at all (design.md §3)."""
    if row.old_due_on != measure.due_on:
        raise ActConflict("申请之后整改时限已经变动，这份申请不再适用，请不予同意并让单位重新申请")
    if measure.stopped_on is not None:
        raise ActConflict("申请之后单位已申报完成，不再需要延期，请不予同意")
    if row.old_due_on < measure.issue.inspection.today():
        raise ActConflict(f"时限 {row.old_due_on} 已过，不能再同意延期，请不予同意；确需调整的，在“分工和时限”中写明理由办理")
