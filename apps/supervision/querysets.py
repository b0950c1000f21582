"""Reads of flags and letters that compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from apps.issues.querysets import rows_where
from apps.measures.policies import visible_measures
from apps.supervision import policies

if TYPE_CHECKING:
    from apps.supervision.models import Flag, Letter
    from apps.units.models import User


OF_CLOCK = ("soon", "overdue", "grave", "missed", "stalled", "returned")
"""Kinds that speak of running measures only."""


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, the longest due first."""

    def open(self) -> Self:
        return self.filter(cleared_on__isnull=True)

    def standing(self) -> Self:
        """What pages show: the open ones, less those that end with the clock where it has stopped since the last run of the job."""
        return self.open().exclude(kind__in=OF_CLOCK, measure__stopped_on__isnull=False)

    def visible_to(self, user: User) -> Self:
        """Flags go with their measure."""
        return rows_where(self, visible_measures(user, "measure__"))


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters, the newest first."""

    def visible_to(self, user: User) -> Self:
        return rows_where(self, policies.visible_letters(user))

    def waiting(self) -> Self:
        """Sent or signed for, not answered."""
        return self.filter(state__in=self.model.WAITING)
