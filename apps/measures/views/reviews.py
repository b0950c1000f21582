"""The review queue of the office: the longest waiting first; claim, approve, or send back with a written requirement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import SignedRequest, put_refusal, require_role
from apps.measures.comparing import compare
from apps.measures.deadlines import WorkCalendar
from apps.measures.forms.measures import ApproveForm, SendBackForm
from apps.measures.models import Extension, Progress
from apps.measures.querysets import ProgressQuerySet
from apps.measures.services import approve as approve_report
from apps.measures.services import claim_review, release_review
from apps.measures.services import send_back as send_back_report
from apps.measures.sums import SumsOfReports
from apps.measures.views.sheet import increments
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, refuse_unknown

QUEUE_LENGTH = 50
WHOSE = (("free", "未受理"), ("mine", "我受理的"), ("others", "他人受理"))


@require_safe
def reviews(request: SignedRequest) -> HttpResponse:
    """Reports that wait for a review, and requests for a later date that wait for a decision."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request, "whose")
    return _queue(request)


@require_POST
def claim(request: SignedRequest, pk: int) -> HttpResponse:
    """Take a report on, or take it over from another reviewer, which the button says in so many words."""
    report = _report(request, pk)
    claim_review(actor=request.user, report=report, take_over=request.POST.get("take_over") == "yes")
    messages.success(request, f"措施 {report.measure.number} 的填报已由您受理，并记入台账。")
    return _back_to(report)


@require_POST
def release(request: SignedRequest, pk: int) -> HttpResponse:
    """Put a report back in the queue."""
    report = _report(request, pk)
    release_review(actor=request.user, report=report)
    messages.success(request, f"您已退出受理措施 {report.measure.number} 的填报，其他同事可以受理。")
    return _back_to(report)


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


def _back_to(report: Progress) -> HttpResponse:
    return redirect(f"{reverse('measures:reviews')}#report-{report.pk}")


def _queue(
    request: SignedRequest, refused: int | None = None, *, requirement: SendBackForm | None = None, opinion: ApproveForm | None = None
) -> HttpResponse:
    """The queue; when an act was refused, the form of that report keeps what was typed and says what to do (400)."""
    waiting = Progress.objects.visible_to(request.user).pending()
    whose = chosen_of(request, "whose", "受理情况", [value for value, _label in WHOSE])
    shown = _whose(waiting, whose, request.user)
    rows = list(shown.for_queue().select_related("reported_by__unit")[:QUEUE_LENGTH])
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
                "comparison": compare(row),
                "is_own": row.reported_by_id == request.user.pk,
                "is_others": row.claimed_by_id not in (None, request.user.pk),
                "open": mine and requirement is not None,
                "send_back": requirement if mine and requirement else SendBackForm(auto_id=f"back-{row.pk}-%s"),
                "approve": opinion if mine and opinion else ApproveForm(auto_id=f"ok-{row.pk}-%s"),
            }
        )
    counts = _counts(waiting, request.user)
    context = {
        "lines": lines,
        "waiting": counts["all"],
        "matching": counts[whose or "all"],
        "whose": whose,
        "tabs": [("", "全部", counts["all"]), *((value, label, counts[value]) for value, label in WHOSE)],
        "extensions": list(Extension.objects.visible_to(request.user).waiting_for(request.user).for_list().order_by("pk")),
        "register": reverse("measures:register"),
    }
    return render(request, "measures/reviews.html", context, status=400 if refused else 200)


def _whose(waiting: ProgressQuerySet, whose: str, user: User) -> ProgressQuerySet:
    return waiting.filter(claims_of(user)[whose]) if whose else waiting


def claims_of(user: User) -> dict[str, Q]:
    """Reports in the queue, by who has taken them on."""
    free = Q(claimed_by__isnull=True)
    return {"free": free, "mine": Q(claimed_by=user), "others": ~free & ~Q(claimed_by=user)}


def _counts(waiting: ProgressQuerySet, user: User) -> dict[str, Any]:
    parts = {name: Count("pk", filter=rule) for name, rule in claims_of(user).items()}
    return waiting.order_by().aggregate(all=Count("pk"), **parts)
