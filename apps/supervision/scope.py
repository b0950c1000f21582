"""What a page of this room speaks of: one round as one user sees it, narrowed to one group where that is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from django.http import Http404, HttpRequest

from apps.issues.models import Inspection
from apps.measures.deadlines import window
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.coverage import covered_by, covers
from apps.supervision.models import Group
from apps.units.models import Role, Unit, User
from apps.units.parameters import chosen_of
from apps.units.policies import sees_all_business

Row = TypeVar("Row")


@dataclass(frozen=True)
class Scope:
    """The round, the groups whose work the user sees, and the one chosen among them (None: all)."""

    user: User
    inspection: Inspection
    groups: list[Group]
    group: Group | None
    unit: Unit | None = None
    """The lead unit to which a page is narrowed: always their own for a liaison."""

    @cached_property
    def window(self) -> tuple[dt.date, dt.date]:
        """Today, and the last day that counts as due soon."""
        return window(self.inspection)

    @property
    def today(self) -> dt.date:
        return self.window[0]

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole round, unnarrowed."""
        return self.group is None and self.unit is None and sees_all_business(self.user)

    @property
    def shown_groups(self) -> list[Group]:
        return self.groups if self.group is None else [self.group]

    @property
    def measures(self) -> MeasureQuerySet:
        rows = Measure.objects.worked_on_by(self.user).filter(issue__inspection=self.inspection)
        rows = rows.filter(lead_unit=self.unit) if self.unit else rows
        return rows.filter(covered_by(self.group)) if self.group else rows

    def by_group(self, rows: Iterable[tuple[Measure, Row]]) -> list[tuple[Group | None, list[Row]]]:
        """Rows, given with their measure, under each group that covers it; those that nobody covers come last, under None."""
        found: dict[Group | None, list[Row]] = {group: [] for group in (*self.shown_groups, None)}
        for measure, row in rows:
            unit, category = measure.lead_unit_id, measure.issue.category_id
            covering: list[Group | None] = [group for group in self.shown_groups if covers(group, unit, [category])]
            for group in covering or [None]:
                found[group].append(row)
        return [(group, these) for group, these in found.items() if these]


def scope_of(request: HttpRequest, user: User) -> Scope | None:
    """The round asked for by ``?inspection=``, else the latest the user sees (None: none). A round not in sight is refused (400), a
    group not in sight is a 404."""
    rounds = list(Inspection.objects.visible_to(user).select_related("book"))
    if not rounds:
        return None
    asked = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in rounds])
    inspection = next((row for row in rounds if str(row.pk) == asked), rounds[0])
    groups = list(groups_seen_by(user, inspection))
    return in_group(Scope(user, inspection, groups, None), request.GET.get("group", ""))


def in_group(scope: Scope, wanted: str) -> Scope:
    """Narrowed to the group asked for; one that is not in sight is a 404."""
    if not wanted:
        return scope
    chosen = next((group for group in scope.groups if str(group.pk) == wanted), None)
    if chosen is None:
        raise Http404
    return replace(scope, group=chosen)


def groups_seen_by(user: User, inspection: Inspection) -> Iterable[Group]:
    """A supervisor's own groups; all of the round for office and leaders."""
    groups = Group.objects.filter(inspection=inspection).select_related("lead_unit", "duty_head")
    groups = groups.prefetch_related("units", "members", "categories")
    return groups if sees_all_business(user) else groups.filter(members=user)


def narrowed(scope: Scope, unit: str) -> Scope:
    """The scope of one lead unit: a liaison's own always, another's only where the user sees a measure it leads (else 404)."""
    if scope.user.role == Role.LIAISON:
        own = scope.user.unit
        if own is None or (unit and unit != str(own.pk)):
            raise Http404
        return replace(scope, unit=own)
    if not unit:
        return scope
    if not (unit.isascii() and unit.isdigit() and len(unit) < len(str(2**63))):
        raise Http404
    found = Unit.objects.filter(pk=int(unit), pk__in=scope.measures.order_by().values("lead_unit")).first()
    if found is None:
        raise Http404
    return replace(scope, unit=found)
