"""The page of what leaves the house: deliveries with their state, and the channels of the office."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.supervision import services
from apps.supervision.forms.sending import AmendChannelForm, ChannelForm
from apps.supervision.models import Channel, Delivery
from apps.supervision.outgoing import addresses, mail
from apps.supervision.services.digesting import unloaded
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, page_of, refuse_unknown

ROWS_A_PAGE = 50
WATCHING = (Role.OFFICE, Role.ADMIN)
AGAIN = (Delivery.State.FAILED, Delivery.State.UNCERTAIN)


@require_safe
def deliveries(request: SignedRequest) -> HttpResponse:
    """Deliveries, the newest first, with what became of them. The administrator, who keeps the mail server, sees them, too."""
    require_role(request.user, *WATCHING)
    refuse_unknown(request, "state", "page")
    state = chosen_of(request, "state", "状态", Delivery.State.values)
    counts = dict(Delivery.objects.order_by().values_list("state").annotate(Count("pk")))
    shown = Delivery.objects.filter(state=state) if state else Delivery.objects.all()
    is_office = request.user.role == Role.OFFICE
    context: dict[str, Any] = {
        "page": page_of(shown.select_related("recipient", "channel"), request, ROWS_A_PAGE),
        "state": state,
        "states": [(value, label, counts.get(value, 0)) for value, label in Delivery.State.choices],
        "every": sum(counts.values()),
        "again": AGAIN,
        "is_office": is_office,
        "channels": _channels() if is_office else [],
        "refused": _calendar_refusal(),
        "mail_on": mail.is_on(),
        "mail_from": settings.EMAIL_FROM,
        "without_address": User.objects.filter(is_active=True, email="").count(),
    }
    return render(request, "supervision/deliveries.html", context)


@require_POST
def again(request: SignedRequest, pk: int) -> HttpResponse:
    """Send once more what failed, or what may have arrived already."""
    require_role(request.user, Role.OFFICE)
    services.send_again(actor=request.user, delivery=get_object_or_404(Delivery, pk=pk))
    messages.success(request, "已重新排队，一分钟内发送，并记入台账。")
    return redirect("supervision:deliveries")


@GET_OR_POST
def new_channel(request: SignedRequest) -> HttpResponse:
    require_role(request.user, Role.OFFICE)

    def act(values: dict[str, Any]) -> str:
        services.set_channel(actor=request.user, **values)
        return reverse("supervision:deliveries")

    return run_form(request, ChannelForm(request.POST or None), act, _page("新增通知渠道", "保存"))


@GET_OR_POST
def channel(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a channel; saving one that was stopped takes it into use again."""
    require_role(request.user, Role.OFFICE)
    row = get_object_or_404(Channel, pk=pk)

    def act(values: dict[str, Any]) -> str:
        services.set_channel(actor=request.user, channel=row, **values)
        return reverse("supervision:deliveries")

    initial = {"name": row.name, "audience": row.audience.all(), "version": row.version}
    page = _page("修改通知渠道", "保存", "" if row.is_active else "这个渠道已停用，保存后重新启用。")
    return run_form(request, AmendChannelForm(request.POST or None, initial=initial), act, page)


@require_POST
def stop(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.OFFICE)
    row = services.stop_channel(actor=request.user, channel=get_object_or_404(Channel, pk=pk))
    messages.success(request, f"已停用渠道“{row.name}”，并记入台账。")
    return redirect("supervision:deliveries")


def _channels() -> list[tuple[Channel, str, Delivery | None]]:
    """Each with the name of its kind and its latest delivery."""
    latest = Delivery.objects.filter(channel=OuterRef("pk")).order_by("-day", "-pk").values("pk")[:1]
    rows = list(Channel.objects.annotate(persons=Count("audience"), latest=Subquery(latest)).order_by("-is_active", "name"))
    last = Delivery.objects.in_bulk([row.latest for row in rows if row.latest is not None])
    return [(row, addresses.name_of(row.scheme), last.get(row.latest)) for row in rows]


def _calendar_refusal() -> str:
    """Why no digest is made today, where the working days of the year are not known."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    try:
        WorkCalendar().is_workday(today)
    except CalendarNotLoaded as unknown:
        return unloaded(unknown.year)
    return ""


def _page(title: str, submit: str, warning: str = "") -> FormPage:
    address = reverse("supervision:deliveries")
    return FormPage(title, submit, address, [Crumb("通知发送", address)], warning=warning)
