"""The measure sheet: what is to be done, by whom and when; what was reported, reviewed and proved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.issues.pages import SignedRequest, may_take
from apps.ledgers.models import Entry
from apps.measures import workflow
from apps.measures.comparing import Comparison, compare
from apps.measures.deadlines import CalendarNotLoaded, due_date, window
from apps.measures.evidence import EvidenceLine, evidence_lines, may_update
from apps.measures.models import Extension, Indicator, Measure, Progress, Reading
from apps.measures.policies import reports_on
from apps.measures.standing import StageState, Track, stage_of, tracks_of
from apps.measures.sums import Difference, Figure, Sums
from apps.units.models import Role, User

LINES = 200


@dataclass(frozen=True)
class ReadingLine:
    """A reading with what it adds to the one before that counts (None: the first)."""

    reading: Reading
    added: str | None


@dataclass(frozen=True)
class ReportLine:
    """A report with its figures, beside the returned one that it makes good."""

    report: Progress
    readings: list[ReadingLine]
    comparison: Comparison | None


class MeasureSheet:
    """One measure as one user sees it."""

    def __init__(self, measure: Measure, user: User, today: dt.date) -> None:
        self.measure, self.user, self.today = measure, user, today

    @cached_property
    def reports(self) -> list[ReportLine]:
        people = ("reported_by__unit", "reviewed_by", "claimed_by", "resubmits__reviewed_by")
        rows = self.measure.reports.select_related(*people).prefetch_related("evidence__versions", "readings__indicator")
        return [ReportLine(row, increments(row.readings.all(), self._all_readings), compare(row)) for row in rows]

    @cached_property
    def _all_readings(self) -> dict[int, list[Reading]]:
        """The readings that count of the issue's indicators, the latest first."""
        found: dict[int, list[Reading]] = {}
        rows = Reading.objects.counting().filter(indicator__issue=self.measure.issue_id).order_by("-as_of", "-pk")
        for row in rows:
            found.setdefault(row.indicator_id, []).append(row)
        return found

    @cached_property
    def evidence(self) -> list[EvidenceLine]:
        return evidence_lines(self.measure, self.user)

    @cached_property
    def indicators(self) -> list[tuple[Indicator, str]]:
        """The figures that belong to this measure, each with its latest value in its own unit."""
        return [(row, latest_shown(row)) for row in Indicator.objects.filter(measure=self.measure.pk).with_latest().order_by("pk")]

    @cached_property
    def differences(self) -> list[Difference]:
        """Declared sums that do not hold by what was read last, where a figure of this measure stands in them."""
        own = {row.pk for row, _value in self.indicators} | {row.total_id for row, _value in self.indicators}
        if not own:
            return []
        figures = [Figure(row.indicator_id, row.as_of, row.value) for rows in self._all_readings.values() for row in reversed(rows)]
        sums = Sums(Indicator.objects.filter(issue=self.measure.issue_id).order_by("pk"), figures)
        return [found for found in sums.differing() if found.total.pk in own]

    @cached_property
    def extensions(self) -> list[Extension]:
        return list(self.measure.extensions.for_list())

    @cached_property
    def seen_on_site(self) -> list[Any]:
        """What was seen on site, the latest first, with the visit and the photos."""
        checks = self.measure.site_checks.select_related("visit", "group", "checked_by")
        return list(checks.prefetch_related("attachments").order_by("-checked_on", "-pk"))

    @cached_property
    def dispatched(self) -> list[Any]:
        """What meetings decided about the measure, the latest first; only of meetings that are over."""
        items = self.measure.dispatch_items.filter(dispatch__state="closed").exclude(decision="")
        return list(items.select_related("dispatch").order_by("-dispatch__held_on", "-pk"))

    @property
    def pending_extension(self) -> Extension | None:
        return next((row for row in self.extensions if row.is_open), None)

    @property
    def may_decide_extension(self) -> bool:
        """Whether the open request waits for this user; a later one goes from the office up to a leader."""
        row = self.pending_extension
        if row is None:
            return False
        return self.user.is_leader if row.decision == Extension.Decision.ENDORSED else self.user.role == Role.OFFICE

    @cached_property
    def flags(self) -> list[Any]:
        """The flags it carries now; they are rows of a room above."""
        found = list(self.measure.flags.standing().select_related("acknowledged_by").order_by("due_on", "pk"))
        for flag in found:
            flag.measure = self.measure
        return found

    @property
    def may_note_flags(self) -> bool:
        if self.user.role not in (Role.OFFICE, Role.SUPERVISOR):
            return False
        return Measure.objects.worked_on_by(self.user).filter(pk=self.measure.pk).exists()

    @property
    def tracks(self) -> list[Track]:
        return tracks_of(self.measure, [line.report for line in self.reports], self.seen_on_site)

    @property
    def stage(self) -> StageState | None:
        return stage_of(self.measure, [line.report for line in self.reports])

    @property
    def pending(self) -> Progress | None:
        return next((line.report for line in self.reports if line.report.review == Progress.Review.PENDING), None)

    @property
    def returned(self) -> Progress | None:
        """The latest report, if it was sent back."""
        latest = self.reports[0].report if self.reports else None
        return latest if latest is not None and latest.review == Progress.Review.RETURNED else None

    @cached_property
    def entries(self) -> list[Entry]:
        book = self.measure.issue.inspection.book_id
        return list(Entry.objects.filter(book=book).about([("measure", [self.measure.pk])])[:LINES])

    @property
    def deadline_words(self) -> str:
        """How the date came about: base + rule + basis → date."""
        row = self.measure
        if row.deadline_rule == Measure.DeadlineRule.NONE:
            return "长期坚持，不设时限"
        if row.deadline_rule == Measure.DeadlineRule.FIXED:
            return "指定日期"
        unit = "个月" if row.deadline_rule == Measure.DeadlineRule.MONTHS else "个工作日"
        words = f"自 {row.deadline_from} 起 {row.deadline_count} {unit}"
        try:
            return f"{words} → {due_date(rule=row.deadline_rule, count=row.deadline_count, start=row.deadline_from, fixed=None)}"
        except CalendarNotLoaded:
            return words

    @property
    def may(self) -> dict[str, bool]:
        """What the page offers; the services decide."""
        state, user, row = self.measure.progress, self.user, self.measure
        office = user.role == Role.OFFICE
        return {
            "report": may_take(workflow.REPORT, state, user) and (office or reports_on(user, row)) and row.issue.closure == "open",
            "amend": may_take(workflow.AMEND, state, user) and row.issue.closure != "closed",
            "extend": may_take(workflow.EXTEND, state, user)
            and reports_on(user, row)
            and row.due_on is not None
            and row.due_on >= self.today
            and self.pending_extension is None,
            "decide": office,
            "update": may_update(user, row),
        }


def latest_shown(row: Any) -> str:
    """The latest value (annotated by ``with_latest``) in the indicator's own unit; empty where there is none yet."""
    return f"{row.to_shown(row.latest):f}" if row.latest is not None else ""


def increments(readings: Iterable[Reading], counting: dict[int, list[Reading]]) -> list[ReadingLine]:
    """Each reading with its increment over the latest earlier one of the same indicator that counts."""
    return [ReadingLine(row, _added(row, counting.get(row.indicator_id, []))) for row in readings]


def _added(row: Reading, others: list[Reading]) -> str | None:
    before = [other for other in others if other.pk < row.pk and other.as_of <= row.as_of]
    if not before:
        return None
    difference: Decimal = row.value - before[0].value
    return f"{row.indicator.to_shown(difference):+f}"


@require_safe
def sheet(request: SignedRequest, pk: int) -> HttpResponse:
    """All about one measure."""
    seen = Measure.objects.visible_to(request.user)
    slim = get_object_or_404(seen.select_related("issue__inspection"), pk=pk)
    today, until = window(slim.issue.inspection)
    measure = (
        seen.for_register(today, until)
        .select_related("issue__inspection__book", "issue__category", "lead_unit", "decided_item__activity")
        .get(pk=pk)
    )
    context = {"measure": measure, "issue": measure.issue, "sheet": MeasureSheet(measure, request.user, today), "today": today}
    return render(request, "measures/sheet.html", context)
