"""Which issues a user sees. The Q is the rule of pages, API, exports and counts alike; ``at`` is the path to the issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q

from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.issues.models import Issue

NOTHING = Q(pk__in=())


def visible_issues(user: User, at: str = "") -> Q:
    """Liaisons: what their unit leads or supports, itself or by a measure. Supervisors: what their groups cover in that round.

    ``at`` is a path prefix such as ``"issue__"``. The rule joins many rows to one: use it in a subquery on the primary key.
    """
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        paths = ("lead_unit", "supporting_units", "measures__lead_unit", "measures__supporting_units")
        return any_of(*(Q(**{f"{at}{path}": user.unit_id}) for path in paths))
    return any_of(*(covered(user, f"{at}{path}", f"{at}inspection") for path in ("lead_unit", "measures__lead_unit")))


def covered(user: User, unit: str, inspection: str) -> Q:
    """The unit at that path is covered by a group of the user, in the round of the row."""
    return Q(**{f"{unit}__supervision_groups__members": user, f"{unit}__supervision_groups__inspection": F(inspection)})


def any_of(*conditions: Q) -> Q:
    """One condition that holds where any of them holds."""
    whole = NOTHING
    for condition in conditions:
        whole |= condition
    return whole


def may_look_back(user: User, row: Issue) -> bool:
    """A supervisor looks back at issues whose lead unit a group of theirs covers; roles are the transition table's matter."""
    if user.role != Role.SUPERVISOR or user.is_leader:
        return True
    return type(row).objects.filter(covered(user, "lead_unit", "inspection"), pk=row.pk).exists()


def leads(user: User, row: Issue) -> bool:
    """Whether the user is a liaison of the lead unit."""
    return user.role == Role.LIAISON and user.unit_id == row.lead_unit_id
