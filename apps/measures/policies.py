"""Which measures a user sees and may act on; the Q is the rule of pages, API, exports and counts alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from apps.issues.policies import NOTHING, any_of, covered, reviewed
from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.measures.models import Measure


def visible_measures(user: User, at: str = "") -> Q:
    """What a user works on, and the measures of issues that their unit was asked to review (会审).

    ``at`` is a path prefix such as ``"measure__"``. The rule joins many rows to one: use it in a subquery on the primary key.
    """
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    return any_of(working_measures(user, at), reviewed(user, f"{at}issue__"))


def working_measures(user: User, at: str = "") -> Q:
    """Liaisons: measures their unit leads or supports, and all measures of issues it leads. Supervisors: what the units of their groups
    lead, and all measures in the categories of their groups."""
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        return any_of(*(Q(**{f"{at}{path}": user.unit_id}) for path in ("lead_unit", "supporting_units", "issue__lead_unit")))
    return covered(user, f"{at}issue__inspection", f"{at}issue__category", f"{at}lead_unit")


def covered_measures(units: Any, categories: Any) -> Q:
    """The measures that a group of those units and categories covers: by their lead unit or by their category (方面). Of the rows of one
    round: a unit may stand in groups of several. Keys, or queries of keys."""
    return Q(lead_unit__in=units) | Q(issue__category__in=categories)


def reports_on(user: User, measure: Measure) -> bool:
    """Whether the user may report on the measure: a liaison of its lead unit (exactly one, design.md §3)."""
    return user.role == Role.LIAISON and user.unit_id == measure.lead_unit_id
