"""The pages that belong to no single room: errors, and the jump from the search box. (The home page is config/workbench.)"""

from __future__ import annotations

import re
import unicodedata
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.units.models import User
from apps.units.policies import sees_no_business

TITLES = {
    400: "没有办成",
    403: "没有权限",
    404: "找不到这个页面",
    405: "不能这样访问",
    409: "内容已经变化",
    429: "操作太频繁",
    500: "系统出错了",
}
SENTENCES = {
    400: "请求的内容不对，请返回上一页核对后重试。",
    403: "您的账号不能办理这件事。如确有需要，请联系整改办或系统管理员。",
    404: "地址可能写错了，内容可能已经移走，也可能不属于您负责的范围。请从工作台或台账重新进入。",
    429: "短时间内请求太多，请稍等几分钟再试。",
    500: "错误已经记录，您填写的内容没有保存。请稍后重试；如果反复出现，请告诉系统管理员发生的时间和做过的操作。",
}
CODES = {400: "bad_request", 403: "permission_denied", 404: "not_found", 405: "method_not_allowed", 429: "throttled", 500: "error"}
STALE_FORM = "页面停留太久或已在别处退出，表单没有提交。请返回上一页刷新后重新提交。"


def refusal(request: HttpRequest | None, status: int, sentence: str = "", title: str = "") -> HttpResponse:
    """The page of an error: its status, what it means and what to do next. A refused query offers the page without it.

    The API gets the same sentence in its own shape (config/api_errors.py).
    """
    sentence = sentence or _sentence(request, status)
    if request is not None and request.path.startswith("/api/"):
        return JsonResponse({"error": {"code": CODES.get(status, "refused"), "message": sentence, "fields": {}}}, status=status)
    user = getattr(request, "user", None) if status != HTTPStatus.INTERNAL_SERVER_ERROR else None
    signed_in = bool(user is not None and user.is_authenticated)
    asked = request is not None and status == HTTPStatus.BAD_REQUEST and request.method in ("GET", "HEAD") and bool(request.GET)
    context = {
        "status": status,
        "title": title or TITLES.get(status, TITLES[400]),
        "sentence": sentence,
        "signed_in": signed_in,
        "plain": request.path if request is not None and asked else "",
    }
    # A reader who mistyped an address stays among the pages of the public.
    template = "reports/not_found.html" if status == HTTPStatus.NOT_FOUND and not signed_in else "error.html"
    return HttpResponse(render_to_string(template, {**context, "shell": {"demo": settings.JIANDI_DEMO}}), status=status)


def _sentence(request: HttpRequest | None, status: int) -> str:
    """The public is not sent to the workbench."""
    user = getattr(request, "user", None)
    if status == HTTPStatus.NOT_FOUND and (user is None or not user.is_authenticated):
        return "地址可能写错了，内容也可能已经移走。请从首页重新进入。"
    return SENTENCES.get(status, SENTENCES[400])


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth answers when a rate limit is reached (it looks for ``handler429``)."""
    return refusal(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    return refusal(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(request, 403, STALE_FORM, "页面已过期")


@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """Where the search box leads: “63-2” to the measure, “63” to the issue, anything else to the register's text search.

    Numbers are those of the latest round the user sees; one that is not there is searched for as text.
    """
    user = request.user
    if not isinstance(user, User) or sees_no_business(user):
        raise PermissionDenied
    text = unicodedata.normalize("NFKC", request.GET.get("q", "")).strip()[:100]
    return redirect(_sheet(user, text) or f"{reverse('measures:register')}?{urlencode({'q': text}) if text else ''}".rstrip("?"))


def _sheet(user: User, text: str) -> str | None:
    """The address of the issue or measure with that number; dashes of every width are understood."""
    found = re.fullmatch(r"(\d{1,4})(?:\s*[-‐‑–—－]\s*(\d{1,4}))?", text)
    if found is None:
        return None
    issue, ordinal = found.groups()
    latest = "-inspection__feedback_on", "-inspection_id"
    if ordinal is None:
        row = Issue.objects.visible_to(user).filter(number=int(issue)).order_by(*latest).first()
        return reverse("issues:sheet", args=(row.pk,)) if row else None
    measures = Measure.objects.visible_to(user).filter(issue__number=int(issue), ordinal=int(ordinal))
    measure = measures.order_by("-issue__inspection__feedback_on", "-issue__inspection_id").first()
    return reverse("measures:sheet", args=(measure.pk,)) if measure else None
