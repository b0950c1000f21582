"""请单位补登: the liaisons of the unit that leads an issue are asked to register a figure that its text has and the ledger has not."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from apps.ledgers.services import record
from apps.reports import workflow
from apps.reports.asking import asked_for, key_of
from apps.reports.models import Act, Audience, Notice, NoticeItem
from apps.reports.proving.findings import Finding
from apps.reports.services.deciding import finding_now
from apps.reports.services.rows import locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Notification, User
from apps.units.recipients import liaisons_of
from apps.units.services import put_notifications
from apps.units.workflow import check

QUOTED = 60


@transaction.atomic
def ask_registration(
    *, actor: User, notice: Notice, place: str, sentence_hash: str, written: str, occurrence: int = 0, audience: str = "society"
) -> Notice:
    """The figure stays open until a reading proves it. Once a day for each figure; the internal text is no unit's to read."""
    row = locked(notice)
    check(workflow.ASK_REGISTRATION, row, field="state", actor=actor)
    if audience == Audience.INTERNAL or not place.startswith("item:"):
        raise ActRefused("只有对外的通报条目能请单位补登；其他位置的数字请在台账中登记，或修改文字")
    finding = finding_now(row, audience, place, sentence_hash, written, occurrence)
    if finding.status != "unsupported" or not finding.is_left:
        raise ActRefused("台账中有这个数字的出处，或已有人认可，不需要请单位补登")
    item = NoticeItem.objects.select_related("issue__lead_unit", "notice").get(notice=row, issue__number=place.partition(":")[2])
    last = asked_for(row, audience, [item.pk]).get(key_of(finding))
    if last is not None and last.on == row.inspection.today():
        raise ActConflict(f"今天已经请{last.unit}补登过这个数字，请明天再催")
    recipients = liaisons_of(item.issue.lead_unit_id)
    if not recipients:
        raise ActRefused(f"{item.issue.lead_unit}没有在用的联络员账号，请先请系统管理员开通，或用别的办法核对")
    payload = {
        "figure": written,
        "figure_place": place,
        "sentence": finding.sentence,
        "occurrence": occurrence,
        "unit": str(item.issue.lead_unit),
        "told_to": Audience(audience).label,
    }
    entry = record(row.inspection.book, actor=actor, act=Act.ASK_REGISTRATION, subject=item, payload=payload)
    put_notifications(
        recipients=recipients,
        kind=Notification.Kind.NOTICE,
        subject=entry,
        day=row.inspection.today(),
        title=_title(item, finding, audience),
        number=f"问题 {item.issue.number}",
        path=reverse("issues:sheet", args=(item.issue_id,)),
    )
    return row


def _title(item: NoticeItem, finding: Finding, audience: str) -> str:
    """Where the figure stands and what it is; the words beside it only where everybody may read them."""
    said = finding.sentence if len(finding.sentence) <= QUOTED else f"{finding.sentence[:QUOTED]}…"
    where = f"“{said}”中的" if audience == Audience.SOCIETY else "党内通报文字中的"
    return f"请补登通报第 {item.issue.number} 条{where}“{finding.written}”：台账没有这个数字，请填报并附佐证"
