"""Notices by API, for the office and the leaders: drafting, checking, circulation, approval, publication."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from apps.reports import services
from apps.reports.api.checking import (
    ExceptionSerializer,
    ExceptionViewSet,
    FigureDecisionSerializer,
    FigureDecisionViewSet,
    FiguresSerializer,
    RedFlagsSerializer,
    WatchWordViewSet,
)
from apps.reports.api.editions import EditionSerializer, EditionViewSet
from apps.reports.api.inputs import (
    AdoptInput,
    AmendCorrectionInput,
    AmendNoticeInput,
    ApproveNoticeInput,
    AskExceptionInput,
    AskRegistrationInput,
    AsShownInput,
    AudienceInput,
    DecideFigureInput,
    DraftNoticeInput,
    LayoutInput,
    PassOverInput,
    PublishNoticeInput,
    ReturnNoticeInput,
    SecrecyInput,
)
from apps.reports.api.items import NoticeItemViewSet
from apps.reports.api.reviews import CirculationSerializer, ItemToReviewViewSet, RenderingSerializer, RenderingViewSet
from apps.reports.api.rows import NoticeBrief, NoticeSerializer
from apps.reports.circulation import standings
from apps.reports.models import Audience, Notice
from apps.reports.proving.proof import prove
from apps.reports.withholding.findings import findings_of
from apps.units.rest import IdFilter, Rows, actor_of
from apps.units.rest_acts import Act, Making


class NoticeApiFilter(FilterSet):
    inspection = IdFilter(label="轮次编号")
    state = ChoiceFilter(choices=Notice.State.choices, label="状态")

    class Meta:
        model = Notice
        fields = ("inspection", "state")


OF_AUDIENCE = OpenApiParameter("audience", str, enum=Audience.values, description="公开范围，默认社会公开")


class NoticeViewSet(Rows[Notice]):
    """通报稿"""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeApiFilter
    ordering = ("-dated_on",)
    ordering_fields = ("dated_on", "state")

    def visible(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(actor_of(self.request)).select_related("inspection", "drafted_by", "approved_by")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Notice]]:
        return NoticeBrief if self.action == "list" else NoticeSerializer

    create = Making(services.draft_notice, "起草通报：每个问题一条，条目文字由台账汇总或沿用另一份通报稿。", DraftNoticeInput)
    amend = Act(services.amend_notice, "notice", "修改通报稿：没有写的保持不变；提请过审定的要写理由，已有的审定作废。", AmendNoticeInput)
    amend_correction = Act(services.amend_correction, "notice", "修改更正理由：随更正一并公开。", AmendCorrectionInput)
    set_layout = Act(services.set_layout, "notice", "设置版式：样式不写的用所选版式常用的样式。", LayoutInput)
    add_items = Act(services.add_missing_items, "notice", "补齐条目：给起草之后登记的问题各补一条。")
    circulate = Act(services.circulate_notice, "notice", "送单位审核：逐条送牵头单位的负责人。")
    remind = Act(services.remind_heads, "notice", "提醒还没有答复的单位：一天最多一次。")
    submit = Act(services.submit_notice, "notice", "提请审定通报。", AsShownInput)
    approve = Act(services.approve_notice, "notice", "审定通报：起草、修改过、提请和认可过数字的人不能审定。", ApproveNoticeInput)
    secrecy = Act(
        services.review_secrecy,
        "notice",
        "保密审查：起草人和修改过文字的人不能办理；逐项确认，之后内容有改动即失效。",
        SecrecyInput,
    )
    send_back = Act(services.return_notice, "notice", "退回通报稿：要写理由，已有的审定作废。", ReturnNoticeInput, path="return")
    publish = Act(
        services.publish,
        "notice",
        "发布通报：审定的内容定稿为新的一版，任何人可读。",
        PublishNoticeInput,
        makes=EditionSerializer,
    )
    decide_figure = Act(
        services.decide_figure,
        "notice",
        "核对数字：认可、关联成效指标或不需核对；决定和理由随版次保存。",
        DecideFigureInput,
        makes=FigureDecisionSerializer,
    )
    ask_registration = Act(
        services.ask_registration,
        "notice",
        "请单位补登：请牵头单位的联络员登记台账没有的数字，一天一次。",
        AskRegistrationInput,
    )
    adopt_ledger = Act(services.adopt_ledger, "notice", "改用台账数：把草稿中的数字改为台账现在的数。", AdoptInput)
    ask_exception = Act(
        services.ask_exception,
        "notice",
        "申请公开例外：按五种例外情形之一，由领导批准。",
        AskExceptionInput,
        makes=ExceptionSerializer,
    )
    render = Act(
        services.ask_rendering,
        "notice",
        "生成文件：按现在的内容，后台生成；同样的内容不重复生成。",
        AudienceInput,
        makes=RenderingSerializer,
    )

    pass_over = Act(services.pass_over, "notice", "代为通过：整改办写明理由，代一个单位通过还没有同意的条目。", PassOverInput)

    @extend_schema(parameters=[OF_AUDIENCE], responses=FiguresSerializer)
    @action(detail=True, methods=["get"])
    def figures(self, request: Request, **_kwargs: Any) -> Response:
        """数字校核：草稿中的每个数字与台账是否一致。"""
        asked = AudienceInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        audience = asked.validated_data["audience"]
        return Response(FiguresSerializer({"audience": audience, "findings": prove(self.get_object(), audience).findings}).data)

    @extend_schema(responses=RedFlagsSerializer)
    @action(detail=True, methods=["get"])
    def withheld(self, request: Request, **_kwargs: Any) -> Response:
        """不宜公开的内容：规则在草稿中找到的文字，和所申请的例外。"""
        return Response(RedFlagsSerializer({"findings": findings_of(self.get_object())}).data)

    @extend_schema(responses=CirculationSerializer)
    @action(detail=True, methods=["get"])
    def circulation(self, request: Request, **_kwargs: Any) -> Response:
        """单位审核情况：每条由哪个单位审核、是否同意。"""
        return Response(CirculationSerializer({"standings": standings(self.get_object())}).data)


ROUTES: tuple[tuple[str, type[GenericViewSet[Any]]], ...] = (
    ("editions", EditionViewSet),
    ("notices", NoticeViewSet),
    ("notice-items", NoticeItemViewSet),
    ("items-to-review", ItemToReviewViewSet),
    ("figure-decisions", FigureDecisionViewSet),
    ("withheld-exceptions", ExceptionViewSet),
    ("watch-words", WatchWordViewSet),
    ("renderings", RenderingViewSet),
)
