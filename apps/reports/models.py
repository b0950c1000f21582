"""Notices while they are drafted, and the editions that were published. An edition is never changed (migration 0002)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.issues.models import Inspection, Issue
from apps.reports.querysets import EditionQuerySet, NoticeItemQuerySet, NoticeQuerySet
from apps.units.models import Sourced


class Notice(Sourced):
    """The draft of a public notice: prose with counts by placeholder (``figures.PLACEHOLDERS``), contact block, signature.

    Drafted by one person and approved by another, who has not edited it last either. The approval holds for the content whose
    hash it stores; when the notice changes afterwards its record stays, so that the page can say what was approved and is void.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        SUBMITTED = "submitted", "待审定"
        APPROVED = "approved", "已审定"
        PUBLISHED = "published", "已发布"

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="notices", verbose_name="轮次")
    issuer = models.CharField("发布机关", max_length=80)
    title = models.CharField("标题", max_length=120)
    lead = models.TextField("导语")
    section_one_title = models.CharField("第一部分标题", max_length=80)
    section_one = models.TextField("第一部分")
    section_two_title = models.CharField("第二部分标题", max_length=80)
    section_three_title = models.CharField("第三部分标题", max_length=80)
    section_three = models.TextField("第三部分")
    invitation = models.TextField("结尾")
    phone = models.CharField("联系电话", max_length=40)
    address = models.CharField("通信地址", max_length=120)
    postcode = models.CharField("邮政编码", max_length=10)
    email = models.EmailField("电子邮箱")
    dated_on = models.DateField("落款日期")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人")
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="最后修改人")
    submitted_on = models.DateField("提请日期", null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审定人"
    )
    approved_on = models.DateField("审定日期", null=True, blank=True)
    approved_hash = models.CharField("审定内容指纹", max_length=64, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报稿"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("drafted_by")), name="notice_four_eyes"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "submitted")) | Q(approved_by__isnull=False, approved_on__isnull=False),
                name="notice_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "submitted")) | ~Q(approved_by=F("edited_by")), name="notice_not_approved_by_its_editor"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def label_in_book(self) -> str:
        return f"通报稿《{self.title}》"


class NoticeItem(Sourced):
    """The public text of one issue in a notice: its title there and what has been done."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="items", verbose_name="通报稿")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="notice_items", verbose_name="问题")
    title = models.CharField("条目标题", max_length=120)
    text = models.TextField("公开文字")
    version = models.PositiveIntegerField("版本", default=1)

    objects = NoticeItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报条目"
        ordering = ("notice", "issue__number")
        constraints = (models.UniqueConstraint(fields=("notice", "issue"), name="notice_item_unique"),)

    def __str__(self) -> str:
        return f"{self.issue_id} {self.title}"

    @property
    def label_in_book(self) -> str:
        return f"{self.notice.label_in_book} 第 {self.issue.number} 条"


class Edition(models.Model):
    """A published notice: its frozen content and the SHA-256 of that content's RFC 8785 JSON, which is what was approved.

    The checkpoint is the entry of the book that published it; that entry names the edition's number and the same SHA-256.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="editions", verbose_name="通报稿")
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="editions", verbose_name="轮次")
    number = models.PositiveSmallIntegerField("版次")
    content = models.JSONField("内容")
    sha256 = models.CharField("文本指纹", max_length=64)
    checkpoint_seq = models.PositiveIntegerField("台账序号")
    checkpoint_hash = models.CharField("台账指纹", max_length=64)
    published_at = models.DateTimeField("发布时间", auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人")

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报版次"
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("inspection", "number"), name="edition_number_unique"),)

    def __str__(self) -> str:
        return f"{self.content.get('title', '')} 第 {self.number} 版"

    @property
    def label_in_book(self) -> str:
        return f"通报第 {self.number} 版"

    @property
    def is_demonstration(self) -> bool:
        """Whether the content says of itself that it is a demonstration."""
        return bool(self.content.get("demonstration"))


class Act(models.TextChoices):
    """Acts of this room, as the book names them."""

    DRAFT = "reports.draft_notice", "起草通报"
    AMEND = "reports.amend_notice", "修改通报稿"
    AMEND_ITEM = "reports.amend_item", "修改通报条目"
    ADD_ITEMS = "reports.add_items", "补齐通报条目"
    SUBMIT = "reports.submit_notice", "提请审定通报"
    APPROVE = "reports.approve_notice", "审定通报"
    RETURN = "reports.return_notice", "退回通报稿"
    VOID = "reports.void_approval", "审定失效"
    PUBLISH = "reports.publish", "发布通报"
