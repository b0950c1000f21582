"""Forming supervision groups."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection, require_office
from apps.ledgers.services import changes, record
from apps.supervision.models import Act, Group
from apps.units.errors import ActRefused
from apps.units.models import Role, Source, Unit, User
from apps.units.services import refuse_stale


@transaction.atomic
def form_group(
    *,
    actor: User | None,
    inspection: Inspection,
    name: str,
    lead_unit: Unit,
    members: Collection[User] = (),
    units: Collection[Unit] = (),
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Collection[str] = (),
) -> Group:
    """Form a supervision group with the next number of its round. Members are supervisors; from then on they see what the units lead."""
    require_office(actor, Act.FORM_GROUP)
    row = locked_inspection(inspection)
    _check(name, members)
    last = row.supervision_groups.aggregate(last=Max("number"))["last"] or 0
    group = Group.objects.create(
        inspection=row, number=last + 1, name=name, lead_unit=lead_unit, source=source, quote=quote, demonstrated=list(demonstrated)
    )
    group.members.set(members)
    group.units.set(units)
    record(row.book, actor=actor, act=Act.FORM_GROUP, subject=group, payload=_facts(name, lead_unit, members, units))
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
    version: int | None = None,
) -> Group:
    """Change who is in a group or what it covers, with a reason; before → after goes in the book."""
    require_office(actor, Act.REFORM_GROUP)
    inspection = locked_inspection(group.inspection)
    row = Group.objects.select_related("lead_unit").get(pk=group.pk)
    refuse_stale(row.version, version)
    if not reason.strip():
        raise ActRefused("请写明调整的理由", field="reason")
    _check(name, members)
    payload = changes(_facts(row.name, row.lead_unit, row.members.all(), row.units.all()), _facts(name, lead_unit, members, units))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要保存")
    row.name, row.lead_unit, row.version = name, lead_unit, row.version + 1
    row.save()
    row.members.set(members)
    row.units.set(units)
    record(inspection.book, actor=actor, act=Act.REFORM_GROUP, subject=row, reason=reason, payload=payload)
    return row


def _check(name: str, members: Collection[User]) -> None:
    if not name.strip():
        raise ActRefused("请填写督查组名称", field="name")
    others = [str(user) for user in members if user.role != Role.SUPERVISOR]
    if others:
        raise ActRefused(f"督查组成员要用“督查组/领导”账号：{'、'.join(others)}不是，请更换", field="members")


def _facts(name: str, lead_unit: Unit, members: Collection[User] | Any, units: Collection[Unit] | Any) -> dict[str, Any]:
    return {
        "name": name,
        "lead_unit": lead_unit.name,
        "members": sorted(str(user) for user in members),
        "units": sorted(unit.name for unit in units),
    }
