"""How the API is asked: tokens, sessions, throttles, bodies that cannot be read, addresses that do not exist."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.ledgers.models import Entry
from apps.units.models import ApiToken, Role, User
from apps.units.services import create_user, disable_user, set_password
from config.api_tokens import TokenThrottle
from tests import factories as make
from tests.api_world import client, refused, url, with_token

pytestmark = pytest.mark.django_db


def ask_for_token(user: User, password: str = make.PASSWORD) -> Any:
    return APIClient().post(url("token"), {"username": user.username, "password": password})


def test_a_password_is_exchanged_for_a_token() -> None:
    user = make.office()
    answer = ask_for_token(user)
    assert answer.status_code == 201
    assert with_token(answer.json()["token"]).get(url("units")).status_code == 200
    assert Entry.objects.latest("pk").act == "units.issue_token"
    assert "no-store" in with_token(answer.json()["token"]).get(url("units"))["Cache-Control"]


def test_a_new_token_ends_the_old_one_and_a_token_can_be_given_back() -> None:
    user = make.office()
    old, new = (ask_for_token(user).json()["token"] for _ in range(2))
    assert refused(with_token(old).get(url("units")), 401)["code"] == "authentication_failed"
    assert with_token(new).delete(url("token")).status_code == 204
    assert Entry.objects.latest("pk").act == "units.end_token"
    refused(with_token(new).get(url("units")), 401)


def test_a_token_ends_after_thirty_days() -> None:
    key = ask_for_token(make.office()).json()["token"]
    with time_machine.travel(timezone.now() + dt.timedelta(days=29)):
        assert with_token(key).get(url("units")).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
        refused(with_token(key).get(url("units")), 401)


def test_a_token_ends_with_the_account_and_with_the_password() -> None:
    admin, user = make.user(Role.ADMIN), make.office()
    key = ask_for_token(user).json()["token"]
    disable_user(actor=admin, user=user, reason="调离")
    refused(with_token(key).get(url("units")), 401)
    assert refused(ask_for_token(user), 400)["code"] == "wrong_credentials"
    other = make.office()
    key = ask_for_token(other).json()["token"]
    set_password(actor=other, user=other, password="另一个足够长的密码-2026")
    assert not ApiToken.objects.filter(owner=other).valid().exists()


@pytest.mark.parametrize("key", ["", "a b", "坏".encode().decode("latin-1"), "0" * 40, "'--"])
def test_a_wrong_token_is_refused_even_where_everybody_may_read(key: str) -> None:
    for address in ("units", "editions"):
        assert with_token(key).get(url(address)).status_code == 401


def test_a_wrong_password_is_refused_alike_for_known_and_unknown_names() -> None:
    user = make.office()
    errors = [refused(ask_for_token(who, "falsch"), 400) for who in (user, User(username="nobody"))]
    assert errors[0] == errors[1]
    assert Entry.objects.filter(act="units.sign_in_failed").count() == 2


def test_failures_lock_the_account_on_both_doors() -> None:
    user = make.office()
    for _ in range(5):
        assert ask_for_token(user, "falsch").status_code == 400
    answer = ask_for_token(user)
    assert refused(answer, 429)["code"] == "throttled"
    assert int(answer["Retry-After"]) > 600
    page = Client().post("/accounts/login/", {"login": user.username, "password": make.PASSWORD})
    assert page.status_code == 429


def test_asking_for_tokens_is_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "2/min"})
    user = make.office()
    assert [ask_for_token(user).status_code for _ in range(3)] == [201, 201, 429]


def test_readers_are_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"anon": "1/min", "user": "2/min", "token": "1/min", "each_token": "2/min"}
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", rates)
    caller = client(make.office())
    answers = [caller.get(url("units")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "秒后再试" in refused(answers[2], 429)["message"]
    assert "Retry-After" in answers[2]
    assert [APIClient().get(url("editions")).status_code for _ in range(2)] == [200, 429]


def test_a_password_set_by_the_administrator_gives_no_token() -> None:
    admin = make.user(Role.ADMIN)
    user = create_user(actor=admin, username="new-colleague", name="新同事", role=Role.OFFICE, password="由管理员给出的-8473")
    assert refused(ask_for_token(user, "由管理员给出的-8473"), 403)["code"] == "one_time_password"


def test_a_session_acts_only_with_its_csrf_token() -> None:
    report = make.report(make.measure())
    office = make.office()
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(office)
    address = url("reports", report.pk, "approve")
    assert browser.get(url("reports", report.pk)).status_code == 200
    assert refused(browser.post(address, {}), 403)["code"] == "csrf_failed"
    key = ask_for_token(office).json()["token"]
    caller = APIClient(enforce_csrf_checks=True)
    caller.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert caller.post(address, {}).status_code == 200


UNREADABLE: list[tuple[bytes, str, int, str]] = [
    (b"{", "application/json", 400, "parse_error"),
    (b"\xff\xfe", "application/json", 400, "parse_error"),
    (b"[" * 200_000, "application/json", 400, "parse_error"),
    (b'{"agree": NaN}', "application/json", 400, "parse_error"),
    (b"1" * 5_000, "application/json", 400, "parse_error"),
    (b"", "application/json", 400, "required"),
    (b'{"version": 1e400}', "application/json", 400, "parse_error"),
    (b'{"version": NaN}', "application/json", 400, "parse_error"),
    (b'{"version": 1, "reason": "a", "text": "b", "\\ud800": 1}', "application/json", 400, "unknown_field"),
    (b'{"version": 1, "reason": "a", "pace": "\\ud800"}', "application/json", 400, "invalid_choice"),
    (b"{}", "application/json; charset=bz2", 400, "parse_error"),
    (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    (b"<a/>", "application/xml", 415, "unsupported_media_type"),
    (b"{}", "text/plain", 415, "unsupported_media_type"),
    (b"x", "multipart/form-data; boundary=y", 415, "unsupported_media_type"),
]


def test_bodies_that_cannot_be_read() -> None:
    measure = make.measure()
    caller = client(make.office())
    for body, kind, status, code in UNREADABLE:
        answer = caller.post(url("measures", measure.pk, "amend"), body, content_type=kind)
        assert refused(answer, status)["code"] == code, (body[:20], kind)
    for kind in ("multipart/form-data", "multipart/form-data; boundary=y"):
        answer = caller.post(url("measures", measure.pk, "report"), b"x", content_type=kind)
        refused(answer, 400)


def test_a_form_with_too_many_fields() -> None:
    measure = make.measure()
    body = {f"f{number}": "1" for number in range(1_100)}
    refused(client(make.office()).post(url("measures", measure.pk, "report"), body, format="multipart"), 400)


@pytest.mark.parametrize("address", ["nothing/", "issues/1/delete/", "issues", "issues/abc/", "measures/1/", "", "issues//"])
def test_addresses_that_do_not_exist(address: str) -> None:
    answer = client(make.office()).get(f"/api/v1/{address}")
    if address:
        assert refused(answer, 404)["code"] == "not_found"
    else:
        assert set(answer.json()) >= {"issues", "measures", "editions"}


def test_wrong_methods_on_lists_and_rows() -> None:
    issue = make.issue()
    caller = client(make.office())
    lists, rows = (url("issues"), url("units")), (url("issues", issue.pk), url("flags"))
    for method in ("post", "put", "patch", "delete", "options", "trace"):
        for address in rows if method == "post" else (*lists, *rows):
            answer = caller.generic(method.upper(), address, "{}", content_type="application/json")
            assert refused(answer, 405)["code"] == "method_not_allowed"


def test_only_json_is_spoken() -> None:
    answer = client(make.office()).get(url("units"), HTTP_ACCEPT="application/xml")
    assert refused(answer, 406)["code"] == "not_acceptable"


def test_a_query_that_is_no_text_is_no_server_error() -> None:
    caller = client(make.office())
    for query in ("q=%ff%fe", "category=%00", "unit=%F0%9F%98%80", "number=%D9%A3", "page=%00", "ordering=%00"):
        for address in ("issues", "measures", "units"):
            answer = caller.get(f"{url(address)}?{query}")
            assert answer.status_code in (200, 400, 404), (address, query)
            json.loads(answer.content)
