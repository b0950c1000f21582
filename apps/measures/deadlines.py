"""Deadlines that can be explained: base date + rule + basis → date; and the working days they count.

A working day is looked up in the override table first, then in the statutory calendar (``chinesecalendar``, whose data
follow the State Council's yearly notice). A year that is not loaded is refused, never guessed (domain.md §1.1, §5 no. 6).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import chinese_calendar

from apps.issues.models import Inspection
from apps.issues.services import months_after
from apps.measures.models import CalendarOverride, Measure
from apps.units.errors import ActRefused

ONE_DAY = dt.timedelta(days=1)


class CalendarNotLoaded(ActRefused):
    """The statutory calendar of a year is not loaded, so its working days are not known."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年的节假日安排尚未载入，无法计算工作日。请先在“工作日调整”中登记，或改用指定日期", field="deadline_rule")
        self.year = year


@dataclass
class WorkCalendar:
    """Working days, with the overrides read once."""

    overrides: dict[dt.date, bool] = field(default_factory=lambda: dict(CalendarOverride.objects.values_list("day", "is_workday")))

    def is_workday(self, day: dt.date) -> bool:
        """Whether the day is worked; raises :class:`CalendarNotLoaded` for a year without data."""
        if day in self.overrides:
            return self.overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError as error:  # how chinese_calendar says that it has no data for the year
            raise CalendarNotLoaded(day.year) from error

    def after(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th working day after ``day``."""
        while count > 0:
            day += ONE_DAY
            count -= self.is_workday(day)
        return day

    def soon_until(self, today: dt.date, count: int) -> dt.date:
        """The last day that counts as due soon: the ``count``-th working day after today.

        Where the calendar ends before that, the last known day: a flag may then come late by the gap, but none is guessed.
        """
        day = today
        try:
            while count > 0:
                count -= self.is_workday(day + ONE_DAY)
                day += ONE_DAY
        except CalendarNotLoaded:
            return day
        return day

    def waited(self, since: dt.date, today: dt.date) -> str:
        """How long something has waited, in working days; in calendar days where the statutory calendar ends."""
        days = [since + n * ONE_DAY for n in range(1, (today - since).days + 1)]
        if not days:
            return "今天提交"
        try:
            return f"等待 {sum(self.is_workday(day) for day in days)} 个工作日"
        except CalendarNotLoaded:
            return f"等待 {len(days)} 天"


def due_date(
    *, rule: str, count: int | None, start: dt.date | None, fixed: dt.date | None, calendar: WorkCalendar | None = None
) -> dt.date | None:
    """The date a rule gives: calendar months (clipped to the month's end), working days, or the fixed day; None for 长期坚持.

    ``calendar`` is one that was read before, where many dates are computed at once.
    """
    if rule == Measure.DeadlineRule.NONE:
        return None
    if rule == Measure.DeadlineRule.FIXED:
        if fixed is None:
            raise ActRefused("请填写整改时限", field="due_on")
        return fixed
    if start is None or not count:
        raise ActRefused("按期数计算时限，要填写起算日和期数", field="deadline_count")
    if rule == Measure.DeadlineRule.MONTHS:
        return months_after(start, count)
    return (calendar or WorkCalendar()).after(start, count)


def window(inspection: Inspection) -> tuple[dt.date, dt.date]:
    """Today in the inspection's time zone, and the last day that counts as due soon."""
    today = inspection.today()
    return today, WorkCalendar().soon_until(today, inspection.soon_working_days)
