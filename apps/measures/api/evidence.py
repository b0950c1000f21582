"""Evidence by API: what a caller may see, its bytes, and new versions of it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.measures import services
from apps.measures.api.evidence_inputs import UpdateEvidenceInput
from apps.measures.api.rows import EvidenceVersionSerializer, MeasureBrief
from apps.measures.models import Evidence
from apps.measures.views.files import handed_out
from apps.units.parsers import BoundedMultiPartParser
from apps.units.rest import ActSerializer, IdFilter, Rows, RowSerializer, actor_of


class EvidenceRowSerializer(RowSerializer[Evidence]):
    measure = MeasureBrief()
    versions = EvidenceVersionSerializer(many=True)

    class Meta:
        model = Evidence
        fields = ("id", "measure", "progress", "name", "effective_on", "description", "versions", "source", "is_demonstration")


class VersionQuery(ActSerializer):
    number = serializers.IntegerField(min_value=1, max_value=9999, required=False, label="第几版")


class EvidenceApiFilter(FilterSet):
    measure = IdFilter(label="措施的 id")
    progress = IdFilter(label="填报的 id")

    class Meta:
        model = Evidence
        fields = ("measure", "progress")


class EvidenceViewSet(Rows[Evidence]):
    """佐证材料"""

    queryset = Evidence.objects.all()
    serializer_class = EvidenceRowSerializer
    filterset_class = EvidenceApiFilter
    ordering = ("-pk",)
    ordering_fields = ("effective_on",)

    def visible(self) -> QuerySet[Evidence]:
        rows = Evidence.objects.visible_to(actor_of(self.request)).select_related("measure__issue")
        return rows.prefetch_related("versions")

    @extend_schema(request={"multipart/form-data": UpdateEvidenceInput}, responses=EvidenceRowSerializer)
    @action(detail=True, methods=["post"], url_path="update", parser_classes=(BoundedMultiPartParser,))
    def update_file(self, request: Request, **_kwargs: Any) -> Response:
        """更新佐证材料：交新的一版并写明改了什么，以前的版本保留；version 是措施的版本。"""
        row = self.get_object()
        given = self.read_input(request, UpdateEvidenceInput)
        services.update_evidence(actor=actor_of(request), evidence=row, **given)
        return self.answer(row.pk)

    @extend_schema(
        parameters=[OpenApiParameter("number", int, description="第几版，默认最新一版")],
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], url_path="file")
    def file(self, request: Request, **_kwargs: Any) -> FileResponse:
        """下载佐证材料：谁在什么时候查阅了哪一份，记入台账。"""
        row = self.get_object()
        asked = VersionQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        versions = row.versions.select_related("evidence__measure__issue__inspection__book").order_by("-number")
        version = get_object_or_404(versions, **asked.validated_data) if asked.validated_data else versions[0]
        file = services.open_file(version)
        services.log_download(actor=actor_of(request), version=version)
        return handed_out(file, version)
