"""Tokens for programs: shown once and kept as a hash, scoped, expiring, revoked, each in the house book; rates of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import ApiToken, Role, Scope, User
from apps.units.services import disable_user, make_token, revoke_token
from tests import factories as make
from tests.api_world import refused, url, with_token

pytestmark = pytest.mark.django_db


def token_of(user: User, *scopes: str, days: int = 30, name: str = "月报脚本") -> tuple[ApiToken, str]:
    return make_token(actor=user, name=name, scopes=scopes or [Scope.READ], days=days)


FORM = {"name": "月报脚本", "scopes": ["read"], "days": "90"}


def test_a_token_is_made_in_the_browser_shown_once_and_kept_as_a_hash() -> None:
    user = make.office()
    answer = make.signed_in(user).post("/tokens/", FORM)
    row = ApiToken.objects.get()
    key = answer.context["key"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert with_token(key).get(url("units")).status_code == 200
    again = make.signed_in(user).get("/tokens/").content.decode()
    assert row.name in again
    assert key not in again
    stored = [str(value) for value in ApiToken.objects.values().get().values()]
    assert key not in "".join(stored)
    entry = Entry.objects.latest("pk")
    assert (entry.act, entry.subject_type) == ("units.issue_token", "apitoken")
    assert key not in str(entry.payload)


def test_reading_needs_its_scope_and_an_act_that_of_its_room() -> None:
    office, inspection = make.office(), make.inspection()
    _row, reads = token_of(office, Scope.READ)
    _row, acts = token_of(office, Scope.ISSUES, name="登记")
    body = {"inspection": inspection.pk, "number": 7, "title": "方面七"}
    assert with_token(reads).get(url("categories")).status_code == 200
    error = refused(with_token(reads).post(url("categories"), body), 403)
    assert error["code"] == "out_of_scope"
    assert "办理轮次" in error["message"]
    refused(with_token(acts).get(url("categories")), 403)
    assert with_token(acts).post(url("categories"), body).status_code == 201
    refused(with_token(acts).post(url("units"), {"name": "某局", "short_name": "某局", "kind": "government"}), 403)


def test_a_token_never_does_more_than_its_owner() -> None:
    liaison = make.user(Role.LIAISON, of=make.unit())
    _row, key = token_of(liaison, *Scope.values)
    refused(with_token(key).post(url("units"), {"name": "某局", "short_name": "某局", "kind": "government"}), 403)


def test_a_token_ends_on_its_day_with_its_account_and_when_it_is_revoked() -> None:
    user, admin = make.office(), make.user(Role.ADMIN)
    row, key = token_of(user, days=7)
    with time_machine.travel(timezone.now() + dt.timedelta(days=6)):
        assert with_token(key).get(url("units")).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=8)):
        refused(with_token(key).get(url("units")), 401)
    revoke_token(actor=user, token=row)
    refused(with_token(key).get(url("units")), 401)
    assert Entry.objects.latest("pk").act == "units.end_token"
    with pytest.raises(ActConflict):
        revoke_token(actor=user, token=row)
    _row, other = token_of(user, name="另一个")
    disable_user(actor=admin, user=user, reason="调离")
    refused(with_token(other).get(url("units")), 401)


def test_others_end_a_token_only_as_administrator_and_with_a_reason() -> None:
    user, colleague, admin = make.office(), make.office(), make.user(Role.ADMIN)
    row, _key = token_of(user)
    assert make.signed_in(colleague).post(f"/tokens/{row.pk}/revoke/").status_code == 404
    with pytest.raises(ActForbidden):
        revoke_token(actor=colleague, token=row, reason="不该有")
    with pytest.raises(ActRefused):
        revoke_token(actor=admin, token=row, reason=" ")
    shown = make.signed_in(admin).get(f"/accounts-list/{user.pk}/").content.decode()
    assert row.start in shown
    make.signed_in(admin).post(f"/tokens/{row.pk}/revoke/", {"reason": "人员调整"})
    row.refresh_from_db()
    assert row.revoked_by == admin
    assert Entry.objects.latest("pk").reason == "人员调整"


def test_the_last_use_is_noted_once_a_minute() -> None:
    row, key = token_of(make.office())
    with_token(key).get(url("units"))
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    with_token(key).get(url("units"))
    row.refresh_from_db()
    assert row.last_used_at == first


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"name": " "}, 400), ({"scopes": []}, 400), ({"scopes": ["root"]}, 400), ({"days": "4000"}, 400)],
)
def test_the_form_says_what_is_wrong(changed: dict[str, Any], status: int) -> None:
    answer = make.signed_in(make.office()).post("/tokens/", {**FORM, **changed})
    assert answer.status_code == status
    assert not ApiToken.objects.exists()


def test_one_name_stands_for_one_valid_token() -> None:
    user = make.office()
    row, _key = token_of(user)
    assert make.signed_in(user).post("/tokens/", FORM).status_code == 409
    revoke_token(actor=user, token=row)
    assert make.signed_in(user).post("/tokens/", FORM).status_code == 200


def test_each_token_has_its_own_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = {"anon": "9/min", "user": "9/min", "token": "9/min", "each_token": "2/min"}
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", rates)
    user = make.office()
    (_one, first), (_two, second) = token_of(user), token_of(user, name="另一个")
    assert [with_token(first).get(url("units")).status_code for _ in range(3)] == [200, 200, 429]
    answer = with_token(second).get(url("units"))
    assert answer.status_code == 200
    late = with_token(first).get(url("units"))
    assert refused(late, 429)["code"] == "throttled"
    assert int(late["Retry-After"]) > 0


def test_own_tokens_are_read_and_ended_by_api() -> None:
    user, other = make.office(), make.office()
    row, key = token_of(user, Scope.READ, Scope.UNITS)
    token_of(other)
    listed = with_token(key).get(url("tokens")).json()["results"]
    assert [one["id"] for one in listed] == [row.pk]
    assert "digest" not in listed[0]
    assert with_token(key).post(url("tokens", row.pk, "revoke")).status_code == 200
    refused(with_token(key).get(url("tokens")), 401)
