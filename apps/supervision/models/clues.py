"""Clues 移交线索: what an inspection hands to the discipline commission about persons. Sealed to the discipline role."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.issues.models import Inspection
from apps.supervision.clue_rows import ClueQuerySet
from apps.units import encryption

PURPOSE = "text of a clue"
UNREADABLE = "（站点密钥已更换，无法解密，请联系系统管理员）"


class Clue(models.Model):
    """One clue: from whom, when, who handles it, what came of it. Summary and outcome are kept encrypted.

    Nothing leads from a round, an issue, a measure or a notice to a clue: the relations have no way back (``related_name="+"``), and no
    module of ``apps.reports`` knows this one (tests/test_clues.py). So it can reach no draft.
    """

    class Origin(models.TextChoices):
        INSPECTORS = "inspectors", "巡视（巡察）组移交"
        OFFICE = "office", "整改办转交"
        SEALED = "sealed", "密封来信"

    class State(models.TextChoices):
        RECEIVED = "received", "已接收"
        HANDLING = "handling", "办理中"
        CONCLUDED = "concluded", "已办结"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="+", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("编号")
    origin = models.CharField("来源", max_length=12, choices=Origin.choices)
    summary = models.TextField("内容（加密）")
    transferred_on = models.DateField("移交日期")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    outcome = models.TextField("办理结果（加密）", blank=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办理人")
    concluded_on = models.DateField("办结日期", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = ClueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "移交线索"
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("inspection", "number"), name="clue_number_unique"),)

    def __str__(self) -> str:
        return f"线索 {self.number}"

    @property
    def label_in_book(self) -> str:
        """Its number and nothing of its text: auditors read the book."""
        return f"移交线索 {self.inspection_id}-{self.number}"

    @property
    def summary_text(self) -> str:
        return encryption.decrypted(PURPOSE, self.summary) or UNREADABLE

    @property
    def outcome_text(self) -> str:
        return (encryption.decrypted(PURPOSE, self.outcome) or UNREADABLE) if self.outcome else ""
