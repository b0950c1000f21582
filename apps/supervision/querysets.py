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


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, the longest due first."""

    def open(self) -> Self:
        return self.filter(cleared_on__isnull=True)

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
