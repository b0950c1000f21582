"""Links that open the wall chart on a screen without a sign-in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.issues.models import Inspection
from apps.supervision.models.groups import Group
from apps.units.models import Sourced


class ScreenLink(Sourced):
    """A read-only link to the wall chart of a round, or of one group's part of it; it expires. Only the SHA-256 of its token is kept."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="screens", verbose_name="轮次")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="screens", verbose_name="督查组")
    name = models.CharField("屏幕名称", max_length=60)
    token_hash = models.CharField("链接指纹", max_length=64, unique=True)
    expires_at = models.DateTimeField("有效期至")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="生成人")
    made_at = models.DateTimeField("生成时间", auto_now_add=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="停用人")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "大屏链接"
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"大屏链接“{self.name}”"
