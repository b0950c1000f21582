"""A notice with the units and as files, by API: the items a head answers for, who has answered, the making of files."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from apps.reports import services
from apps.reports.circulation import WORDS, item_hash
from apps.reports.forms.reviews import VERDICTS
from apps.reports.models import NoticeItem, RenderedFile, Rendering
from apps.reports.policies import heads_a_unit
from apps.reports.views.files import handed_out, visible_renderings
from apps.units.api.units import UnitBrief
from apps.units.rest import ActSerializer, CodedField, IdFilter, Rows, RowSerializer, actor_of
from apps.units.rest_acts import Act


class StandingSerializer(serializers.Serializer[Any]):
    """One item, the unit that answers for it, and where it stands."""

    item = serializers.IntegerField(source="item.pk", help_text="通报条目的 id")
    number = serializers.IntegerField(source="item.issue.number", help_text="问题编号")
    unit = UnitBrief()
    state = CodedField(choices=list(WORDS.items()))
    opinion = serializers.SerializerMethodField(help_text="最近一次答复的说明")

    def get_opinion(self, row: Any) -> str:
        return row.review.opinion if row.review else ""


class CirculationSerializer(serializers.Serializer[Any]):
    standings = StandingSerializer(many=True)


class ItemToReviewSerializer(RowSerializer[NoticeItem]):
    """What the head of the leading unit reads; the internal text never leaves the house."""

    number = serializers.IntegerField(source="issue.number", help_text="问题编号")
    party_text = serializers.CharField(source="text_for_party", help_text="党内通报文字")
    content_hash = serializers.SerializerMethodField(help_text="答复时原样带回，文字有变则返回 409")
    answers = serializers.SerializerMethodField(help_text="已有的答复，最近的在前")

    class Meta:
        model = NoticeItem
        fields = ("id", "notice", "issue", "number", "title", "text", "party_text", "content_hash", "answers")

    def get_content_hash(self, row: NoticeItem) -> str:
        return item_hash(row)

    def get_answers(self, row: NoticeItem) -> list[str]:
        rows = sorted(row.reviews.all(), key=lambda review: -review.pk)
        return [f"{review.get_verdict_display()}：{review.opinion}" if review.opinion else review.get_verdict_display() for review in rows]


class ReviewItemInput(ActSerializer):
    verdict = serializers.ChoiceField(choices=VERDICTS, label="意见")
    opinion = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="", label="说明（不同意时必填）")
    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="读到的 content_hash")


class ItemToReviewApiFilter(FilterSet):
    notice = IdFilter(label="通报稿编号")

    class Meta:
        model = NoticeItem
        fields = ("notice",)


class ItemToReviewViewSet(Rows[NoticeItem]):
    """待单位审核的通报条目"""

    queryset = NoticeItem.objects.all()
    serializer_class = ItemToReviewSerializer
    filterset_class = ItemToReviewApiFilter
    ordering = ("notice", "issue__number")
    ordering_fields = ("issue__number",)

    def visible(self) -> QuerySet[NoticeItem]:
        """For the head of a unit: the items of the unit while they are reviewed."""
        user = actor_of(self.request)
        if not heads_a_unit(user):
            raise PermissionDenied
        rows = NoticeItem.objects.to_review_by(user).select_related("issue__lead_unit", "notice__inspection")
        return rows.prefetch_related("reviews")

    review = Act(services.review_item, "item", "审核通报条目：由牵头单位负责人答复，不同意的写明哪里不对、应当怎么写。", ReviewItemInput)


class RenderedFileSerializer(RowSerializer[RenderedFile]):
    class Meta:
        model = RenderedFile
        fields = ("id", "kind", "filename", "media_type", "size", "sha256", "note")


class RenderingSerializer(RowSerializer[Rendering]):
    files = RenderedFileSerializer(many=True, read_only=True)
    asked_by = serializers.StringRelatedField[Any](help_text="姓名")

    class Meta:
        model = Rendering
        fields = (
            *("id", "notice", "edition", "audience", "sha256", "state", "done", "of", "error", "files", "asked_by", "asked_at"),
            "finished_at",
        )


class RenderingApiFilter(FilterSet):
    notice = IdFilter(label="通报稿编号")
    state = ChoiceFilter(choices=Rendering.State.choices, label="状态")

    class Meta:
        model = Rendering
        fields = ("notice", "state")


class KindQuery(ActSerializer):
    kind = serializers.ChoiceField(choices=RenderedFile.Kind.choices, label="格式")


class RenderingViewSet(Rows[Rendering]):
    """通报文件的生成"""

    queryset = Rendering.objects.all()
    serializer_class = RenderingSerializer
    filterset_class = RenderingApiFilter
    ordering = ("-asked_at",)
    ordering_fields = ("asked_at",)

    def visible(self) -> QuerySet[Rendering]:
        return visible_renderings(actor_of(self.request))

    retry = Act(services.retry_rendering, "rendering", "重新生成：失败的，或这台机器当时不能生成的。")

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, required=True, enum=RenderedFile.Kind.values, description="格式")],
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **_kwargs: Any) -> FileResponse:
        """下载一份文件：记入台账。"""
        row = self.get_object()
        asked = KindQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = get_object_or_404(row.files.filter(size__gt=0), kind=asked.validated_data["kind"])
        return handed_out(actor_of(request), found)
