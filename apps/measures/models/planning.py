"""What has to be done, by whom and by when; the calendar behind the deadlines."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from apps.issues.models import DecidedItem, Issue
from apps.ledgers.tracked import Tracked
from apps.measures.querysets import MeasureQuerySet
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


class Measure(Tracked, Sourced):
    """One measure of an issue; its number on screen is ``63-2``.

    ``stopped_on`` is the day on which the clock stopped: that of the report which claims completion, while it waits for
    review and for good once approved; a return clears it. Timeliness is derived from it, ``due_on`` and today, never stored.
    A long-term measure (长期坚持) that is stage-complete has a stage goal and comes back on ``next_review_on`` (domain.md §1.4);
    once it is back the date is empty and the goal is that of the stage it is in. ``assigned_on`` is the day since which the lead
    unit answers for it: reports are owed from the next period on (cadence.py).
    """

    tracked = ("progress", "stopped_on", "due_on", "original_due_on", "lead_unit_id", "pace")

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
    assigned_on = models.DateField("分工日期", null=True, blank=True)
    progress = models.CharField("进展状态", max_length=12, choices=State.choices, default=State.NOT_STARTED)
    stopped_on = models.DateField("办结日期", null=True, blank=True)
    stage_goal = models.CharField("阶段目标", max_length=300, blank=True)
    next_review_on = models.DateField("下次复核日期", null=True, blank=True)
    decided_item = models.ForeignKey(DecidedItem, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="议定事项")
    version = models.PositiveIntegerField("版本", default=1)

    objects = MeasureQuerySet.as_manager()

    # annotated by MeasureQuerySet.for_register
    mark: str
    last_text: str | None
    last_as_of: dt.date | None
    last_review: str | None
    last_unfounded_on: dt.date | None
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

    def days_late(self, today: dt.date) -> int:
        """Calendar days after the due date; the due day itself is not late; counting ends on the day the clock stopped."""
        if self.due_on is None:
            return 0
        return max(0, ((self.stopped_on or today) - self.due_on).days)

    def is_overdue(self, today: dt.date) -> bool:
        return self.stopped_on is None and self.days_late(today) > 0
