"""Flags and letters by API. Flags are raised and cleared by the clock alone; letters are signed for by their unit."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.measures.api.rows import MeasureBrief
from apps.supervision.models import Flag, Letter
from apps.units.api import UnitBrief
from apps.units.rest import IdFilter, Rows, RowSerializer, actor_of


class FlagSerializer(RowSerializer[Flag]):
    measure = MeasureBrief()
    lead_unit = UnitBrief(source="measure.lead_unit")
    is_open = serializers.SerializerMethodField(help_text="尚未解除")

    class Meta:
        model = Flag
        fields = ("id", "measure", "lead_unit", "kind", "due_on", "raised_on", "is_open", "cleared_on", "cleared_because")

    def get_is_open(self, row: Flag) -> bool:
        return row.cleared_on is None


class LetterSerializer(RowSerializer[Letter]):
    unit = UnitBrief()
    measures = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    group = serializers.StringRelatedField[Any](allow_null=True)
    sent_by = serializers.StringRelatedField[Any](help_text="姓名")
    signed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    answered_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    doc_number = serializers.CharField(read_only=True, help_text="文号")

    class Meta:
        model = Letter
        fields = (
            *("id", "inspection", "doc_number", "level", "group", "unit", "measures", "requirement", "reply_by", "state"),
            *("sent_by", "sent_on", "signed_by", "signed_at", "answer", "answered_by", "answered_on", "source", "is_demonstration"),
        )


class FlagApiFilter(FilterSet):
    inspection = IdFilter(field_name="measure__issue__inspection", label="轮次编号")
    measure = IdFilter(label="措施的 id")
    unit = IdFilter(field_name="measure__lead_unit", label="牵头单位编号")
    kind = django_filters.ChoiceFilter(choices=Flag.Kind.choices, label="类型")
    open = django_filters.BooleanFilter(field_name="cleared_on", lookup_expr="isnull", label="尚未解除")

    class Meta:
        model = Flag
        fields = ("inspection", "measure", "unit", "kind", "open")


class LetterApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    unit = IdFilter(label="受文单位编号")
    level = django_filters.ChoiceFilter(choices=Letter.Level.choices, label="级别")
    state = django_filters.ChoiceFilter(choices=Letter.State.choices, label="状态")

    class Meta:
        model = Letter
        fields = ("inspection", "unit", "level", "state")


class FlagViewSet(Rows[Flag]):
    """临期和逾期提示"""

    queryset = Flag.objects.all()
    serializer_class = FlagSerializer
    filterset_class = FlagApiFilter
    ordering = ("due_on",)
    ordering_fields = ("due_on", "raised_on", "cleared_on")

    def visible(self) -> QuerySet[Flag]:
        return Flag.objects.visible_to(actor_of(self.request)).select_related("measure__issue", "measure__lead_unit")


class LetterViewSet(Rows[Letter]):
    """督查单"""

    queryset = Letter.objects.all()
    serializer_class = LetterSerializer
    filterset_class = LetterApiFilter
    ordering = ("-year", "-number")
    ordering_fields = ("sent_on", "reply_by", "number")

    def visible(self) -> QuerySet[Letter]:
        rows = Letter.objects.visible_to(actor_of(self.request)).prefetch_related("measures")
        return rows.select_related("unit", "group", "sent_by", "signed_by", "answered_by")


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("flags", FlagViewSet), ("letters", LetterViewSet))
