"""Imports: what came in, how far it is, and what the office has decided about its headings and units."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models.files import StoredFile
from apps.measures.shared_rows import ImportRunQuerySet
from apps.units.models import Unit


class ImportRun(StoredFile):
    """One file on its way into a round: read, set right by the office, previewed, then written wholly or not at all.

    ``outline``: what the file looks like (sheets, headings). ``choices``: what the office decided for it (columns, units). ``tree``: the
    planned tree (importing/tree.py). ``plan``: what it would change in the ledger, with a fingerprint, so that nothing is written
    that no preview showed. ``correlation`` joins the entries of the book that it became.
    """

    class Kind(models.TextChoices):
        LIST = "list", "清单"
        NOTICE = "notice", "通报"

    class State(models.TextChoices):
        READING = "reading", "正在读取"
        SETTING = "setting", "待对应"
        READY = "ready", "待确认"
        APPLYING = "applying", "正在导入"
        APPLIED = "applied", "已导入"
        FAILED = "failed", "未能完成"
        DROPPED = "dropped", "已放弃"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="imports", verbose_name="轮次")
    kind = models.CharField("类型", max_length=10, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.READING)
    outline = models.JSONField("文件结构", default=dict, blank=True)
    choices = models.JSONField("对应关系", default=dict, blank=True)
    tree = models.JSONField("内容", default=dict, blank=True)
    plan = models.JSONField("变动", default=dict, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    made_at = models.DateTimeField("上传时间", auto_now_add=True)
    reason = models.CharField("修改理由", max_length=300, blank=True)
    error = models.TextField("原因", blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    begun_at = models.DateTimeField("开始时间", null=True, blank=True)
    asked_at = models.DateTimeField("交办时间", auto_now_add=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    applied_at = models.DateTimeField("导入时间", null=True, blank=True)
    correlation = models.UUIDField("关联编号", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_by__isnull=False, applied_at__isnull=False, correlation__isnull=False),
                name="import_applied_by_somebody",
            ),
        )
        indexes = (models.Index(fields=("state", "asked_at"), name="import_waiting", condition=Q(state__in=("reading", "applying"))),)

    @property
    def label_in_book(self) -> str:
        return f"导入“{self.filename}”"

    @property
    def is_working(self) -> bool:
        """Whether a worker has to do something about it."""
        return self.state in (self.State.READING, self.State.APPLYING)


class RememberedHeading(models.Model):
    """What the office said a heading means; asked once, known ever after. ``field`` is empty for a column that is left out."""

    heading = models.CharField("列标题", max_length=80, unique=True)
    field = models.CharField("对应内容", max_length=30, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "记住的列标题"
        ordering = ("heading",)

    def __str__(self) -> str:
        return self.heading

    @property
    def label_in_book(self) -> str:
        return f"列标题“{self.heading}”"


class RememberedUnit(models.Model):
    """Which unit a name in a list means, where it is not the unit's own name."""

    name = models.CharField("清单中的写法", max_length=120, unique=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="other_names", verbose_name="单位")

    class Meta:
        verbose_name = verbose_name_plural = "记住的单位写法"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"单位写法“{self.name}”"
