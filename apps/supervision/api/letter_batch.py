"""One letter for each unit about the overdue measures of a list, by API: input and answer of ``letters/send-many/``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apps.issues.models import Inspection
from apps.measures.api.bulk import RowInput
from apps.measures.api.rows import MeasureBrief
from apps.measures.api.views import MeasureApiFilter
from apps.measures.models import Measure
from apps.measures.services.bulk import MOST
from apps.supervision.services.letter_batch import LetterBatch, UnitLetter
from apps.units.api.units import UnitBrief
from apps.units.rest import LONGEST_TEXT, ActSerializer, PlausibleDateField, SeenField, StrictFilterBackend, actor_of


class SendManyInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次")
    rows = serializers.ListField(child=RowInput(), required=False, max_length=MOST, label="哪些措施，和预览时的版本")
    all = serializers.BooleanField(required=False, default=False, label="网址中台账筛选条件的全部措施")
    level = serializers.CharField(max_length=20, label="级别代码")
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="督办要求")
    reply_by = PlausibleDateField(required=False, label="回复期限（工作日），不写的按级别的期限计算")
    dry_run = serializers.BooleanField(required=False, default=False, label="只预览")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("rows")) == attrs["all"]:
            raise serializers.ValidationError("请写明哪些措施（rows），或用 all 表示筛选条件的全部，二者只写一个")
        return attrs


class UnitLetterSerializer(serializers.Serializer[Any]):
    unit = UnitBrief()
    measures = MeasureBrief(many=True)
    letter = serializers.SerializerMethodField(help_text="发出的督查单的 id；预览时为空")

    def get_letter(self, row: UnitLetter) -> int | None:
        return row.letter.pk if row.letter else None


class LeftOutSerializer(serializers.Serializer[Any]):
    measure = MeasureBrief()
    why = serializers.CharField()


class LetterBatchSerializer(serializers.Serializer[Any]):
    """Letters to many units, planned or sent."""

    correlation = serializers.UUIDField(allow_null=True, help_text="台账中的批次号；预览时为空")
    reply_by = serializers.DateField(allow_null=True)
    units = UnitLetterSerializer(many=True)
    left_out = LeftOutSerializer(many=True, help_text="没有列入的措施和原因")
    others = serializers.IntegerField(help_text="清单中没有逾期的措施数")
    new_since = serializers.IntegerField(help_text="预览之后才逾期的措施数")
    seen = serializers.SerializerMethodField(help_text="预览所见的措施和版本，确认时写进 rows")

    def get_seen(self, batch: LetterBatch) -> list[dict[str, int]]:
        return [{"id": pk, "version": version} for pk, version in batch.seen.items()]


@dataclass(frozen=True)
class PickedRows:
    queryset: Any
    seen: dict[int, int] | None


class OfTheRegister:
    """What the filter backend asks of a view."""

    filterset_class = MeasureApiFilter


def picked_rows(request: Request, rows: list[dict[str, int]], *, every: bool) -> PickedRows:
    """The measures of the caller that the body names, or all that the register's filters in the address let through."""
    visible = Measure.objects.visible_to(actor_of(request))
    if every:
        view: Any = OfTheRegister()
        return PickedRows(StrictFilterBackend().filter_queryset(request, visible, view), None)
    seen = {row["id"]: row["version"] for row in rows}
    return PickedRows(visible.filter(pk__in=seen), seen)
