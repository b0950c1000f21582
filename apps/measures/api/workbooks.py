"""Workbooks of the units by API: fetched, handed in, held against the ledger, submitted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.models import Inspection
from apps.measures.api.rows import MeasureBrief
from apps.measures.comparing import Side
from apps.measures.models import ReturnedWorkbook, WorkbookPackage
from apps.measures.services.workbooks import add_package, hand_out_workbook, submit_workbook, take_workbook
from apps.measures.views.files import sent
from apps.measures.views.workbooks import original_of
from apps.measures.workbooks.comparing import WORDS, Row, preview
from apps.measures.workbooks.rows import MOST_MEASURES, units_with_measures
from apps.units.api.units import UnitBrief
from apps.units.models import Role, Unit
from apps.units.rest import LARGEST_ID, ActSerializer, CodedField, IdFilter, PlausibleDateField, Rows, RowSerializer, SeenField, actor_of
from apps.units.rest_acts import WITH_FILES, Act, Making

STANDINGS = [(standing.value, words) for standing, words in WORDS.items()]


class PackageSerializer(serializers.ModelSerializer[WorkbookPackage]):
    files = serializers.SerializerMethodField()

    class Meta:
        model = WorkbookPackage
        fields = ("id", "filename", "size", "sha256", "made_at", "files")

    def get_files(self, row: WorkbookPackage) -> int:
        return len(row.members)


class WorkbookSerializer(RowSerializer[ReturnedWorkbook]):
    unit = UnitBrief()
    made_by = serializers.StringRelatedField[Any](help_text="姓名")
    packages = PackageSerializer(many=True)
    submitted = serializers.IntegerField(read_only=True, help_text="已经提交了几条填报")

    class Meta:
        model = ReturnedWorkbook
        fields = ("id", "inspection", "unit", "exported_on", "filename", "size", "sha256", "made_by", "made_at", "packages", "submitted")


class ProblemSerializer(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    cell = serializers.CharField(source="place")
    given = serializers.CharField()
    message = serializers.CharField()


class SideSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(source="label")
    ledger = serializers.SerializerMethodField()
    workbook = serializers.SerializerMethodField()

    def get_ledger(self, side: Side) -> str:
        return "".join(piece.text for piece in side.before)

    def get_workbook(self, side: Side) -> str:
        return "".join(piece.text for piece in side.after)


class FigureSideSerializer(serializers.Serializer[Any]):
    indicator = serializers.IntegerField(source="indicator.pk")
    name = serializers.CharField(source="indicator.name")
    value = serializers.CharField(source="filled.value")
    as_of = serializers.CharField(source="filled.as_of")
    now = serializers.CharField(help_text="台账现在的数")
    moved = serializers.BooleanField(help_text="导出以后台账又有新数")


class WorkbookRowSerializer(serializers.Serializer[Any]):
    """One measure that was filled in, beside the ledger."""

    measure = MeasureBrief()
    row = serializers.IntegerField(source="filled.row", help_text="“措施填报”表第几行")
    standing = serializers.SerializerMethodField()
    token = serializers.CharField(help_text="提交时带回：之后台账又有变动的返回 409")
    sides = SideSerializer(many=True)
    figures = FigureSideSerializer(many=True)
    files = serializers.SerializerMethodField()
    blocked = serializers.CharField(help_text="现在为什么不能提交")
    is_altered = serializers.BooleanField(help_text="锁定的“整改措施”被改动过：不写入台账")
    problems = ProblemSerializer(many=True)
    since = serializers.SerializerMethodField(help_text="导出以后台账中办过的事")

    @extend_schema_field(CodedField(choices=STANDINGS))
    def get_standing(self, row: Row) -> dict[str, str]:
        return {"code": row.standing.value, "display": row.words}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_files(self, row: Row) -> list[str]:
        return [found.filename for _file, found in row.files]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_since(self, row: Row) -> list[str]:
        return [entry.act for entry in row.since]


class WorkbookPreviewSerializer(serializers.Serializer[Any]):
    rows = WorkbookRowSerializer(many=True)
    problems = ProblemSerializer(many=True, help_text="不属于哪一条措施的")
    unused = serializers.ListField(child=serializers.CharField(), help_text="压缩包里没有登记的文件")
    replaced = serializers.ListField(child=serializers.CharField(), help_text="几个压缩包里都有的，以后交的为准")


class TakeWorkbookInput(ActSerializer):
    file = serializers.FileField(allow_empty_file=True, label="填好的工作簿，XLSX（multipart）")


class AddPackageInput(ActSerializer):
    file = serializers.FileField(allow_empty_file=True, label="佐证材料压缩包，ZIP（multipart）")


class PickedInput(ActSerializer):
    measure = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, label="措施的 id")
    token = serializers.RegexField(r"^[0-9a-f]{16}$", label="预览中的 token")


class SubmitWorkbookInput(ActSerializer):
    rows = serializers.ListField(child=PickedInput(), allow_empty=False, max_length=MOST_MEASURES, label="提交哪些措施")
    on = PlausibleDateField(required=False, label="填报日期（补录，由整改办填）")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        rows = attrs.pop("rows")
        return {**attrs, "chosen": {row["measure"]: row["token"] for row in rows}}


class ExportQuery(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, label="单位编号")


class WorkbookApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    unit = IdFilter(label="单位编号")

    class Meta:
        model = ReturnedWorkbook
        fields = ("inspection", "unit")


class WorkbookViewSet(Rows[ReturnedWorkbook]):
    """离线工作簿"""

    queryset = ReturnedWorkbook.objects.all()
    serializer_class = WorkbookSerializer
    filterset_class = WorkbookApiFilter
    ordering = ("-pk",)
    ordering_fields = ("made_at", "exported_on")
    parser_classes = WITH_FILES

    def visible(self) -> QuerySet[ReturnedWorkbook]:
        rows = ReturnedWorkbook.objects.visible_to(actor_of(self.request)).select_related("unit", "inspection__book", "made_by__unit")
        return rows.prefetch_related("packages").annotate(submitted=Count("reports", distinct=True))

    create = Making(take_workbook, "交回填好的工作簿：只收下，不提交填报；同一份再交，返回原来的那条。", TakeWorkbookInput, files=True)
    add_package = Act(add_package, "workbook", "补传佐证材料压缩包。", AddPackageInput, files=True)

    @extend_schema(responses=WorkbookPreviewSerializer)
    @action(detail=True, methods=["get"])
    def preview(self, request: Request, **_kwargs: Any) -> Response:
        """与台账核对：哪些可以提交，哪些有冲突（两边并列）、有错误、已经相同。什么也不写入。"""
        return Response(WorkbookPreviewSerializer(preview(self.get_object(), actor_of(request))).data)

    @extend_schema(request=SubmitWorkbookInput, responses=WorkbookSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **_kwargs: Any) -> Response:
        """提交所选的措施：全部提交，或一条也不提交；有冲突的，写了它的 token 即表示看过两边、仍要提交。"""
        row, given, actor = self.get_object(), self.read_input(request, SubmitWorkbookInput), actor_of(request)
        on: dt.date | None = given.get("on")
        if on is not None and actor.role != Role.OFFICE:
            raise serializers.ValidationError({"on": ["填报日期由整改办补录时填写，请去掉"]})
        submit_workbook(actor=actor, workbook=row, chosen=given["chosen"], on=on)
        return self.answer(row.pk)

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **_kwargs: Any) -> FileResponse:
        """下载交回的工作簿：记入台账。"""
        return original_of(actor_of(request), self.get_object())

    @extend_schema(
        parameters=[
            OpenApiParameter("inspection", int, required=True, description="轮次编号"),
            OpenApiParameter("unit", int, description="单位编号；整改办要写，联络员只有本单位"),
        ],
        responses={(200, "*/*"): OpenApiTypes.BINARY},
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=())
    def export(self, request: Request) -> HttpResponse:
        """导出一个单位的离线工作簿（XLSX）：记入台账。由整改办和单位联络员读取。"""
        user = actor_of(request)
        if user.role not in (Role.OFFICE, Role.LIAISON):
            raise PermissionDenied
        asked = ExportQuery(data=request.query_params.dict(), context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        inspection = asked.validated_data["inspection"]
        units = [unit for unit, _count in units_with_measures(user, inspection)]
        unit = asked.validated_data.get("unit") or (units[0] if len(units) == 1 else None)
        if unit not in units:
            raise serializers.ValidationError({"unit": ["请写在这一轮牵头措施、您能办理的单位"]})
        return sent(*hand_out_workbook(actor=user, inspection=inspection, unit=unit))
