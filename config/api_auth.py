"""Who calls the API: a token that was fetched with the password, or a session of the site."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

LIFE = dt.timedelta(days=30)


class HouseSession(SessionAuthentication):
    """The site's session, in this house's words."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied("缺少或不符的防伪令牌，请刷新页面后重试（X-CSRFToken）", code="csrf_failed") from error


class HouseToken(TokenAuthentication):
    """A token lives thirty days; a new one ends the old."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        if not key.isalnum():
            raise AuthenticationFailed
        user, token = super().authenticate_credentials(key)
        if token.created + LIFE < timezone.now():
            raise AuthenticationFailed
        return user, token
