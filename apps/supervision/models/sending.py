"""How notifications leave the house: the office's own channels, and one digest per person or channel and day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Channel(models.Model):
    """An outside channel (企业微信, 钉钉, 飞书 …) that the office has set up. Its address holds a secret and is kept encrypted."""

    name = models.CharField("名称", max_length=60, unique=True)
    scheme = models.CharField("类型", max_length=20)
    secret = models.TextField("地址（加密）")
    audience = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="channels", verbose_name="汇总哪些人的消息")
    is_active = models.BooleanField("启用", default=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "通知渠道"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"通知渠道“{self.name}”"


class Delivery(models.Model):
    """One digest: to a person by e-mail (``channel`` None), or to a channel (``recipient`` None). At most one a day, sent at most once.

    It is claimed (SENDING) in a transaction of its own before anything leaves. UNCERTAIN: the connection broke after the message had
    been handed over and before the other side said so; it is not sent again by itself, a person decides.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        UNCERTAIN = "uncertain", "结果不明"
        FAILED = "failed", "发送失败"

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name="收件人"
    )
    channel = models.ForeignKey(Channel, models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name="渠道")
    day = models.DateField("日期")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次发送时间", null=True, blank=True)
    claimed_at = models.DateTimeField("开始发送时间", null=True, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    error = models.CharField("失败原因", max_length=300, blank=True)
    message_id = models.CharField("邮件标识", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知发送"
        ordering = ("-day", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("recipient", "day"), condition=Q(channel__isnull=True), name="delivery_once_a_person"),
            models.UniqueConstraint(fields=("channel", "day"), condition=Q(recipient__isnull=True), name="delivery_once_a_channel"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, channel__isnull=True) | Q(recipient__isnull=True, channel__isnull=False),
                name="delivery_to_a_person_or_channel",
            ),
        )
        indexes = (models.Index(fields=("state", "next_try_at"), name="delivery_due"),)

    def __str__(self) -> str:
        return f"{self.day} {self.recipient_id or self.channel_id}"

    @property
    def label_in_book(self) -> str:
        return f"{self.day} 通知发送"
