"""Stages of measures that are kept up for good (长期坚持): a stage is complete, rests until its review day, and comes back.

Claiming 阶段性完成 on such a measure names the next stage's goal and the day of its review (domain.md §1.4). Approval copies both to
the measure; on that local day the system puts it back in the round. From then on its ``next_review_on`` is empty: that is how the
reports' services know that the stage is over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection, months_after
from apps.ledgers.services import BATCH, Deed, record_many
from apps.measures import workflow
from apps.measures.models import Act, Measure, Progress
from apps.units.errors import ActRefused
from apps.units.workflow import check

LONGEST_STAGE_MONTHS = 12


@dataclass(frozen=True)
class StageGoal:
    """What the next stage is to reach, and the day on which the measure is looked at again."""

    goal: str
    review_on: dt.date | None

    def columns(self) -> dict[str, Any]:
        return {"stage_goal": self.goal, "next_review_on": self.review_on}


def check_stage(measure: Measure, claim: str, stage: StageGoal | None, day: dt.date) -> None:
    """A complete stage of a long-term measure has a goal and a review day within twelve months after ``day``; nothing else has."""
    goal, review_on = (stage.goal.strip(), stage.review_on) if stage else ("", None)
    if measure.pace != Measure.Pace.LONG_TERM or claim != Measure.State.STAGE_DONE:
        if goal or review_on:
            raise ActRefused("只有长期坚持的措施申报“阶段性完成”时，才填写下一阶段目标和复核日期，请清空", field="stage_goal")
        return
    if not goal:
        raise ActRefused("长期坚持的措施阶段性完成，要写明下一阶段目标", field="stage_goal")
    if review_on is None:
        raise ActRefused("长期坚持的措施阶段性完成，要填写下次复核日期", field="next_review_on")
    latest = months_after(day, LONGEST_STAGE_MONTHS)
    if not day < review_on <= latest:
        raise ActRefused(f"下次复核日期要在 {day} 之后、{latest} 之前（含当日）", field="next_review_on")


def take_stage(measure: Measure, report: Progress) -> None:
    """What an approved report makes of the measure's stage; the caller saves."""
    measure.next_review_on = report.next_review_on
    if report.next_review_on:
        measure.stage_goal = report.stage_goal
    elif report.claim == Measure.State.DONE:
        measure.stage_goal = ""


def stage_in_book(report: Progress) -> dict[str, Any]:
    """The next stage as entries and hashes hold it; empty where the report names none."""
    return {"stage_goal": report.stage_goal, "next_review_on": report.next_review_on} if report.next_review_on else {}


@transaction.atomic
def resume_stages(*, inspection: Inspection, on: dt.date | None = None) -> list[Measure]:
    """Put the measures whose review day has come back in the round; the system acts, all entries under one correlation id.

    A stage's own due date that has passed gives way to none (长期坚持), the original one stays for assessment. Safe late, twice or in
    two workers: what is back is found no more. A measure or issue that somebody is working on at this moment is left to the next
    run: waiting for it, with other rows locked, could close a circle.
    """
    row = locked_inspection(inspection)
    today = on or row.today()
    due = Measure.objects.filter(issue__inspection=row).to_resume(today).select_related("issue").order_by("pk")
    measures = list(due.select_for_update(of=("self", "issue"), no_key=True, skip_locked=True))
    for measure in measures:
        check(workflow.RESUME, measure, field="progress", actor=None)
    deeds = [Deed(Act.RESUME_STAGE, measure, _reason(measure), _payload(measure, today)) for measure in measures]
    for start in range(0, len(measures), BATCH):
        batch = Measure.objects.filter(pk__in=[measure.pk for measure in measures[start : start + BATCH]])
        batch.filter(due_on__lt=today, pace=Measure.Pace.LONG_TERM).update(due_on=None, deadline_rule=Measure.DeadlineRule.NONE)
        batch.update(progress=workflow.RESUME.target, stopped_on=None, next_review_on=None, version=F("version") + 1)
    record_many(row.book, actor=None, deeds=deeds)
    return measures


def _reason(measure: Measure) -> str:
    return f"到复核日 {measure.next_review_on}，进入下一阶段：{measure.stage_goal}"


def _payload(measure: Measure, today: dt.date) -> dict[str, Any]:
    """Before → after of what the system sets."""
    moved: dict[str, list[Any]] = {
        "progress": [measure.progress, workflow.RESUME.target],
        "stopped_on": [measure.stopped_on, None],
        "next_review_on": [measure.next_review_on, None],
    }
    if measure.due_on is not None and measure.due_on < today and measure.pace == Measure.Pace.LONG_TERM:
        moved["due_on"] = [measure.due_on, None]
    return {"changes": moved}
