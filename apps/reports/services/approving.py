"""From a finished draft to an edition: submitting, approving or returning, publishing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import Deed, record
from apps.reports import workflow
from apps.reports.content import Content, content_of, sha256_of
from apps.reports.earlier import figures_fingerprint
from apps.reports.models import Act, Audience, Edition, Notice
from apps.reports.policies import why_not_approve
from apps.reports.proving.proof import prove
from apps.reports.secrecy import secrecy_of
from apps.reports.services.rendering import render_edition
from apps.reports.services.rows import locked, moved, same_as_shown, voided
from apps.reports.services.site import site_follows
from apps.reports.withholding.findings import exceptions_of
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
def approve_notice(
    *, actor: User, notice: Notice, content_hash: str = "", party_hash: str = "", figures_hash: str = "", on: dt.date | None = None
) -> Notice:
    """A leader, or another person of the office, approves the content as it is now, for society and for the Party; both hashes are stored.

    ``content_hash``, ``party_hash`` and ``figures_hash`` are those of the page the approver read: refused (409) when a content, or what
    was decided about a figure of it, is no longer the same.
    """
    row = locked(notice)
    check(workflow.APPROVE, row, field="state", actor=actor)
    objection = why_not_approve(actor, row)
    if objection:
        raise ActForbidden(objection)
    apply(workflow.APPROVE, row, field="state", actor=actor)
    row.approved_hash = same_as_shown(row, content_hash)
    if figures_hash and figures_hash != figures_fingerprint(row):
        raise ActConflict("您打开页面之后，又对文中的数字作过决定（认可、关联或撤销），请刷新页面，看过后再审定")
    if content_hash and not figures_hash and row.figure_decisions.filter(withdrawn_at=None).exists():
        raise ActConflict("文中有由人认可、关联的数字，请刷新页面，看过后再审定")
    if content_hash and not party_hash and tells_the_party_otherwise(row):
        raise ActConflict("党内通报的文字与社会公开不同，请刷新页面，两种文字都读过后再审定")
    row.approved_party_hash = same_as_shown(row, party_hash, Audience.PARTY)
    row.approved_by, row.approved_on = actor, on or row.inspection.today()
    return moved(row, actor, [Deed(Act.APPROVE, row, payload={"content_hash": row.approved_hash, "party_hash": row.approved_party_hash})])


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
def publish(*, actor: User, notice: Notice, content_hash: str = "", party: bool = False) -> Edition:
    """Freeze the approved content as the next edition of its round; where the Party is told something else, or ``party`` asks for it,
    as an edition for the Party too.

    Refused when the content, the ledger's figures in it included, is no longer what was approved. The entry in the book names the
    edition's number and SHA-256, and the edition's checkpoint is that entry: neither can be changed without the other telling.
    """
    inspection = locked_inspection(notice.inspection)
    row = locked(notice)
    apply(workflow.PUBLISH, row, field="state", actor=actor)
    contents = {audience: content_of(row, audience) for audience in (Audience.SOCIETY, Audience.PARTY)}
    approved = {Audience.SOCIETY: row.approved_hash, Audience.PARTY: row.approved_party_hash}
    if any(sha256_of(content) != approved[audience] for audience, content in contents.items()):
        raise ActConflict("审定不再覆盖现在的内容：审定之后通报文字或台账数字有变动，请退回后重新提请审定")
    same_as_shown(row, content_hash)
    if row.corrects and row.corrects.corrections.exists():
        raise ActConflict(f"第 {row.corrects.number} 版已经有更正，请刷新页面")
    told = [audience for audience in contents if audience == Audience.SOCIETY or party or tells_the_party_otherwise(row)]
    row.version += 1
    row.save()
    editions = [_edition(actor, row, inspection, audience, contents[audience]) for audience in told]
    site_follows()
    return editions[0]


def evidence_of(notice: Notice, audience: Audience) -> dict[str, Any]:
    """What is kept with the edition for the house: how each figure was proved, what was let through and by whom, who reviewed it for
    secrecy."""
    secrecy = secrecy_of(notice)
    kept = {"proof": prove(notice, audience).as_json(), "exceptions": exceptions_of(notice, audience)}
    return {**kept, "secrecy": secrecy.as_json() if secrecy else {}}


def tells_the_party_otherwise(notice: Notice) -> bool:
    """Whether the Party is told something else than society, or was by the publication that is corrected."""
    if notice.corrects and notice.corrects.notice.editions.filter(audience=Audience.PARTY).exists():
        return True
    return any(item.text_for_party != item.text.strip() for item in notice.items.all())


def _edition(actor: User, row: Notice, inspection: Inspection, audience: Audience, content: Content) -> Edition:
    """One edition with its entry in the book."""
    editions = Edition.objects.filter(inspection=inspection, audience=audience)
    number = (editions.aggregate(last=Max("number"))["last"] or 0) + 1
    corrected = row.corrects.notice.editions.filter(audience=audience).first() if row.corrects else None
    sha256 = sha256_of(content)
    payload: dict[str, Any] = {
        "edition": number,
        "sha256": sha256,
        "told_to": Audience(audience).label,
        "approved_by": str(row.approved_by),
    }
    if corrected:
        payload |= {"corrects": corrected.number}
    entry = record(row.inspection.book, actor=actor, act=Act.PUBLISH, subject=row, payload=payload)
    edition = Edition.objects.create(
        notice=row,
        inspection=inspection,
        audience=audience,
        number=number,
        content=content,
        sha256=sha256,
        checkpoint_seq=entry.seq,
        checkpoint_hash=entry.hash,
        corrects=corrected,
        correction=row.correction,
        published_by=actor,
        **evidence_of(row, audience),
    )
    render_edition(actor=actor, edition=edition)
    return edition
