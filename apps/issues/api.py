"""Inspections, categories, issues and closures by API, over the querysets of the pages; acts call the services of the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues import services
from apps.issues.closing_forms import LARGEST_SAMPLE, LONGEST_REASON
from apps.issues.models import Category, Closure, Inspection, Issue, LookBackDraw, SignOff
from apps.issues.policies import reviews
from apps.issues.querysets import rows_where
from apps.units.api import UnitBrief
from apps.units.errors import ActForbidden
from apps.units.models import Unit
from apps.units.rest import (
    LONGEST_TEXT,
    ActSerializer,
    IdFilter,
    PlausibleDateField,
    Rows,
    RowSerializer,
    VersionedActSerializer,
    actor_of,
)

LARGEST_NUMBER = 9999
SOURCE = ("source", "is_demonstration", "demonstrated", "quote")


class InspectionSerializer(RowSerializer[Inspection]):
    today = serializers.DateField(read_only=True, help_text="本轮次时区的今天，时限按它计算")
    reviewing_bodies = UnitBrief(many=True)

    class Meta:
        model = Inspection
        fields = (
            *("id", "name", "level", "kind", "inspecting_body", "inspected_body", "on_site_from", "on_site_to", "feedback_on"),
            *("concentrated_months", "report_every", "soon_working_days", "figures_until", "reviewing_bodies"),
            *("time_zone", "today", "version", *SOURCE),
        )


class CategorySerializer(RowSerializer[Category]):
    class Meta:
        model = Category
        fields = ("id", "inspection", "number", "title", *SOURCE)


class CategoryBrief(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = ("id", "number", "title")


class IssueBrief(serializers.ModelSerializer[Issue]):
    """An issue where another row names it."""

    class Meta:
        model = Issue
        fields = ("id", "number", "title")


class IssueSerializer(RowSerializer[Issue]):
    category = CategoryBrief()
    lead_unit = UnitBrief()
    supporting_units = UnitBrief(many=True)
    prior_issue = serializers.IntegerField(source="prior_seen", allow_null=True, read_only=True, help_text="无权查看时为空")

    class Meta:
        model = Issue
        fields = (
            *("id", "inspection", "category", "number", "title", "finding", "goal", "lead_official", "led_by_secretary"),
            *("lead_unit", "supporting_units", "prior_issue", "closure", "round", "version", *SOURCE),
        )


class SignOffSerializer(RowSerializer[SignOff]):
    body = UnitBrief()
    signed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = SignOff
        fields = ("id", "body", "decision", "requirement", "signed_by", "signed_on", "content_hash", "is_demonstration")


class LookBackDrawSerializer(RowSerializer[LookBackDraw]):
    drawn_by = serializers.StringRelatedField[Any](help_text="姓名")
    candidates = serializers.JSONField(read_only=True, help_text="备选问题：编号、单位、权重及其来由")
    drawn = serializers.ListField(child=serializers.IntegerField(), read_only=True, help_text="抽中的问题编号")

    class Meta:
        model = LookBackDraw
        fields = (
            *("id", "inspection", "number", "seed", "size", "planned_on", "candidates", "drawn", "drawn_by", "drawn_on"),
            *("source", "is_demonstration"),
        )


class ClosureSerializer(RowSerializer[Closure]):
    issue = IssueBrief()
    reasons = serializers.DictField(child=serializers.CharField(), read_only=True, help_text="规则编号 → 理由")
    sign_offs = SignOffSerializer(many=True, read_only=True)
    applied_by = serializers.StringRelatedField[Any](help_text="姓名")
    decided_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = Closure
        fields = (
            *("id", "issue", "round", "statement", "reasons", "content_hash", "applied_by", "applied_on"),
            *("decision", "decided_by", "decided_on", "opinion", "sign_offs", "source", "is_demonstration"),
        )


class VisibleIssueField(serializers.PrimaryKeyRelatedField[Issue]):
    """An issue that the caller sees: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Issue]:
        return Issue.objects.visible_to(actor_of(self.context["request"]))


class AmendInspectionInput(VersionedActSerializer):
    """At least one of the fields that may change."""

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
    reviewing_bodies = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, required=False, label="会审单位")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not set(attrs) & set(services.AMENDABLE_FACTS):
            raise serializers.ValidationError("请至少写一项要修改的内容")
        return attrs


class AmendIssueInput(VersionedActSerializer):
    """At least one of the fields that may change."""

    title = serializers.CharField(required=False, max_length=120, label="整改事项")
    finding = serializers.CharField(required=False, max_length=LONGEST_TEXT, label="反馈问题")
    goal = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_TEXT, label="整改目标")
    lead_official = serializers.CharField(required=False, allow_blank=True, max_length=80, label="责任领导")
    led_by_secretary = serializers.BooleanField(required=False, label="书记领办")
    prior_issue = VisibleIssueField(queryset=Issue.objects.all(), required=False, allow_null=True, label="以往同类问题")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not set(attrs) & set(services.AMENDABLE):
            raise serializers.ValidationError("请至少写一项要修改的内容")
        return attrs


class AssignIssueInput(VersionedActSerializer):
    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="牵头单位")
    supporting_units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), many=True, label="配合单位")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")


class ApplyClosureInput(VersionedActSerializer):
    statement = serializers.CharField(max_length=LONGEST_TEXT, label="完成情况说明")
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
    requirement = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT, label="补充要求")


class DrawInput(ActSerializer):
    size = serializers.IntegerField(min_value=1, max_value=LARGEST_SAMPLE, label="抽取数量")
    planned_on = PlausibleDateField(label="开展日期")
    seed = serializers.CharField(required=False, allow_blank=True, default="", max_length=64, label="随机种子", help_text="不填由系统生成")


class DecisionInput(ActSerializer):
    """What is agreed to may go without words; what is not needs them."""

    agree = serializers.BooleanField(label="同意")
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT, label="意见")


class InspectionApiFilter(FilterSet):
    level = django_filters.ChoiceFilter(choices=Inspection.Level.choices, label="层级")
    kind = django_filters.ChoiceFilter(choices=Inspection.Kind.choices, label="类型")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="名称中的文字")

    class Meta:
        model = Inspection
        fields = ("level", "kind", "q")


class CategoryApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")

    class Meta:
        model = Category
        fields = ("inspection",)


class IssueApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    category = IdFilter(label="方面编号")
    number = IdFilter(label="问题编号")
    unit = IdFilter(method="of_unit", label="单位编号（牵头或配合）")
    closure = django_filters.ChoiceFilter(choices=Issue.ClosureState.choices, label="销号状态")
    led_by_secretary = django_filters.BooleanFilter(label="书记领办")
    q = django_filters.CharFilter(method="search", label="事项、问题、目标中的文字")

    class Meta:
        model = Issue
        fields = ("inspection", "category", "number", "unit", "closure", "led_by_secretary", "q")

    @extend_schema_field({"type": "integer", "description": "单位编号（牵头或配合）"})
    def of_unit(self, rows: QuerySet[Issue], _name: str, unit: int) -> QuerySet[Issue]:
        return rows_where(rows, Q(lead_unit=unit) | Q(supporting_units=unit))

    def search(self, rows: QuerySet[Issue], _name: str, words: str) -> QuerySet[Issue]:
        return rows.filter(Q(title__icontains=words) | Q(finding__icontains=words) | Q(goal__icontains=words))


class ClosureApiFilter(FilterSet):
    issue = IdFilter(label="问题的 id")
    decision = django_filters.ChoiceFilter(choices=Closure.Decision.choices, label="审定结果")

    class Meta:
        model = Closure
        fields = ("issue", "decision")


class InspectionViewSet(Rows[Inspection]):
    """巡视（巡察）轮次"""

    queryset = Inspection.objects.all()
    serializer_class = InspectionSerializer
    filterset_class = InspectionApiFilter
    ordering = ("-feedback_on",)
    ordering_fields = ("feedback_on", "name")

    def visible(self) -> QuerySet[Inspection]:
        return Inspection.objects.visible_to(actor_of(self.request)).prefetch_related("reviewing_bodies")

    @extend_schema(request=AmendInspectionInput, responses=InspectionSerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, **_kwargs: Any) -> Response:
        """修改轮次：名称、机构、日期、填报周期、数据截止日期、会审单位；要写理由，改前改后记入台账。"""
        row, given = self.get_object(), self.read_input(request, AmendInspectionInput)
        values = {key: value for key, value in given.items() if key in services.AMENDABLE_FACTS}
        services.amend_inspection(actor=actor_of(request), inspection=row, values=values, reason=given["reason"], version=given["version"])
        return self.answer(row.pk)

    @extend_schema(request=DrawInput, responses={201: LookBackDrawSerializer})
    @action(detail=True, methods=["post"], url_path="draw-look-backs")
    def draw_look_backs(self, request: Request, **_kwargs: Any) -> Response:
        """抽取回头看：由整改办或领导办理；种子、备选和权重都记录在案，可以重算。"""
        inspection = self.get_object()
        made = services.draw_look_backs(actor=actor_of(request), inspection=inspection, **self.read_input(request, DrawInput))
        return Response(LookBackDrawSerializer(made).data, status=status.HTTP_201_CREATED)


class CategoryViewSet(Rows[Category]):
    """反馈问题的方面"""

    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filterset_class = CategoryApiFilter
    ordering = ("inspection", "number")
    ordering_fields = ("inspection", "number")

    def visible(self) -> QuerySet[Category]:
        return Category.objects.visible_to(actor_of(self.request))


class IssueViewSet(Rows[Issue]):
    """反馈问题"""

    queryset = Issue.objects.all()
    serializer_class = IssueSerializer
    filterset_class = IssueApiFilter
    ordering = ("inspection", "number")
    ordering_fields = ("inspection", "number", "closure", "category__number")

    def visible(self) -> QuerySet[Issue]:
        user = actor_of(self.request)
        rows = Issue.objects.visible_to(user).with_prior(user)
        return rows.select_related("category", "lead_unit").prefetch_related("supporting_units")

    @extend_schema(request=AmendIssueInput, responses=IssueSerializer)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, **_kwargs: Any) -> Response:
        """修改问题：要写理由，改前改后记入台账。"""
        issue, given = self.get_object(), self.read_input(request, AmendIssueInput)
        values = {key: value for key, value in given.items() if key in services.AMENDABLE}
        services.amend_issue(actor=actor_of(request), issue=issue, values=values, reason=given["reason"], version=given["version"])
        return self.answer(issue.pk)

    @extend_schema(request=AssignIssueInput, responses=IssueSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, **_kwargs: Any) -> Response:
        """明确分工：牵头单位一个，配合单位若干；要写理由。"""
        issue = self.get_object()
        services.assign_issue(actor=actor_of(request), issue=issue, **self.read_input(request, AssignIssueInput))
        return self.answer(issue.pk)

    @extend_schema(request=ApplyClosureInput, responses={201: ClosureSerializer})
    @action(detail=True, methods=["post"], url_path="apply-closure")
    def apply_closure(self, request: Request, **_kwargs: Any) -> Response:
        """提请销号：由牵头单位办理，所有措施要已完成并有佐证材料。"""
        issue, given = self.get_object(), self.read_input(request, ApplyClosureInput)
        closure = services.apply_for_closure(actor=actor_of(request), issue=issue, **given)
        return Response(ClosureSerializer(closure).data, status=status.HTTP_201_CREATED)


class ClosureViewSet(Rows[Closure]):
    """销号申请"""

    queryset = Closure.objects.all()
    serializer_class = ClosureSerializer
    filterset_class = ClosureApiFilter
    ordering = ("-applied_on",)
    ordering_fields = ("applied_on", "decided_on")

    def visible(self) -> QuerySet[Closure]:
        return (
            Closure.objects.visible_to(actor_of(self.request))
            .select_related("issue", "applied_by", "decided_by")
            .prefetch_related("sign_offs__body", "sign_offs__signed_by")
        )

    @extend_schema(request=SignOffInput, responses=ClosureSerializer)
    @action(detail=True, methods=["post"], url_path="sign-off")
    def sign_off(self, request: Request, **_kwargs: Any) -> Response:
        """会审：会审单位的账号签署同意，或写明补充要求退回。"""
        closure, actor, given = self.get_object(), actor_of(request), self.read_input(request, SignOffInput)
        own = next((row for row in closure.sign_offs.all() if reviews(actor, row)), None)
        if own is None:
            raise ActForbidden("您的单位不是这份申请的会审单位")
        services.sign_off(actor=actor, sign_off=own, **given)
        return self.answer(closure.pk)

    @extend_schema(request=DecisionInput, responses=ClosureSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, **_kwargs: Any) -> Response:
        """审定销号：同意，或写明要求退回。申请人不能审定自己的申请。"""
        closure = self.get_object()
        services.decide_closure(actor=actor_of(request), closure=closure, **self.read_input(request, DecisionInput))
        return self.answer(closure.pk)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("inspections", InspectionViewSet),
    ("categories", CategoryViewSet),
    ("issues", IssueViewSet),
    ("closures", ClosureViewSet),
)
