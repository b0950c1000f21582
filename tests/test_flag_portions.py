"""Deriving in portions: what a run that is cut short leaves behind, how the next one goes on, and that portions change no flag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.ledgers.services import Deed, record_stream
from apps.measures.models import Measure
from apps.supervision.models import Act, Derivation, Flag, JobRun
from apps.supervision.services import derive_timeliness, flagging
from apps.supervision.tasks import derive_timeliness as task
from apps.units.models import Notification
from tests import factories
from tests.supervision import letter

pytestmark = pytest.mark.django_db

COUNT, PORTION = 35, 10
LIMIT = 15
"""So many entries are written until the time of the task is up."""


def a_round(count: int = COUNT) -> Inspection:
    found = factories.issue()
    factories.liaison(found.lead_unit)
    factories.measures(found, count, due_on=factories.days(-3))
    return found.inspection


class Clock:
    """The time limit of a task: it strikes when so many entries have been made since it was wound up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = LIMIT
        monkeypatch.setattr(flagging, "record_stream", self.record)

    def record(self, *facts: Any, deeds: Iterable[Deed], **named: Any) -> int:
        return record_stream(*facts, deeds=self.timed(deeds), **named)

    def timed(self, deeds: Iterable[Deed]) -> Iterable[Deed]:
        for deed in deeds:
            if self.left == 0:
                raise SoftTimeLimitExceeded
            self.left -= 1
            yield deed

    def run(self) -> int:
        """A run under the limit; how many flags there are after it."""
        self.left = LIMIT
        with pytest.raises(SoftTimeLimitExceeded):
            derive_timeliness()
        return Flag.objects.count()


def entered(inspection: Inspection) -> list[int]:
    """The flags that the book says were raised."""
    rows = Entry.objects.filter(book=inspection.book, act=Act.RAISE_FLAG.value)
    return sorted(payload["flag"] for payload in rows.values_list("payload", flat=True))


def each_flag_once(inspection: Inspection) -> None:
    assert entered(inspection) == sorted(Flag.objects.open().values_list("pk", flat=True))
    assert chain.verify(inspection.book).holds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(flagging, "PORTION", PORTION)
    return Clock(monkeypatch)


class TestCutShort:
    def test_what_is_committed_stays_and_the_next_runs_go_on_until_all_is_done(self, clock: Clock) -> None:
        inspection = a_round()
        assert clock.run() == PORTION
        each_flag_once(inspection)
        assert not Derivation.objects.exists()
        assert not Notification.objects.filter(kind="flag").exists()
        assert clock.run() == 2 * PORTION
        clock.left = LIMIT
        (done,) = derive_timeliness()
        assert (done.raised, done.cleared) == (COUNT - 2 * PORTION, 0)
        each_flag_once(inspection)
        assert Flag.objects.count() == COUNT
        assert Derivation.objects.get().day == factories.today()

    def test_people_are_told_at_the_end_of_all_of_it(self, clock: Clock) -> None:
        a_round()
        clock.run()
        clock.left = COUNT
        derive_timeliness()
        assert Notification.objects.filter(kind="flag").count() == COUNT
        assert not Flag.objects.filter(to_tell=True).exists()
        Notification.objects.filter(kind="flag").delete()
        derive_timeliness()
        assert not Notification.objects.filter(kind="flag").exists()

    def test_the_control_in_one_portion_nothing_stays_however_often_it_is_begun(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flagging, "PORTION", COUNT)
        a_round()
        assert [clock.run() for _ in range(4)] == [0, 0, 0, 0]

    def test_when_the_time_is_up_no_other_round_is_begun(self, clock: Clock) -> None:
        a_round()
        factories.measure(due_on=factories.days(-3))
        assert clock.run() == PORTION

    def test_the_job_is_tried_again_and_says_why(self, clock: Clock) -> None:
        a_round()
        with pytest.raises(SoftTimeLimitExceeded):
            task()
        run = JobRun.objects.get()
        assert (run.state, run.error) == (JobRun.State.RETRYING, "超过运行时间限制（SoftTimeLimitExceeded）")
        assert Flag.objects.count() == PORTION
        assert clock.left == 0

    def test_clearing_is_cut_short_in_the_same_way(self, clock: Clock) -> None:
        inspection = a_round()
        clock.left = COUNT
        derive_timeliness()
        Measure.objects.update(stopped_on=factories.today(), progress=Measure.State.IN_REVIEW)
        clock.run()
        assert Flag.objects.open().count() == COUNT - PORTION
        clock.left = COUNT
        (done,) = derive_timeliness()
        assert (done.cleared, Flag.objects.open().count()) == (COUNT - PORTION, 0)
        assert chain.verify(inspection.book).holds


def mixed() -> Inspection:
    """Measures that every day does something else to, and a letter about the first and the last of them."""
    found = factories.issue()
    made = [factories.measure(found, due_on=factories.days(n - 4)) for n in range(9)]
    late = letter(made[0])
    late.measures.add(made[-1])
    return found.inspection


def flags(inspection: Inspection) -> list[tuple[Any, ...]]:
    rows = Flag.objects.filter(measure__issue__inspection=inspection).order_by("measure__ordinal", "kind", "due_on")
    return list(rows.values_list("measure__ordinal", "kind", "due_on", "raised_on", "cleared_on", "cleared_because"))


def test_portions_raise_and_clear_what_one_run_does(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = mixed(), mixed()
    for n in (0, 3, 8, 40, 70):
        day = factories.today() + dt.timedelta(days=n)
        (one,) = derive_timeliness(inspection=whole, today=day)
        with monkeypatch.context() as patch:
            patch.setattr(flagging, "PORTION", 2)
            (many,) = derive_timeliness(inspection=parts, today=day)
        assert (one.raised, one.cleared, one.kinds, one.paused) == (many.raised, many.cleared, many.kinds, many.paused)
    assert flags(whole) == flags(parts)
    assert {kind for _ordinal, kind, *_rest in flags(parts)} >= {"soon", "overdue", "grave", "unanswered"}


def reads(inspection: Inspection) -> int:
    with CaptureQueriesContext(connection) as seen:
        derive_timeliness(inspection=inspection, today=factories.today())
    return sum(query["sql"].startswith(("SELECT", "DECLARE")) for query in seen.captured_queries)


def test_each_portion_costs_the_same_number_of_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flagging, "PORTION", PORTION)
    one, two, four = (reads(a_round(count)) for count in (PORTION, 2 * PORTION, 4 * PORTION))
    assert four - two == 2 * (two - one)
