"""漏报, 停滞, 退回未改: rules about the reports on a running measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from apps.measures.cadence import ONE_DAY, Period, period_of
from apps.measures.models import Progress
from apps.measures.querysets import not_unfounded
from apps.supervision.models import Flag
from apps.supervision.timeliness.base import CHUNK, NOT_YET, RULES_CHANGED, Day, Found, Rule

CAUGHT_UP = "已补报"
NEXT_PERIOD = "下一填报期已过，以最近一期为准"
MOVED = "已有新的进展填报"
RESUBMITTED = "退回后已重新填报"


class ReportRule(Rule):
    """What the three have in common: they end with a report made since. One query tells on which of the measures there is one."""

    def prepare(self, flags: list[tuple[int, str]]) -> None:
        measures = self.day.measures if len(flags) > CHUNK else self.day.measures.filter(pk__in=[measure for measure, _matter in flags])
        latest = Progress.objects.filter(measure=OuterRef("pk")).order_by("-reported_on")
        rows = measures.annotate(last_reported_on=Subquery(latest.values("reported_on")[:1]))
        self.last_reports: dict[int, dt.date | None] = dict(rows.values_list("pk", "last_reported_on"))

    def reported_since(self, flag: Flag) -> bool:
        last = self.last_reports.get(flag.measure_id)
        return last is not None and last >= flag.due_on


class Missed(ReportRule):
    """A report was owed for the last period that is over (cadence.py) and has not been made up for since."""

    kind = Flag.Kind.MISSED

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        current = period_of(day.inspection, day.today)
        self.period: Period | None = period_of(day.inspection, current.start - ONE_DAY) if current else None

    def find(self) -> Iterator[Found]:
        if self.period is None:
            return
        since = Progress.objects.filter(measure=OuterRef("pk"), reported_on__gt=self.period.end)
        rows = self.day.measures.owing(self.period).filter(~Exists(since), stopped_on__isnull=True)
        for pk, assigned_on in rows.values_list("pk", "assigned_on").iterator(chunk_size=CHUNK):
            yield Found(pk, self.period.end, "", (assigned_on,))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        (assigned_on,) = found.facts
        label = self.period.label if self.period else ""
        facts = {"period": label, "period_end": found.due_on.isoformat(), "assigned_on": assigned_on.isoformat()}
        return f"{label}（截至 {found.due_on}）应填报，没有填报，也没有补报", facts

    def why_over_though_running(self, flag: Flag) -> str:
        if self.reported_since(flag):
            return CAUGHT_UP
        return NEXT_PERIOD if self.period and flag.due_on < self.period.end else RULES_CHANGED


class Stalled(ReportRule):
    """No report that waits or counts for so many calendar days, counted from the last one, from the day a stage came back, from the
    assignment, or from the feedback. One that was sent back, or found untrue on site, is no progress."""

    kind = Flag.Kind.STALLED

    def find(self) -> Iterator[Found]:
        days = dt.timedelta(days=self.day.thresholds.stalled_days)
        last = (
            Progress.objects.filter(measure=OuterRef("pk"))
            .exclude(review="returned")
            .filter(not_unfounded())
            .order_by("-reported_on", "-pk")
        )
        # A stage that came back starts the count anew on its review day; one that rests has stopped the clock.
        counted_from = Case(When(next_review_on__lte=self.today, then=F("next_review_on")), default=F("reported_on"))
        began = Coalesce(F("assigned_on"), F("issue__inspection__feedback_on"))
        moved = Coalesce(Subquery(last.annotate(day=counted_from).values("day")[:1], output_field=DateField()), began)
        rows = self.day.measures.filter(stopped_on__isnull=True).annotate(moved_on=moved, began_on=began)
        quiet = rows.filter(Q(moved_on__lte=self.today - days) & Q(began_on__lte=self.today - days))
        for pk, moved_on, began_on in quiet.values_list("pk", "moved_on", "began_on").iterator(chunk_size=CHUNK):
            since = max(moved_on, began_on)
            yield Found(pk, since + days, "", (since,))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        (since,) = found.facts
        days = self.day.thresholds.stalled_days
        facts = {"since": since.isoformat(), "full_on": found.due_on.isoformat(), "days": days}
        return f"自 {since} 起 {days} 天没有进展填报（{found.due_on} 满期）", facts

    def why_over_though_running(self, flag: Flag) -> str:
        return MOVED if self.reported_since(flag) else RULES_CHANGED


class Returned(ReportRule):
    """The latest report was sent back, by the office or by a check on site, and so many working days have gone by without another."""

    kind = Flag.Kind.RETURNED

    def check(self) -> None:
        self.day.calendar.is_workday(self.today)

    def find(self) -> Iterator[Found]:
        allowed: dict[dt.date, dt.date | None] = {}
        latest, back_on = Progress.objects.filter(measure=OuterRef("pk")).order_by("-pk"), Coalesce("unfounded_on", "reviewed_on")
        rows = self.day.measures.returned().filter(stopped_on__isnull=True).annotate(back_on=Subquery(latest.values(day=back_on)[:1]))
        for pk, returned_on in rows.values_list("pk", "back_on").iterator(chunk_size=CHUNK):
            if returned_on not in allowed:
                allowed[returned_on] = self.last_day(returned_on)
            last_day = allowed[returned_on]
            if last_day is not None:
                yield Found(pk, last_day, "", (returned_on,))

    def last_day(self, returned_on: dt.date) -> dt.date | None:
        """The last day allowed, once it is over; only days before today are asked about."""
        count, day = self.day.thresholds.returned_working_days, returned_on
        while count > 0 and day < self.today - ONE_DAY:
            day += ONE_DAY
            count -= self.day.calendar.is_workday(day)
        return day if count == 0 else None

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        (returned_on,) = found.facts
        count = self.day.thresholds.returned_working_days
        facts = {"returned_on": returned_on.isoformat(), "working_days": count, "last_day": found.due_on.isoformat()}
        return f"{returned_on} 退回补正，{count} 个工作日内（{found.due_on} 前，含当日）没有重新填报", facts

    def why_over_though_running(self, flag: Flag) -> str:
        return RESUBMITTED if self.reported_since(flag) else NOT_YET
