"""The bell's page: what a person is to know, unread or all, by kind; opening one marks it read and goes on to where it leads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.units import services
from apps.units.errors import ActRefused
from apps.units.models import Notification, User
from apps.units.parameters import chosen_of, page_of, refuse_unknown

ROWS_A_PAGE = 50
ALL = "all"
LONGEST_KEY = 18


def reader_of(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """The reader's own, the newest first: unread ones, or with ``?show=all`` all of them; ``?kind=`` narrows either."""
    refuse_unknown(request, "show", "kind", "page")
    own = Notification.objects.visible_to(reader_of(request))
    show, kind = _chosen(request)
    counts = list(own.order_by().values_list("kind").annotate(every=Count("pk"), unread=Count("pk", filter=Q(read_at=None))))
    numbers = {name: every if show else unread for name, every, unread in counts}
    shown = own if show else own.unread()
    page = page_of(shown.filter(kind=kind) if kind else shown, request, ROWS_A_PAGE)
    context: dict[str, Any] = {
        "page": page,
        "show": show,
        "kind": kind,
        "unread": sum(unread for _kind, _every, unread in counts),
        "every": sum(every for _kind, every, _unread in counts),
        "kinds": [(value, label, numbers[value]) for value, label in Notification.Kind.choices if numbers.get(value)],
        "newest": max((row.pk for row in page), default=0) if page.number == 1 else 0,
        "reading": f"{reverse('units:notifications-read')}{_query(show, kind)}",
    }
    return render(request, "units/notifications.html", context)


@require_safe
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """On to where it leads; whether the reader may see that is decided there. Only following the link marks it read, not looking it up."""
    refuse_unknown(request)
    user = reader_of(request)
    row = get_object_or_404(Notification.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        services.mark_read(actor=user, notifications=[row.pk])
    return redirect(row.path if row.leads_inside else "units:notifications")


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read (``one``), or all that are listed (``until``: the newest that the page showed)."""
    user, (show, kind) = reader_of(request), _chosen(request)
    one, until = _number(request, "one"), _number(request, "until")
    if one is None and until is None:
        raise ActRefused("请在消息列表里点“标为已读”或“全部标为已读”。")
    if one is not None:
        services.mark_read(actor=user, notifications=[one])
    else:
        marked = services.mark_all_read(actor=user, kind=kind, until=until or 0)
        messages.success(request, f"已将 {marked} 条消息标为已读。")
    return redirect(f"{reverse('units:notifications')}{_query(show, kind)}")


def _chosen(request: HttpRequest) -> tuple[str, str]:
    show = chosen_of(request, "show", "范围", (ALL,))
    return show, chosen_of(request, "kind", "类型", Notification.Kind.values)


def _query(show: str, kind: str) -> str:
    """The list at hand, so that marking comes back to it."""
    asked = {key: value for key, value in (("show", show), ("kind", kind)) if value}
    return f"?{urlencode(asked)}" if asked else ""


def _number(request: HttpRequest, name: str) -> int | None:
    """The key posted under that name; None where none was, or where it can be no row's."""
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= LONGEST_KEY else None
