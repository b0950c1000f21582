"""Units and accounts: what the administrator does with them, and what is refused."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.supervision.models import Group
from apps.units.models import Act, Role, Unit, User
from apps.units.passwords import one_time_password
from tests import factories
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

REASON = "人员调整，见组通知〔2026〕3 号"


def administrator() -> Client:
    return signed_in(factories.user(Role.ADMIN))


def address(name: str, user: User) -> str:
    return reverse(f"units:{name}", args=(user.pk,))


def password_in(page: bytes) -> str:
    found = re.search(r'class="secret">([^<]+)<', page.decode())
    assert found
    return found[1].strip()


def last_entry() -> Entry:
    return Entry.objects.order_by("-pk")[0]


# -- accounts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
def test_accounts_are_for_the_administrator(role: str) -> None:
    user = factories.liaison() if role == Role.LIAISON else factories.user(role)
    client, other = signed_in(user), factories.office()
    for response in (
        client.get(reverse("units:accounts")),
        client.get(reverse("units:account-new")),
        client.get(address("account", other)),
        client.post(address("account-amend", other), {}),
        client.post(address("account-switch", other), {"to": "stopped", "reason": REASON}),
        client.post(address("account-password", other)),
    ):
        assert response.status_code == HTTPStatus.FORBIDDEN
    other.refresh_from_db()
    assert other.is_active
    assert other.check_password(factories.PASSWORD)


def test_list_filters_by_role_state_and_words() -> None:
    client = administrator()
    stopped = factories.liaison(factories.unit("林业局"))
    factories.office()
    client.post(address("account-switch", stopped), {"to": "stopped", "reason": REASON})
    for params in ({"role": "liaison"}, {"state": "stopped"}, {"q": "林业"}, {"q": stopped.username}):
        response = client.get(reverse("units:accounts"), params)
        assert [row.pk for row in response.context["page"]] == [stopped.pk]
    assert "没有符合条件的账号" in client.get(reverse("units:accounts"), {"q": "无此人"}).content.decode()


@pytest.mark.parametrize("params", [{"role": "king"}, {"state": "asleep"}, {"colour": "red"}, {"q": "长" * 101}])
def test_broken_filters_are_named(params: dict[str, str]) -> None:
    client = administrator()
    response = client.get(reverse("units:accounts"), params)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert "请先改正" in response.content.decode()
    assert client.get(reverse("units:accounts"), {"page": "x"}).status_code == HTTPStatus.BAD_REQUEST


def test_a_new_account_gets_a_one_time_password_that_opens_only_the_change() -> None:
    client, unit = administrator(), factories.unit()
    data = {"username": "liaison-lyj", "name": "陈林", "role": "liaison", "unit": unit.pk}
    response = client.post(reverse("units:account-new"), data)
    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response["Cache-Control"]
    password = password_in(response.content)
    entry = last_entry()
    assert entry.act == Act.CREATE_USER
    assert password not in str(entry.payload)
    owner = Client()
    owner.post("/accounts/login/", {"login": "liaison-lyj", "password": password})
    assert owner.get("/workbench/")["Location"] == "/accounts/password/"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"username": ""}, "登录名"),
        ({"username": "有 空格"}, "登录名"),
        ({"role": "king"}, "角色"),
        ({"unit": ""}, "单位联络员要选择所属单位"),
        ({"unit": "99999"}, "单位"),
        ({"name": "名" * 41}, "姓名"),
    ],
)
def test_bad_input_of_a_new_account(change: dict[str, str], sentence: str) -> None:
    client, unit = administrator(), factories.unit()
    before = User.objects.count()
    data = {"username": "new", "name": "陈林", "role": "liaison", "unit": str(unit.pk), **change}
    response = client.post(reverse("units:account-new"), data)
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert sentence in response.content.decode()
    assert User.objects.count() == before


def test_a_login_name_is_given_once() -> None:
    client, taken = administrator(), factories.office()
    data = {"username": taken.username.upper(), "name": "陈林", "role": "office", "unit": ""}
    response = client.post(reverse("units:account-new"), data)
    assert response.status_code == HTTPStatus.CONFLICT
    assert "已经有人使用" in response.content.decode()


def test_amending_needs_a_reason_and_keeps_before_and_after() -> None:
    client, user, unit = administrator(), factories.office(), factories.unit()
    data = {"name": "新名", "role": "liaison", "unit": str(unit.pk), "phone": "0598-0000000", "version": 1}
    assert client.post(address("account-amend", user), data).status_code == HTTPStatus.BAD_REQUEST
    response = client.post(address("account-amend", user), {**data, "reason": REASON})
    assert response["Location"] == address("account", user)
    user.refresh_from_db()
    assert (user.name, user.role, user.unit) == ("新名", Role.LIAISON, unit)
    entry = last_entry()
    assert entry.reason == REASON
    assert entry.payload["changes"]["role"] == ["office", "liaison"]
    page = client.get(address("account", user)).content.decode()
    assert "角色：<del>整改办</del> → <ins>单位联络员</ins>" in page
    stale = client.post(address("account-amend", user), {**data, "name": "旧页面", "reason": REASON})
    assert stale.status_code == HTTPStatus.CONFLICT
    assert "被别人修改过" in stale.content.decode()
    user.refresh_from_db()
    assert user.name == "新名"


def test_stopping_and_letting_in_again() -> None:
    client, user = administrator(), factories.office()
    assert client.post(address("account-switch", user), {"to": "stopped"}).status_code == HTTPStatus.BAD_REQUEST
    assert client.post(address("account-switch", user), {"to": "stopped", "reason": REASON}).status_code == HTTPStatus.FOUND
    user.refresh_from_db()
    assert not user.is_active
    again = client.post(address("account-switch", user), {"to": "stopped", "reason": REASON})
    assert again.status_code == HTTPStatus.CONFLICT
    assert "已经是停用状态" in again.content.decode()
    client.post(address("account-switch", user), {"to": "active", "reason": REASON})
    user.refresh_from_db()
    assert user.is_active
    assert [entry.act for entry in Entry.objects.order_by("-pk")[:2]] == [Act.ENABLE_USER, Act.DISABLE_USER]


def test_resetting_a_password_shows_it_once_and_ends_the_sessions() -> None:
    client, user = administrator(), factories.office()
    theirs = signed_in(user)
    password = password_in(client.post(address("account-password", user)).content)
    user.refresh_from_db()
    assert user.check_password(password)
    assert theirs.get("/workbench/").status_code == HTTPStatus.FOUND
    assert password not in client.get(address("account", user)).content.decode()
    assert client.get(address("account-password", user)).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_nobody_changes_the_own_account() -> None:
    admin = factories.user(Role.ADMIN)
    client = signed_in(admin)
    page = client.get(address("account", admin)).content.decode()
    assert "这是您自己的账号" in page
    data = {"name": "我", "role": "office", "unit": "", "reason": REASON, "version": 1}
    assert client.post(address("account-amend", admin), data).status_code == HTTPStatus.FORBIDDEN
    assert client.post(address("account-switch", admin), {"to": "stopped", "reason": REASON}).status_code == HTTPStatus.FORBIDDEN
    assert client.post(address("account-password", admin)).status_code == HTTPStatus.FORBIDDEN


def test_unknown_account() -> None:
    assert administrator().get(reverse("units:account", args=(99999,))).status_code == HTTPStatus.NOT_FOUND


def test_one_time_passwords_are_long_and_differ() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password) for password in made)


# -- units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"), [("office", 200), ("supervisor", 200), ("admin", 200), ("auditor", 403), ("discipline", 403), ("liaison", 403)]
)
def test_who_sees_the_list_of_units(role: str, status: int) -> None:
    factories.unit("财政局")
    user = factories.liaison() if role == Role.LIAISON else factories.user(role)
    response = signed_in(user).get(reverse("units:list"))
    assert response.status_code == status


def test_a_supervisor_sees_the_units_that_the_own_groups_cover() -> None:
    inspection, supervisor = factories.inspection(), factories.user(Role.SUPERVISOR)
    covered, _ = factories.unit(), factories.unit()
    group = Group.objects.create(inspection=inspection, number=1, name="一组", lead_unit=covered)
    group.members.add(supervisor)
    group.units.add(covered)
    client = signed_in(supervisor)
    assert [row.pk for row in client.get(reverse("units:list")).context["page"]] == [covered.pk]
    assert client.get(reverse("measures:unit", args=(covered.pk,))).status_code == HTTPStatus.OK


def test_units_are_registered_and_amended_with_an_entry() -> None:
    client = signed_in(factories.office())
    response = client.post(reverse("units:unit-new"), {"name": "区林业局", "short_name": "林业局", "kind": "government"})
    assert response["Location"] == reverse("units:list")
    unit = Unit.objects.get(short_name="林业局")
    change = {"name": "区林业和草原局", "short_name": "林草局", "kind": "government", "version": 1}
    client.post(reverse("units:unit", args=(unit.pk,)), change)
    stale = client.post(reverse("units:unit", args=(unit.pk,)), {**change, "name": "旧页面"})
    assert stale.status_code == HTTPStatus.CONFLICT
    assert "刷新页面" in stale.content.decode()
    entry = last_entry()
    assert (entry.act, entry.payload["changes"]["short_name"]) == (Act.AMEND_UNIT, ["林业局", "林草局"])


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"name": "区财政局", "short_name": "新局", "kind": "government"}, 409, "已经登记"),
        ({"name": "", "short_name": "新局", "kind": "government"}, 400, "单位名称"),
        ({"name": "新局", "short_name": "新局", "kind": "planet"}, 400, "类别"),
    ],
)
def test_bad_input_of_a_unit(data: dict[str, str], status: int, sentence: str) -> None:
    factories.unit("财政局")
    response = signed_in(factories.office()).post(reverse("units:unit-new"), data)
    assert response.status_code == status
    assert sentence in response.content.decode()


def test_supervisors_change_no_unit() -> None:
    client = signed_in(factories.leader())
    assert client.get(reverse("units:unit-new")).status_code == HTTPStatus.FORBIDDEN
    assert client.post(reverse("units:unit", args=(factories.unit().pk,)), {}).status_code == HTTPStatus.FORBIDDEN
