"""Flags, letters and site checks by API. Flags are raised and cleared by the clock alone; the rest goes through the services."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from django.http import FileResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.issues.models import Inspection
from apps.issues.querysets import rows_where
from apps.measures.api.evidence_inputs import file_list, text_list
from apps.measures.api.rows import MeasureBrief
from apps.measures.models import Measure
from apps.measures.policies import covered_measures, visible_measures
from apps.measures.services import open_file
from apps.measures.views.files import handed_out
from apps.supervision import services
from apps.supervision.api.board import DashboardViewSet
from apps.supervision.api.letter_batch import LetterBatchSerializer, SendManyInput, picked_rows
from apps.supervision.models import Attachment, Escalation, Flag, Letter, Reply, SiteCheck, Visit
from apps.supervision.onsite_policies import visible_groups, visible_photos, visible_visits
from apps.supervision.services.flag_acts import LONGEST_NOTE
from apps.units.api.units import UnitBrief
from apps.units.errors import ActConflict
from apps.units.models import Unit
from apps.units.rest import LARGEST_ID, LONGEST_TEXT, ActSerializer, IdFilter, PlausibleDateField, Rows, RowSerializer, SeenField, actor_of
from apps.units.rest_acts import WITH_FILES, Act, Making

REPLY_READ = "所核验回复的 id；之后单位又重新回复的，返回 409"


class FlagSerializer(RowSerializer[Flag]):
    measure = MeasureBrief()
    lead_unit = UnitBrief(source="measure.lead_unit")
    is_open = serializers.SerializerMethodField(help_text="尚未解除")
    facts = serializers.DictField(read_only=True, help_text="依据的日期和数字")
    acknowledged_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = Flag
        fields = (
            *("id", "measure", "lead_unit", "kind", "due_on", "matter", "rule", "facts", "raised_on", "is_open", "cleared_on"),
            *("cleared_because", "acknowledged_by", "acknowledged_on", "note"),
        )

    def get_is_open(self, row: Flag) -> bool:
        return row.cleared_on is None


class AttachmentSerializer(RowSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ("id", "filename", "caption", "media_type", "size", "sha256")


class ReplySerializer(RowSerializer[Reply]):
    answered_by = serializers.StringRelatedField[Any](help_text="姓名")
    checked_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    attachments = AttachmentSerializer(many=True)

    class Meta:
        model = Reply
        fields = ("id", "text", "answered_by", "answered_on", "attachments", "accepted", "opinion", "checked_by", "checked_on")


class EscalationSerializer(RowSerializer[Escalation]):
    decided_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = Escalation
        fields = ("id", "level", "title", "proposed_on", "because", "state", "decided_by", "decided_on", "note")


class LetterSerializer(RowSerializer[Letter]):
    unit = UnitBrief()
    measures = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    group = serializers.StringRelatedField[Any](allow_null=True)
    sent_by = serializers.StringRelatedField[Any](help_text="姓名")
    signed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    answered_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    closed_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    doc_number = serializers.CharField(read_only=True, help_text="文号")
    replies = ReplySerializer(many=True)
    escalation = serializers.SerializerMethodField(help_text="升级建议")

    class Meta:
        model = Letter
        fields = (
            *("id", "inspection", "doc_number", "level", "title", "group", "unit", "measures", "requirement", "reply_by", "state"),
            *("sent_by", "sent_on", "signed_by", "signed_at", "answer", "answered_by", "answered_on", "source", "is_demonstration"),
            *("closed_by", "closed_on", "escalated_from", "replies", "escalation"),
        )

    @extend_schema_field(EscalationSerializer(allow_null=True))
    def get_escalation(self, row: Letter) -> dict[str, Any] | None:
        found = getattr(row, "escalation", None)
        return EscalationSerializer(found).data if found else None


class SiteCheckSerializer(RowSerializer[SiteCheck]):
    measure = MeasureBrief()
    group = serializers.StringRelatedField[Any](allow_null=True)
    checked_by = serializers.StringRelatedField[Any](help_text="姓名")
    attachments = AttachmentSerializer(many=True, help_text="照片")

    class Meta:
        model = SiteCheck
        fields = (
            *("id", "measure", "visit", "group", "checked_on", "finding", "note", "checked_by", "attachments"),
            *("source", "is_demonstration"),
        )


class SendLetterInput(ActSerializer):
    inspection = SeenField(Inspection, label="轮次")
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="受文单位")
    measures = SeenField(Measure, many=True, allow_empty=False, label="督办措施")
    level = serializers.CharField(max_length=20, label="级别代码：轮次的督查单级别之一，默认 remind、blue、orange、red、talk")
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="督办要求")
    reply_by = PlausibleDateField(required=False, label="回复期限（工作日），不写的按级别的期限计算")


class AnswerLetterInput(ActSerializer):
    answer = serializers.CharField(max_length=LONGEST_TEXT, label="回复内容")
    files = file_list()


class CloseLetterInput(ActSerializer):
    opinion = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, label="核验意见")
    reply = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False, label=REPLY_READ)


class ReturnAnswerInput(ActSerializer):
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="补充要求")
    reply = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False, label=REPLY_READ)
    reply_by = PlausibleDateField(required=False, label="新的回复期限（工作日），不写的按级别的期限计算")


class EscalateLetterInput(ActSerializer):
    requirement = serializers.CharField(max_length=LONGEST_TEXT, label="督办要求")
    reply_by = PlausibleDateField(required=False, label="回复期限（工作日），不写的按级别的期限计算")


class DeclineEscalationInput(ActSerializer):
    note = serializers.CharField(max_length=300, label="不升级的理由")


class CheckSiteInput(ActSerializer):
    measure = SeenField(Measure, label="措施")
    visit = SeenField(Visit, seen=visible_visits, label="实地督查", required=False, allow_null=True)
    finding = serializers.ChoiceField(choices=SiteCheck.Finding.choices, label="核查结论")
    note = serializers.CharField(max_length=LONGEST_TEXT, label="核查情况")
    checked_on = PlausibleDateField(label="核查日期")
    photo = file_list("照片，JPG 或 PNG，可重复（multipart）")
    caption = text_list(160, "照片说明，与 photo 逐张对应")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        photos, captions = attrs.pop("photo", []), attrs.pop("caption", [])
        if len(captions) > len(photos):
            raise serializers.ValidationError({"photo": ["照片说明比照片多，请把照片附上"]})
        captions += [""] * (len(photos) - len(captions))
        return {**attrs, "photos": [services.PhotoDraft(file, caption, "photo") for file, caption in zip(photos, captions, strict=True)]}


class AcknowledgeFlagInput(ActSerializer):
    note = serializers.CharField(max_length=LONGEST_NOTE, label="备注")


class FlagApiFilter(FilterSet):
    inspection = IdFilter(field_name="measure__issue__inspection", label="轮次编号")
    measure = IdFilter(label="措施的 id")
    unit = IdFilter(field_name="measure__lead_unit", label="牵头单位编号")
    kind = django_filters.ChoiceFilter(choices=Flag.Kind.choices, label="类型")
    open = django_filters.BooleanFilter(field_name="cleared_on", lookup_expr="isnull", label="尚未解除")
    group = IdFilter(method="under_group", label="督查组编号：其负责单位牵头的措施，和其负责方面的措施")
    known = django_filters.ChoiceFilter(choices=(("no", "未知悉"), ("yes", "已知悉")), method="by_known", label="知悉，同 acknowledged")
    acknowledged = django_filters.BooleanFilter(field_name="acknowledged_on", lookup_expr="isnull", exclude=True, label="已知悉")

    class Meta:
        model = Flag
        fields = ("inspection", "measure", "unit", "kind", "open", "group", "known", "acknowledged")

    @extend_schema_field({"type": "integer", "description": "督查组编号：其负责单位牵头的措施，和其负责方面的措施"})
    def under_group(self, rows: QuerySet[Flag], _name: str, group: int) -> QuerySet[Flag]:
        """The flags of what a group covers; one that the caller is not shown covers nothing."""
        found = visible_groups(actor_of(self.request)).filter(pk=group).first()
        if found is None:
            return rows.none()
        covered = covered_measures(found.units.values("pk"), found.categories.values("pk"))
        return rows.filter(measure__in=Measure.objects.filter(covered, issue__inspection=found.inspection_id).order_by().values("pk"))

    def by_known(self, rows: QuerySet[Flag], _name: str, known: str) -> QuerySet[Flag]:
        return rows.filter(acknowledged_on__isnull=known == "no")


class LetterApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    unit = IdFilter(label="受文单位编号")
    level = django_filters.CharFilter(max_length=20, label="级别代码")
    state = django_filters.ChoiceFilter(choices=Letter.State.choices, label="状态")
    escalation = django_filters.ChoiceFilter(field_name="escalation__state", choices=Escalation.State.choices, label="升级建议的状态")

    class Meta:
        model = Letter
        fields = ("inspection", "unit", "level", "state", "escalation")


class SiteCheckApiFilter(FilterSet):
    measure = IdFilter(label="措施的 id")
    finding = django_filters.ChoiceFilter(choices=SiteCheck.Finding.choices, label="核查结论")

    class Meta:
        model = SiteCheck
        fields = ("measure", "finding")


class AttachmentApiFilter(FilterSet):
    reply = IdFilter(label="回复的 id")
    letter = IdFilter(field_name="reply__letter", label="督查单的 id")
    site_check = IdFilter(label="现场核查的 id")

    class Meta:
        model = Attachment
        fields = ("reply", "letter", "site_check")


class FlagViewSet(Rows[Flag]):
    """提示：临期、逾期、严重逾期、漏报、停滞、退回未改、催办未复、分期未到账"""

    queryset = Flag.objects.all()
    serializer_class = FlagSerializer
    filterset_class = FlagApiFilter
    ordering = ("due_on",)
    ordering_fields = ("due_on", "raised_on", "cleared_on")

    def visible(self) -> QuerySet[Flag]:
        return Flag.objects.visible_to(actor_of(self.request)).select_related("measure__issue", "measure__lead_unit", "acknowledged_by")

    acknowledge = Act(
        services.acknowledge_flag, "flag", "知悉提示：由负责的督查组、领导或整改办办理，提示仍在清单中。", AcknowledgeFlagInput
    )


class LetterViewSet(Rows[Letter]):
    """督查单"""

    queryset = Letter.objects.all()
    serializer_class = LetterSerializer
    filterset_class = LetterApiFilter
    ordering = ("-year", "-number")
    ordering_fields = ("sent_on", "reply_by", "number")

    def visible(self) -> QuerySet[Letter]:
        replies = Reply.objects.select_related("answered_by", "checked_by").prefetch_related("attachments")
        rows = Letter.objects.visible_to(actor_of(self.request)).prefetch_related("measures", Prefetch("replies", replies))
        return rows.select_related("unit", "group", "sent_by", "signed_by", "answered_by", "closed_by", "escalation__decided_by")

    create = Making(services.send_letter, "发出督查单：一张只发一个单位，所列措施均由该单位牵头且尚未办结。", SendLetterInput)
    sign = Act(services.sign_letter, "letter", "签收督查单：由受文单位联络员办理。")
    reply = Act(
        services.answer_letter,
        "letter",
        "回复督查单：签收之后由受文单位联络员办理，可附几份佐证材料（multipart，files 可重复）。",
        AnswerLetterInput,
        path="answer",
        files=True,
    )
    close = Act(services.close_letter, "letter", "办结督查单：回复核验通过，由整改办、领导或负责该单位的督查组办理。", CloseLetterInput)
    send_back = Act(
        services.return_answer,
        "letter",
        "退回督查单的回复：写明要补充什么，单位在新的期限内重新回复。",
        ReturnAnswerInput,
        path="return",
    )

    @extend_schema(request=SendManyInput, responses=LetterBatchSerializer)
    @action(detail=False, methods=["post"], url_path="send-many", filter_backends=())
    def send_many(self, request: Request) -> Response:
        """批量督办：清单中逾期的措施每个单位发一张；dry_run 只预览。rows 写明哪些措施，或用 all 表示网址中台账筛选条件的全部。"""
        given, actor = self.read_input(request, SendManyInput), actor_of(request)
        rows = picked_rows(request, given.pop("rows", []), every=given.pop("all"))
        if given.pop("dry_run"):
            batch = services.preview_letters(actor=actor, rows=rows.queryset, **given)
        else:
            batch = services.send_letters(actor=actor, rows=rows.queryset, seen=rows.seen, **given)
        return Response(LetterBatchSerializer(batch).data)

    @extend_schema(request=EscalateLetterInput, responses={201: LetterSerializer})
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, **_kwargs: Any) -> Response:
        """升级督查单：过了回复期限没有回复的，就仍在办理的措施发出上一级督查单；返回新发的督查单。"""
        letter = self.get_object()
        sent = services.escalate_letter(actor=actor_of(request), letter=letter, **self.read_input(request, EscalateLetterInput))
        return self.answer(sent.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=DeclineEscalationInput, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, **_kwargs: Any) -> Response:
        """不采纳升级建议：写明理由，督查单保持原来的级别。"""
        letter = self.get_object()
        given = self.read_input(request, DeclineEscalationInput)
        escalation = getattr(letter, "escalation", None)
        if escalation is None:
            raise ActConflict("这张督查单没有待处理的升级建议，请刷新后再看")
        services.decline_escalation(actor=actor_of(request), escalation=escalation, **given)
        return self.answer(letter.pk)


class SiteCheckViewSet(Rows[SiteCheck]):
    """现场核查"""

    queryset = SiteCheck.objects.all()
    serializer_class = SiteCheckSerializer
    filterset_class = SiteCheckApiFilter
    ordering = ("-checked_on",)
    ordering_fields = ("checked_on", "finding")
    parser_classes = WITH_FILES

    def visible(self) -> QuerySet[SiteCheck]:
        """Checks go with their measure."""
        rows = rows_where(SiteCheck.objects.all(), visible_measures(actor_of(self.request), "measure__"))
        return rows.select_related("measure__issue", "group", "checked_by").prefetch_related("attachments")

    create = Making(
        services.check_site,
        "登记现场核查：由负责该单位的督查组或领导办理；可附照片（multipart，photo 可重复）。",
        CheckSiteInput,
        files=True,
    )


class AttachmentViewSet(Rows[Attachment]):
    """督查附件：督查单回复的材料、现场核查的照片"""

    queryset = Attachment.objects.all()
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentApiFilter
    ordering_fields = ("uploaded_at",)

    def visible(self) -> QuerySet[Attachment]:
        """They go with their letter or their measure."""
        user = actor_of(self.request)
        letters = Attachment.objects.filter(reply__letter__in=Letter.objects.visible_to(user)).order_by()
        rows = Attachment.objects.filter(Q(pk__in=letters.values("pk")) | Q(pk__in=visible_photos(user).order_by().values("pk")))
        return rows.select_related("reply__letter__inspection__book", "site_check__measure__issue__inspection__book")

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **_kwargs: Any) -> FileResponse:
        """下载附件：记入台账。"""
        row = self.get_object()
        file = open_file(row)
        services.log_attachment_download(actor=actor_of(request), attachment=row)
        return handed_out(file, row)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("flags", FlagViewSet),
    ("letters", LetterViewSet),
    ("site-checks", SiteCheckViewSet),
    ("attachments", AttachmentViewSet),
    ("dashboard", DashboardViewSet),
)
