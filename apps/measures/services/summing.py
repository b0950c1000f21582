"""Declared sums are held to where figures are entered and again where a report is approved."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from apps.measures.models import Indicator, Measure, Progress
from apps.measures.sums import Figure, Sums
from apps.units.errors import ActRefused


def refuse_broken_sums(issue: int, figures: Iterable[Figure], *, settled: Collection[int] = (), field: str = "readings") -> None:
    """Refuse figures with which a total is not the sum of its parts at the same moment; both sides are said."""
    new = list(figures)
    if not new:
        return
    broken = Sums.of([issue]).broken_by(new, settled)
    if broken:
        raise ActRefused(f"{'；'.join(row.words for row in broken)}。请核对后改正", field=field)


def refuse_broken_report(measure: Measure, figures: Iterable[Figure]) -> None:
    """The same for a report on the measure; what it leaves out of what it may fill in has not changed."""
    new = list(figures)
    if new:
        settled = set(Indicator.objects.reported_by(measure).values_list("pk", flat=True))
        refuse_broken_sums(measure.issue_id, new, settled=settled)


def figures_of(report: Progress) -> list[Figure]:
    """The figures that count once the report is approved."""
    return [Figure(*row) for row in report.readings.order_by("pk").values_list("indicator", "as_of", "value")]
