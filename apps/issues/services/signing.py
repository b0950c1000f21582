"""Joint review (会审): each reviewing body of the round signs an application to close, or returns it with a requirement."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from apps.issues import workflow
from apps.issues.models import Act, Closure, Issue, SignOff
from apps.issues.policies import reviews
from apps.issues.services.content import OUTDATED, content_hash
from apps.issues.services.notifying import sign_off_returned
from apps.issues.services.rows import locked
from apps.ledgers.services import record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.workflow import apply

SHORTEST_REQUIREMENT = 10


def ask_for_sign_offs(closure: Closure) -> list[str]:
    """One signature to be given for each reviewing body of the round. The lead unit does not review its own application (回避)."""
    issue: Issue = closure.issue
    bodies = list(issue.inspection.reviewing_bodies.exclude(pk=issue.lead_unit_id).order_by("pk"))
    SignOff.objects.bulk_create(SignOff(closure=closure, body=body, source=closure.source) for body in bodies)
    return [body.short_name for body in bodies]


@transaction.atomic
def sign_off(*, actor: User, sign_off: SignOff, agree: bool, requirement: str = "", on: dt.date | None = None) -> SignOff:
    """An account of the reviewing body agrees, or returns the application with a supplementary requirement.

    Who applied does not review; one person signs for one body; what was changed since is not agreed to. A return stands until the
    next application; an agreement may still become a return before the office decides.
    """
    issue = locked(sign_off.closure.issue)
    rows = SignOff.objects.select_for_update(of=("self",), no_key=True).select_related("body", "closure")
    row: SignOff = rows.get(pk=sign_off.pk)
    act = workflow.AGREE_SIGN_OFF if agree else workflow.RETURN_SIGN_OFF
    requirement = requirement.strip()
    _check_signer(actor, row)
    apply(act, row, field="decision", actor=actor, reason=requirement)
    if row.closure.decision != Closure.Decision.PENDING:
        raise ActConflict("这份销号申请已经审定，不能再签署，请刷新页面")
    if not agree and len(requirement) < SHORTEST_REQUIREMENT:
        raise ActRefused(f"补充要求至少 {SHORTEST_REQUIREMENT} 个字，请写清要补什么、补到什么程度", field="requirement")
    seen = content_hash(issue)
    if agree and row.closure.content_hash != seen:
        raise ActConflict(OUTDATED)
    row.requirement, row.content_hash = requirement, seen
    row.signed_by, row.signed_on = actor, on or issue.inspection.today()
    row.save()
    if not agree:
        sign_off_returned(issue, row, actor=actor, on=on)
    payload = {"body": row.body.name, "round": row.closure.round, "content_hash": seen}
    name = Act.AGREE_SIGN_OFF if agree else Act.RETURN_SIGN_OFF
    record(issue.inspection.book, actor=actor, act=name, subject=issue, reason=requirement, payload=payload)
    return row


def _check_signer(actor: User, row: SignOff) -> None:
    if not reviews(actor, row):
        raise ActForbidden(f"只有{row.body.short_name}的账号可以签署这份会审意见")
    if row.closure.applied_by_id == actor.pk:
        raise ActForbidden("申请人不能会审自己的销号申请，请换一位同事签署")
    if row.closure.sign_offs.filter(signed_by=actor).exclude(pk=row.pk).exists():
        raise ActForbidden("您已代表另一家会审单位签署，请换一位同事签署")
