"""Flags, the thresholds they go by, and when they were last derived."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.supervision.querysets import FlagQuerySet


class Thresholds(models.Model):
    """From how many days on a rule raises a flag, in one round. A round without a row goes by the defaults."""

    inspection = models.OneToOneField(Inspection, models.PROTECT, related_name="thresholds", verbose_name="轮次")
    grave_days = models.PositiveSmallIntegerField("逾期多少天为严重逾期", default=30, validators=[MinValueValidator(1)])
    stalled_days = models.PositiveSmallIntegerField("多少天没有进展为停滞", default=60, validators=[MinValueValidator(1)])
    returned_working_days = models.PositiveSmallIntegerField("退回后多少个工作日内补正", default=5, validators=[MinValueValidator(1)])
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "提示规则"

    def __str__(self) -> str:
        return f"{self.inspection} 提示规则"

    @property
    def label_in_book(self) -> str:
        return "提示规则"


class Flag(models.Model):
    """That a rule of timeliness holds of a measure, once per measure, kind, date and matter, however often the job runs.

    ``due_on`` is the date that the rule counts from or to (``rule`` says which); ``matter`` tells apart what may speak of one measure on
    one day: ``letter:5``, ``instalment:12``; empty for the measure itself. ``facts`` are the dates and numbers the rule used.
    ``to_tell``: nobody has been told yet; the job does so when it has come to the end of today.
    """

    class Kind(models.TextChoices):
        SOON = "soon", "临期"
        OVERDUE = "overdue", "逾期"
        GRAVE = "grave", "严重逾期"
        MISSED = "missed", "漏报"
        STALLED = "stalled", "停滞"
        RETURNED = "returned", "退回未改"
        UNANSWERED = "unanswered", "催办未复"
        UNPAID = "unpaid", "分期未到账"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="flags", verbose_name="措施")
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    due_on = models.DateField("依据日期")
    matter = models.CharField("事项", max_length=40, blank=True)
    rule = models.CharField("依据", max_length=200, blank=True)
    facts = models.JSONField("依据的日期和数字", default=dict, blank=True)
    raised_on = models.DateField("提示日期")
    cleared_on = models.DateField("解除日期", null=True, blank=True)
    cleared_because = models.CharField("解除原因", max_length=80, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="知悉人"
    )
    acknowledged_on = models.DateField("知悉日期", null=True, blank=True)
    note = models.CharField("知悉备注", max_length=300, blank=True)
    to_tell = models.BooleanField("尚待通知", default=False)

    objects = FlagQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提示"
        ordering = ("due_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=("measure", "kind", "due_on", "matter"), name="flag_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True, acknowledged_on__isnull=True, note="")
                | (Q(acknowledged_by__isnull=False, acknowledged_on__isnull=False) & ~Q(note="")),
                name="flag_acknowledged_with_a_note",
            ),
        )
        indexes = (
            models.Index(fields=("kind", "due_on"), name="flag_open", condition=Q(cleared_on__isnull=True)),
            models.Index(fields=("measure",), name="flag_to_tell", condition=Q(to_tell=True)),
        )

    def __str__(self) -> str:
        return f"{self.measure_id} {self.get_kind_display()} {self.due_on}"


class Derivation(models.Model):
    """When the flags of a round were last brought in line with its due dates, whether or not anything changed."""

    inspection = models.OneToOneField(Inspection, models.PROTECT, related_name="derivation", verbose_name="轮次")
    at = models.DateTimeField("更新时间")
    day = models.DateField("更新到", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "提示更新"

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.at:%Y-%m-%d %H:%M}"
