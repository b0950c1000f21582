"""Requests for a later due date."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from apps.measures.models.planning import Measure
from apps.measures.querysets import ExtensionQuerySet
from apps.units.models import Sourced


class Extension(Sourced):
    """A request for a later due date, made before expiry; the original date stays on the measure (domain.md §1.4).

    The second request on a measure needs two levels: the office endorses it (``endorsed_by``), a leader decides.
    """

    class Decision(models.TextChoices):
        PENDING = "pending", "待审批"
        ENDORSED = "endorsed", "待领导审批"
        AGREED = "agreed", "同意延期"
        REFUSED = "refused", "不同意"

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="extensions", verbose_name="措施")
    old_due_on = models.DateField("现时限")
    new_due_on = models.DateField("申请时限")
    reason = models.TextField("延期理由")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人")
    requested_on = models.DateField("申请日期")
    decision = models.CharField("审批", max_length=10, choices=Decision.choices, default=Decision.PENDING)
    endorsed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="初审人"
    )
    endorsed_on = models.DateField("初审日期", null=True, blank=True)
    endorsement = models.TextField("初审意见", blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批人")
    decided_on = models.DateField("审批日期", null=True, blank=True)
    opinion = models.TextField("审批意见", blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "延期申请"
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("measure",), condition=Q(decision__in=("pending", "endorsed")), name="extension_one_pending"),
            models.CheckConstraint(condition=Q(new_due_on__gt=F("old_due_on")), name="extension_is_later"),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="extension_four_eyes"),
            models.CheckConstraint(
                condition=~Q(decision="endorsed") | Q(endorsed_by__isnull=False, endorsed_on__isnull=False),
                name="extension_endorsed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(endorsed_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(decided_by=F("endorsed_by")),
                name="extension_two_levels",
            ),
        )

    def __str__(self) -> str:
        return f"{self.measure_id} {self.old_due_on} → {self.new_due_on}"

    @cached_property
    def needs_leader(self) -> bool:
        """Whether the measure was extended before, so that this request goes up to a leader; ``with_level`` annotates it."""
        return self.measure.extensions.filter(pk__lt=self.pk, decision=self.Decision.AGREED).exists()

    @property
    def is_open(self) -> bool:
        return self.decision in (self.Decision.PENDING, self.Decision.ENDORSED)

    @property
    def label_in_book(self) -> str:
        return f"{self.measure.label_in_book} 延期申请"
