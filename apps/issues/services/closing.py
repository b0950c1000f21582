"""Closing an issue (销号): the application of the lead unit, and the decision of the office once the reviewing bodies have signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Closure, Issue
from apps.issues.policies import leads
from apps.issues.rules import Facts, findings
from apps.issues.services.content import OUTDATED, content_hash, covers
from apps.issues.services.looking_back import plan_look_backs
from apps.issues.services.notifying import closure_applied, closure_decided
from apps.issues.services.rows import bump, locked, source_of_closure
from apps.issues.services.signing import ask_for_sign_offs
from apps.ledgers.services import record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import apply

REASON_FIELD = "reason-{}"
LONGEST_REASON = 1000


@transaction.atomic
def apply_for_closure(
    *,
    actor: User,
    issue: Issue,
    statement: str,
    reasons: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    version: int | None = None,
) -> Closure:
    """The lead unit applies to close the issue. Errors of the catalogue block; each warning needs a reason (rule id → reason).

    The reviewing bodies of the round are asked to sign.
    """
    row = locked(issue, version)
    if actor.role == Role.LIAISON and not leads(actor, row):
        raise ActForbidden("只有牵头单位可以提请销号，请联系牵头单位")
    apply(workflow.APPLY, row, field="closure", actor=actor)
    if not statement.strip():
        raise ActRefused("请写明整改完成情况", field="statement")
    facts = Facts(row)
    closure = Closure.objects.create(
        issue=row,
        round=row.round,
        statement=statement,
        reasons=_answered(facts, reasons or {}),
        content_hash=content_hash(row, facts),
        applied_by=actor,
        applied_on=on or row.inspection.today(),
        source=source_of_closure(row),
    )
    bodies = ask_for_sign_offs(closure)
    bump(row)
    closure_applied(row, closure, actor=actor, on=on)
    payload: dict[str, Any] = {
        "content_hash": closure.content_hash,
        "reasons": closure.reasons,
        "bodies": bodies,
        "applied_on": closure.applied_on,
    }
    record(row.inspection.book, actor=actor, act=Act.APPLY_CLOSURE, subject=row, reason=statement, payload=payload)
    return closure


@transaction.atomic
def decide_closure(*, actor: User, closure: Closure, agree: bool, opinion: str, on: dt.date | None = None) -> Closure:
    """The office agrees (the issue is closed and gets look-back dates) or returns with a requirement.

    Agreeing is refused while a reviewing body has not agreed, when what was applied for has changed since (domain.md pain 15), when
    a rule no longer holds, or when a warning has come up that the application gives no reason for. Applicant, reviewers and closer
    are different persons.
    """
    row = locked(closure.issue)
    pending: Closure = Closure.objects.select_for_update(no_key=True).get(pk=closure.pk)
    apply(workflow.AGREE if agree else workflow.RETURN, row, field="closure", actor=actor, reason=opinion)
    if pending.decision != Closure.Decision.PENDING:
        raise ActConflict("这份销号申请已经有人审定，请刷新页面")
    _check_closer(actor, pending)
    if agree:
        if not covers(pending, row):
            raise ActConflict(OUTDATED)
        _answered(Facts(row), pending.reasons)
    pending.decision = Closure.Decision.AGREED if agree else Closure.Decision.RETURNED
    pending.decided_by, pending.decided_on, pending.opinion = actor, on or row.inspection.today(), opinion
    pending.save()
    bump(row)
    closure_decided(row, pending, actor=actor, on=on)
    act = Act.AGREE_CLOSURE if agree else Act.RETURN_CLOSURE
    payload: dict[str, Any] = {"round": pending.round, "content_hash": pending.content_hash, "decided_on": pending.decided_on}
    if agree:
        payload["look_backs"] = plan_look_backs(row, pending.decided_on)
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=opinion, payload=payload)
    return pending


def _check_closer(actor: User, pending: Closure) -> None:
    if pending.applied_by_id == actor.pk:
        raise ActForbidden("申请人不能审定自己的销号申请，请换一位同事审定")
    if pending.sign_offs.filter(signed_by=actor).exists():
        raise ActForbidden("会审人不能再审定同一份销号申请，请换一位同事审定")


def _answered(facts: Facts, reasons: Mapping[str, str]) -> dict[str, str]:
    """The reasons for the warnings that there are; each warning needs one."""
    warnings = [finding for finding in findings(facts, reasons) if finding.warns]
    for finding in warnings:
        name, rule = REASON_FIELD.format(finding.rule.id), finding.rule
        if finding.unanswered:
            raise ActRefused(f"请说明理由：{rule.id} {rule.title}（{'；'.join(finding.problems)}）", field=name)
        if len(finding.reason) > LONGEST_REASON:
            raise ActRefused(f"{rule.id} 的理由最多 {LONGEST_REASON} 个字，请删减", field=name)
    return {finding.rule.id: finding.reason.strip() for finding in warnings}
