"""Reports that are owed (本期应报、漏报) by API: the periods, the units by what they owe for one, and the measures."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure
from apps.measures.views.missing import BUSINESS, Asked, asked_of
from apps.units.api.units import UnitBrief
from apps.units.parameters import refuse_unknown
from apps.units.rest import actor_of


class PeriodSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="参数 period 的值")
    label: Any = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()


class OwingUnitSerializer(serializers.Serializer[Any]):
    unit = serializers.IntegerField(help_text="单位编号")
    name = serializers.CharField()
    owed = serializers.IntegerField(help_text="应报未报的措施数")


class OwedMeasureSerializer(serializers.ModelSerializer[Measure]):
    lead_unit = UnitBrief()

    class Meta:
        model = Measure
        fields = (*MeasureBrief.Meta.fields, "lead_unit", "due_on")


@extend_schema_serializer(many=False)
class MissingSerializer(serializers.Serializer[Any]):
    """What is owed for one period of one round."""

    inspection = serializers.IntegerField(allow_null=True, help_text="没有可看的轮次的为 null")
    period = PeriodSerializer(allow_null=True)
    is_current = serializers.BooleanField(help_text="本期应报（true）还是漏报（false）")
    periods = PeriodSerializer(many=True, help_text="各填报期，最近的在前")
    units = OwingUnitSerializer(many=True)
    measures = OwedMeasureSerializer(many=True)


class MissingViewSet(GenericViewSet[Any]):
    """应报未报"""

    serializer_class = MissingSerializer
    queryset = Measure.objects.none()
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("inspection", int, description="轮次编号，不写为最近一轮"),
            OpenApiParameter("period", str, description="填报期，不写为最近结束的一期"),
            OpenApiParameter("unit", int, description="牵头单位编号"),
        ],
        responses=MissingSerializer,
    )
    def list(self, request: Request) -> Response:
        """本期应报和漏报：按单位计数，列出欠报的措施；与页面一致。"""
        if actor_of(request).role not in BUSINESS:
            raise PermissionDenied
        page: Any = request._request
        refuse_unknown(page, "inspection", "period", "unit")
        return Response(MissingSerializer(_body(asked_of(page))).data)


def _body(asked: Asked | None) -> dict[str, Any]:
    if asked is None:
        return {"inspection": None, "period": None, "is_current": False, "periods": [], "units": [], "measures": []}
    return {
        "inspection": asked.owed.inspection.pk,
        "period": asked.period,
        "is_current": asked.period.is_current(asked.owed.today),
        "periods": asked.owed.periods,
        "units": [{"unit": pk, "name": name, "owed": count} for pk, name, count in asked.units],
        "measures": asked.rows.select_related("issue", "lead_unit"),
    }
