"""Site checks (实地督查): planned visits, what was seen about each measure, the photos."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models import Measure, StoredFile
from apps.supervision.models.groups import Group
from apps.supervision.models.letters import Reply
from apps.units.models import Sourced


class Visit(Sourced):
    """A planned visit of a group to one or more units: which measures are to be seen, and whether it was held."""

    class State(models.TextChoices):
        PLANNED = "planned", "已计划"
        HELD = "held", "已完成"
        CANCELLED = "cancelled", "已取消"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="visits", verbose_name="轮次")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="visits", verbose_name="督查组")
    title = models.CharField("名称", max_length=120)
    planned_on = models.DateField("计划日期")
    place = models.CharField("地点", max_length=120, blank=True)
    purpose = models.TextField("查看内容", blank=True)
    measures = models.ManyToManyField(Measure, related_name="visits", verbose_name="核查措施")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PLANNED)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="计划人")
    held_on = models.DateField("完成日期", null=True, blank=True)
    summary = models.TextField("督查小结", blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "实地督查"
        ordering = ("-planned_on", "-pk")
        constraints = (models.CheckConstraint(condition=~Q(state="held") | Q(held_on__isnull=False), name="visit_held_on_a_day"),)

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return f"实地督查“{self.title}”"


class SiteCheck(Sourced):
    """What a group saw on site about one measure: the third track of completion (checked)."""

    class Finding(models.TextChoices):
        TRUE = "true", "属实"
        PARTLY = "partly", "部分属实"
        FALSE = "false", "不实"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="site_checks", verbose_name="措施")
    visit = models.ForeignKey("Visit", models.PROTECT, null=True, blank=True, related_name="checks", verbose_name="实地督查")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="site_checks", verbose_name="督查组")
    checked_on = models.DateField("核查日期")
    finding = models.CharField("核查结论", max_length=10, choices=Finding.choices)
    note = models.TextField("核查情况")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核查人")

    class Meta:
        verbose_name = verbose_name_plural = "现场核查"
        ordering = ("-checked_on", "-pk")

    def __str__(self) -> str:
        return f"{self.measure_id} {self.checked_on} {self.get_finding_display()}"


class Attachment(StoredFile):
    """A file of this room: evidence of an answer to a letter, or a photo of a site check. It lies in the store of the evidence."""

    reply = models.ForeignKey(Reply, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="督查单回复")
    site_check = models.ForeignKey(SiteCheck, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="现场核查")
    caption = models.CharField("说明", max_length=160, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "督查附件"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(reply__isnull=False, site_check__isnull=True) | Q(reply__isnull=True, site_check__isnull=False),
                name="attachment_of_one_row",
            ),
        )
