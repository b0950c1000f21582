"""Reads of clues: the discipline role's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from apps.units.models import Role, User

if TYPE_CHECKING:
    from apps.supervision.models import Clue


class ClueQuerySet(models.QuerySet["Clue"]):
    """Clues, the latest first."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active and user.role == Role.DISCIPLINE else self.none()

    def for_page(self) -> Self:
        return self.select_related("inspection", "registered_by", "handled_by")

    def waiting(self) -> Self:
        return self.exclude(state="concluded")
