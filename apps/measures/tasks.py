"""Jobs of this room: what comes in is read and written outside of any request."""

from __future__ import annotations

from celery import shared_task

from apps.measures.importing.working import work
from apps.measures.services.importing.running import TASK


@shared_task(name=TASK)
def run_import(pk: int) -> None:
    """Read or write one import. Safe late, twice, in two workers at once, and after a worker that died."""
    work(pk)
