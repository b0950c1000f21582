"""A notice with the units: the heads' pages, each with the items of the unit alone, and the office's view of who has answered."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.pages import SignedRequest
from apps.reports import services
from apps.reports.circulation import Standing, by_unit, item_hash, last_asked, standings
from apps.reports.composing import composed
from apps.reports.forms.notices import take_refusal
from apps.reports.forms.reviews import ReviewForm
from apps.reports.models import Notice, NoticeItem
from apps.reports.policies import drafts, heads_a_unit
from apps.reports.views.fetching import notice_of
from apps.units.errors import ActRefused
from apps.units.models import Unit, User
from apps.units.parameters import written


@require_safe
def reviews(request: SignedRequest) -> HttpResponse:
    """What waits for the head of a unit, notice by notice, with what was answered already."""
    user = request.user
    if not heads_a_unit(user):
        raise Http404
    return render(request, "reports/reviews.html", {"rounds": _with_standings(user)})


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedRequest, pk: int) -> HttpResponse:
    """One item as its unit's head reads it and answers for it."""
    user = request.user
    rows = NoticeItem.objects.to_review_by(user).select_related("issue__lead_unit", "notice__inspection")
    item = get_object_or_404(rows, pk=pk)
    form = ReviewForm(request.POST or None, initial={"content_hash": item_hash(item)})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.BAD_REQUEST
        if form.is_valid():
            try:
                services.review_item(actor=user, item=item, **form.cleaned_data)
            except ActRefused as error:
                status = HTTPStatus(take_refusal(form, error))
            else:
                messages.success(request, f"第 {item.issue.number} 条已答复，记入台账。")
                return redirect("reports:reviews")
    found = standings(item.notice, user.unit)
    told = composed([item.issue])[item.issue.pk]
    context = {
        "item": item,
        "form": form,
        "standing": next(standing for standing in found if standing.item.pk == item.pk),
        "past": item.reviews.select_related("by", "unit"),
        "composed": told.party or told.society,
        "next": next((standing.item for standing in found if not standing.is_done and standing.item.pk != item.pk), None),
    }
    return render(request, "reports/review.html", context, status=status)


@require_safe
def circulation(request: SignedRequest, pk: int) -> HttpResponse:
    """Who has answered and who has not, unit by unit."""
    return _page(request, pk)


@require_POST
def circulate(request: SignedRequest, pk: int) -> HttpResponse:
    row = notice_of(request, pk)
    return _carried_out(request, row, lambda: services.circulate_notice(actor=request.user, notice=row), "已送单位负责人审核。")


@require_POST
def remind(request: SignedRequest, pk: int) -> HttpResponse:
    row = notice_of(request, pk)
    return _carried_out(request, row, lambda: services.remind_heads(actor=request.user, notice=row), "已提醒还没有答复的单位。")


@require_POST
def pass_over(request: SignedRequest, pk: int) -> HttpResponse:
    """The office lets a unit's open items through; the unit is named by the form."""
    row = notice_of(request, pk)
    asked = request.POST.get("unit", "")
    unit = get_object_or_404(Unit, pk=asked) if asked.isdecimal() and len(asked) < 10 else None
    if unit is None:
        raise Http404
    reason = written(request, "reason")

    def act() -> object:
        return services.pass_over(actor=request.user, notice=row, unit=unit, reason=reason)

    return _carried_out(request, row, act, f"已代{unit}通过，理由记入台账。", unit=unit, reason=reason)


def _carried_out(
    request: SignedRequest, row: Notice, verb: Callable[[], object], done: str, unit: Unit | None = None, reason: str = ""
) -> HttpResponse:
    try:
        verb()
    except ActRefused as error:
        return _page(request, row.pk, error=error, refused=unit, reason=reason)
    messages.success(request, done)
    return redirect("reports:circulation", row.pk)


def _page(request: SignedRequest, pk: int, error: ActRefused | None = None, refused: Unit | None = None, reason: str = "") -> HttpResponse:
    row, user = notice_of(request, pk), request.user
    found = standings(row)
    units = by_unit(found)
    context = {
        "notice": row,
        "units": units,
        "agreed": sum(unit.agreed == len(unit.items) for unit in units),
        "passed": sum(not unit.open and unit.passed > 0 for unit in units),
        "exempt": sum(standing.state == "exempt" for standing in found),
        "last_asked": last_asked(row),
        "may_act": drafts(user) and row.state == Notice.State.REVIEWING,
        "may_circulate": drafts(user) and row.state == Notice.State.DRAFT,
        "waits": any(standing.state in ("waiting", "changed") for standing in found),
        "error": error,
        "refused": refused,
        "reason": reason,
    }
    return render(request, "reports/circulation.html", context, status=error.status if error else HTTPStatus.OK)


def _with_standings(user: User) -> list[tuple[Notice, list[Standing]]]:
    """The notices that are with this head's unit, each with the unit's items, those that wait first."""
    rows = NoticeItem.objects.to_review_by(user).values("notice")
    notices = Notice.objects.filter(pk__in=rows).select_related("inspection")
    return [(notice, sorted(standings(notice, user.unit), key=lambda standing: standing.is_done)) for notice in notices]
