"""Imports by API: hand a list in, say what its columns and names mean, read the preview, confirm; a worker reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.models import Inspection
from apps.measures.api.import_rows import (
    AskedUnitsSerializer,
    FindingSerializer,
    ImportRunSerializer,
    OutlineSerializer,
    PlanSerializer,
    PreviewQuery,
    ShownIssueSerializer,
)
from apps.measures.forms.importing import FIELD_CHOICES, LEFT_OUT, ColumnsForm
from apps.measures.importing.defaults import UNSORTED
from apps.measures.importing.directory import NEW, SEPARATOR, SKIP, Directory
from apps.measures.importing.listing import SPLITS
from apps.measures.importing.preview import FILTERS, Preview
from apps.measures.importing.tree import Tree
from apps.measures.models import ImportRun
from apps.measures.services.importing import ask_apply, drop_import, reread, set_import, start_import
from apps.measures.views.importing import marked_list
from apps.units.errors import ActConflict
from apps.units.models import Unit
from apps.units.rest import ActSerializer, IdFilter, PlausibleDateField, Rows, SeenField, VersionedActSerializer, actor_of
from apps.units.rest_acts import WITH_FILES, Act, Making

MOST_SHEETS, MOST_UNITS = 60, 2000
NO_COLUMNS = "这次导入现在没有列可以对应，请先读取它的状态"
NO_PREVIEW = "现在没有可以看的预览：文件还在读取，或没有读出内容，请先读取它的状态"
COLUMNS = [name for name, _label in FIELD_CHOICES if name != LEFT_OUT]
ONLY = OpenApiParameter("only", str, enum=[value for value, _label in FILTERS if value], description="只要有变动的，或有错误、提醒的")


class StartImportInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")
    file = serializers.FileField(allow_empty_file=True, label="清单文件，XLSX 或 CSV（multipart）")


class SheetInput(ActSerializer):
    name = serializers.CharField(max_length=200, label="工作表名称")
    taken = serializers.BooleanField(default=True, label="导入这个工作表")
    columns = serializers.DictField(
        child=serializers.ChoiceField(choices=["", *COLUMNS]),
        required=False,
        label="列号 → 对应内容，空文本即不导入；没有写的列保持 columns 所列",
    )


class SetColumnsInput(VersionedActSerializer):
    """What is left out stays as ``columns`` has it."""

    sheets = serializers.ListField(child=SheetInput(), required=False, max_length=MOST_SHEETS, label="各工作表")
    split = serializers.ChoiceField(choices=SPLITS, required=False, label="一格里有几条措施时")
    renumber = serializers.BooleanField(required=False, label="清单的序号不是问题编号，按次序重新编号")
    category = serializers.CharField(required=False, max_length=200, label=f"没有写方面的新问题记在哪个方面，默认“{UNSORTED}”")
    lead_unit = serializers.PrimaryKeyRelatedField(
        queryset=Unit.objects.all(), required=False, allow_null=True, label="没有写牵头单位的先记哪个单位"
    )
    due_on = PlausibleDateField(required=False, allow_null=True, label="没有写时限的措施，时限记为")
    at_once_on = PlausibleDateField(required=False, allow_null=True, label="只写“立行立改”的措施，时限记为")


class UnitChoiceInput(ActSerializer):
    """One of the three."""

    name = serializers.CharField(max_length=500, label="文件里的写法，见 units")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, label="就是这个单位")
    new_kind = serializers.ChoiceField(choices=Unit.Kind.choices, required=False, label="登记为新单位，类别")
    skip = serializers.BooleanField(required=False, default=False, label="不导入这个名称（只用于配合单位）")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("unit" in attrs) + ("new_kind" in attrs) + attrs["skip"] != 1:
            raise serializers.ValidationError("unit、new_kind、skip 请写一项，只写一项")
        choice = str(attrs["unit"].pk) if "unit" in attrs else SKIP if attrs["skip"] else f"{NEW}{SEPARATOR}{attrs['new_kind']}"
        return {"name": attrs["name"], "choice": choice}


class SetUnitsInput(VersionedActSerializer):
    units = serializers.ListField(child=UnitChoiceInput(), allow_empty=False, max_length=MOST_UNITS, label="各个写法是哪个单位")


class SeenImportInput(VersionedActSerializer):
    """An act that needs nothing but the import as it was read."""


class ApplyInput(VersionedActSerializer):
    fingerprint = serializers.CharField(max_length=64, label="plan 中的 fingerprint：之后预览有变的返回 409")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, label="修改理由；会修改已有内容的要写")


class ImportApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    kind = django_filters.ChoiceFilter(choices=ImportRun.Kind.choices, label="类型")
    state = django_filters.MultipleChoiceFilter(choices=ImportRun.State.choices, label="状态")

    class Meta:
        model = ImportRun
        fields = ("inspection", "kind", "state")


class ImportViewSet(Rows[ImportRun]):
    """导入"""

    queryset = ImportRun.objects.all()
    serializer_class = ImportRunSerializer
    filterset_class = ImportApiFilter
    ordering = ("-pk",)
    ordering_fields = ("made_at",)
    parser_classes = WITH_FILES

    def visible(self) -> QuerySet[ImportRun]:
        rows = ImportRun.objects.visible_to(actor_of(self.request)).without_content()
        return rows.select_related("inspection__book", "made_by", "applied_by")

    create = Making(start_import, "导入清单：文件交后台读取，读取本条的 state 看读到哪一步。由整改办办理。", StartImportInput, files=True)
    apply = Act(ask_apply, "run", "确认导入：按预览整份写入，或一条也不写；由后台办理。", ApplyInput)
    again = Act(reread, "run", "重新读取：台账有变动，或上次没有读成。", SeenImportInput)
    drop = Act(drop_import, "run", "放弃这次导入：没有写入任何内容。", SeenImportInput)

    @extend_schema(responses=OutlineSerializer)
    @action(detail=True, methods=["get"])
    def columns(self, request: Request, **_kwargs: Any) -> Response:
        """文件里有哪些工作表，各列认作什么，已经作出的选择。"""
        run = self._with_columns()
        return Response(OutlineSerializer(run.outline | {"choices": run.choices, "version": run.version}).data)

    @extend_schema(request=SetColumnsInput, responses=ImportRunSerializer)
    @action(detail=True, methods=["post"], url_path="set-columns")
    def set_columns(self, request: Request, **_kwargs: Any) -> Response:
        """对应各列，并填写清单里没有的内容；列标题的对应会记住。随后重新读取。"""
        run = self._with_columns()
        given = self.read_input(request, SetColumnsInput)
        form = _columns_form(run, given)
        set_import(actor=actor_of(request), run=run, choices=form.choices(), headings=form.headings(), version=given["version"])
        return self.answer(run.pk)

    @extend_schema(responses=AskedUnitsSerializer)
    @action(detail=True, methods=["get"])
    def units(self, request: Request, **_kwargs: Any) -> Response:
        """文件里写的、不是任何单位名称或简称的名称，和可能是哪个单位。"""
        run = self._with_tree()
        unknown = Directory(run.choices.get("units")).unknown(Tree.from_json(run.tree))
        return Response(AskedUnitsSerializer({"names": unknown, "choices": run.choices.get("units", {}), "version": run.version}).data)

    @extend_schema(request=SetUnitsInput, responses=ImportRunSerializer)
    @action(detail=True, methods=["post"], url_path="set-units")
    def set_units(self, request: Request, **_kwargs: Any) -> Response:
        """对应单位：就是已有的单位（会记住）、登记为新单位，或不导入。随后重新读取。"""
        run, given = self._with_tree(), self.read_input(request, SetUnitsInput)
        known = {one.name for one in Directory(run.choices.get("units")).unknown(Tree.from_json(run.tree))}
        chosen = {row["name"]: row["choice"] for row in given["units"]}
        if strange := sorted(set(chosen) - known):
            raise serializers.ValidationError({"units": [f"文件里没有要对应的“{name[:60]}”" for name in strange[:20]]})
        set_import(
            actor=actor_of(request),
            run=run,
            choices={"units": {**run.choices.get("units", {}), **chosen}},
            units={name: int(choice) for name, choice in chosen.items() if choice.isdecimal()},
            version=given["version"],
        )
        return self.answer(run.pk)

    @extend_schema(responses=PlanSerializer)
    @action(detail=True, methods=["get"])
    def plan(self, request: Request, **_kwargs: Any) -> Response:
        """预览的总计：会新增、修改什么，有多少错误和提醒；确认时要带回 fingerprint。"""
        run = self._with_tree()
        return Response(PlanSerializer({"run": run, "preview": Preview(run)}).data)

    @extend_schema(parameters=[ONLY], responses=ShownIssueSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=())
    def preview(self, request: Request, **_kwargs: Any) -> Response:
        """预览：各问题和措施会怎样，逐项的改前改后，各处的错误和提醒。"""
        run, asked = self._with_tree(), self._asked(request, "only")
        seen = Preview(run)
        page = self.paginate_queryset(seen.issues(asked.get("only", "")))
        rows = [seen.shown(node) for _title, node in page or ()]
        return self.get_paginated_response(ShownIssueSerializer(rows, many=True).data)

    @extend_schema(responses=FindingSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], filter_backends=())
    def findings(self, request: Request, **_kwargs: Any) -> Response:
        """错误和提醒：每处（连同说明）在哪个工作表哪一格，怎么办。"""
        run = self._with_tree()
        self._asked(request)
        page = self.paginate_queryset(Preview(run).findings)
        return self.get_paginated_response(FindingSerializer(page or (), many=True).data)

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def errors(self, request: Request, **_kwargs: Any) -> HttpResponse:
        """下载标出问题的清单：原来的清单，有错误和提醒的单元格作了标记。"""
        run = self._with_tree()
        if run.kind != ImportRun.Kind.LIST:
            raise ActConflict("通报没有单元格，错误和提醒见 findings")
        return marked_list(run)

    def _with_columns(self) -> ImportRun:
        run: ImportRun = self.get_object()
        if run.kind != ImportRun.Kind.LIST or run.state not in (ImportRun.State.SETTING, ImportRun.State.READY) or not run.outline:
            raise ActConflict(NO_COLUMNS)
        return run

    def _with_tree(self) -> ImportRun:
        run: ImportRun = self.get_object()
        if not run.tree:
            raise ActConflict(NO_PREVIEW)
        return run

    def _asked(self, request: Request, *names: str) -> dict[str, Any]:
        asked = PreviewQuery(data=request.query_params.dict(), names=names)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)


def _columns_form(run: ImportRun, given: Mapping[str, Any]) -> ColumnsForm:
    """The page's form filled in with what was said, all else as it stands; its refusals in the words of the API."""
    seen = {"version": given["version"]}
    form = ColumnsForm(None, initial=seen, outline=run.outline, choices=run.choices, feedback_on=run.inspection.feedback_on)
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    places = {sheet["name"]: place for place, sheet in enumerate(form.sheets)}
    for sheet in given.get("sheets", ()):
        if sheet["name"] not in places:
            raise serializers.ValidationError({"sheets": [f"文件里没有工作表“{sheet['name'][:60]}”"]})
        place = places[sheet["name"]]
        data[f"sheet-{place}"] = sheet["taken"]
        for number, name in sheet.get("columns", {}).items():
            if f"col-{place}-{number}" not in data:
                raise serializers.ValidationError({"sheets": [f"“{sheet['name'][:60]}”里没有第 {number[:20]} 列"]})
            data[f"col-{place}-{number}"] = name or LEFT_OUT
    data |= {name: given[name] for name in ("split", "renumber", "category", "due_on", "at_once_on") if name in given}
    if "lead_unit" in given:
        data["lead_unit"] = given["lead_unit"].pk if given["lead_unit"] else None
    filled = ColumnsForm(data, outline=run.outline, choices=run.choices, feedback_on=run.inspection.feedback_on)
    if not filled.is_valid():
        told: dict[str, list[str]] = {}
        for name, sentences in filled.errors.items():
            told.setdefault("sheets" if name.startswith(("sheet-", "col-")) else name, []).extend(map(str, sentences))
        raise serializers.ValidationError(told.pop("__all__", None) or told)
    return filled
