"""Filters of the lists of this room."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from apps.issues.models import Activity, Inspection
from apps.units.models import User
from apps.units.spoken import SpokenForm


class ActivityFilter(filters.FilterSet):
    """Filters of the activities of a round that the user sees."""

    inspection = filters.ChoiceFilter(label="轮次", choices=(), method="keep", empty_label="最近一轮")
    kind = filters.ChoiceFilter(label="类型", choices=Activity.Kind.choices, empty_label="不限")
    scope = filters.ChoiceFilter(label="范围", choices=(("round", "全轮"), ("issue", "单个问题")), method="of_scope", empty_label="不限")
    since = filters.DateFilter(label="自", field_name="held_on", lookup_expr="gte", widget=forms.DateInput(attrs={"type": "date"}))
    until = filters.DateFilter(label="至", field_name="held_on", lookup_expr="lte", widget=forms.DateInput(attrs={"type": "date"}))
    q = filters.CharFilter(label="名称、参加人员或议定事项", max_length=100, method="containing")

    class Meta:
        model = Activity
        form = SpokenForm
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, *, user: User, rounds: list[Inspection], inspection: Inspection) -> None:
        self.seen = Activity.objects.visible_to(user).filter(inspection=inspection)
        super().__init__(data, self.seen)
        self.filters["inspection"].extra["choices"] = [(row.pk, row.name) for row in rounds]
        vars(self.filters["inspection"]).pop("_field", None)
        for name in ("since", "until"):
            self.form.fields[name].error_messages["invalid"] = "请按 2025-12-31 的样子填写一个存在的日期"

    def keep(self, queryset: QuerySet[Activity], _name: str, _value: str) -> QuerySet[Activity]:
        """The round was chosen before the rows were."""
        return queryset

    def of_scope(self, queryset: QuerySet[Activity], _name: str, scope: str) -> QuerySet[Activity]:
        return queryset.filter(issue__isnull=scope == "round")

    def containing(self, queryset: QuerySet[Activity], _name: str, text: str) -> QuerySet[Activity]:
        return queryset.filter(Q(title__icontains=text) | Q(attendance__icontains=text) | Q(decided__icontains=text))
