"""Units by API: names that everybody who is signed in may know. What a unit must do is read in the rooms above."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.units.models import Unit
from apps.units.rest import IdFilter, Rows, RowSerializer


class UnitBrief(serializers.ModelSerializer[Unit]):
    """A unit where another row names it."""

    class Meta:
        model = Unit
        fields = ("id", "name", "short_name")


class UnitSerializer(RowSerializer[Unit]):
    parent = UnitBrief(allow_null=True)

    class Meta:
        model = Unit
        fields = ("id", "name", "short_name", "kind", "parent", "source", "is_demonstration", "demonstrated")


class UnitApiFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=Unit.Kind.choices, label="类别")
    parent = IdFilter(label="上级单位编号")
    q = django_filters.CharFilter(method="search", label="名称或简称中的文字")

    class Meta:
        model = Unit
        fields = ("kind", "parent", "q")

    def search(self, rows: QuerySet[Unit], _name: str, words: str) -> QuerySet[Unit]:
        return rows.filter(Q(name__icontains=words) | Q(short_name__icontains=words))


class UnitViewSet(Rows[Unit]):
    """责任单位"""

    queryset = Unit.objects.all()
    serializer_class = UnitSerializer
    filterset_class = UnitApiFilter
    ordering = ("kind",)
    ordering_fields = ("kind", "name", "short_name")

    def visible(self) -> QuerySet[Unit]:
        return Unit.objects.select_related("parent")


ROUTES: tuple[tuple[str, type[GenericViewSet[Unit]]], ...] = (("units", UnitViewSet),)
