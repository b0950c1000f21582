"""The forecast: the rule on fixed cases, and its back-test with only what was known at the time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from apps.measures.models import Measure
from apps.supervision.figures import History, Task, back_test, forecast
from apps.supervision.figures.pace import NO_PACE, THIN
from tests import factories as make

DAY = dt.date(2025, 6, 2)


def task(pk: int, due: int | None, stopped: int | None = None, unit: int = 1) -> Task:
    """Due and stopped that many days from the day of the forecast."""
    due_on = None if due is None else DAY + dt.timedelta(days=due)
    return Task(pk, unit, due_on, None if stopped is None else DAY + dt.timedelta(days=stopped))


def done(count: int, unit: int = 1) -> list[Task]:
    return [task(100 * unit + number, 30, -number, unit) for number in range(1, count + 1)]


def test_the_kth_in_the_line_is_expected_when_k_have_been_finished_at_the_units_pace() -> None:
    tasks = [*done(4), task(3, 30), task(1, 14), task(2, 27), task(4, None)]
    (unit,) = forecast(tasks, DAY)
    assert (unit.pace.finished, unit.pace.per_week) == (4, Decimal("0.5"))
    assert [(one.task.pk, one.place, (one.expected_on - DAY).days, one.will_miss) for one in unit.line if one.expected_on] == [
        (1, 1, 14, False),  # expected on its very day
        (2, 2, 28, True),
        (3, 3, 42, True),
    ]
    assert [one.days_after for one in unit.missing] == [1, 12]


def test_what_is_overdue_stands_in_the_line_but_is_no_forecast() -> None:
    (unit,) = forecast([*done(8), task(1, -1), task(2, 0), task(3, 21)], DAY)
    assert [(one.place, one.was_late, one.will_miss) for one in unit.line] == [(1, True, False), (2, False, True), (3, False, False)]
    assert (unit.overdue, unit.ahead) == (1, 2)


def test_only_the_last_eight_weeks_make_the_pace_and_without_a_pace_there_is_no_forecast() -> None:
    (unit,) = forecast([task(9, 0, -56), task(8, 0, -200), task(1, 3)], DAY)
    assert (unit.pace.finished, unit.missing, unit.words) == (0, [], NO_PACE)
    (unit,) = forecast([task(9, 0, -55), task(1, 3)], DAY)
    assert (unit.pace.finished, len(unit.missing), unit.words) == (1, 1, THIN)
    (unit,) = forecast([*done(3), task(1, 3)], DAY)
    assert unit.words == ""


def test_each_unit_goes_by_its_own_pace_and_one_with_nothing_left_is_not_named() -> None:
    found = forecast([*done(8, 1), *done(1, 2), *done(3, 3), task(1, 10), task(2, 10, unit=2)], DAY)
    assert [(one.unit, len(one.missing)) for one in found] == [(2, 1), (1, 0)]


def test_the_back_test_counts_hits_false_alarms_and_what_it_did_not_foresee() -> None:
    today = DAY + dt.timedelta(days=28)
    then = [*done(8), task(1, 7), task(2, 7), task(3, 7), task(4, 27), task(5, 28), task(6, -1), task(7, 5, unit=2)]
    # In the line: 6 (late), 1, 2, 3, 4, 5, expected after 7, 14, 21, … days: 1 is expected on day 14.
    after = {1: None, 2: DAY + dt.timedelta(days=7), 3: DAY + dt.timedelta(days=8), 4: None, 5: None, 6: None, 7: None}
    found = back_test(then, after, DAY, today)
    assert (found.known, found.silent) == (4, 1)  # 5 is due today: nobody knows yet; 6 was late; 7 has no pace
    assert (found.predicted, found.missed, found.hits) == (4, 3, 3)
    assert (found.false_alarms, found.unforeseen) == (1, 0)
    assert (found.precision, found.recall) == (Decimal("75.0"), Decimal("100.0"))
    assert found.words == THIN
    quick = back_test([*done(56), task(1, 7)], {1: None}, DAY, today)
    assert (quick.predicted, quick.missed, quick.unforeseen, quick.recall, quick.precision) == (0, 1, 1, Decimal("0.0"), None)


@pytest.mark.django_db
def test_the_back_test_goes_by_what_the_book_knew_then() -> None:
    start = dt.datetime(2025, 6, 2, 4, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        first, kept, slips = make.measures(make.issue(), 3, due_on=dt.date(2025, 6, 20))
        make.finish(first)
    with time_machine.travel(start + dt.timedelta(days=9), tick=False):
        make.finish(kept)
    with time_machine.travel(start + dt.timedelta(days=30), tick=False):
        make.finish(slips)  # twelve days late: the measures of today are all finished
        today = dt.date(2025, 7, 2)
        history = History(first.issue.inspection, Measure.objects.all(), today, whole=True)
        assert history.forecast == []
        tests = dict(history.back_tests)
        then = {one.pk: one.stopped_on for one in history.tasks_on(dt.date(2025, 6, 4))}
    assert then == {first.pk: dt.date(2025, 6, 2), kept.pk: None, slips.pk: None}
    four = tests[4]
    assert (four.day, four.known, four.predicted, four.missed, four.hits) == (dt.date(2025, 6, 4), 2, 2, 1, 1)
    assert tests[8].known == 0
