"""Published editions by API, open to everybody and read-only; and, for the office and the leaders, the notices before that."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.reports import services
from apps.reports.content import content_of, sha256_of
from apps.reports.item_api import NoticeItemViewSet
from apps.reports.models import Audience, Edition, Notice, RenderedFile
from apps.reports.rendering.published import Download, downloads_of
from apps.reports.secrecy import CHECKLIST
from apps.units.rest import LONGEST_TEXT, ActSerializer, IdFilter, Rows, RowSerializer, actor_of

SHOWN = ("id", "inspection", "number", "title", "is_demonstration", "sha256", "checkpoint_seq", "checkpoint_hash", "published_at")

NOTICE = (
    *("id", "inspection", "title", "issuer", "dated_on", "state", "version", "drafted_by"),
    *("submitted_on", "approved_by", "approved_on", "approved_hash", "source", "is_demonstration"),
)


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
    files = serializers.SerializerMethodField(help_text="这一版的 Word、PDF、CSV、JSON 文件")
    content = serializers.SerializerMethodField(help_text="定稿内容；sha256 为其 RFC 8785 规范 JSON 的指纹")

    class Meta(EditionBrief.Meta):
        fields = (*SHOWN, "files", "content")

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
    permission_classes = (AllowAny,)
    ordering = ("-published_at",)
    ordering_fields = ("published_at", "number")

    def visible(self) -> QuerySet[Edition]:
        return Edition.objects.public().select_related("inspection")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Edition]]:
        return EditionBrief if self.action == "list" else EditionSerializer


class NoticeBrief(RowSerializer[Notice]):
    """A notice in a list, without its text."""

    drafted_by = serializers.StringRelatedField[Any](help_text="姓名")
    approved_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = Notice
        fields: tuple[str, ...] = NOTICE


class NoticeSerializer(NoticeBrief):
    content = serializers.SerializerMethodField(help_text="发布时将定稿的内容")
    party_hash = serializers.SerializerMethodField(help_text="党内通报内容指纹：审定时带回")
    content_hash = serializers.SerializerMethodField(help_text="内容指纹：提请、审定、发布时带回，内容有变则返回 409")

    class Meta(NoticeBrief.Meta):
        fields = (*NOTICE, "content", "content_hash", "party_hash")

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_content(self, row: Notice) -> Any:
        return content_of(row)

    def get_content_hash(self, row: Notice) -> str:
        return sha256_of(content_of(row))

    def get_party_hash(self, row: Notice) -> str:
        return sha256_of(content_of(row, Audience.PARTY))


class AsShownInput(ActSerializer):
    """The act holds for the content that the caller read."""

    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="读到的 content_hash")


class ApproveNoticeInput(AsShownInput):
    """The approval holds for what society is told and for what the Party is told."""

    party_hash = serializers.RegexField(
        r"^[0-9a-f]{64}$", label="读到的 party_hash", required=False, help_text="党内通报文字与社会公开不同时必填，缺少则返回 409"
    )


class PublishNoticeInput(AsShownInput):
    party = serializers.BooleanField(label="同时发布党内通报", default=False, help_text="党内通报文字与社会公开不同时，不选也发布")


class SecrecyInput(AsShownInput):
    """What is confirmed about both texts as they were read."""

    party_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="读到的 party_hash")
    confirmed = serializers.MultipleChoiceField(choices=list(CHECKLIST.items()), label="确认的各项", help_text="要全部确认")
    note = serializers.CharField(max_length=500, required=False, label="审查说明")


class ReturnNoticeInput(ActSerializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="退回理由")


class NoticeApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    state = ChoiceFilter(choices=Notice.State.choices, label="状态")

    class Meta:
        model = Notice
        fields = ("inspection", "state")


class NoticeViewSet(Rows[Notice]):
    """通报稿"""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeApiFilter
    ordering = ("-dated_on",)
    ordering_fields = ("dated_on", "state")

    def visible(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(actor_of(self.request)).select_related("inspection", "drafted_by", "approved_by")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Notice]]:
        return NoticeBrief if self.action == "list" else NoticeSerializer

    @extend_schema(request=AsShownInput, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, **_kwargs: Any) -> Response:
        """提请审定通报。"""
        notice = self.get_object()
        services.submit_notice(actor=actor_of(request), notice=notice, **self.read_input(request, AsShownInput))
        return self.answer(notice.pk)

    @extend_schema(request=ApproveNoticeInput, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_kwargs: Any) -> Response:
        """审定通报：起草、修改过、提请和认可过数字的人不能审定。"""
        notice = self.get_object()
        services.approve_notice(actor=actor_of(request), notice=notice, **self.read_input(request, ApproveNoticeInput))
        return self.answer(notice.pk)

    @extend_schema(request=SecrecyInput, responses=NoticeSerializer)
    @action(detail=True, methods=["post"])
    def secrecy(self, request: Request, **_kwargs: Any) -> Response:
        """保密审查：起草人和修改过文字的人不能办理；逐项确认，之后内容有改动即失效。"""
        notice = self.get_object()
        services.review_secrecy(actor=actor_of(request), notice=notice, **self.read_input(request, SecrecyInput))
        return self.answer(notice.pk)

    @extend_schema(request=ReturnNoticeInput, responses=NoticeSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, **_kwargs: Any) -> Response:
        """退回通报稿：要写理由，已有的审定作废。"""
        notice = self.get_object()
        services.return_notice(actor=actor_of(request), notice=notice, **self.read_input(request, ReturnNoticeInput))
        return self.answer(notice.pk)

    @extend_schema(request=PublishNoticeInput, responses={201: EditionSerializer})
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, **_kwargs: Any) -> Response:
        """发布通报：审定的内容定稿为新的一版，任何人可读。"""
        notice = self.get_object()
        edition = services.publish(actor=actor_of(request), notice=notice, **self.read_input(request, PublishNoticeInput))
        return Response(EditionSerializer(edition).data, status=status.HTTP_201_CREATED)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("editions", EditionViewSet),
    ("notices", NoticeViewSet),
    ("notice-items", NoticeItemViewSet),
)
