"""The pages of hooks, for the office: receivers, each with its log, and the secret of a new one, shown once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, attempt, require_role, run_form
from apps.supervision import services
from apps.supervision.forms.hooks import AmendHookForm, HookForm
from apps.supervision.hook_events import EVENTS
from apps.supervision.models import Hook, HookCall
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

CALLS_A_PAGE = 50


@require_safe
def hooks(request: SignedRequest) -> HttpResponse:
    """The receivers, those in use first."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request)
    waiting = Count("calls", filter=Q(calls__state=HookCall.State.WAITING))
    failed = Count("calls", filter=Q(calls__state=HookCall.State.FAILED))
    rows = Hook.objects.select_related("inspection").annotate(waiting=waiting, failed=failed).order_by("-is_active", "name")
    return render(request, "supervision/hooks.html", {"hooks": rows, "rounds": Inspection.objects.visible_to(request.user).exists()})


@require_safe
def hook(request: SignedRequest, pk: int) -> HttpResponse:
    """One receiver with its log, the newest first."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request, "state", "page")
    row = get_object_or_404(Hook.objects.select_related("inspection", "made_by"), pk=pk)
    state = chosen_of(request, "state", "状态", HookCall.State.values)
    counts = dict(row.calls.order_by().values_list("state").annotate(Count("pk")))
    calls = row.calls.filter(state=state) if state else row.calls.all()
    page = page_of(calls, request, CALLS_A_PAGE)
    context = {
        "hook": row,
        "events": [EVENTS.get(code, code) for code in row.events],
        "page": page,
        "lines": [(call, EVENTS.get(call.event, "试推送")) for call in page],
        "state": state,
        "states": [(value, label, counts.get(value, 0)) for value, label in HookCall.State.choices],
        "every": sum(counts.values()),
    }
    return render(request, "supervision/hook.html", context)


@GET_OR_POST
def new(request: SignedRequest) -> HttpResponse:
    """A new receiver; its secret is on the page that answers, and nowhere else."""
    require_role(request.user, Role.OFFICE)
    form, status = HookForm(request.POST or None, rounds=Inspection.objects.visible_to(request.user)), 200
    if request.method == "POST":
        made, status = attempt(form, lambda values: services.make_hook(actor=request.user, **values))
        if made is not None:
            return _secret(request, *made, title="已登记推送")
    address = reverse("supervision:hooks")
    page = FormPage("登记推送", "登记", address, [Crumb("推送", address)])
    return render(request, "issues/form.html", {"form": form, "page": page}, status=status)


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a receiver; saving one that was stopped takes it into use again."""
    require_role(request.user, Role.OFFICE)
    row = get_object_or_404(Hook, pk=pk)
    address = reverse("supervision:hook", args=(pk,))

    def act(values: dict[str, Any]) -> str:
        services.amend_hook(actor=request.user, hook=row, **values)
        return address

    initial = {"name": row.name, "events": row.events, "version": row.version}
    warning = "" if row.is_active else "这个推送已停用，保存后重新启用，只推送此后的事件。"
    page = FormPage("修改推送", "保存", address, [Crumb("推送", reverse("supervision:hooks")), Crumb(row.name, address)], warning=warning)
    return run_form(request, AmendHookForm(request.POST or None, initial=initial), act, page)


@require_POST
def rotate(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.OFFICE)
    return _secret(request, *services.rotate_secret(actor=request.user, hook=get_object_or_404(Hook, pk=pk)), title="已更换密钥")


@require_POST
def stop(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.OFFICE)
    services.stop_hook(actor=request.user, hook=get_object_or_404(Hook, pk=pk))
    messages.success(request, "已停用，并记入台账。")
    return redirect("supervision:hook", pk)


@require_POST
def ping(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.OFFICE)
    services.ping_hook(actor=request.user, hook=get_object_or_404(Hook, pk=pk))
    messages.success(request, "已排队，一分钟内试推送，结果见推送记录。")
    return redirect("supervision:hook", pk)


@require_POST
def again(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.OFFICE)
    row = get_object_or_404(HookCall.objects.select_related("hook"), pk=pk)
    services.call_again(actor=request.user, call=row)
    messages.success(request, "已重新排队，一分钟内推送，并记入台账。")
    return redirect("supervision:hook", row.hook_id)


def _secret(request: SignedRequest, row: Hook, secret: str, *, title: str) -> HttpResponse:
    return render(request, "supervision/hook_secret.html", {"hook": row, "secret": secret, "title": title})
