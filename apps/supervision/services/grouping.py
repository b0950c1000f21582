"""Forming supervision groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.issues.models import Category, Inspection
from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import changes, record
from apps.supervision.models import Act, Group
from apps.units.errors import ActRefused
from apps.units.models import Role, Source, Unit, User
from apps.units.services import refuse_stale


@dataclass(frozen=True)
class Team:
    """Who is in a group and what it covers."""

    name: str
    lead_unit: Unit
    members: Iterable[User]
    units: Iterable[Unit]
    categories: Iterable[Category]
    duty_head: User | None

    @property
    def facts(self) -> dict[str, Any]:
        """As the book keeps them."""
        return {
            "name": self.name,
            "lead_unit": self.lead_unit.name,
            "members": sorted(str(user) for user in self.members),
            "units": sorted(unit.name for unit in self.units),
            "categories": [str(category) for category in sorted(self.categories, key=lambda row: row.number)],
            "duty_head": str(self.duty_head) if self.duty_head else None,
        }


@transaction.atomic
def form_group(
    *,
    actor: User | None,
    inspection: Inspection,
    name: str,
    lead_unit: Unit,
    members: Collection[User] = (),
    units: Collection[Unit] = (),
    categories: Collection[Category] = (),
    duty_head: User | None = None,
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Collection[str] = (),
) -> Group:
    """Form a supervision group with the next number of its round. Members are supervisors; from then on they see what the units lead
    and what is in the categories. The head on duty (值班负责人) is one of them."""
    require_office(actor, Act.FORM_GROUP)
    row = locked_inspection(inspection)
    team = Team(name, lead_unit, members, units, categories, duty_head)
    _check(team, row)
    last = row.supervision_groups.aggregate(last=Max("number"))["last"] or 0
    group = Group.objects.create(
        inspection=row,
        number=last + 1,
        name=name,
        lead_unit=lead_unit,
        duty_head=duty_head,
        source=source,
        quote=quote,
        demonstrated=list(demonstrated),
    )
    _set(group, team)
    record(row.book, actor=actor, act=Act.FORM_GROUP, subject=group, payload=team.facts)
    return group


@transaction.atomic
def reform_group(
    *,
    actor: User,
    group: Group,
    name: str,
    lead_unit: Unit,
    members: Collection[User],
    units: Collection[Unit],
    reason: str,
    categories: Collection[Category] = (),
    duty_head: User | None = None,
    version: int | None = None,
) -> Group:
    """Change who is in a group or what it covers, with a reason; before → after goes in the book."""
    require_office(actor, Act.REFORM_GROUP)
    inspection = locked_inspection(group.inspection)
    row = Group.objects.select_related("lead_unit", "duty_head").get(pk=group.pk)
    refuse_stale(row.version, version)
    if not reason.strip():
        raise ActRefused("请写明调整的理由", field="reason")
    team = Team(name, lead_unit, members, units, categories, duty_head)
    _check(team, inspection)
    payload = changes(_team_of(row).facts, team.facts)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要保存")
    row.name, row.lead_unit, row.duty_head, row.version = name, lead_unit, duty_head, row.version + 1
    row.save()
    _set(row, team)
    record(inspection.book, actor=actor, act=Act.REFORM_GROUP, subject=row, reason=reason, payload=payload)
    return row


def _team_of(row: Group) -> Team:
    return Team(row.name, row.lead_unit, row.members.all(), row.units.all(), row.categories.all(), row.duty_head)


def _set(group: Group, team: Team) -> None:
    group.members.set(team.members)
    group.units.set(team.units)
    group.categories.set(team.categories)


def _check(team: Team, inspection: Inspection) -> None:
    if not team.name.strip():
        raise ActRefused("请填写督查组名称", field="name")
    others = [str(user) for user in team.members if user.role != Role.SUPERVISOR]
    if others:
        raise ActRefused(f"督查组成员要用“督查组/领导”账号：{'、'.join(others)}不是，请更换", field="members")
    if team.duty_head is not None and team.duty_head not in team.members:
        raise ActRefused(f"值班负责人要从成员中选：{team.duty_head}不是成员，请先选为成员或另选一人", field="duty_head")
    if any(category.inspection_id != inspection.pk for category in team.categories):
        raise ActRefused("所选方面不属于这一轮，请重新选择", field="categories")
