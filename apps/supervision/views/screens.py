"""The wall chart on a screen, signed in or by a link; and the page on which the links are kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import SignedRequest, attempt, require_role
from apps.supervision import services
from apps.supervision.forms.screens import ScreenForm
from apps.supervision.models import Group, ScreenLink
from apps.supervision.policies import SUPERVISING
from apps.supervision.scope import Scope, groups_seen_by, scope_of
from apps.supervision.screens import ScreenLine, opened_by, visible_screens
from apps.supervision.wall import picture
from apps.units.errors import ActRefused
from apps.units.parameters import page_of, refuse_unknown
from apps.units.policies import sees_all_business

LINKS_A_PAGE = 50
A_MINUTE = 60
ASKED_A_MINUTE = 120
"""Of one address, by all links together: ten screens behind one of them refresh ten times a minute."""
PART, WHOLE = "supervision/wall/picture.html", "supervision/wall/screen.html"
GONE = "这个大屏链接打不开：可能已经过期、已经停用，或者地址不完整。请联系整改办重新生成。"


@require_safe
def wall(request: SignedRequest) -> HttpResponse:
    """The wall for those signed in: the latest round, ``?inspection=`` another, ``?group=`` one group's part."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return _dark(request, HTTPStatus.OK, "还没有整改任务", "登记问题和措施以后，这里显示整改情况。")
    refuse_unknown(request, "inspection", "group")
    return _shown(request, scope, linked=True)


def without_traces(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """The address is the key: it is kept by no cache, told to no other site, listed by no search engine."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        answer = view(request, token)
        patch_cache_control(answer, no_store=True, private=True)
        answer["Referrer-Policy"] = "no-referrer"
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return guarded


@login_not_required
@require_safe
@without_traces
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The wall by a link. Expired, revoked, unknown, its maker gone: the same page, as if it had never been."""
    if _asked_too_often(request):
        return _dark(request, HTTPStatus.TOO_MANY_REQUESTS, "请求太频繁", "请稍等一分钟再打开。")
    scope = opened_by(token)
    if scope is None:
        answer = _dark(request, HTTPStatus.NOT_FOUND, "链接打不开", GONE)
        # A screen that is on shows the old picture no longer: it loads itself anew, and so this page.
        answer["HX-Refresh"] = "true"
        return answer
    try:
        refuse_unknown(request)
    except ActRefused as refused:
        return _dark(request, refused.status, "没有办成", refused.message)
    return _shown(request, scope, linked=False)


def _shown(request: HttpRequest, scope: Scope, *, linked: bool) -> HttpResponse:
    context = {
        "picture": picture(scope),
        "linked": linked,
        "refresh": settings.WALL_REFRESH_SECONDS,
        "turn": settings.WALL_TURN_SECONDS,
        "address": request.get_full_path(),
    }
    return render(request, PART if getattr(request, "htmx", False) else WHOLE, context)


def _dark(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "supervision/wall/gone.html", {"title": title, "sentence": sentence}, status=status)


def _asked_too_often(request: HttpRequest) -> bool:
    key = f"wall:{get_adapter(request).get_client_ip(request)}:{int(time.time()) // A_MINUTE}"
    cache.add(key, 0, 2 * A_MINUTE)
    try:
        return bool(cache.incr(key) > ASKED_A_MINUTE)
    except ValueError:  # the entry went between the two calls
        return False


@require_http_methods(("GET", "HEAD", "POST"))
def screens(request: SignedRequest) -> HttpResponse:
    """The links, their states, and the form for a new one. Its address is shown in the answer to the form and never again."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "大屏"})
    refuse_unknown(request, "inspection", "page")
    form = _form(request, scope.inspection)
    status, address, made = 200, "", None
    if request.method == "POST":
        found, status = attempt(form, lambda values: _made(request, scope.inspection, values))
        if found is not None:
            made, token = found
            status, address = 201, request.build_absolute_uri(reverse("supervision:screen", args=(token,)))
            form = _form(request, scope.inspection, fresh=True)
    rows = visible_screens(request.user).filter(inspection=scope.inspection)
    page = page_of(rows.select_related("group", "made_by", "revoked_by"), request, LINKS_A_PAGE)
    now = timezone.now()
    context = {
        "scope": scope,
        "form": form,
        "page": page,
        "made": made,
        "address": address,
        "lines": [ScreenLine(row, now) for row in page],
    }
    return render(request, "supervision/screens.html", context, status=status)


def _made(request: SignedRequest, inspection: Inspection, values: dict[str, Any]) -> tuple[ScreenLink, str]:
    given = {name: values[name] for name in ("name", "group", "hours")}
    return services.make_screen(actor=request.user, inspection=inspection, **given)


def _form(request: SignedRequest, inspection: Inspection, *, fresh: bool = False) -> ScreenForm:
    groups = Group.objects.filter(pk__in=[group.pk for group in groups_seen_by(request.user, inspection)])
    return ScreenForm(None if fresh else request.POST or None, groups=groups, whole=sees_all_business(request.user))


@require_POST
def revoke_screen(request: SignedRequest, pk: int) -> HttpResponse:
    """Stop a link before its time."""
    require_role(request.user, *SUPERVISING)
    row = services.revoke_screen(actor=request.user, link=get_object_or_404(visible_screens(request.user), pk=pk))
    messages.success(request, f"{row.label_in_book}已停用，屏幕下次刷新时关闭。")
    return redirect(f"{reverse('supervision:screens')}?inspection={row.inspection_id}")
