"""The office's channels: setting one up, changing it, stopping it. The address is a secret: encrypted in the table, never in the book."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from apps.issues.services import require_office
from apps.ledgers.services import changes, house_book, record
from apps.supervision.models import Act, Channel
from apps.supervision.outgoing import addresses
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from apps.units.policies import sees_no_business
from apps.units.services import refuse_stale

NAME_LENGTH = 60


@transaction.atomic
def set_channel(
    *,
    actor: User | None,
    name: str,
    address: str = "",
    audience: Collection[User],
    channel: Channel | None = None,
    version: int | None = None,
) -> Channel:
    """Set up a channel, or change one; one that was stopped is in use again. Without an address the former one stays."""
    require_office(actor, Act.SET_CHANNEL)
    row = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk) if channel else Channel(version=0)
    if channel:
        refuse_stale(row.version, version)
    _check(row, name, address, audience)
    before = _facts(row) if row.pk else {}
    row.name = name.strip()
    if address.strip():
        row.scheme, plain = addresses.read(address)
        row.secret = addresses.encrypted(plain)
    row.is_active, row.version = True, row.version + 1
    row.save()
    row.audience.set(audience)
    payload: dict[str, Any] = {**changes(before, _facts(row)), "new_address": bool(address.strip())}
    record(house_book(), actor=actor, act=Act.SET_CHANNEL, subject=row, payload=payload)
    return row


@transaction.atomic
def stop_channel(*, actor: User | None, channel: Channel) -> Channel:
    """Nothing more is sent to it; what was sent stays on the page."""
    require_office(actor, Act.STOP_CHANNEL)
    row = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if not row.is_active:
        raise ActConflict("这个渠道已经停用，请刷新页面")
    row.is_active, row.version = False, row.version + 1
    row.save(update_fields=("is_active", "version"))
    record(house_book(), actor=actor, act=Act.STOP_CHANNEL, subject=row)
    return row


def _check(row: Channel, name: str, address: str, audience: Collection[User]) -> None:
    if not name.strip():
        raise ActRefused("请填写渠道名称", field="name")
    if len(name.strip()) > NAME_LENGTH:
        raise ActRefused(f"渠道名称最多 {NAME_LENGTH} 个字，请删减", field="name")
    if Channel.objects.filter(name=name.strip()).exclude(pk=row.pk).exists():
        raise ActConflict(f"已有名为“{name.strip()}”的渠道，请换一个名称", field="name")
    if row.pk is None and not address.strip():
        raise ActRefused("请填写渠道地址", field="address")
    if not audience:
        raise ActRefused("请至少选择一个人：渠道汇总所选人员的未读消息", field="audience")
    if any(sees_no_business(person) for person in audience):
        raise ActRefused("系统管理员、审计员和停用的账号没有业务消息，请去掉", field="audience")


def _facts(row: Channel) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": addresses.name_of(row.scheme),
        "audience": sorted(person.username for person in row.audience.all()),
        "is_active": row.is_active,
    }
