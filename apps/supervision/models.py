"""Supervision groups, the flags they get, the letters they send, the checks they make on site."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.supervision.querysets import FlagQuerySet, LetterQuerySet
from apps.units.models import Sourced, Unit


class Group(Sourced):
    """A special supervision group (专项督查组): its members and the units it covers. A supervisor in no group is a leader and sees all."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="supervision_groups", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("名称", max_length=60)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, related_name="led_groups", verbose_name="牵头单位")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="supervision_groups", verbose_name="成员")
    units = models.ManyToManyField(Unit, blank=True, related_name="supervision_groups", verbose_name="负责单位")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "督查组"
        ordering = ("inspection", "number")
        constraints = (models.UniqueConstraint(fields=("inspection", "number"), name="group_number_unique"),)

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return self.name


class Flag(models.Model):
    """That a measure is due soon or overdue, once per measure, kind and due date, however often the job runs."""

    class Kind(models.TextChoices):
        SOON = "soon", "临期"
        OVERDUE = "overdue", "逾期"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="flags", verbose_name="措施")
    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    due_on = models.DateField("整改时限")
    raised_on = models.DateField("提示日期")
    cleared_on = models.DateField("解除日期", null=True, blank=True)
    cleared_because = models.CharField("解除原因", max_length=80, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提示"
        ordering = ("due_on", "pk")
        constraints = (models.UniqueConstraint(fields=("measure", "kind", "due_on"), name="flag_once"),)
        indexes = (models.Index(fields=("kind", "due_on"), name="flag_open", condition=Q(cleared_on__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.measure_id} {self.get_kind_display()} {self.due_on}"


class Derivation(models.Model):
    """When the flags of a round were last brought in line with its due dates, whether or not anything changed."""

    inspection = models.OneToOneField(Inspection, models.PROTECT, related_name="derivation", verbose_name="轮次")
    at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = verbose_name_plural = "提示更新"

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.at:%Y-%m-%d %H:%M}"


class Letter(Sourced):
    """A supervision letter (督查单) to one unit about one or more of its measures, signed for by the unit and answered."""

    class Level(models.TextChoices):
        BLUE = "blue", "蓝色督查单"
        ORANGE = "orange", "橙色督查单"
        RED = "red", "红色督查单"

    class State(models.TextChoices):
        SENT = "sent", "待签收"
        SIGNED = "signed", "已签收"
        ANSWERED = "answered", "已回复"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="letters", verbose_name="轮次")
    year = models.PositiveSmallIntegerField("年份")
    number = models.PositiveSmallIntegerField("编号")
    level = models.CharField("级别", max_length=10, choices=Level.choices)
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="letters", verbose_name="督查组")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="letters", verbose_name="受文单位")
    measures = models.ManyToManyField(Measure, related_name="letters", verbose_name="督办措施")
    requirement = models.TextField("督办要求")
    reply_by = models.DateField("回复期限")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.SENT)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发出人")
    sent_on = models.DateField("发出日期")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签收人")
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    answer = models.TextField("回复内容", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回复人"
    )
    answered_on = models.DateField("回复日期", null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督查单"
        ordering = ("-year", "-number")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "year", "number"), name="letter_number_unique"),
            models.CheckConstraint(
                condition=Q(state="sent") | Q(signed_by__isnull=False, signed_at__isnull=False), name="letter_signed_by_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_by__isnull=False, answered_on__isnull=False), name="letter_answered_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.doc_number}"

    @property
    def doc_number(self) -> str:
        """文号 as offices write it: 〔2026〕3号."""
        return f"〔{self.year}〕{self.number}号"

    @property
    def label_in_book(self) -> str:
        return str(self)

    def is_late(self, today: dt.date) -> bool:
        """Whether the reply is overdue: the day of ``reply_by`` itself is not late."""
        return self.state != self.State.ANSWERED and self.reply_by < today


class SiteCheck(Sourced):
    """What a group saw on site about one measure: the third track of completion (checked)."""

    class Finding(models.TextChoices):
        TRUE = "true", "属实"
        PARTLY = "partly", "部分属实"
        FALSE = "false", "不实"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="site_checks", verbose_name="措施")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="site_checks", verbose_name="督查组")
    checked_on = models.DateField("核查日期")
    finding = models.CharField("核查结论", max_length=10, choices=Finding.choices)
    note = models.TextField("核查情况")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核查人")

    class Meta:
        verbose_name = verbose_name_plural = "现场核查"
        ordering = ("-checked_on", "-pk")

    def __str__(self) -> str:
        return f"{self.measure_id} {self.checked_on} {self.get_finding_display()}"


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    FORM_GROUP = "supervision.form_group", "组建督查组"
    REFORM_GROUP = "supervision.reform_group", "调整督查组"
    RAISE_FLAG = "supervision.raise_flag", "提示"
    CLEAR_FLAG = "supervision.clear_flag", "解除提示"
    SEND_LETTER = "supervision.send_letter", "发出督查单"
    SIGN_LETTER = "supervision.sign_letter", "签收督查单"
    ANSWER_LETTER = "supervision.answer_letter", "回复督查单"
    CHECK_SITE = "supervision.check_site", "现场核查"
