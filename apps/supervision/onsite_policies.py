"""Who sees visits and dispatch meetings, and for which group a supervisor acts. A visit that the unit knows of beforehand sees nothing:
liaisons learn of both by what came of them, on the sheets of their measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from apps.issues.policies import NOTHING
from apps.issues.querysets import rows_where
from apps.measures.models import Measure
from apps.measures.policies import covered_measures, visible_measures
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.models import Attachment, Dispatch, DispatchItem, Group, Visit
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.policies import sees_all_business, sees_no_business

if TYPE_CHECKING:
    from apps.issues.models import Inspection


def of_own_groups(user: User, group: str = "group__") -> Q:
    """Office and leaders: all. Supervisors: those of a group they are a member of. Nobody else. ``group`` is the path to it."""
    if sees_no_business(user) or user.role == Role.LIAISON:
        return NOTHING
    return Q() if sees_all_business(user) else Q(**{f"{group}members": user})


def visible_visits(user: User) -> QuerySet[Visit]:
    return rows_where(Visit.objects.all(), of_own_groups(user))


def visible_dispatches(user: User) -> QuerySet[Dispatch]:
    return rows_where(Dispatch.objects.all(), of_own_groups(user))


def visible_items(user: User) -> QuerySet[DispatchItem]:
    return rows_where(DispatchItem.objects.all(), of_own_groups(user, "dispatch__group__"))


def visible_photos(user: User) -> QuerySet[Attachment]:
    """Photos of site checks go with the measure that was checked."""
    rows = Attachment.objects.filter(site_check__isnull=False)
    return rows_where(rows, visible_measures(user, "site_check__measure__"))


def visible_groups(user: User) -> QuerySet[Group]:
    """The groups a visit may be planned for, of any round."""
    return rows_where(Group.objects.all(), of_own_groups(user, ""))


def measures_of(user: User, inspection: Inspection, group: Group | None) -> MeasureQuerySet:
    """What a visit or a meeting of that group may be about; of the whole round where there is none."""
    rows = Measure.objects.worked_on_by(user).filter(issue__inspection=inspection)
    return rows.filter(covered_measures(group.units.values("pk"), group.categories.values("pk"))) if group else rows


def check_group(user: User, inspection: Inspection, group: Group | None) -> None:
    """A supervisor in groups acts for one of them; office and leaders for any group, or for none."""
    if group is not None and group.inspection_id != inspection.pk:
        raise ActRefused("这个督查组不属于本轮次，请重新选择", field="group")
    if sees_all_business(user):
        return
    if group is None:
        raise ActRefused("请选择您所在的督查组", field="group")
    if not group.members.filter(pk=user.pk).exists():
        raise ActForbidden(f"您不是{group.name}的成员，请选择自己的督查组")
