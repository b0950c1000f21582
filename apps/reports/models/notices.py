"""Notices while they are drafted: prose, and for each issue one text for each audience."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from apps.issues.models import Inspection, Issue
from apps.reports.figures import Counts, counts
from apps.reports.querysets import NoticeItemQuerySet, NoticeQuerySet
from apps.units.models import Sourced, Unit


def in_order() -> list[str]:
    """The three sections as most notices have them."""
    return ["one", "two", "three"]


class Audience(models.TextChoices):
    """Whom a text is for: 双公开 means inside the Party and to society (domain.md §1.5); the internal text stays in the house."""

    INTERNAL = "internal", "内部"
    PARTY = "party", "党内通报"
    SOCIETY = "society", "社会公开"


class Notice(Sourced):
    """The draft of a public notice: prose with counts by placeholder (``figures.PLACEHOLDERS``), contact block, signature.

    Drafted by one person and approved by another, who has not edited it last either. The approval holds for the content whose
    hash it stores; when the notice changes afterwards its record stays, so that the page can say what was approved and is void.
    ``corrects`` is the edition for society that this notice is to correct, ``correction`` why; both are part of its content.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        REVIEWING = "reviewing", "单位审核中"
        SUBMITTED = "submitted", "待审定"
        APPROVED = "approved", "已审定"
        PUBLISHED = "published", "已发布"

    class Layout(models.TextChoices):
        """The three layouts of published notices (domain.md §2.4)."""

        TITLED = "titled", "条目标题＋整改情况"
        ANSWERED = "answered", "反馈问题＋整改情况"
        LEVELLED = "levelled", "三级：方面、问题、具体措施"

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
    figures_until = models.DateField("数据截止日期", null=True, blank=True)
    layout = models.CharField("版式", max_length=10, choices=Layout.choices, default=Layout.TITLED)
    category_pattern = models.CharField("方面标题样式", max_length=80, default="（{序号}）“{标题}”问题整改方面")
    item_pattern = models.CharField("条目标题样式", max_length=80, default="{编号}.{标题}。")
    section_order = models.JSONField("部分次序", default=in_order)
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
    approved_party_hash = models.CharField("党内通报审定内容指纹", max_length=64, blank=True)
    corrects = models.ForeignKey(
        "reports.Edition", models.PROTECT, null=True, blank=True, related_name="correcting_notices", verbose_name="更正的版次"
    )
    correction = models.TextField("更正理由", blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报稿"
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("drafted_by")), name="notice_four_eyes"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "reviewing", "submitted")) | Q(approved_by__isnull=False, approved_on__isnull=False),
                name="notice_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "reviewing", "submitted")) | ~Q(approved_by=F("edited_by")),
                name="notice_not_approved_by_its_editor",
            ),
            models.CheckConstraint(condition=Q(corrects__isnull=True) | ~Q(correction=""), name="notice_says_why_it_corrects"),
        )

    def __str__(self) -> str:
        return self.title

    @cached_property
    def counted(self) -> Counts:
        """The figures of its round, counted once for each reading of the row: a page and the rules it asks see one moment."""
        return counts(self.inspection)

    @property
    def label_in_book(self) -> str:
        return f"通报稿《{self.title}》"


class NoticeItem(Sourced):
    """One issue in a notice: its title there and what has been done, told to society (``text``), to the Party and inside the house.

    An empty ``party_text`` says what ``text`` says; ``internal_text`` never leaves the house.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="items", verbose_name="通报稿")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="notice_items", verbose_name="问题")
    title = models.CharField("条目标题", max_length=120)
    text = models.TextField("公开文字")
    party_text = models.TextField("党内通报文字", blank=True)
    internal_text = models.TextField("内部文字", blank=True)
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

    def told_to(self, audience: str) -> str:
        """What that audience is told; where it has no text of its own, what the wider one is told."""
        told: str = getattr(self, self.field_told_to(audience))
        return told.strip()

    def field_told_to(self, audience: str) -> Literal["text", "party_text", "internal_text"]:
        """Where that text is kept."""
        if audience == Audience.INTERNAL and self.internal_text.strip():
            return "internal_text"
        return "party_text" if audience != Audience.SOCIETY and self.party_text.strip() else "text"

    @property
    def text_for_party(self) -> str:
        return self.told_to(Audience.PARTY)


class ItemReview(models.Model):
    """What the head of the unit that owns an issue says of its item: bound to the hash of the texts that were read, so a change voids it.

    The office may pass over a unit that does not answer, with a reason. The latest row of an item counts, while its hash is the item's.
    """

    class Verdict(models.TextChoices):
        AGREED = "agreed", "同意"
        OBJECTED = "objected", "不同意"
        PASSED_OVER = "passed", "整改办代为通过"

    item = models.ForeignKey(NoticeItem, models.PROTECT, related_name="reviews", verbose_name="条目")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="item_reviews", verbose_name="单位")
    verdict = models.CharField("意见", max_length=10, choices=Verdict.choices)
    opinion = models.TextField("说明", blank=True)
    content_hash = models.CharField("内容指纹", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审核人")
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "条目审核"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.item} {self.get_verdict_display()}"


class Editing(models.Model):
    """Who has which place of a draft open to edit, so that others see it. Kept fresh by the open page; old rows mean nothing."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="editings", verbose_name="通报稿")
    place = models.CharField("位置", max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="编辑人")
    seen_at = models.DateTimeField("最近时间")

    class Meta:
        verbose_name = verbose_name_plural = "正在编辑"
        constraints = (models.UniqueConstraint(fields=("notice", "place", "by"), name="editing_once"),)

    def __str__(self) -> str:
        return f"{self.by} {self.place}"
