"""Who is to know of an act: accounts that are in use, by what they are to the subject. The rooms above put notifications with these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from apps.units.models import Role, Unit, User

RECENT_DAYS = 7


def office_accounts(*, but: User | None = None) -> list[User]:
    """The office, less who acts."""
    return list(_active(but).filter(role=Role.OFFICE))


def liaisons_of(*units: Unit | int, but: User | None = None) -> list[User]:
    """The liaisons of these units, less who acts."""
    return list(_active(but).filter(role=Role.LIAISON, unit__in=units))


def reviewers_of(units: Iterable[Unit | int], *, but: User | None = None) -> list[User]:
    """Whoever may sign for these reviewing bodies: their accounts that see business."""
    return list(_active(but).filter(role__in=(Role.LIAISON, Role.SUPERVISOR, Role.OFFICE), unit__in=list(units)))


def leaders(*, but: User | None = None) -> list[User]:
    """Supervisors in no group."""
    return list(_active(but).filter(role=Role.SUPERVISOR, supervision_groups__isnull=True))


def rings(on: dt.date | None, today: dt.date) -> bool:
    """Whether an act of that day is news. What is entered long after it happened is a record of the past and calls nobody."""
    return on is None or on >= today - dt.timedelta(days=RECENT_DAYS)


def _active(but: User | None) -> QuerySet[User]:
    rows = User.objects.filter(is_active=True)
    return rows.exclude(pk=but.pk) if but else rows
