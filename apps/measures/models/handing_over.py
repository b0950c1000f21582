"""Open items that pass from one person to another (新官不理旧账, domain.md pain 6)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.shared_rows import HandoverQuerySet
from apps.units.models import Sourced, Unit


class Handover(Sourced):
    """One act that moved the open items of a person (责任人) or of a leading official (责任领导) to a successor.

    ``items`` is the list as it was handed over, for the 交接清单: dictionaries of number, title or text, state, due date.
    By ``refeedback_by``, twenty working days later, the successor has been told the findings anew (再反馈, domain.md §1.1).
    """

    class Kind(models.TextChoices):
        PERSON = "person", "责任人"
        OFFICIAL = "official", "责任领导"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="handovers", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("序号")
    kind = models.CharField("移交类型", max_length=10, choices=Kind.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="handovers", verbose_name="单位")
    from_name = models.CharField("移交人", max_length=80)
    to_name = models.CharField("接收人", max_length=80)
    reason = models.TextField("移交原因")
    handed_on = models.DateField("移交日期")
    items = models.JSONField("移交事项", default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="办理人")
    refeedback_by = models.DateField("再反馈期限")
    refed_on = models.DateField("再反馈日期", null=True, blank=True)
    refed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="再反馈登记人"
    )
    refed_note = models.TextField("再反馈情况", blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "移交"
        ordering = ("-handed_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "number"), name="handover_number_unique"),
            models.CheckConstraint(
                condition=Q(refed_on__isnull=True, refed_by__isnull=True) | Q(refed_on__isnull=False, refed_by__isnull=False),
                name="handover_refed_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_name} → {self.to_name} {self.handed_on}"

    @property
    def label_in_book(self) -> str:
        return f"移交 {self.from_name} → {self.to_name}"

    def days_late(self, today: dt.date) -> int:
        """Calendar days after the last day of the re-feedback; the day itself is not late, nor is what has been done."""
        return max(0, ((self.refed_on or today) - self.refeedback_by).days)

    def is_overdue(self, today: dt.date) -> bool:
        return self.refed_on is None and self.days_late(today) > 0
