"""Visits and dispatch meetings of the demonstration: held and planned ones, with photos that say that they are examples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.supervision.models import SiteCheck, Visit
from apps.supervision.policies import supervising_group
from apps.supervision.services import (
    PhotoDraft,
    begin_dispatch,
    call_dispatch,
    check_site,
    close_dispatch,
    decide_item,
    hold_visit,
    plan_visit,
    set_agenda,
)
from apps.units.models import Source, User
from config.demo.evidence import example_photo
from config.demo.people import People
from config.demo.plan import Plan
from config.demo.words import choice


@dataclass(frozen=True)
class Onsite:
    """Replays what the plan has of both."""

    people: People
    plan: Plan
    inspection: Inspection

    def run(self) -> None:
        for row in self.plan.raw["visits"]:
            self._visit(row)
        for row in self.plan.raw["dispatches"]:
            self._dispatch(row)

    def _visit(self, row: dict[str, Any]) -> None:
        actor, day = self.people.users[row["by"]], self._day(row["in_days"])
        measures = [self._measure(number) for number in row["measures"]]
        visit = plan_visit(
            actor=actor,
            inspection=self.inspection,
            group=supervising_group(actor, self.inspection, measures[0].lead_unit),
            title=row["title"],
            planned_on=day,
            place=row["place"],
            purpose=row["purpose"],
            measures=measures,
            source=Source.DEMONSTRATION,
        )
        for number, (finding, note, captions) in row.get("seen", {}).items():
            self._check(actor, visit, number, choice(SiteCheck.Finding, finding), note, captions)
        if "summary" in row:
            hold_visit(actor=actor, visit=visit, held_on=day, summary=row["summary"])

    def _check(self, actor: User, visit: Visit, number: str, finding: str, note: str, captions: list[str]) -> None:
        photos = [
            PhotoDraft(example_photo(f"{number}现场照片{place}（示例）", number), f"示例：{words}")
            for place, words in enumerate(captions, 1)
        ]
        check_site(
            actor=actor,
            measure=self._measure(number),
            visit=visit,
            finding=finding,
            note=note,
            checked_on=visit.planned_on,
            photos=photos,
            source=Source.DEMONSTRATION,
        )

    def _dispatch(self, row: dict[str, Any]) -> None:
        actor = self.people.users[row["by"]]
        group = self.inspection.supervision_groups.get(number=row["group"]) if "group" in row else None
        facts = {key: row[key] for key in ("title", "chair", "place", "attendance") if key in row}
        day = self._day(row["in_days"])
        made = call_dispatch(actor=actor, inspection=self.inspection, held_on=day, group=group, source=Source.DEMONSTRATION, **facts)
        items = set_agenda(actor=actor, dispatch=made, measures=[self._measure(number) for number in row["measures"]])
        if "decided" not in row:
            return
        begin_dispatch(actor=actor, dispatch=made)
        for item, (words, days) in self._decided(row, items):
            decide_item(actor=actor, item=item, decision=words, asked_by=self._day(days))
        close_dispatch(actor=actor, dispatch=made, summary=row["summary"])

    def _decided(self, row: dict[str, Any], items: list[Any]) -> Iterator[tuple[Any, list[Any]]]:
        for item in items:
            if item.measure.number in row["decided"]:
                yield item, row["decided"][item.measure.number]

    def _day(self, days: int) -> dt.date:
        return self.plan.today + dt.timedelta(days=days)

    def _measure(self, number: str) -> Measure:
        issue, ordinal = number.split("-")
        return Measure.objects.select_related("issue", "lead_unit").get(
            issue__inspection=self.inspection, issue__number=issue, ordinal=ordinal
        )
