"""Visits and dispatch meetings by API: what pages do with them most, over the same services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.api import VisibleInspectionField, VisibleMeasureField
from apps.supervision.models import Dispatch, DispatchItem, Group, Visit
from apps.supervision.onsite_policies import visible_dispatches, visible_groups, visible_items, visible_visits
from apps.units.rest import LONGEST_TEXT, ActSerializer, IdFilter, PlausibleDateField, Rows, RowSerializer, VersionedActSerializer, actor_of


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


class VisibleGroupField(serializers.PrimaryKeyRelatedField[Group]):
    """A group for which the caller may plan: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Group]:
        return visible_groups(actor_of(self.context["request"]))


class PlanVisitInput(ActSerializer):
    inspection = VisibleInspectionField(queryset=Inspection.objects.all(), label="轮次")
    group = VisibleGroupField(queryset=Group.objects.all(), label="督查组", required=False, allow_null=True)
    title = serializers.CharField(max_length=120, label="名称")
    planned_on = PlausibleDateField(label="计划日期")
    place = serializers.CharField(max_length=120, label="地点", required=False, allow_blank=True)
    purpose = serializers.CharField(max_length=LONGEST_TEXT, label="查看内容", required=False, allow_blank=True)
    measures = VisibleMeasureField(queryset=Measure.objects.all(), many=True, allow_empty=False, label="核查措施")


class HoldVisitInput(VersionedActSerializer):
    held_on = PlausibleDateField(label="完成日期")
    summary = serializers.CharField(max_length=LONGEST_TEXT, label="督查小结", required=False, allow_blank=True)


class DecideItemInput(VersionedActSerializer):
    decision = serializers.CharField(max_length=LONGEST_TEXT, label="议定事项")
    asked_by = PlausibleDateField(label="要求完成日期", required=False, allow_null=True)


class VisitApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    state = django_filters.ChoiceFilter(choices=Visit.State.choices, label="状态")

    class Meta:
        model = Visit
        fields = ("inspection", "state")


class DispatchApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    state = django_filters.ChoiceFilter(choices=Dispatch.State.choices, label="状态")

    class Meta:
        model = Dispatch
        fields = ("inspection", "state")


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

    @extend_schema(request=PlanVisitInput, responses={201: VisitSerializer})
    def create(self, request: Request) -> Response:
        """计划实地督查。"""
        made = services.plan_visit(actor=actor_of(request), **self.read_input(request, PlanVisitInput))
        return self.answer(made.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=HoldVisitInput, responses=VisitSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, **_kwargs: Any) -> Response:
        """完成实地督查：清单上的措施都已登记核查结论，或在小结中说明。"""
        visit = self.get_object()
        services.hold_visit(actor=actor_of(request), visit=visit, **self.read_input(request, HoldVisitInput))
        return self.answer(visit.pk)


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

    @extend_schema(request=DecideItemInput, responses=DispatchItemSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, **_kwargs: Any) -> Response:
        """记录议定事项：会议进行中办理；他人先记录的，返回 409 和其内容。"""
        item = self.get_object()
        services.decide_item(actor=actor_of(request), item=item, **self.read_input(request, DecideItemInput))
        return self.answer(item.pk)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("visits", VisitViewSet),
    ("dispatches", DispatchViewSet),
    ("dispatch-items", DispatchItemViewSet),
)
