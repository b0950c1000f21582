"""Units, for whoever works with several of them; accounts, for the administrator alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.ledgers.models import Entry
from apps.units import services
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.filters import AccountFilter, UnitFilter, problems_of
from apps.units.forms import AmendAccountForm, AmendUnitForm, NewAccountForm, ReasonForm, UnitForm, put_refusal
from apps.units.models import ApiToken, Role, Unit, User
from apps.units.parameters import page_of
from apps.units.passwords import one_time_password
from apps.units.policies import sees_all_business

ROWS_A_PAGE = 50
ENTRIES = 20
# The account page holds two forms that ask for a reason.
SWITCH_IDS = "switch_%s"


def actor_of(request: HttpRequest, *roles: Role) -> User:
    """The user, who must have one of the roles."""
    user = request.user
    if not isinstance(user, User) or user.role not in roles:
        raise PermissionDenied
    return user


def done(form: forms.Form, act: Callable[[], Any]) -> int:
    """Do the act. 200, or the status of the refusal, which is then shown in the form."""
    try:
        act()
    except ActForbidden:
        raise
    except ActRefused as refusal:
        put_refusal(form, refusal)
        return refusal.status
    return 200


# -- units ----------------------------------------------------------------------------------------------------------


@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """All units for the office, leaders and administrators; supervisors those that their groups cover."""
    user = actor_of(request, Role.OFFICE, Role.SUPERVISOR, Role.ADMIN)
    liaisons = Prefetch("users", User.objects.filter(role=Role.LIAISON, is_active=True), to_attr="liaisons")
    rows = Unit.objects.all() if user.role == Role.ADMIN or sees_all_business(user) else Unit.objects.covered_by(user)
    found = UnitFilter(request.GET, rows.prefetch_related(liaisons))
    problems = problems_of(found)
    context = {
        "filter": found,
        "problems": problems,
        "page": None if problems else page_of(found.qs, request, ROWS_A_PAGE),
        "amends": user.role in (Role.OFFICE, Role.ADMIN),
        "sees_business": user.role != Role.ADMIN,
    }
    return render(request, "units/list.html", context, status=400 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def new_unit(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request, Role.OFFICE, Role.ADMIN)
    form, status = UnitForm(request.POST or None), 200
    if request.method == "POST":
        status = done(form, lambda: services.add_unit(actor=actor, **form.cleaned_data)) if form.is_valid() else 400
        if status == 200:
            messages.success(request, f"已登记单位“{form.cleaned_data['name']}”，并记入台账。")
            return redirect("units:list")
    return render(request, "units/unit_form.html", {"form": form, "unit": None}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a unit's names or kind."""
    actor = actor_of(request, Role.OFFICE, Role.ADMIN)
    row = get_object_or_404(Unit, pk=pk)
    form = AmendUnitForm.of(row, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            facts = {"values": form.values(), "version": form.cleaned_data["version"]}
            status = done(form, lambda: services.amend_unit(actor=actor, unit=row, **facts))
        if status == 200:
            messages.success(request, f"已修改单位“{form.cleaned_data['name']}”，并记入台账。")
            return redirect("units:list")
    return render(request, "units/unit_form.html", {"form": form, "unit": row, "conflict": status == ActConflict.status}, status=status)


# -- accounts -------------------------------------------------------------------------------------------------------


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    actor_of(request, Role.ADMIN)
    found = AccountFilter(request.GET, User.objects.select_related("unit"))
    problems = problems_of(found)
    context = {"filter": found, "problems": problems, "page": None if problems else page_of(found.qs, request, ROWS_A_PAGE)}
    return render(request, "units/accounts.html", context, status=400 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """Open an account with a one-time password, which is shown this once."""
    actor = actor_of(request, Role.ADMIN)
    form, status = NewAccountForm(request.POST or None), 200
    if request.method == "POST":
        status, password = 400, one_time_password()
        if form.is_valid():
            status = done(form, lambda: services.create_user(actor=actor, password=password, **form.cleaned_data))
        if status == 200:
            made = User.objects.get(username=form.cleaned_data["username"])
            return render(request, "units/password.html", {"account": made, "password": password, "new": True})
    return render(request, "units/account_form.html", {"form": form}, status=status)


@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request, Role.ADMIN)
    row = get_object_or_404(User.objects.select_related("unit"), pk=pk)
    return _account_page(request, actor, row)


@require_POST
def amend_account(request: HttpRequest, pk: int) -> HttpResponse:
    actor, row = actor_of(request, Role.ADMIN), get_object_or_404(User, pk=pk)
    form = AmendAccountForm.of(row, request.POST)
    status = 400
    if form.is_valid():
        facts = {key: form.cleaned_data[key] for key in ("reason", "version")}
        status = done(form, lambda: services.amend_user(actor=actor, user=row, values=form.values(), **facts))
    if status == 200:
        messages.success(request, f"已修改账号 {row.username}，并记入台账。")
        return redirect("units:account", pk=pk)
    return _account_page(request, actor, row, status=status, amend_form=form)


@require_POST
def switch_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a running account, let a stopped one in again; what the page showed is posted, so that nothing is switched twice."""
    actor, row = actor_of(request, Role.ADMIN), get_object_or_404(User, pk=pk)
    stop = request.POST.get("to") != "active"
    act, word = (services.disable_user, "停用") if stop else (services.enable_user, "启用")
    form = ReasonForm(request.POST, auto_id=SWITCH_IDS)
    status = done(form, lambda: act(actor=actor, user=row, reason=form.cleaned_data["reason"])) if form.is_valid() else 400
    if status == 200:
        messages.success(request, f"已{word}账号 {row.username}，并记入台账。")
        return redirect("units:account", pk=pk)
    return _account_page(request, actor, row, status=status, switch_form=form)


@require_POST
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a one-time password, which is shown this once; its owner must change it at the next sign-in."""
    actor, row = actor_of(request, Role.ADMIN), get_object_or_404(User, pk=pk)
    if row.pk == actor.pk:
        raise ActForbidden("自己的密码请在右上角菜单的“修改密码”里修改")
    password = one_time_password()
    services.set_password(actor=actor, user=row, password=password)
    return render(request, "units/password.html", {"account": row, "password": password, "new": False})


def _account_page(request: HttpRequest, actor: User, row: User, *, status: int = 200, **forms_: forms.Form) -> HttpResponse:
    entries = Entry.objects.about([("user", [row.pk])]).order_by("-pk")[:ENTRIES]
    context = {
        "account": row,
        "own": row.pk == actor.pk,
        "amend_form": AmendAccountForm.of(row),
        "switch_form": ReasonForm(auto_id=SWITCH_IDS),
        "entries": entries,
        "tokens": ApiToken.objects.filter(owner=row).valid(),
        **forms_,
    }
    return render(request, "units/account.html", context, status=status)
