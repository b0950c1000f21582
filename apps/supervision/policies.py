"""Which letters a user sees, and who may act. Flags and site checks go with their measure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from apps.issues.policies import NOTHING, covered
from apps.measures.policies import working_measures
from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.issues.models import Inspection
    from apps.measures.models import Measure
    from apps.supervision.ladder import Level
    from apps.supervision.models import Group, Letter
    from apps.units.models import Unit

SUPERVISING = (Role.OFFICE, Role.SUPERVISOR)


def visible_letters(user: User) -> Q:
    """Liaisons: letters to their unit. Supervisors: letters to the units, and about measures in the categories, that their groups cover.
    Office and leaders: all."""
    if sees_no_business(user):
        return NOTHING
    if sees_all_business(user):
        return Q()
    if user.role == Role.LIAISON:
        return Q(unit=user.unit_id)
    return covered(user, "inspection", "measures__issue__category", "unit")


def receives(user: User, letter: Letter) -> bool:
    """Whether the user is a liaison of the unit the letter went to."""
    return user.role == Role.LIAISON and user.unit_id == letter.unit_id


def checks_on_site(user: User, measure: Measure) -> bool:
    """Whether the user is a supervisor whose group covers the measure, or a leader."""
    return user.role == Role.SUPERVISOR and type(measure).objects.filter(working_measures(user), pk=measure.pk).exists()


def groups_covering(inspection: Inspection, unit: Unit) -> QuerySet[Group]:
    """The groups that cover the unit, or a category in which it leads a measure."""
    found = inspection.supervision_groups.filter(_covering(unit.pk, lead_unit=unit))
    return inspection.supervision_groups.filter(pk__in=found.order_by().values("pk"))


def supervising_group(user: User, inspection: Inspection, unit: Unit) -> Group | None:
    """The group for which the user acts on the unit: their own (for office and leaders: the first) that covers it, or else a category in
    which it leads a measure."""
    groups = inspection.supervision_groups.order_by("number")
    own = groups if sees_all_business(user) else groups.filter(members=user)
    return own.filter(units=unit).first() or own.filter(categories__issues__measures__lead_unit=unit).first()


def sends_as(user: User, inspection: Inspection, unit: Unit, own: Iterable[Group] | None = None) -> set[str]:
    """In which capacities (``LadderLevel.Sender``) the user may write to the unit. Where a group that covers the unit has no head on
    duty, or one whose account is closed, any of its members counts as the head. ``own`` are the user's groups that cover the unit,
    where they were read before."""
    if user.role == Role.OFFICE:
        return {"office"}
    if user.role != Role.SUPERVISOR:
        return set()
    if user.is_leader:
        return {"leader"}
    groups = list(groups_covering(inspection, unit).filter(members=user).select_related("duty_head") if own is None else own)
    found = {"group"} if groups else set()
    heads = [group.duty_head for group in groups]
    return found | ({"head"} if any(head is None or head == user or not head.is_active for head in heads) else set())


def levels_for(user: User, inspection: Inspection, unit: Unit, levels: Iterable[Level], own: Iterable[Group] | None = None) -> list[Level]:
    """The levels that the user may send to the unit, the mildest first."""
    capacities = sends_as(user, inspection, unit, own)
    return [level for level in levels if capacities & set(level.senders)]


def checks_answers(user: User, letter: Letter) -> bool:
    """Whether the user is of the side that sent the letter: office, leaders, members of a group that covers the unit."""
    if user.role not in SUPERVISING:
        return False
    return type(letter).objects.filter(visible_letters(user), pk=letter.pk).exists()


def supervisors_of(letter: Letter) -> set[User]:
    """The members of the groups that cover the letter: its unit, or the category of one of its measures (as ``visible_letters``)."""
    groups = letter.inspection.supervision_groups.filter(_covering(letter.unit_id, letters=letter)).order_by().values("pk")
    return set(User.objects.filter(supervision_groups__in=groups, is_active=True))


def _covering(unit: int, **measure: Any) -> Q:
    """Groups that have the unit, or the category of such a measure."""
    return Q(units=unit) | Q(**{f"categories__issues__measures__{field}": value for field, value in measure.items()})


def acknowledges(user: User, measure: Measure) -> bool:
    """Whether the user may take note of the flags of the measure: the office, leaders, supervisors of the groups that cover it."""
    return user.role in SUPERVISING and type(measure).objects.filter(working_measures(user), pk=measure.pk).exists()
