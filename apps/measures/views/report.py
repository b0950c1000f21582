"""The report form: the unit says how far it is, with figures and proof."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from apps.issues.pages import FormPage, SignedRequest, require_role, run_form
from apps.measures.deadlines import window
from apps.measures.forms.measures import ReportForm
from apps.measures.models import Indicator, Measure, Progress
from apps.measures.policies import reports_on
from apps.measures.services import report_progress
from apps.measures.views.frames import measure_crumbs, sheet_address
from apps.measures.views.sheet import latest_shown
from apps.units.errors import ActForbidden
from apps.units.models import Role


@require_http_methods(("GET", "HEAD", "POST"))
def report(request: SignedRequest, pk: int) -> HttpResponse:
    """Report on a measure; after success the measure sheet shows the report waiting for its review."""
    seen = Measure.objects.visible_to(request.user)
    measure = get_object_or_404(seen.select_related("issue__inspection", "lead_unit"), pk=pk)
    require_role(request.user, Role.LIAISON, Role.OFFICE)
    if request.user.role == Role.LIAISON and not reports_on(request.user, measure):
        raise ActForbidden(f"措施 {measure.number} 由{measure.lead_unit.name}牵头，请由牵头单位填报")
    today, until = window(measure.issue.inspection)
    indicators = list(Indicator.objects.reported_by(measure).with_latest().order_by("pk"))

    def act(values: dict[str, Any]) -> str:
        report_progress(
            actor=request.user,
            measure=measure,
            **{name: values[name] for name in ("claim", "text", "as_of", "signed_by", "difficulties", "next_step", "version")},
            is_vouched_for=values["is_vouched_for"],
            stage=form.stage(),
            evidence=form.evidence(),
            readings=form.readings(),
            on=values.get("reported_on"),
        )
        return sheet_address(measure)

    last = measure.reports.select_related("reviewed_by").first()
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        measure=measure,
        indicators=indicators,
        today=today,
        user=request.user,
        initial={"version": measure.version, **beginning(last, today)},
    )
    form.offer_kept(last)
    page = FormPage(f"填报进展 {measure.number}", "提交审核", sheet_address(measure), measure_crumbs(measure))
    aside = {
        "measure": seen.for_register(today, until).get(pk=measure.pk),
        "last": last,
        "today": today,
        "outcomes": [(row, form[f"value_{row.pk}"], form[f"as_of_{row.pk}"], latest_shown(row)) for row in indicators],
    }
    return run_form(request, form, act, page, template="measures/report.html", aside=aside)


def beginning(last: Progress | None, today: dt.date) -> dict[str, Any]:
    """What the form holds before anybody has typed: after a return the words of the returned report, to be put right, not typed again."""
    fresh = {"claim": Measure.State.ONGOING.value, "as_of": today}
    if last is None or last.review != Progress.Review.RETURNED:
        return fresh
    kept = ("claim", "text", "signed_by", "difficulties", "next_step", "stage_goal", "next_review_on")
    return fresh | {name: getattr(last, name) for name in kept}
