"""Who may take which papers along: whoever sees a row may print it; the whole archive is for those who answer for the whole issue."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.issues.models import Issue
from apps.issues.policies import NOTHING, leads
from apps.measures.models import Extension, Handover, Measure
from apps.units.models import Role, User
from apps.units.policies import sees_all_business


def visible_handovers(user: User) -> QuerySet[Handover]:
    """Handovers are for the office, for leaders and for the liaisons of the unit whose people change."""
    rule = Q() if sees_all_business(user) else NOTHING
    if user.is_active and user.role == Role.LIAISON:
        rule = Q(unit=user.unit_id)
    return Handover.objects.filter(rule)


def visible_extensions(user: User) -> QuerySet[Extension]:
    """Requests go with their measure."""
    return Extension.objects.filter(measure__in=Measure.objects.visible_to(user))


def may_take_archive(user: User, issue: Issue) -> bool:
    """The office, leaders, and the liaisons of the lead unit."""
    return sees_all_business(user) or leads(user, issue)
