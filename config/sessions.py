"""Ends a session nobody has used for SESSION_IDLE_MINUTES (its longest life is SESSION_COOKIE_AGE)."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

LAST_USED = "last_used"
# Sent with what a page asks for by itself, so that a screen left on does not keep a session open for hours.
UNATTENDED = "X-Unattended"
# The moment is written at most once a minute, so that reading pages stays reading.
GRAIN = 60


class IdleSessionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY in request.session:
            self._use(request)
        return self.get_response(request)

    def _use(self, request: HttpRequest) -> None:
        now = int(time.time())
        last_used = request.session.get(LAST_USED)
        unused = now - (self._signed_in_at(request, now) if last_used is None else last_used)
        if unused > settings.SESSION_IDLE_MINUTES * 60:
            logout(request)
        elif unused >= GRAIN and UNATTENDED not in request.headers:
            request.session[LAST_USED] = now

    def _signed_in_at(self, request: HttpRequest, now: int) -> int:
        signed_in = getattr(request.user, "last_login", None)
        return int(signed_in.timestamp()) if signed_in else now
