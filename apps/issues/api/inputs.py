"""What the acts on rounds, issues, closures and activities need. Rules of the field are the services'."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.issues import services
from apps.issues.forms.closing import LARGEST_SAMPLE, LONGEST_REASON
from apps.issues.models import Activity, Category, Inspection, Issue
from apps.units.models import Unit
from apps.units.rest import LONGEST_TEXT, ActSerializer, AmendSerializer, PlausibleDateField, SeenField, VersionedActSerializer

LARGEST_NUMBER = 9999


def unit(label: str, **kwargs: Any) -> Any:
    """Any unit: their names are no secret."""
    return serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label=label, **kwargs)


def long_text(label: str, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_TEXT, label=label, **kwargs)


class OpenInspectionInput(ActSerializer):
    name = serializers.CharField(max_length=120, label="名称")
    level = serializers.ChoiceField(choices=Inspection.Level.choices, label="层级")
    kind = serializers.ChoiceField(choices=Inspection.Kind.choices, label="类型")
    inspecting_body = serializers.CharField(max_length=80, label="巡视（巡察）机构")
    inspected_body = serializers.CharField(max_length=80, label="被巡视（巡察）党组织")
    on_site_from = PlausibleDateField(label="进驻日期")
    on_site_to = PlausibleDateField(label="离开日期")
    feedback_on = PlausibleDateField(label="反馈日期")
    concentrated_months = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_NUMBER, label="集中整改期（月）")
    report_every = serializers.ChoiceField(required=False, choices=Inspection.Cadence.choices, label="填报周期")
    soon_working_days = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_NUMBER, label="临期提前（工作日）")
    reviewing_bodies = unit("会审单位", many=True, required=False)


class AmendInspectionInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change."""

    amendable = services.AMENDABLE_FACTS
    name = serializers.CharField(required=False, max_length=120, label="名称")
    inspecting_body = serializers.CharField(required=False, max_length=80, label="巡视（巡察）机构")
    inspected_body = serializers.CharField(required=False, max_length=80, label="被巡视（巡察）党组织")
    on_site_from = PlausibleDateField(required=False, label="进驻日期")
    on_site_to = PlausibleDateField(required=False, label="离开日期")
    feedback_on = PlausibleDateField(required=False, label="反馈日期")
    concentrated_months = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_NUMBER, label="集中整改期（月）")
    report_every = serializers.ChoiceField(required=False, choices=Inspection.Cadence.choices, label="填报周期")
    soon_working_days = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST_NUMBER, label="临期提前（工作日）")
    figures_until = PlausibleDateField(required=False, allow_null=True, label="数据截止日期")
    reviewing_bodies = unit("会审单位", many=True, required=False)


class AddCategoryInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")
    number = serializers.IntegerField(min_value=1, max_value=LARGEST_NUMBER, label="编号")
    title = serializers.CharField(max_length=Category._meta.get_field("title").max_length, label="名称")


class AddIssueInput(ActSerializer):
    category = SeenField(Category, label="方面的 id")
    number = serializers.IntegerField(min_value=1, max_value=LARGEST_NUMBER, label="问题编号")
    title = serializers.CharField(max_length=120, label="整改事项")
    finding = long_text("反馈问题")
    goal = long_text("整改目标", required=False, allow_blank=True)
    lead_official = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任领导")
    led_by_secretary = serializers.BooleanField(required=False, label="书记领办")
    lead_unit = unit("牵头单位")
    supporting_units = unit("配合单位", many=True, required=False)
    listed_on = PlausibleDateField(required=False, label="清单日期（补录以前的清单时填写）")


class AmendIssueInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change."""

    amendable = services.AMENDABLE
    title = serializers.CharField(required=False, max_length=120, label="整改事项")
    finding = long_text("反馈问题", required=False)
    goal = long_text("整改目标", required=False, allow_blank=True)
    lead_official = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任领导")
    led_by_secretary = serializers.BooleanField(required=False, label="书记领办")
    prior_issue = SeenField(Issue, required=False, allow_null=True, label="以往同类问题")


class AssignIssueInput(VersionedActSerializer):
    lead_unit = unit("牵头单位")
    supporting_units = unit("配合单位", many=True)
    reason = long_text("理由")


class ApplyClosureInput(VersionedActSerializer):
    statement = long_text("完成情况说明")
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_REASON),
        required=False,
        default=dict,
        label="提示事项说明",
        help_text="规则编号 → 理由",
    )


class SignOffInput(ActSerializer):
    """Agreeing goes without words; a return needs a requirement."""

    agree = serializers.BooleanField(label="同意")
    requirement = long_text("补充要求", required=False, allow_blank=True, default="")


class DrawInput(ActSerializer):
    size = serializers.IntegerField(min_value=1, max_value=LARGEST_SAMPLE, label="抽取数量")
    planned_on = PlausibleDateField(label="开展日期")
    seed = serializers.CharField(required=False, allow_blank=True, default="", max_length=64, label="随机种子", help_text="不填由系统生成")


class DecisionInput(ActSerializer):
    """What is agreed to may go without words; what is not needs them."""

    agree = serializers.BooleanField(label="同意")
    opinion = long_text("意见", required=False, allow_blank=True, default="")


class HoldLookBackInput(ActSerializer):
    relapsed = serializers.BooleanField(label="反弹", help_text="true：重新立项整改，原销号记录保留；false：整改巩固")
    note = long_text("核查情况")


class RecordActivityInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次编号")
    kind = serializers.ChoiceField(choices=Activity.Kind.choices, label="类型")
    title = serializers.CharField(max_length=160, label="名称")
    held_on = PlausibleDateField(required=False, allow_null=True, label="日期")
    issue = SeenField(Issue, required=False, allow_null=True, label="问题的 id，不写的为全轮活动")
    attendance = serializers.CharField(required=False, allow_blank=True, max_length=200, label="参加人员")
    decided = long_text("议定事项，一行一项", required=False, allow_blank=True)


class AmendActivityInput(AmendSerializer):
    """At least one of the fields that may change."""

    amendable = services.AMENDABLE_ACTIVITY
    kind = serializers.ChoiceField(required=False, choices=Activity.Kind.choices, label="类型")
    title = serializers.CharField(required=False, max_length=160, label="名称")
    held_on = PlausibleDateField(required=False, allow_null=True, label="日期")
    issue = SeenField(Issue, required=False, allow_null=True, label="问题的 id")
    attendance = serializers.CharField(required=False, allow_blank=True, max_length=200, label="参加人员")
    decided = long_text("议定事项，一行一项", required=False, allow_blank=True)
    fingerprint = serializers.CharField(max_length=64, label="读取时的 fingerprint", source="seen")
