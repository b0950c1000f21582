"""Meetings and other activities by API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues import services
from apps.issues.api import SOURCE, IssueBrief, VisibleIssueField
from apps.issues.models import Activity, DecidedItem, Issue
from apps.units.rest import LONGEST_TEXT, ActSerializer, IdFilter, PlausibleDateField, Rows, RowSerializer, actor_of


class DecidedItemSerializer(serializers.ModelSerializer[DecidedItem]):
    class Meta:
        model = DecidedItem
        fields = ("id", "ordinal", "text")


class ActivitySerializer(RowSerializer[Activity]):
    issue = IssueBrief(allow_null=True)
    items = DecidedItemSerializer(many=True)
    fingerprint = serializers.SerializerMethodField(help_text="修改时原样带回，他人已改动则返回 409")

    class Meta:
        model = Activity
        fields = ("id", "inspection", "issue", "kind", "title", "held_on", "attendance", "decided", "items", "fingerprint", *SOURCE)

    def get_fingerprint(self, row: Activity) -> str:
        return services.fingerprint(row)


class AmendActivityInput(ActSerializer):
    """At least one of the fields that may change."""

    kind = serializers.ChoiceField(required=False, choices=Activity.Kind.choices, label="类型")
    title = serializers.CharField(required=False, max_length=160, label="名称")
    held_on = PlausibleDateField(required=False, allow_null=True, label="日期")
    issue = VisibleIssueField(queryset=Issue.objects.all(), required=False, allow_null=True, label="问题的 id")
    attendance = serializers.CharField(required=False, allow_blank=True, max_length=200, label="参加人员")
    decided = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT, label="议定事项，一行一项")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")
    fingerprint = serializers.CharField(max_length=64, label="读取时的 fingerprint")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not set(attrs) & set(services.AMENDABLE_ACTIVITY):
            raise serializers.ValidationError("请至少写一项要修改的内容")
        return attrs


class ActivityApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    issue = IdFilter(label="问题的 id")
    kind = django_filters.ChoiceFilter(choices=Activity.Kind.choices, label="类型")
    q = django_filters.CharFilter(method="search", label="名称、参加人员、议定事项中的文字")

    class Meta:
        model = Activity
        fields = ("inspection", "issue", "kind", "q")

    def search(self, rows: QuerySet[Activity], _name: str, words: str) -> QuerySet[Activity]:
        return rows.filter(Q(title__icontains=words) | Q(attendance__icontains=words) | Q(decided__icontains=words))


class ActivityViewSet(Rows[Activity]):
    """会议活动"""

    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityApiFilter
    ordering = ("-held_on",)
    ordering_fields = ("held_on", "kind")

    def visible(self) -> QuerySet[Activity]:
        return Activity.objects.visible_to(actor_of(self.request)).select_related("inspection", "issue").prefetch_related("items")

    @extend_schema(request=AmendActivityInput, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, **_kwargs: Any) -> Response:
        """修改会议活动：要写理由，改前改后记入台账；已转为措施的议定事项可以改写，不能删去。"""
        row, given = self.get_object(), self.read_input(request, AmendActivityInput)
        values = {key: value for key, value in given.items() if key in services.AMENDABLE_ACTIVITY}
        services.amend_activity(actor=actor_of(request), activity=row, values=values, reason=given["reason"], seen=given["fingerprint"])
        return self.answer(row.pk)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("activities", ActivityViewSet),)
