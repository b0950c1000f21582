"""What stands in the way of publishing, by API: figures of a draft with their decisions, red flags with their exceptions, watch words."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from apps.reports import services
from apps.reports.models import Audience, FigureDecision, Notice, WatchWord, WithheldException
from apps.reports.proving.findings import LABELS
from apps.reports.withholding.findings import Finding
from apps.units.policies import sees_all_business
from apps.units.rest import ActSerializer, CodedField, IdFilter, Rows, RowSerializer, actor_of
from apps.units.rest_acts import Act, Making, NothingInput, ReasonInput


class FigureSerializer(serializers.Serializer[Any]):
    """A number of the draft and how it stands to the ledger."""

    place = serializers.CharField()
    where = serializers.CharField(help_text="位置")
    sentence = serializers.CharField()
    sentence_hash = serializers.CharField()
    written = serializers.CharField(help_text="草稿写")
    occurrence = serializers.IntegerField()
    status = CodedField(choices=list(LABELS.items()))
    words = serializers.CharField(source="verdict.words", help_text="说明")
    ledger = serializers.CharField(source="verdict.ledger", help_text="台账数")
    as_of = serializers.DateField(source="verdict.as_of", allow_null=True)
    instead = serializers.CharField(source="verdict.instead", help_text="可以改用的台账数，没有的为空")
    is_left = serializers.BooleanField(help_text="待核")
    blocks = serializers.BooleanField(help_text="不处理不能送审")


class FiguresSerializer(serializers.Serializer[Any]):
    audience = CodedField(choices=Audience.choices)
    findings = FigureSerializer(many=True)


class RedFlagSerializer(serializers.Serializer[Any]):
    """A red flag: what a rule found, where, and the exception that was asked for it."""

    rule = serializers.CharField(source="rule.id")
    label: Any = serializers.CharField(source="rule.label")
    audience = CodedField(choices=Audience.choices)
    place = serializers.CharField()
    where = serializers.CharField()
    fragment = serializers.CharField()
    sentence = serializers.CharField()
    sentence_hash = serializers.CharField()
    is_open = serializers.BooleanField(help_text="还没有修改或批准例外")
    exception = serializers.SerializerMethodField(help_text="所申请例外的 id")

    def get_exception(self, row: Finding) -> int | None:
        return row.exception.pk if row.exception else None


class RedFlagsSerializer(serializers.Serializer[Any]):
    findings = RedFlagSerializer(many=True)


class FigureDecisionSerializer(RowSerializer[FigureDecision]):
    by = serializers.StringRelatedField[Any](help_text="姓名")

    class Meta:
        model = FigureDecision
        fields = (
            *("id", "notice", "audience", "place", "sentence", "sentence_hash", "written", "occurrence", "verdict", "indicator"),
            *("reason", "by", "at", "withdrawn_at"),
        )


class FigureDecisionApiFilter(FilterSet):
    notice = IdFilter(label="通报稿编号")
    standing = django_filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", label="仍有效")

    class Meta:
        model = FigureDecision
        fields = ("notice", "standing")


class FigureDecisionViewSet(Rows[FigureDecision]):
    """数字核对决定"""

    queryset = FigureDecision.objects.all()
    serializer_class = FigureDecisionSerializer
    filterset_class = FigureDecisionApiFilter
    ordering = ("notice",)
    ordering_fields = ("at",)

    def visible(self) -> QuerySet[FigureDecision]:
        """Decisions go with their notice."""
        seen = Notice.objects.visible_to(actor_of(self.request))
        return FigureDecision.objects.filter(notice__in=seen).select_related("notice", "by")

    withdraw = Act(services.withdraw_decision, "decision", "撤销数字核对决定：数字重新待核；要写理由。", ReasonInput)


class ExceptionSerializer(RowSerializer[WithheldException]):
    asked_by = serializers.StringRelatedField[Any](help_text="申请人姓名")
    approved_by = serializers.StringRelatedField[Any](help_text="批准人姓名", allow_null=True)

    class Meta:
        model = WithheldException
        fields = (
            *("id", "notice", "audience", "place", "rule", "fragment", "sentence_hash", "ground", "reason", "asked_by", "asked_at"),
            *("approved_by", "approved_at", "refused_reason", "withdrawn_at"),
        )


class ExceptionApiFilter(FilterSet):
    notice = IdFilter(label="通报稿编号")
    waiting = django_filters.BooleanFilter(method="that_wait", label="待批准")

    class Meta:
        model = WithheldException
        fields = ("notice", "waiting")

    def that_wait(self, rows: QuerySet[WithheldException], _name: str, value: bool) -> QuerySet[WithheldException]:
        open_ones = {"approved_at": None, "withdrawn_at": None}
        return rows.filter(**open_ones) if value else rows.exclude(**open_ones)


class ExceptionViewSet(Rows[WithheldException]):
    """公开例外"""

    queryset = WithheldException.objects.all()
    serializer_class = ExceptionSerializer
    filterset_class = ExceptionApiFilter
    ordering = ("notice",)
    ordering_fields = ("asked_at",)

    def visible(self) -> QuerySet[WithheldException]:
        """Exceptions go with their notice."""
        seen = Notice.objects.visible_to(actor_of(self.request))
        return WithheldException.objects.filter(notice__in=seen).select_related("notice", "asked_by", "approved_by")

    approve = Act(services.approve_exception, "exception", "批准公开例外：由申请人以外的领导办理。", NothingInput)
    refuse = Act(services.refuse_exception, "exception", "不批准公开例外：要写理由，请整改办修改文字。", ReasonInput)
    withdraw = Act(services.withdraw_exception, "exception", "撤回公开例外：由申请人或领导办理，要写理由。", ReasonInput)


class WatchWordSerializer(RowSerializer[WatchWord]):
    added_by = serializers.StringRelatedField[Any](help_text="登记人姓名")

    class Meta:
        model = WatchWord
        fields = ("id", "word", "note", "added_by", "added_at", "retired_at")


class WatchWordInput(ActSerializer):
    word = serializers.CharField(max_length=80, label="词语")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="说明")


class WatchWordApiFilter(FilterSet):
    in_use = django_filters.BooleanFilter(field_name="retired_at", lookup_expr="isnull", label="在用")

    class Meta:
        model = WatchWord
        fields = ("in_use",)


class WatchWordViewSet(Rows[WatchWord]):
    """关注词"""

    queryset = WatchWord.objects.all()
    serializer_class = WatchWordSerializer
    filterset_class = WatchWordApiFilter
    ordering = ("word",)
    ordering_fields = ("word", "added_at")

    def visible(self) -> QuerySet[WatchWord]:
        """The office keeps the list, the leaders see it."""
        if not sees_all_business(actor_of(self.request)):
            raise PermissionDenied
        return WatchWord.objects.select_related("added_by")

    create = Making(services.watch_word, "登记关注词：以后的通报稿都会检查。", WatchWordInput)
    retire = Act(services.retire_word, "word", "停用关注词：要写理由。", ReasonInput)
