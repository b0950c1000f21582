"""The draft of a notice as it is read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.measures.api.import_rows import FindingSerializer
from apps.measures.importing.notice_page import DraftPage
from apps.measures.importing.tree import Node


class FactSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()
    words = serializers.CharField()
    where = serializers.CharField()
    differs = serializers.CharField(help_text="本轮次登记的是另一个值")


class ClaimedTotalSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    claimed = serializers.CharField()
    found = serializers.CharField(help_text="空文本即通报里数不出来")
    written = serializers.CharField()
    where = serializers.CharField()


class TextPartSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(source="0", help_text="认作什么")
    heading = serializers.CharField(source="1")
    where = serializers.CharField(source="2")


class ReadingChoiceSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="0")
    words = serializers.CharField(source="1")
    chosen = serializers.BooleanField(source="2")


class DraftFigureSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    taken = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    value = serializers.SerializerMethodField()
    unit = serializers.SerializerMethodField()
    as_of = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()

    def get_taken(self, node: Node) -> bool:
        return bool(node.value("taken"))

    def get_name(self, node: Node) -> str:
        return node.text("name")

    def get_value(self, node: Node) -> str:
        return node.text("value")

    def get_unit(self, node: Node) -> str:
        return node.text("unit")

    def get_as_of(self, node: Node) -> str:
        return node.text("as_of")

    def get_sentence(self, node: Node) -> str:
        return node.text("sentence")


class DraftRuleSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    taken = serializers.SerializerMethodField()
    title = serializers.SerializerMethodField()

    def get_taken(self, node: Node) -> bool:
        return bool(node.value("taken"))

    def get_title(self, node: Node) -> str:
        return node.text("title")


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
    key = serializers.CharField(source="0.key")
    number = serializers.SerializerMethodField()
    title = serializers.SerializerMethodField()
    findings = FindingSerializer(source="1", many=True)
    issues = DraftIssueSerializer(source="2", many=True)

    def get_number(self, row: Any) -> str:
        return str(row[0].text("number"))

    def get_title(self, row: Any) -> str:
        return str(row[0].text("title"))


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
