"""The addresses of measures, reports and requests for extension."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.api import DecisionInput
from apps.issues.policies import NOTHING
from apps.measures import services
from apps.measures.api.bulk import BulkActs
from apps.measures.api.evidence import EvidenceViewSet
from apps.measures.api.figures import IndicatorViewSet, ReadingViewSet
from apps.measures.api.handovers import HandoverViewSet
from apps.measures.api.imports import ImportViewSet
from apps.measures.api.inputs import (
    AddMeasuresInput,
    AmendMeasureInput,
    ApproveInput,
    AssignMeasureInput,
    ClaimInput,
    EndorseInput,
    ReportInput,
    RequestExtensionInput,
    ReviewManyInput,
    ReviewManyResult,
    SendBackInput,
)
from apps.measures.api.missing import MissingViewSet
from apps.measures.api.notice_drafts import NoticeDraftViewSet
from apps.measures.api.regulations import RegulationViewSet
from apps.measures.api.rows import Clock, ExtensionSerializer, MeasureSerializer, ProgressSerializer
from apps.measures.api.settings import CalendarOverrideViewSet, SavedViewViewSet
from apps.measures.api.workbooks import WorkbookViewSet
from apps.measures.filters.measures import LEVELS, WEEK, MeasureFilter, of_level
from apps.measures.models import Extension, Measure, Progress
from apps.measures.querysets import MeasureQuerySet, not_unfounded
from apps.measures.views.reviews import WHOSE, claims_of
from apps.units.parsers import BoundedJSONParser, BoundedMultiPartParser
from apps.units.rest import IdFilter, Rows, actor_of
from apps.units.rest_acts import Act


class MeasureApiFilter(MeasureFilter):
    """The filters of the register, over all rounds at once where none is named; and the measures of one issue."""

    issue = IdFilter(field_name="issue", label="问题的 id")

    @extend_schema_field({"type": "integer", "description": "单位编号（牵头或配合），可写多个"})
    def of_units(self, queryset: MeasureQuerySet, name: str, units: list[str]) -> MeasureQuerySet:
        return super().of_units(queryset, name, units)

    @extend_schema_field({"type": "string", "description": "责任领导，未明确的写 -"})
    def led_by_official(self, queryset: MeasureQuerySet, _name: str, official: str) -> MeasureQuerySet:
        return super().led_by_official(queryset, _name, official)

    @extend_schema_field({"type": "integer", "description": "督查组编号：其负责单位牵头的措施，和其负责方面的措施"})
    def under_group(self, queryset: MeasureQuerySet, _name: str, group: str) -> MeasureQuerySet:
        return super().under_group(queryset, _name, group)

    def by_timeliness(self, queryset: MeasureQuerySet, _name: str, timeliness: str) -> MeasureQuerySet:
        """Each round counts by its own today and its own number of working days."""
        clock, found = Clock(), NOTHING
        for inspection in self.inspections:
            today, until = clock.of(inspection)
            rows = Measure.objects.filter(issue__inspection=inspection)
            part = {
                "overdue": rows.overdue(today),
                "soon": rows.due_soon(today, until),
                "week": rows.due_soon(today, today + dt.timedelta(days=WEEK)),
                "normal": rows.on_time(today, until),
            }[timeliness]
            found |= Q(pk__in=part.order_by().values("pk"))
        return queryset.filter(found)


class ProgressApiFilter(FilterSet):
    measure = IdFilter(label="措施的 id")
    issue = IdFilter(field_name="measure__issue", label="问题的 id")
    review = django_filters.ChoiceFilter(choices=Progress.Review.choices, label="审核")
    claim = django_filters.ChoiceFilter(choices=Progress.CLAIMS, label="本期状态")
    whose = django_filters.ChoiceFilter(choices=WHOSE, method="by_claim", label="谁受理的")

    class Meta:
        model = Progress
        fields = ("measure", "issue", "review", "claim", "whose")

    def by_claim(self, rows: QuerySet[Progress], _name: str, whose: str) -> QuerySet[Progress]:
        return rows.filter(claims_of(actor_of(self.request))[whose])


class ExtensionApiFilter(FilterSet):
    """The filters of the page, and the requests about one measure; ``decision`` is what the page calls ``state``."""

    measure = IdFilter(label="措施的 id")
    decision = django_filters.ChoiceFilter(choices=Extension.Decision.choices, label="审批")
    state = django_filters.ChoiceFilter(field_name="decision", choices=Extension.Decision.choices, label="审批，同 decision")
    level = django_filters.ChoiceFilter(choices=LEVELS, method="of_level", label="次数")
    unit = IdFilter(field_name="measure__lead_unit", label="牵头单位编号")

    class Meta:
        model = Extension
        fields = ("measure", "decision", "state", "level", "unit")

    def of_level(self, rows: QuerySet[Extension], _name: str, level: str) -> QuerySet[Extension]:
        return of_level(rows, level)


class AddedSerializer(serializers.Serializer[Any]):
    measures = MeasureSerializer(many=True)


class MeasureViewSet(BulkActs):
    """整改措施"""

    queryset = Measure.objects.all()
    serializer_class = MeasureSerializer
    filterset_class = MeasureApiFilter
    ordering = ("issue__inspection", "issue__number", "ordinal")
    ordering_fields = ("issue__number", "due_on", "progress", "stopped_on", "lead_unit")

    def visible(self) -> QuerySet[Measure]:
        rows = Measure.objects.visible_to(actor_of(self.request)).select_related("issue__inspection", "lead_unit")
        return rows.prefetch_related("supporting_units").annotate(
            pieces=Count("evidence", filter=not_unfounded("evidence__progress__"), distinct=True)
        )

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "clock": Clock()}

    @extend_schema(request=AddMeasuresInput, responses={201: AddedSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:
        """制定措施：一次给出一个问题的若干条，全部登记或全部不登记；version 是问题的版本。"""
        made = services.add_measures(actor=actor_of(request), **self.read_input(request, AddMeasuresInput))
        rows = self.visible().filter(pk__in=[row.pk for row in made]).order_by("ordinal")
        body = AddedSerializer({"measures": rows}, context=self.get_serializer_context())
        return Response(body.data, status=status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": ReportInput, "multipart/form-data": ReportInput}, responses={201: ProgressSerializer})
    @action(detail=True, methods=["post"], parser_classes=(BoundedJSONParser, BoundedMultiPartParser))
    def report(self, request: Request, **_kwargs: Any) -> Response:
        """填报进展：由牵头单位办理，可附几份佐证材料（multipart，file 可重复，readings 为 JSON 文本）和成效数据。"""
        measure = self.get_object()
        given = self.read_input(request, ReportInput, measure=measure)
        report = services.report_progress(actor=actor_of(request), measure=measure, **given)
        return Response(ProgressSerializer(report).data, status=status.HTTP_201_CREATED)

    amend = Act(services.amend_measure, "measure", "修改措施：要写理由，改前改后记入台账。", AmendMeasureInput)

    @extend_schema(request=AssignMeasureInput, responses=MeasureSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, **_kwargs: Any) -> Response:
        """明确分工和时限：没有写的保持不变；改动已定的单位、责任人或时限要写理由，原定时限保留。"""
        measure, given = self.get_object(), self.read_input(request, AssignMeasureInput)
        draft = AssignMeasureInput().draft(measure, given)
        services.assign_measure(actor=actor_of(request), measure=measure, draft=draft, reason=given["reason"], version=given["version"])
        return self.answer(measure.pk)

    request_extension = Act(
        services.request_extension,
        "measure",
        "申请延期：由牵头单位在时限之前办理。",
        RequestExtensionInput,
        makes=ExtensionSerializer,
    )


class ReportViewSet(Rows[Progress]):
    """进展填报"""

    queryset = Progress.objects.all()
    serializer_class = ProgressSerializer
    filterset_class = ProgressApiFilter
    ordering = ("-reported_on", "-pk")
    ordering_fields = ("reported_on", "reviewed_on", "as_of")

    def visible(self) -> QuerySet[Progress]:
        people = ("reported_by", "reviewed_by", "claimed_by")
        rows = Progress.objects.visible_to(actor_of(self.request)).select_related("measure__issue", *people)
        return rows.prefetch_related("evidence__versions", "readings__indicator")

    approve = Act(services.approve, "report", "审核通过：填报人不能审核自己的填报。", ApproveInput)
    send_back = Act(services.send_back, "report", "退回补正：要写明要求，时限继续计算。", SendBackInput)
    claim = Act(services.claim_review, "report", "受理审核：避免两人重复审核；他人已受理的，take_over 为 true 时接手。", ClaimInput)
    release = Act(services.release_review, "report", "退出受理：由受理人办理。")

    @extend_schema(request=ReviewManyInput, responses=ReviewManyResult)
    @action(detail=False, methods=["post"], url_path="review-many")
    def review_many(self, request: Request, **_kwargs: Any) -> Response:
        """批量审核：同一条意见或补正要求；不能办理的逐份列出原因，其余照办。"""
        actor = actor_of(request)
        given = self.read_input(request, ReviewManyInput, actor=actor)
        picked = [services.Picked(report) for report in given["reports"]]
        done = services.review_many(actor=actor, picked=picked, decision=given["decision"], words=given["opinion"])
        return Response(ReviewManyResult(done).data)


class ExtensionViewSet(Rows[Extension]):
    """延期申请"""

    queryset = Extension.objects.all()
    serializer_class = ExtensionSerializer
    filterset_class = ExtensionApiFilter
    ordering = ("-requested_on",)
    ordering_fields = ("requested_on", "new_due_on")

    def visible(self) -> QuerySet[Extension]:
        """Requests go with their measure."""
        return Extension.objects.visible_to(actor_of(self.request)).for_list()

    endorse = Act(services.endorse_extension, "extension", "初审：再次延期由整改办写明意见，报领导审批。", EndorseInput)
    decide = Act(
        services.decide_extension,
        "extension",
        "审批延期：第一次由整改办审批，再次延期经初审后由领导审批；同意后时限顺延，不同意要写理由。",
        DecisionInput,
    )


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("measures", MeasureViewSet),
    ("reports", ReportViewSet),
    ("evidence", EvidenceViewSet),
    ("extensions", ExtensionViewSet),
    ("indicators", IndicatorViewSet),
    ("readings", ReadingViewSet),
    ("regulations", RegulationViewSet),
    ("handovers", HandoverViewSet),
    ("missing-reports", MissingViewSet),
    ("saved-views", SavedViewViewSet),
    ("calendar-overrides", CalendarOverrideViewSet),
    ("imports", ImportViewSet),
    ("notice-drafts", NoticeDraftViewSet),
    ("workbooks", WorkbookViewSet),
)
