"""Supervision groups, and the settings of a round's supervision (thresholds of flags, ladder of letters), by API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Category, Inspection
from apps.supervision import services
from apps.supervision.ladder import Level, fingerprint, ladder_of
from apps.supervision.models import Group, LadderLevel, Thresholds
from apps.supervision.onsite_policies import visible_groups
from apps.supervision.policies import SUPERVISING
from apps.supervision.services.flag_acts import LIMITS
from apps.supervision.services.laddering import LONGEST_CLOCK, MOST_LEVELS
from apps.units.api.units import UnitBrief
from apps.units.models import Role, Unit, User
from apps.units.rest import LONGEST_TEXT, ActSerializer, IdFilter, Rows, RowSerializer, SeenField, VersionedActSerializer, actor_of
from apps.units.rest_acts import Act, Making


class GroupSerializer(RowSerializer[Group]):
    lead_unit = UnitBrief()
    members = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="username", help_text="登录名")
    duty_head = serializers.SlugRelatedField[Any](read_only=True, slug_field="username", allow_null=True, help_text="值班负责人的登录名")
    units = UnitBrief(many=True)
    categories = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True, help_text="负责方面的 id")

    class Meta:
        model = Group
        fields = (
            *("id", "inspection", "number", "name", "lead_unit", "members", "duty_head", "units", "categories", "version"),
            *("source", "is_demonstration"),
        )


def supervisor(label: str, **kwargs: Any) -> Any:
    """An account in use that may be in a group, by username."""
    people = User.objects.filter(role=Role.SUPERVISOR, is_active=True)
    return serializers.SlugRelatedField[Any](queryset=people, slug_field="username", label=label, **kwargs)


class TeamInput(ActSerializer):
    name = serializers.CharField(max_length=60, label="名称")
    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="牵头单位")
    members = supervisor("成员的登录名", many=True, required=False, default=list)
    duty_head = supervisor("值班负责人的登录名，从成员中选", required=False, allow_null=True)
    units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, required=False, default=list, label="负责单位")
    categories = SeenField(Category, many=True, required=False, default=list, label="负责方面的 id")


class FormGroupInput(TeamInput):
    inspection = SeenField(Inspection, label="轮次编号")


class ReformGroupInput(TeamInput, VersionedActSerializer):
    """The group as it is to be: what is left out is empty."""

    reason = serializers.CharField(max_length=LONGEST_TEXT, label="调整理由")


class GroupApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")

    class Meta:
        model = Group
        fields = ("inspection",)


class GroupViewSet(Rows[Group]):
    """督查组"""

    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    filterset_class = GroupApiFilter
    ordering = ("inspection", "number")
    ordering_fields = ("number", "name")

    def visible(self) -> QuerySet[Group]:
        """The own groups of a supervisor; all of them for office and leaders."""
        user = actor_of(self.request)
        if user.role not in SUPERVISING:
            raise PermissionDenied
        rows = visible_groups(user).select_related("lead_unit", "duty_head")
        return rows.prefetch_related("members", "units", "categories")

    create = Making(services.form_group, "组建督查组：由整改办办理。", FormGroupInput)
    reform = Act(services.reform_group, "group", "调整督查组：成员、负责单位和方面以这次提交的为准；要写理由。", ReformGroupInput)


class LevelSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="级别代码，发督查单时使用")
    name = serializers.CharField()
    colour = serializers.ChoiceField(choices=LadderLevel.Colour.choices)
    senders = serializers.ListField(child=serializers.ChoiceField(choices=LadderLevel.Sender.choices), help_text="谁可以发")
    receiver = serializers.ChoiceField(choices=LadderLevel.Receiver.choices, help_text="发给谁")
    reply_working_days = serializers.IntegerField(help_text="回复期限，工作日")


class RulesSerializer(serializers.ModelSerializer[Inspection]):
    """The settings of supervision in one round; the id is the round's."""

    thresholds = serializers.SerializerMethodField(help_text="多少天起提示")
    ladder = serializers.SerializerMethodField(help_text="督查单级别，由轻到重")
    ladder_fingerprint = serializers.SerializerMethodField(help_text="调整级别时原样带回，他人已改动则返回 409")
    version = serializers.SerializerMethodField(help_text="提示规则的版本")

    class Meta:
        model = Inspection
        fields = ("id", "name", "thresholds", "version", "ladder", "ladder_fingerprint")

    def get_thresholds(self, row: Inspection) -> dict[str, int]:
        found = thresholds_of(row)
        return {name: getattr(found, name) for name in LIMITS}

    def get_version(self, row: Inspection) -> int:
        return thresholds_of(row).version

    def get_ladder(self, row: Inspection) -> Any:
        return LevelSerializer(ladder_of(row), many=True).data

    def get_ladder_fingerprint(self, row: Inspection) -> str:
        return fingerprint(ladder_of(row))


def thresholds_of(row: Inspection) -> Thresholds:
    return Thresholds.objects.filter(inspection=row).first() or Thresholds(inspection=row)


class ThresholdsInput(VersionedActSerializer):
    grave_days = serializers.IntegerField(min_value=1, max_value=LIMITS["grave_days"], label="逾期多少天为严重逾期")
    stalled_days = serializers.IntegerField(min_value=1, max_value=LIMITS["stalled_days"], label="多少天没有进展为停滞")
    returned_working_days = serializers.IntegerField(
        min_value=1, max_value=LIMITS["returned_working_days"], label="退回后多少个工作日内补正"
    )
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="调整理由")


class LevelInput(ActSerializer):
    code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="", label="级别代码，新增的不写")
    name = serializers.CharField(max_length=20, label="名称")
    colour = serializers.ChoiceField(choices=LadderLevel.Colour.choices, label="颜色")
    senders = serializers.ListField(
        child=serializers.ChoiceField(choices=LadderLevel.Sender.choices), allow_empty=False, max_length=4, label="谁可以发"
    )
    receiver = serializers.ChoiceField(choices=LadderLevel.Receiver.choices, label="发给谁")
    reply_working_days = serializers.IntegerField(min_value=1, max_value=LONGEST_CLOCK, label="回复期限，工作日")

    def validate(self, attrs: dict[str, Any]) -> Level:
        return Level(**{**attrs, "senders": tuple(attrs["senders"])})


class LadderInput(ActSerializer):
    levels = serializers.ListField(child=LevelInput(), allow_empty=False, max_length=MOST_LEVELS, label="全部级别，由轻到重")
    shown = serializers.CharField(max_length=64, required=False, default="", allow_blank=True, label="读取时的 ladder_fingerprint")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="调整理由")


class RulesViewSet(Rows[Inspection]):
    """督查规则：各轮次的提示规则和督查单级别"""

    queryset = Inspection.objects.all()
    serializer_class = RulesSerializer
    ordering = ("-feedback_on",)
    ordering_fields = ("feedback_on",)

    def visible(self) -> QuerySet[Inspection]:
        user = actor_of(self.request)
        if user.role not in SUPERVISING:
            raise PermissionDenied
        rows: QuerySet[Inspection] = Inspection.objects.visible_to(user)
        return rows

    set_thresholds = Act(services.set_thresholds, "inspection", "调整提示规则：由整改办办理，下次更新提示时生效。", ThresholdsInput)

    set_ladder = Act(
        services.set_ladder,
        "inspection",
        "调整督查单级别：全部级别一次给出，由轻到重；已经发过督查单的级别不能去掉。",
        LadderInput,
    )


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (("groups", GroupViewSet), ("supervision-rules", RulesViewSet))
