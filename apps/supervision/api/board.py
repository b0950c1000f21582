"""The dashboard by API: every figure of a scope, the same that the pages and the workbook show."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.supervision.board import Board
from apps.supervision.board_results import all_series
from apps.supervision.scope import Scope, groups_seen_by, in_group, narrowed
from apps.units.policies import sees_no_business
from apps.units.rest import LARGEST_ID, actor_of


class BoardQuery(serializers.Serializer[Any]):
    """What the caller asks for."""

    inspection = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="轮次编号", required=False)
    group = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="督查组编号", required=False)
    unit = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="牵头单位编号", required=False)


class FigureColumnSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(help_text="计量单位，文字列为空")


class FigureRowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    values = serializers.DictField(help_text="以列的 key 为名；条数为整数，比率、金额和日期为文本，没有可算的为 null")


class FigureSeriesSerializer(serializers.Serializer[Any]):
    """One figure of the dashboard."""

    key = serializers.CharField()
    title = serializers.CharField()
    formula = serializers.CharField(help_text="口径")
    conclusion = serializers.CharField()
    rows_are = serializers.CharField(help_text="每一行是什么，如牵头单位、方面")
    columns = FigureColumnSerializer(many=True)
    rows = FigureRowSerializer(many=True)


@extend_schema_serializer(many=False)
class BoardSerializer(serializers.Serializer[Any]):
    """The dashboard of a scope."""

    inspection = serializers.IntegerField()
    group = serializers.IntegerField(allow_null=True)
    unit = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateField()
    series = FigureSeriesSerializer(many=True)


class DashboardViewSet(GenericViewSet[Any]):
    """督查看板"""

    serializer_class = BoardSerializer
    queryset = Inspection.objects.none()
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("inspection", int, description="轮次编号，不写为最近一轮"),
            OpenApiParameter("group", int, description="督查组编号"),
            OpenApiParameter("unit", int, description="牵头单位编号；联络员只能看本单位"),
        ],
        responses=BoardSerializer,
    )
    def list(self, request: Request) -> Response:
        """看板的全部数字：与页面、导出表一致，每项附口径。"""
        user = actor_of(request)
        if sees_no_business(user):
            raise PermissionDenied
        asked = BoardQuery(data=request.query_params.dict())
        unknown = sorted(set(request.query_params) - set(asked.fields))
        if unknown:
            raise ValidationError({name: ["没有这个筛选条件，请核对参数名"] for name in unknown}, code="unknown_parameter")
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        rounds = Inspection.objects.visible_to(user).select_related("book")
        inspection = (rounds.filter(pk=wanted["inspection"]) if "inspection" in wanted else rounds).first()
        if inspection is None:
            raise Http404
        scope = in_group(Scope(user, inspection, list(groups_seen_by(user, inspection)), None), str(wanted.get("group", "")))
        scope = narrowed(scope, str(wanted.get("unit", "")))
        board = Board(scope)
        body = {
            "inspection": inspection.pk,
            "group": scope.group.pk if scope.group else None,
            "unit": scope.unit.pk if scope.unit else None,
            "as_of": board.today,
            "series": [series.for_api for series in all_series(board)],
        }
        return Response(BoardSerializer(body).data)
