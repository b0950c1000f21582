"""What the acts on a notice need, by API. Rules of the field are the services'."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.issues.models import Inspection
from apps.measures.models import Indicator
from apps.reports import services
from apps.reports.layouts import LASTING, SECTIONS
from apps.reports.models import Audience, FigureDecision, Notice, WithheldException
from apps.reports.secrecy import CHECKLIST
from apps.reports.withholding.rules import RULES
from apps.units.models import Unit
from apps.units.rest import (
    LONGEST_TEXT,
    NOTHING_TO_CHANGE,
    ActSerializer,
    PlausibleDateField,
    SeenField,
    VersionedActSerializer,
    packed,
)

PUBLISHED = [(value, label) for value, label in Audience.choices if value != Audience.INTERNAL]
ALL_SECTIONS = (*SECTIONS, LASTING)


def audience(**kwargs: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=PUBLISHED, default=Audience.SOCIETY.value, label="公开范围", **kwargs)


def why(label: str = "修改理由", **kwargs: Any) -> serializers.CharField:
    """A reason that is asked for only in some states."""
    words = "提请过审定的通报稿必填"
    return serializers.CharField(max_length=500, required=False, allow_blank=True, default="", label=label, help_text=words, **kwargs)


class AsShownInput(ActSerializer):
    """The act holds for the content that the caller read."""

    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="读到的 content_hash")


class ApproveNoticeInput(AsShownInput):
    """The approval holds for what society is told and for what the Party is told."""

    party_hash = serializers.RegexField(
        r"^[0-9a-f]{64}$", label="读到的 party_hash", required=False, help_text="党内通报文字与社会公开不同时必填，缺少则返回 409"
    )
    figures_hash = serializers.RegexField(
        r"^[0-9a-f]{64}$", label="读到的 figures_hash", required=False, help_text="对数字作过决定的必填，缺少或之后又作过决定的，返回 409"
    )


class PublishNoticeInput(AsShownInput):
    party = serializers.BooleanField(label="同时发布党内通报", default=False, help_text="党内通报文字与社会公开不同时，不选也发布")


class SecrecyInput(AsShownInput):
    """What is confirmed about both texts as they were read."""

    party_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="读到的 party_hash")
    confirmed = serializers.MultipleChoiceField(choices=list(CHECKLIST.items()), label="确认的各项", help_text="要全部确认")
    note = serializers.CharField(max_length=500, required=False, label="审查说明")


class ReturnNoticeInput(ActSerializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="退回理由")


class DraftNoticeInput(ActSerializer, serializers.ModelSerializer[Notice]):
    """A new notice: its prose, and another of the round whose layout and items it takes over."""

    inspection = SeenField(Inspection, label="轮次编号")
    like = SeenField(Notice, required=False, allow_null=True, label="沿用哪份通报稿的版式和条目文字", help_text="不写的由台账汇总")
    dated_on = PlausibleDateField(label="落款日期")

    class Meta:
        model = Notice
        fields = ("inspection", "like", *services.PROSE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = packed(attrs, services.PROSE)
        like = given.get("like")
        if like is not None and like.inspection_id != given["inspection"].pk:
            raise serializers.ValidationError({"like": ["这份通报稿不属于本轮次"]})
        prose = given.pop("values")
        return {**given, "prose": prose}


class AmendNoticeInput(VersionedActSerializer, serializers.ModelSerializer[Notice]):
    """At least one of the fields that may change."""

    reason = why()
    dated_on = PlausibleDateField(label="落款日期", required=False)

    class Meta:
        model = Notice
        fields = ("version", "reason", *services.PROSE)
        extra_kwargs = {name: {"required": False} for name in services.PROSE if name != "dated_on"}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = packed(attrs, services.PROSE)
        if not given["values"]:
            raise serializers.ValidationError(NOTHING_TO_CHANGE)
        return given


class LayoutInput(VersionedActSerializer):
    layout = serializers.ChoiceField(choices=Notice.Layout.choices, label="版式")
    category_pattern = serializers.CharField(max_length=80, required=False, allow_blank=True, default="", label="方面标题样式")
    item_pattern = serializers.CharField(max_length=80, required=False, allow_blank=True, default="", label="条目标题样式")
    section_order = serializers.ListField(
        child=serializers.ChoiceField(choices=ALL_SECTIONS), required=False, default=list(SECTIONS), max_length=4, label="部分次序"
    )
    reason = why()


class AudienceInput(ActSerializer):
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.SOCIETY.value, label="公开范围")


class PassOverInput(ActSerializer):
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all(), label="牵头单位")
    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=9999), required=False, default=list, max_length=1000, label="只代为通过这几条"
    )
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="理由")


class PassageInput(ActSerializer):
    """A place of the draft, as ``figures/`` and ``withheld/`` name it."""

    audience = audience()
    place = serializers.CharField(max_length=40, label="位置")
    sentence_hash = serializers.RegexField(r"^[0-9a-f]{64}$", label="句子指纹")


class FigureInput(PassageInput):
    written = serializers.CharField(max_length=80, label="数字")
    occurrence = serializers.IntegerField(min_value=0, max_value=9999, default=0, label="句中第几处")


class DecideFigureInput(FigureInput):
    verdict = serializers.ChoiceField(choices=FigureDecision.Verdict.choices, label="决定")
    indicator = SeenField(Indicator, required=False, allow_null=True, label="关联的成效指标")
    reason = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="", label="理由")


class AskRegistrationInput(FigureInput):
    """Which figure the unit is to register."""


class AdoptInput(FigureInput):
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.SOCIETY.value, label="公开范围")
    instead = serializers.CharField(max_length=80, label="读到的台账数（instead）")


class AskExceptionInput(PassageInput):
    rule = serializers.ChoiceField(choices=[(rule.id, rule.label) for rule in RULES], label="规则")
    fragment = serializers.CharField(max_length=200, trim_whitespace=False, label="文字")
    ground = serializers.ChoiceField(choices=WithheldException.Ground.choices, label="例外情形")
    reason = serializers.CharField(max_length=LONGEST_TEXT, label="说明")


class CorrectInput(ActSerializer):
    reason = serializers.CharField(max_length=500, label="更正理由", help_text="随更正一并公开")


class AmendCorrectionInput(VersionedActSerializer):
    correction = serializers.CharField(max_length=500, label="更正理由", help_text="随更正一并公开")
    reason = why()
