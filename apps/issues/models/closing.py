"""Closing an issue (销号), and looking back at it (回头看)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.issues.models.rounds import Inspection, Issue
from apps.issues.querysets import ClosureQuerySet, LookBackQuerySet, SignOffQuerySet
from apps.units.models import Sourced, Unit


class Closure(Sourced):
    """One application to close an issue (销号) and its decision; ``content_hash`` is of what was applied for (services.content_of).

    ``reasons`` answers the warnings of the rule catalogue: rule id → why the application is made all the same.
    """

    class Decision(models.TextChoices):
        PENDING = "pending", "待审定"
        AGREED = "agreed", "同意销号"
        RETURNED = "returned", "退回"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="closures", verbose_name="问题")
    round = models.PositiveSmallIntegerField("轮")
    statement = models.TextField("完成情况说明")
    reasons = models.JSONField("提示事项说明", default=dict, blank=True)
    content_hash = models.CharField("申请内容指纹", max_length=64)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    applied_on = models.DateField("申请日期")
    decision = models.CharField("审定结果", max_length=10, choices=Decision.choices, default=Decision.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审定人")
    decided_on = models.DateField("审定日期", null=True, blank=True)
    opinion = models.TextField("审定意见", blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "销号申请"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("issue",), condition=Q(decision="pending"), name="closure_one_pending"),
            models.UniqueConstraint(fields=("issue", "round"), condition=Q(decision="agreed"), name="closure_once_a_round"),
            models.CheckConstraint(
                condition=Q(decision="pending", decided_by__isnull=True, decided_on__isnull=True)
                | Q(decision__in=("agreed", "returned"), decided_by__isnull=False, decided_on__isnull=False),
                name="closure_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("applied_by")), name="closure_four_eyes"),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} 第 {self.round} 轮 {self.get_decision_display()}"

    @property
    def label_in_book(self) -> str:
        return f"{self.issue.label_in_book}（第 {self.round} 轮销号）"


class SignOff(Sourced):
    """What one reviewing body says of an application (会审): agreed, or returned with a supplementary requirement.

    ``content_hash`` is of what the body saw; a later change of the issue voids the signature visibly (domain.md pain 15).
    """

    class Decision(models.TextChoices):
        PENDING = "pending", "待会审"
        AGREED = "agreed", "同意"
        RETURNED = "returned", "退回补充"

    closure = models.ForeignKey(Closure, models.PROTECT, related_name="sign_offs", verbose_name="销号申请")
    body = models.ForeignKey(Unit, models.PROTECT, related_name="sign_offs", verbose_name="会审单位")
    decision = models.CharField("会审意见", max_length=10, choices=Decision.choices, default=Decision.PENDING)
    requirement = models.TextField("补充要求", blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签署人")
    signed_on = models.DateField("签署日期", null=True, blank=True)
    content_hash = models.CharField("会审内容指纹", max_length=64, blank=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会审签署"
        ordering = ("closure", "pk")
        constraints = (
            models.UniqueConstraint(fields=("closure", "body"), name="sign_off_once_a_body"),
            models.CheckConstraint(
                condition=Q(decision="pending", signed_by__isnull=True, signed_on__isnull=True)
                | Q(decision__in=("agreed", "returned"), signed_by__isnull=False, signed_on__isnull=False),
                name="sign_off_signed_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.closure_id} {self.body_id} {self.get_decision_display()}"

    @property
    def label_in_book(self) -> str:
        return f"{self.closure.label_in_book} {self.body.short_name}会审"


class LookBackDraw(Sourced):
    """A sample of closed issues to look back at. Seed and candidates are kept, so that anybody can repeat the draw.

    ``candidates``: what could be drawn, in order, each with number, unit, weight and the reasons of the weight.
    """

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="look_back_draws", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("序号")
    seed = models.CharField("随机种子", max_length=64)
    size = models.PositiveSmallIntegerField("抽取数量")
    planned_on = models.DateField("开展日期")
    candidates = models.JSONField("备选问题", default=list)
    drawn = models.JSONField("抽中问题编号", default=list)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="抽取人")
    drawn_on = models.DateField("抽取日期")

    class Meta:
        verbose_name = verbose_name_plural = "回头看抽取"
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("inspection", "number"), name="look_back_draw_number_unique"),)

    def __str__(self) -> str:
        return f"第 {self.number} 次抽取"

    @property
    def label_in_book(self) -> str:
        return f"第 {self.number} 次回头看抽取"


class LookBack(Sourced):
    """A later look (回头看) at a closed issue; a relapse re-opens the issue as the next round, the old closure stays."""

    class Finding(models.TextChoices):
        PLANNED = "planned", "待开展"
        HOLDS = "holds", "整改巩固"
        RELAPSED = "relapsed", "反弹"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="look_backs", verbose_name="问题")
    round = models.PositiveSmallIntegerField("轮")
    planned_on = models.DateField("计划日期")
    draw = models.ForeignKey(LookBackDraw, models.PROTECT, null=True, blank=True, related_name="look_backs", verbose_name="抽取")
    held_on = models.DateField("开展日期", null=True, blank=True)
    finding = models.CharField("结果", max_length=10, choices=Finding.choices, default=Finding.PLANNED)
    note = models.TextField("核查情况", blank=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核查人")

    objects = LookBackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回头看"
        ordering = ("planned_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=("issue", "round", "planned_on"), name="look_back_once_a_day"),
            models.CheckConstraint(
                condition=Q(finding="planned") | Q(held_on__isnull=False, held_by__isnull=False), name="look_back_held_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} 回头看 {self.planned_on}"

    @property
    def label_in_book(self) -> str:
        return f"{self.issue.label_in_book} 回头看"
