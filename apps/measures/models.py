"""Measures and what was done about them: reports with evidence, figures, regulations, extensions; the calendar behind the deadlines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.issues.models import Inspection, Issue
from apps.measures.querysets import IndicatorQuerySet, MeasureQuerySet, ProgressQuerySet, ReadingQuerySet, RegulationQuerySet
from apps.units.models import Sourced, Unit


class CalendarOverride(models.Model):
    """A day that differs from the statutory calendar as loaded, e.g. a 调休 announced late; consulted before it."""

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是工作日")
    note = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "工作日调整"
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.is_workday else '放假'}"

    @property
    def label_in_book(self) -> str:
        return str(self)


class Measure(Sourced):
    """One measure of an issue; its number on screen is ``63-2``.

    ``stopped_on`` is the day on which the clock stopped: that of the report which claims completion, while it waits for
    review and for good once approved; a return clears it. Timeliness is derived from it, ``due_on`` and today, never stored.
    """

    class Nature(models.TextChoices):
        NOW = "now", "当下改"
        LASTING = "lasting", "长久立"

    class Pace(models.TextChoices):
        AT_ONCE = "at_once", "立行立改"
        LIMITED = "limited", "限期整改"
        LONG_TERM = "long_term", "长期坚持"

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "未启动"
        ONGOING = "ongoing", "推进中"
        IN_REVIEW = "in_review", "待审核"
        STAGE_DONE = "stage_done", "阶段性完成"
        DONE = "done", "已完成"

    class DeadlineRule(models.TextChoices):
        FIXED = "fixed", "指定日期"
        MONTHS = "months", "自起算日起若干个月"
        WORKING_DAYS = "working_days", "自起算日起若干个工作日"
        NONE = "none", "长期坚持，不设时限"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="measures", verbose_name="问题")
    ordinal = models.PositiveSmallIntegerField("序号")
    text = models.TextField("整改措施")
    nature = models.CharField("类型", max_length=10, choices=Nature.choices)
    pace = models.CharField("整改类型", max_length=10, choices=Pace.choices)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, related_name="led_measures", verbose_name="牵头单位")
    supporting_units = models.ManyToManyField(Unit, blank=True, related_name="supported_measures", verbose_name="配合单位")
    person = models.CharField("责任人", max_length=80, blank=True)
    deadline_rule = models.CharField("时限规则", max_length=14, choices=DeadlineRule.choices, default=DeadlineRule.FIXED)
    deadline_from = models.DateField("起算日", null=True, blank=True)
    deadline_count = models.PositiveSmallIntegerField("期数", null=True, blank=True)
    deadline_basis = models.CharField("时限依据", max_length=200, blank=True)
    due_on = models.DateField("整改时限", null=True, blank=True)
    original_due_on = models.DateField("原定时限", null=True, blank=True)
    progress = models.CharField("进展状态", max_length=12, choices=State.choices, default=State.NOT_STARTED)
    stopped_on = models.DateField("办结日期", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = MeasureQuerySet.as_manager()

    # annotated by MeasureQuerySet.for_register
    mark: str
    last_text: str | None
    last_as_of: dt.date | None
    last_review: str | None
    evidence_count: int
    is_soon: bool

    class Meta:
        verbose_name = verbose_name_plural = "整改措施"
        ordering = ("issue__number", "ordinal")
        constraints = (
            models.UniqueConstraint(fields=("issue", "ordinal"), name="measure_ordinal_unique"),
            models.CheckConstraint(
                condition=Q(progress__in=("not_started", "ongoing", "in_review", "stage_done", "done")), name="measure_progress_known"
            ),
            models.CheckConstraint(
                condition=Q(progress__in=("done", "stage_done"), stopped_on__isnull=False)
                | Q(progress__in=("not_started", "ongoing"), stopped_on__isnull=True)
                | Q(progress="in_review"),
                name="measure_clock_follows_progress",
            ),
            models.CheckConstraint(condition=Q(due_on__isnull=False) | Q(pace="long_term"), name="measure_due_unless_long_term"),
        )
        indexes = (
            models.Index(fields=("due_on",), name="measure_running_due", condition=Q(stopped_on__isnull=True)),
            models.Index(fields=("lead_unit", "due_on"), name="measure_unit_due"),
            models.Index(fields=("progress",), name="measure_progress"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.text[:30]}"

    @property
    def number(self) -> str:
        """“63-2”: the issue's number and the ordinal."""
        return f"{self.issue.number}-{self.ordinal}"

    @property
    def label_in_book(self) -> str:
        return f"措施 {self.number}"

    @property
    def is_finished(self) -> bool:
        return self.progress in (self.State.DONE, self.State.STAGE_DONE)

    @property
    def is_extended(self) -> bool:
        return self.due_on != self.original_due_on

    def content_for_closure(self) -> dict[str, Any]:
        """What an application to close the issue stands for, of this measure."""
        approved = self.reports.filter(review=Progress.Review.APPROVED).order_by("pk").values_list("content_hash", flat=True)
        files = EvidenceVersion.objects.filter(evidence__measure=self).order_by("pk").values_list("sha256", flat=True)
        return {"number": self.ordinal, "text": self.text, "progress": self.progress, "reports": list(approved), "evidence": list(files)}

    def days_late(self, today: dt.date) -> int:
        """Calendar days after the due date; the due day itself is not late; counting ends on the day the clock stopped."""
        if self.due_on is None:
            return 0
        return max(0, ((self.stopped_on or today) - self.due_on).days)

    def is_overdue(self, today: dt.date) -> bool:
        return self.stopped_on is None and self.days_late(today) > 0


class Progress(Sourced):
    """One report by the unit on a measure, and its review by the office."""

    class Review(models.TextChoices):
        PENDING = "pending", "待审核"
        APPROVED = "approved", "审核通过"
        RETURNED = "returned", "退回补正"

    CLAIMS = (
        (Measure.State.ONGOING.value, "推进中"),
        (Measure.State.STAGE_DONE.value, "阶段性完成"),
        (Measure.State.DONE.value, "已完成"),
    )

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="reports", verbose_name="措施")
    round = models.PositiveSmallIntegerField("轮", default=1)
    claim = models.CharField("本期状态", max_length=12, choices=CLAIMS)
    text = models.TextField("本期进展")
    as_of = models.DateField("截至日期")
    difficulties = models.TextField("未完成原因", blank=True)
    next_step = models.TextField("下步打算", blank=True)
    signed_by = models.CharField("签发领导", max_length=40)
    resubmits = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="resubmissions", verbose_name="补正自")
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人")
    reported_on = models.DateField("填报日期")
    review = models.CharField("审核", max_length=10, choices=Review.choices, default=Review.PENDING)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    reviewed_on = models.DateField("审核日期", null=True, blank=True)
    requirement = models.TextField("审核意见", blank=True)
    content_hash = models.CharField("审核内容指纹", max_length=64, blank=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "进展填报"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("measure",), condition=Q(review="pending"), name="progress_one_pending"),
            models.CheckConstraint(
                condition=Q(review="pending", reviewed_by__isnull=True, reviewed_on__isnull=True)
                | Q(review__in=("approved", "returned"), reviewed_by__isnull=False, reviewed_on__isnull=False),
                name="progress_reviewed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("reported_by")), name="progress_four_eyes"),
        )
        indexes = (models.Index(fields=("review", "reported_on"), name="progress_queue"),)

    def __str__(self) -> str:
        return f"{self.measure_id} {self.reported_on} {self.get_review_display()}"

    @property
    def label_in_book(self) -> str:
        return f"{self.measure.label_in_book} {self.reported_on} 填报"

    @property
    def claims_completion(self) -> bool:
        return self.claim != Measure.State.ONGOING


class Evidence(Sourced):
    """A piece of evidence (佐证材料): a stable record whose file may have several numbered versions."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="evidence", verbose_name="措施")
    progress = models.ForeignKey(Progress, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name="填报")
    name = models.CharField("材料名称", max_length=160)
    effective_on = models.DateField("材料日期")

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        ordering = ("measure", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"{self.measure.label_in_book} 佐证材料《{self.name}》"


class EvidenceVersion(models.Model):
    """One file of a piece of evidence. The file lies in the private store under its SHA-256, so equal files are stored once."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="versions", verbose_name="佐证材料")
    number = models.PositiveSmallIntegerField("版次", default=1)
    filename = models.CharField("文件名", max_length=200)
    media_type = models.CharField("文件类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "材料版次"
        ordering = ("evidence", "-number")
        constraints = (
            models.UniqueConstraint(fields=("evidence", "number"), name="evidence_version_unique"),
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.filename} 第 {self.number} 版"

    @property
    def label_in_book(self) -> str:
        return f"{self.evidence.label_in_book} 第 {self.number} 版"

    @property
    def storage_name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256}"

    @property
    def extension(self) -> str:
        return self.filename.rpartition(".")[2].upper()


class Indicator(Sourced):
    """Something that is counted about an issue or a measure. People are counted, never named.

    A total names no parts; each part names its total, and the parts must add up to it (应退 = 已退 + 待退). ``outcome`` says of
    which figure of every dashboard it is a part; a part and its total never both.
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


class Extension(Sourced):
    """A request for a later due date, made before expiry; the original date stays on the measure (domain.md §1.4)."""

    class Decision(models.TextChoices):
        PENDING = "pending", "待审批"
        AGREED = "agreed", "同意延期"
        REFUSED = "refused", "不同意"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="extensions", verbose_name="措施")
    old_due_on = models.DateField("现时限")
    new_due_on = models.DateField("申请时限")
    reason = models.TextField("延期理由")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_on = models.DateField("申请日期")
    decision = models.CharField("审批", max_length=10, choices=Decision.choices, default=Decision.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批人")
    decided_on = models.DateField("审批日期", null=True, blank=True)
    opinion = models.TextField("审批意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "延期申请"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("measure",), condition=Q(decision="pending"), name="extension_one_pending"),
            models.CheckConstraint(condition=Q(new_due_on__gt=F("old_due_on")), name="extension_is_later"),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="extension_four_eyes"),
        )

    def __str__(self) -> str:
        return f"{self.measure_id} {self.old_due_on} → {self.new_due_on}"

    @property
    def label_in_book(self) -> str:
        return f"{self.measure.label_in_book} 延期申请"


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    ADD_MEASURE = "measures.add_measure", "制定措施"
    AMEND_MEASURE = "measures.amend_measure", "修改措施"
    ASSIGN_MEASURE = "measures.assign_measure", "明确分工和时限"
    REPORT = "measures.report_progress", "填报进展"
    APPROVE = "measures.approve", "审核通过"
    SEND_BACK = "measures.send_back", "退回补正"
    REQUEST_EXTENSION = "measures.request_extension", "申请延期"
    AGREE_EXTENSION = "measures.agree_extension", "同意延期"
    REFUSE_EXTENSION = "measures.refuse_extension", "不同意延期"
    ADD_INDICATOR = "measures.add_indicator", "登记指标"
    READ_INDICATOR = "measures.read_indicator", "登记成效数据"
    ADD_REGULATION = "measures.add_regulation", "登记制度"
    OVERRIDE_CALENDAR = "measures.override_calendar", "调整工作日"
    DOWNLOAD_EVIDENCE = "measures.download_evidence", "查阅佐证材料"
    EXPORT_REGISTER = "measures.export_register", "导出台账"
