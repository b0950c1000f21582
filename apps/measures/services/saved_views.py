"""Saved views of the register. They are settings, not records of the round: their entries go in the book of the house."""

from __future__ import annotations

from django.db import transaction

from apps.ledgers.services import changes, house_book, record
from apps.measures.models import Act, SavedView
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.policies import sees_no_business

LONGEST_QUERY = 1000
MOST = 50


@transaction.atomic
def save_view(*, actor: User, name: str, query: str, scope: str = SavedView.Scope.OWN, is_default: bool = False) -> SavedView:
    """Keep the filters under a name; only the office shares with all, only who has a unit with the unit."""
    name = name.strip()
    if sees_no_business(actor):
        raise ActForbidden("系统管理员和审计员不查看业务数据（三员分立）")
    _refuse_scope(actor, scope)
    own = _locked_own(actor)
    _refuse_name(own, name)
    if len(query) > LONGEST_QUERY:
        raise ActRefused("筛选条件太多，保存不下，请减少一些再保存")
    if len(own) >= MOST:
        raise ActRefused(f"每人最多保存 {MOST} 个视图，请先删除不用的")
    if is_default:
        _clear_default(own)
    view = SavedView.objects.create(owner=actor, unit=actor.unit, scope=scope, name=name, query=query, is_default=is_default)
    # Not the filters: what somebody searches for is no matter of those who keep the house (三员分立).
    payload = {"name": name, "scope": view.get_scope_display(), "is_default": is_default}
    record(house_book(), actor=actor, act=Act.SAVE_VIEW, subject=view, payload=payload)
    return view


@transaction.atomic
def amend_view(*, actor: User, view: SavedView, name: str, scope: str) -> SavedView:
    """Another name or another circle of readers; the owner's."""
    name, own = name.strip(), _locked_own(actor)
    row = _own(actor, own, view)
    _refuse_scope(actor, scope)
    _refuse_name([other for other in own if other != row], name)
    before = {"name": row.name, "scope": row.get_scope_display()}
    row.name, row.scope, row.unit = name, scope, actor.unit
    payload = changes(before, {"name": row.name, "scope": row.get_scope_display()})
    if not payload["changes"]:
        raise ActRefused("没有改动，不需要保存")
    row.save(update_fields=("name", "scope", "unit"))
    record(house_book(), actor=actor, act=Act.SAVE_VIEW, subject=row, payload=payload)
    return row


@transaction.atomic
def set_default_view(*, actor: User, view: SavedView, is_default: bool = True) -> SavedView:
    """The register opens in this view; at most one of the owner's."""
    own = _locked_own(actor)
    row = _own(actor, own, view)
    if row.is_default == is_default:
        raise ActConflict("这个视图已经是这样设置的，请刷新页面")
    if is_default:
        _clear_default(own)
    row.is_default = is_default
    row.save(update_fields=("is_default",))
    payload = changes({"is_default": not is_default}, {"is_default": is_default})
    record(house_book(), actor=actor, act=Act.SAVE_VIEW, subject=row, payload=payload)
    return row


@transaction.atomic
def remove_view(*, actor: User, view: SavedView) -> None:
    """The view is gone for everybody it was shared with; the entry keeps what it was."""
    row = _own(actor, _locked_own(actor), view)
    payload = {"name": row.name, "scope": row.get_scope_display()}
    record(house_book(), actor=actor, act=Act.REMOVE_VIEW, subject=row, payload=payload)
    row.delete()


def _locked_own(actor: User) -> list[SavedView]:
    """All views of the owner; the owner's row is locked, so that two new ones of one name come one after the other."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    return list(SavedView.objects.filter(owner=actor))


def _own(actor: User, own: list[SavedView], view: SavedView) -> SavedView:
    if view.owner_id != actor.pk:
        raise ActForbidden("只有建立人可以修改或删除这个视图，请联系建立人，或按同样的筛选另存一个")
    row = next((row for row in own if row.pk == view.pk), None)
    if row is None:
        raise ActConflict("这个视图已经删除，请刷新页面")
    return row


def _clear_default(own: list[SavedView]) -> None:
    SavedView.objects.filter(pk__in=[row.pk for row in own], is_default=True).update(is_default=False)


def _refuse_scope(actor: User, scope: str) -> None:
    if scope not in SavedView.Scope.values:
        raise ActRefused("请选择共享范围", field="scope")
    if scope == SavedView.Scope.OFFICE and actor.role != Role.OFFICE:
        raise ActForbidden("只有整改办可以把视图共享给全体")
    if scope == SavedView.Scope.UNIT and actor.unit is None:
        raise ActRefused("您的账号没有所属单位，不能共享给本单位", field="scope")


def _refuse_name(others: list[SavedView], name: str) -> None:
    if not name:
        raise ActRefused("请填写视图名称", field="name")
    if any(other.name == name for other in others):
        raise ActConflict(f"您已有名为“{name}”的视图，请换一个名称", field="name")
