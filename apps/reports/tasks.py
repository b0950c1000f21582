"""Jobs of this room."""

from __future__ import annotations

from celery import shared_task

from apps.reports.publishing import writing
from apps.reports.services import site
from apps.supervision.jobs import Facts, every, job


@shared_task(name=site.TASK)
def publish_site() -> None:
    """Write the public site again after a publication. Safe late, twice, and in two workers at once."""
    writing.keep_site()


@job("reports.keep_site", label="核对公开网站的页面", due=every(minutes=5))
def keep_site() -> Facts:
    """Write the public site again where a message was lost or its files are gone."""
    return {"written": writing.keep_site()}
