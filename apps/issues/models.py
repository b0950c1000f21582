"""Inspections, their categories and issues; activities of the round; closures and look-backs."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.issues.querysets import ActivityQuerySet, CategoryQuerySet, ClosureQuerySet, InspectionQuerySet, IssueQuerySet
from apps.ledgers.models import Book
from apps.units.models import Sourced, Unit


class Inspection(Sourced):
    """One round (design.md §3). Every other business row reaches exactly one."""

    class Level(models.TextChoices):
        CENTRAL = "central", "中央"
        PROVINCE = "province", "省委"
        CITY = "city", "市委"
        COUNTY = "county", "区县委"

    class Kind(models.TextChoices):
        XUNSHI = "xunshi", "巡视"
        XUNCHA = "xuncha", "巡察"

    class Cadence(models.TextChoices):
        HALF_MONTH = "half_month", "每半月"
        MONTH = "month", "每月"
        QUARTER = "quarter", "每季度"

    book = models.OneToOneField(Book, models.PROTECT, related_name="inspection", verbose_name="台账")
    name = models.CharField("名称", max_length=120, unique=True)
    level = models.CharField("层级", max_length=10, choices=Level.choices)
    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    inspecting_body = models.CharField("巡视（巡察）机构", max_length=80)
    inspected_body = models.CharField("被巡视（巡察）党组织", max_length=80)
    on_site_from = models.DateField("进驻日期")
    on_site_to = models.DateField("离开日期")
    feedback_on = models.DateField("反馈日期")
    concentrated_months = models.PositiveSmallIntegerField("集中整改期（月）", default=6, validators=[MinValueValidator(1)])
    report_every = models.CharField("填报周期", max_length=12, choices=Cadence.choices, default=Cadence.MONTH)
    soon_working_days = models.PositiveSmallIntegerField("临期提前（工作日）", default=5)
    time_zone = models.CharField("时区", max_length=40, default="Asia/Shanghai")

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "巡视轮次"
        ordering = ("-feedback_on", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(on_site_to__gte=F("on_site_from")), name="inspection_leaves_after_coming"),
            models.CheckConstraint(condition=Q(feedback_on__gte=F("on_site_to")), name="inspection_feedback_after_leaving"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return self.name

    @property
    def register_title(self) -> str:
        """What the book and the exports of the round are called; many rounds are named “…整改” already."""
        return f"{self.name.removesuffix('整改')}整改台账"

    def today(self) -> dt.date:
        """The local date in the inspection's time zone: what “due today” means."""
        return timezone.localdate(timezone=zoneinfo.ZoneInfo(self.time_zone))


class Category(Sourced):
    """One of the aspects (方面) under which the feedback groups its issues."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="categories", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("方面", max_length=200)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "方面"
        ordering = ("inspection", "number")
        constraints = (models.UniqueConstraint(fields=("inspection", "number"), name="category_number_unique"),)

    def __str__(self) -> str:
        return f"（{self.chinese_number}）{self.title}"

    @property
    def chinese_number(self) -> str:
        """一 … 十九: how Chinese documents number their second level."""
        digits = "零一二三四五六七八九"
        if self.number <= len(digits) - 1:
            return digits[self.number]
        return f"{'' if self.number < 20 else digits[self.number // 10]}十{digits[self.number % 10] if self.number % 10 else ''}"

    @property
    def label_in_book(self) -> str:
        return str(self)


class Issue(Sourced):
    """One problem of the feedback, numbered continuously over the categories of its inspection."""

    class ClosureState(models.TextChoices):
        OPEN = "open", "整改中"
        APPLIED = "applied", "申请销号"
        CLOSED = "closed", "已销号"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="issues", verbose_name="轮次")
    category = models.ForeignKey(Category, models.PROTECT, related_name="issues", verbose_name="方面")
    number = models.PositiveSmallIntegerField("问题编号")
    title = models.CharField("整改事项", max_length=120)
    finding = models.TextField("反馈问题")
    goal = models.TextField("整改目标", blank=True)
    lead_official = models.CharField("责任领导", max_length=80, blank=True)
    led_by_secretary = models.BooleanField("书记领办", default=False)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, related_name="led_issues", verbose_name="牵头单位")
    supporting_units = models.ManyToManyField(Unit, blank=True, related_name="supported_issues", verbose_name="配合单位")
    prior_issue = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="repeats", verbose_name="以往同类问题")
    closure = models.CharField("销号状态", max_length=10, choices=ClosureState.choices, default=ClosureState.OPEN)
    round = models.PositiveSmallIntegerField("轮", default=1)
    version = models.PositiveIntegerField("版本", default=1)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ("inspection", "number")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "number"), name="issue_number_unique"),
            models.CheckConstraint(condition=Q(closure__in=("open", "applied", "closed")), name="issue_closure_known"),
        )
        indexes = (models.Index(fields=("inspection", "closure"), name="issue_closure"),)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def label_in_book(self) -> str:
        return f"问题 {self.number} {self.title}"


class Activity(Sourced):
    """A meeting, dispatch or inspection of the round; the “6次” of a notice is a count of these."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee", "常委会会议"
        LEADING_GROUP = "leading_group", "领导小组会议"
        TOPIC = "topic", "专题会"
        DEMOCRATIC_LIFE = "democratic_life", "专题民主生活会"
        INSPECTION_WORK = "inspection_work", "巡视整改会议"
        DISPATCH = "dispatch", "调度会"
        SITE = "site", "实地督查"
        TALK = "talk", "约谈"
        TRAINING = "training", "培训"
        WARNING = "warning", "警示教育"
        CAMPAIGN = "campaign", "专项行动"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="activities", verbose_name="轮次")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name="问题")
    kind = models.CharField("类型", max_length=16, choices=Kind.choices)
    title = models.CharField("名称", max_length=160)
    held_on = models.DateField("日期", null=True, blank=True)
    attendance = models.CharField("参加人员", max_length=200, blank=True)
    decided = models.TextField("议定事项", blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议活动"
        ordering = ("inspection", "held_on", "pk")

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return self.title


class Closure(Sourced):
    """One application to close an issue (销号) and its decision; ``content_hash`` is of what was applied for (services.content_of)."""

    class Decision(models.TextChoices):
        PENDING = "pending", "待审定"
        AGREED = "agreed", "同意销号"
        RETURNED = "returned", "退回"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="closures", verbose_name="问题")
    round = models.PositiveSmallIntegerField("轮")
    statement = models.TextField("完成情况说明")
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


class LookBack(Sourced):
    """A later look (回头看) at a closed issue; a relapse re-opens the issue as the next round, the old closure stays."""

    class Finding(models.TextChoices):
        PLANNED = "planned", "待开展"
        HOLDS = "holds", "整改巩固"
        RELAPSED = "relapsed", "反弹"

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="look_backs", verbose_name="问题")
    round = models.PositiveSmallIntegerField("轮")
    planned_on = models.DateField("计划日期")
    held_on = models.DateField("开展日期", null=True, blank=True)
    finding = models.CharField("结果", max_length=10, choices=Finding.choices, default=Finding.PLANNED)
    note = models.TextField("核查情况", blank=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核查人")

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


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    OPEN_INSPECTION = "issues.open_inspection", "建立轮次"
    ADD_CATEGORY = "issues.add_category", "登记方面"
    ADD_ISSUE = "issues.add_issue", "登记问题"
    AMEND_ISSUE = "issues.amend_issue", "修改问题"
    ASSIGN_ISSUE = "issues.assign_issue", "明确分工"
    RECORD_ACTIVITY = "issues.record_activity", "登记会议活动"
    APPLY_CLOSURE = "issues.apply_closure", "提请销号"
    AGREE_CLOSURE = "issues.agree_closure", "审定销号"
    RETURN_CLOSURE = "issues.return_closure", "退回销号申请"
    HOLD_LOOK_BACK = "issues.hold_look_back", "回头看"
    REOPEN = "issues.reopen", "反弹重开"
