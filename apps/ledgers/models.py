"""Books and their entries. An entry is never changed or removed: database triggers refuse it (migration 0003)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from apps.ledgers.querysets import EntryQuerySet

HASH_LENGTH = 64
LABEL_LENGTH = 200


class Book(models.Model):
    """One chain of entries. ``head_seq`` and ``head_hash`` repeat the last entry, so that an append reads one row."""

    slug = models.SlugField("代号", max_length=80, unique=True)
    title = models.CharField("名称", max_length=200)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    head_seq = models.PositiveIntegerField("末号", default=0)
    head_hash = models.CharField("末端指纹", max_length=HASH_LENGTH, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "台账"

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return self.title


class Entry(models.Model):
    """One act as it was: who (with the name, role and unit of that day), what, on what, why, before → after.

    ``hash`` is SHA-256 over the RFC 8785 canonical JSON of all other columns (``chain.body_of``).
    """

    book = models.ForeignKey(Book, models.PROTECT, related_name="entries", verbose_name="台账")
    seq = models.PositiveIntegerField("序号")
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人")
    actor_name = models.CharField("姓名", max_length=80)
    actor_role = models.CharField("角色", max_length=40, blank=True)
    actor_unit = models.CharField("单位", max_length=120, blank=True)
    act = models.CharField("动作代码", max_length=60)
    act_label = models.CharField("动作", max_length=60)
    subject_type = models.CharField("对象类型", max_length=40)
    subject_id = models.BigIntegerField("对象编号", null=True)
    subject_label = models.CharField("对象", max_length=LABEL_LENGTH)
    reason = models.TextField("理由", blank=True)
    payload = models.JSONField("内容", default=dict)
    correlation = models.UUIDField("批次", default=uuid.uuid4)
    prev_hash = models.CharField("前一指纹", max_length=HASH_LENGTH, blank=True)
    hash = models.CharField("指纹", max_length=HASH_LENGTH)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "台账流水"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("book", "seq"), name="entry_one_per_seq"),
            models.UniqueConstraint(fields=("book", "prev_hash"), name="entry_one_successor"),
        )
        indexes = (
            models.Index(fields=("subject_type", "subject_id"), name="entry_subject"),
            models.Index(fields=("book", "act"), name="entry_act"),
            models.Index(fields=("correlation",), name="entry_correlation"),
        )

    def __str__(self) -> str:
        return f"{self.book_id}#{self.seq} {self.act_label} {self.subject_label}"

    @property
    def code(self) -> str:
        """The seven characters of the hash that are shown on screen."""
        return self.hash[:7]


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    EXPORT_BOOK = "ledgers.export_book", "导出流水"
