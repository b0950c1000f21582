"""What the acts on measures and reports need. Rules of the field are the services'; here is only what a machine may get wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.issues.models import Activity, DecidedItem, Issue
from apps.measures.api.evidence_inputs import DayList, drafts_of, file_list, text_list
from apps.measures.forms.measures import COMMITMENT
from apps.measures.models import Indicator, Measure, Progress
from apps.measures.services import ReadingDraft, StageGoal
from apps.measures.services.figures import STORABLE
from apps.measures.services.planning import AMENDABLE, MeasureDraft
from apps.measures.services.reviewing import DECISIONS, MOST_AT_ONCE, RETURN, Outcome
from apps.units.models import Unit, User
from apps.units.parsers import read_json
from apps.units.rest import LONGEST_TEXT, ActSerializer, AmendSerializer, PlausibleDateField, SeenField, VersionedActSerializer

LONGEST_PERIOD = 999
MOST_ADDED = 200
MOST_READINGS = 100


def decided_items(user: User) -> QuerySet[DecidedItem]:
    """What the meetings decided that the user sees."""
    return DecidedItem.objects.filter(activity__in=Activity.objects.visible_to(user))


class IndicatorField(serializers.PrimaryKeyRelatedField[Indicator]):
    """An indicator that a report on the measure may speak of: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Indicator]:
        given: QuerySet[Indicator] | None = self.context.get("indicators")
        return Indicator.objects.reported_by(self.context["measure"]) if given is None else given


class ReadingInput(ActSerializer):
    indicator = IndicatorField(queryset=Indicator.objects.all(), label="指标")
    value = serializers.DecimalField(max_digits=20, decimal_places=4, min_value=Decimal(0), label="累计数（指标自己的单位）")
    as_of = PlausibleDateField(label="截至日期")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["indicator"].to_base(attrs["value"]) >= STORABLE:
            raise serializers.ValidationError({"value": ["数值过大，请核对单位"]})
        return attrs


@extend_schema_field(ReadingInput(many=True))
class ReadingsField(serializers.Field[Any, Any, Any, Any]):
    """A list of readings; beside a file (multipart) it comes as JSON in one part."""

    default_error_messages = {"not_json": "成效数据应为 JSON 数组", "too_many": f"一次最多填报 {MOST_READINGS} 项成效数据"}

    def to_internal_value(self, data: Any) -> list[ReadingDraft]:
        if isinstance(data, str):
            try:
                data = read_json(data)
            except (ValueError, RecursionError):
                self.fail("not_json")
        if not isinstance(data, list):
            self.fail("not_json")
        if len(data) > MOST_READINGS:
            self.fail("too_many")
        rows = ReadingInput(data=data, many=True, context=self.context)
        rows.is_valid(raise_exception=True)
        return [ReadingDraft(**row) for row in rows.validated_data]


class ReportInput(VersionedActSerializer):
    claim = serializers.ChoiceField(choices=Progress.CLAIMS, label="本期状态")
    text = serializers.CharField(max_length=LONGEST_TEXT, label="本期进展")
    as_of = PlausibleDateField(label="截至日期")
    signed_by = serializers.CharField(max_length=40, label="签发领导")
    is_vouched_for = serializers.BooleanField(label="真实性承诺", help_text=f"{COMMITMENT}：必须为 true")
    difficulties = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT, label="未完成原因")
    next_step = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT, label="下步打算")
    stage_goal = serializers.CharField(required=False, max_length=300, label="下一阶段目标（长期坚持的措施报阶段性完成时必填）")
    next_review_on = PlausibleDateField(required=False, label="下次复核日期（同上，最迟一年内）")
    readings = ReadingsField(required=False, label="成效数据")
    file = file_list()
    evidence_name = text_list(160, "材料名称，与 file 逐份对应（默认用文件名）")
    effective_on = DayList(required=False, label="材料日期，与 file 逐份对应（默认同截至日期）")
    evidence_description = text_list(300, "材料说明，与 file 逐份对应")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The lists that describe the files become drafts, the parts of the next stage another, as the service wants them."""
        goal, review_on = attrs.pop("stage_goal", ""), attrs.pop("next_review_on", None)
        if goal or review_on:
            attrs["stage"] = StageGoal(goal, review_on)
        drafts = drafts_of(attrs)
        if drafts:
            attrs["evidence"] = drafts
        return attrs


class SendBackInput(ActSerializer):
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="退回要求")


class ApproveInput(ActSerializer):
    opinion = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT, label="审核意见")


class ClaimInput(ActSerializer):
    take_over = serializers.BooleanField(required=False, default=False, label="接手他人已受理的填报")


class PendingReportField(serializers.PrimaryKeyRelatedField[Progress]):
    """A report that the caller may see: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Progress]:
        return Progress.objects.visible_to(self.context["actor"]).select_related("measure__issue")


class ReviewManyInput(ActSerializer):
    """Several reports, one decision, one opinion or requirement."""

    reports = serializers.ListField(child=PendingReportField(queryset=Progress.objects.all()), min_length=1, max_length=MOST_AT_ONCE)
    decision = serializers.ChoiceField(choices=DECISIONS, label="审核结果")
    opinion = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_TEXT, label="审核意见（退回时必填，为补正要求）"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["decision"] == RETURN and not attrs["opinion"].strip():
            raise serializers.ValidationError({"opinion": ["退回补正要写明理由和补正要求"]})
        return attrs


class SkippedReport(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="report.pk")
    reason = serializers.CharField()


class ReviewManyResult(serializers.Serializer[Any]):
    correlation = serializers.UUIDField(help_text="台账中这些条目的同一个关联号")
    done = serializers.SerializerMethodField(help_text="已办理的填报的 id")
    skipped = SkippedReport(many=True, help_text="没有办理的填报和原因")

    def get_done(self, outcome: Outcome) -> list[int]:
        return [report.pk for report in outcome.done]


class EndorseInput(ActSerializer):
    opinion = serializers.CharField(max_length=LONGEST_TEXT, label="初审意见")


class AmendMeasureInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change."""

    amendable = AMENDABLE
    text = serializers.CharField(required=False, max_length=LONGEST_TEXT, label="整改措施")
    nature = serializers.ChoiceField(required=False, choices=Measure.Nature.choices, label="类型")
    pace = serializers.ChoiceField(required=False, choices=Measure.Pace.choices, label="整改类型")
    person = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任人")


class MeasureInput(ActSerializer):
    """A measure to be added."""

    text = serializers.CharField(max_length=LONGEST_TEXT, label="整改措施")
    nature = serializers.ChoiceField(choices=Measure.Nature.choices, label="类型")
    pace = serializers.ChoiceField(choices=Measure.Pace.choices, label="整改类型")
    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="牵头单位")
    supporting_units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, required=False, label="配合单位")
    person = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任人")
    deadline_rule = serializers.ChoiceField(required=False, choices=Measure.DeadlineRule.choices, label="时限规则，默认指定日期")
    deadline_from = PlausibleDateField(required=False, allow_null=True, label="起算日")
    deadline_count = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LONGEST_PERIOD, label="期数")
    deadline_basis = serializers.CharField(required=False, allow_blank=True, max_length=200, label="时限依据")
    due_on = PlausibleDateField(required=False, allow_null=True, label="整改时限（指定日期）")
    decided_item = SeenField(DecidedItem, seen=decided_items, required=False, allow_null=True, label="由哪项议定事项转来")

    def validate(self, attrs: dict[str, Any]) -> MeasureDraft:
        return MeasureDraft(**{**attrs, "supporting_units": tuple(attrs.pop("supporting_units", ()))})


class AddMeasuresInput(VersionedActSerializer):
    """Measures of one issue, all or none; ``version`` is the issue's."""

    issue = SeenField(Issue, label="问题的 id")
    measures = serializers.ListField(child=MeasureInput(), allow_empty=False, max_length=MOST_ADDED, label="措施，按次序")
    listed_on = PlausibleDateField(required=False, label="清单日期（补录以前的清单时填写）")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        drafts = attrs.pop("measures")
        return {**attrs, "drafts": drafts}


class AssignMeasureInput(VersionedActSerializer):
    """What is left out stays as it is."""

    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, label="牵头单位")
    supporting_units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, required=False, label="配合单位")
    person = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任人")
    deadline_rule = serializers.ChoiceField(required=False, choices=Measure.DeadlineRule.choices, label="时限规则")
    deadline_from = PlausibleDateField(required=False, allow_null=True, label="起算日")
    deadline_count = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LONGEST_PERIOD, label="期数")
    deadline_basis = serializers.CharField(required=False, allow_blank=True, max_length=200, label="时限依据")
    due_on = PlausibleDateField(required=False, allow_null=True, label="整改时限（指定日期）")
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_TEXT, label="理由（改动已定的单位、责任人或时限时必填）"
    )

    def draft(self, row: Measure, given: dict[str, Any]) -> MeasureDraft:
        """The measure as it is to be, for the service."""
        kept = ("lead_unit", "person", "deadline_rule", "deadline_from", "deadline_count", "deadline_basis", "due_on")
        values = {name: given.get(name, getattr(row, name)) for name in kept}
        supporting = tuple(given.get("supporting_units", row.supporting_units.all()))
        return MeasureDraft(text=row.text, nature=row.nature, pace=row.pace, supporting_units=supporting, **values)


class RequestExtensionInput(VersionedActSerializer):
    new_due_on = PlausibleDateField(label="申请时限")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="延期理由")
