"""What the public writes about a published notice. Text and contact are kept encrypted; what reads like a tip about a person is sealed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.reports.models.editions import Edition
from apps.reports.querysets import FeedbackQuerySet
from apps.units.encryption import decrypted

PURPOSE = "what the public writes"


class Feedback(models.Model):
    """One message of a reader: about one item (``item_number``) or the notice as a whole; no name is needed.

    ``code_hash`` is SHA-256 of the query code, which only the sender has. ``sealed``: for the discipline role alone, in no list and no
    count of the office. ``due_on`` is the day by which the office answers (working days). The contact is wiped when its time is over.
    Keys are drawn, not counted on (services/feedback.py): a gap between two of them would tell that a sealed message came in between.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "已收到"
        ANSWERED = "answered", "已答复"
        SET_ASIDE = "aside", "不予办理"

    class Sealing(models.TextChoices):
        OPEN = "", "不密封"
        CHOSEN = "chosen", "本人选择密封"
        RULE = "rule", "按规则密封"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="feedback", verbose_name="轮次")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="feedback", verbose_name="版次")
    item_number = models.PositiveSmallIntegerField("条目", null=True, blank=True)
    text = models.TextField("内容（加密）")
    contact = models.TextField("联系方式（加密）", blank=True)
    contact_wiped_at = models.DateTimeField("联系方式清除时间", null=True, blank=True)
    code_hash = models.CharField("查询码指纹", max_length=64, unique=True)
    once = models.CharField("提交标识", max_length=64, unique=True)
    sealing = models.CharField("密封", max_length=8, choices=Sealing.choices, default=Sealing.OPEN, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    due_on = models.DateField("答复期限", null=True, blank=True)
    answer = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="答复人"
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "群众反馈"
        ordering = ("-pk",)
        indexes = (models.Index(fields=("due_on",), name="feedback_open", condition=Q(state="received")),)

    def __str__(self) -> str:
        return f"反馈 {self.pk}"

    @property
    def said(self) -> str | None:
        """What was written; None where the key of the site is another than it was encrypted with."""
        return decrypted(PURPOSE, self.text)

    @property
    def reachable_at(self) -> str | None:
        """The contact as it was given; empty where there is none (any more)."""
        return decrypted(PURPOSE, self.contact) if self.contact else ""

    @property
    def replied(self) -> str | None:
        """The answer, or why there is none; empty while it waits."""
        return decrypted(PURPOSE, self.answer) if self.answer else ""

    @property
    def subject(self) -> str:
        return f"第 {self.item_number} 条" if self.item_number else "整篇通报"

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == self.State.RECEIVED

    @property
    def is_late(self) -> bool:
        """Whether the day for the answer has passed without one, or had when it came."""
        if self.due_on is None:
            return False
        return self.due_on < (self.inspection.local_date(self.answered_at) if self.answered_at else self.inspection.today())

    @property
    def is_demonstration(self) -> bool:
        return self.edition.is_demonstration

    @property
    def is_sealed(self) -> bool:
        return self.sealing != self.Sealing.OPEN

    @property
    def label_in_book(self) -> str:
        return f"群众反馈 {self.pk}"
