"""Reads of units and users that compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from apps.units.models import ApiToken, Notification, Unit, User


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units. Their names are no secret among those who are signed in; what they must do is (see the rooms above)."""

    def named(self, text: str) -> Self:
        """Units with exactly this name or short name."""
        return self.filter(models.Q(name=text) | models.Q(short_name=text))

    def covered_by(self, user: User) -> Self:
        """Units that a supervision group of the user covers, and those that lead a measure in a category it covers."""
        by_category = models.Q(led_measures__issue__category__supervision_groups__members=user)
        rule = models.Q(supervision_groups__members=user) | by_category
        return self.filter(pk__in=self.model.objects.filter(rule).values("pk"))


class UserManager(DjangoUserManager["User"]):
    """Users, for Django's own needs. Accounts are made by ``services.create_user`` alone: ``createsuperuser`` gives no role, and the
    constraint ``user_has_a_role`` refuses it."""

    def active_demonstrations(self) -> models.QuerySet[User]:
        """Accounts of the demonstration that can still sign in; production refuses to start while there is one."""
        return self.filter(is_demo=True, is_active=True)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications, the newest first."""

    def visible_to(self, user: User) -> Self:
        """A person's own. Who sees no business (any more) keeps those about the running of the house alone."""
        own = self.filter(recipient=user.pk)
        return own.about_the_house() if not user.is_active or user.role in ("admin", "auditor") else own

    def about_the_house(self) -> Self:
        """What is no business of the round."""
        return self.filter(kind__in=self.model.ABOUT_THE_HOUSE)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class TokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens for programs."""

    def valid(self) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())
