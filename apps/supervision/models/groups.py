"""Supervision groups and what each covers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.issues.models import Category, Inspection
from apps.units.models import Sourced, Unit


class Group(Sourced):
    """A special supervision group (专项督查组): its members and the units it covers. A supervisor in no group is a leader and sees all."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="supervision_groups", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("名称", max_length=60)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, related_name="led_groups", verbose_name="牵头单位")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="supervision_groups", verbose_name="成员")
    units = models.ManyToManyField(Unit, blank=True, related_name="supervision_groups", verbose_name="负责单位")
    categories = models.ManyToManyField(Category, blank=True, related_name="supervision_groups", verbose_name="负责方面")
    duty_head = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="值班负责人"
    )
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
