"""What a unit's workbook is about, read once: its measures with their latest report, its figures, the files of returned reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Prefetch

from apps.issues.models import Inspection, Issue
from apps.measures import workflow
from apps.measures.deadlines import window
from apps.measures.models import Evidence, EvidenceVersion, Indicator, Measure, Progress, Reading
from apps.measures.papers.records import latest, with_reports
from apps.measures.querysets import MeasureQuerySet
from apps.units.models import Role, Unit, User

MOST_MEASURES = 2000


@dataclass
class UnitRows:
    """The measures that a unit leads in a round, in the order of their numbers, and the figures that it may report with them."""

    inspection: Inspection
    unit: Unit
    measures: list[Measure]
    figures: list[Indicator] = field(default_factory=list)
    latest_reading: dict[int, int] = field(default_factory=dict)
    """By indicator, the key of its latest reading of any standing."""

    def figures_of(self, measure: Measure) -> list[Indicator]:
        """As ``IndicatorQuerySet.reported_by`` has it."""
        return [row for row in self.figures if row.issue_id == measure.issue_id and row.measure_id in (None, measure.pk)]


def units_with_measures(user: User, inspection: Inspection) -> list[tuple[Unit, int]]:
    """The units whose workbooks the user may take along, with how many measures each leads."""
    led = Measure.objects.visible_to(user).filter(issue__inspection=inspection)
    led = led if user.role == Role.OFFICE else led.filter(lead_unit=user.unit_id)
    counts = dict(led.order_by().values_list("lead_unit").annotate(n=Count("pk")))
    return [(unit, counts[unit.pk]) for unit in Unit.objects.filter(pk__in=counts).order_by("kind", "pk")]


def rows_of(inspection: Inspection, unit: Unit, measures: MeasureQuerySet) -> UnitRows:
    """Of the measures given, those that the unit leads in the round; a fixed number of queries."""
    led = measures.filter(issue__inspection=inspection, lead_unit=unit)
    versions = Prefetch("evidence__versions", EvidenceVersion.objects.order_by("-number"))
    rows = list(
        with_reports(led.for_register(*window(inspection))).prefetch_related(
            Prefetch("evidence", Evidence.objects.order_by("pk")), versions
        )
    )
    keys = {row.pk for row in rows}
    figures = Indicator.objects.filter(issue__in={row.issue_id for row in rows}).select_related("issue").with_latest()
    own = [row for row in figures.order_by("issue__number", "pk") if row.measure_id is None or row.measure_id in keys]
    readings = Reading.objects.filter(indicator__in=[row.pk for row in own]).order_by("pk").values_list("indicator", "pk")
    return UnitRows(inspection, unit, rows, own, dict(readings))


def may_be_reported(measure: Measure) -> bool:
    """Whether the state of the measure and of its issue allows a report now."""
    return measure.progress in workflow.REPORT.sources and measure.issue.closure == Issue.ClosureState.OPEN


def why_not(measure: Measure) -> str:
    """Why a measure rests, in the words of the workbook; empty where it does not."""
    if measure.issue.closure == Issue.ClosureState.CLOSED:
        return "问题已销号，不再填报"
    if measure.issue.closure == Issue.ClosureState.APPLIED:
        return "问题正在审定销号，审定结束后再填报"
    return "上一份填报待审核，审核后再填报" if measure.progress == Measure.State.IN_REVIEW else ""


def returned(measure: Measure) -> Progress | None:
    """The latest report where it was sent back: its words and files are offered again."""
    report = latest(measure)
    return report if report is not None and report.review == Progress.Review.RETURNED and may_be_reported(measure) else None


def files_to_keep(measures: Iterable[Measure]) -> list[tuple[Measure, Evidence, EvidenceVersion]]:
    """The files of reports that were sent back, each in its latest version."""
    found = []
    for measure in measures:
        report = returned(measure)
        for row in measure.evidence.all() if report else ():
            versions = list(row.versions.all())
            if report is not None and row.progress_id == report.pk and versions:
                found.append((measure, row, versions[0]))
    return found
