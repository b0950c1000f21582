"""Flags, letters and site checks by API. Flags are raised and cleared by the clock alone; the rest goes through the services."""

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
from apps.issues.querysets import rows_where
from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure
from apps.measures.policies import visible_measures
from apps.supervision import services
from apps.supervision.models import Flag, Letter, SiteCheck, Visit
from apps.supervision.onsite_policies import visible_visits
from apps.units.api import UnitBrief
from apps.units.models import Unit
from apps.units.rest import LONGEST_TEXT, ActSerializer, IdFilter, PlausibleDateField, Rows, RowSerializer, actor_of


class FlagSerializer(RowSerializer[Flag]):
    measure = MeasureBrief()
    lead_unit = UnitBrief(source="measure.lead_unit")
    is_open = serializers.SerializerMethodField(help_text="尚未解除")

    class Meta:
        model = Flag
        fields = ("id", "measure", "lead_unit", "kind", "due_on", "raised_on", "is_open", "cleared_on", "cleared_because")

    def get_is_open(self, row: Flag) -> bool:
        return row.cleared_on is None


class LetterSerializer(RowSerializer[Letter]):
    unit = UnitBrief()
    measures = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    group = serializers.StringRelatedField[Any](allow_null=True)
    sent_by = serializers.StringRelatedField[Any](help_text="姓名")
    signed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    answered_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    doc_number = serializers.CharField(read_only=True, help_text="文号")

    class Meta:
        model = Letter
        fields = (
            *("id", "inspection", "doc_number", "level", "group", "unit", "measures", "requirement", "reply_by", "state"),
            *("sent_by", "sent_on", "signed_by", "signed_at", "answer", "answered_by", "answered_on", "source", "is_demonstration"),
        )


class SiteCheckSerializer(RowSerializer[SiteCheck]):
    measure = MeasureBrief()
    group = serializers.StringRelatedField[Any](allow_null=True)
    checked_by = serializers.StringRelatedField[Any](help_text="姓名")

    class Meta:
        model = SiteCheck
        fields = ("id", "measure", "visit", "group", "checked_on", "finding", "note", "checked_by", "source", "is_demonstration")


class VisibleMeasureField(serializers.PrimaryKeyRelatedField[Measure]):
    """A measure that the caller sees: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Measure]:
        return Measure.objects.visible_to(actor_of(self.context["request"]))


class VisibleInspectionField(serializers.PrimaryKeyRelatedField[Inspection]):
    """A round that the caller sees: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Inspection]:
        return Inspection.objects.visible_to(actor_of(self.context["request"]))


class SendLetterInput(ActSerializer):
    inspection = VisibleInspectionField(queryset=Inspection.objects.all(), label="轮次")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="受文单位")
    measures = VisibleMeasureField(queryset=Measure.objects.all(), many=True, allow_empty=False, label="督办措施")
    level = serializers.ChoiceField(choices=Letter.Level.choices, label="级别")
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="督办要求")
    reply_by = PlausibleDateField(label="回复期限（工作日）")


class AnswerLetterInput(ActSerializer):
    answer = serializers.CharField(max_length=LONGEST_TEXT, label="回复内容")


class VisibleVisitField(serializers.PrimaryKeyRelatedField[Visit]):
    """A visit that the caller sees: others look as if they did not exist."""

    def get_queryset(self) -> QuerySet[Visit]:
        return visible_visits(actor_of(self.context["request"]))


class CheckSiteInput(ActSerializer):
    measure = VisibleMeasureField(queryset=Measure.objects.all(), label="措施")
    visit = VisibleVisitField(queryset=Visit.objects.all(), label="实地督查", required=False, allow_null=True)
    finding = serializers.ChoiceField(choices=SiteCheck.Finding.choices, label="核查结论")
    note = serializers.CharField(max_length=LONGEST_TEXT, label="核查情况")
    checked_on = PlausibleDateField(label="核查日期")


class SignLetterInput(ActSerializer):
    """Nothing but the signature, which is the caller's."""


class FlagApiFilter(FilterSet):
    inspection = IdFilter(field_name="measure__issue__inspection", label="轮次编号")
    measure = IdFilter(label="措施的 id")
    unit = IdFilter(field_name="measure__lead_unit", label="牵头单位编号")
    kind = django_filters.ChoiceFilter(choices=Flag.Kind.choices, label="类型")
    open = django_filters.BooleanFilter(field_name="cleared_on", lookup_expr="isnull", label="尚未解除")

    class Meta:
        model = Flag
        fields = ("inspection", "measure", "unit", "kind", "open")


class LetterApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    unit = IdFilter(label="受文单位编号")
    level = django_filters.ChoiceFilter(choices=Letter.Level.choices, label="级别")
    state = django_filters.ChoiceFilter(choices=Letter.State.choices, label="状态")

    class Meta:
        model = Letter
        fields = ("inspection", "unit", "level", "state")


class SiteCheckApiFilter(FilterSet):
    measure = IdFilter(label="措施的 id")
    finding = django_filters.ChoiceFilter(choices=SiteCheck.Finding.choices, label="核查结论")

    class Meta:
        model = SiteCheck
        fields = ("measure", "finding")


class FlagViewSet(Rows[Flag]):
    """临期和逾期提示"""

    queryset = Flag.objects.all()
    serializer_class = FlagSerializer
    filterset_class = FlagApiFilter
    ordering = ("due_on",)
    ordering_fields = ("due_on", "raised_on", "cleared_on")

    def visible(self) -> QuerySet[Flag]:
        return Flag.objects.visible_to(actor_of(self.request)).select_related("measure__issue", "measure__lead_unit")


class LetterViewSet(Rows[Letter]):
    """督查单"""

    queryset = Letter.objects.all()
    serializer_class = LetterSerializer
    filterset_class = LetterApiFilter
    ordering = ("-year", "-number")
    ordering_fields = ("sent_on", "reply_by", "number")

    def visible(self) -> QuerySet[Letter]:
        rows = Letter.objects.visible_to(actor_of(self.request)).prefetch_related("measures")
        return rows.select_related("unit", "group", "sent_by", "signed_by", "answered_by")

    @extend_schema(request=SendLetterInput, responses={201: LetterSerializer})
    def create(self, request: Request) -> Response:
        """发出督查单：一张只发一个单位，所列措施均由该单位牵头且尚未办结。"""
        letter = services.send_letter(actor=actor_of(request), **self.read_input(request, SendLetterInput))
        return self.answer(letter.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=SignLetterInput, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, **_kwargs: Any) -> Response:
        """签收督查单：由受文单位联络员办理。"""
        letter = self.get_object()
        self.read_input(request, SignLetterInput)
        services.sign_letter(actor=actor_of(request), letter=letter)
        return self.answer(letter.pk)

    @extend_schema(request=AnswerLetterInput, responses=LetterSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def reply(self, request: Request, **_kwargs: Any) -> Response:
        """回复督查单：签收之后由受文单位联络员办理。"""
        letter = self.get_object()
        services.answer_letter(actor=actor_of(request), letter=letter, **self.read_input(request, AnswerLetterInput))
        return self.answer(letter.pk)


class SiteCheckViewSet(Rows[SiteCheck]):
    """现场核查"""

    queryset = SiteCheck.objects.all()
    serializer_class = SiteCheckSerializer
    filterset_class = SiteCheckApiFilter
    ordering = ("-checked_on",)
    ordering_fields = ("checked_on", "finding")

    def visible(self) -> QuerySet[SiteCheck]:
        """Checks go with their measure."""
        rows = rows_where(SiteCheck.objects.all(), visible_measures(actor_of(self.request), "measure__"))
        return rows.select_related("measure__issue", "group", "checked_by")

    @extend_schema(request=CheckSiteInput, responses={201: SiteCheckSerializer})
    def create(self, request: Request) -> Response:
        """登记现场核查：由负责该单位的督查组或领导办理。"""
        check = services.check_site(actor=actor_of(request), **self.read_input(request, CheckSiteInput))
        return self.answer(check.pk, code=status.HTTP_201_CREATED)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("flags", FlagViewSet),
    ("letters", LetterViewSet),
    ("site-checks", SiteCheckViewSet),
)
