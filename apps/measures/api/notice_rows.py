"""The draft of a notice as it is read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.measures.api.import_rows import FindingSerializer, TupleSerializer
from apps.measures.importing.notice_page import DraftPage
from apps.measures.importing.tree import Node


class FactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="label")
    words = serializers.CharField()
    where = serializers.CharField()
    differs = serializers.CharField(help_text="本轮次登记的是另一个值")


class ClaimedTotalSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    claimed = serializers.CharField()
    found = serializers.CharField(help_text="空文本即通报里数不出来")
    written = serializers.CharField()
    where = serializers.CharField()


class TextPartSerializer(TupleSerializer):
    kind = serializers.CharField(help_text="认作什么")
    heading = serializers.CharField()
    where = serializers.CharField()


class ReadingChoiceSerializer(TupleSerializer):
    key = serializers.CharField()
    words = serializers.CharField()
    chosen = serializers.BooleanField()


class DraftFigureSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    taken = serializers.BooleanField()
    name = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.CharField()
    as_of = serializers.CharField()
    sentence = serializers.CharField()

    def to_representation(self, node: Node) -> dict[str, Any]:
        words = {name: node.text(name) for name in map(str, self.fields)}
        return super().to_representation({**words, "key": node.key, "taken": bool(node.value("taken"))})


class DraftRuleSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    taken = serializers.BooleanField()
    title = serializers.CharField()

    def to_representation(self, node: Node) -> dict[str, Any]:
        return super().to_representation({"key": node.key, "taken": bool(node.value("taken")), "title": node.text("title")})


class DraftIssueSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    number = serializers.CharField()
    title = serializers.SerializerMethodField()
    finding = serializers.CharField()
    guessed = serializers.BooleanField(help_text="反馈问题是由标题推出来的")
    status = serializers.CharField()
    lead_unit = serializers.CharField(source="lead", help_text="照原文")
    line = serializers.IntegerField(help_text="原文第几行")
    measures = serializers.ListField(child=serializers.CharField())
    figures = DraftFigureSerializer(many=True)
    rules = DraftRuleSerializer(many=True)
    findings = FindingSerializer(many=True)

    def get_title(self, issue: dict[str, Any]) -> str:
        return str(issue["node"].text("title"))


class DraftCategorySerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    number = serializers.CharField()
    title = serializers.CharField()
    findings = FindingSerializer(many=True)
    issues = DraftIssueSerializer(many=True)

    def to_representation(self, row: tuple[Node, list[Any], list[Any]]) -> dict[str, Any]:
        node, findings, issues = row
        words = {"key": node.key, "number": node.text("number"), "title": node.text("title")}
        return super().to_representation({**words, "findings": findings, "issues": issues})


class DraftSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(source="run.version")
    facts = FactSerializer(many=True)
    contact = FactSerializer(many=True)
    totals = ClaimedTotalSerializer(many=True)
    parts = TextPartSerializer(many=True, help_text="不是问题的部分")
    readings = ReadingChoiceSerializer(many=True, help_text="不止一种读法的，各种读法")
    counts = serializers.SerializerMethodField()
    doubts = FindingSerializer(many=True)
    categories = DraftCategorySerializer(many=True)

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_counts(self, page: DraftPage) -> dict[str, int]:
        return page.counts
