"""Links for screens: made, and stopped before their time."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from apps.issues.models import Inspection
from apps.ledgers.services import record
from apps.supervision.models import Act, Group, ScreenLink
from apps.supervision.screens import MOST_HOURS, digest_of, may_make, visible_screens
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User

TOKEN_BYTES = 32


@transaction.atomic
def make_screen(
    *, actor: User, inspection: Inspection, group: Group | None, name: str, hours: int, source: str = Source.ENTERED
) -> tuple[ScreenLink, str]:
    """A link to the wall chart that lives for so many hours. Returns it with its token, which is kept nowhere: only its fingerprint is."""
    if not may_make(actor, group):
        raise ActForbidden("整轮的大屏链接由整改办和领导生成；督查组成员请选择自己所在的督查组")
    if group is not None and group.inspection_id != inspection.pk:
        raise ActRefused("所选督查组不属于这一轮，请重新选择", field="group")
    if not name.strip():
        raise ActRefused("请填写屏幕名称，例如“三楼会议室”", field="name")
    if not 1 <= hours <= MOST_HOURS:
        raise ActRefused(f"有效期从 1 小时到 {MOST_HOURS // 24} 天，请重新填写", field="amount")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ScreenLink.objects.create(
        inspection=inspection,
        group=group,
        name=name.strip(),
        token_hash=digest_of(token),
        expires_at=timezone.now() + dt.timedelta(hours=hours),
        made_by=actor,
        source=source,
    )
    payload = {"group": group.name if group else None, "expires_at": _minute(link.expires_at)}
    record(inspection.book, actor=actor, act=Act.MAKE_SCREEN, subject=link, payload=payload)
    return link, token


@transaction.atomic
def revoke_screen(*, actor: User, link: ScreenLink) -> ScreenLink:
    """The screen goes dark at its next refresh. Whoever sees the link may stop it."""
    rows = ScreenLink.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book")
    row = rows.get(pk=link.pk)
    if not visible_screens(actor).filter(pk=row.pk).exists():
        raise ActForbidden("这个大屏链接不在您的督查范围内")
    if row.revoked_at is not None:
        raise ActConflict("这个大屏链接已经停用，请刷新页面后再看")
    if row.expires_at <= timezone.now():
        raise ActConflict("这个大屏链接已经过期，不需要停用")
    row.revoked_by, row.revoked_at = actor, timezone.now()
    row.save()
    record(row.inspection.book, actor=actor, act=Act.REVOKE_SCREEN, subject=row, payload={"expires_at": _minute(row.expires_at)})
    return row


def _minute(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
