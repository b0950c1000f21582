"""The bulk assignment as an address: the rows of the filters or those named, a dry run that is the preview, then the act."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.measures.models import Measure
from apps.measures.services.bulk import MOST, Bulk, BulkChange, Redate, Support, bulk_assign, preview_bulk
from apps.units.models import Unit
from apps.units.rest import LARGEST_ID, LONGEST_TEXT, ActSerializer, PlausibleDateField, Rows, StrictFilterBackend, actor_of

LONGEST_SHIFT, LONGEST_PERIOD = 1100, 999
OF_THE_CHANGE = ("lead_unit", "support", "person", "redate", "due_on", "shift", "start", "count", "basis")


class RowInput(ActSerializer):
    """A measure as the caller read it: one that somebody changed since is skipped."""

    id = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="措施的 id")
    version = serializers.IntegerField(min_value=1, label="读取时的版本")


class BulkAssignInput(ActSerializer):
    """What is left out stays as it is; at least one thing changes."""

    rows = RowInput(many=True, required=False, label="哪些措施")
    all = serializers.BooleanField(required=False, default=False, label="网址中筛选条件的全部措施")
    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, label="牵头单位")
    support = serializers.ChoiceField(choices=Support.choices, required=False, label="配合单位如何改变")
    supporting_units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, required=False, label="哪些配合单位")
    person = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任人（空文本即清空）")
    redate = serializers.ChoiceField(choices=Redate.choices, required=False, label="时限如何改变")
    due_on = PlausibleDateField(required=False, label="指定日期")
    shift = serializers.IntegerField(required=False, min_value=-LONGEST_SHIFT, max_value=LONGEST_SHIFT, label="顺延天数")
    start = PlausibleDateField(required=False, label="起算日（默认反馈日期）")
    count = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_PERIOD, label="期数")
    basis = serializers.CharField(required=False, allow_blank=True, max_length=200, label="时限依据")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")
    dry_run = serializers.BooleanField(required=False, default=False, label="只预览")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("rows")) == attrs["all"]:
            raise serializers.ValidationError("请写明哪些措施（rows），或用 all 表示筛选条件的全部，二者只写一个")
        if len(attrs.get("rows", ())) > MOST:
            raise serializers.ValidationError({"rows": [f"一次最多 {MOST} 条"]})
        needed = {Redate.FIXED: "due_on", Redate.SHIFT: "shift", Redate.MONTHS: "count", Redate.WORKING_DAYS: "count"}
        missing = needed.get(attrs.get("redate", ""), "")
        if missing and not attrs.get(missing):
            raise serializers.ValidationError({missing: ["这样调整时限要填写这一项"]})
        if attrs.get("support") in (Support.ADD, Support.REMOVE, Support.REPLACE) and not attrs.get("supporting_units"):
            raise serializers.ValidationError({"supporting_units": ["请写明哪些配合单位"]})
        return attrs


class BulkLineSerializer(serializers.Serializer[Any]):
    """One measure: what changes (field → before, after), or why it is skipped."""

    id = serializers.IntegerField(source="measure.pk")
    number = serializers.CharField()
    version = serializers.IntegerField(help_text="预览时的版本，确认时原样写进 rows")
    changes = serializers.DictField(child=serializers.ListField())
    skipped = serializers.CharField()


class BulkSerializer(serializers.Serializer[Any]):
    correlation = serializers.UUIDField(allow_null=True, help_text="台账中的批次号；预览时为空")
    changing = serializers.SerializerMethodField()
    lines = BulkLineSerializer(many=True)

    def get_changing(self, made: Bulk) -> int:
        return len(made.changing)


class BulkActs(Rows[Measure]):
    """Acts on many measures at once; the view of measures is one of these."""

    @extend_schema(request=BulkAssignInput, responses=BulkSerializer)
    @action(detail=False, methods=["post"], url_path="bulk-assign")
    def bulk_assign(self, request: Request, **_kwargs: Any) -> Response:
        """批量明确分工和时限：没有写的保持不变；dry_run 只预览。逐条按单条的规则办理，跳过的写明原因，共用一个批次号。"""
        given, actor = self.read_input(request, BulkAssignInput), actor_of(request)
        rows: Any = StrictFilterBackend().filter_queryset(request, Measure.objects.visible_to(actor), self)
        seen = {row["id"]: row["version"] for row in given["rows"]} if given.get("rows") else None
        if seen is not None:
            rows = rows.filter(pk__in=seen)
        change = BulkChange(
            supporting_units=tuple(given.get("supporting_units", ())), **{name: given[name] for name in OF_THE_CHANGE if name in given}
        )
        if given["dry_run"]:
            made = preview_bulk(actor=actor, rows=rows, change=change)
        else:
            made = bulk_assign(actor=actor, rows=rows, change=change, reason=given["reason"], seen=seen)
        return Response(BulkSerializer(made).data)
