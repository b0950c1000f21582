"""What was done, as the unit reports it and the office reviews it, with the evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.measures.models.files import StoredFile
from apps.measures.models.planning import Measure
from apps.measures.querysets import EvidenceQuerySet, ProgressQuerySet
from apps.units.models import Sourced


class Progress(Sourced):
    """One report by the unit on a measure, and its review by the office."""

    UNFOUNDED = "实地督查认定不实"

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
    is_vouched_for = models.BooleanField("真实性承诺", default=False)
    stage_goal = models.CharField("下一阶段目标", max_length=300, blank=True)
    next_review_on = models.DateField("下次复核日期", null=True, blank=True)
    resubmits = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="resubmissions", verbose_name="补正自")
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人")
    reported_on = models.DateField("填报日期")
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="受理人")
    claimed_at = models.DateTimeField("受理时间", null=True, blank=True)
    review = models.CharField("审核", max_length=10, choices=Review.choices, default=Review.PENDING)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    reviewed_on = models.DateField("审核日期", null=True, blank=True)
    requirement = models.TextField("审核意见", blank=True)
    content_hash = models.CharField("审核内容指纹", max_length=64, blank=True)
    unfounded_on = models.DateField("现场核查不实日期", null=True, blank=True)
    """An approved claim of completion that a check on site found untrue: it stays on record and counts no longer."""

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
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True) | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="progress_claimed_by_somebody",
            ),
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

    @property
    def counts(self) -> bool:
        """As ``ProgressQuerySet.counting`` has it."""
        return self.review == self.Review.APPROVED and self.unfounded_on is None

    @property
    def standing(self) -> str:
        """What its review made of it, or the check on site that found it untrue."""
        return self.get_review_display() if self.unfounded_on is None else self.UNFOUNDED


class Evidence(Sourced):
    """A piece of evidence (佐证材料): a stable record whose file may have several numbered versions."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="evidence", verbose_name="措施")
    progress = models.ForeignKey(Progress, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name="填报")
    name = models.CharField("材料名称", max_length=160)
    effective_on = models.DateField("材料日期")
    description = models.CharField("材料说明", max_length=300, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        ordering = ("measure", "pk")

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"{self.measure.label_in_book} 佐证材料《{self.name}》"


class EvidenceVersion(StoredFile):
    """One file of a piece of evidence. The file lies in the private store under its SHA-256, so equal files are stored once."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="versions", verbose_name="佐证材料")
    number = models.PositiveSmallIntegerField("版次", default=1)
    note = models.CharField("更新说明", max_length=300, blank=True)
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
