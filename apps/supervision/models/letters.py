"""Supervision letters, the ladder they climb, what the unit answers."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models import Measure
from apps.supervision.models.groups import Group
from apps.supervision.querysets import LetterQuerySet
from apps.units.models import Sourced, Unit


class LadderLevel(models.Model):
    """One level of a round's ladder of letters (督查单), by ``rank`` from the mildest. A round without rows goes by the default ladder
    提醒 → 蓝 → 橙 → 红 → 约谈建议 (domain.md §2.2). ``senders`` are codes of ``Sender``."""

    class Colour(models.TextChoices):
        PLAIN = "plain", "无色"
        BLUE = "blue", "蓝"
        ORANGE = "orange", "橙"
        RED = "red", "红"

    class Sender(models.TextChoices):
        OFFICE = "office", "整改办"
        GROUP = "group", "督查组成员"
        HEAD = "head", "督查组值班负责人"
        LEADER = "leader", "领导"

    class Receiver(models.TextChoices):
        LIAISON = "liaison", "单位联络员"
        HEAD = "head", "单位主要负责人"
        LEADER = "leader", "单位主要负责人，抄送分管领导"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="ladder", verbose_name="轮次")
    rank = models.PositiveSmallIntegerField("级次")
    code = models.CharField("代码", max_length=20)
    name = models.CharField("名称", max_length=40)
    colour = models.CharField("颜色", max_length=10, choices=Colour.choices, default=Colour.PLAIN)
    senders = models.JSONField("谁可以发", default=list)
    receiver = models.CharField("发给谁", max_length=10, choices=Receiver.choices, default=Receiver.LIAISON)
    reply_working_days = models.PositiveSmallIntegerField("回复期限（工作日）", validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = verbose_name_plural = "督查单级别"
        ordering = ("inspection", "rank")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "rank"), name="ladder_rank_unique"),
            models.UniqueConstraint(fields=("inspection", "code"), name="ladder_code_unique"),
            models.UniqueConstraint(fields=("inspection", "name"), name="ladder_name_unique"),
        )

    def __str__(self) -> str:
        return self.name


class Letter(Sourced):
    """A supervision letter (督查单) to one unit about one or more of its measures, signed for by the unit and answered."""

    class Level(models.TextChoices):
        """The codes of the default ladder; a round may have others (``LadderLevel``)."""

        REMIND = "remind", "提醒函"
        BLUE = "blue", "蓝色督查单"
        ORANGE = "orange", "橙色督查单"
        RED = "red", "红色督查单"
        TALK = "talk", "约谈建议书"

    class State(models.TextChoices):
        SENT = "sent", "待签收"
        SIGNED = "signed", "已签收"
        ANSWERED = "answered", "已回复"
        CLOSED = "closed", "已办结"
        ESCALATED = "escalated", "已升级"

    WAITING = (State.SENT, State.SIGNED)

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="letters", verbose_name="轮次")
    year = models.PositiveSmallIntegerField("年份")
    number = models.PositiveSmallIntegerField("编号")
    level = models.CharField("级别代码", max_length=20)
    title = models.CharField("级别", max_length=40)
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
    escalated_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="escalated_to", verbose_name="升级自")
    answer = models.TextField("回复内容", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回复人"
    )
    answered_on = models.DateField("回复日期", null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办结人")
    closed_on = models.DateField("办结日期", null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督查单"
        ordering = ("-year", "-number")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "year", "number"), name="letter_number_unique"),
            models.CheckConstraint(
                condition=Q(state__in=("sent", "escalated")) | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="letter_signed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("answered", "closed")) | Q(answered_by__isnull=False, answered_on__isnull=False),
                name="letter_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_by__isnull=False, closed_on__isnull=False), name="letter_closed_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title} {self.doc_number}"

    @property
    def doc_number(self) -> str:
        """文号 as offices write it: 〔2026〕3号."""
        return f"〔{self.year}〕{self.number}号"

    @property
    def label_in_book(self) -> str:
        return str(self)

    def is_late(self, today: dt.date) -> bool:
        """Whether the reply is overdue: the day of ``reply_by`` itself is not late."""
        return self.state in self.WAITING and self.reply_by < today


class Reply(models.Model):
    """One answer to a letter, and what the group said about it (``accepted`` None: not checked yet)."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="replies", verbose_name="督查单")
    text = models.TextField("回复内容")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="回复人")
    answered_on = models.DateField("回复日期")
    accepted = models.BooleanField("核验通过", null=True, blank=True)
    opinion = models.TextField("核验意见", blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核验人")
    checked_on = models.DateField("核验日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "督查单回复"
        ordering = ("letter", "pk")
        constraints = (
            models.UniqueConstraint(fields=("letter",), condition=Q(accepted__isnull=True), name="reply_one_unchecked"),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True, checked_by__isnull=True, checked_on__isnull=True)
                | Q(accepted__isnull=False, checked_by__isnull=False, checked_on__isnull=False),
                name="reply_checked_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.letter_id} {self.answered_on}"

    @property
    def label_in_book(self) -> str:
        return f"{self.letter} {self.answered_on} 回复"


class Escalation(models.Model):
    """A proposal (建议升级) that a letter left without an answer be followed by one of the next level. A person sends or declines it."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        SENT = "sent", "已发出"
        DECLINED = "declined", "不升级"
        LAPSED = "lapsed", "已回复，不再需要"

    letter = models.OneToOneField(Letter, models.PROTECT, related_name="escalation", verbose_name="督查单")
    level = models.CharField("建议级别代码", max_length=20)
    title = models.CharField("建议级别", max_length=40)
    proposed_on = models.DateField("提出日期")
    because = models.CharField("原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人")
    decided_on = models.DateField("处理日期", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "升级建议"
        ordering = ("-proposed_on", "-pk")

    def __str__(self) -> str:
        return f"{self.letter_id} → {self.title}"

    @property
    def label_in_book(self) -> str:
        return f"{self.letter} 升级建议"
