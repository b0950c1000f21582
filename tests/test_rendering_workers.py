"""Real workers make the files of a notice, on PostgreSQL and Redis: sent after the commit, killed in the middle, two at once."""

from __future__ import annotations

import pytest
from django.db import transaction

from apps.ledgers import chain
from apps.reports.models import Edition, Rendering
from config.celery import app
from tests.test_editions import published
from tests.test_flag_workers import waiting_for_a_lock
from tests.workers import Workers, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TALKING = "--loglevel=INFO"
SHORT = {"JOB_VISIBILITY_SECONDS": "4"}
KINDS = ["csv", "docx", "json", "pdf"]


def done(row: Rendering) -> bool:
    return Rendering.objects.get(pk=row.pk).state == Rendering.State.DONE


def each_file_once(edition: Edition) -> None:
    row = edition.renderings.get()
    assert sorted(row.files.values_list("kind", flat=True)) == KINDS
    assert (row.done, row.error) == (4, "")
    assert all(file.size for file in row.files.all())
    assert chain.verify(edition.inspection.book).holds


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(workers: Workers) -> None:
    first = workers.start(TALKING, **SHORT)
    with transaction.atomic():
        edition = published()
        row = edition.renderings.get()
    wait_until(lambda: Rendering.objects.get(pk=row.pk).done >= 1, "the first file")
    with transaction.atomic():
        # The worker stands at the door of the next file and dies there.
        Rendering.objects.select_for_update().get(pk=row.pk)
        if not done(row):
            wait_until(lambda: waiting_for_a_lock() == 1, "the worker to stand at the lock")
        workers.kill(first)
    assert not done(row)
    workers.start(TALKING, **SHORT)
    wait_until(lambda: done(row), "the files after all")
    assert Rendering.objects.get(pk=row.pk).attempts == 2
    each_file_once(edition)


def test_two_messages_to_two_workers_make_each_file_once(workers: Workers) -> None:
    for _ in range(2):
        workers.start(TALKING)
    edition = published()
    row = edition.renderings.get()
    with transaction.atomic():
        Rendering.objects.select_for_update().get(pk=row.pk)
        app.send_task("reports.render", args=[row.pk])
        wait_until(lambda: waiting_for_a_lock() == 2, "both workers to stand at the lock")
    wait_until(lambda: done(row), "the files")
    each_file_once(edition)
