"""Rounds with their categories and issues."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.issues.querysets import CategoryQuerySet, InspectionQuerySet, IssueQuerySet
from apps.ledgers.models import Book
from apps.ledgers.tracked import Tracked
from apps.units.models import Sourced, Unit


class Inspection(Sourced):
    """One round (design.md §3). Every other business row reaches exactly one.

    ``figures_until`` is the cut-off of the notice being drafted: readings older than it are marked (domain.md pain 8).
    ``reviewing_bodies`` sign every application to close an issue (会审, domain.md §1.2).
    """

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
    figures_until = models.DateField("数据截止日期", null=True, blank=True)
    reviewing_bodies = models.ManyToManyField(Unit, blank=True, related_name="reviewed_rounds", verbose_name="会审单位")
    time_zone = models.CharField("时区", max_length=40, default="Asia/Shanghai")
    version = models.PositiveIntegerField("版本", default=1)

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

    def local_date(self, moment: dt.datetime) -> dt.date:
        """The day on which a moment fell in the inspection's time zone."""
        return timezone.localdate(moment, zoneinfo.ZoneInfo(self.time_zone))


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


class Issue(Tracked, Sourced):
    """One problem of the feedback, numbered continuously over the categories of its inspection."""

    tracked = ("closure", "round", "lead_unit_id")

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
