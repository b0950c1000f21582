"""Supervision groups: who is in them, what each covers, which units nobody covers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.ledgers.models import Entry
from apps.supervision import services
from apps.supervision.coverage import uncovered_units
from apps.supervision.forms.checks import GroupForm, ReformGroupForm
from apps.supervision.models import Group
from apps.supervision.policies import SUPERVISING
from apps.supervision.scope import scope_of
from apps.units.models import Role
from apps.units.parameters import refuse_unknown

ENTRIES = 50


@require_safe
def groups(request: SignedRequest) -> HttpResponse:
    """The groups of the round, who is in them and what they cover."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "督查组"})
    refuse_unknown(request, "inspection", "group")
    shown = [("group", [group.pk for group in scope.groups])]
    context = {
        "scope": scope,
        "is_office": request.user.role == Role.OFFICE,
        "entries": Entry.objects.filter(book=scope.inspection.book_id).about(shown)[:ENTRIES],
        "uncovered": uncovered_units(scope.inspection) if scope.is_whole else [],
    }
    return render(request, "supervision/groups.html", context)


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

    form = GroupForm(request.POST or None, categories=inspection.categories.all())
    return run_form(request, form, act, _page("组建督查组", "组建", inspection.pk, inspection.name))


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
        "duty_head": group.duty_head_id,
        "units": group.units.all(),
        "categories": group.categories.all(),
        "version": group.version,
    }
    form = ReformGroupForm(request.POST or None, categories=group.inspection.categories.all(), initial=initial)
    return run_form(request, form, act, _page("调整督查组", "保存", group.inspection_id, group.inspection.name))


def _groups_of(inspection: int) -> str:
    return f"{reverse('supervision:groups')}?{urlencode({'inspection': inspection})}"


def _page(title: str, submit: str, inspection: int, name: str) -> FormPage:
    address = _groups_of(inspection)
    return FormPage(title, submit, address, [Crumb("督查组", address)], facts=[("轮次", name)])
