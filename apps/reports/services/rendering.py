"""The making of files: asked for, claimed by a worker, kept one by one, done or failed.

A worker may die at any moment and a message may come twice: what a rendering has already is not made again, and a file is kept once
(``rendered_file_once``). The messages are sent after the commit; one that is lost is sent again by the clock (``overdue``).
"""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial

import celery
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from apps.ledgers.services import record
from apps.measures.services.files import keep_made
from apps.reports.content import content_of, sha256_of
from apps.reports.models import Act, Audience, Edition, Notice, RenderedFile, Rendering
from apps.reports.rendering.making import ORDER, Made
from apps.reports.services.site import site_follows
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, User
from apps.units.policies import sees_all_business
from apps.units.recipients import office_accounts
from apps.units.services import put_notifications

log = logging.getLogger(__name__)
TASK = "reports.render"
NUMBER = "通报文件"
MOST_TRIES = 3
LEASE = dt.timedelta(minutes=10)
"""A rendering that has shown no sign for so long has lost its worker or its message: longer than a task may run."""
DEAD = f"工作进程在生成中退出 {MOST_TRIES} 次，不再自动重试"
OPEN = (Rendering.State.WAITING, Rendering.State.RUNNING)


def render_edition(*, actor: User, edition: Edition) -> Rendering:
    """The files of an edition, part of the act of publishing it."""
    return _asked(actor, edition.notice, edition.content, audience=edition.audience, edition=edition)


@transaction.atomic
def ask_rendering(*, actor: User, notice: Notice, audience: str = Audience.SOCIETY) -> Rendering:
    """The files of a notice as it is now. Of content that is being rendered, or was, there are no second files."""
    if not sees_all_business(actor):
        raise ActForbidden("通报稿的文件由整改办和领导生成")
    if audience not in Audience.values:
        raise ActRefused("请选择公开范围", field="audience")
    row = Notice.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book").get(pk=notice.pk)
    content = content_of(row, audience)
    same = Rendering.objects.filter(notice=row, edition=None, audience=audience, sha256=sha256_of(content))
    found = same.exclude(state=Rendering.State.FAILED).first()
    if found is not None:
        return found
    made = _asked(actor, row, content, audience=audience)
    record(row.inspection.book, actor=actor, act=Act.RENDER, subject=row, payload=_said(made))
    return made


@transaction.atomic
def retry_rendering(*, actor: User, rendering: Rendering) -> Rendering:
    """Try again what failed, or what a machine without fonts could not make; files that were made stay."""
    if not sees_all_business(actor):
        raise ActForbidden("通报稿的文件由整改办和领导生成")
    row = _locked(rendering.pk)
    if not row.can_be_tried_again:
        raise ActConflict("这些文件已经生成或正在生成，请刷新页面")
    row.files.filter(size=0).delete()
    row.state, row.error, row.attempts, row.begun_at, row.finished_at = Rendering.State.WAITING, "", 0, None, None
    row.done = row.files.count()
    row.save()
    _site_follows(row)
    record(row.notice.inspection.book, actor=actor, act=Act.RENDER, subject=row.notice, payload=_said(row))
    transaction.on_commit(partial(send, row.pk))
    return row


def send(pk: int) -> None:
    """Hand the work to a worker. Without a broker the row waits, and the clock sends it again."""
    try:
        celery.current_app.send_task(TASK, args=[pk])
    except (BrokerAway, OSError):
        log.exception("rendering %s not handed to a worker", pk)


def overdue() -> list[int]:
    """Renderings whose message or worker was lost."""
    before = timezone.now() - LEASE
    waiting = Rendering.objects.filter(state=Rendering.State.WAITING, asked_at__lt=before)
    running = Rendering.objects.filter(state=Rendering.State.RUNNING, begun_at__lt=before)
    return sorted({*waiting.values_list("pk", flat=True), *running.values_list("pk", flat=True)})


@transaction.atomic
def claim_rendering(*, pk: int) -> Rendering | None:
    """Begin, or go on after a worker that died; None where there is nothing to do. The try is counted before the work begins."""
    rows = Rendering.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("edition", "notice__inspection", "asked_by").filter(pk=pk).first()
    if row is None or row.state not in OPEN:
        return None
    if row.attempts >= MOST_TRIES:
        _give_up(row, DEAD)
        return None
    row.state, row.attempts, row.begun_at = Rendering.State.RUNNING, row.attempts + 1, timezone.now()
    row.save()
    return row


@transaction.atomic
def keep_rendered(*, rendering: Rendering, made: Made) -> None:
    """One file more, or the reason why this machine cannot make it. One that another worker kept meanwhile stays."""
    row = _locked(rendering.pk)
    if not row.files.filter(kind=made.kind).exists():
        kept = keep_made(made.filename, made.media_type, made.data) if made.data else None
        RenderedFile.objects.create(
            rendering=row,
            kind=made.kind,
            filename=made.filename,
            media_type=made.media_type,
            size=kept.size if kept else 0,
            sha256=kept.sha256 if kept else "",
            note=made.note,
        )
    row.done = row.files.count()
    row.save(update_fields=["done"])


@transaction.atomic
def finish_rendering(*, rendering: Rendering) -> None:
    row = _locked(rendering.pk)
    if row.state == Rendering.State.RUNNING:
        row.state, row.error, row.finished_at = Rendering.State.DONE, "", timezone.now()
        row.save()
        _site_follows(row)


@transaction.atomic
def fail_rendering(*, rendering: Rendering, error: str) -> None:
    row = _locked(rendering.pk)
    if row.state == Rendering.State.RUNNING:
        _give_up(row, error)


def _give_up(row: Rendering, error: str) -> None:
    """The files are not there: the public page says so, and those who can start it again are told; of a draft, whoever asked for it."""
    row.state, row.error, row.finished_at = Rendering.State.FAILED, error, timezone.now()
    row.save()
    _site_follows(row)
    which = f"{row.edition.label_in_book}的文件" if row.edition else f"通报稿《{row.notice.title}》的文件"
    put_notifications(
        recipients=office_accounts() if row.edition else [row.asked_by],
        kind=Notification.Kind.NOTICE,
        subject=row,
        day=row.notice.inspection.today(),
        title=f"{which}没有生成完，请重新生成：{error}",
        number=NUMBER,
        path=reverse("reports:files", args=(row.notice_id,)),
    )


def _site_follows(row: Rendering) -> None:
    """The page of an edition names its files."""
    if row.edition_id:
        site_follows()


def _asked(actor: User, notice: Notice, content: dict[str, object], *, audience: str, edition: Edition | None = None) -> Rendering:
    row = Rendering.objects.create(
        notice=notice,
        edition=edition,
        audience=audience,
        content=content,
        sha256=edition.sha256 if edition else sha256_of(content),
        of=len(ORDER),
        asked_by=actor,
    )
    transaction.on_commit(partial(send, row.pk))
    return row


def _said(row: Rendering) -> dict[str, str]:
    return {"content_hash": row.sha256, "told_to": Audience(row.audience).label}


def _locked(pk: int) -> Rendering:
    rows = Rendering.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("edition", "notice__inspection__book", "asked_by").get(pk=pk)
