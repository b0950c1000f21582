"""Sign-in as this house wants it: accounts are opened by the administrator, never by oneself, and the house book keeps every sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from apps.ledgers.models import Entry
from apps.units import services
from apps.units.models import Act, User

MUST_CHANGE = "password_is_one_time"
"""Session key: whoever signed in with a password that somebody else set chooses a new one before anything else."""


def password_is_one_time(user: User) -> bool:
    """Whether the book says that somebody else, the administrator, was the last to set this user's password.

    Accounts made by the system itself (the first one of an empty house, those of the demonstration) keep theirs.
    """
    acts = (Act.CREATE_USER, Act.SET_PASSWORD)
    last = Entry.objects.filter(subject_type="user", subject_id=user.pk, act__in=acts).order_by("-pk").first()
    return last is not None and last.actor_id not in (None, user.pk)


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed; sign-ins, failed ones and sign-outs go in the house book."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "登录名或密码不对，请核对后重试；忘记密码请联系系统管理员重设。",
        "too_many_login_attempts": "登录失败次数过多，请一刻钟后再试；忘记密码请联系系统管理员重设。",
        "enter_current_password": "当前密码不对，请重新输入。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        services.record_failed_sign_in(username=str(credentials.get("username", "")))

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """A right password does not open an account that was stopped; it counts as a failed sign-in."""
        services.record_failed_sign_in(username=user.username)
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if password_is_one_time(user):
            request.session[MUST_CHANGE] = True
        services.record_sign_in(user=user)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            services.record_sign_out(user=request.user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """A password chosen by its owner; the row in hand is the one whose session goes on."""
        user.password = services.set_password(actor=user, user=user, password=password).password
