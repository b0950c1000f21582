"""Workbooks that units have filled in, with the packages of files that came with them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.issues.models import Inspection
from apps.measures.models.files import StoredFile
from apps.measures.models.reporting import Progress
from apps.measures.shared_rows import ReturnedWorkbookQuerySet
from apps.units.models import Unit


class ReturnedWorkbook(StoredFile):
    """A unit's workbook that came back. ``content`` is what was filled in (workbooks/reading.py), as it stood in the file; what of it
    is new, the same or in conflict is asked of the ledger each time it is looked at. ``seq`` is the entry of the round's book up to
    which the workbook knows. ``reports`` is what became of it; rows that were not submitted stay in ``content``."""

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="workbooks", verbose_name="轮次")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="workbooks", verbose_name="单位")
    seq = models.PositiveBigIntegerField("导出时台账序号")
    exported_on = models.DateField("导出日期")
    content = models.JSONField("填报内容", default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    made_at = models.DateTimeField("上传时间", auto_now_add=True)
    reports = models.ManyToManyField(Progress, blank=True, related_name="workbooks", verbose_name="填报")

    objects = ReturnedWorkbookQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "离线工作簿"
        ordering = ("-pk",)

    @property
    def label_in_book(self) -> str:
        return f"{self.unit.short_name}离线工作簿“{self.filename}”"


class WorkbookPackage(StoredFile):
    """A ZIP with files that the workbook names; never handed out as it is. ``members`` lists path, size, refusal and digest of each
    file (workbooks/matching.py)."""

    workbook = models.ForeignKey(ReturnedWorkbook, models.PROTECT, related_name="packages", verbose_name="离线工作簿")
    members = models.JSONField("包内文件", default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    made_at = models.DateTimeField("上传时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "离线工作簿的压缩包"
        ordering = ("workbook", "pk")
        constraints = (models.UniqueConstraint(fields=("workbook", "sha256"), name="workbook_package_once"),)

    @property
    def label_in_book(self) -> str:
        return f"{self.workbook.label_in_book}的压缩包“{self.filename}”"
