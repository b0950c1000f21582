"""Workers and beat that die in the middle, on PostgreSQL and Redis: nothing is lost, nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.supervision.models import Flag, JobRun
from apps.supervision.services.running import MOST_TRIES
from apps.supervision.tasks import derive_timeliness as task
from config.celery import app
from tests import factories
from tests.test_flag_workers import waiting_for_a_lock
from tests.workers import Workers, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.job_settings", "JOB_VISIBILITY_SECONDS": "4"}
TALKING = "--loglevel=INFO"
COUNT = 20


def a_round() -> Inspection:
    found = factories.issue()
    factories.measures(found, COUNT, due_on=factories.days(-3))
    return found.inspection


@contextmanager
def stuck(inspection: Inspection) -> Iterator[None]:
    """While this lasts, the job that has begun stands at the lock of the round."""
    with transaction.atomic():
        Inspection.objects.select_for_update().get(pk=inspection.pk)
        task.delay()
        wait_until(lambda: waiting_for_a_lock() == 1, "the worker to stand at the lock")
        yield


def log_of(workers: Workers, name: str) -> str:
    return workers.log(name).read_text(errors="replace")


def each_flag_once(inspection: Inspection) -> None:
    assert Flag.objects.open().count() == Flag.objects.count() == COUNT
    assert chain.verify(inspection.book).holds


def test_a_worker_that_is_killed_in_the_middle_and_started_again_does_it_once(workers: Workers) -> None:
    first = workers.start(TALKING, **SETTINGS)
    inspection = a_round()
    with stuck(inspection):
        workers.kill(first)
        assert not Flag.objects.exists()
    workers.start(TALKING, **SETTINGS)
    wait_until(lambda: JobRun.objects.filter(state=JobRun.State.DONE).exists(), "the run to be done after all")
    assert JobRun.objects.get().attempts == 2
    each_flag_once(inspection)


def test_the_control_a_message_that_is_acknowledged_early_is_lost_with_its_worker(workers: Workers) -> None:
    first = workers.start(TALKING, **SETTINGS, EARLY_ACK="1")
    inspection = a_round()
    with stuck(inspection):
        workers.kill(first)
    workers.start(TALKING, **SETTINGS, EARLY_ACK="1")
    time.sleep(15)
    assert JobRun.objects.get().state == JobRun.State.RUNNING
    assert not Flag.objects.exists()


def test_two_clocks_one_of_them_killed_and_started_again_run_each_due_time_once(workers: Workers) -> None:
    inspection = a_round()
    name = workers.start(TALKING, **SETTINGS)
    first = workers.clock(**SETTINGS)
    workers.clock(**SETTINGS)
    wait_until(lambda: log_of(workers, name).count("nothing left to do") >= 4, "messages of two clocks")
    workers.kill(first)
    seen = log_of(workers, name).count("nothing left to do")
    workers.clock(**SETTINGS)
    wait_until(lambda: log_of(workers, name).count("nothing left to do") >= seen + 4, "messages of the clock that came back")
    runs = list(JobRun.objects.values_list("due_at", "attempts"))
    assert len({due_at for due_at, _attempts in runs}) == len(runs) <= 2  # the full hour may fall between
    assert {attempts for _due_at, attempts in runs} == {1}
    each_flag_once(inspection)


def test_a_job_that_kills_its_worker_each_time_ends_in_the_list(workers: Workers) -> None:
    workers.start(TALKING, **SETTINGS)
    app.send_task("tests.poison")
    wait_until(lambda: JobRun.objects.filter(state=JobRun.State.FAILED).exists(), "the run to be given up", seconds=90)
    assert JobRun.objects.get().attempts == MOST_TRIES
    inspection = a_round()
    task.delay()  # the worker itself goes on
    wait_until(lambda: JobRun.objects.filter(state=JobRun.State.DONE).exists(), "the next job")
    each_flag_once(inspection)
