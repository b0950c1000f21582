"""Rows of the supervision room for the tests, made through its services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.measures.services import override_calendar
from apps.supervision.models import Group, Letter
from apps.supervision.services import form_group, send_letter
from apps.units.models import Role, Unit, User
from tests import factories


def group(inspection: Inspection, *, units: Collection[Unit] = (), members: Collection[User] = (), name: str = "督查一组") -> Group:
    return form_group(actor=None, inspection=inspection, name=name, lead_unit=factories.unit(), members=members, units=units)


def supervisor() -> User:
    """A supervisor who will be put in a group by the test."""
    return factories.user(Role.SUPERVISOR)


def reply_day() -> dt.date:
    """A working day to come, whatever years the calendar knows."""
    day = factories.days(7)
    override_calendar(actor=None, day=day, is_workday=True, note="测试")
    return day


def letter(on: Measure, *, by: User | None = None, **facts: Any) -> Letter:
    """A blue letter about the measure to its lead unit, sent by the office unless told otherwise."""
    values: dict[str, Any] = {"level": Letter.Level.BLUE, "requirement": "请加快办理并说明原因", "reply_by": reply_day()}
    return send_letter(
        actor=by or factories.office(),
        inspection=on.issue.inspection,
        unit=on.lead_unit,
        measures=[on],
        **{**values, **facts},
    )
