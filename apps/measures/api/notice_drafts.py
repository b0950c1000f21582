"""The draft of a notice by API: hand the notice in, correct what was read of it, accept it; the rest of the way is that of an import."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.issues.models import Inspection
from apps.measures.api.import_rows import ImportRunSerializer
from apps.measures.api.imports import NO_PREVIEW, ImportApiFilter
from apps.measures.api.notice_rows import DraftSerializer
from apps.measures.forms.notices import MOST_TEXT
from apps.measures.importing.notice_page import DraftPage
from apps.measures.importing.notices.correcting import IssueWords
from apps.measures.importing.tree import Kind, Node
from apps.measures.models import ImportRun
from apps.measures.services.importing import (
    accept_draft,
    add_to_draft,
    amend_draft,
    choose_reading,
    drop_draft,
    join_draft,
    name_draft_category,
    start_notice,
)
from apps.units.errors import ActConflict
from apps.units.models import Unit
from apps.units.rest import ActSerializer, PlausibleDateField, Rows, SeenField, VersionedActSerializer, actor_of
from apps.units.rest_acts import WITH_FILES, Act, Making

LONGEST_KEY, MOST_PARTS = 40, 500


class StartNoticeInput(ActSerializer):
    """One of the two."""

    inspection = SeenField(Inspection, label="轮次编号")
    file = serializers.FileField(required=False, allow_empty_file=True, label="通报文件，DOCX、HTML 或 TXT（multipart）")
    text = serializers.CharField(required=False, allow_blank=True, max_length=MOST_TEXT, trim_whitespace=False, label="或者通报正文")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        file: UploadedFile[bytes] | None = attrs.get("file")
        if bool(file) == bool(str(attrs.get("text", "")).strip()):
            raise serializers.ValidationError({"file": ["请上传文件，或写正文，两样选一样"]})
        return attrs


class PartInput(VersionedActSerializer):
    key = serializers.CharField(max_length=LONGEST_KEY, label="草稿中的哪一部分")


class FigureInput(ActSerializer):
    key = serializers.CharField(max_length=LONGEST_KEY, label="哪个数字")
    taken = serializers.BooleanField(label="带入")
    name = serializers.CharField(required=False, max_length=120, label="指标名称")
    as_of = PlausibleDateField(required=False, allow_null=True, label="截至日期")


class RuleInput(ActSerializer):
    key = serializers.CharField(max_length=LONGEST_KEY, label="哪项制度")
    taken = serializers.BooleanField(label="带入")


class AmendDraftInput(PartInput):
    """What is left out stays as it is."""

    title = serializers.CharField(required=False, max_length=120, label="整改事项（标题）")
    finding = serializers.CharField(required=False, max_length=4000, label="反馈问题")
    category = serializers.CharField(required=False, max_length=LONGEST_KEY, label="方面的 key")
    lead_unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), required=False, allow_null=True, label="牵头单位")
    measures = serializers.ListField(
        child=serializers.CharField(max_length=4000), required=False, max_length=MOST_PARTS, label="整改措施，一项一条"
    )
    figures = serializers.ListField(child=FigureInput(), required=False, max_length=MOST_PARTS, label="数字")
    rules = serializers.ListField(child=RuleInput(), required=False, max_length=MOST_PARTS, label="制度")


class NameInput(PartInput):
    title = serializers.CharField(max_length=200, label="名称")


class AddInput(VersionedActSerializer):
    title = serializers.CharField(max_length=200, label="名称")
    category = serializers.CharField(required=False, max_length=LONGEST_KEY, label="添加问题的，方面的 key；不写即添加方面")


class ChooseReadingInput(VersionedActSerializer):
    reading = serializers.CharField(max_length=80, label="读法的 key，见 draft 的 readings")


class AcceptInput(VersionedActSerializer):
    lead_unit = serializers.PrimaryKeyRelatedField(
        queryset=Unit.objects.all(), default=None, allow_null=True, label="没有写牵头单位的先记哪个单位"
    )
    due_on = PlausibleDateField(default=None, allow_null=True, label="没有写时限的措施，时限记为")


class NoticeDraftViewSet(Rows[ImportRun]):
    """通报草稿"""

    queryset = ImportRun.objects.filter(kind=ImportRun.Kind.NOTICE)
    serializer_class = ImportRunSerializer
    filterset_class = ImportApiFilter
    ordering = ("-pk",)
    ordering_fields = ("made_at",)
    parser_classes = WITH_FILES

    def visible(self) -> QuerySet[ImportRun]:
        rows = ImportRun.objects.visible_to(actor_of(self.request)).filter(kind=ImportRun.Kind.NOTICE).without_content()
        return rows.select_related("inspection__book", "made_by", "applied_by")

    create = Making(start_notice, "导入通报：读成草稿，改好采用以后照 imports 预览、确认。由整改办办理。", StartNoticeInput, files=True)
    drop_part = Act(drop_draft, "run", "去掉不是问题的部分；去掉方面的，连同其中的问题。", PartInput)
    join_part = Act(join_draft, "run", "把这个问题并入前一个问题，作为它的措施。", PartInput)
    name_category = Act(name_draft_category, "run", "修改方面的名称。", NameInput)
    add = Act(add_to_draft, "run", "添加没有读出来的问题或方面。", AddInput)
    choose_reading = Act(choose_reading, "run", "换一种读法：已经改过的内容随原来的草稿作废。", ChooseReadingInput)
    accept = Act(accept_draft, "run", "采用草稿：与台账核对，随后照 imports 的 plan、preview、apply 办理。", AcceptInput)

    @extend_schema(responses=DraftSerializer)
    @action(detail=True, methods=["get"])
    def draft(self, request: Request, **_kwargs: Any) -> Response:
        """草稿：方面、问题、措施、数字、制度，各在原文第几行，哪里没有把握，总数对不对得上。"""
        return Response(DraftSerializer(self._page()).data)

    @extend_schema(request=AmendDraftInput, responses=ImportRunSerializer)
    @action(detail=True, methods=["post"], url_path="amend-issue")
    def amend_issue(self, request: Request, **_kwargs: Any) -> Response:
        """修改草稿中的一个问题：没有写的保持不变。"""
        page, given = self._page(), self.read_input(request, AmendDraftInput)
        node = page.tree.find(given["key"])
        if node is None or node.kind != Kind.ISSUE:
            raise serializers.ValidationError({"key": ["草稿里没有这个问题，请重新读取草稿"]})
        if given.get("category", "") not in ("", *(one.key for one in page.tree.nodes)):
            raise serializers.ValidationError({"category": ["草稿里没有这个方面，请重新读取草稿"]})
        words = words_of(node, given)
        amend_draft(actor=actor_of(request), run=page.run, key=node.key, words=words, version=given["version"])
        return self.answer(page.run.pk)

    def _page(self) -> DraftPage:
        run: ImportRun = self.get_object()
        if not run.tree:
            raise ActConflict(NO_PREVIEW)
        return DraftPage(run)


def words_of(node: Node, given: dict[str, Any]) -> IssueWords:
    """What the issue is to say: what was given, all else as the draft has it."""
    figures = {one.key: one for one in node.of_kind(Kind.FIGURE)}
    rules = {one.key for one in node.of_kind(Kind.REGULATION)}
    for name, known in (("figures", set(figures)), ("rules", rules)):
        if strange := [row["key"] for row in given.get(name, ()) if row["key"] not in known]:
            raise serializers.ValidationError({name: [f"这个问题里没有“{key}”，请重新读取草稿" for key in strange[:20]]})
    lead: Unit | None = given.get("lead_unit")
    return IssueWords(
        title=given.get("title", node.text("title")),
        finding=given.get("finding", node.text("finding")),
        category=given.get("category", ""),
        lead_unit=(lead.name if lead else "") if "lead_unit" in given else node.text("lead_unit"),
        measures=given.get("measures", [child.text("text") for child in node.of_kind(Kind.MEASURE)]),
        figures={row["key"]: _figure(row, figures[row["key"]]) for row in given.get("figures", ())},
        rules={row["key"]: row["taken"] for row in given.get("rules", ())},
    )


def _figure(row: dict[str, Any], node: Node) -> tuple[bool, str, dt.date | None]:
    """What was given, or what the draft has; a figure that is taken along has a day."""
    day: dt.date | None = row["as_of"] if "as_of" in row else dt.date.fromisoformat(text) if (text := node.text("as_of")) else None
    if row["taken"] and day is None:
        raise serializers.ValidationError({"figures": ["带入的数字要有截至日期，请填写，或不带入"]})
    return row["taken"], row.get("name") or node.text("name"), day
