"""The page of the figure check 通报校核: the text with its numbers marked, what is left beside it, and what can be done about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import SignedRequest
from apps.measures.models import Indicator
from apps.measures.views.files import XLSX, protect
from apps.reports import services
from apps.reports.checking import SHOWS, page_of_check, shown, workbook_of_check
from apps.reports.content import content_of
from apps.reports.models import Audience, FigureDecision, Notice
from apps.reports.policies import drafts
from apps.reports.proving.evidence import ledger_of
from apps.reports.proving.proof import Proof, audiences_read, prove, prove_content
from apps.reports.views.fetching import notice_of, notice_to_write
from apps.units.errors import ActRefused
from apps.units.parameters import chosen_of, refuse_unknown, written

AUDIENCES = {str(value): str(label) for value, label in Audience.choices}
FIGURE = ("place", "sentence_hash", "written")


@require_safe
def check(request: SignedRequest, pk: int) -> HttpResponse:
    """``?show=``: what is left (the default), matched, or all; ``?audience=``: whose text, society's unless told otherwise."""
    refuse_unknown(request, "show", "audience")
    return _page(request, notice_of(request, pk))


@require_safe
def export(request: SignedRequest, pk: int) -> HttpResponse:
    """校核表 as a workbook."""
    refuse_unknown(request, "audience")
    row = notice_of(request, pk)
    response = HttpResponse(workbook_of_check(row, prove(row, _audience(request))), content_type=XLSX)
    protect(response, f"数字校核表_{row.inspection.today():%Y%m%d}.xlsx")
    return response


@require_POST
def adopt(request: SignedRequest, pk: int) -> HttpResponse:
    """改用台账数."""
    row = notice_to_write(request, pk)

    def act() -> None:
        services.adopt_ledger(actor=request.user, notice=row, instead=request.POST.get("instead", ""), **_figure(request))

    return _carried_out(request, row, act, "已改用台账数，修改记入台账。")


@require_POST
def decide(request: SignedRequest, pk: int) -> HttpResponse:
    """Accept as written, link to an indicator, or say that it is no figure."""
    row = notice_to_write(request, pk)
    chosen = request.POST.get("indicator", "")

    def act() -> None:
        indicator = Indicator.objects.filter(pk=int(chosen), issue__inspection=row.inspection).first() if _is_key(chosen) else None
        verdict, reason = request.POST.get("verdict", ""), written(request, "reason")
        services.decide_figure(actor=request.user, notice=row, verdict=verdict, reason=reason, indicator=indicator, **_figure(request))

    return _carried_out(request, row, act, "已记下您的决定，决定和理由随版次保存。")


@require_POST
def ask(request: SignedRequest, pk: int) -> HttpResponse:
    """请单位补登."""
    row = notice_to_write(request, pk)

    def act() -> None:
        services.ask_registration(actor=request.user, notice=row, **_figure(request))

    return _carried_out(request, row, act, "已请牵头单位的联络员补登，记入台账。")


@require_POST
def withdraw(request: SignedRequest, pk: int) -> HttpResponse:
    """Take a decision back."""
    row, key = notice_to_write(request, pk), request.POST.get("decision", "")

    def act() -> None:
        decision = FigureDecision.objects.filter(notice=row, pk=int(key)).first() if _is_key(key) else None
        if decision is None:
            raise ActRefused("请选择要撤销的决定")
        services.withdraw_decision(actor=request.user, decision=decision, reason=written(request, "reason"))

    return _carried_out(request, row, act, "已撤销，这个数字重新待核。")


def _page(request: SignedRequest, row: Notice, error: ActRefused | None = None) -> HttpResponse:
    show = chosen_of(request, "show", "显示", SHOWS) or "left"
    audience = _audience(request)
    ledger = ledger_of(row, audience)
    proof: Proof = prove_content(content_of(row, audience), ledger)
    page = page_of_check(row, proof, ledger, audience)
    may_decide = drafts(request.user) and row.state in (Notice.State.DRAFT, Notice.State.REVIEWING, Notice.State.SUBMITTED)
    may_decide = may_decide and audience != Audience.INTERNAL
    may_mend = drafts(request.user) and row.state != Notice.State.PUBLISHED
    context: dict[str, Any] = {
        "notice": row,
        "proof": proof,
        "page": page,
        "show": show,
        "audience": audience,
        "of_audience": "" if audience == Audience.SOCIETY else f"&audience={audience}",
        "audiences": [(one.value, one.label) for one in audiences_read(row)],
        "rows": shown(page.rows, show),
        "until": ledger.until,
        "may_decide": may_decide,
        "may_mend": may_mend,
        "error": error,
    }
    return render(request, "reports/check.html", context, status=error.status if error else 200)


def _carried_out(request: SignedRequest, row: Notice, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
    except ActRefused as error:
        return _page(request, notice_of(request, row.pk), error)
    messages.success(request, done)
    audience = _audience(request)
    query = "" if audience == Audience.SOCIETY else f"?audience={audience}"
    return redirect(reverse("reports:check", args=(row.pk,)) + query)


def _figure(request: SignedRequest) -> dict[str, Any]:
    """Which number the form was about; what does not name one is answered as one that is gone (409)."""
    occurrence = request.POST.get("occurrence", "0")
    named = {name: request.POST.get(name, "").replace("\x00", "") for name in FIGURE}
    return {**named, "occurrence": int(occurrence) if _is_key(occurrence) else 0, "audience": _audience(request)}


def _audience(request: SignedRequest) -> str:
    """Whose text the page, or the form on it, is about."""
    posted = request.POST.get("audience", "")
    return posted if posted in AUDIENCES else chosen_of(request, "audience", "公开范围", AUDIENCES) or str(Audience.SOCIETY.value)


def _is_key(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) < 10
