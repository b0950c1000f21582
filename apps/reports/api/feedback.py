"""Open messages of the public by API, for the office and the leaders; the office answers. What was sealed has no address here."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import BooleanFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.reports import services
from apps.reports.models import Feedback
from apps.reports.querysets import FeedbackQuerySet
from apps.reports.services.feedback import LONGEST_ANSWER
from apps.units.rest import IdFilter, Rows, RowSerializer, VersionedActSerializer, actor_of
from apps.units.rest_acts import Act

BRIEF = (
    *("id", "inspection", "edition", "item_number", "state", "received_at", "due_on", "is_late"),
    *("answered_by", "answered_at", "is_demonstration", "version"),
)


class FeedbackBrief(RowSerializer[Feedback]):
    """A message in a list, without its text."""

    answered_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    is_late = serializers.BooleanField(read_only=True, help_text="期限已过还没有办结，或办结晚于期限")
    is_demonstration = serializers.BooleanField(read_only=True)

    class Meta:
        model = Feedback
        fields: tuple[str, ...] = BRIEF


class FeedbackSerializer(FeedbackBrief):
    text = serializers.CharField(source="said", allow_null=True, help_text="内容；站点密钥更换后无法解密的为 null")
    contact = serializers.CharField(source="reachable_at", allow_null=True, help_text="联系方式；没有留下或到期清除的为空")
    answer = serializers.CharField(source="replied", allow_null=True, help_text="答复，或不予办理的理由")

    class Meta(FeedbackBrief.Meta):
        fields = (*BRIEF, "text", "contact", "contact_wiped_at", "answer")


class AnswerFeedbackInput(VersionedActSerializer):
    answer = serializers.CharField(max_length=LONGEST_ANSWER, label="答复")


class SetAsideFeedbackInput(VersionedActSerializer):
    reason = serializers.CharField(max_length=LONGEST_ANSWER, label="不予办理的理由")


class FeedbackApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    item_number = IdFilter(label="条目")
    state = ChoiceFilter(choices=Feedback.State.choices, label="状态")
    overdue = BooleanFilter(label="已逾期未答复", method="that_are_late")

    class Meta:
        model = Feedback
        fields = ("inspection", "item_number", "state")

    def that_are_late(self, queryset: FeedbackQuerySet, _name: str, value: bool) -> FeedbackQuerySet:
        late = queryset.overdue(timezone.localdate())
        return late if value else queryset.exclude(pk__in=late.values("pk"))


class FeedbackViewSet(Rows[Feedback]):
    """群众反馈"""

    queryset = Feedback.objects.all()
    serializer_class = FeedbackSerializer
    filterset_class = FeedbackApiFilter
    ordering = ("-received_at", "-pk")
    ordering_fields = ("received_at", "due_on")

    def visible(self) -> QuerySet[Feedback]:
        return Feedback.objects.visible_to(actor_of(self.request)).unsealed().for_list().select_related("answered_by")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Feedback]]:
        return FeedbackBrief if self.action == "list" else FeedbackSerializer

    answer_feedback = Act(
        services.answer_feedback, "feedback", "答复群众反馈：写信人凭查询码可以看到。", AnswerFeedbackInput, path="answer"
    )
    set_aside = Act(services.set_aside_feedback, "feedback", "不予办理：要写理由，写信人凭查询码可以看到。", SetAsideFeedbackInput)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("feedback", FeedbackViewSet),)
