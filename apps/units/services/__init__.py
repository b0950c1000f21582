"""Every write of this room: units, accounts, and the sign-ins that the house book keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from apps.ledgers.services import Deed, changes, house_book, record, record_many
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Act, Notification, Role, Source, Unit, User
from apps.units.services.answers import body_of, claim_answer, forget_answers, keep_answer
from apps.units.services.tokens import LONGEST_LIFE, end_all_tokens, end_token, issue_token, make_token, revoke_token, use_token

OUTBOX_BATCH = 500
__all__ = (
    "LONGEST_LIFE",
    "add_unit",
    "amend_unit",
    "amend_user",
    "body_of",
    "claim_answer",
    "create_user",
    "disable_user",
    "enable_user",
    "end_all_tokens",
    "end_token",
    "forget_answers",
    "issue_token",
    "keep_answer",
    "make_token",
    "make_unit",
    "mark_all_read",
    "mark_read",
    "notification_rows",
    "put_in_outbox",
    "put_notifications",
    "record_failed_sign_in",
    "record_sign_in",
    "record_sign_out",
    "refuse_stale",
    "revoke_token",
    "set_password",
    "use_token",
)


def add_unit(*, actor: User | None, name: str, short_name: str, kind: str, source: str = Source.ENTERED, quote: str = "") -> Unit:
    """Register a responsible unit; name and short name are unique."""
    return _save_unit(actor, Unit(source=source, quote=quote), {"name": name, "short_name": short_name, "kind": kind}, Act.ADD_UNIT)


@transaction.atomic
def make_unit(*, actor: User, name: str, short_name: str, kind: str, source: str) -> tuple[Unit, Deed]:
    """Part of an act that registers units among much else: a unit, and its deed, which the act enters in the book of the house last."""
    unit = Unit(source=source)
    return unit, _kept_unit(actor, unit, {"name": name, "short_name": short_name, "kind": kind}, Act.ADD_UNIT)


@transaction.atomic
def amend_unit(*, actor: User | None, unit: Unit, values: Mapping[str, str], version: int | None = None) -> Unit:
    """Change a unit's names, kind or parent; before → after goes in the book."""
    row = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    refuse_stale(row.version, version)
    row.version += 1
    return _save_unit(actor, row, values, Act.AMEND_UNIT)


@transaction.atomic
def create_user(
    *,
    actor: User | None,
    username: str,
    name: str,
    role: str,
    password: str,
    unit: Unit | None = None,
    email: str = "",
    heads_unit: bool = False,
    is_demo: bool = False,
) -> User:
    """Open an account for a named person with exactly one role; liaisons have a unit, and one of them may be its head.

    ``actor`` None: the first account of an empty house.
    """
    _require_admin(actor, Act.CREATE_USER)
    if User.objects.filter(username__iexact=username).exists():
        raise ActConflict(f"登录名“{username}”已经有人使用，请换一个", field="username")
    if role not in Role.values:
        raise ActRefused("请选择角色", field="role")
    if role == Role.LIAISON and unit is None:
        raise ActRefused("单位联络员要选择所属单位", field="unit")
    user = User(username=username, name=name, role=role, unit=unit, email=email, heads_unit=heads_unit, is_demo=is_demo)
    _check_fields(user)
    _check_head(user)
    if not is_demo:
        _check_password(password, user)
    user.set_password(password)
    user.save()
    payload = {"username": username, "name": name, "role": user.role_in_book, "unit": user.unit_in_book, "is_demo": is_demo}
    payload |= ({"email": email} if email else {}) | ({"heads_unit": True} if heads_unit else {})
    record(house_book(), actor=actor, act=Act.CREATE_USER, subject=user, payload=payload)
    return user


@transaction.atomic
def amend_user(*, actor: User, user: User, values: Mapping[str, Any], reason: str, version: int | None = None) -> User:
    """Change a person's name, role, unit, phone, or whether they head the unit, with a reason. Nobody changes their own role (三员分立)."""
    _require_admin(actor, Act.AMEND_USER)
    row = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    refuse_stale(row.version, version)
    _require_reason(reason)
    if row.pk == actor.pk:
        raise ActForbidden("不能修改自己的账号，请由另一位系统管理员办理")
    before = {key: getattr(row, key) for key in values}
    for key, value in values.items():
        setattr(row, key, value)
    if row.role == Role.LIAISON and row.unit is None:
        raise ActRefused("单位联络员要选择所属单位", field="unit")
    _check_fields(row)
    _check_head(row)
    payload = changes(_labels(before), _labels(dict(values)))
    row.version += 1
    row.save()
    record(house_book(), actor=actor, act=Act.AMEND_USER, subject=row, reason=reason, payload=payload)
    return row


@transaction.atomic
def disable_user(*, actor: User | None, user: User, reason: str) -> User:
    """Stop an account, with a reason: it can no longer sign in and its next request is refused."""
    return _switch(actor, user, active=False, reason=reason, act=Act.DISABLE_USER)


@transaction.atomic
def enable_user(*, actor: User, user: User, reason: str) -> User:
    """Let a stopped account in again, with a reason."""
    return _switch(actor, user, active=True, reason=reason, act=Act.ENABLE_USER)


@transaction.atomic
def set_password(*, actor: User | None, user: User, password: str) -> User:
    """Give a person a new password; the book keeps that it happened, never the password.

    ``actor`` None: whoever runs the machine (``manage.py changepassword``).
    """
    if actor is None or actor.pk != user.pk:
        _require_admin(actor, Act.SET_PASSWORD)
    row = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    _check_password(password, row)
    row.set_password(password)
    row.save(update_fields=("password",))
    end_all_tokens(actor=actor, user=row, reason="重设了密码")
    record(house_book(), actor=actor, act=Act.SET_PASSWORD, subject=row)
    return row


def refuse_stale(current: int | str, shown: int | str | None, what: str = "这条记录") -> None:
    """Refuse (409) an act from a page that showed another version of the row; None: the caller showed no page."""
    if shown is not None and shown != current:
        raise ActConflict(f"{what}在您打开页面之后被别人修改过，请刷新页面，核对后再提交")


def record_sign_in(*, user: User) -> None:
    """A sign-in, in the house book."""
    record(house_book(), actor=user, act=Act.SIGN_IN, subject=user)


def record_failed_sign_in(*, username: str) -> None:
    """A failed sign-in, in the house book, on the account of that name; an unknown name is entered without an account."""
    user = User.objects.filter(username__iexact=username).first() or User(username=username[:150], name="未知账号")
    record(house_book(), actor=None, act=Act.SIGN_IN_FAILED, subject=user)


def record_sign_out(*, user: User) -> None:
    """A sign-out, in the house book."""
    record(house_book(), actor=user, act=Act.SIGN_OUT, subject=user)


@transaction.atomic
def _save_unit(actor: User | None, unit: Unit, values: Mapping[str, Any], act: Act) -> Unit:
    deed = _kept_unit(actor, unit, values, act)
    record_many(house_book(), actor=actor, deeds=[deed])
    return unit


def _kept_unit(actor: User | None, unit: Unit, values: Mapping[str, Any], act: Act) -> Deed:
    """The unit, saved, and what the book says of it."""
    if actor is not None and actor.role not in (Role.OFFICE, Role.ADMIN):
        raise ActForbidden(f"只有整改办或系统管理员可以办理“{act.label}”")
    before = {key: getattr(unit, key) for key in values} if unit.pk else {}
    for key, value in values.items():
        setattr(unit, key, value)
    for field in ("name", "short_name"):
        text = getattr(unit, field)
        if Unit.objects.named(text).exclude(pk=unit.pk).exists():
            raise ActConflict(f"单位“{text}”已经登记", field=field)
    unit.save()
    return Deed(act, unit, payload=changes(_labels(before), _labels(dict(values))))


def _switch(actor: User | None, user: User, *, active: bool, reason: str, act: Act) -> User:
    _require_admin(actor, act)
    row = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    _require_reason(reason)
    if actor is not None and row.pk == actor.pk:
        raise ActForbidden("不能停用或启用自己的账号，请由另一位系统管理员办理")
    if row.is_active == active:
        raise ActConflict(f"账号已经是{'启用' if active else '停用'}状态，请刷新页面")
    row.is_active = active
    if not active:
        # Or they would open again with the account.
        end_all_tokens(actor=actor, user=row, reason="停用了账号")
    row.save(update_fields=("is_active",))
    record(house_book(), actor=actor, act=act, subject=row, reason=reason)
    return row


def _require_admin(actor: User | None, act: Act) -> None:
    if actor is not None and actor.role != Role.ADMIN:
        raise ActForbidden(f"只有系统管理员可以办理“{act.label}”")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ActRefused("请写明理由", field="reason")


def _check_fields(user: User) -> None:
    try:
        user.clean_fields(exclude=("password", "source"))
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ActRefused(messages[0], field=field) from error


def _check_head(user: User) -> None:
    if user.heads_unit and user.role != Role.LIAISON:
        raise ActRefused("单位负责人的角色要选单位联络员，并选择所属单位；不再是负责人的，请去掉这一项", field="heads_unit")


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ActRefused("；".join(error.messages), field="password") from error


def _labels(values: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Unit) else value for key, value in values.items()}


def put_notifications(
    *, recipients: Iterable[User], kind: str, subject: models.Model, day: dt.date, title: str, number: str, path: str
) -> None:
    """Put what these people are to know in the outbox, in the transaction of the act that causes it.

    Once per person, kind, subject and day. ``day`` is the local date of the round.
    ``number`` alone may leave the house (issue 4): a measure's, an issue's or a letter's number.
    """
    put_in_outbox(rows=notification_rows(recipients, kind=kind, subject=subject, day=day, title=title, number=number, path=path))


def notification_rows(
    recipients: Iterable[User], *, kind: str, subject: models.Model, day: dt.date, title: str, number: str, path: str
) -> list[Notification]:
    """What these people are to know of one subject, not yet put anywhere."""
    return [
        Notification(
            recipient=person,
            kind=kind,
            subject_type=str(subject._meta.model_name),
            subject_id=subject.pk,
            day=day,
            title=title[:200],
            number=number[:60],
            path=path,
        )
        for person in recipients
    ]


def put_in_outbox(*, rows: Iterable[Notification]) -> None:
    """Rows of many subjects at once, in the transaction of their act; those that are there already stay as they are."""
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=OUTBOX_BATCH)


def mark_read(*, actor: User, notifications: Iterable[int]) -> int:
    """The reader has seen these of their own notifications. No act of the office, so no entry in the book."""
    return Notification.objects.filter(recipient=actor, pk__in=list(notifications), read_at=None).update(read_at=timezone.now())


def mark_all_read(*, actor: User, kind: str = "", until: int) -> int:
    """The reader has seen all of theirs, or all of one kind, up to the newest that their page showed: what came since stays unread."""
    rows = Notification.objects.visible_to(actor).unread().filter(pk__lte=until)
    return (rows.filter(kind=kind) if kind else rows).update(read_at=timezone.now())
