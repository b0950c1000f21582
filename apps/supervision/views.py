"""Pages of this room: flags, letters, site checks, groups. (The dashboard is in dashboard.py.)"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import Crumb, FormPage, SignedRequest, may_take, put_refusal, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import services, workflow
from apps.supervision.figures import Urging, urgings
from apps.supervision.forms import AnswerForm, GroupForm, LetterForm, ReformGroupForm
from apps.supervision.models import Derivation, Flag, Group, Letter
from apps.supervision.policies import SENDERS, checks_on_site, receives
from apps.supervision.scope import Scope, scope_of
from apps.supervision.visit_forms import SiteCheckForm, with_photos
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

GET_OR_POST = require_http_methods(("GET", "HEAD", "POST"))
SUPERVISING = (Role.OFFICE, Role.SUPERVISOR)
RECEIVING = (*SUPERVISING, Role.LIAISON)
FLAGS_A_PAGE = 100
LETTERS_A_PAGE = 50


@dataclass(frozen=True)
class FlagLine:
    """An open flag on a day, and how its measure was urged so far."""

    flag: Flag
    today: dt.date
    urging: Urging | None

    @property
    def words(self) -> str:
        days = (self.flag.due_on - self.today).days
        if days < 0:
            return f"逾期 {-days} 天"
        return f"还剩 {days} 天" if days else "今天到期"


@require_safe
def flags(request: SignedRequest) -> HttpResponse:
    """Open flags under the groups that cover their lead units, the longest due first."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "临期逾期"})
    refuse_unknown(request, "inspection", "group", "kind", "page")
    rows = open_flags(scope)
    kind = chosen_of(request, "kind", "类型", Flag.Kind.values)
    chosen = rows.filter(kind=kind) if kind else rows
    shown = chosen.select_related("measure__issue__inspection", "measure__lead_unit").order_by("due_on", "measure__issue__number", "pk")
    page = page_of(shown, request, FLAGS_A_PAGE)
    urged = urgings(request.user, [flag.measure_id for flag in page])
    lines = [(flag.measure.lead_unit_id, FlagLine(flag, scope.today, urged.get(flag.measure_id))) for flag in page]
    context = {
        "scope": scope,
        "derived": Derivation.objects.filter(inspection=scope.inspection).first(),
        "page": page,
        "kind": kind,
        "kinds": [(value, label, rows.filter(kind=value).count()) for value, label in Flag.Kind.choices],
        "sections": scope.by_group(lines),
        "may_check": request.user.role == Role.SUPERVISOR,
    }
    return render(request, "supervision/flags.html", context)


@require_POST
def update_flags(request: SignedRequest, pk: int) -> HttpResponse:
    """Derive the flags of one round now instead of at the next run of the job. The entries are the system's, as in every run."""
    require_role(request.user, *SUPERVISING)
    inspection = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    for done in services.derive_timeliness(inspection=inspection):
        messages.success(request, f"提示已按今天更新：新增 {done.raised + done.reopened} 条，解除 {done.cleared} 条。")
    return redirect(f"{reverse('supervision:flags')}?{urlencode({'inspection': inspection.pk})}")


def open_flags(scope: Scope) -> Any:
    """Open flags of the measures in scope; the page shows what stands in the table, a run of the job puts it there."""
    return Flag.objects.open().filter(measure__in=scope.measures.values("pk"))


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
        made = services.check_site(actor=request.user, measure=measure, **with_photos(values))
        messages.info(request, services.words_about(made))
        return address

    facts = [
        ("措施", f"{measure.number} {measure.text}"),
        ("牵头单位", measure.lead_unit.name),
        ("进展", str(measure.get_progress_display())),
    ]
    page = FormPage("现场核查", "登记", address, [Crumb(f"措施 {measure.number}", address)], facts=facts)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = SiteCheckForm(*posted, initial={"checked_on": measure.issue.inspection.today()})
    return run_form(request, form, act, page, template="supervision/check.html")


@require_safe
def groups(request: SignedRequest) -> HttpResponse:
    """The groups of the round, who is in them and what they cover."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "督查组"})
    refuse_unknown(request, "inspection", "group")
    shown = [("group", [group.pk for group in scope.groups])]
    entries = Entry.objects.filter(book=scope.inspection.book_id).about(shown)[:LETTERS_A_PAGE]
    return render(request, "supervision/groups.html", {"scope": scope, "is_office": request.user.role == Role.OFFICE, "entries": entries})


@GET_OR_POST
def form_group(request: SignedRequest) -> HttpResponse:
    """The office forms a group in the round of ``?inspection=``."""
    require_role(request.user, Role.OFFICE)
    scope = scope_of(request, request.user)
    if scope is None:
        messages.info(request, "请先建立轮次，再组建督查组。")
        return redirect("supervision:groups")
    inspection = scope.inspection

    def act(values: dict[str, Any]) -> str:
        services.form_group(actor=request.user, inspection=inspection, **values)
        return _groups_of(inspection.pk)

    return run_form(request, GroupForm(request.POST or None), act, _group_page("组建督查组", "组建", inspection.pk, inspection.name))


@GET_OR_POST
def reform_group(request: SignedRequest, pk: int) -> HttpResponse:
    """The office changes a group."""
    require_role(request.user, Role.OFFICE)
    group = get_object_or_404(Group.objects.select_related("inspection"), pk=pk)

    def act(values: dict[str, Any]) -> str:
        services.reform_group(actor=request.user, group=group, **values)
        return _groups_of(group.inspection_id)

    initial = {
        "name": group.name,
        "lead_unit": group.lead_unit_id,
        "members": group.members.all(),
        "units": group.units.all(),
        "version": group.version,
    }
    form = ReformGroupForm(request.POST or None, initial=initial)
    return run_form(request, form, act, _group_page("调整督查组", "保存", group.inspection_id, group.inspection.name))


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


def _groups_of(inspection: int) -> str:
    return f"{reverse('supervision:groups')}?{urlencode({'inspection': inspection})}"


def _group_page(title: str, submit: str, inspection: int, name: str) -> FormPage:
    address = _groups_of(inspection)
    return FormPage(title, submit, address, [Crumb("督查组", address)], facts=[("轮次", name)])
