"""The address where a password is exchanged for a token, by the same door as the sign-in page: its lock, its entries in the house book."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle, BaseThrottle
from rest_framework.views import APIView

from apps.units import services
from apps.units.adapters import password_is_one_time
from apps.units.models import ApiToken, User
from apps.units.rest import ActSerializer, actor_of

LOCKED_FOR = 15 * 60
"""Seconds that the lock of the sign-in page lasts (ACCOUNT_RATE_LIMITS)."""


class TokenThrottle(AnonRateThrottle):
    """Tries for a token from one address, right or wrong."""

    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class TokenInput(ActSerializer):
    username = serializers.CharField(max_length=150, label="登录名")
    password = serializers.CharField(max_length=256, trim_whitespace=False, label="密码")


class TokenOutput(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="放在请求头：Authorization: Token …")
    expires_at = serializers.DateTimeField()


class TokenView(APIView):
    """接口令牌"""

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Who asks for a token is nobody yet, whatever else the request carries."""
        return [] if self._asks_for_one() else super().get_authenticators()

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if self._asks_for_one() else [IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        return [TokenThrottle()] if self._asks_for_one() else super().get_throttles()

    def _asks_for_one(self) -> bool:
        return self.request is not None and self.request.method == "POST"

    @extend_schema(request=TokenInput, responses={201: TokenOutput}, auth=[])
    def post(self, request: Request) -> Response:
        """用登录名和密码换取令牌：有效三十天，各项授权齐全，再换取时原来换取的作废；与网页登录共用失败次数限制。

        长期使用的程序请在网页“接口令牌”里生成只有所需授权的令牌。"""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = self._user(request, **given.validated_data)
        if password_is_one_time(user):
            raise PermissionDenied("密码由他人设定，请先登录网页修改密码，再获取令牌", code="one_time_password")
        token, key = services.issue_token(user=user)
        body = TokenOutput({"token": key, "expires_at": token.expires_at})
        return Response(body.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """撤销这次请求所用的令牌；不用令牌的，撤销自己用密码换取的令牌。"""
        token = request.auth
        services.end_token(user=actor_of(request), token=token if isinstance(token, ApiToken) else None)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _user(self, request: Request, username: str, password: str) -> User:
        """Whoever that is; an account that was stopped looks like a wrong password."""
        try:
            user = get_adapter().authenticate(request._request, username=username, password=password)
        except DjangoValidationError as error:
            raise Throttled(wait=LOCKED_FOR) from error
        if user is not None and not user.is_active:
            services.record_failed_sign_in(username=user.username)
        if not isinstance(user, User) or not user.is_active:
            raise ValidationError("登录名或密码不对，请核对后重试；忘记密码请联系系统管理员重设", code="wrong_credentials")
        return user
