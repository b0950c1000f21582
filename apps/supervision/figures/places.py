"""Units in order, with the reasons for the place: plain counts compared one after the other, nothing weighed and nothing hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from apps.issues.models import Inspection
from apps.measures.cadence import Period, periods
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.figures.rows import Row, Tally, tallies
from apps.supervision.models import Letter
from apps.units.models import Unit, User

RANKING_FORMULA = (
    "排序依次比较：逾期条数（多的在前）、退回补正条数（多的在前）、未回复的督查单（多的在前）、上期漏报条数（多的在前）、核实完成率（低的在前）；"
    "前一项相同才比较后一项，不加权、不打分"
)


@dataclass(frozen=True)
class Place:
    """A unit, what it is compared by, and why it stands where it does."""

    number: int
    unit: Unit
    tally: Tally
    letters: int
    unanswered: int
    missed: int

    @property
    def rate(self) -> Decimal | None:
        return self.tally.percent("verified")

    @property
    def because(self) -> str:
        """What counts against the unit, in the order of the comparison."""
        parts = (
            (self.tally.overdue, "逾期 {} 条"),
            (self.tally.returned, "退回补正 {} 条"),
            (self.unanswered, "督查单未回复 {} 张"),
            (self.missed, "上期漏报 {} 条"),
        )
        said = [words.format(number) for number, words in parts if number]
        return "；".join(said) or f"前几项都没有，只比核实完成率（{self.rate}%）"


def ranking(user: User | None, inspection: Inspection, measures: MeasureQuerySet, rows: list[Row], today: dt.date) -> list[Place]:
    """From the most behind to the least, in three queries. ``user`` None: of everybody's letters."""
    by_unit = tallies(rows, lambda row: row.unit)
    letters = letters_by_unit(user, inspection)
    missed = missed_by_unit(measures, last_period(inspection, today))
    units = Unit.objects.in_bulk(list(by_unit))

    def key(unit: int) -> tuple[int, int, int, int, Decimal, str]:
        tally = by_unit[unit]
        rate = tally.percent("verified") or Decimal(0)
        return (-tally.overdue, -tally.returned, -letters.get(unit, (0, 0))[1], -missed.get(unit, 0), rate, units[unit].short_name)

    return [
        Place(place, units[unit], by_unit[unit], *letters.get(unit, (0, 0)), missed.get(unit, 0))
        for place, unit in enumerate(sorted(by_unit, key=key), start=1)
    ]


def last_period(inspection: Inspection, today: dt.date) -> Period | None:
    """The latest reporting period that has ended."""
    return next((period for period in periods(inspection, today) if not period.is_current(today)), None)


def letters_by_unit(user: User | None, inspection: Inspection) -> Mapping[int, tuple[int, int]]:
    """By unit: letters sent to it in the round, and those of them that wait for an answer."""
    seen = Letter.objects.all() if user is None else Letter.objects.visible_to(user)
    grouped = seen.filter(inspection=inspection).order_by().values_list("unit")
    return {
        unit: (n, waiting) for unit, n, waiting in grouped.annotate(Count("pk"), waiting=Count("pk", filter=Q(state__in=Letter.WAITING)))
    }


def missed_by_unit(measures: MeasureQuerySet, period: Period | None) -> Mapping[int, int]:
    """By lead unit: measures that owed a report for the period and have none."""
    if period is None:
        return {}
    return dict(measures.owing(period).order_by().values_list("lead_unit").annotate(Count("pk")))
