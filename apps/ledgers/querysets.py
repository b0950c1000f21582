"""Reads of the book that compose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from apps.ledgers.models import Entry


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries, newest first unless told otherwise."""

    def about(self, subjects: Iterable[tuple[str, Iterable[int]]]) -> Self:
        """Entries on any of the subjects, given as (type, ids) pairs: the timeline of a page."""
        condition = Q(pk__in=())
        for kind, ids in subjects:
            condition |= Q(subject_type=kind, subject_id__in=list(ids))
        return self.filter(condition)
