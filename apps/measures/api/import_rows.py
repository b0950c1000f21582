"""Imports as they are read: the run, its file, what it asks, its preview."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.measures.importing.plan import Deal
from apps.measures.importing.preview import DEALS, FILTERS
from apps.measures.importing.tree import LEVEL_WORDS
from apps.measures.importing.working import progress_of
from apps.measures.models import ImportRun
from apps.units.api.units import UnitBrief
from apps.units.models import Unit
from apps.units.rest import ActSerializer, CodedField, RowSerializer

DEAL_CHOICES = [(deal.value, words) for deal, words in DEALS.items()]
LEVEL_CHOICES = [(level.value, words) for level, words in LEVEL_WORDS.items()]


class TupleSerializer(serializers.Serializer[Any]):
    """A tuple whose values come in the order of the fields."""

    def to_representation(self, row: tuple[Any, ...]) -> dict[str, Any]:
        return super().to_representation(dict(zip(self.fields, row, strict=True)))


class ProgressOfRunSerializer(serializers.Serializer[Any]):
    words = serializers.CharField()
    done = serializers.IntegerField()
    of = serializers.IntegerField()


class ImportRunSerializer(RowSerializer[ImportRun]):
    made_by = serializers.StringRelatedField[Any](help_text="姓名")
    applied_by = serializers.StringRelatedField[Any](help_text="姓名", allow_null=True)
    progress = serializers.SerializerMethodField(help_text="后台正在办的，办到哪里")

    class Meta:
        model = ImportRun
        fields = (
            *("id", "inspection", "kind", "state", "filename", "media_type", "size", "sha256", "made_by", "made_at", "progress"),
            *("reason", "error", "applied_by", "applied_at", "correlation", "version"),
        )

    @extend_schema_field(ProgressOfRunSerializer(allow_null=True))
    def get_progress(self, row: ImportRun) -> dict[str, Any] | None:
        return progress_of(row) if row.is_working else None


class ColumnSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    heading = serializers.CharField()
    name = serializers.CharField(help_text="认作什么，空文本即没有认出")
    sure = serializers.BooleanField()
    samples = serializers.ListField(child=serializers.CharField())


class SheetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    hidden = serializers.BooleanField()
    rows = serializers.IntegerField()
    top = serializers.IntegerField(help_text="表头从第几行起，0 即没有找到")
    is_list = serializers.BooleanField()
    columns = ColumnSerializer(many=True)


class OutlineSerializer(serializers.Serializer[Any]):
    sheets = SheetSerializer(many=True)
    choices = serializers.DictField(help_text="已经作出的选择")
    version = serializers.IntegerField()


class PlaceSerializer(serializers.Serializer[Any]):
    """Where something stands; zero and empty text are none."""

    sheet = serializers.CharField()
    row = serializers.IntegerField()
    column = serializers.IntegerField()
    line = serializers.IntegerField(help_text="通报原文的第几行")
    cell = serializers.CharField(help_text="如 F12")


class NearUnitSerializer(serializers.Serializer[Any]):
    unit = serializers.SerializerMethodField()
    percent = serializers.SerializerMethodField(help_text="相近程度，百分数")

    @extend_schema_field(UnitBrief)
    def get_unit(self, pair: tuple[Unit, float]) -> Any:
        return UnitBrief(pair[0]).data

    def get_percent(self, pair: tuple[Unit, float]) -> int:
        return round(pair[1] * 100)


class AskedUnitSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    place = PlaceSerializer(source="origin")
    near = NearUnitSerializer(many=True)
    kind = serializers.CharField(help_text="登记为新单位的话，可能是哪一类")
    is_collective = serializers.BooleanField(help_text="像是统称（各乡镇、相关部门），不是一个单位")
    remembered = UnitBrief(allow_null=True, help_text="以前对应过的单位")


class AskedUnitsSerializer(serializers.Serializer[Any]):
    names = AskedUnitSerializer(many=True)
    choices = serializers.DictField(child=serializers.CharField(), help_text="本次已经作出的选择")
    version = serializers.IntegerField()


class TotalSerializer(TupleSerializer):
    what = serializers.CharField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    resting = serializers.IntegerField()


class PlanSerializer(serializers.Serializer[Any]):
    fingerprint = serializers.CharField(source="preview.plan.fingerprint")
    version = serializers.IntegerField(source="run.version")
    totals = TotalSerializer(source="preview.totals", many=True)
    error_count = serializers.IntegerField(source="preview.errors")
    warning_count = serializers.IntegerField(source="preview.warnings")
    note_count = serializers.IntegerField(source="preview.notes")
    new_units = serializers.DictField(source="preview.plan.new_units", child=serializers.CharField(), help_text="会登记的单位 → 类别")
    unmentioned = serializers.DictField(
        source="preview.plan.unmentioned", child=serializers.IntegerField(), help_text="台账里有、文件没有写到的，保持不变"
    )
    needs_reason = serializers.SerializerMethodField(help_text="会修改已有的内容，确认时要写理由")
    may_apply = serializers.SerializerMethodField()

    def get_needs_reason(self, given: dict[str, Any]) -> bool:
        return bool(given["preview"].changes)

    def get_may_apply(self, given: dict[str, Any]) -> bool:
        return given["run"].state == ImportRun.State.READY and bool(given["preview"].may_apply)


class FindingSerializer(serializers.Serializer[Any]):
    level = CodedField(choices=LEVEL_CHOICES)
    code = serializers.CharField()
    place = PlaceSerializer(source="origin")
    given = serializers.CharField(help_text="那里写的是什么")
    message = serializers.CharField()
    advice = serializers.CharField(help_text="怎么办")
    node = serializers.CharField(help_text="预览或草稿中的哪一部分")
    field = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    name = serializers.CharField(source="label")
    before = serializers.CharField()
    after = serializers.CharField()
    place = PlaceSerializer(source="origin")


class ShownSerializer(serializers.Serializer[Any]):
    """One issue or measure of the preview. ``facts`` is what a new one would be made of."""

    key = serializers.CharField(source="node.key")
    number = serializers.CharField()
    text = serializers.SerializerMethodField()
    deal = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField(help_text="单位、责任人、类型、时限，照文件")
    changes = ChangeSerializer(many=True)
    reason = serializers.SerializerMethodField(help_text="不能改的，为什么")
    findings = FindingSerializer(many=True)

    def get_text(self, shown: Any) -> str:
        return str(shown.node.text("text") or shown.title)

    @extend_schema_field(CodedField(choices=DEAL_CHOICES, allow_null=True))
    def get_deal(self, shown: Any) -> dict[str, str] | None:
        return {"code": shown.line.deal.value, "display": DEALS[Deal(shown.line.deal)]} if shown.line else None

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_facts(self, shown: Any) -> dict[str, str]:
        return dict(shown.facts)

    def get_reason(self, shown: Any) -> str:
        return shown.line.reason if shown.line else ""


class ShownIssueSerializer(ShownSerializer):
    finding = serializers.SerializerMethodField()
    measures = ShownSerializer(source="children", many=True)

    def get_finding(self, shown: Any) -> str:
        return str(shown.node.text("finding"))


class PreviewQuery(ActSerializer):
    """The parameters of a page of rows; one that the address does not know is refused."""

    only = serializers.ChoiceField(choices=[value for value, _label in FILTERS if value], required=False)
    page = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)

    def __init__(self, *args: Any, names: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "only" not in names:
            del self.fields["only"]
