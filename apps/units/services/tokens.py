"""Tokens for programs: making one, fetching one with the password, ending one, and whose one is. Each but the last is in the house book."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from apps.ledgers.services import house_book, record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Act, ApiToken, Role, Scope, User

LONGEST_LIFE, MOST_TOKENS = 365, 20
LIFE_EXCHANGED = dt.timedelta(days=30)
USE_KEPT_EVERY = dt.timedelta(minutes=1)
EXCHANGED = "用密码换取"


@transaction.atomic
def make_token(*, actor: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """A new token of the actor's own, and its key, which is kept nowhere."""
    # So that two at once do not exceed the limit.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    name = name.strip()
    if not name:
        raise ActRefused("请写明用途，如“月报脚本”", field="name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise ActRefused("请至少选择一项授权范围", field="scopes")
    if not 1 <= days <= LONGEST_LIFE:
        raise ActRefused(f"有效期应为 1 至 {LONGEST_LIFE} 天", field="days")
    valid = ApiToken.objects.filter(owner=actor).valid()
    if valid.filter(name=name).exists():
        raise ActConflict(f"已有用途为“{name}”的有效令牌，请换一个名称，或先撤销原来的", field="name")
    if valid.count() >= MOST_TOKENS:
        raise ActRefused(f"每人最多 {MOST_TOKENS} 个有效令牌，请先撤销不用的")
    ordered = [code for code in Scope.values if code in scopes]
    return _made(actor, name, ordered, timezone.now() + dt.timedelta(days=days))


@transaction.atomic
def issue_token(*, user: User) -> tuple[ApiToken, str]:
    """A token in exchange for a password that was just checked; the one that was fetched so before ends."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    for former in ApiToken.objects.filter(owner=user, by_password=True).valid():
        _end(former, user, "又换取了新的令牌")
    return _made(user, EXCHANGED, list(Scope.values), timezone.now() + LIFE_EXCHANGED, by_password=True)


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken, reason: str = "") -> ApiToken:
    """End a token: its owner at any time, the administrator for somebody else, with a reason."""
    row = ApiToken.objects.select_for_update(of=("self",), no_key=True).get(pk=token.pk)
    if row.owner_id != actor.pk:
        if actor.role != Role.ADMIN:
            raise ActForbidden("只有本人或系统管理员可以撤销这个令牌")
        if not reason.strip():
            raise ActRefused("撤销他人的令牌要写明理由", field="reason")
    if not row.is_valid:
        raise ActConflict(f"这个令牌{row.state}，不需要撤销，请刷新页面")
    return _end(row, actor, reason)


@transaction.atomic
def end_token(*, user: User, token: ApiToken | None = None) -> None:
    """End this token of the user's, or the one that was fetched with the password; nothing where there is none."""
    own = ApiToken.objects.filter(owner=user).valid()
    for row in own.filter(pk=token.pk) if token else own.filter(by_password=True):
        _end(row, user, "")


@transaction.atomic
def end_all_tokens(*, actor: User | None, user: User, reason: str) -> None:
    """Part of giving a new password, as whoever knew the old one may hold a token, and of stopping an account, which may come back."""
    for row in ApiToken.objects.filter(owner=user).valid():
        _end(row, actor or user, reason)


def use_token(*, key: str) -> ApiToken | None:
    """The valid token of that key; that it was used is noted once a minute. No act of the office, so no entry in the book."""
    row = ApiToken.objects.valid().filter(digest=digest_of(key)).select_related("owner__unit").first()
    if row is None:
        return None
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - USE_KEPT_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
        row.last_used_at = now
    return row


def digest_of(key: str) -> str:
    """256 random bits are guessed by nobody: no salt and no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def _made(owner: User, name: str, scopes: list[str], expires_at: dt.datetime, *, by_password: bool = False) -> tuple[ApiToken, str]:
    key = secrets.token_hex(32)
    row = ApiToken.objects.create(
        owner=owner, name=name, start=key[:8], digest=digest_of(key), scopes=scopes, by_password=by_password, expires_at=expires_at
    )
    payload = {"name": name, "scopes": row.scope_words, "expires_at": expires_at, "owner": owner.username}
    record(house_book(), actor=owner, act=Act.ISSUE_TOKEN, subject=row, payload=payload)
    return row, key


def _end(row: ApiToken, actor: User, reason: str) -> ApiToken:
    row.revoked_at, row.revoked_by = timezone.now(), actor
    row.save(update_fields=("revoked_at", "revoked_by"))
    payload = {"name": row.name, "owner": row.owner.username}
    record(house_book(), actor=actor, act=Act.END_TOKEN, subject=row, reason=reason, payload=payload)
    return row
