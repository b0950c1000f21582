"""The items of drafts by API, for the office and the leaders: what each issue tells each audience, with what the ledger would tell."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers

from apps.reports import services
from apps.reports.models import NoticeItem
from apps.units.rest import LONGEST_TEXT, IdFilter, Rows, RowSerializer, VersionedActSerializer, actor_of
from apps.units.rest_acts import Act

ITEM = ("id", "notice", "issue", "number", "title", "text", "party_text", "internal_text", "version", "source", "is_demonstration")


class NoticeItemSerializer(RowSerializer[NoticeItem]):
    """The texts of one issue in a notice; an empty text says what the wider audience is told."""

    number = serializers.IntegerField(source="issue.number", help_text="问题编号")

    class Meta:
        model = NoticeItem
        fields = ITEM


class AmendItemInput(VersionedActSerializer):
    """The texts as they shall be; one that is left out stays as it is."""

    title = serializers.CharField(max_length=120, label="条目标题")
    text = serializers.CharField(max_length=LONGEST_TEXT, label="公开文字")
    party_text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, label="党内通报文字")
    internal_text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, label="内部文字")
    from_internal = serializers.BooleanField(default=False, label="确认公开只写在内部文字中的话")
    reason = serializers.CharField(max_length=500, default="", allow_blank=True, label="修改理由", help_text="提请过审定的通报稿必填")


class NoticeItemApiFilter(FilterSet):
    notice = IdFilter(label="通报稿编号")
    issue = IdFilter(label="问题编号（id）")

    class Meta:
        model = NoticeItem
        fields = ("notice", "issue")


class NoticeItemViewSet(Rows[NoticeItem]):
    """通报条目"""

    queryset = NoticeItem.objects.all()
    serializer_class = NoticeItemSerializer
    filterset_class = NoticeItemApiFilter
    ordering = ("notice", "issue__number")
    ordering_fields = ("issue__number",)

    def visible(self) -> QuerySet[NoticeItem]:
        return NoticeItem.objects.visible_to(actor_of(self.request)).select_related("issue", "notice__inspection")

    amend = Act(services.amend_item, "item", "修改通报条目：三份文字；只写在内部文字中的话写进对外文字要确认。", AmendItemInput)
