"""Units and accounts by their services and constraints: one role, one login name, reasons, four eyes on accounts, passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.ledgers.models import Entry
from apps.ledgers.services import house_book
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Act, Role, Unit, User
from apps.units.services import (
    add_unit,
    amend_unit,
    amend_user,
    create_user,
    disable_user,
    enable_user,
    record_failed_sign_in,
    record_sign_in,
    record_sign_out,
    set_password,
)
from tests import factories

pytestmark = pytest.mark.django_db

GOOD_WORD = "整改-quiet-harbour-42"


def admin() -> User:
    return factories.user(Role.ADMIN)


def person(**facts: Any) -> User:
    values: dict[str, Any] = {"username": "zhang", "name": "张三", "role": Role.OFFICE, "password": GOOD_WORD}
    return create_user(actor=facts.pop("actor", None) or admin(), **{**values, **facts})


def last_entry(act: Act) -> Entry:
    return Entry.objects.filter(act=act, book=house_book()).latest("seq")


# -- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_an_account_has_exactly_one_role_and_its_entry(role: Role) -> None:
    by, unit = admin(), factories.unit()
    user = person(actor=by, role=role, unit=unit)
    assert (user.role, user.unit, user.is_active, user.check_password(GOOD_WORD)) == (role, unit, True, True)
    entry = last_entry(Act.CREATE_USER)
    assert (entry.actor, entry.subject_id, entry.payload["role"], entry.payload["unit"]) == (by, user.pk, role.label, unit.name)


@pytest.mark.parametrize("role", ["", "boss", "office,admin", "整改办"])
def test_no_other_role_by_service_or_by_the_database(role: str) -> None:
    with pytest.raises(ActRefused, match="请选择角色") as refused:
        person(role=role)
    assert refused.value.field == "role"
    assert not User.objects.filter(username="zhang").exists()
    user = person()
    with pytest.raises(IntegrityError, match="user_has_a_role"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(role=role)


def test_a_liaison_has_a_unit_by_service_and_by_the_database() -> None:
    with pytest.raises(ActRefused, match="单位联络员要选择所属单位") as refused:
        person(role=Role.LIAISON)
    assert refused.value.field == "unit"
    with pytest.raises(ActRefused, match="单位联络员要选择所属单位"):
        amend_user(actor=admin(), user=person(), values={"role": Role.LIAISON}, reason="转岗")
    user = person(username="li", role=Role.LIAISON, unit=factories.unit())
    with pytest.raises(IntegrityError, match="liaison_has_a_unit"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(unit=None)
    User.objects.filter(pk=user.pk).update(unit=None, role=Role.AUDITOR)


@pytest.mark.parametrize("taken", ["zhang", "ZHANG", "Zhang"])
def test_a_login_name_is_taken_in_whatever_case(taken: str) -> None:
    person()
    with pytest.raises(ActConflict, match=f"登录名“{taken}”已经有人使用") as refused:
        person(username=taken)
    assert (refused.value.status, refused.value.field) == (409, "username")
    assert User.objects.filter(username__iexact="zhang").count() == 1
    assert person(username="zhang2").pk


BROKEN: list[tuple[dict[str, Any], str]] = [
    *(({"name": name}, "name") for name in ("", "长" * 41)),
    *(({"username": name}, "username") for name in ("", "a b", "n" * 151)),
]


@pytest.mark.parametrize(("facts", "field"), BROKEN)
def test_broken_names_are_refused_at_their_field(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(ActRefused) as refused:
        person(**facts)
    assert refused.value.field == field
    assert person().name == "张三"


def test_the_book_keeps_the_name_role_and_unit_of_the_day() -> None:
    unit, user = factories.unit(), person()
    record_sign_in(user=user)
    amend_user(actor=admin(), user=user, values={"name": "李四", "role": Role.SUPERVISOR, "unit": unit}, reason="更正姓名")
    user.refresh_from_db()
    record_sign_in(user=user)
    first, second = Entry.objects.filter(act=Act.SIGN_IN).order_by("seq")
    assert (first.actor_name, first.actor_role, first.actor_unit) == ("张三", "整改办", "")
    assert (second.actor_name, second.actor_role, second.actor_unit) == ("李四", "督查组/领导", unit.name)
    entry = last_entry(Act.AMEND_USER)
    assert entry.reason == "更正姓名"
    assert entry.payload["changes"]["name"] == ["张三", "李四"]
    assert entry.payload["changes"]["unit"] == [None, unit.short_name]


# -- stopping and letting in ------------------------------------------------------------------------------------------


def test_an_account_is_stopped_and_let_in_again_with_a_reason() -> None:
    by, user = admin(), person()
    acts: list[tuple[Callable[..., User], Act, bool]] = [(disable_user, Act.DISABLE_USER, False), (enable_user, Act.ENABLE_USER, True)]
    for act, name, active in acts:
        with pytest.raises(ActRefused, match="请写明理由") as refused:
            act(actor=by, user=user, reason=" ")
        assert refused.value.field == "reason"
        act(actor=by, user=user, reason="岗位变动")
        user.refresh_from_db()
        assert user.is_active is active
        assert (last_entry(name).reason, last_entry(name).subject_id) == ("岗位变动", user.pk)
        with pytest.raises(ActConflict, match="请刷新页面"):
            act(actor=by, user=user, reason="再来一次")


def test_amending_needs_a_reason() -> None:
    user = person()
    with pytest.raises(ActRefused, match="请写明理由"):
        amend_user(actor=admin(), user=user, values={"name": "李四"}, reason="")
    user.refresh_from_db()
    assert user.name == "张三"


def test_nobody_acts_on_their_own_account() -> None:
    by = admin()
    acts: list[Callable[[User], object]] = [
        lambda user: amend_user(actor=by, user=user, values={"phone": "1"}, reason="换号"),
        lambda user: disable_user(actor=by, user=user, reason="离开"),
    ]
    for act in acts:
        with pytest.raises(ActForbidden, match="请由另一位系统管理员办理"):
            act(by)
        act(person(actor=by, username=f"other{acts.index(act)}"))
    User.objects.filter(pk=by.pk).update(is_active=False)
    with pytest.raises(ActForbidden, match="不能停用或启用自己的账号"):
        enable_user(actor=by, user=by, reason="回来")


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LIAISON, Role.SUPERVISOR, Role.AUDITOR, Role.DISCIPLINE])
def test_accounts_are_the_administrator_s(role: Role) -> None:
    actor = factories.liaison() if role == Role.LIAISON else factories.user(role)
    user, entries = person(), Entry.objects.count()
    acts: list[Callable[[], object]] = [
        lambda: person(actor=actor, username="new"),
        lambda: amend_user(actor=actor, user=user, values={"name": "王五"}, reason="改"),
        lambda: disable_user(actor=actor, user=user, reason="停"),
        lambda: enable_user(actor=actor, user=user, reason="启"),
        lambda: set_password(actor=actor, user=user, password=GOOD_WORD),
    ]
    for act in acts:
        with pytest.raises(ActForbidden, match="只有系统管理员可以办理"):
            act()
    assert Entry.objects.count() == entries
    assert set_password(actor=actor, user=actor, password="另一个-quiet-harbour-43").pk == actor.pk


# -- passwords --------------------------------------------------------------------------------------------------------

WEAK = {"short": "ab3-!x", "only digits": "8301749265018", "common": "1q2w3e4r5t6y", "like the name": "zhangweiming2026"}


@pytest.mark.parametrize("case", WEAK)
def test_weak_passwords_are_refused_in_chinese(case: str) -> None:
    with pytest.raises(ActRefused, match="密码") as refused:
        person(username="zhangweiming", password=WEAK[case])
    assert refused.value.field == "password"
    assert not User.objects.filter(username="zhangweiming").exists()
    user = person(username="zhangweiming")
    with pytest.raises(ActRefused, match="密码"):
        set_password(actor=admin(), user=user, password=WEAK[case])
    user.refresh_from_db()
    assert user.check_password(GOOD_WORD)


def test_passwords_and_their_hashes_never_stand_in_the_book() -> None:
    by, user = admin(), person()
    words = ["另一个-quiet-harbour-43", "第三个-quiet-harbour-44"]
    hashes = [user.password]
    for actor, word in ((by, words[0]), (user, words[1])):
        hashes.append(set_password(actor=actor, user=user, password=word).password)
    with pytest.raises(ActRefused):
        set_password(actor=by, user=user, password="123")
    record_failed_sign_in(username="zhang")
    told = "".join(str(row) for row in Entry.objects.values("reason", "payload", "subject_label", "act_label", "actor_name"))
    assert not any(secret in told for secret in (GOOD_WORD, *words, *hashes, "jiandi-demo"))
    assert "张三（zhang）" in told  # the control: this is where they would stand
    assert Entry.objects.filter(act=Act.SET_PASSWORD).count() == 2


def test_sign_ins_that_fail_are_kept_for_known_and_unknown_names() -> None:
    user = person()
    record_failed_sign_in(username="zhang")
    assert (last_entry(Act.SIGN_IN_FAILED).subject_id, last_entry(Act.SIGN_IN_FAILED).actor) == (user.pk, None)
    record_failed_sign_in(username="n" * 5000)
    entry = last_entry(Act.SIGN_IN_FAILED)
    assert entry.subject_id is None
    assert entry.subject_label.startswith("未知账号（nnn")
    record_sign_out(user=user)
    assert last_entry(Act.SIGN_OUT).actor == user


# -- units ------------------------------------------------------------------------------------------------------------


def test_a_unit_is_registered_once() -> None:
    unit = add_unit(actor=None, name="区水利局（移民局）", short_name="区水利局", kind=Unit.Kind.GOVERNMENT)
    taken = [("区水利局（移民局）", "水利"), ("水利局", "区水利局"), ("区水利局", "水利"), ("水利局", "区水利局（移民局）")]
    for name, short_name in taken:
        with pytest.raises(ActConflict, match="已经登记") as refused:
            add_unit(actor=factories.office(), name=name, short_name=short_name, kind=Unit.Kind.GOVERNMENT)
        assert refused.value.status == 409
    assert list(Unit.objects.all()) == [unit]
    for field in ("name", "short_name"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Unit(**{"name": "甲", "short_name": "乙", "kind": unit.kind, field: getattr(unit, field)}).save()
        with pytest.raises(IntegrityError, match="unit_is_named"), transaction.atomic():
            Unit.objects.filter(pk=unit.pk).update(**{field: ""})
    assert add_unit(actor=None, name="水利局", short_name="水利", kind=Unit.Kind.GOVERNMENT).pk


def test_amending_a_unit_keeps_before_and_after() -> None:
    unit, other = factories.unit("农业局"), factories.unit("林业局")
    amend_unit(actor=factories.office(), unit=unit, values={"name": "区农业农村局"})
    assert last_entry(Act.AMEND_UNIT).payload == {"changes": {"name": ["区农业局", "区农业农村局"]}}
    with pytest.raises(ActConflict, match="已经登记"):
        amend_unit(actor=factories.office(), unit=unit, values={"short_name": other.short_name})
    unit.refresh_from_db()
    assert (unit.name, unit.short_name) == ("区农业农村局", "农业局")


@pytest.mark.parametrize("role", [Role.LIAISON, Role.SUPERVISOR, Role.AUDITOR])
def test_units_are_registered_by_office_and_administrator(role: Role) -> None:
    actor = factories.liaison() if role == Role.LIAISON else factories.user(role)
    before = Unit.objects.count()
    with pytest.raises(ActForbidden, match="只有整改办或系统管理员可以办理"):
        add_unit(actor=actor, name="区某局", short_name="某局", kind=Unit.Kind.PARTY)
    assert Unit.objects.count() == before
    for allowed in (factories.office(), admin()):
        assert add_unit(actor=allowed, name=f"区局{allowed.pk}", short_name=f"局{allowed.pk}", kind=Unit.Kind.PARTY).pk
