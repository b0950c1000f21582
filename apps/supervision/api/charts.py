"""The back-scheduled chart by API: whose charts there are, and the rows, dates and computed steps of the one that is asked for."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.supervision import chart as charts
from apps.supervision.chart import Chart, Choice, Row
from apps.supervision.views.charts import BUSINESS, chosen, scope_asked
from apps.units.rest import actor_of


class ChoiceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="参数名：unit 牵头单位，official 责任领导，category 方面")
    key = serializers.CharField(help_text="参数值")
    title = serializers.CharField()


class ChartStepSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="倒排节点，系统计算，不是下达的任务")
    day = serializers.DateField()


class ChartRowSerializer(serializers.Serializer[Any]):
    measure = serializers.IntegerField(help_text="措施的 id")
    number = serializers.CharField()
    text = serializers.CharField()
    lead_unit = serializers.CharField(allow_blank=True)
    person = serializers.CharField(allow_blank=True)
    mark = serializers.CharField(help_text="状态的代码")
    state = serializers.CharField(help_text="状态")
    due_on = serializers.DateField(allow_null=True)
    original_due_on = serializers.DateField(allow_null=True)
    is_example = serializers.BooleanField(help_text="时限是演示数据")
    words = serializers.CharField(help_text="距时限的说明")
    steps = ChartStepSerializer(many=True)


class ChartSerializer(serializers.Serializer[Any]):
    """The chart of one choice."""

    title = serializers.CharField()
    choice = ChoiceSerializer()
    rule = serializers.CharField(help_text="倒排节点的口径")
    first = serializers.DateField(help_text="时间轴的第一天")
    last = serializers.DateField(help_text="时间轴的最后一天")
    unknown_years = serializers.ListField(child=serializers.IntegerField(), help_text="节假日安排尚未载入、因而没有排节点的年份")
    rows = ChartRowSerializer(many=True)


@extend_schema_serializer(many=False)
class ChartsSerializer(serializers.Serializer[Any]):
    """Whose charts there are, and the one asked for."""

    inspection = serializers.IntegerField()
    group = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField()
    choices = ChoiceSerializer(many=True)
    chart = ChartSerializer(allow_null=True, help_text="没有指定单位、责任领导或方面的为 null")


class BackScheduleViewSet(GenericViewSet[Any]):
    """倒排工期图"""

    serializer_class = ChartsSerializer
    queryset = Inspection.objects.none()
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("inspection", int, description="轮次编号，不写为最近一轮"),
            OpenApiParameter("group", int, description="督查组编号"),
            OpenApiParameter("unit", int, description="牵头单位编号；unit、official、category 一次只能选一项"),
            OpenApiParameter("official", str, description="责任领导"),
            OpenApiParameter("category", int, description="方面编号"),
        ],
        responses=ChartsSerializer,
    )
    def list(self, request: Request) -> Response:
        """倒排工期图的数据：与页面、A3 图一致，倒排节点附口径。"""
        user = actor_of(request)
        if user.role not in BUSINESS:
            raise PermissionDenied
        scope = scope_asked(request._request, user)
        if scope is None:
            raise Http404
        offered = charts.choices(scope)
        choice = chosen(request._request, offered)
        body = {
            "inspection": scope.inspection.pk,
            "group": scope.group.pk if scope.group else None,
            "as_of": scope.today,
            "choices": [one for kind in offered.values() for one in kind],
            "chart": chart_body(charts.chart_of(scope, choice), choice) if choice else None,
        }
        return Response(ChartsSerializer(body).data)


def chart_body(chart: Chart, choice: Choice) -> dict[str, Any]:
    return {
        "title": chart.title,
        "choice": choice,
        "rule": charts.RULE,
        "first": chart.scale.first,
        "last": chart.scale.last,
        "unknown_years": chart.unknown_years,
        "rows": [row_body(row) for section in chart.sections for row in section.rows],
    }


def row_body(row: Row) -> dict[str, Any]:
    measure = row.measure
    names = {step.word: step.name for step in charts.STEPS}
    return {
        "measure": measure.pk,
        "number": measure.number,
        "text": measure.text,
        "lead_unit": measure.lead_unit.name if measure.lead_unit else "",
        "person": measure.person,
        "mark": row.mark,
        "state": row.state,
        "due_on": measure.due_on,
        "original_due_on": measure.original_due_on,
        "is_example": row.is_example,
        "words": row.words,
        "steps": [{"name": names[node.word], "day": node.day} for node in (row.bar.nodes if row.bar else ())],
    }


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("back-schedule", BackScheduleViewSet),)
