"""Indicators with their readings and instalments, and the outcomes rolled up, over the services of the pages.

Amounts are decimal strings in the indicator's own unit, as on the pages; the sums of the roll-up are in 元.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.api import SOURCE, IssueBrief
from apps.issues.models import Inspection, Issue
from apps.measures import services
from apps.measures.api.inputs import ReadingsField
from apps.measures.api.rows import IndicatorBrief, MeasureBrief
from apps.measures.models import Indicator, Measure, Reading
from apps.measures.querysets import IndicatorQuerySet
from apps.measures.rollup import FORMULAS, Sum, roll_up
from apps.measures.schedules import WORDS, balance, steps
from apps.units.rest import (
    LARGEST_ID,
    LONGEST_TEXT,
    ActSerializer,
    AmendSerializer,
    CodedField,
    IdFilter,
    PlausibleDateField,
    Rows,
    RowSerializer,
    SeenField,
    VersionedActSerializer,
    actor_of,
)
from apps.units.rest_acts import Act, Making

MOST_INSTALMENTS = 120


def amount(**kwargs: Any) -> serializers.DecimalField:
    """A value in the indicator's own unit."""
    return serializers.DecimalField(max_digits=20, decimal_places=4, min_value=Decimal(0), **kwargs)


class StepSerializer(serializers.Serializer[Any]):
    """An instalment as it stands."""

    due_on = serializers.DateField(source="instalment.due_on")
    amount = serializers.CharField(help_text="本期应到数，不是累计")
    upto = serializers.CharField(source="upto_shown", help_text="到本期为止累计应到数")
    note = serializers.CharField(source="instalment.note")
    state = CodedField(choices=list(WORDS.items()))
    arrived_on = serializers.DateField(allow_null=True, help_text="累计数首次达到的截至日期")


class IndicatorSerializer(RowSerializer[Indicator]):
    issue = IssueBrief()
    measure = MeasureBrief(allow_null=True)
    value = serializers.SerializerMethodField("get_latest", help_text="最近一次已审核累计数，单位见 unit")
    as_of = serializers.DateField(source="latest_as_of", allow_null=True, read_only=True)
    due_amount = serializers.SerializerMethodField(help_text="应完成数")
    target = serializers.SerializerMethodField(help_text="目标值")
    balance = serializers.SerializerMethodField(help_text="应完成数减最近一次累计数，超出时为负")
    instalments = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="issue.version", read_only=True, help_text="所属问题的 version")

    class Meta:
        model = Indicator
        fields = (
            *("id", "issue", "measure", "name", "kind", "outcome", "unit", "total", "value", "as_of"),
            *("due_amount", "target", "balance", "instalments", "version", *SOURCE),
        )

    def get_latest(self, row: Indicator) -> str | None:
        return _shown(row, row.latest)

    def get_due_amount(self, row: Indicator) -> str | None:
        return _shown(row, row.due_amount)

    def get_target(self, row: Indicator) -> str | None:
        return _shown(row, row.target)

    def get_balance(self, row: Indicator) -> str | None:
        return _shown(row, balance(row))

    @extend_schema_field(StepSerializer(many=True))
    def get_instalments(self, row: Indicator) -> Any:
        counting = sorted((one for one in row.readings.all() if one.counts), key=lambda one: (one.as_of, one.pk))
        planned = list(row.instalments.all())
        for one in planned:
            one.indicator = row
        today = row.issue.inspection.today()
        return StepSerializer(steps(planned, [(one.as_of, one.value) for one in counting], today), many=True).data


def _shown(row: Indicator, base: Decimal | None) -> str | None:
    return None if base is None else f"{row.to_shown(base):f}"


class ReadingRowSerializer(RowSerializer[Reading]):
    indicator = IndicatorBrief()
    value = serializers.CharField(source="shown", help_text="累计数，单位见 indicator.unit")
    counts = serializers.BooleanField(help_text="是否计入（审核通过且未经实地督查认定不实，或整改办登记）", read_only=True)

    class Meta:
        model = Reading
        fields = ("id", "indicator", "value", "as_of", "progress", "counts", *SOURCE)


class IndicatorInput(ActSerializer):
    """What is counted; amounts in the indicator's own unit."""

    issue = SeenField(Issue, label="问题的 id")
    name = serializers.CharField(max_length=120, label="指标")
    kind = serializers.ChoiceField(choices=Indicator.Kind.choices, label="类别")
    unit = serializers.CharField(max_length=10, label="单位")
    outcome = serializers.ChoiceField(choices=Indicator.Outcome.choices, required=False, allow_blank=True, label="成效")
    measure = SeenField(Measure, required=False, allow_null=True, label="措施的 id")
    total = SeenField(Indicator, required=False, allow_null=True, label="合计指标的 id")
    due_amount = amount(required=False, allow_null=True, label="应完成数")
    target = amount(required=False, allow_null=True, label="目标值")


class AmendIndicatorInput(AmendSerializer, VersionedActSerializer):
    """At least one of the fields that may change."""

    amendable = services.AMENDABLE_INDICATOR
    name = serializers.CharField(required=False, max_length=120, label="指标")
    kind = serializers.ChoiceField(choices=Indicator.Kind.choices, required=False, label="类别")
    unit = serializers.CharField(required=False, max_length=10, label="单位")
    outcome = serializers.ChoiceField(choices=Indicator.Outcome.choices, required=False, allow_blank=True, label="成效")
    measure = SeenField(Measure, required=False, allow_null=True, label="措施的 id")
    total = SeenField(Indicator, required=False, allow_null=True, label="合计指标的 id")
    due_amount = amount(required=False, allow_null=True, label="应完成数")
    target = amount(required=False, allow_null=True, label="目标值")


class InstalmentInput(ActSerializer):
    due_on = PlausibleDateField(label="应到日期")
    amount = amount(label="本期应到数（指标自己的单位）")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200, label="说明")


class PlanInput(VersionedActSerializer):
    instalments = serializers.ListField(child=InstalmentInput(), allow_empty=True, max_length=MOST_INSTALMENTS, label="各期")
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_TEXT, label="理由（调整已有计划时必填）"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {**attrs, "instalments": [services.InstalmentDraft(**one) for one in attrs["instalments"]]}


class ReadInput(ActSerializer):
    """Figures of one issue, so that a declared sum can be entered at once."""

    readings = ReadingsField(label="成效数据")


class SumSerializer(serializers.Serializer[Sum]):
    """A row of the roll-up, money in 元."""

    key = serializers.IntegerField(help_text="问题、方面、单位或轮次的 id")
    name = serializers.CharField()
    recovered = serializers.SerializerMethodField()
    due = serializers.SerializerMethodField()
    received = serializers.SerializerMethodField()
    outstanding = serializers.SerializerMethodField()
    people = serializers.ListField(child=serializers.IntegerField(), help_text="可能有交叉，不相加")
    regulations = serializers.IntegerField()
    as_of_from = serializers.DateField(source="first", allow_null=True)
    as_of_to = serializers.DateField(source="last", allow_null=True)
    before_cutoff = serializers.IntegerField(source="stale", help_text="早于数据截止日的数据项数")

    def get_recovered(self, row: Sum) -> str:
        return _yuan(row.recovered)

    def get_due(self, row: Sum) -> str:
        return _yuan(row.due)

    def get_received(self, row: Sum) -> str:
        return _yuan(row.received)

    def get_outstanding(self, row: Sum) -> str:
        return _yuan(row.outstanding)


def _yuan(value: Decimal) -> str:
    return f"{value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize():f}"


class FormulaSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    words = serializers.CharField()


class RollUpSerializer(serializers.Serializer[Any]):
    whole = SumSerializer()
    categories = SumSerializer(many=True)
    units = SumSerializer(many=True)
    issues = SumSerializer(many=True)
    formulas = FormulaSerializer(many=True)


class RoundQuery(serializers.Serializer[Any]):
    inspection = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, label="轮次编号")


class IndicatorApiFilter(FilterSet):
    issue = IdFilter(label="问题的 id")
    inspection = IdFilter(field_name="issue__inspection", label="轮次编号")
    measure = IdFilter(label="措施的 id")
    kind = django_filters.ChoiceFilter(choices=Indicator.Kind.choices, label="类别")
    outcome = django_filters.ChoiceFilter(choices=Indicator.Outcome.choices, label="成效")

    class Meta:
        model = Indicator
        fields = ("issue", "inspection", "measure", "kind", "outcome")


class ReadingApiFilter(FilterSet):
    indicator = IdFilter(label="指标的 id")
    issue = IdFilter(field_name="indicator__issue", label="问题的 id")

    class Meta:
        model = Reading
        fields = ("indicator", "issue")


class IndicatorViewSet(Rows[Indicator]):
    """成效指标"""

    queryset = Indicator.objects.all()
    serializer_class = IndicatorSerializer
    filterset_class = IndicatorApiFilter
    ordering = ("issue__inspection", "issue__number")
    ordering_fields = ("issue__number", "name")

    def visible(self) -> QuerySet[Indicator]:
        rows: IndicatorQuerySet = Indicator.objects.visible_to(actor_of(self.request)).with_latest()
        related = rows.select_related("issue__inspection__book", "measure__issue")
        return related.prefetch_related("instalments", "readings__progress")

    create = Making(services.add_indicator, "登记指标：应完成数和目标值按指标自己的单位填写。", IndicatorInput)
    amend = Act(services.amend_indicator, "indicator", "修改指标：要写理由，改前改后记入台账。", AmendIndicatorInput)

    @extend_schema(request=ReadInput, responses=IndicatorSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, **_kwargs: Any) -> Response:
        """登记成效数据（整改办）：可同时登记同一问题的几个指标，有合计关系的要对得上。"""
        row = self.get_object()
        given = self.read_input(request, ReadInput, indicators=row.issue.indicators.all())
        readings = [services.IndicatorReading(draft.indicator, draft.value, draft.as_of) for draft in given["readings"]]
        services.read_indicators(actor=actor_of(request), issue=row.issue, readings=readings)
        return self.answer(row.pk)

    plan_instalments = Act(
        services.plan_instalments,
        "indicator",
        "登记分期计划：整张计划一次给出，各期合计不超过应完成数；调整已有计划要写理由。",
        PlanInput,
    )

    @extend_schema(
        parameters=[OpenApiParameter("inspection", int, required=True, description="轮次编号")], responses=RollUpSerializer, filters=False
    )
    @action(detail=False, methods=["get"], url_path="roll-up", pagination_class=None, filter_backends=())
    def roll_up(self, request: Request) -> Response:
        """成效汇总：按问题、方面、单位和全轮，金额单位为元，口径见 formulas。"""
        asked = RoundQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        user = actor_of(request)
        inspection = get_object_or_404(Inspection.objects.visible_to(user), pk=asked.validated_data["inspection"])
        found = roll_up(user, inspection)
        body = {name: getattr(found, name) for name in ("whole", "categories", "units", "issues")}
        return Response(RollUpSerializer({**body, "formulas": FORMULAS}).data)


class ReadingViewSet(Rows[Reading]):
    """成效数据"""

    queryset = Reading.objects.all()
    serializer_class = ReadingRowSerializer
    filterset_class = ReadingApiFilter
    ordering = ("indicator", "-as_of")
    ordering_fields = ("as_of", "indicator")

    def visible(self) -> QuerySet[Reading]:
        """Figures go with their issue; those of reports that do not count go with the measure."""
        user = actor_of(self.request)
        counting = Reading.objects.counting().order_by().values("pk")
        rows = Reading.objects.filter(indicator__in=Indicator.objects.visible_to(user))
        return rows.filter(Q(pk__in=counting) | Q(progress__measure__in=Measure.objects.visible_to(user))).select_related(
            "indicator", "progress"
        )
