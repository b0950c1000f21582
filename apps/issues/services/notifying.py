"""Who is told of an act on an issue: rows of the outbox, put in the act's own transaction. Titles name numbers and units, no findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Model
from django.urls import reverse

from apps.issues.models import Closure, Issue, LookBack, SignOff
from apps.units.models import Notification, User
from apps.units.recipients import liaisons_of, office_accounts, reviewers_of, rings
from apps.units.services import put_notifications


def closure_applied(issue: Issue, closure: Closure, *, actor: User, on: dt.date | None) -> None:
    """The reviewing bodies that are asked to sign, and the office, which decides."""
    if not rings(on, issue.inspection.today()):
        return
    bodies = closure.sign_offs.values_list("body", flat=True)
    office = office_accounts(but=actor)
    asked = [person for person in reviewers_of(bodies, but=actor) if person not in office]
    _put(asked, issue, closure, f"问题 {issue.number} 提请销号，请会审签署（{issue.lead_unit.short_name}）")
    _put(office, issue, closure, f"问题 {issue.number} 提请销号，会审后请审定（{issue.lead_unit.short_name}）")


def sign_off_returned(issue: Issue, row: SignOff, *, actor: User, on: dt.date | None) -> None:
    if rings(on, issue.inspection.today()):
        title = f"问题 {issue.number} 的销号申请被{row.body.short_name}退回，请按补充要求办理"
        _put(liaisons_of(issue.lead_unit_id, but=actor), issue, row, title)


def closure_decided(issue: Issue, closure: Closure, *, actor: User, on: dt.date | None) -> None:
    if rings(on, issue.inspection.today()):
        words = "已同意销号" if closure.decision == Closure.Decision.AGREED else "的销号申请已退回，请按要求完善后重新提请"
        _put(liaisons_of(issue.lead_unit_id, but=actor), issue, closure, f"问题 {issue.number} {words}")


def relapsed(issue: Issue, look_back: LookBack, *, actor: User, on: dt.date | None) -> None:
    if rings(on, issue.inspection.today()):
        title = f"问题 {issue.number} 回头看发现反弹，已重新立项，请继续整改"
        _put(liaisons_of(issue.lead_unit_id, but=actor), issue, look_back, title)


def _put(recipients: Iterable[User], issue: Issue, subject: Model, title: str) -> None:
    put_notifications(
        recipients=recipients,
        kind=Notification.Kind.CLOSURE,
        subject=subject,
        day=issue.inspection.today(),
        title=title,
        number=f"问题 {issue.number}",
        path=reverse("issues:sheet", args=(issue.pk,)),
    )
