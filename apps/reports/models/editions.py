"""Editions that were published, never changed (migrations 0002 and 0003), and the files they are rendered to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.models import StoredFile
from apps.reports.models.notices import Audience, Notice
from apps.reports.querysets import EditionQuerySet


class Edition(models.Model):
    """A published notice: its frozen content and the SHA-256 of that content's RFC 8785 JSON, which is what was approved.

    The checkpoint is the entry of the book that published it; that entry names the edition's number and the same SHA-256. ``proof`` is
    what the figure check found (``proving``), ``exceptions`` what was let through and by whom, ``secrecy`` who reviewed the text for
    publication and what was confirmed; all three are for the house, not the public.
    An edition is withdrawn only by one that corrects it: ``corrects`` and ``correction`` (the reason, told to the public).
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="editions", verbose_name="通报稿")
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="editions", verbose_name="轮次")
    audience = models.CharField("公开范围", max_length=10, choices=Audience.choices, default=Audience.SOCIETY)
    number = models.PositiveSmallIntegerField("版次")
    content = models.JSONField("内容")
    sha256 = models.CharField("文本指纹", max_length=64)
    checkpoint_seq = models.PositiveIntegerField("台账序号")
    checkpoint_hash = models.CharField("台账指纹", max_length=64)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正的版次")
    correction = models.TextField("更正理由", blank=True)
    proof = models.JSONField("数字校核", default=list, blank=True)
    exceptions = models.JSONField("例外", default=list, blank=True)
    secrecy = models.JSONField("保密审查", default=dict, blank=True)
    published_at = models.DateTimeField("发布时间", auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报版次"
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("inspection", "audience", "number"), name="edition_number_unique"),)

    def __str__(self) -> str:
        return f"{self.content.get('title', '')} 第 {self.number} 版"

    @property
    def label_in_book(self) -> str:
        return f"{'党内通报' if self.audience == Audience.PARTY else '通报'}第 {self.number} 版"

    @property
    def is_demonstration(self) -> bool:
        """Whether the content says of itself that it is a demonstration."""
        return bool(self.content.get("demonstration"))


class Rendering(models.Model):
    """The making of the files of an edition, or of a draft as it was when somebody asked: what a worker does and how far it is."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="renderings", verbose_name="通报稿")
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="renderings", verbose_name="版次")
    audience = models.CharField("公开范围", max_length=10, choices=Audience.choices, default=Audience.SOCIETY)
    content = models.JSONField("内容")
    sha256 = models.CharField("文本指纹", max_length=64)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveSmallIntegerField("已完成", default=0)
    of = models.PositiveSmallIntegerField("共", default=0)
    error = models.TextField("失败原因", blank=True)
    attempts = models.PositiveSmallIntegerField("开始次数", default=0)
    begun_at = models.DateTimeField("开始时间", null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人")
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通报文件"
        ordering = ("-pk",)
        indexes = (models.Index(fields=("state",), name="rendering_open", condition=Q(state__in=("waiting", "running"))),)

    def __str__(self) -> str:
        return f"{self.content.get('title', '')} {self.get_state_display()}"

    @property
    def can_be_tried_again(self) -> bool:
        """Failed, or done on a machine that could not make all files."""
        lacking = self.state == self.State.DONE and any(not row.size for row in self.files.all())
        return self.state == self.State.FAILED or lacking


class RenderedFile(StoredFile):
    """One file of a rendering, in the private store; ``note`` says what could not be made and why (fonts missing)."""

    class Kind(models.TextChoices):
        DOCX = "docx", "Word 文档"
        PDF = "pdf", "PDF"
        JSON = "json", "JSON 数据"
        CSV = "csv", "CSV 表格"

    rendering = models.ForeignKey(Rendering, models.CASCADE, related_name="files", verbose_name="通报文件")
    kind = models.CharField("格式", max_length=6, choices=Kind.choices)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通报文件格式"
        constraints = (models.UniqueConstraint(fields=("rendering", "kind"), name="rendered_file_once"),)
