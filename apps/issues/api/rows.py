"""Inspections, categories, issues and closures as they are read."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.issues import services
from apps.issues.models import Activity, Category, Closure, DecidedItem, Inspection, Issue, LookBack, LookBackDraw, SignOff
from apps.units.api.units import UnitBrief
from apps.units.rest import RowSerializer

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


class LookBackSerializer(RowSerializer[LookBack]):
    issue = IssueBrief()
    held_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)

    class Meta:
        model = LookBack
        fields = ("id", "issue", "round", "planned_on", "draw", "held_on", "finding", "note", "held_by", "source", "is_demonstration")


class DecidedItemSerializer(serializers.ModelSerializer[DecidedItem]):
    class Meta:
        model = DecidedItem
        fields = ("id", "ordinal", "text")


class ActivitySerializer(RowSerializer[Activity]):
    issue = IssueBrief(allow_null=True)
    items = DecidedItemSerializer(many=True)
    fingerprint = serializers.SerializerMethodField(help_text="修改时原样带回，他人已改动则返回 409")

    class Meta:
        model = Activity
        fields = ("id", "inspection", "issue", "kind", "title", "held_on", "attendance", "decided", "items", "fingerprint", *SOURCE)

    def get_fingerprint(self, row: Activity) -> str:
        return services.fingerprint(row)
