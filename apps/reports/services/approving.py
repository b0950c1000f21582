"""From a finished draft to an edition: submitting, approving or returning, publishing."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max

from apps.issues.services import locked_inspection
from apps.ledgers.services import Deed, record
from apps.reports import workflow
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Act, Edition, Notice
from apps.reports.policies import why_not_approve
from apps.reports.services.rows import locked, moved, same_as_shown, voided
from apps.reports.services.site import site_follows
from apps.units.errors import ActConflict, ActForbidden
from apps.units.models import User
from apps.units.policies import sees_all_business
from apps.units.workflow import apply, check


@transaction.atomic
def submit_notice(*, actor: User, notice: Notice, content_hash: str = "", on: dt.date | None = None) -> Notice:
    """Ask for approval: the prose must fill, and every issue must have its text."""
    row = locked(notice)
    apply(workflow.SUBMIT, row, field="state", actor=actor)
    shown = same_as_shown(row, content_hash)
    row.submitted_on = on or row.inspection.today()
    return moved(row, actor, [Deed(Act.SUBMIT, row, payload={"content_hash": shown})])


@transaction.atomic
def approve_notice(*, actor: User, notice: Notice, content_hash: str = "", on: dt.date | None = None) -> Notice:
    """A leader, or another person of the office, approves the content as it is now; its hash is stored.

    ``content_hash`` is that of the page the approver read: refused (409) when the content is no longer the same.
    """
    row = locked(notice)
    check(workflow.APPROVE, row, field="state", actor=actor)
    objection = why_not_approve(actor, row)
    if objection:
        raise ActForbidden(objection)
    apply(workflow.APPROVE, row, field="state", actor=actor)
    row.approved_hash = same_as_shown(row, content_hash)
    row.approved_by, row.approved_on = actor, on or row.inspection.today()
    return moved(row, actor, [Deed(Act.APPROVE, row, payload={"content_hash": row.approved_hash})])


@transaction.atomic
def return_notice(*, actor: User, notice: Notice, reason: str) -> Notice:
    """Send a notice back to its drafter with a reason; an approval given before is void."""
    row = locked(notice)
    if not sees_all_business(actor):
        raise ActForbidden("通报由领导或整改办审定，您不能退回")
    void = voided(row, reason)
    apply(workflow.RETURN, row, field="state", actor=actor, reason=reason)
    return moved(row, actor, [Deed(Act.RETURN, row, reason), *void])


@transaction.atomic
def publish(*, actor: User, notice: Notice, content_hash: str = "") -> Edition:
    """Freeze the approved content as the next edition of its round.

    Refused when the content, the ledger's figures in it included, is no longer what was approved. The entry in the book names the
    edition's number and SHA-256, and the edition's checkpoint is that entry: neither can be changed without the other telling.
    """
    inspection = locked_inspection(notice.inspection)
    row = locked(notice)
    apply(workflow.PUBLISH, row, field="state", actor=actor)
    content = content_of(row)
    sha256 = sha256_of(content)
    if sha256 != row.approved_hash:
        raise ActConflict("审定不再覆盖现在的内容：审定之后通报文字或台账数字有变动，请退回后重新提请审定")
    same_as_shown(row, content_hash)
    last = Edition.objects.filter(inspection=inspection).aggregate(last=Max("number"))["last"] or 0
    row.version += 1
    row.save()
    payload = {"edition": last + 1, "sha256": sha256, "approved_by": str(row.approved_by)}
    entry = record(row.inspection.book, actor=actor, act=Act.PUBLISH, subject=row, payload=payload)
    site_follows()
    return Edition.objects.create(
        notice=row,
        inspection=inspection,
        number=last + 1,
        content=content,
        sha256=sha256,
        checkpoint_seq=entry.seq,
        checkpoint_hash=entry.hash,
        published_by=actor,
    )
