"""临期, 逾期, 严重逾期: rules about the due date of a running measure. Due today is not late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from apps.measures.querysets import MeasureQuerySet
from apps.supervision.models import Flag
from apps.supervision.timeliness.base import CHUNK, NOT_YET, RULES_CHANGED, Found, Rule

NO_DUE_DATE = "已改为长期坚持，不设时限"
RE_DATED = "整改时限已调整"
PASSED = "已过时限，转为逾期"


class DueRule(Rule):
    """What the three have in common: the flag is about the due date the measure has."""

    def rows(self) -> MeasureQuerySet:
        raise NotImplementedError  # said by each rule; Rule is no ABC, since its other hooks may stay empty

    def find(self) -> Iterator[Found]:
        for pk, due_on in self.rows().values_list("pk", "due_on").iterator(chunk_size=CHUNK):
            if due_on is not None:  # the rows have one
                yield Found(pk, due_on)

    def why_over_though_running(self, flag: Flag) -> str:
        if flag.measure.due_on is None:
            return NO_DUE_DATE
        return RE_DATED if flag.measure.due_on != flag.due_on else self.why_over_on_this_date(flag.due_on)

    def why_over_on_this_date(self, _due_on: dt.date) -> str:
        return NOT_YET


class Soon(DueRule):
    """Due within so many working days. The whole way to that day must be known: no day is guessed to be worked."""

    kind = Flag.Kind.SOON

    @property
    def until(self) -> dt.date:
        return self.day.calendar.after(self.today, self.day.inspection.soon_working_days)

    def check(self) -> None:
        self.day.calendar.is_workday(self.today)
        self.day.calendar.is_workday(self.until)

    def rows(self) -> MeasureQuerySet:
        return self.day.measures.due_soon(self.today, self.until)

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        count = self.day.inspection.soon_working_days
        rule = f"整改时限 {found.due_on}，在 {count} 个工作日以内（截至 {self.until}），尚未申报完成"
        return rule, {"due_on": found.due_on.isoformat(), "working_days": count, "until": self.until.isoformat()}

    def why_over_on_this_date(self, due_on: dt.date) -> str:
        return PASSED if due_on < self.today else NOT_YET


class Overdue(DueRule):
    """Past the due date."""

    kind = Flag.Kind.OVERDUE

    def rows(self) -> MeasureQuerySet:
        return self.day.measures.overdue(self.today)

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        return f"整改时限 {found.due_on} 已过，尚未申报完成", {"due_on": found.due_on.isoformat()}


class Grave(DueRule):
    """More than so many calendar days past the due date; beside 逾期, not instead of it."""

    kind = Flag.Kind.GRAVE

    def rows(self) -> MeasureQuerySet:
        return self.day.measures.overdue(self.today - dt.timedelta(days=self.day.thresholds.grave_days))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        days = self.day.thresholds.grave_days
        return f"整改时限 {found.due_on} 已过 {days} 天以上，尚未申报完成", {"due_on": found.due_on.isoformat(), "days": days}

    def why_over_on_this_date(self, due_on: dt.date) -> str:
        return RULES_CHANGED if due_on < self.today else NOT_YET
