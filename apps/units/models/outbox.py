"""The outbox of notifications: what a person is to know, put in the same transaction as the act that causes it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.http import url_has_allowed_host_and_scheme

from apps.units.querysets import NotificationQuerySet


class Notification(models.Model):
    """One thing one person is to know: unique by recipient, kind, subject and day, however often it is put.

    ``title`` and ``path`` are for the bell inside the house. ``number`` is all that may leave it in an outside channel: a measure's, an
    issue's or a letter's number, nothing confidential (issue 4).
    """

    class Kind(models.TextChoices):
        FLAG = "flag", "提示"
        LETTER = "letter", "督查单"
        ANSWER = "answer", "督查单回复"
        ESCALATION = "escalation", "升级建议"
        RETURNED = "returned", "退回补正"
        APPROVED = "approved", "审核通过"
        REVIEW = "review", "待审核"
        EXTENSION = "extension", "延期申请"
        CLOSURE = "closure", "销号"
        SITE_CHECK = "site_check", "实地督查"
        DISPATCH = "dispatch", "调度会"
        UNCOVERED = "uncovered", "无人督查的单位"
        PAUSED = "paused", "提示暂停"
        FAILURE = "failure", "后台任务失败"
        NOTICE = "notice", "通报"
        FEEDBACK = "feedback", "群众反馈"

    ABOUT_THE_HOUSE = (Kind.FAILURE,)

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications", verbose_name="收件人")
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    subject_type = models.CharField("对象类型", max_length=40)
    subject_id = models.PositiveBigIntegerField("对象编号")
    day = models.DateField("日期")
    title = models.CharField("内容", max_length=200)
    number = models.CharField("编号", max_length=60)
    path = models.CharField("地址", max_length=200)
    put_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("recipient", "kind", "subject_type", "subject_id", "day"), name="notification_once_a_day"),
        )
        indexes = (
            models.Index(fields=("recipient",), name="notification_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=("day", "recipient"), name="notification_digest"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_read(self) -> bool:
        return self.read_at is not None

    @property
    def leads_inside(self) -> bool:
        """Whether the address is a path of this site; a page that opens it goes nowhere else."""
        return self.path.startswith("/") and url_has_allowed_host_and_scheme(self.path, allowed_hosts=None)
