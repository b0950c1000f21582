"""Where each measure of the demonstration stands (``plan.yaml``) and which dates follow, counted from the day of loading."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Inspection
from apps.issues.services import months_after
from apps.measures.cadence import periods
from apps.measures.models import Measure

Rule = Measure.DeadlineRule
AT_ONCE_MONTHS = 1
STAGED = ("stage_done", "resumed")
STAGE_DAYS = {"stage_done": 60, "resumed": 150}
"""How long ago the stage was reported complete."""


@dataclass(frozen=True)
class Deadline:
    """The rule behind a demonstration due date, as :class:`Measure` stores it."""

    rule: str
    basis: str
    due_on: dt.date | None = None
    start: dt.date | None = None
    count: int | None = None


@dataclass(frozen=True)
class Plan:
    """The plan with the day it is counted from and the two dates of the round."""

    raw: dict[str, Any]
    today: dt.date
    feedback_on: dt.date
    concentrated_months: int

    @property
    def period_end(self) -> dt.date:
        """The last day of the concentrated period."""
        return months_after(self.feedback_on, self.concentrated_months)

    def standing(self, number: str) -> str:
        """The list of the plan that names the measure; ``done`` when none does."""
        lists = ("overdue", "soon", "running", "not_started", "review", "returned", "stage_done", "resumed")
        return next((name for name in lists if number in self.raw[name]), "done")

    def person(self, number: str, unit: str) -> str:
        """Who answers for an unfinished measure of the unit, by post; finished ones name nobody."""
        return "" if self.standing(number) in ("done", "stage_done") else str(self.raw.get("persons", {}).get(unit, ""))

    def deadline(self, number: str, pace: str, done_on: dt.date) -> Deadline:
        """Unfinished measures: a fixed day relative to today. Finished ones: by pace, never before the day they were done."""
        standing = self.standing(number)
        if standing == "overdue":
            return Deadline(Rule.FIXED, "示例：按整改方案", self.today - dt.timedelta(days=self.raw[standing][number]))
        if ended := self._ended(number)[1:]:
            return Deadline(Rule.FIXED, "示例：按整改方案", self.today - dt.timedelta(days=ended[0]))
        if standing not in ("done", *STAGED):
            days = self.raw[standing][number]
            return Deadline(Rule.FIXED, "示例：按整改方案", self.today + dt.timedelta(days=days[0] if isinstance(days, list) else days))
        if pace == Measure.Pace.LONG_TERM:
            return Deadline(Rule.NONE, "示例：长期坚持，不设时限")
        months = AT_ONCE_MONTHS if pace == Measure.Pace.AT_ONCE else self.concentrated_months
        if months_after(self.feedback_on, months) < done_on:
            return Deadline(Rule.FIXED, "示例：按整改方案", done_on)
        basis = "示例：立行立改，一个月内" if pace == Measure.Pace.AT_ONCE else f"示例：集中整改期 {months} 个月"
        return Deadline(Rule.MONTHS, basis, start=self.feedback_on, count=months)

    def _ended(self, number: str) -> list[int]:
        """How many days ago a measure was finished of late, and due if it had a date; nothing for others."""
        return list(self.raw["lately"].get(number, ()))

    def stage(self, number: str) -> tuple[dt.date, dt.date, str]:
        """When a stage was reported complete, when the measure is looked at again, and what for."""
        standing = self.standing(number)
        days, goal = self.raw[standing][number]
        review_on = self.today + dt.timedelta(days=days if standing == "stage_done" else -days)
        return self.today - dt.timedelta(days=STAGE_DAYS[standing]), review_on, goal

    def assigned_on(self, number: str, done_on: dt.date, inspection: Inspection) -> dt.date:
        """Since when the unit answers for the measure: so that it owes what the plan has it miss, and the period that runs."""
        until = self.stage(number)[0] if self.standing(number) in STAGED else done_on
        if self.standing(number) in ("done", *STAGED):
            return periods(inspection, until)[0].start
        latest = periods(inspection, self.today)
        missed = int(self.raw["missed"].get(number, 0))
        first: dt.date = latest[min(max(missed, 1), len(latest) - 1)].start
        return max(first - dt.timedelta(days=1) if missed else first, self.feedback_on)

    def reported_on(self, number: str, issue: int, inspection: Inspection) -> dt.date:
        """The last report on work that goes on: a good month ago, or before the periods that were missed."""
        if number in self.raw["missed"]:
            return self.assigned_on(number, self.today, inspection)
        return self.today - dt.timedelta(days=36 + issue % 9)

    def done_on(self, number: str, pace: str, stated: dt.date | None) -> dt.date:
        """The day a finished measure was reported: as the notice states it, else of late, or spread over the period (demonstration)."""
        if stated is not None:
            return stated
        if ended := self._ended(number):
            return self.today - dt.timedelta(days=ended[0])
        issue, ordinal = map(int, number.split("-"))
        index = issue * 5 + ordinal
        span = 30 if pace == Measure.Pace.AT_ONCE else (self.period_end - self.feedback_on).days
        return self.feedback_on + dt.timedelta(days=8 + (index * 37) % (span - 10))
