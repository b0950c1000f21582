"""Pages of this room: flags, site checks, groups. (Letters are in letter_views.py, the dashboard is in dashboard.py.)"""

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
from apps.issues.pages import Crumb, FormPage, SignedRequest, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.figures import Urging, urgings
from apps.supervision.forms import CheckForm, GroupForm, ReformGroupForm
from apps.supervision.models import Derivation, Flag, Group
from apps.supervision.policies import checks_on_site
from apps.supervision.scope import Scope, scope_of
from apps.units.errors import ActForbidden
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

GET_OR_POST = require_http_methods(("GET", "HEAD", "POST"))
SUPERVISING = (Role.OFFICE, Role.SUPERVISOR)
FLAGS_A_PAGE = 100
ENTRIES_SHOWN = 50


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


@require_safe
def groups(request: SignedRequest) -> HttpResponse:
    """The groups of the round, who is in them and what they cover."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "督查组"})
    refuse_unknown(request, "inspection", "group")
    shown = [("group", [group.pk for group in scope.groups])]
    entries = Entry.objects.filter(book=scope.inspection.book_id).about(shown)[:ENTRIES_SHOWN]
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


def _measures(request: SignedRequest) -> Any:
    return Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit")


def _groups_of(inspection: int) -> str:
    return f"{reverse('supervision:groups')}?{urlencode({'inspection': inspection})}"


def _group_page(title: str, submit: str, inspection: int, name: str) -> FormPage:
    address = _groups_of(inspection)
    return FormPage(title, submit, address, [Crumb("督查组", address)], facts=[("轮次", name)])
