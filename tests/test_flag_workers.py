"""Two workers run the flag job at the same moment on PostgreSQL: each flag once, one entry each; and what happens without the lock."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, Self

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.services import override_calendar
from apps.supervision.models import Act, Flag
from apps.supervision.services import derive_timeliness, flagging
from apps.supervision.tasks import derive_timeliness as task
from tests import factories
from tests.workers import Workers, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

OVERDUE, SOON = 30, 12
TOTAL = OVERDUE + SOON
TALKING = "--loglevel=INFO"  # so that its log says when a job has succeeded


def a_round() -> Inspection:
    found = factories.issue()
    factories.measures(found, OVERDUE, due_on=factories.days(-3))
    for day in range(40):  # whatever years the calendar knows
        override_calendar(actor=None, day=factories.days(day), is_workday=True, note="测试")
    factories.measures(found, SOON, due_on=factories.today())
    return found.inspection


def due(hour: int) -> str:
    """The due time of a run so many hours ago, so that each message asks for a run of its own."""
    return (timezone.now() - dt.timedelta(hours=hour)).replace(minute=5, second=0, microsecond=0).isoformat()


def waiting_for_a_lock() -> int:
    """How many other sessions on this database wait for somebody's lock; asked anew, although within one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


def has_done(workers: Workers, name: str, runs: int) -> bool:
    return workers.log(name).read_text(errors="replace").count("succeeded in") == runs


def each_flag_once(inspection: Inspection) -> None:
    assert Flag.objects.open().count() == TOTAL
    raised = Entry.objects.filter(book=inspection.book, act=Act.RAISE_FLAG.value)
    assert sorted(entry.payload["flag"] for entry in raised) == sorted(Flag.objects.values_list("pk", flat=True))
    assert raised.values("correlation").distinct().count() == 1
    assert chain.verify(inspection.book).holds


def test_two_workers_at_the_same_moment(workers: Workers) -> None:
    names = [workers.start(TALKING), workers.start(TALKING)]
    inspection = a_round()
    with transaction.atomic():
        # Both start while the round is held here, so both stand at the same door when it opens.
        Inspection.objects.select_for_update().get(pk=inspection.pk)
        for hour in range(len(names)):
            task.delay(due_at=due(hour))
        wait_until(lambda: waiting_for_a_lock() == len(names), "both workers to stand at the lock")
        assert not Flag.objects.exists()
    for name in names:
        wait_until(partial(has_done, workers, name, 1), f"the job on {name}")
    each_flag_once(inspection)


def test_delivered_again_and_again_by_one_worker(workers: Workers) -> None:
    name = workers.start(TALKING)
    inspection = a_round()
    for hour in range(3):
        task.delay(due_at=due(hour))
    wait_until(partial(has_done, workers, name, 3), "three runs of the job")
    each_flag_once(inspection)


class TwoRuns:
    """Two runs in two threads that have both read before either writes; what each of them raised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.meeting = threading.Barrier(2, timeout=20)
        self.errors: list[Exception] = []
        original = flagging._Deeds._raise

        def after_meeting(*facts: Any) -> Iterator[Any]:
            self.meeting.wait()
            yield from original(*facts)

        def without_lock(rows: QuerySet[Any], *_args: Any, **_options: Any) -> Any:
            return rows

        monkeypatch.setattr(flagging._Deeds, "_raise", after_meeting)
        monkeypatch.setattr(QuerySet, "select_for_update", without_lock)

    def run(self) -> Self:
        threads = [threading.Thread(target=self._one) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def _one(self) -> None:
        try:
            derive_timeliness()
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()


def test_without_any_lock_the_constraint_undoes_the_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    inspection = a_round()
    with monkeypatch.context() as patch:
        runs = TwoRuns(patch).run()
    assert [type(error) for error in runs.errors] == [IntegrityError]
    assert "flag_once" in str(runs.errors[0])
    each_flag_once(inspection)
    (later,) = derive_timeliness()
    assert (later.raised, later.reopened, later.cleared) == (0, 0, 0)
