"""One address, one page per role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.units.models import Role, User
from config.workbench import keepers, liaison, office, supervisor
from config.workbench.rounds import Round, round_of

Page = Callable[[Round], dict[str, Any]]
BUSINESS: dict[str, tuple[str, Page]] = {
    Role.OFFICE: ("office", office.page),
    Role.LIAISON: ("liaison", liaison.page),
    Role.SUPERVISOR: ("supervisor", supervisor.page),
}
KEEPERS: dict[str, Callable[[User], dict[str, Any]]] = {
    Role.ADMIN: lambda _user: keepers.admin_page(),
    Role.AUDITOR: lambda _user: keepers.auditor_page(),
    Role.DISCIPLINE: keepers.discipline_page,
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    context: dict[str, Any] = {"greeting": greeting()}
    if user.role not in BUSINESS:
        return render(request, f"workbench/{user.role}.html", {**context, **KEEPERS[user.role](user)})
    now = round_of(request, user)
    if now is None:
        return render(request, "workbench/none.html", context)
    name, build = BUSINESS[user.role]
    return render(request, f"workbench/{name}.html", {**context, "now": now, **build(now)})


def greeting() -> str:
    """By the hour, as offices say it."""
    hour = timezone.localtime().hour
    if hour < 12:
        return "上午好"
    return "下午好" if hour < 18 else "晚上好"
