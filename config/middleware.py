"""What holds for every page: refusals are said in Chinese, private pages are not kept by the browser, one-time passwords are changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control

from apps.units.adapters import MUST_CHANGE
from apps.units.errors import ActRefused
from config.views import refusal

GetResponse = Callable[[HttpRequest], HttpResponseBase]
OPEN_TO_ONE_TIME = ("account_change_password", "account_logout")


class PublicPagesMiddleware:
    """Answers pages for anybody (``apps.reports.publishing.serving.public_page``) before the session and who is signed in are looked at:
    they set no cookie, depend on none, and are the same for everybody. Other methods than GET and HEAD go the way of all requests.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        if not getattr(match.func, "public_page", False):
            return self.get_response(request)
        # What CommonMiddleware does first: a host that is not ours is refused.
        request.get_host()
        request.resolver_match = match
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except ActRefused as error:
            response = refusal(request, error.status, error.message)
        response["X-Frame-Options"] = "DENY"
        return response


class RefusalMiddleware:
    """Turns a refused act into a page with its status and sentence; a wrong method into a page instead of an empty answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and isinstance(response, HttpResponse) and not response.content:
            page = refusal(request, HTTPStatus.METHOD_NOT_ALLOWED, "这个地址不能这样使用，请从页面上的按钮或链接进入。")
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ActRefused):
            return None
        response = refusal(request, exception.status, exception.message)
        if getattr(request, "htmx", False):
            response["HX-Trigger"] = json.dumps({"refused": exception.message})
        return response


class PrivatePagesMiddleware:
    """What a signed-in person sees is stored nowhere (security.md S-13)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            patch_cache_control(response, no_store=True, private=True)
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for a sign-in unless its view says otherwise (``login_not_required``). A part asked for by htmx has no place
    for the sign-in page, so the whole page is loaded again and asks."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        response: HttpResponseBase | None = super().process_view(request, view, args, kwargs)
        if response is not None and getattr(request, "htmx", False):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
        return response


class OneTimePasswordMiddleware:
    """Whoever signed in with a password set by the administrator chooses a new one before anything else (security.md S-25)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or match.view_name in OPEN_TO_ONE_TIME or MUST_CHANGE not in request.session:
            return None
        return redirect("account_change_password") if request.user.is_authenticated else None
