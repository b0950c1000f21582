"""The review queue of the office: the longest waiting first, approve or send back with a written requirement."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import SignedRequest, put_refusal, require_role
from apps.measures.deadlines import WorkCalendar
from apps.measures.forms import ApproveForm, SendBackForm
from apps.measures.models import Extension, Progress
from apps.measures.services import approve as approve_report
from apps.measures.services import send_back as send_back_report
from apps.measures.sums import SumsOfReports
from apps.measures.views.sheet import increments
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from apps.units.parameters import refuse_unknown

QUEUE_LENGTH = 50


@require_safe
def reviews(request: SignedRequest) -> HttpResponse:
    """Reports that wait for a review, and requests for a later date that wait for a decision."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request)
    return _queue(request)


@require_POST
def approve(request: SignedRequest, pk: int) -> HttpResponse:
    """The office verifies a report."""
    report = _report(request, pk)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _queue(request, report.pk, opinion=form)
    approve_report(actor=request.user, report=report, opinion=form.cleaned_data["opinion"])
    messages.success(request, f"措施 {report.measure.number} 的填报已审核通过，并记入台账。")
    return redirect("measures:reviews")


@require_POST
def send_back(request: SignedRequest, pk: int) -> HttpResponse:
    """The office sends a report back; what has to be added must be written down."""
    report = _report(request, pk)
    form = SendBackForm(request.POST)
    if form.is_valid():
        try:
            send_back_report(actor=request.user, report=report, requirement=form.cleaned_data["requirement"])
        except (ActConflict, ActForbidden):
            raise
        except ActRefused as refusal:
            put_refusal(form, refusal)
        else:
            messages.success(request, f"措施 {report.measure.number} 的填报已退回补正，并记入台账。")
            return redirect("measures:reviews")
    return _queue(request, report.pk, requirement=form)


def _report(request: SignedRequest, pk: int) -> Progress:
    report = get_object_or_404(Progress.objects.visible_to(request.user).select_related("measure__issue__inspection"), pk=pk)
    require_role(request.user, Role.OFFICE)
    return report


def _queue(
    request: SignedRequest, refused: int | None = None, *, requirement: SendBackForm | None = None, opinion: ApproveForm | None = None
) -> HttpResponse:
    """The queue; when an act was refused, the form of that report keeps what was typed and says what to do (400)."""
    waiting = Progress.objects.visible_to(request.user).pending()
    rows = list(waiting.for_queue().select_related("reported_by__unit")[:QUEUE_LENGTH])
    rows.sort(key=lambda row: row.pk != refused)
    calendar, lines, checked = WorkCalendar(), [], SumsOfReports(rows)
    for row in rows:
        today = row.measure.issue.inspection.today()
        mine = row.pk == refused
        lines.append(
            {
                "report": row,
                "today": today,
                "waited": calendar.waited(row.reported_on, today),
                "readings": increments(row.readings.all(), {}),
                "sums": checked.of(row),
                "open": mine,
                "send_back": requirement if mine and requirement else SendBackForm(auto_id=f"back-{row.pk}-%s"),
                "approve": opinion if mine and opinion else ApproveForm(auto_id=f"ok-{row.pk}-%s"),
            }
        )
    extensions = Extension.objects.filter(decision=Extension.Decision.PENDING).select_related("measure__issue", "measure__lead_unit")
    context = {
        "lines": lines,
        "waiting": waiting.count(),
        "extensions": list(extensions.order_by("pk")),
        "register": reverse("measures:register"),
    }
    return render(request, "measures/reviews.html", context, status=400 if refused else 200)
