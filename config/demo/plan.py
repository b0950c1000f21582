"""Where each measure of the demonstration stands (``plan.yaml``) and which dates follow, counted from the day of loading."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from apps.issues.services import months_after
from apps.measures.models import Measure

Rule = Measure.DeadlineRule
AT_ONCE_MONTHS = 1


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
        lists = ("overdue", "soon", "running", "not_started", "review", "returned", "stage_done")
        return next((name for name in lists if number in self.raw[name]), "done")

    def person(self, number: str, unit: str) -> str:
        """Who answers for an unfinished measure of the unit, by post; finished ones name nobody."""
        return "" if self.standing(number) in ("done", "stage_done") else str(self.raw.get("persons", {}).get(unit, ""))

    def deadline(self, number: str, pace: str, done_on: dt.date) -> Deadline:
        """Unfinished measures: a fixed day relative to today. Finished ones: by pace, never before the day they were done."""
        standing = self.standing(number)
        if standing == "overdue":
            return Deadline(Rule.FIXED, "示例：按整改方案", self.today - dt.timedelta(days=self.raw[standing][number]))
        if standing not in ("done", "stage_done"):
            days = self.raw[standing][number]
            return Deadline(Rule.FIXED, "示例：按整改方案", self.today + dt.timedelta(days=days[0] if isinstance(days, list) else days))
        if pace == Measure.Pace.LONG_TERM:
            return Deadline(Rule.NONE, "示例：长期坚持，不设时限")
        months = AT_ONCE_MONTHS if pace == Measure.Pace.AT_ONCE else self.concentrated_months
        if months_after(self.feedback_on, months) < done_on:
            return Deadline(Rule.FIXED, "示例：按整改方案", done_on)
        basis = "示例：立行立改，一个月内" if pace == Measure.Pace.AT_ONCE else f"示例：集中整改期 {months} 个月"
        return Deadline(Rule.MONTHS, basis, start=self.feedback_on, count=months)

    def done_on(self, index: int, pace: str, stated: dt.date | None) -> dt.date:
        """The day a finished measure was reported: as the notice states it, else spread over the period (demonstration)."""
        if stated is not None:
            return stated
        span = 30 if pace == Measure.Pace.AT_ONCE else (self.period_end - self.feedback_on).days
        return self.feedback_on + dt.timedelta(days=8 + (index * 37) % (span - 10))
