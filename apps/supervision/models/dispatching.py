"""Dispatch meetings (调度): an agenda of measures, taken through one by one, with what was decided about each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Activity, Inspection
from apps.measures.models import Measure
from apps.supervision.models.groups import Group
from apps.units.models import Sourced


class Dispatch(Sourced):
    """One dispatch meeting. When it is closed it is entered as an activity of the round, which the notice counts."""

    class State(models.TextChoices):
        PLANNED = "planned", "筹备中"
        UNDER_WAY = "under_way", "进行中"
        CLOSED = "closed", "已结束"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="dispatches", verbose_name="轮次")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="dispatches", verbose_name="督查组")
    title = models.CharField("会议名称", max_length=120)
    held_on = models.DateField("会议日期")
    place = models.CharField("地点", max_length=120, blank=True)
    chair = models.CharField("主持人", max_length=40)
    attendance = models.CharField("参会人员", max_length=300, blank=True)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.PLANNED)
    summary = models.TextField("会议小结", blank=True)
    activity = models.OneToOneField(Activity, models.PROTECT, null=True, blank=True, related_name="dispatch", verbose_name="会议活动")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发起人")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "调度会"
        ordering = ("-held_on", "-pk")

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return f"调度会“{self.title}”"


class DispatchItem(models.Model):
    """One measure on the agenda: why it is there, how it stood when the agenda was made, what was decided."""

    class Why(models.TextChoices):
        OVERDUE = "overdue", "逾期"
        SOON = "soon", "临期"
        RETURNED = "returned", "退回未改"
        CHOSEN = "chosen", "点名调度"

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="items", verbose_name="调度会")
    measure = models.ForeignKey(Measure, models.PROTECT, related_name="dispatch_items", verbose_name="措施")
    place = models.PositiveSmallIntegerField("次序")
    why = models.CharField("议题来源", max_length=10, choices=Why.choices)
    standing = models.CharField("提请调度时的情况", max_length=300)
    decision = models.TextField("议定事项", blank=True)
    asked_by = models.DateField("要求完成日期", null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="记录人")
    decided_at = models.DateTimeField("记录时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "调度议题"
        ordering = ("dispatch", "place")
        constraints = (
            models.UniqueConstraint(fields=("dispatch", "measure"), name="dispatch_item_once"),
            models.UniqueConstraint(fields=("dispatch", "place"), name="dispatch_item_place"),
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True)
                | (~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="dispatch_item_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.dispatch_id} {self.place}"
