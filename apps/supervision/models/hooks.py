"""Hooks 推送: other systems that are told of acts of a round as they happen, and each call that was made to one."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.issues.models import Inspection


class Hook(models.Model):
    """A receiver. ``cursor`` is the entry of the round's book up to which calls were made: the book is the outbox, for an entry is written
    in the transaction of its act. Address and secrets are kept encrypted; ``former`` is the secret that was replaced, good for a day."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="hooks", verbose_name="轮次")
    name = models.CharField("名称", max_length=60, unique=True)
    host = models.CharField("主机", max_length=260)
    address = models.TextField("地址（加密）")
    secret = models.TextField("密钥（加密）")
    former = models.TextField("原密钥（加密）", blank=True)
    former_until = models.DateTimeField("原密钥有效期", null=True, blank=True)
    events = models.JSONField("事件", default=list)
    cursor = models.PositiveIntegerField("已取到的台账序号", default=0)
    is_active = models.BooleanField("启用", default=True)
    quiet_until = models.DateTimeField("暂缓到", null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    made_at = models.DateTimeField("登记时间", auto_now_add=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "推送"
        ordering = ("-is_active", "name")

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"推送“{self.name}”"

    @property
    def signs_twice(self) -> bool:
        """Whether the former secret is still good beside the new one."""
        return self.former_until is not None and self.former_until > timezone.now()


class HookCall(models.Model):
    """One event for one receiver, told at least once: ``key`` is the same in every attempt, so that the receiver knows a repetition.

    ``body`` are the bytes that are signed. ``seq`` is the entry of the book; a test (试推送) has none.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待推送"
        SENDING = "sending", "推送中"
        DELIVERED = "delivered", "已送达"
        FAILED = "failed", "推送失败"

    hook = models.ForeignKey(Hook, models.PROTECT, related_name="calls", verbose_name="推送")
    key = models.UUIDField("编号", default=uuid.uuid4, unique=True)
    event = models.CharField("事件", max_length=60)
    seq = models.PositiveIntegerField("台账序号", null=True, blank=True)
    body = models.TextField("内容")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次推送时间", null=True, blank=True)
    claimed_at = models.DateTimeField("开始推送时间", null=True, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    status_code = models.PositiveSmallIntegerField("对方状态码", null=True, blank=True)
    milliseconds = models.PositiveIntegerField("用时（毫秒）", null=True, blank=True)
    error = models.CharField("失败原因", max_length=300, blank=True)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("hook", "seq"), name="hook_call_once"),)
        indexes = (models.Index(fields=("state", "next_try_at"), name="hook_call_open", condition=Q(state__in=("waiting", "sending"))),)

    def __str__(self) -> str:
        return f"{self.hook_id} {self.event} {self.seq}"

    @property
    def label_in_book(self) -> str:
        return f"{self.hook.label_in_book}的推送记录 {self.key}"
