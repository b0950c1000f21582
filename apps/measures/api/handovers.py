"""Handovers by API: who has open items, what would move, the act, and the re-feedback."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.models import Inspection
from apps.measures import services
from apps.measures.models import Handover
from apps.measures.services.handing_over import Giver, givers, open_items, snapshot_of
from apps.measures.shared_rows import HandoverQuerySet
from apps.measures.views.handovers import CLOCKS
from apps.units.api.units import UnitBrief
from apps.units.models import Role, Unit
from apps.units.rest import (
    LARGEST_ID,
    LONGEST_TEXT,
    ActSerializer,
    CodedField,
    IdFilter,
    PlausibleDateField,
    Rows,
    RowSerializer,
    SeenField,
    actor_of,
)
from apps.units.rest_acts import Act, Making

MOST_ITEMS = 5000


class ItemSerializer(serializers.Serializer[Any]):
    """One line of the 交接清单, as it was on the day."""

    number = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    state = serializers.CharField()
    due_on = serializers.CharField(allow_blank=True)


class HandoverSerializer(RowSerializer[Handover]):
    unit = UnitBrief(allow_null=True)
    made_by = serializers.StringRelatedField[Any](help_text="姓名")
    refed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    items = ItemSerializer(many=True)

    class Meta:
        model = Handover
        fields = (
            *("id", "inspection", "number", "kind", "unit", "from_name", "to_name", "reason", "handed_on", "items", "made_by"),
            *("refeedback_by", "refed_on", "refed_by", "refed_note", "source", "is_demonstration"),
        )


class GiverSerializer(serializers.Serializer[Any]):
    """Somebody with open items, and how many."""

    kind = CodedField(choices=Handover.Kind.choices)
    name = serializers.CharField()
    unit = UnitBrief(allow_null=True)
    count = serializers.IntegerField()


class GiversSerializer(serializers.Serializer[Any]):
    givers = GiverSerializer(many=True)


class SeenItemSerializer(ItemSerializer):
    id = serializers.IntegerField()
    version = serializers.IntegerField()


class OpenItemsSerializer(serializers.Serializer[Any]):
    items = SeenItemSerializer(many=True, help_text="会移交的事项；办理时把 id 和 version 写进 seen")


class RoundQuery(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")


class GiverQuery(ActSerializer):
    """Whose items."""

    inspection = SeenField(Inspection, label="轮次编号")
    kind = serializers.ChoiceField(choices=Handover.Kind.choices, label="移交类型")
    from_name = serializers.CharField(max_length=80, label="移交人")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, allow_null=True, label="责任人所在单位")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        giver = Giver(attrs.pop("kind"), attrs.pop("from_name"), attrs.pop("unit", None))
        return {**attrs, "giver": giver}


class SeenInput(ActSerializer):
    id = serializers.IntegerField(min_value=0, max_value=LARGEST_ID)
    version = serializers.IntegerField(min_value=1)


class HandOverInput(GiverQuery):
    to_name = serializers.CharField(max_length=80, label="接收人")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="移交原因")
    handed_on = PlausibleDateField(required=False, label="移交日期，默认今天")
    refeedback_by = PlausibleDateField(required=False, label="再反馈期限，默认移交后第 20 个工作日")
    seen = serializers.ListField(
        child=SeenInput(), required=False, max_length=MOST_ITEMS, label="open-items 所列的事项；之后有变动则返回 409"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        return {**attrs, "seen": {row["id"]: row["version"] for row in attrs["seen"]}} if "seen" in attrs else attrs


class RefeedInput(ActSerializer):
    on = PlausibleDateField(label="再反馈日期")
    note = serializers.CharField(max_length=LONGEST_TEXT, label="再反馈情况")


class HandoverApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    unit = IdFilter(label="单位编号")
    clock = django_filters.ChoiceFilter(choices=CLOCKS, method="by_clock", label="再反馈")

    class Meta:
        model = Handover
        fields = ("inspection", "unit", "clock")

    def by_clock(self, rows: HandoverQuerySet, _name: str, clock: str) -> HandoverQuerySet:
        if clock == "done":
            return rows.filter(refed_on__isnull=False)
        return rows.overdue(timezone.localdate()) if clock == "overdue" else rows.awaiting_refeedback()


OF_THE_ROUND = OpenApiParameter("inspection", int, required=True, description="轮次编号")


class HandoverViewSet(Rows[Handover]):
    """交接"""

    queryset = Handover.objects.all()
    serializer_class = HandoverSerializer
    filterset_class = HandoverApiFilter
    ordering = ("-handed_on",)
    ordering_fields = ("handed_on", "refeedback_by")

    def visible(self) -> QuerySet[Handover]:
        return Handover.objects.visible_to(actor_of(self.request)).select_related("unit", "made_by", "refed_by")

    create = Making(services.hand_over, "办理移交：一次移交一个人的全部未办结事项，逐项记入台账。", HandOverInput)
    refeed = Act(services.record_refeedback, "handover", "登记再反馈：只登记一次。", RefeedInput)

    @extend_schema(parameters=[OF_THE_ROUND], responses=GiversSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=())
    def givers(self, request: Request) -> Response:
        """可以移交的人和各自未办结的事项数：由整改办读取。"""
        found = givers(self._asked(request, RoundQuery)["inspection"])
        return Response(GiversSerializer({"givers": found}).data)

    @extend_schema(
        parameters=[
            OF_THE_ROUND,
            OpenApiParameter("kind", str, required=True, enum=Handover.Kind.values, description="移交类型"),
            OpenApiParameter("from_name", str, required=True, description="移交人"),
            OpenApiParameter("unit", int, description="责任人所在单位编号"),
        ],
        responses=OpenItemsSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], url_path="open-items", pagination_class=None, filter_backends=())
    def open_items(self, request: Request) -> Response:
        """移交预览：会移交哪些事项。由整改办读取。"""
        asked = self._asked(request, GiverQuery)
        rows = open_items(asked["inspection"], asked["giver"])
        items = [{"id": row.pk, "version": row.version, **snapshot_of(row)} for row in rows]
        return Response(OpenItemsSerializer({"items": items}).data)

    def _asked(self, request: Request, query: type[ActSerializer]) -> dict[str, Any]:
        if actor_of(request).role != Role.OFFICE:
            raise PermissionDenied
        asked = query(data=request.query_params.dict(), context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)
