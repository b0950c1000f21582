"""Published editions by API: open to everybody, read-only. What is not published is not here."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import GenericViewSet

from apps.reports.models import Edition
from apps.units.rest import IdFilter, Rows, RowSerializer


class EditionBrief(RowSerializer[Edition]):
    """An edition in a list, without its text."""

    inspection = serializers.CharField(source="inspection.name", help_text="轮次名称")
    title = serializers.SerializerMethodField()

    class Meta:
        model = Edition
        fields = ("id", "inspection", "number", "title", "is_demonstration", "sha256", "checkpoint_seq", "checkpoint_hash", "published_at")

    def get_title(self, row: Edition) -> str:
        return str(row.content.get("title", ""))


class EditionSerializer(EditionBrief):
    content = serializers.SerializerMethodField(help_text="定稿内容；sha256 为其 RFC 8785 规范 JSON 的指纹")

    class Meta(EditionBrief.Meta):
        fields = (*EditionBrief.Meta.fields, "content")

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_content(self, row: Edition) -> Any:
        return row.content


class EditionApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    number = IdFilter(label="版次")

    class Meta:
        model = Edition
        fields = ("inspection", "number")


class EditionViewSet(Rows[Edition]):
    """已发布的通报"""

    queryset = Edition.objects.all()
    serializer_class = EditionSerializer
    filterset_class = EditionApiFilter
    permission_classes = (AllowAny,)
    ordering = ("-published_at",)
    ordering_fields = ("published_at", "number")

    def visible(self) -> QuerySet[Edition]:
        return Edition.objects.select_related("inspection")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Edition]]:
        return EditionBrief if self.action == "list" else EditionSerializer


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("editions", EditionViewSet),)
