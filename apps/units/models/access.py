"""How programs come in: tokens of a person, and what was answered to a request that may come again."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.units.querysets import TokenQuerySet


class Scope(models.TextChoices):
    """What a token may be used for; beside it, the rights of its owner hold as on the pages. All but READ are named as the rooms are."""

    READ = "read", "读取"
    ISSUES = "issues", "办理轮次、问题、会议活动、销号和回头看"
    MEASURES = "measures", "办理措施、填报、延期、移交、成效和制度"
    SUPERVISION = "supervision", "办理督查、督查单、调度、渠道和推送"
    REPORTS = "reports", "办理通报和群众反馈"
    UNITS = "units", "办理单位、账号和本人消息"


class ApiToken(models.Model):
    """A key of one person for one program. The key itself is shown once, when it is made: the table holds its SHA-256.

    ``by_password``: fetched with the password at ``/api/v1/token/``; the next one fetched so ends it.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens", verbose_name="所有人")
    name = models.CharField("用途", max_length=60)
    start = models.CharField("开头", max_length=8)
    digest = models.CharField("SHA-256", max_length=64, unique=True)
    scopes = models.JSONField("授权范围", default=list)
    by_password = models.BooleanField("用密码换取", default=False)
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    expires_at = models.DateTimeField("到期时间")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人")

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_token_revoked_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"接口令牌“{self.name}”（{self.start}…）"

    @property
    def scope_words(self) -> list[str]:
        return [str(Scope(code).label) for code in Scope.values if code in self.scopes]

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def state(self) -> str:
        """In words, as the page says it."""
        if self.revoked_at is not None:
            return "已撤销"
        return "有效" if self.is_valid else "已过期"


class KeptAnswer(models.Model):
    """The answer to a request that named an idempotency key: whoever asks the same again within a day gets it again, and nothing is done
    twice. The body is kept encrypted, for it may hold what is shown once."""

    LIFE = dt.timedelta(days=1)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="办理人")
    key = models.CharField("Idempotency-Key", max_length=255)
    asked = models.CharField("请求指纹", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", default=0)
    tag = models.CharField("ETag", max_length=80, blank=True)
    body = models.TextField("答复（加密）", blank=True)
    kept_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "已答复的请求"
        constraints = (models.UniqueConstraint(fields=("owner", "key"), name="kept_answer_once"),)

    def __str__(self) -> str:
        return self.key
