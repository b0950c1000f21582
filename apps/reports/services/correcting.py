"""A published edition is withdrawn in one way only: a new notice that corrects it, with a reason, approved and published like any other."""

from __future__ import annotations

from django.db import transaction

from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import record
from apps.reports.content import content_of, sha256_of
from apps.reports.earlier import PROSE
from apps.reports.figures import STRAY
from apps.reports.models import Act, Audience, Edition, Notice, NoticeItem
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User

COPIED = (*PROSE, "figures_until", "layout", "category_pattern", "item_pattern", "section_order")
LONGEST_WHY = 500
COPIED_ITEM = ("issue", "title", "text", "party_text", "internal_text", "source", "quote", "demonstrated")


@transaction.atomic
def correct_edition(*, actor: User, edition: Edition, reason: str) -> Notice:
    """Draft the correction of an edition: a copy of its notice that says what it corrects and why. The edition stays as it is."""
    require_office(actor, Act.CORRECT)
    inspection = locked_inspection(edition.inspection)
    if edition.audience != Audience.SOCIETY:
        raise ActRefused("党内通报随同一次发布的公开通报一起更正，请在公开通报上办理")
    why = checked_why(reason, "reason")
    if edition.corrections.exists():
        raise ActConflict(f"第 {edition.number} 版已经更正过，请更正最新的一版")
    if edition.correcting_notices.exists():
        raise ActConflict(f"第 {edition.number} 版的更正已经在起草，请在通报稿里继续办理")
    last = edition.notice
    facts = {name: getattr(last, name) for name in COPIED}
    notice = Notice.objects.create(inspection=inspection, drafted_by=actor, edited_by=actor, corrects=edition, correction=why, **facts)
    items = [
        NoticeItem(notice=notice, **{name: getattr(item, name) for name in COPIED_ITEM}) for item in last.items.select_related("issue")
    ]
    NoticeItem.objects.bulk_create(items)
    payload = {"corrects": edition.number, "items": len(items), "content_hash": sha256_of(content_of(notice))}
    record(inspection.book, actor=actor, act=Act.CORRECT, subject=notice, reason=reason, payload=payload)
    return notice


def checked_why(text: str, field: str) -> str:
    """The words that the public will read, as they are."""
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise ActRefused("请写明更正理由，随更正一并公开", field=field)
    if len(text) > LONGEST_WHY:
        raise ActRefused(f"更正理由最多 {LONGEST_WHY} 个字，现在有 {len(text)} 个，请删减", field=field)
    if STRAY.search(text):
        raise ActRefused("更正理由直接公开，不使用占位符，请去掉花括号", field=field)
    return text
