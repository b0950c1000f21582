"""Handovers 新官不理旧账: the list with the clock of each, a new one with its preview, the list of items to sign, the re-feedback."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, put_refusal, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures import services
from apps.measures.forms.office import HandoverForm, RefeedbackForm
from apps.measures.models import Handover
from apps.measures.services.handing_over import givers, open_items, refeedback_due, snapshot_of
from apps.measures.views.selecting import versions_as_text, versions_in
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown
from apps.units.policies import sees_no_business

PER_PAGE = 50
CLOCKS = (("running", "待再反馈"), ("overdue", "再反馈逾期"), ("done", "已再反馈"))


@dataclass(frozen=True)
class Clock:
    """A handover with the state of its clock in words."""

    row: Handover
    today: dt.date

    @property
    def is_overdue(self) -> bool:
        return self.row.is_overdue(self.today)

    @property
    def words(self) -> str:
        if self.row.refed_on:
            late = self.row.days_late(self.today)
            return f"{self.row.refed_on} 已再反馈" + (f"，逾期 {late} 天" if late else "，按期")
        late = self.row.days_late(self.today)
        left = (self.row.refeedback_by - self.today).days
        return f"逾期 {late} 天" if late else f"还剩 {left} 天" if left else "今天到期"


@require_safe
def handovers(request: SignedRequest) -> HttpResponse:
    """All that the user sees, the latest first."""
    _refuse_separated(request)
    refuse_unknown(request, "page", "clock")
    clock = chosen_of(request, "clock", "再反馈", [value for value, _label in CLOCKS])
    rows = Handover.objects.visible_to(request.user)
    today = _today(request)
    kinds = {"running": rows.awaiting_refeedback(), "overdue": rows.overdue(today), "done": rows.filter(refed_on__isnull=False)}
    page = page_of(kinds.get(clock, rows).select_related("inspection", "unit", "made_by"), request, PER_PAGE)
    page.object_list = [Clock(row, row.inspection.today()) for row in page.object_list]
    context = {"page": page, "clock": clock, "clocks": CLOCKS, "is_office": request.user.role == Role.OFFICE, "any": rows.exists()}
    return render(request, "measures/handovers/list.html", context)


@require_safe
def handover(request: SignedRequest, pk: int) -> HttpResponse:
    """One handover: what moved, the clock, and a sheet to be printed and signed."""
    _refuse_separated(request)
    rows = Handover.objects.visible_to(request.user).select_related("inspection__book", "unit", "made_by", "refed_by")
    row = get_object_or_404(rows, pk=pk)
    entries = Entry.objects.filter(book=row.inspection.book, subject_type="handover", subject_id=row.pk).order_by("-seq")
    context = {
        "row": row,
        "clock": Clock(row, row.inspection.today()),
        "entries": entries,
        "is_office": request.user.role == Role.OFFICE,
    }
    return render(request, "measures/handovers/sheet.html", context)


@GET_OR_POST
def new(request: SignedRequest) -> HttpResponse:
    """Choose who hands over to whom, look at the list, confirm."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request, "inspection")
    inspections = list(Inspection.objects.visible_to(request.user).select_related("book"))
    named = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in inspections])
    inspection = next((row for row in inspections if not named or str(row.pk) == named), None)
    if inspection is None:
        raise ActRefused("还没有巡视轮次，没有可以移交的事项")
    form = HandoverForm(request.POST if request.method == "POST" else None, givers=givers(inspection), today=inspection.today())
    page = {"form": form, "inspection": inspection, "inspections": inspections}
    if request.method != "POST" or not form.is_valid() or request.POST.get("step") == "edit":
        return render(request, "measures/handovers/new.html", page, status=400 if form.errors else 200)
    return _run(request, form, inspection, page)


@GET_OR_POST
def refeed(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter that the successor has been told the findings anew."""
    _refuse_separated(request)
    row = get_object_or_404(Handover.objects.visible_to(request.user).select_related("inspection", "unit"), pk=pk)
    require_role(request.user, Role.OFFICE)
    address = reverse("measures:handover", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        services.record_refeedback(actor=request.user, handover=row, **values)
        return address

    facts = [("移交", f"{row.from_name} → {row.to_name}（{row.handed_on}）"), ("再反馈期限", str(row.refeedback_by))]
    page = FormPage("登记再反馈", "登记", address, [Crumb("交接", reverse("measures:handovers")), Crumb(str(row), address)], facts=facts)
    return run_form(request, RefeedbackForm(request.POST or None, initial={"on": row.inspection.today()}), act, page)


def _run(request: SignedRequest, form: HandoverForm, inspection: Inspection, page: dict[str, Any]) -> HttpResponse:
    """The preview, or the act; a list that changed meanwhile is shown anew before anything moves."""
    values, status = form.cleaned_data, 200
    try:
        due = values["refeedback_by"] or refeedback_due(values["handed_on"])
        if request.POST.get("step") == "confirm":
            made = services.hand_over(
                actor=request.user,
                inspection=inspection,
                giver=form.chosen,
                to_name=values["to_name"],
                reason=values["reason"],
                handed_on=values["handed_on"],
                refeedback_by=due,
                seen=versions_in(request.POST.get("seen", "")),
            )
            messages.success(request, f"{len(made.items)} 项已移交给{made.to_name}，并记入台账。请打印交接清单签字。")
            return redirect("measures:handover", pk=made.pk)
    except ActForbidden:
        raise
    except ActRefused as refusal:
        put_refusal(form, refusal)
        status = refusal.status
        if status != 409:
            return render(request, "measures/handovers/new.html", page, status=status)
    items = open_items(inspection, form.chosen)
    lines = [snapshot_of(item) for item in items]
    seen = versions_as_text({item.pk: item.version for item in items})
    context = {**page, "giver": form.chosen, "lines": lines, "seen": seen, "due": due, "values": values}
    return render(request, "measures/handovers/preview.html", context, status=status)


def _today(request: SignedRequest) -> dt.date:
    """Of the latest round that the user sees; rounds of one house share a time zone."""
    from django.utils import timezone

    latest = Inspection.objects.visible_to(request.user).first()
    return latest.today() if latest else timezone.localdate()


def _refuse_separated(request: SignedRequest) -> None:
    if sees_no_business(request.user):
        raise ActForbidden("系统管理员和审计员不查看业务数据（三员分立），请从工作台进入您的页面")
