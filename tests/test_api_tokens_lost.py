"""What a token may no longer do once its owner may not, and where its key is never written."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.apps import apps as registry
from django.test import Client

from apps.units.models import ApiToken, Role, Scope, User
from apps.units.services import disable_user, enable_user, make_token, revoke_token
from tests import factories as make
from tests.api_world import refused, url, with_token
from tests.test_api_tokens import token_of

pytestmark = pytest.mark.django_db
UNIT = {"name": "某局", "short_name": "某局", "kind": "government"}


def test_a_role_that_was_lost_is_lost_to_the_token_at_once() -> None:
    user = make.office()
    _row, key = token_of(user, *Scope.values)
    assert with_token(key).post(url("units"), UNIT).status_code == 201
    User.objects.filter(pk=user.pk).update(role=Role.LIAISON, unit=make.unit())
    refused(with_token(key).post(url("units"), {**UNIT, "name": "他局", "short_name": "他局"}), 403)
    refused(with_token(key).get(url("hooks")), 403)


def test_a_unit_that_was_left_is_seen_no_more() -> None:
    old, new = make.unit(), make.unit()
    user, issue = make.liaison(old), make.issue(lead=old)
    _row, key = token_of(user)
    assert with_token(key).get(url("issues", issue.pk)).status_code == 200
    User.objects.filter(pk=user.pk).update(unit=new)
    refused(with_token(key).get(url("issues", issue.pk)), 404)


def test_an_account_that_comes_back_has_none_of_its_former_tokens() -> None:
    user, admin = make.office(), make.user(Role.ADMIN)
    row, key = token_of(user, days=7)
    assert with_token(key).get(url("units")).status_code == 200
    disable_user(actor=admin, user=user, reason="借调")
    refused(with_token(key).get(url("units")), 401)
    enable_user(actor=admin, user=user, reason="返回")
    refused(with_token(key).get(url("units")), 401)
    row.refresh_from_db()
    assert row.revoked_by == admin


def test_the_list_of_addresses_has_no_acts() -> None:
    _row, key = token_of(make.office(), *Scope.values)
    assert with_token(key).get("/api/v1/").status_code == 200
    refused(with_token(key).post("/api/v1/", {}), 405)


def test_a_token_of_one_scope_cannot_make_or_widen_one() -> None:
    user = make.office()
    row, key = token_of(user, *Scope.values)
    assert with_token(key).post(url("tokens"), {"name": "另一个", "scopes": ["read"], "days": 1}).status_code == 405
    assert with_token(key).patch(url("tokens", row.pk), {"scopes": list(Scope.values)}).status_code == 405
    assert with_token(key).get("/tokens/").status_code == 302
    assert ApiToken.objects.count() == 1


def test_a_token_opens_no_page() -> None:
    """Approvals at a page need the session of a person; a token in the header of a page is nobody."""
    user = make.office()
    _row, key = token_of(user, *Scope.values)
    for path in ("/workbench/", "/hooks/", "/tokens/", "/register/"):
        assert with_token(key).get(path).status_code == 302, path


def test_the_key_lies_in_no_table_and_no_line_of_a_log(caplog: pytest.LogCaptureFixture) -> None:
    user = make.office()
    with caplog.at_level(logging.DEBUG):
        row, key = make_token(actor=user, name="月报脚本", scopes=[Scope.READ], days=1)
        assert with_token(key).get(url("units")).status_code == 200
        refused(with_token(key).post(url("units"), UNIT), 403)
        refused(with_token(key).get(url("nowhere")), 404)
        revoke_token(actor=user, token=row)
        refused(with_token(key).get(url("units")), 401)
        refused(with_token(f"{key}x").get(url("units")), 401)
        make.signed_in(user).get("/tokens/")
    lines = "\n".join(str(vars(record)) for record in caplog.records if not record.name.startswith("django.db"))
    assert "Unauthorized" in lines
    assert key not in lines
    for model in registry.get_models():
        for values in model._default_manager.values():
            assert key not in str(values), model


@pytest.mark.parametrize("header", ["Token", "Token ", "Token a b", "Token \xff", "Bearer x", "Token " + "0" * 64, "Token " + "a" * 5000])
def test_what_is_no_token_is_nobody(header: str) -> None:
    answer: Any = Client().get(url("units"), HTTP_AUTHORIZATION=header)
    refused(answer, 401)
    assert answer["WWW-Authenticate"] == "Token"
