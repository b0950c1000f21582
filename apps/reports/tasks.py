"""Jobs of this room: the files of a notice and of the public site are made outside of any request, the letters of the public tended."""

from __future__ import annotations

import logging

from celery import shared_task

from apps.reports import services
from apps.reports.publishing import writing
from apps.reports.rendering.making import ORDER, make
from apps.reports.services import rendering, site
from apps.supervision.jobs import Facts, every, hourly, job
from apps.supervision.services.running import in_words

log = logging.getLogger(__name__)


@shared_task(name=rendering.TASK)
def render(pk: int) -> None:
    """Make the files that a rendering does not have yet. Safe late, twice, in two workers at once, and after a worker that died."""
    row = rendering.claim_rendering(pk=pk)
    if row is None:
        log.info("rendering %s: nothing left to do", pk)
        return
    has = set(row.files.values_list("kind", flat=True))
    try:
        for kind in ORDER:
            if kind not in has:
                rendering.keep_rendered(rendering=row, made=make(row, kind))
    except Exception as failure:
        log.exception("rendering %s failed", pk)
        rendering.fail_rendering(rendering=row, error=in_words(failure))
    else:
        rendering.finish_rendering(rendering=row)


@job("reports.render_overdue", label="补做通报文件", due=every(minutes=5))
def render_overdue() -> Facts:
    """Send again what lost its message or its worker."""
    pks = rendering.overdue()
    for pk in pks:
        rendering.send(pk)
    return {"sent": len(pks)}


@job("reports.tend_feedback", label="群众反馈：清除到期联系方式，补算答复期限", due=hourly(minute=50))
def tend_feedback() -> Facts:
    """Wipe contacts whose time is over, and give messages their day where the calendar was not loaded; safe late, twice, or in two
    workers at once. The numbers are of open messages: the operators do not learn how many were sealed."""
    return {"wiped": services.wipe_contacts(), "clocks": services.set_clocks()}


@shared_task(name=site.TASK)
def publish_site() -> None:
    """Write the public site again after a publication. Safe late, twice, and in two workers at once."""
    writing.keep_site()


@job("reports.keep_site", label="核对公开网站的页面", due=every(minutes=5))
def keep_site() -> Facts:
    """Write the public site again where a message was lost or its files are gone."""
    return {"written": writing.keep_site()}
