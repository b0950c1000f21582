"""Saved views of the register."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.measures.shared_rows import SavedViewQuerySet
from apps.units.models import Unit


class SavedView(models.Model):
    """Filters of the register under a name; ``query`` is the query string of the address, which stays the truth."""

    class Scope(models.TextChoices):
        OWN = "own", "仅自己"
        UNIT = "unit", "本单位"
        OFFICE = "office", "全体"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_views", verbose_name="建立人")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="saved_views", verbose_name="单位")
    scope = models.CharField("共享范围", max_length=10, choices=Scope.choices, default=Scope.OWN)
    name = models.CharField("名称", max_length=40)
    query = models.CharField("筛选条件", max_length=1000, blank=True)
    is_default = models.BooleanField("默认视图", default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "保存的视图"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="saved_view_name_unique"),
            models.UniqueConstraint(fields=("owner",), condition=Q(is_default=True), name="saved_view_one_default"),
            models.CheckConstraint(condition=~Q(scope="unit") | Q(unit__isnull=False), name="saved_view_unit_is_named"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label_in_book(self) -> str:
        return f"视图“{self.name}”"
