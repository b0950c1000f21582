"""What people decide about a draft before it may be published: figures they answer for, fragments they except, words they watch."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.measures.models import Indicator
from apps.reports.models.notices import Notice


class FigureDecision(models.Model):
    """What a named person decided about one figure of a draft. It holds for the sentence it was taken in: another sentence, other digits
    or another occurrence is another figure. ``withdrawn_at`` ends it; rows are kept.

    ``place``: ``lead``, ``section_one``, ``section_three``, ``invitation`` or ``item:<number>``; ``audience`` whose text it stands in.
    """

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "认可，按原文发布"
        LINKED = "linked", "关联成效指标"
        NO_FIGURE = "none", "不需核对"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="figure_decisions", verbose_name="通报稿")
    audience = models.CharField("公开范围", max_length=10)
    place = models.CharField("位置", max_length=40)
    sentence = models.TextField("所在句子")
    sentence_hash = models.CharField("句子指纹", max_length=64)
    written = models.CharField("数字", max_length=80)
    occurrence = models.PositiveSmallIntegerField("句中第几处", default=0)
    verdict = models.CharField("决定", max_length=10, choices=Verdict.choices)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="figure_decisions", verbose_name="成效指标"
    )
    reason = models.TextField("理由", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="决定人")
    at = models.DateTimeField("时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数字核对决定"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("notice", "audience", "place", "sentence_hash", "written", "occurrence"),
                condition=Q(withdrawn_at__isnull=True),
                name="figure_decision_once",
            ),
            models.CheckConstraint(condition=Q(verdict="linked") | ~Q(reason=""), name="figure_decision_has_reason"),
            models.CheckConstraint(condition=~Q(verdict="linked") | Q(indicator__isnull=False), name="figure_decision_linked_to_something"),
        )

    def __str__(self) -> str:
        return f"{self.written} {self.get_verdict_display()}"

    @property
    def label_in_book(self) -> str:
        return f"{self.notice.label_in_book} 数字“{self.written}”"


class WithheldException(models.Model):
    """A fragment that a red-flag rule found and that is published all the same, or told differently: under one of the five exceptions,
    asked for by one person and approved by another (domain.md §1.5). It holds for the sentence it was asked for."""

    class Ground(models.TextChoices):
        SECRET = "secret", "涉及党和国家秘密"
        CASE = "case", "正在核查或尚未公布的案件"
        HYPE = "hype", "公开后可能引发负面炒作"
        PETITION = "petition", "公开后可能引发集体上访"
        SENSITIVE = "sensitive", "其他重大敏感事项"

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="withheld_exceptions", verbose_name="通报稿")
    audience = models.CharField("公开范围", max_length=10)
    place = models.CharField("位置", max_length=40)
    rule = models.CharField("规则", max_length=30)
    fragment = models.CharField("文字", max_length=200)
    sentence_hash = models.CharField("句子指纹", max_length=64)
    ground = models.CharField("例外情形", max_length=10, choices=Ground.choices)
    reason = models.TextField("说明")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    refused_reason = models.TextField("不批准的理由", blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公开例外"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")), name="withheld_four_eyes"),
            models.UniqueConstraint(
                fields=("notice", "audience", "place", "rule", "fragment", "sentence_hash"),
                condition=Q(withdrawn_at__isnull=True),
                name="withheld_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.fragment} {self.get_ground_display()}"

    @property
    def label_in_book(self) -> str:
        return f"{self.notice.label_in_book} 公开例外"


class SecrecyReview(models.Model):
    """保密审查: somebody else than the drafter has confirmed the checklist for the texts of these hashes. A change of a text ends it."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="secrecy_reviews", verbose_name="通报稿")
    checklist = models.JSONField("审查清单")
    note = models.TextField("审查说明", blank=True)
    content_hash = models.CharField("内容指纹", max_length=64)
    party_hash = models.CharField("党内通报内容指纹", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审查人")
    at = models.DateTimeField("时间", auto_now_add=True)
    voided_at = models.DateTimeField("失效时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "保密审查"
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("notice",), condition=Q(voided_at__isnull=True), name="secrecy_once"),)

    def __str__(self) -> str:
        return f"{self.notice.label_in_book} 保密审查"


class WatchWord(models.Model):
    """A word of the office's own list that must not be published unseen."""

    word = models.CharField("词语", max_length=40)
    note = models.CharField("说明", max_length=200, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    added_at = models.DateTimeField("登记时间", auto_now_add=True)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "关注词"
        ordering = ("word",)
        constraints = (models.UniqueConstraint(fields=("word",), condition=Q(retired_at__isnull=True), name="watch_word_once"),)

    def __str__(self) -> str:
        return self.word

    @property
    def label_in_book(self) -> str:
        return f"关注词“{self.word}”"
