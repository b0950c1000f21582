"""Reads of flags and letters that compose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from apps.issues.querysets import rows_where
from apps.measures.policies import visible_measures
from apps.supervision import policies

if TYPE_CHECKING:
    from apps.supervision.models import Flag, Letter
    from apps.units.models import User


OF_CLOCK = ("soon", "overdue", "grave", "missed", "stalled", "returned")
"""Kinds that speak of running measures only."""
UNANSWERED, LETTER = "unanswered", "letter:"
"""The kind that speaks of a letter, and how its matter begins: the number of the letter follows."""


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, the longest due first."""

    def open(self) -> Self:
        return self.filter(cleared_on__isnull=True)

    def standing(self) -> Self:
        """What pages show: the open ones, less those that an act has ended since the last run of the job: the clock has stopped, or the
        letter waits no longer, or not from the unit that leads the measure now."""
        rows = self.open().exclude(kind__in=OF_CLOCK, measure__stopped_on__isnull=False)
        return rows.filter(~Q(kind=UNANSWERED) | Exists(self._letters_owed()))

    def about(self, matter: str) -> Self:
        """The flags of one letter or instalment."""
        return self.filter(matter=matter)

    def _letters_owed(self) -> LetterQuerySet:
        from apps.supervision.models import Letter

        key = Concat(Value(LETTER), Cast("pk", CharField()), output_field=CharField())
        about = Letter.objects.waiting().filter(measures=OuterRef("measure"), unit=OuterRef("measure__lead_unit"))
        return about.annotate(matter=key).filter(matter=OuterRef("matter"))

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
