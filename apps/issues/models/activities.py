"""Meetings and other activities."""

from __future__ import annotations

from django.db import models

from apps.issues.models.rounds import Inspection, Issue
from apps.issues.querysets import ActivityQuerySet
from apps.units.models import Sourced


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


class DecidedItem(models.Model):
    """One thing that a meeting decided (议定事项); it can become a measure."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="items", verbose_name="会议活动")
    ordinal = models.PositiveSmallIntegerField("序号")
    text = models.TextField("议定事项")

    class Meta:
        verbose_name = verbose_name_plural = "议定事项"
        ordering = ("activity", "ordinal")
        constraints = (models.UniqueConstraint(fields=("activity", "ordinal"), name="decided_item_ordinal_unique"),)

    def __str__(self) -> str:
        return f"{self.ordinal} {self.text[:30]}"

    @property
    def label_in_book(self) -> str:
        return f"{self.activity.title} 议定事项 {self.ordinal}"
