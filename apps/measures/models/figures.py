"""What is counted, and the rules that were made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection, Issue
from apps.measures.models.planning import Measure
from apps.measures.models.reporting import Progress
from apps.measures.querysets import IndicatorQuerySet, ReadingQuerySet, RegulationQuerySet
from apps.units.models import Sourced, Unit


class Indicator(Sourced):
    """Something that is counted about an issue or a measure. People are counted, never named.

    ``due_amount`` (应缴、应退…) and ``target`` are in base units like the readings; what is due less what was last read is the
    balance still open. A total names no parts; each part names its total, and the parts must add up to it (应退 = 已退 + 待退).
    ``outcome`` says of which figure of every dashboard it is a part; a part and its total never both.
    """

    class Kind(models.TextChoices):
        MONEY = "money", "金额"
        PEOPLE = "people", "人数"
        AREA = "area", "面积"
        RATIO = "ratio", "比率"
        COUNT = "count", "数量"

    class Outcome(models.TextChoices):
        RECOVERED = "recovered", "挽回资金"
        HANDLED = "handled", "处理人数"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="indicators", verbose_name="问题")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="indicators", verbose_name="措施")
    name = models.CharField("指标", max_length=120)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    outcome = models.CharField("成效", max_length=10, choices=Outcome.choices, blank=True)
    unit = models.CharField("单位", max_length=10)
    total = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="合计")
    due_amount = models.DecimalField("应完成数", max_digits=20, decimal_places=4, null=True, blank=True)
    target = models.DecimalField("目标值", max_digits=20, decimal_places=4, null=True, blank=True)

    objects = IndicatorQuerySet.as_manager()

    # annotated by IndicatorQuerySet.with_latest
    latest: Decimal | None
    latest_as_of: dt.date | None

    class Meta:
        verbose_name = verbose_name_plural = "成效指标"
        ordering = ("issue", "pk")
        constraints = (
            models.UniqueConstraint(fields=("issue", "name"), name="indicator_name_unique"),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome="recovered", kind="money") | Q(outcome="handled", kind="people"),
                name="indicator_outcome_fits_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）"

    @property
    def label_in_book(self) -> str:
        return f"{self.issue.label_in_book} 指标“{self.name}”"

    @property
    def factor(self) -> Decimal:
        """How many base units (元, 亩, 人…) the shown unit has: 万元 → 10000."""
        return Decimal({"万": 10_000, "亿": 100_000_000}.get(self.unit[:1], 1))

    def to_base(self, shown: Decimal) -> Decimal:
        """A value in the shown unit (万元) as it is stored (元)."""
        return shown * self.factor

    def to_shown(self, base: Decimal) -> Decimal:
        """A stored value (元) in the shown unit (万元), without trailing zeros."""
        value = base / self.factor
        return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


class Instalment(Sourced):
    """One part of what is due by a day, as agreed (分期): ``amount`` in base units, not cumulative (domain.md §5.3)."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="instalments", verbose_name="指标")
    due_on = models.DateField("应到日期")
    amount = models.DecimalField("本期应到数", max_digits=20, decimal_places=4)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分期计划"
        ordering = ("indicator", "due_on")
        constraints = (
            models.UniqueConstraint(fields=("indicator", "due_on"), name="instalment_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_positive"),
        )

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.due_on} {self.amount}"

    @property
    def label_in_book(self) -> str:
        return f"{self.indicator.label_in_book} {self.due_on} 分期"


class Reading(Sourced):
    """The value of an indicator on a day, cumulative, in base units (money: 元). Readings of a report count once it is approved."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="readings", verbose_name="指标")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)
    as_of = models.DateField("截至日期")
    progress = models.ForeignKey(Progress, models.PROTECT, null=True, blank=True, related_name="readings", verbose_name="填报")

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "成效数据"
        ordering = ("indicator", "-as_of", "-pk")
        constraints = (models.CheckConstraint(condition=Q(value__gte=0), name="reading_not_negative"),)

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.shown} {self.as_of}"

    @property
    def label_in_book(self) -> str:
        return f"{self.indicator.label_in_book} {self.as_of}"

    @property
    def counts(self) -> bool:
        """As ``ReadingQuerySet.counting`` has it."""
        return self.progress is None or self.progress.counts

    @property
    def shown(self) -> str:
        """The value in the indicator's unit, without trailing zeros, e.g. 46 for 460000 元 in 万元."""
        return format(self.indicator.to_shown(self.value), "f")


class Regulation(Sourced):
    """A rule made, revised or abolished in the round (建章立制)."""

    class Kind(models.TextChoices):
        MADE = "made", "新建"
        REVISED = "revised", "修订"
        ABOLISHED = "abolished", "废止"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="regulations", verbose_name="轮次")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="regulations", verbose_name="问题")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, blank=True, related_name="regulations", verbose_name="措施")
    title = models.CharField("制度名称", max_length=160)
    doc_number = models.CharField("文号", max_length=60, blank=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="regulations", verbose_name="制定单位")
    filename = models.CharField("文件名", max_length=200, blank=True)
    media_type = models.CharField("文件类型", max_length=100, blank=True)
    size = models.PositiveBigIntegerField("字节数", null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = RegulationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "规章制度"
        ordering = ("inspection", "issue__number", "pk")
        constraints = (models.UniqueConstraint(fields=("inspection", "title", "doc_number"), name="regulation_unique"),)

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return f"制度《{self.title}》"
