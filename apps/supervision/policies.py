"""Which letters a user sees, and who may act. Flags and site checks go with their measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from apps.issues.policies import NOTHING, any_of, covered, covered_category
from apps.measures.policies import working_measures
from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.issues.models import Inspection
    from apps.measures.models import Measure
    from apps.supervision.models import Group, Letter
    from apps.units.models import Unit

SENDERS = (Role.OFFICE, Role.SUPERVISOR)


def visible_letters(user: User) -> Q:
    """Liaisons: letters to their unit. Supervisors: letters to the units, and about measures in the categories, that their groups cover.
    Office and leaders: all."""
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        return Q(unit=user.unit_id)
    return any_of(covered(user, "unit", "inspection"), covered_category(user, "measures__issue__category"))


def receives(user: User, letter: Letter) -> bool:
    """Whether the user is a liaison of the unit the letter went to."""
    return user.role == Role.LIAISON and user.unit_id == letter.unit_id


def checks_on_site(user: User, measure: Measure) -> bool:
    """Whether the user is a supervisor whose group covers the measure, or a leader."""
    return user.role == Role.SUPERVISOR and type(measure).objects.filter(working_measures(user), pk=measure.pk).exists()


def supervising_group(user: User, inspection: Inspection, unit: Unit) -> Group | None:
    """The group for which the user acts on the unit: their own that covers it, or a category in which it leads a measure; for office and
    leaders the first that covers it."""
    groups = inspection.supervision_groups.order_by("number")
    if sees_all_business(user):
        return groups.filter(units=unit).first()
    own = groups.filter(members=user)
    return own.filter(units=unit).first() or own.filter(categories__issues__measures__lead_unit=unit).first()


def acknowledges(user: User, measure: Measure) -> bool:
    """Whether the user may take note of the flags of the measure: the office, leaders, supervisors of the groups that cover it."""
    return user.role in SENDERS and type(measure).objects.filter(working_measures(user), pk=measure.pk).exists()
