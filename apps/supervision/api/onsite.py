"""Visits and dispatch meetings by API: what pages do with them most, over the same services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.models import Dispatch, DispatchItem, Group, Visit
from apps.supervision.onsite_policies import visible_dispatches, visible_groups, visible_items, visible_visits
from apps.units.rest import (
    LONGEST_TEXT,
    NOTHING_TO_CHANGE,
    ActSerializer,
    IdFilter,
    PlausibleDateField,
    Rows,
    RowSerializer,
    SeenField,
    VersionedActSerializer,
    actor_of,
    packed,
)
from apps.units.rest_acts import Act, Making


class VisitSerializer(RowSerializer[Visit]):
    group = serializers.StringRelatedField[Any](allow_null=True)
    measures = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    checks = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True, help_text="已登记的现场核查")
    planned_by = serializers.StringRelatedField[Any](help_text="姓名")

    class Meta:
        model = Visit
        fields = (
            *("id", "inspection", "group", "title", "planned_on", "place", "purpose", "measures", "checks", "state", "planned_by"),
            *("held_on", "summary", "version", "source", "is_demonstration"),
        )


class DispatchSerializer(RowSerializer[Dispatch]):
    group = serializers.StringRelatedField[Any](allow_null=True)
    items = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True, help_text="议题，按次序")

    class Meta:
        model = Dispatch
        fields = (
            *("id", "inspection", "group", "title", "held_on", "place", "chair", "attendance", "state", "items", "summary", "activity"),
            *("version", "source", "is_demonstration"),
        )


class DispatchItemSerializer(RowSerializer[DispatchItem]):
    measure = MeasureBrief()
    decided_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = DispatchItem
        fields = ("id", "dispatch", "measure", "place", "why", "standing", "decision", "asked_by", "decided_by", "decided_at", "version")


class PlanVisitInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次")
    group = SeenField(Group, seen=visible_groups, label="督查组", required=False, allow_null=True)
    title = serializers.CharField(max_length=120, label="名称")
    planned_on = PlausibleDateField(label="计划日期")
    place = serializers.CharField(max_length=120, label="地点", required=False, allow_blank=True)
    purpose = serializers.CharField(max_length=LONGEST_TEXT, label="查看内容", required=False, allow_blank=True)
    measures = SeenField(Measure, many=True, allow_empty=False, label="核查措施")


class HoldVisitInput(VersionedActSerializer):
    held_on = PlausibleDateField(label="完成日期")
    summary = serializers.CharField(max_length=LONGEST_TEXT, label="督查小结", required=False, allow_blank=True)


class AmendVisitInput(VersionedActSerializer):
    """What is left out stays as it is; at least one thing changes."""

    title = serializers.CharField(required=False, max_length=120, label="名称")
    planned_on = PlausibleDateField(required=False, label="计划日期")
    place = serializers.CharField(max_length=120, label="地点", required=False, allow_blank=True)
    purpose = serializers.CharField(max_length=LONGEST_TEXT, label="查看内容", required=False, allow_blank=True)
    measures = SeenField(Measure, many=True, required=False, allow_empty=False, label="核查措施")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        values = packed(attrs, services.AMENDABLE_VISIT)
        if not values["values"] and "measures" not in attrs:
            raise serializers.ValidationError(NOTHING_TO_CHANGE)
        return values


class CancelVisitInput(VersionedActSerializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="取消理由")


class CallDispatchInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次")
    group = SeenField(Group, seen=visible_groups, label="督查组", required=False, allow_null=True)
    title = serializers.CharField(max_length=120, label="会议名称")
    held_on = PlausibleDateField(label="会议日期")
    chair = serializers.CharField(max_length=40, label="主持人")
    place = serializers.CharField(max_length=120, label="地点", required=False, allow_blank=True)
    attendance = serializers.CharField(max_length=300, label="参会人员", required=False, allow_blank=True)


class AmendDispatchInput(VersionedActSerializer):
    """At least one of the fields that may change."""

    title = serializers.CharField(required=False, max_length=120, label="会议名称")
    held_on = PlausibleDateField(required=False, label="会议日期")
    chair = serializers.CharField(required=False, max_length=40, label="主持人")
    place = serializers.CharField(max_length=120, label="地点", required=False, allow_blank=True)
    attendance = serializers.CharField(max_length=300, label="参会人员", required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        values = packed(attrs, services.AMENDABLE_DISPATCH)
        if not values["values"]:
            raise serializers.ValidationError(NOTHING_TO_CHANGE)
        return values


class AgendaInput(VersionedActSerializer):
    measures = SeenField(Measure, many=True, label="全部议题的措施，按次序")


class BeginInput(VersionedActSerializer):
    """Nothing but the meeting as it was read."""


class CloseDispatchInput(VersionedActSerializer):
    summary = serializers.CharField(max_length=LONGEST_TEXT, label="会议小结", required=False, allow_blank=True, default="")


class DecideItemInput(VersionedActSerializer):
    decision = serializers.CharField(max_length=LONGEST_TEXT, label="议定事项")
    asked_by = PlausibleDateField(label="要求完成日期", required=False, allow_null=True)


class VisitApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    group = IdFilter(label="督查组编号")
    state = django_filters.ChoiceFilter(choices=Visit.State.choices, label="状态")

    class Meta:
        model = Visit
        fields = ("inspection", "group", "state")


class DispatchApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    group = IdFilter(label="督查组编号")
    state = django_filters.ChoiceFilter(choices=Dispatch.State.choices, label="状态")

    class Meta:
        model = Dispatch
        fields = ("inspection", "group", "state")


class DispatchItemApiFilter(FilterSet):
    dispatch = IdFilter(label="调度会的 id")
    measure = IdFilter(label="措施的 id")

    class Meta:
        model = DispatchItem
        fields = ("dispatch", "measure")


class VisitViewSet(Rows[Visit]):
    """实地督查"""

    queryset = Visit.objects.all()
    serializer_class = VisitSerializer
    filterset_class = VisitApiFilter
    ordering = ("-planned_on",)
    ordering_fields = ("planned_on",)

    def visible(self) -> QuerySet[Visit]:
        """Visits of the caller's groups; all of them for office and leaders."""
        return visible_visits(actor_of(self.request)).select_related("group", "planned_by").prefetch_related("measures", "checks")

    create = Making(services.plan_visit, "计划实地督查。", PlanVisitInput)
    amend = Act(services.amend_visit, "visit", "调整实地督查：没有写的保持不变；measures 为调整后的全部措施。", AmendVisitInput)
    cancel = Act(services.cancel_visit, "visit", "取消实地督查：要写理由；已登记核查结论的不能取消。", CancelVisitInput)
    hold = Act(services.hold_visit, "visit", "完成实地督查：清单上的措施都已登记核查结论，或在小结中说明。", HoldVisitInput)


class DispatchViewSet(Rows[Dispatch]):
    """调度会"""

    queryset = Dispatch.objects.all()
    serializer_class = DispatchSerializer
    filterset_class = DispatchApiFilter
    ordering = ("-held_on",)
    ordering_fields = ("held_on",)

    def visible(self) -> QuerySet[Dispatch]:
        """Meetings of the caller's groups; all of them for office and leaders."""
        return visible_dispatches(actor_of(self.request)).select_related("group").prefetch_related("items")

    create = Making(services.call_dispatch, "发起调度会：之后用 set-agenda 选议题。", CallDispatchInput)
    amend = Act(services.amend_dispatch, "dispatch", "调整调度会：没有写的保持不变。", AmendDispatchInput)
    set_agenda = Act(services.set_agenda, "dispatch", "调整议题：按次序给出全部措施；已记录议定事项的不能移出。", AgendaInput)
    begin = Act(services.begin_dispatch, "dispatch", "开始调度会：之后逐项记录议定事项。", BeginInput)
    close = Act(
        services.close_dispatch,
        "dispatch",
        "结束调度会：每个议题都已记录议定事项，或在小结中写明编号和“未议”；会议转入会议活动。",
        CloseDispatchInput,
    )


class DispatchItemViewSet(Rows[DispatchItem]):
    """调度议题"""

    queryset = DispatchItem.objects.all()
    serializer_class = DispatchItemSerializer
    filterset_class = DispatchItemApiFilter
    ordering = ("dispatch", "place")
    ordering_fields = ("place",)

    def visible(self) -> QuerySet[DispatchItem]:
        """Items go with their meeting."""
        return visible_items(actor_of(self.request)).select_related("measure__issue", "decided_by")

    decide = Act(services.decide_item, "item", "记录议定事项：会议进行中办理；他人先记录的，返回 409 和其内容。", DecideItemInput)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("visits", VisitViewSet),
    ("dispatches", DispatchViewSet),
    ("dispatch-items", DispatchItemViewSet),
)
