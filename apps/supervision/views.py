"""Pages of this room: letters and site checks. (Flags are in flag_views.py, groups in group_views.py, the dashboard in dashboard.py.)"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.pages import Crumb, FormPage, SignedRequest, may_take, put_refusal, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import services, workflow
from apps.supervision.forms import AnswerForm, CheckForm, LetterForm
from apps.supervision.models import Letter
from apps.supervision.policies import SENDERS, checks_on_site, receives
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

GET_OR_POST = require_http_methods(("GET", "HEAD", "POST"))
SUPERVISING = (Role.OFFICE, Role.SUPERVISOR)
RECEIVING = (*SUPERVISING, Role.LIAISON)
LETTERS_A_PAGE = 50


@require_safe
def letters(request: SignedRequest) -> HttpResponse:
    """Letters the user sends or receives, the newest first."""
    require_role(request.user, *RECEIVING)
    refuse_unknown(request, "state", "page")
    seen = Letter.objects.visible_to(request.user)
    state = chosen_of(request, "state", "状态", Letter.State.values)
    chosen = seen.filter(state=state) if state else seen
    shown = chosen.select_related("unit", "group", "inspection").prefetch_related("measures__issue")
    context = {
        "page": page_of(shown, request, LETTERS_A_PAGE),
        "state": state,
        "states": [(value, label, seen.filter(state=value).count()) for value, label in Letter.State.choices],
        "is_liaison": request.user.role == Role.LIAISON,
    }
    return render(request, "supervision/letters.html", context)


@require_safe
def letter(request: SignedRequest, pk: int) -> HttpResponse:
    """One letter as a sheet to print, with what the unit may do about it."""
    return _sheet(request, _letter(request, pk), AnswerForm())


@require_POST
def sign(request: SignedRequest, pk: int) -> HttpResponse:
    """A liaison of the unit signs for the letter."""
    row = services.sign_letter(actor=request.user, letter=_letter(request, pk))
    messages.success(request, f"{row}已签收，请在 {row.reply_by} 前回复。")
    return redirect("supervision:letter", row.pk)


@require_POST
def answer(request: SignedRequest, pk: int) -> HttpResponse:
    """A liaison of the unit answers it."""
    row, form = _letter(request, pk), AnswerForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            services.answer_letter(actor=request.user, letter=row, **form.cleaned_data)
        except ActForbidden:
            raise
        except ActRefused as refusal:
            put_refusal(form, refusal)
            status = refusal.status
        else:
            messages.success(request, f"{row}的回复已提交，并记入台账。")
            return redirect("supervision:letter", row.pk)
    return _sheet(request, row, form, status)


@GET_OR_POST
def send_letter(request: SignedRequest) -> HttpResponse:
    """Write a letter about ``?measure=``; other running measures of the same unit may be added."""
    require_role(request.user, *SENDERS)
    measure = _measure(request, request.GET.get("measure", ""))
    if measure is None:
        messages.info(request, "请先在清单中选择要督办的措施，再发督查单。")
        return redirect("supervision:flags")
    inspection = measure.issue.inspection
    running = Measure.objects.worked_on_by(request.user).filter(
        issue__inspection=inspection, lead_unit=measure.lead_unit_id, stopped_on__isnull=True
    )

    def act(values: dict[str, Any]) -> str:
        sent = services.send_letter(actor=request.user, inspection=inspection, unit=measure.lead_unit, **values)
        return reverse("supervision:letter", args=(sent.pk,))

    form = LetterForm(
        request.POST or None,
        measures=running.select_related("issue").order_by("issue__number", "ordinal"),
        initial={"measures": [measure.pk]},
    )
    facts = [("受文单位", measure.lead_unit.name), ("轮次", inspection.name)]
    page = FormPage("发督查单", "发出", reverse("supervision:flags"), [Crumb("临期逾期", reverse("supervision:flags"))], facts=facts)
    return run_form(request, form, act, page)


@GET_OR_POST
def check(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter a site check of one measure."""
    measure = get_object_or_404(_measures(request), pk=pk)
    if not checks_on_site(request.user, measure):
        raise ActForbidden("现场核查由负责该单位的督查组或领导办理")
    address = reverse("measures:sheet", args=(measure.pk,))

    def act(values: dict[str, Any]) -> str:
        services.check_site(actor=request.user, measure=measure, **values)
        return address

    facts = [
        ("措施", f"{measure.number} {measure.text}"),
        ("牵头单位", measure.lead_unit.name),
        ("进展", str(measure.get_progress_display())),
    ]
    page = FormPage("现场核查", "登记", address, [Crumb(f"措施 {measure.number}", address)], facts=facts)
    form = CheckForm(request.POST or None, initial={"checked_on": measure.issue.inspection.today()})
    return run_form(request, form, act, page)


def _letter(request: SignedRequest, pk: int) -> Letter:
    rows = Letter.objects.visible_to(request.user).select_related("inspection", "group", "unit", "sent_by", "signed_by", "answered_by")
    row: Letter = get_object_or_404(rows, pk=pk)
    return row


def _sheet(request: SignedRequest, row: Letter, form: AnswerForm, status: int = 200) -> HttpResponse:
    is_receiver = receives(request.user, row)
    today = row.inspection.today()
    context = {
        "letter": row,
        "measures": row.measures.select_related("issue__inspection").order_by("issue__number", "ordinal"),
        "seen": set(Measure.objects.visible_to(request.user).filter(letters=row).values_list("pk", flat=True)),
        "today": today,
        "is_late": row.is_late(today),
        "may_sign": is_receiver and may_take(workflow.SIGN, row.state, request.user),
        "may_answer": is_receiver and may_take(workflow.ANSWER, row.state, request.user),
        "form": form,
        "entries": Entry.objects.about([("letter", [row.pk])]),
    }
    return render(request, "supervision/letter.html", context, status=status)


def _measures(request: SignedRequest) -> Any:
    return Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit")


def _measure(request: SignedRequest, asked: str) -> Measure | None:
    """The measure asked for, a 404 where the user does not see it; None where none was asked for."""
    if not asked:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else 0
    row: Measure = get_object_or_404(_measures(request), pk=number)
    return row
