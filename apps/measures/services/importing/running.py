"""The life of an import before and after it writes: asked for, claimed by a worker, read, set right, confirmed, failed or dropped.

As with the files of a notice: the row is the truth and the message only a bell; a lost message is sent again by the clock, a run that
kills its worker three times is given up.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import celery
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from apps.issues.models import Inspection
from apps.issues.services import require_office
from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.importing.headings import folded
from apps.measures.importing.opening import kind_of
from apps.measures.importing.plan import Plan
from apps.measures.importing.tree import Level, Tree
from apps.measures.models import Act, ImportRun, RememberedHeading, RememberedUnit
from apps.measures.services.content.names import plain_name
from apps.measures.services.files import keep_made, read_within
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from apps.units.services import refuse_stale
from apps.units.workflow import apply

log = logging.getLogger(__name__)
TASK = "measures.import"
MOST_TRIES = 3
MOST_A_DAY, MOST_TURNS = 100, 5
MOST_BYTES = 20 * 1024 * 1024
LONGEST_HEADING, LONGEST_UNIT = 80, 120
LEASE = dt.timedelta(minutes=10)
"""A run that has shown no sign for so long has lost its worker or its message: longer than a task may run."""
DEAD = f"后台处理中断 {MOST_TRIES} 次，不再自动重试。请把文件拆小后重新上传，或联系系统管理员"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"xlsx": XLSX, "csv": "text/csv"}
READING, SETTING, READY, APPLYING, APPLIED, FAILED, DROPPED = ImportRun.State


@transaction.atomic
def start_import(*, actor: User, inspection: Inspection, file: UploadedFile[bytes]) -> ImportRun:
    """Keep the file of a list and have it read. What is no table at all is refused at once."""
    require_office(actor, Act.UPLOAD_IMPORT)
    data = read_within(file, MOST_BYTES)
    kind = kind_of(data)
    return begun(actor=actor, inspection=inspection, name=file.name or "清单", media_type=MEDIA_TYPES[kind], data=data)


def begun(*, actor: User, inspection: Inspection, name: str, media_type: str, data: bytes, kind: str = ImportRun.Kind.LIST) -> ImportRun:
    """Part of the acts that bring a file in: it is kept, its run made, its reading asked for."""
    _check_day(inspection)
    kept = keep_made(plain_name(name), media_type, data)
    run = ImportRun.objects.create(
        inspection=inspection,
        kind=kind,
        choices=_decided_before(inspection),
        made_by=actor,
        filename=kept.filename,
        media_type=kept.media_type,
        size=kept.size,
        sha256=kept.sha256,
    )
    payload = {"file": run.filename, "sha256": run.sha256}
    record(inspection.book, actor=actor, act=Act.UPLOAD_IMPORT, subject=run, payload=payload)
    transaction.on_commit(partial(send, run.pk))
    return run


def _check_day(inspection: Inspection) -> None:
    """There are so many of a round a day, far more than any office needs. What was given up or could not be read does not count, so that
    nobody is shut out by it; with those there may be several times as many, so that uploading and giving up has an end, too."""
    today = inspection.imports.filter(made_at__date=timezone.localdate())
    if today.exclude(state__in=(FAILED, DROPPED)).count() >= MOST_A_DAY:
        words = f"这一轮今天已经上传 {MOST_A_DAY} 份清单和通报，达到一天的上限（放弃的、未能完成的不算）"
        advice = "上传过的都在“导入清单”里，可以接着办理，用不着的请放弃；还要再传的，请合并成一份，或明天上传"
        raise ActRefused(f"{words}。{advice}", field="file")
    if today.count() >= MOST_TURNS * MOST_A_DAY:
        words = f"这一轮今天已经上传 {MOST_TURNS * MOST_A_DAY} 份清单和通报，连同放弃的、未能完成的，达到一天的上限"
        raise ActRefused(f"{words}。上传过的都在“导入清单”里，可以接着办理；还要再传的，请明天上传", field="file")


def _decided_before(inspection: Inspection) -> dict[str, Any]:
    """What the office said of the names of units in the file before: a corrected list, or the same one, is not asked about again."""
    units = inspection.imports.filter(choices__has_key="units").order_by("-pk").values_list("choices__units", flat=True).first()
    return {"units": units} if units else {}


@transaction.atomic
def set_import(
    *,
    actor: User,
    run: ImportRun,
    choices: Mapping[str, Any],
    headings: Mapping[str, str] | None = None,
    units: Mapping[str, int] | None = None,
    version: int | None = None,
) -> ImportRun:
    """Take what the office decided about columns, units and defaults, and read the file again by it.

    ``headings`` (heading → field) and ``units`` (name → key) are remembered for the files to come.
    """
    row = locked(run, version)
    apply(workflow.SET_IMPORT, row, field="state", actor=actor)
    row.choices = {**row.choices, **choices}
    for heading, name in (headings or {}).items():
        RememberedHeading.objects.update_or_create(heading=folded(heading)[:LONGEST_HEADING], defaults={"field": name})
    for words, key in (units or {}).items():
        RememberedUnit.objects.update_or_create(name=words[:LONGEST_UNIT], defaults={"unit_id": key})
    _renew(row)
    record(row.inspection.book, actor=actor, act=Act.SET_IMPORT, subject=row, payload={"file": row.filename, "sha256": row.sha256})
    return row


@transaction.atomic
def reread(*, actor: User, run: ImportRun, version: int | None = None) -> ImportRun:
    """Read the file again: after a failure, or because the ledger has changed since the preview."""
    row = locked(run, version)
    apply(workflow.SET_IMPORT, row, field="state", actor=actor)
    _renew(row)
    record(row.inspection.book, actor=actor, act=Act.SET_IMPORT, subject=row, payload={"file": row.filename, "sha256": row.sha256})
    return row


@transaction.atomic
def ask_apply(*, actor: User, run: ImportRun, fingerprint: str, reason: str = "", version: int | None = None) -> ImportRun:
    """Confirm what the preview showed; a worker writes it. ``fingerprint`` is of the plan that the page showed."""
    row = locked(run, version)
    plan = Plan.from_json(row.plan)
    apply(workflow.APPLY_IMPORT, row, field="state", actor=actor)
    if row.plan.get("fingerprint") != fingerprint:
        raise ActConflict("预览已经更新，请看新的预览后再确认")
    if Tree.from_json(row.tree).of_level(Level.ERROR) or plan.errors:
        raise ActRefused("还有错误没有处理，整份都不能导入")
    if plan.is_empty:
        raise ActRefused("文件与台账一致，没有要导入的内容")
    changes = [line for line in plan.lines.values() if line.changes and not line.reason]
    if changes and not reason.strip():
        raise ActRefused("这次导入会修改台账里已有的内容，请写明理由", field="reason")
    if len(reason) > 300:
        raise ActRefused("理由最多 300 个字，请删减", field="reason")
    row.reason, row.applied_by = reason.strip(), actor
    row.attempts, row.begun_at, row.asked_at, row.error = 0, None, timezone.now(), ""
    row.version += 1
    row.save()
    transaction.on_commit(partial(send, row.pk))
    return row


@transaction.atomic
def drop_import(*, actor: User, run: ImportRun, version: int | None = None) -> ImportRun:
    """Give the file up; nothing of it was written."""
    row = locked(run, version)
    apply(workflow.DROP_IMPORT, row, field="state", actor=actor)
    row.tree, row.plan, row.outline = {}, {}, {}
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=Act.DROP_IMPORT, subject=row, payload={"file": row.filename, "sha256": row.sha256})
    return row


def send(pk: int) -> None:
    """Hand the work to a worker. Without a broker the row waits, and the clock sends it again."""
    try:
        celery.current_app.send_task(TASK, args=[pk])
    except (BrokerAway, OSError):
        log.exception("import %s not handed to a worker", pk)


def overdue() -> list[int]:
    """Runs whose message or worker was lost."""
    before = timezone.now() - LEASE
    rows = ImportRun.objects.filter(state__in=(READING, APPLYING), asked_at__lt=before)
    return sorted(rows.filter(Q(begun_at=None) | Q(begun_at__lt=before)).values_list("pk", flat=True))


@transaction.atomic
def claim_import(*, pk: int) -> ImportRun | None:
    """Begin, or go on after a worker that died; None where there is nothing to do, or where another worker may still be at it.

    The try is counted before the work begins.
    """
    row: ImportRun | None = _rows().filter(pk=pk).first()
    if row is None or not row.is_working or (row.begun_at and row.begun_at > timezone.now() - LEASE):
        return None
    if row.attempts >= MOST_TRIES:
        row.state, row.error = FAILED, DEAD
        row.version += 1
        row.save(update_fields=("state", "error", "version"))
        return None
    row.attempts, row.begun_at = row.attempts + 1, timezone.now()
    row.save(update_fields=("attempts", "begun_at"))
    return row


@transaction.atomic
def keep_read(*, run: ImportRun, outline: Mapping[str, Any], tree: Tree | None, plan: Plan | None, state: str) -> ImportRun:
    """What the worker has read: ``state`` is SETTING where the office has to say what columns or units mean, READY for the preview.

    What was read before the office asked for another reading, or by a worker that another has taken over from, is not kept.
    """
    row = locked(run)
    if row.state == READING and row.begun_at == run.begun_at:
        row.outline, row.tree, row.plan = dict(outline), tree.as_json() if tree else {}, plan.as_json() if plan else {}
        row.state, row.error, row.begun_at = state, "", None
        row.version += 1
        row.save()
    return row


@transaction.atomic
def fail_import(*, run: ImportRun, error: str) -> ImportRun:
    """The file cannot be read, or what was confirmed could not be written; nothing of it was. Only the worker that is at it can tell."""
    row = locked(run)
    if row.is_working and row.begun_at == run.begun_at:
        row.state, row.error, row.begun_at = FAILED, error, None
        row.version += 1
        row.save(update_fields=("state", "error", "begun_at", "version"))
    return row


def locked(run: ImportRun, version: int | None = None) -> ImportRun:
    """The run's row, locked and read anew."""
    row: ImportRun = _rows().get(pk=run.pk)
    refuse_stale(row.version, version, "这次导入")
    return row


def _rows() -> Any:
    return ImportRun.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "made_by", "applied_by")


def _renew(row: ImportRun) -> None:
    row.attempts, row.begun_at, row.asked_at, row.error = 0, None, timezone.now(), ""
    row.version += 1
    row.save()
    transaction.on_commit(partial(send, row.pk))
