"""Reads of editions: the public site shows nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.reports.models import Edition


class EditionQuerySet(models.QuerySet["Edition"]):
    """Published editions, the latest first."""

    def latest_published(self) -> Edition | None:
        return self.select_related("inspection").order_by("-published_at", "-pk").first()
