"""How far one measure is: the three tracks of completion (reported, verified, checked) and the stage it is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.measures.models import Measure, Progress

PENDING = Progress.Review.PENDING


@dataclass(frozen=True)
class Track:
    """One track: whether the measure is complete by it, since when, by whose word. ``note`` says more, or why not."""

    label: str
    is_met: bool
    day: dt.date | None = None
    who: str = ""
    note: str = ""


def tracks_of(measure: Measure, reports: Sequence[Progress], checks: Sequence[Any]) -> list[Track]:
    """已申报 by the unit, 已核实 by the office, 已核查 on site by a supervision group; each by the rule of the counts (querysets.py).
    ``checks`` on site, the latest first."""
    return [_reported(measure, reports), _verified(measure, reports), _checked(measure, checks)]


def _reported(measure: Measure, reports: Sequence[Progress]) -> Track:
    claimed = measure.is_finished or (measure.progress == Measure.State.IN_REVIEW and measure.stopped_on is not None)
    row = next((row for row in reports if row.claims_completion and (row.counts or row.review == PENDING)), None)
    if not claimed or row is None:
        return Track("已申报", is_met=False, note="牵头单位还没有申报完成")
    return Track(
        "已申报", is_met=True, day=row.reported_on, who=str(row.reported_by), note=f"报“{row.get_claim_display()}”，{row.signed_by}签发"
    )


def _verified(measure: Measure, reports: Sequence[Progress]) -> Track:
    row = next((row for row in reports if row.counts), None)
    if not measure.is_finished or row is None:
        waits = measure.progress == Measure.State.IN_REVIEW
        return Track("已核实", is_met=False, note="等待整改办审核" if waits else "整改办还没有认定完成")
    return Track("已核实", is_met=True, day=row.reviewed_on, who=str(row.reviewed_by), note=f"认定“{measure.get_progress_display()}”")


def _checked(measure: Measure, checks: Sequence[Any]) -> Track:
    """The latest check counts, if it was made since the measure was finished."""
    if not checks:
        return Track("已核查", is_met=False, note="督查组还没有现场核查")
    check = checks[0]
    counts = measure.is_finished and measure.stopped_on is not None and check.checked_on >= measure.stopped_on
    finding = check.get_finding_display()
    note = f"结论“{finding}”" if counts else f"{check.checked_on} 核查“{finding}”，在办结之前，不计入"
    is_met = counts and check.finding == "true"
    return Track("已核查", is_met, check.checked_on if counts else None, str(check.checked_by) if counts else "", note)


@dataclass(frozen=True)
class StageState:
    """The stage of a long-term measure: resting until ``review_on``, or back in the round since then."""

    is_resting: bool
    review_on: dt.date | None
    goal: str


def stage_of(measure: Measure, reports: Sequence[Progress]) -> StageState | None:
    """None where no stage was ever completed, or the measure is done for good."""
    if not measure.stage_goal:
        return None
    if measure.next_review_on is not None:
        return StageState(measure.progress == Measure.State.STAGE_DONE, measure.next_review_on, measure.stage_goal)
    last = next((row for row in reports if row.counts and row.next_review_on), None)
    return StageState(is_resting=False, review_on=last.next_review_on if last else None, goal=measure.stage_goal)
