"""The pages of signing in and out. Of allauth's pages only these are mounted: sign-up, e-mail and reset by mail do not exist here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account import views
from allauth.account.forms import ChangePasswordForm, LoginForm
from django.conf import settings
from django.contrib.auth import password_validation
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse_lazy

from apps.units.adapters import MUST_CHANGE, AccountAdapter
from apps.units.models import User

THROTTLED = AccountAdapter.error_messages["too_many_login_attempts"]


class SignInForm(LoginForm):
    """Login name and password, in this house's words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"login": ("登录名", "请填写登录名。"), "password": ("密码", "请填写密码。")}
        for name, (label, missing) in words.items():
            field = self.fields[name]
            field.label, field.error_messages["required"], field.help_text = label, missing, ""
            field.widget.attrs.pop("placeholder", None)


class SignInView(views.LoginView):
    """A refused sign-in answers 400, one too many 429."""

    form_class = SignInForm

    def form_invalid(self, form: Form) -> HttpResponse:
        throttled = THROTTLED in form.non_field_errors()
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS if throttled else HTTPStatus.BAD_REQUEST
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        if settings.JIANDI_DEMO:
            accounts = list(User.objects.active_demonstrations().select_related("unit").order_by("pk"))
            context["demo_accounts"] = [row for row in accounts if "-" not in row.username]
            context["more_accounts"] = [row for row in accounts if "-" in row.username]
        return context


class SignOutView(views.LogoutView):
    """The browser forgets what it kept of the pages, so that Back shows nothing (security.md S-13)."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


class OwnPasswordForm(ChangePasswordForm):
    """The current password and twice the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("oldpassword", "当前密码"), ("password1", "新密码"), ("password2", "再输一遍新密码")):
            field = self.fields[name]
            field.label, field.help_text, field.error_messages["required"] = label, "", f"请填写{label}。"
            field.widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = "，".join(password_validation.password_validators_help_texts()) + "。"


class ChangePasswordView(views.PasswordChangeView):
    form_class = OwnPasswordForm
    success_url = reverse_lazy("workbench")

    def form_valid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.request.session.pop(MUST_CHANGE, None)
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        response.status_code = HTTPStatus.BAD_REQUEST
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "one_time": MUST_CHANGE in self.request.session}


urlpatterns = [
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", SignOutView.as_view(), name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/", ChangePasswordView.as_view(), name="account_change_password"),
]
