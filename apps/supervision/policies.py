"""Which letters a user sees. Flags and site checks go with their measure."""

from __future__ import annotations

from django.db.models import Q

from apps.issues.policies import NOTHING, covered
from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business


def visible_letters(user: User) -> Q:
    """Liaisons: letters to their unit. Supervisors: letters to the units their groups cover. Office and leaders: all."""
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        return Q(unit=user.unit_id)
    return covered(user, "unit", "inspection")
