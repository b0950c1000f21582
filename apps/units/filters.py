"""Filters of the lists of units and accounts; what is not understood is said to be so."""

from __future__ import annotations

import django_filters as filters
from django.db.models import Q, QuerySet

from apps.units.models import Role, Unit, User
from apps.units.spoken import SpokenForm

STATES = (("active", "在用"), ("stopped", "停用"))


def accounts_containing(rows: QuerySet[User], text: str) -> QuerySet[User]:
    unit = Q(unit__name__icontains=text) | Q(unit__short_name__icontains=text)
    return rows.filter(Q(username__icontains=text) | Q(name__icontains=text) | unit)


def units_containing(rows: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    return rows.filter(Q(name__icontains=text) | Q(short_name__icontains=text))


class AccountFilter(filters.FilterSet):
    role = filters.ChoiceFilter(label="角色", choices=Role.choices, empty_label="全部角色")
    state = filters.ChoiceFilter(
        label="状态",
        choices=STATES,
        empty_label="全部",
        method="in_state",
    )
    q = filters.CharFilter(label="登录名、姓名或单位", max_length=100, method="containing")

    class Meta:
        model = User
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def in_state(self, queryset: QuerySet[User], _name: str, state: str) -> QuerySet[User]:
        return queryset.filter(is_active=state == "active")

    def containing(self, queryset: QuerySet[User], _name: str, text: str) -> QuerySet[User]:
        return accounts_containing(queryset, text)


class UnitFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(label="类别", choices=Unit.Kind.choices, empty_label="全部类别")
    q = filters.CharFilter(label="单位名称", max_length=100, method="containing")

    class Meta:
        model = Unit
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def containing(self, queryset: QuerySet[Unit], _name: str, text: str) -> QuerySet[Unit]:
        return units_containing(queryset, text)


def problems_of(found: filters.FilterSet) -> list[str]:
    """What is wrong with the parameters of a list, a sentence each."""
    known = (*found.filters, "page")
    problems = [f"不认识筛选条件“{name[:40]}”，请核对网址" for name in found.data if name not in known]
    if not found.is_valid():
        problems += [f"{found.filters[name].label}：{message}" for name, errors in found.form.errors.items() for message in errors]
    return problems
