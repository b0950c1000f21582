"""What a round counts of itself as a whole: the same numbers for the notice's prose, the dashboard, the API and the workbook."""

from __future__ import annotations

from dataclasses import dataclass

from apps.issues.models import Inspection
from apps.measures.models import Measure


@dataclass(frozen=True)
class Totals:
    """The whole round, whoever asks."""

    categories: int
    issues: int
    measures: int
    regulations: int
    led: int
    groups: int


def totals(inspection: Inspection) -> Totals:
    """Regulations are those made or revised (健全完善); the abolished are on the register but not in the count."""
    return Totals(
        categories=inspection.categories.count(),
        issues=inspection.issues.count(),
        measures=Measure.objects.filter(issue__inspection=inspection).count(),
        regulations=inspection.regulations.in_force().count(),
        led=inspection.issues.filter(led_by_secretary=True).count(),
        groups=inspection.supervision_groups.count(),
    )
