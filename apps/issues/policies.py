"""Which issues a user sees. The Q is the rule of pages, API, exports and counts alike; ``at`` is the path to the issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q

from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.issues.models import Issue, SignOff

NOTHING = Q(pk__in=())
REVIEWERS = (Role.LIAISON, Role.SUPERVISOR, Role.OFFICE)


def visible_issues(user: User, at: str = "") -> Q:
    """What the user works on, and what their unit was asked to review.

    ``at`` is a path prefix such as ``"issue__"``. The rule joins many rows to one: use it in a subquery on the primary key.
    """
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    return any_of(working_issues(user, at), reviewed(user, at))


def working_issues(user: User, at: str = "") -> Q:
    """Liaisons: what their unit leads or supports, itself or by a measure. Supervisors: what their groups cover in that round."""
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        paths = ("lead_unit", "supporting_units", "measures__lead_unit", "measures__supporting_units")
        return any_of(*(Q(**{f"{at}{path}": user.unit_id}) for path in paths))
    return covered(user, f"{at}inspection", f"{at}category", f"{at}lead_unit", f"{at}measures__lead_unit")


def reviewed(user: User, at: str = "") -> Q:
    """Issues with a signature, given or asked for, of the user's unit (会审); who belongs to no unit reviews nothing."""
    from apps.issues.models import SignOff

    if user.unit_id is None or user.role not in REVIEWERS:
        return NOTHING
    return Q(**{f"{at}pk__in": SignOff.objects.filter(body=user.unit_id).order_by().values("closure__issue")})


def covered(user: User, inspection: str, category: str, *units: str) -> Q:
    """A group of the user covers a unit at one of those paths, in the round of the row, or the category (方面) at that path. A category
    belongs to one round. The arguments are paths."""
    of_units = (
        Q(**{f"{unit}__supervision_groups__members": user, f"{unit}__supervision_groups__inspection": F(inspection)}) for unit in units
    )
    return any_of(*of_units, Q(**{f"{category}__supervision_groups__members": user}))


def any_of(*conditions: Q) -> Q:
    """One condition that holds where any of them holds."""
    whole = NOTHING
    for condition in conditions:
        whole |= condition
    return whole


def may_look_back(user: User, row: Issue) -> bool:
    """A supervisor looks back at issues whose lead unit or category a group of theirs covers; roles are the transition table's matter."""
    if user.role != Role.SUPERVISOR or user.is_leader:
        return True
    return type(row).objects.filter(covered(user, "inspection", "category", "lead_unit"), pk=row.pk).exists()


def leads(user: User, row: Issue) -> bool:
    """Whether the user is a liaison of the lead unit."""
    return user.role == Role.LIAISON and user.unit_id == row.lead_unit_id


def reviews(user: User, sign_off: SignOff) -> bool:
    """Whether the user may sign for the reviewing body: an active account of that unit; roles are the transition table's matter."""
    return user.is_active and user.unit_id is not None and user.unit_id == sign_off.body_id


def draws_look_backs(user: User) -> bool:
    """A draw is over the whole round: the office and the leaders, who see all of it."""
    return sees_all_business(user)
