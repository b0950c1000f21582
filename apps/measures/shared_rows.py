"""Reads of what is kept beside the measures: handovers, saved views of the register, imports, workbooks of the units."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from apps.issues.policies import NOTHING
from apps.issues.querysets import Rows
from apps.units.models import Role
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.measures.models import Handover, ImportRun, ReturnedWorkbook, SavedView
    from apps.units.models import User


def of_own_unit(rows: Rows, user: User) -> Rows:
    """The office and leaders see all; a liaison those of the own unit."""
    if sees_all_business(user):
        return rows
    own = user.unit_id if user.is_active and user.role == Role.LIAISON else None
    return rows.filter(unit=own) if own else rows.filter(NOTHING)


class HandoverQuerySet(models.QuerySet["Handover"]):
    """Handovers, the latest first."""

    def visible_to(self, user: User) -> Self:
        """Handovers go with the unit of the person."""
        return of_own_unit(self, user)

    def awaiting_refeedback(self) -> Self:
        """Whose clock runs: the successor has not been told the findings anew."""
        return self.filter(refed_on__isnull=True)

    def overdue(self, today: dt.date) -> Self:
        return self.awaiting_refeedback().filter(refeedback_by__lt=today)


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views by name."""

    def visible_to(self, user: User) -> Self:
        """The own ones, those shared with the own unit, those the office shares with all."""
        if sees_no_business(user):
            return self.filter(NOTHING)
        shared = Q(scope="office")
        if user.unit_id:
            shared |= Q(scope="unit", unit=user.unit_id)
        return self.filter(Q(owner=user.pk) | shared)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Files on their way in, the latest first."""

    def visible_to(self, user: User) -> Self:
        """The office's alone: what came in is no ledger yet."""
        return self if user.is_active and user.role == Role.OFFICE else self.filter(NOTHING)

    def without_content(self) -> Self:
        """For lists and progress bars: the trees stay in the database."""
        return self.defer("tree", "plan", "outline", "choices")


class ReturnedWorkbookQuerySet(models.QuerySet["ReturnedWorkbook"]):
    """Workbooks that came back, the latest first."""

    def visible_to(self, user: User) -> Self:
        return of_own_unit(self, user)
