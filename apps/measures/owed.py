"""Who owes a report, as one user sees it: counts by period and by unit over ``MeasureQuerySet.owing`` (the rule is in cadence.py)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from apps.issues.models import Inspection
from apps.measures.cadence import Period, periods
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.units.models import Role, User

COUNTED = 6


@dataclass(frozen=True)
class PeriodCount:
    """A period and how many reports are owed for it."""

    period: Period
    count: int
    is_current: bool

    @property
    def word(self) -> str:
        return "本期应报" if self.is_current else "漏报"


@dataclass(frozen=True)
class Owed:
    """The reports owed in one round. A liaison's are those of the measures the own unit leads: supporting units report nothing.

    What a unit only reviews (会审) is no work of its people: nobody urges on it.
    """

    user: User
    inspection: Inspection
    today: dt.date

    @property
    def measures(self) -> MeasureQuerySet:
        rows = Measure.objects.worked_on_by(self.user).filter(issue__inspection=self.inspection)
        return rows.filter(lead_unit=self.user.unit) if self.user.role == Role.LIAISON else rows

    @cached_property
    def periods(self) -> list[Period]:
        """The latest first; the first of them is the current one."""
        return periods(self.inspection, self.today)

    @property
    def usual(self) -> Period | None:
        """What a list shows first: the last period that is over, the current one where there is none."""
        return next(iter(self.periods[1:2] or self.periods), None)

    def named(self, key: str) -> Period | None:
        return next((period for period in self.periods if period.key == key), None)

    def counts(self, most: int = COUNTED) -> list[PeriodCount]:
        """The latest periods with what is owed for each, in one query."""
        latest = self.periods[:most]
        parts: dict[str, Any] = {
            f"p{place}": Count("pk", filter=Q(pk__in=Measure.objects.owing(period).order_by().values("pk")))
            for place, period in enumerate(latest)
        }
        found = self.measures.order_by().aggregate(**parts) if parts else {}
        return [PeriodCount(period, found[f"p{place}"], period.is_current(self.today)) for place, period in enumerate(latest)]

    def by_unit(self, period: Period) -> list[tuple[int, str, int]]:
        """Number, name and count of each unit that owes something, the most first."""
        rows = self.measures.owing(period).order_by().values_list("lead_unit", "lead_unit__short_name").annotate(n=Count("pk"))
        return sorted(rows, key=lambda row: (-row[2], row[0]))
