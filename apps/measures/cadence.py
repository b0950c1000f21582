"""Which reports a unit owes (domain.md §1.1: reports run monthly or quarterly until all is closed; §4 pain 4: effort drops after the
first report).

The rule. A round is reported on every half month, month or quarter (``Inspection.report_every``). Periods are those of the calendar:
half months run from the 1st to the 15th and from the 16th to the month's end, months and quarters as usual. The first period begins
on the day of the feedback and is shorter for it, so that every day from then on belongs to exactly one period.

A measure owes one report for a period when its lead unit answered for it before the period began (``Measure.assigned_on``) and it was
not finished by the period's end. Any report submitted in the period counts, whatever became of it in review. A stage that is complete
rests until its review day and owes nothing for the periods it touches. For the current period what is owed is 本期应报; for earlier
ones it is 漏报. Nothing of this is stored: ``MeasureQuerySet.owing(period)`` derives it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from apps.issues.models import Inspection
from apps.issues.services import months_after

ONE_DAY = dt.timedelta(days=1)
SECOND_HALF = 16


@dataclass(frozen=True)
class Period:
    """One reporting period, both days included; ``key`` is its name in addresses, ``label`` on the screen."""

    key: str
    label: str
    start: dt.date
    end: dt.date

    def is_current(self, today: dt.date) -> bool:
        return self.start <= today <= self.end


def period_of(inspection: Inspection, day: dt.date) -> Period | None:
    """The period of the round to which the day belongs; None before the feedback."""
    if day < inspection.feedback_on:
        return None
    key, label, start, end = _calendar_period(inspection.report_every, day)
    return Period(key, label, max(start, inspection.feedback_on), end)


def periods(inspection: Inspection, until: dt.date) -> list[Period]:
    """The periods from the feedback until that day, the latest first: the current one leads."""
    found: list[Period] = []
    day = until
    while (period := period_of(inspection, day)) is not None:
        found.append(period)
        day = period.start - ONE_DAY
    return found


def _calendar_period(cadence: str, day: dt.date) -> tuple[str, str, dt.date, dt.date]:
    first = day.replace(day=1)
    month = f"{day.year} 年 {day.month} 月"
    if cadence == Inspection.Cadence.HALF_MONTH:
        if day.day < SECOND_HALF:
            return f"{day:%Y-%m}-a", f"{month}上半月", first, first.replace(day=SECOND_HALF - 1)
        return f"{day:%Y-%m}-b", f"{month}下半月", first.replace(day=SECOND_HALF), months_after(first, 1) - ONE_DAY
    if cadence == Inspection.Cadence.QUARTER:
        quarter = (day.month - 1) // 3 + 1
        first = first.replace(month=3 * quarter - 2)
        return f"{day.year}-q{quarter}", f"{day.year} 年第 {quarter} 季度", first, months_after(first, 3) - ONE_DAY
    return f"{day:%Y-%m}", month, first, months_after(first, 1) - ONE_DAY
