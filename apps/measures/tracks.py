"""The three tracks of completion, kept apart: what the unit reports, what the office verifies, what a group checks on site.

Counts, rates and gaps of every page come from here, each rate with its formula beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Q

from apps.measures.rates import ROUNDING, percent

if TYPE_CHECKING:
    from apps.measures.querysets import MeasureQuerySet


class Formula(NamedTuple):
    """A rate, and in words what is divided by what."""

    key: str
    name: str
    words: str


TRACKS = (
    Formula("reported", "申报完成率", "单位申报完成的措施数（含待审核）÷ 措施总数"),
    Formula("verified", "核实完成率", "整改办核实完成的措施数（含阶段性完成）÷ 措施总数"),
    Formula("checked", "核查完成率", "整改办核实完成、又经督查组现场核查属实的措施数 ÷ 措施总数"),
)
GAPS = (
    ("reported", "verified", "待核实", "申报完成 − 核实完成"),
    ("verified", "checked", "待核查", "核实完成 − 核查完成"),
)


class Gap(NamedTuple):
    """How far one track is behind the one before it."""

    name: str
    number: int
    words: str


@dataclass
class TrackCounts:
    """Measures on the three tracks."""

    total: int = 0
    reported: int = 0
    verified: int = 0
    checked: int = 0

    rounding = ROUNDING

    def percent(self, track: str) -> Decimal | None:
        return percent(getattr(self, track), self.total)

    @property
    def rates(self) -> list[tuple[Formula, int, Decimal | None]]:
        """Each track with its count and its rate."""
        return [(formula, getattr(self, formula.key), self.percent(formula.key)) for formula in TRACKS]

    @property
    def gaps(self) -> list[Gap]:
        """What is claimed but not verified, and what is verified but not seen on site."""
        return [Gap(name, getattr(self, more) - getattr(self, less), words) for more, less, name, words in GAPS]


def on_tracks(every: MeasureQuerySet) -> dict[str, MeasureQuerySet]:
    """The measures that stand on each track."""
    return {"reported": every.reported(), "verified": every.finished(), "checked": every.checked()}


def counts_of(measures: MeasureQuerySet) -> TrackCounts:
    """Of a set of measures, in one query."""
    tracks = on_tracks(measures.model._default_manager.all())
    counts = {name: Count("pk", filter=Q(pk__in=rows.order_by().values("pk"))) for name, rows in tracks.items()}
    return TrackCounts(**measures.order_by().aggregate(total=Count("pk"), **counts))


def counts_of_rows(rows: Iterable[Any]) -> TrackCounts:
    """Of rows that were read with ``for_closing``."""
    measures = list(rows)
    return TrackCounts(
        len(measures),
        sum(row.is_reported for row in measures),
        sum(row.is_finished for row in measures),
        sum(row.is_checked for row in measures),
    )
