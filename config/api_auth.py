"""Who calls the API: a token of a person, within its scopes and its rate, or a session of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from apps.units import services
from apps.units.models import ApiToken, Scope, User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class HouseSession(SessionAuthentication):
    """The site's session, in this house's words."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied("缺少或不符的防伪令牌，请刷新页面后重试（X-CSRFToken）", code="csrf_failed") from error


class HouseToken(TokenAuthentication):
    """A token that is neither revoked nor expired, of an account that is in use."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        token = services.use_token(key=key) if key.isalnum() else None
        if token is None or not token.owner.is_active:
            raise AuthenticationFailed
        return token.owner, token


class InScope(BasePermission):
    """Reading needs the scope ``read``, an act the scope of the room that it belongs to. A session is the person, who has all of them."""

    code = "out_of_scope"

    def has_permission(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        needed = scope_of(view) if request.method not in SAFE_METHODS else Scope.READ
        self.message = f"这个令牌没有“{needed.label}”的授权，请生成有这项授权的令牌"
        return needed in token.scopes


def scope_of(view: object) -> Scope:
    """The room in whose folder the view lives: no view can be forgotten. What is in no room (the list of addresses) has no acts."""
    package, _dot, rest = type(view).__module__.partition(".")
    return Scope(rest.partition(".")[0]) if package == "apps" else Scope.READ


class EachTokenThrottle(UserRateThrottle):
    """Requests with one token; beside it those of its owner are counted together, whatever they came with."""

    scope = "each_token"

    def get_cache_key(self, request: Request, view: APIView) -> Any:
        token = request.auth
        return self.cache_format % {"scope": self.scope, "ident": token.pk} if isinstance(token, ApiToken) else None
