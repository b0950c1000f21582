"""Closing an issue (销号)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Closure, Issue
from apps.issues.policies import leads
from apps.issues.services.looking_back import plan_look_backs
from apps.issues.services.rows import bump, locked, source_of_closure
from apps.ledgers import chain
from apps.ledgers.services import record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import apply

OUTDATED = "提请销号之后内容有变动，申请不再对应现在的内容，请退回后由牵头单位重新提请"


@transaction.atomic
def apply_for_closure(*, actor: User, issue: Issue, statement: str, on: dt.date | None = None, version: int | None = None) -> Closure:
    """The lead unit applies to close the issue; all rules of the catalogue must hold (workflow.CLOSING_RULES)."""
    row = locked(issue, version)
    if actor.role == Role.LIAISON and not leads(actor, row):
        raise ActForbidden("只有牵头单位可以提请销号，请联系牵头单位")
    apply(workflow.APPLY, row, field="closure", actor=actor)
    if not statement.strip():
        raise ActRefused("请写明整改完成情况", field="statement")
    closure = Closure.objects.create(
        issue=row,
        round=row.round,
        statement=statement,
        content_hash=content_hash(row),
        applied_by=actor,
        applied_on=on or row.inspection.today(),
        source=source_of_closure(row),
    )
    bump(row)
    record(
        row.inspection.book,
        actor=actor,
        act=Act.APPLY_CLOSURE,
        subject=row,
        reason=statement,
        payload={"content_hash": closure.content_hash, "applied_on": closure.applied_on},
    )
    return closure


@transaction.atomic
def decide_closure(*, actor: User, closure: Closure, agree: bool, opinion: str, on: dt.date | None = None) -> Closure:
    """The office agrees (the issue is closed and gets look-back dates) or returns with a requirement.

    Agreeing is refused when what was applied for has changed since (domain.md pain 15) or when a rule no longer holds.
    """
    row = locked(closure.issue)
    pending: Closure = Closure.objects.select_for_update(no_key=True).get(pk=closure.pk)
    apply(workflow.AGREE if agree else workflow.RETURN, row, field="closure", actor=actor, reason=opinion)
    if pending.decision != Closure.Decision.PENDING:
        raise ActConflict("这份销号申请已经有人审定，请刷新页面")
    if pending.applied_by_id == actor.pk:
        raise ActForbidden("申请人不能审定自己的销号申请，请换一位同事审定")
    if agree and not covers(pending, row):
        raise ActConflict(OUTDATED)
    pending.decision = Closure.Decision.AGREED if agree else Closure.Decision.RETURNED
    pending.decided_by, pending.decided_on, pending.opinion = actor, on or row.inspection.today(), opinion
    pending.save()
    bump(row)
    act = Act.AGREE_CLOSURE if agree else Act.RETURN_CLOSURE
    payload: dict[str, Any] = {"round": pending.round, "content_hash": pending.content_hash, "decided_on": pending.decided_on}
    if agree:
        payload["look_backs"] = plan_look_backs(row, pending.decided_on)
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=opinion, payload=payload)
    return pending


def covers(closure: Closure, issue: Issue) -> bool:
    """Whether the application still stands for what the issue contains now."""
    return closure.content_hash == content_hash(issue)


def content_of(issue: Issue) -> dict[str, Any]:
    """What an application to close stands for: the issue, its measures with their approved reports and evidence, its figures."""
    return {
        "issue": {"number": issue.number, "title": issue.title, "finding": issue.finding, "goal": issue.goal, "round": issue.round},
        "measures": [measure.content_for_closure() for measure in issue.measures.order_by("ordinal")],
        "figures": issue.indicators.content_for_closure(),
    }


def content_hash(issue: Issue) -> str:
    """SHA-256 over :func:`content_of`; the application stores it, and the decision compares it."""
    return chain.sha256_of(chain.plain(content_of(issue)))
