"""The addresses of rounds, categories, issues and closures, over the querysets of the pages; acts call the services of the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema_field

from apps.issues import services
from apps.issues.api.inputs import (
    AddCategoryInput,
    AddIssueInput,
    AmendInspectionInput,
    AmendIssueInput,
    ApplyClosureInput,
    AssignIssueInput,
    DecisionInput,
    DrawInput,
    OpenInspectionInput,
    SignOffInput,
)
from apps.issues.api.rows import CategorySerializer, ClosureSerializer, InspectionSerializer, IssueSerializer, LookBackDrawSerializer
from apps.issues.models import Category, Closure, Inspection, Issue, SignOff
from apps.issues.policies import reviews
from apps.issues.querysets import rows_where
from apps.units.errors import ActForbidden
from apps.units.models import User
from apps.units.rest import IdFilter, Rows, actor_of
from apps.units.rest_acts import Act, Making


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


def sign_as_own_unit(*, actor: User, closure: Closure, **given: Any) -> SignOff:
    """The signature of the caller's unit under the application."""
    own = next((row for row in closure.sign_offs.all() if reviews(actor, row)), None)
    if own is None:
        raise ActForbidden("您的单位不是这份申请的会审单位")
    return services.sign_off(actor=actor, sign_off=own, **given)


class InspectionViewSet(Rows[Inspection]):
    """巡视（巡察）轮次"""

    queryset = Inspection.objects.all()
    serializer_class = InspectionSerializer
    filterset_class = InspectionApiFilter
    ordering = ("-feedback_on",)
    ordering_fields = ("feedback_on", "name")

    def visible(self) -> QuerySet[Inspection]:
        return Inspection.objects.visible_to(actor_of(self.request)).prefetch_related("reviewing_bodies")

    create = Making(services.open_inspection, "建立轮次：由整改办办理，同时建立这一轮的台账。", OpenInspectionInput)
    amend = Act(
        services.amend_inspection,
        "inspection",
        "修改轮次：名称、机构、日期、填报周期、数据截止日期、会审单位；要写理由，改前改后记入台账。",
        AmendInspectionInput,
    )
    draw_look_backs = Act(
        services.draw_look_backs,
        "inspection",
        "抽取回头看：由整改办或领导办理；种子、备选和权重都记录在案，可以重算。",
        DrawInput,
        makes=LookBackDrawSerializer,
    )


class CategoryViewSet(Rows[Category]):
    """反馈问题的方面"""

    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filterset_class = CategoryApiFilter
    ordering = ("inspection", "number")
    ordering_fields = ("inspection", "number")

    def visible(self) -> QuerySet[Category]:
        return Category.objects.visible_to(actor_of(self.request))

    create = Making(services.add_category, "登记方面：编号在一轮内不重复。", AddCategoryInput)


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

    create = Making(services.add_issue, "登记问题：编号在一轮内连续使用，不重复。", AddIssueInput)
    amend = Act(services.amend_issue, "issue", "修改问题：要写理由，改前改后记入台账。", AmendIssueInput)
    assign = Act(services.assign_issue, "issue", "明确分工：牵头单位一个，配合单位若干；要写理由。", AssignIssueInput)
    apply_closure = Act(
        services.apply_for_closure,
        "issue",
        "提请销号：由牵头单位办理，所有措施要已完成并有佐证材料。",
        ApplyClosureInput,
        makes=ClosureSerializer,
    )


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

    sign_off = Act(sign_as_own_unit, "closure", "会审：会审单位的账号签署同意，或写明补充要求退回。", SignOffInput)
    decide = Act(services.decide_closure, "closure", "审定销号：同意，或写明要求退回。申请人不能审定自己的申请。", DecisionInput)
