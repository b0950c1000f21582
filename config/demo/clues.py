"""Clues of the demonstration: two handed over, one of them under way. Made up; nobody and nothing in them is real."""

from __future__ import annotations

import datetime as dt

from apps.issues.models import Inspection
from apps.supervision.models import Clue
from apps.supervision.services import register_clue, take_up_clue
from config.demo.people import People

CLUES = (
    (Clue.Origin.INSPECTORS, 0, "示例：反映某下属单位采购设备没有比价，请核实有关人员责任。"),
    (Clue.Origin.OFFICE, 40, "示例：整改核查中发现某项目验收资料前后不一致，转请了解。"),
)


def hand_over_clues(people: People, inspection: Inspection) -> None:
    actor = people.users["discipline"]
    made = [
        register_clue(
            actor=actor,
            inspection=inspection,
            origin=origin,
            summary=summary,
            transferred_on=min(inspection.feedback_on + dt.timedelta(days=later), inspection.today()),
        )
        for origin, later, summary in CLUES
    ]
    take_up_clue(actor=actor, clue=made[0])
