"""Published editions by API: open to everybody; the office drafts their correction."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from apps.reports import services
from apps.reports.api.inputs import CorrectInput
from apps.reports.api.rows import NoticeBrief
from apps.reports.models import Edition, RenderedFile
from apps.reports.rendering.licence import licence_line
from apps.reports.rendering.published import Download, downloads_of
from apps.units.rest import IdFilter, Rows, RowSerializer
from apps.units.rest_acts import Act

SHOWN = ("id", "inspection", "number", "title", "is_demonstration", "sha256", "checkpoint_seq", "checkpoint_hash", "published_at")


class EditionBrief(RowSerializer[Edition]):
    """An edition in a list, without its text."""

    inspection = serializers.CharField(source="inspection.name", help_text="轮次名称")
    title = serializers.SerializerMethodField()

    class Meta:
        model = Edition
        fields: tuple[str, ...] = SHOWN

    def get_title(self, row: Edition) -> str:
        return str(row.content.get("title", ""))


class EditionFileSerializer(serializers.Serializer[Any]):
    """A file of an edition; one that is not there (yet) has no address, and a note that says why."""

    kind = serializers.ChoiceField(choices=RenderedFile.Kind.choices, label="格式")
    url = serializers.SerializerMethodField(label="地址", help_text="还没有文件时为空")
    size = serializers.IntegerField(label="字节数")
    sha256 = serializers.CharField(label="SHA-256")
    note = serializers.CharField(label="没有文件的原因")

    def get_url(self, row: Download) -> str:
        return f"{settings.SITE_URL}{row.url}" if row.url else ""


class EditionSerializer(EditionBrief):
    schema = serializers.SerializerMethodField(help_text="content 的 JSON Schema 的地址")
    licence = serializers.SerializerMethodField(help_text="使用许可")
    files = serializers.SerializerMethodField(help_text="这一版的 Word、PDF、CSV、JSON 文件")
    content = serializers.SerializerMethodField(help_text="定稿内容；sha256 为其 RFC 8785 规范 JSON 的指纹")

    class Meta(EditionBrief.Meta):
        fields = (*SHOWN, "schema", "licence", "files", "content")

    def get_schema(self, _row: Edition) -> str:
        return f"{settings.SITE_URL}{reverse('reports:schema')}"

    def get_licence(self, _row: Edition) -> str:
        return licence_line()

    @extend_schema_field(EditionFileSerializer(many=True))
    def get_files(self, row: Edition) -> Any:
        return EditionFileSerializer(downloads_of(row), many=True).data

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
    ordering = ("-published_at",)
    ordering_fields = ("published_at", "number")

    def get_permissions(self) -> Any:
        """Reading is for everybody, an act never is."""
        return super().get_permissions() if self.action == "correct" else [AllowAny()]

    def visible(self) -> QuerySet[Edition]:
        return Edition.objects.public().select_related("inspection")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Edition]]:
        return EditionBrief if self.action == "list" else EditionSerializer

    correct = Act(
        services.correct_edition,
        "edition",
        "起草更正：复制这一版的通报稿，写明更正理由；这一版保持原样。",
        CorrectInput,
        makes=NoticeBrief,
    )
