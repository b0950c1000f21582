"""Figures over time: what became overdue and what was cleared week by week, how long things are overdue, units by week.

The past is reckoned from the due dates and clock-stops as they stand now: a date that was extended counts as extended all along, and a
completion that was returned counts as never claimed. For each week the balance holds: overdue at its end = overdue at its beginning +
became overdue − cleared.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass

from apps.measures.filters.figures import AGES
from apps.supervision.figures.rows import ONE_DAY, Row

WEEKS = 12
WEEK = dt.timedelta(days=7)
PAST_FORMULA = "以前各周按现在的整改时限和办结日期回算：批准过延期的按延期后的时限，退回补正的不算办结"
FLOW_FORMULA = (
    "新增逾期 = 当周第一次超过整改时限的措施数（到期次日起算）；消除逾期 = 逾期以后、当周申报完成的措施数；"
    f"办结 = 当周办结并经核实的措施数；周末逾期 = 上周末逾期 + 新增逾期 − 消除逾期。{PAST_FORMULA}"
)
AGES_FORMULA = "逾期天数 = 今天 − 整改时限（日历天，到期当天不算）；只数现在逾期的措施"
HEAT_FORMULA = f"每格 = 该单位牵头的措施中，当周结束时（本周为今天）逾期的条数。{PAST_FORMULA}"


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday; the current one ends today."""

    monday: dt.date
    end: dt.date

    @property
    def label(self) -> str:
        return f"{self.monday:%m-%d} 至 {self.end:%m-%d}"

    def has(self, day: dt.date | None) -> bool:
        return day is not None and self.monday <= day <= self.end


@dataclass(frozen=True)
class Flow:
    """What came and went in a week, and what was overdue when it ended."""

    week: Week
    raised: int
    cleared: int
    finished: int
    overdue: int


def weeks_until(today: dt.date, count: int = WEEKS) -> list[Week]:
    """The last weeks, the oldest first, the current one included."""
    monday = today - dt.timedelta(days=today.weekday())
    mondays = [monday - WEEK * back for back in reversed(range(count))]
    return [Week(day, min(day + WEEK - ONE_DAY, today)) for day in mondays]


def flow(rows: list[Row], today: dt.date) -> list[Flow]:
    return [
        Flow(
            week,
            raised=sum(week.has(row.late_from) for row in rows),
            cleared=sum(week.has(row.cleared_on) for row in rows),
            finished=sum(row.is_finished and week.has(row.stopped_on) for row in rows),
            overdue=sum(row.late_at_end_of(week.end) for row in rows),
        )
        for week in weeks_until(today)
    ]


def ages(rows: list[Row], today: dt.date) -> list[tuple[str, str, int]]:
    """How many are overdue by how many days: key and words of the band, and the number."""
    days = Counter((today - row.due_on).days for row in rows if row.mark == "over" and row.due_on)
    return [(key, words, sum(n for late, n in days.items() if least <= late <= most)) for key, words, least, most in AGES]


def heat(rows: list[Row], today: dt.date) -> tuple[list[Week], dict[int, list[int]]]:
    """By unit: what was overdue at the end of each week. Units that never were are left out."""
    weeks = weeks_until(today)
    found: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(weeks))
    for row in rows:
        for place, week in enumerate(weeks):
            if row.late_at_end_of(week.end):
                found[row.unit][place] += 1
    return weeks, dict(found)
