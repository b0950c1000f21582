"""Regulations by API. Their file comes beside the other fields (multipart) and is handed out at ``file/``."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from apps.issues.api import SOURCE, IssueBrief
from apps.issues.models import Inspection, Issue
from apps.measures import services
from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure, Regulation
from apps.measures.views.files import handed_out
from apps.units.api.units import UnitBrief
from apps.units.models import Unit
from apps.units.rest import (
    ActSerializer,
    AmendSerializer,
    IdFilter,
    PlausibleDateField,
    Rows,
    RowSerializer,
    SeenField,
    VersionedActSerializer,
    actor_of,
)
from apps.units.rest_acts import WITH_FILES, Act, Making


class RegulationSerializer(RowSerializer[Regulation]):
    issue = IssueBrief(allow_null=True)
    measure = MeasureBrief(allow_null=True)
    unit = UnitBrief()

    class Meta:
        model = Regulation
        fields = (
            *("id", "inspection", "issue", "measure", "title", "doc_number", "kind", "issued_on", "unit"),
            *("filename", "media_type", "size", "sha256", "version", *SOURCE),
        )


class AddRegulationInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")
    title = serializers.CharField(max_length=160, label="制度名称")
    kind = serializers.ChoiceField(choices=Regulation.Kind.choices, label="类别")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="制定单位")
    doc_number = serializers.CharField(required=False, allow_blank=True, max_length=60, label="文号")
    issued_on = PlausibleDateField(required=False, allow_null=True, label="印发日期")
    issue = SeenField(Issue, required=False, allow_null=True, label="问题的 id")
    measure = SeenField(Measure, required=False, allow_null=True, label="措施的 id")
    file = serializers.FileField(required=False, allow_empty_file=True, label="文件，PDF 或 DOCX（multipart）")


class AmendRegulationInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change, or a file."""

    amendable = services.AMENDABLE_REGULATION
    title = serializers.CharField(required=False, max_length=160, label="制度名称")
    doc_number = serializers.CharField(required=False, allow_blank=True, max_length=60, label="文号")
    kind = serializers.ChoiceField(required=False, choices=Regulation.Kind.choices, label="类别")
    issued_on = PlausibleDateField(required=False, allow_null=True, label="印发日期")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, label="制定单位")
    issue = SeenField(Issue, required=False, allow_null=True, label="问题的 id")
    measure = SeenField(Measure, required=False, allow_null=True, label="措施的 id")
    file = serializers.FileField(required=False, allow_empty_file=True, label="文件，PDF 或 DOCX（multipart）")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return super().validate(attrs) if set(attrs) & set(self.amendable) or "file" not in attrs else {**attrs, "values": {}}


class RegulationApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    issue = IdFilter(label="问题的 id")
    unit = IdFilter(label="制定单位编号")
    category = IdFilter(field_name="issue__category", label="方面编号")
    kind = django_filters.ChoiceFilter(choices=Regulation.Kind.choices, label="类别")
    q = django_filters.CharFilter(method="search", label="名称、文号中的文字")

    class Meta:
        model = Regulation
        fields = ("inspection", "issue", "unit", "category", "kind", "q")

    def search(self, rows: QuerySet[Regulation], _name: str, words: str) -> QuerySet[Regulation]:
        return rows.filter(Q(title__icontains=words) | Q(doc_number__icontains=words))


class RegulationViewSet(Rows[Regulation]):
    """规章制度"""

    queryset = Regulation.objects.all()
    serializer_class = RegulationSerializer
    filterset_class = RegulationApiFilter
    ordering = ("inspection", "issue__number")
    ordering_fields = ("issue__number", "issued_on", "kind", "title")
    parser_classes = WITH_FILES

    def visible(self) -> QuerySet[Regulation]:
        return Regulation.objects.visible_to(actor_of(self.request)).select_related("inspection", "issue", "measure__issue", "unit")

    create = Making(
        services.add_regulation,
        "登记制度：同一轮内名称和文号都相同的不能重复；文件可以同时上传（multipart）。",
        AddRegulationInput,
        files=True,
    )
    amend = Act(
        services.amend_regulation,
        "regulation",
        "修改制度或上传文件：要写理由，改前改后记入台账；名称和文号都相同的不能重复。",
        AmendRegulationInput,
        files=True,
    )

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **_kwargs: Any) -> FileResponse:
        """下载制度文件：记入台账。"""
        row = self.get_object()
        if not row.sha256:
            raise Http404
        file = services.open_regulation_file(row)
        services.log_regulation_download(actor=actor_of(request), regulation=row)
        return handed_out(file, row)
