"""Running what is due: each due run of a job once, tried again when it fails, and in the operator's list when it fails for good.

A due run is claimed in a transaction of its own, which counts the try before the work begins: a run that kills its worker each time
is delivered again by the broker, but not begun a sixth time. What is kept of a failure is its kind in words, never its message, which
may hold business content (the operators, ADMIN, see none): the whole of it is in the log.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from apps.ledgers.services import house_book, record
from apps.supervision.models import Act, JobRun
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from apps.units.services import put_notifications

MOST_TRIES = 5
LEASE = dt.timedelta(minutes=15)
"""A run that has shown no sign for so long has lost its worker: longer than a task may run and than the longest wait for a retry."""
KEPT = dt.timedelta(days=90)
OPERATING = (Role.OFFICE, Role.ADMIN)
PAGE = "/jobs/"
LOST = "运行中断：工作进程退出，没有做完"
DEAD = f"工作进程在运行中退出 {MOST_TRIES} 次，不再重试"
KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (IntegrityError, "数据有冲突"),
    (OperationalError, "数据库连接失败或超时"),
    (DatabaseError, "数据库出错"),
    (ActRefused, "业务规则不允许"),
    (OSError, "文件或网络出错"),
)


def in_words(failure: BaseException) -> str:
    """What kind of failure it is. Its message stays in the log: it may quote what it failed on."""
    words = next((words for kind, words in KINDS if isinstance(failure, kind)), "程序出错")
    if "TimeLimit" in type(failure).__name__:
        words = "超过运行时间限制"
    return f"{words}（{type(failure).__name__}）"


@transaction.atomic
def claim_run(*, job: str, due_at: dt.datetime, by: str) -> JobRun | None:
    """Begin a due run, or None: another has done it, is doing it, or it has used up its tries.

    ``by`` is the identity of the message that asks for it: the same message delivered again (its worker died) goes on at once, another
    one (a second clock) only when the run has shown no sign for ``LEASE``.
    """
    made, _new = JobRun.objects.get_or_create(job=job, due_at=due_at)
    row = JobRun.objects.select_for_update(no_key=True).get(pk=made.pk)
    if row.state in (JobRun.State.DONE, JobRun.State.FAILED):
        return None
    if row.attempts and row.result.get("by") != by and not _is_lost(row):
        return None
    if row.attempts >= MOST_TRIES:
        _give_up(row, DEAD)
        return None
    row.state, row.attempts, row.result = JobRun.State.RUNNING, row.attempts + 1, {"by": by}
    row.started_at, row.finished_at = timezone.now(), None
    row.save()
    return row


@transaction.atomic
def finish_run(*, run: JobRun, result: dict[str, Any]) -> None:
    """The run is done. Former runs of the job that have shown no sign for ``LEASE`` are given up; old ones that went well are dropped."""
    now = timezone.now()
    mine = JobRun.objects.filter(pk=run.pk)
    mine.update(state=JobRun.State.DONE, finished_at=now, result=result, error="")
    for lost in JobRun.objects.select_for_update(no_key=True).filter(job=run.job, due_at__lt=run.due_at, started_at__lt=now - LEASE):
        if lost.state in (JobRun.State.RUNNING, JobRun.State.RETRYING):
            _give_up(lost, lost.error or LOST)
    JobRun.objects.filter(job=run.job, state=JobRun.State.DONE, due_at__lt=now - KEPT).delete()


@transaction.atomic
def fail_run(*, run: JobRun, failure: BaseException) -> bool:
    """The run has failed; whether it is to be tried again. After the last try it is in the operator's list and its people are told."""
    row = JobRun.objects.select_for_update(no_key=True).get(pk=run.pk)
    if row.attempts >= MOST_TRIES:
        _give_up(row, in_words(failure))
        return False
    row.state, row.error, row.finished_at = JobRun.State.RETRYING, in_words(failure), timezone.now()
    row.save()
    return True


@transaction.atomic
def note_failure(*, actor: User, run: JobRun) -> JobRun:
    """An operator has taken note of a run that failed; it leaves the list of what is to be looked at, not the list of runs."""
    if actor.role not in OPERATING:
        raise ActForbidden(f"您的角色不能办理“{Act.NOTE_FAILURE.label}”")
    row = JobRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if row.state != JobRun.State.FAILED or row.noted_by_id is not None:
        raise ActConflict("这次失败已经有人知悉，请刷新页面")
    row.noted_by, row.noted_at = actor, timezone.now()
    row.save()
    payload = {"job": row.label, "due_at": row.due_at, "attempts": row.attempts, "error": row.error}
    record(house_book(), actor=actor, act=Act.NOTE_FAILURE, subject=row, payload=payload)
    return row


def _is_lost(row: JobRun) -> bool:
    return row.started_at is not None and row.started_at < timezone.now() - LEASE


def _give_up(row: JobRun, error: str) -> None:
    row.state, row.error, row.finished_at = JobRun.State.FAILED, error, timezone.now()
    row.save()
    put_notifications(
        recipients=User.objects.filter(role=Role.ADMIN, is_active=True),
        kind=Notification.Kind.FAILURE,
        subject=row,
        day=timezone.localdate(),
        title=f"后台任务失败：{row.label}，{error}",
        number="后台任务",
        path=PAGE,
    )
