"""Measures and what was done about them, as they are read."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.issues.api import SOURCE, IssueBrief
from apps.issues.models import Inspection
from apps.measures.deadlines import WorkCalendar
from apps.measures.filters.measures import TIMELINESS
from apps.measures.models import Evidence, EvidenceVersion, Extension, Indicator, Measure, Progress, Reading
from apps.units.api.units import UnitBrief
from apps.units.rest import CodedField, RowSerializer


class Clock:
    """Today and the last day of “due soon” of each inspection, worked out once for all rows of an answer."""

    def __init__(self) -> None:
        self._days: dict[int, tuple[dt.date, dt.date]] = {}

    @cached_property
    def _calendar(self) -> WorkCalendar:
        return WorkCalendar()

    def of(self, inspection: Inspection) -> tuple[dt.date, dt.date]:
        if inspection.pk not in self._days:
            today = inspection.today()
            self._days[inspection.pk] = today, self._calendar.soon_until(today, inspection.soon_working_days)
        return self._days[inspection.pk]

    def timeliness(self, measure: Measure) -> str:
        """正常 / 临期 / 逾期 as the pages derive it: due today is not late, a clock that stopped is neither."""
        today, until = self.of(measure.issue.inspection)
        if measure.is_overdue(today):
            return "overdue"
        if measure.stopped_on is not None or measure.due_on is None:
            return "normal"
        return "soon" if measure.due_on <= until else "normal"


class MeasureBrief(serializers.ModelSerializer[Measure]):
    """A measure where another row names it; its number is “63-2”."""

    class Meta:
        model = Measure
        fields = ("id", "number", "text")


class MeasureSerializer(RowSerializer[Measure]):
    inspection = serializers.IntegerField(source="issue.inspection_id", read_only=True)
    issue = IssueBrief()
    number = serializers.CharField(read_only=True, help_text="如 63-2")
    lead_unit = UnitBrief()
    supporting_units = UnitBrief(many=True)
    timeliness = serializers.SerializerMethodField(help_text="按轮次时区的今天推算，不存储")
    days_late = serializers.SerializerMethodField(help_text="逾期天数（自然日），办结后不再增加")
    evidence_count = serializers.IntegerField(source="pieces", read_only=True, help_text="佐证材料件数")

    class Meta:
        model = Measure
        fields = (
            *("id", "inspection", "issue", "number", "ordinal", "text", "nature", "pace", "lead_unit", "supporting_units", "person"),
            *("deadline_rule", "deadline_from", "deadline_count", "deadline_basis", "due_on", "original_due_on", "is_extended"),
            *("assigned_on", "stage_goal", "next_review_on"),
            *("progress", "stopped_on", "timeliness", "days_late", "evidence_count", "version", *SOURCE),
        )

    @extend_schema_field(CodedField(choices=TIMELINESS))
    def get_timeliness(self, row: Measure) -> dict[str, str]:
        code = self.context["clock"].timeliness(row)
        return {"code": code, "display": dict(TIMELINESS)[code]}

    def get_days_late(self, row: Measure) -> int:
        today, _until = self.context["clock"].of(row.issue.inspection)
        return row.days_late(today)


class EvidenceVersionSerializer(serializers.ModelSerializer[EvidenceVersion]):
    class Meta:
        model = EvidenceVersion
        fields = ("id", "number", "note", "filename", "media_type", "size", "sha256", "uploaded_at")


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    versions = EvidenceVersionSerializer(many=True)

    class Meta:
        model = Evidence
        fields = ("id", "name", "effective_on", "description", "versions")


class IndicatorBrief(RowSerializer[Indicator]):
    class Meta:
        model = Indicator
        fields = ("id", "name", "kind", "unit")


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    indicator = IndicatorBrief()
    value = serializers.CharField(source="shown", help_text="累计数，十进制字符串，单位见 indicator.unit")

    class Meta:
        model = Reading
        fields = ("id", "indicator", "value", "as_of")


class ProgressSerializer(RowSerializer[Progress]):
    measure = MeasureBrief()
    reported_by = serializers.StringRelatedField[Any](help_text="姓名")
    reviewed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    claimed_by = serializers.StringRelatedField[Any](help_text="受理人姓名", allow_null=True)
    evidence = EvidenceSerializer(many=True)
    readings = ReadingSerializer(many=True)

    class Meta:
        model = Progress
        fields = (
            *("id", "measure", "claim", "text", "as_of", "difficulties", "next_step", "signed_by", "is_vouched_for", "resubmits"),
            *("stage_goal", "next_review_on", "claimed_by", "claimed_at"),
            *("reported_by", "reported_on", "review", "reviewed_by", "reviewed_on", "requirement", "content_hash", "unfounded_on"),
            *("evidence", "readings", "source", "is_demonstration"),
        )


class ExtensionSerializer(RowSerializer[Extension]):
    measure = MeasureBrief()
    requested_by = serializers.StringRelatedField[Any](help_text="姓名")
    endorsed_by = serializers.StringRelatedField[Any](help_text="初审人姓名", allow_null=True)
    decided_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    needs_leader = serializers.BooleanField(read_only=True, help_text="再次延期：整改办初审后由领导审批")

    class Meta:
        model = Extension
        fields = (
            *("id", "measure", "old_due_on", "new_due_on", "reason", "requested_by", "requested_on"),
            *("needs_leader", "endorsed_by", "endorsed_on", "endorsement"),
            *("decision", "decided_by", "decided_on", "opinion", "source", "is_demonstration"),
        )
