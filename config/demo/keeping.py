"""What the office keeps beside the measures: handovers with their clocks in every state, and saved views of the register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from apps.issues.models import Inspection
from apps.measures.models import Handover, SavedView
from apps.measures.services import hand_over, record_refeedback, save_view
from apps.measures.services.handing_over import Giver
from apps.units.models import Source
from config.demo.people import People
from config.demo.plan import Plan
from config.demo.words import choice

CLOCK_DAYS = 28
"""Twenty working days as calendar days: the demonstration may be loaded where the calendar of the coming year is not known."""


def keep(inspection: Inspection, people: People, plan: Plan) -> None:
    for row in plan.raw.get("handovers", ()):
        _hand_over(inspection, people, plan, row)
    for row in plan.raw.get("views", ()):
        scope = choice(SavedView.Scope, row["scope"])
        save_view(actor=people.users[row["by"]], name=row["name"], query=row["query"], scope=scope)


def _hand_over(inspection: Inspection, people: People, plan: Plan, row: dict[str, Any]) -> None:
    unit = people.units[row["unit"]] if row.get("unit") else None
    handed_on = plan.today - dt.timedelta(days=row["ago"])
    handover = hand_over(
        actor=people.reviewer,
        inspection=inspection,
        giver=Giver(Handover.Kind.PERSON if unit else Handover.Kind.OFFICIAL, row["from"], unit),
        to_name=row["to"],
        reason=row["reason"],
        handed_on=handed_on,
        refeedback_by=handed_on + dt.timedelta(days=CLOCK_DAYS),
        source=Source.DEMONSTRATION,
    )
    if row.get("refed"):
        note = "示例：当面反馈移交清单所列问题，逐条说明要求和时限，接任人签收。"
        record_refeedback(actor=people.reviewer, handover=handover, on=handed_on + dt.timedelta(days=row["refed"]), note=note)
