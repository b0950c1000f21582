"""Signing in and out: what the house book keeps, what is throttled, which passwords must be changed."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from apps.ledgers.models import Entry
from apps.units import services
from apps.units.models import Act, Role, User
from apps.units.signin import OwnPasswordForm
from tests import factories

pytestmark = pytest.mark.django_db

OWN = "Chun-feng-2026-hua"
LOGIN, LOGOUT, PASSWORD, HOME = "/accounts/login/", "/accounts/logout/", "/accounts/password/", "/workbench/"


def sign_in(user: User, password: str = factories.PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(LOGIN, {"login": user.username, "password": password})
    return client


def acts() -> list[str]:
    """The latest acts of the house book, the newest first."""
    return list(Entry.objects.filter(book__slug="house").order_by("-seq").values_list("act", flat=True))


def test_sign_in_leads_home_and_is_entered() -> None:
    user = factories.office()
    response = Client().post(LOGIN, {"login": user.username, "password": factories.PASSWORD})
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"] == HOME
    entry = Entry.objects.order_by("-pk")[0]
    assert (entry.act, entry.actor, entry.subject_id) == (Act.SIGN_IN, user, user.pk)


def test_sign_in_goes_on_to_the_page_that_asked_and_to_no_other_site() -> None:
    user = factories.office()
    data = {"login": user.username, "password": factories.PASSWORD}
    assert Client().post(LOGIN, {**data, "next": "/register/"})["Location"] == "/register/"
    assert Client().post(LOGIN, {**data, "next": "https://example.org/"})["Location"] == HOME


def test_failed_sign_in_is_entered_and_tells_nothing_about_the_account() -> None:
    user = factories.office()
    known = Client().post(LOGIN, {"login": user.username, "password": "wrong"})
    unknown = Client().post(LOGIN, {"login": "nobody", "password": "wrong"})
    for response in (known, unknown):
        assert response.status_code == HTTPStatus.BAD_REQUEST
        assert "登录名或密码不对" in response.content.decode()
    assert acts()[:2] == [Act.SIGN_IN_FAILED, Act.SIGN_IN_FAILED]
    assert Entry.objects.order_by("-pk")[1].subject_id == user.pk
    assert "wrong" not in str(list(Entry.objects.values_list("payload", flat=True)))


def test_empty_form_names_the_fields() -> None:
    page = Client().post(LOGIN, {}).content.decode()
    assert "请填写登录名。" in page
    assert "请填写密码。" in page


def test_sixth_failure_is_throttled_even_with_the_right_password() -> None:
    user = factories.office()
    client = Client()
    for _ in range(5):
        assert client.post(LOGIN, {"login": user.username, "password": "wrong"}).status_code == HTTPStatus.BAD_REQUEST
    response = client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD})
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "请一刻钟后再试" in response.content.decode()
    assert client.get(HOME).status_code == HTTPStatus.FOUND


def test_too_many_attempts_from_one_address_get_a_page_in_chinese(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    responses = [Client().post(LOGIN, {"login": "x", "password": "y"}) for _ in range(3)]
    assert responses[-1].status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "操作太频繁" in responses[-1].content.decode()


def test_sign_out_is_a_post_is_entered_and_clears_the_browser() -> None:
    user = factories.office()
    client = sign_in(user)
    assert client.get(LOGOUT).status_code == HTTPStatus.OK
    assert client.get(HOME).status_code == HTTPStatus.OK
    response = client.post(LOGOUT)
    assert response["Location"] == "/"
    assert response["Clear-Site-Data"] == '"cache"'
    assert acts()[0] == Act.SIGN_OUT
    assert client.get(HOME).status_code == HTTPStatus.FOUND


def test_a_stopped_account_does_not_open_with_the_right_password() -> None:
    user = factories.office()
    services.disable_user(actor=None, user=user, reason="调离")
    client = Client()
    response = client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD}, follow=True)
    assert client.get(HOME).status_code == HTTPStatus.FOUND
    assert acts()[0] == Act.SIGN_IN_FAILED
    assert HTTPStatus(response.status_code) in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)


def test_an_account_stopped_while_signed_in_is_out_at_its_next_step() -> None:
    user = factories.office()
    client = sign_in(user)
    services.disable_user(actor=None, user=user, reason="调离")
    assert client.get(HOME).status_code == HTTPStatus.FOUND


def test_password_of_the_administrator_must_be_changed_first() -> None:
    admin, user = factories.user(Role.ADMIN), factories.office()
    services.set_password(actor=admin, user=user, password=OWN)
    client = sign_in(user, OWN)
    for address in (HOME, "/register/"):
        assert client.get(address)["Location"] == PASSWORD
    assert "一次性密码" in client.get(PASSWORD).content.decode()
    response = client.post(PASSWORD, {"oldpassword": OWN, "password1": f"{OWN}-2", "password2": f"{OWN}-2"})
    assert response["Location"] == HOME
    assert acts()[0] == Act.SET_PASSWORD
    assert client.get(HOME).status_code == HTTPStatus.OK
    assert sign_in(user, f"{OWN}-2").get(HOME).status_code == HTTPStatus.OK


def test_a_refused_password_says_why_and_changes_nothing() -> None:
    user = factories.office()
    client = sign_in(user)
    for data in (
        {"oldpassword": "wrong", "password1": OWN, "password2": OWN},
        {"oldpassword": factories.PASSWORD, "password1": "12345678", "password2": "12345678"},
        {"oldpassword": factories.PASSWORD, "password1": OWN, "password2": "other"},
        {},
    ):
        response = client.post(PASSWORD, data)
        assert response.status_code == HTTPStatus.BAD_REQUEST
        assert "没有提交成功" in response.content.decode()
    user.refresh_from_db()
    assert user.check_password(factories.PASSWORD)


def test_only_these_pages_of_allauth_exist() -> None:
    for name in ("account_signup", "account_email", "account_reset_password", "account_set_password", "account_reauthenticate"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert Client().get("/accounts/signup/").status_code == HTTPStatus.NOT_FOUND


def test_the_admin_site_has_no_way_in_of_its_own() -> None:
    response = Client().get("/admin/login/?next=/admin/")
    assert response["Location"] == "/accounts/login/?next=/admin/"
    assert Client().post("/admin/login/", {"username": "x", "password": "y"})["Location"] == LOGIN


def test_demonstration_accounts_are_named_in_demonstrations_only(settings: Settings) -> None:
    factories.user(Role.OFFICE, username="office")
    settings.JIANDI_DEMO = True
    assert "演示账号" in Client().get(LOGIN).content.decode()
    settings.JIANDI_DEMO = False
    page = Client().get(LOGIN).content.decode()
    assert "演示账号" not in page
    assert "jiandi-demo" not in page


def test_whoever_is_signed_in_is_led_home() -> None:
    assert sign_in(factories.office()).get(LOGIN)["Location"] == HOME


def test_a_failed_sign_in_is_entered_on_the_account_however_its_name_was_typed() -> None:
    user = factories.user(Role.OFFICE, username="Wang")
    Client().post("/accounts/login/", {"login": "wang", "password": "not-this-one"})
    assert Entry.objects.get(act=Act.SIGN_IN_FAILED).subject_id == user.pk


def test_the_hint_of_a_new_password_is_one_sentence() -> None:
    hint = OwnPasswordForm(user=factories.office()).fields["password1"].help_text
    assert hint == "至少 12 个字符，不能与您的登录名等个人信息相近，不能是常见密码，不能全是数字。"


def test_a_session_that_nobody_uses_ends_and_one_in_use_goes_on(settings: Settings) -> None:
    browser, start = factories.signed_in(factories.office()), dt.datetime.now(dt.UTC)
    idle = dt.timedelta(minutes=settings.SESSION_IDLE_MINUTES)
    for minutes, status in ((0.9 * idle, 200), (1.8 * idle, 200), (2.9 * idle, 302)):
        with time_machine.travel(start + minutes, tick=False):
            assert browser.get(reverse("workbench")).status_code == status
