"""What makes a function a job that runs by the clock: when it is due, and a Celery task that runs each due time once.

    @job("supervision.derive_timeliness", label="更新提示", due=hourly(minute=5))
    def derive_timeliness() -> Facts: ...

The due time is computed from the clock when the message arrives, never from the message: however many clocks (beat) are running and
however late a message comes, one due time is one run (``JobRun``, security.md R-25). A failure is tried again with a growing pause and
ends in the operator's list; so does a run that kills its worker (``services/running.py``). The work gets no argument, returns what the
operators may read (numbers, no business content), and must be safe when it is begun again half done.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping

from celery import Task, shared_task
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from apps.supervision.models import JobRun
from apps.supervision.models.running import LABELS
from apps.supervision.services import running

log = logging.getLogger(__name__)
Facts = Mapping[str, int | str]
Due = Callable[[dt.datetime], dt.datetime]
"""The latest due time that is not after the given one."""

LONGEST_PAUSE = 480


def every(minutes: int) -> Due:
    """Due every so many minutes, counted from the full hour; ``minutes`` divides 60."""
    return lambda now: now.replace(minute=now.minute // minutes * minutes, second=0, microsecond=0)


def hourly(*, minute: int) -> Due:
    """Due once an hour at that minute."""

    def due(now: dt.datetime) -> dt.datetime:
        then = now.replace(minute=minute, second=0, microsecond=0)
        return then if then <= now else then - dt.timedelta(hours=1)

    return due


def job(name: str, *, label: str, due: Due) -> Callable[[Callable[[], Facts]], Task[..., None]]:
    """Make the work a task of that name, and of that label on the operators' page. ``due_at`` in a message (ISO) names the due time of
    a retry, or one asked for by hand."""
    LABELS[name] = label

    def made(work: Callable[[], Facts]) -> Task[..., None]:
        @shared_task(bind=True, name=name, max_retries=None)
        def task(self: Task[..., None], due_at: str = "") -> None:
            when = dt.datetime.fromisoformat(due_at) if due_at else due(timezone.now())
            failure = _try(name, when, str(self.request.id or uuid.uuid4()), work)
            if failure is not None:
                tries = self.request.retries + 1
                raise self.retry(exc=failure, countdown=pause(tries), kwargs={"due_at": when.isoformat()}) from failure

        task.__doc__ = work.__doc__
        return task

    return made


def _try(name: str, when: dt.datetime, by: str, work: Callable[[], Facts]) -> Exception | None:
    """One try; the failure where there is to be another. While the database is away, nothing can be counted, and it is tried again."""
    try:
        run = running.claim_run(job=name, due_at=when, by=by)
    except DatabaseError as failure:
        log.exception("%s due %s not begun", name, when)
        return failure
    if run is None:
        log.info("%s due %s: nothing left to do", name, when)
        return None
    try:
        running.finish_run(run=run, result=dict(work()))
    except Exception as failure:
        log.exception("%s due %s failed, try %s", name, when, run.attempts)
        return failure if _again(run, failure) else None
    return None


def _again(run: JobRun, failure: Exception) -> bool:
    try:
        return running.fail_run(run=run, failure=failure)
    except DatabaseError:
        log.exception("%s due %s: the failure not kept", run.job, run.due_at)
        return True


def pause(attempts: int) -> int:
    """Seconds until the next try: twice as many after each."""
    seconds: int = settings.JOB_RETRY_SECONDS * 2 ** min(attempts - 1, 8)
    return min(seconds, LONGEST_PAUSE)
