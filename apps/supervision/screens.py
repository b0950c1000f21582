"""Links that open the wall chart without a sign-in: who sees which, whether one still lives, and what it opens."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from apps.supervision.models import Group, ScreenLink
from apps.supervision.policies import SUPERVISING
from apps.supervision.scope import Scope, groups_seen_by
from apps.units.models import Role, User
from apps.units.policies import sees_all_business

LONGEST_TOKEN = 100
MOST_HOURS = 90 * 24


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def visible_screens(user: User) -> QuerySet[ScreenLink]:
    """Office and leaders see all links; a supervisor those of the own groups."""
    if sees_all_business(user):
        return ScreenLink.objects.all()
    if not user.is_active or user.role != Role.SUPERVISOR:
        return ScreenLink.objects.none()
    return ScreenLink.objects.filter(group__in=Group.objects.filter(members=user))


def may_make(user: User, group: Group | None) -> bool:
    """Of the whole round: those who see all of it. Of a group: they, and its members."""
    if user.role not in SUPERVISING or not user.is_active:
        return False
    return sees_all_business(user) or (group is not None and group.members.filter(pk=user.pk).exists())


def scope_of_link(link: ScreenLink) -> Scope | None:
    """What the link shows is what its maker may still see of it; None where that is nothing any more."""
    maker = link.made_by
    if not may_make(maker, link.group):
        return None
    groups = list(groups_seen_by(maker, link.inspection))
    if link.group_id is None:
        return Scope(maker, link.inspection, groups, None)
    group = next((group for group in groups if group.pk == link.group_id), None)
    return Scope(maker, link.inspection, groups, group) if group else None


def opened_by(token: str) -> Scope | None:
    """What an address opens now: looked up by the fingerprint, so nothing is compared character by character."""
    if len(token) > LONGEST_TOKEN:
        return None
    rows = ScreenLink.objects.select_related("inspection", "group", "made_by")
    link = rows.filter(token_hash=digest_of(token), revoked_at__isnull=True, expires_at__gt=timezone.now()).first()
    return scope_of_link(link) if link else None


@dataclass(frozen=True)
class ScreenLine:
    """A link and its state now."""

    link: ScreenLink
    now: dt.datetime

    @property
    def is_live(self) -> bool:
        return self.link.revoked_at is None and self.link.expires_at > self.now and self.link.made_by.is_active

    @property
    def state(self) -> str:
        if self.link.revoked_at is not None:
            return "已停用"
        if self.link.expires_at <= self.now:
            return "已过期"
        return "有效" if self.link.made_by.is_active else "生成人账号已停用"
