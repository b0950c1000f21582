"""分期未到账: the day of an instalment has passed, and what was read does not cover it and those before it (schedules.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.measures.models import Indicator, Instalment, Measure, Reading
from apps.supervision.models import Flag
from apps.supervision.timeliness.base import CHUNK, NOT_YET, Day, Found, Rule

PREFIX = "instalment:"
ARRIVED = "应到数额已登记到账"
RE_PLANNED = "分期计划已调整"
ELSEWHERE = "改在最近填报这项指标的措施上提示"


class Unpaid(Rule):
    """On the measure of the indicator; for one of the whole issue on the measure by which it was last reported, else on the first."""

    kind = Flag.Kind.UNPAID
    is_of_clock = False

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        self.matters: set[str] = set()

    def find(self) -> Iterator[Found]:
        counting = Reading.objects.counting().filter(indicator=OuterRef("indicator")).order_by("-as_of", "-pk")
        through = counting.filter(progress__isnull=False).values("progress__measure")[:1]
        first = Measure.objects.filter(issue=OuterRef("indicator__issue")).order_by("ordinal").values("pk")[:1]
        due = Instalment.objects.filter(indicator__issue__inspection=self.day.inspection, due_on__lt=self.today)
        about = Coalesce(F("indicator__measure"), Subquery(through), Subquery(first), output_field=BigIntegerField())
        rows = due.select_related("indicator").annotate(about=about, latest=Subquery(counting.values("value")[:1]))
        indicator, upto = 0, Decimal(0)
        for row in rows.order_by("indicator", "due_on").iterator(chunk_size=CHUNK):
            if row.indicator_id != indicator:
                indicator, upto = row.indicator_id, Decimal(0)
            upto += row.amount
            latest: Decimal = row.latest or Decimal(0)
            if row.about is not None and latest < upto:
                self.matters.add(f"{PREFIX}{row.pk}")
            if row.about is not None and row.about in self.day.portion and latest < upto:
                yield Found(row.about, row.due_on, f"{PREFIX}{row.pk}", (row.indicator, upto, latest))

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        indicator, upto, latest = found.facts
        should, have = shown(indicator, upto), shown(indicator, latest)
        facts = {"indicator": indicator.name, "instalment_due_on": found.due_on.isoformat(), "upto": should, "latest": have}
        name = indicator.name if len(indicator.name) <= LONGEST_NAME else f"{indicator.name[:LONGEST_NAME]}…"
        return f"分期：{name}应在 {found.due_on} 前累计到 {should}，已登记 {have}", facts

    def prepare(self, flags: list[tuple[int, str]]) -> None:
        keys = {int(matter.removeprefix(PREFIX)) for _measure, matter in flags}
        self.due_days: dict[int, dt.date] = dict(Instalment.objects.filter(pk__in=keys).values_list("pk", "due_on"))

    def why_over_though_running(self, flag: Flag) -> str:
        if flag.matter in self.matters:
            return ELSEWHERE
        if self.due_days.get(int(flag.matter.removeprefix(PREFIX))) != flag.due_on:
            return RE_PLANNED
        return ARRIVED if flag.due_on < self.today else NOT_YET


LONGEST_NAME = 60


def shown(indicator: Indicator, value: Decimal) -> str:
    """In the indicator's own unit."""
    return f"{indicator.to_shown(value):f} {indicator.unit}"
