"""Hooks: setting one up, changing it, another secret, stopping it, trying it. Address and secrets are in no book and no answer but one."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection
from typing import Any
from urllib.parse import SplitResult

from django.db import transaction
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import require_office
from apps.ledgers.models import Book
from apps.ledgers.services import changes, house_book, record
from apps.supervision.hook_events import EVENTS, PING, body_of_ping
from apps.supervision.models import Act, Hook, HookCall
from apps.supervision.outgoing import hooks
from apps.units import encryption
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from apps.units.services import refuse_stale

ADDRESS, SECRET = "address of a hook", "secret of a hook"
STOPPED = "推送已停用"
TWICE = "一天之内已经换过密钥：{0:%m-%d %H:%M} 之前原密钥仍有效，对方可能还在用。请到时再换；密钥已经泄露的，请停用这个推送，另行登记"
NAME_LENGTH = 60
FORMER_GOOD_FOR = dt.timedelta(days=1)


@transaction.atomic
def make_hook(*, actor: User, inspection: Inspection, name: str, address: str, events: Collection[str]) -> tuple[Hook, str]:
    """A new receiver, told of what is done from now on, and its secret, which is shown this once."""
    return _made(actor, inspection, name, hooks.read(address), events)


@transaction.atomic
def retell_hook(
    *, actor: User, inspection: Inspection, name: str, address: str, events: Collection[str], told: Collection[HookCall]
) -> Hook:
    """A receiver that was told some things and is in use no more; nobody is asked where its address leads. The demonstration has one."""
    row, _secret = _made(actor, inspection, name, hooks.parsed(address), events)
    for call in told:
        call.hook = row
        call.save(force_insert=True)
    return stop_hook(actor=actor, hook=row)


@transaction.atomic
def amend_hook(*, actor: User, hook: Hook, name: str, events: Collection[str], address: str = "", version: int | None = None) -> Hook:
    """Another name, other events, another address (empty: the former). One that was stopped is in use again, from now on."""
    require_office(actor, Act.AMEND_HOOK)
    row = _locked(hook)
    refuse_stale(row.version, version)
    _check(name, events, but=row)
    before = _facts(row)
    row.name, row.events = name.strip(), _ordered(events)
    if address.strip():
        parts = hooks.read(address)
        row.host, row.address = parts.hostname or "", encryption.encrypted(ADDRESS, parts.geturl())
    if not row.is_active:
        row.is_active, row.cursor = True, Book.objects.get(pk=row.inspection.book_id).head_seq
    row.quiet_until, row.version = None, row.version + 1
    row.save()
    payload = {**changes(before, _facts(row)), "new_address": bool(address.strip())}
    record(house_book(), actor=actor, act=Act.AMEND_HOOK, subject=row, payload=payload)
    return row


@transaction.atomic
def rotate_secret(*, actor: User, hook: Hook) -> tuple[Hook, str]:
    """Another secret, shown this once. For a day calls are signed with both, so that the receiver can change over without losing one;
    a second change within that day would end the first secret before its time."""
    require_office(actor, Act.ROTATE_SECRET)
    row, secret = _locked(hook), secrets.token_hex(32)
    if row.signs_twice and row.former_until:
        raise ActConflict(TWICE.format(timezone.localtime(row.former_until)))
    row.former, row.former_until = row.secret, timezone.now() + FORMER_GOOD_FOR
    row.secret, row.version = encryption.encrypted(SECRET, secret), row.version + 1
    row.save()
    record(house_book(), actor=actor, act=Act.ROTATE_SECRET, subject=row, payload={"former_until": row.former_until})
    return row, secret


@transaction.atomic
def stop_hook(*, actor: User, hook: Hook) -> Hook:
    """Nothing more is told; what waits is not sent, what was sent stays on the page."""
    require_office(actor, Act.STOP_HOOK)
    row = _locked(hook)
    if not row.is_active:
        raise ActConflict("这个推送已经停用，请刷新页面")
    row.is_active, row.version = False, row.version + 1
    row.save()
    row.calls.filter(state=HookCall.State.WAITING).update(state=HookCall.State.FAILED, next_try_at=None, error=STOPPED)
    record(house_book(), actor=actor, act=Act.STOP_HOOK, subject=row)
    return row


@transaction.atomic
def ping_hook(*, actor: User, hook: Hook) -> HookCall:
    """Try the receiver with a call that means nothing."""
    require_office(actor, Act.PING_HOOK)
    row = _locked(hook)
    if not row.is_active:
        raise ActConflict("这个推送已经停用，请先重新启用")
    key = uuid.uuid4()
    row.quiet_until = None
    row.save(update_fields=("quiet_until",))
    made = HookCall.objects.create(hook=row, key=key, event=PING, body=body_of_ping(key, row.inspection_id, timezone.now().isoformat()))
    record(house_book(), actor=actor, act=Act.PING_HOOK, subject=row)
    return made


@transaction.atomic
def call_again(*, actor: User, call: HookCall) -> HookCall:
    """Somebody decides that a call that failed is tried again."""
    require_office(actor, Act.CALL_AGAIN)
    hook = _locked(call.hook)
    row = HookCall.objects.select_for_update(of=("self",), no_key=True).select_related("hook").get(pk=call.pk)
    if row.state != HookCall.State.FAILED:
        raise ActConflict(f"这次推送现在是“{row.get_state_display()}”，不需要重新推送，请刷新页面")
    if not hook.is_active:
        raise ActConflict("这个推送已经停用，请先重新启用")
    row.state, row.attempts, row.next_try_at, row.claimed_at, row.error = HookCall.State.WAITING, 0, None, None, ""
    row.save(update_fields=("state", "attempts", "next_try_at", "claimed_at", "error"))
    hook.quiet_until = None
    hook.save(update_fields=("quiet_until",))
    record(house_book(), actor=actor, act=Act.CALL_AGAIN, subject=row, payload={"event": row.event})
    return row


def _made(actor: User, inspection: Inspection, name: str, parts: SplitResult, events: Collection[str]) -> tuple[Hook, str]:
    require_office(actor, Act.MAKE_HOOK)
    _check(name, events)
    secret = secrets.token_hex(32)
    row = Hook(inspection=inspection, made_by=actor, cursor=Book.objects.get(pk=inspection.book_id).head_seq)
    row.name, row.events = name.strip(), _ordered(events)
    row.host, row.address = parts.hostname or "", encryption.encrypted(ADDRESS, parts.geturl())
    row.secret = encryption.encrypted(SECRET, secret)
    row.save()
    record(house_book(), actor=actor, act=Act.MAKE_HOOK, subject=row, payload=_facts(row))
    return row, secret


def _locked(hook: Hook) -> Hook:
    row: Hook = Hook.objects.select_for_update(of=("self",), no_key=True).select_related("inspection").get(pk=hook.pk)
    return row


def _check(name: str, events: Collection[str], but: Hook | None = None) -> None:
    if not name.strip():
        raise ActRefused("请填写名称", field="name")
    if len(name.strip()) > NAME_LENGTH:
        raise ActRefused(f"名称最多 {NAME_LENGTH} 个字，请删减", field="name")
    if Hook.objects.filter(name=name.strip()).exclude(pk=but.pk if but else 0).exists():
        raise ActConflict(f"已有名为“{name.strip()}”的推送，请换一个名称", field="name")
    if not events or not set(events) <= set(EVENTS):
        raise ActRefused("请至少选择一种事件", field="events")


def _ordered(events: Collection[str]) -> list[str]:
    return [code for code in EVENTS if code in events]


def _facts(row: Hook) -> dict[str, Any]:
    return {
        "name": row.name,
        "host": row.host,
        "events": [EVENTS[code] for code in row.events if code in EVENTS],
        "is_active": row.is_active,
    }
