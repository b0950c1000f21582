"""Reporting periods: every day since the feedback belongs to exactly one; who owes a report is found as by counting on one's fingers."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.issues.models import Inspection
from apps.measures.cadence import Period, period_of, periods
from apps.measures.models import Measure, Progress
from tests import factories as make

CADENCES = st.sampled_from(Inspection.Cadence.values)
FEEDBACKS = st.dates(dt.date(2020, 1, 1), dt.date(2027, 12, 31))
AHEAD = st.integers(0, 1200)
ONE_DAY = dt.timedelta(days=1)
YEAR = dt.date(2026, 1, 1)


def round_of(cadence: str, feedback: dt.date) -> Inspection:
    return Inspection(report_every=cadence, feedback_on=feedback)


@given(CADENCES, FEEDBACKS, AHEAD)
def test_every_day_belongs_to_exactly_one_period(cadence: str, feedback: dt.date, ahead: int) -> None:
    inspection, day = round_of(cadence, feedback), feedback + dt.timedelta(days=ahead)
    found = periods(inspection, day)
    assert [period for period in found if period.start <= day <= period.end] == [period_of(inspection, day)] == found[:1]
    assert found[-1].start == feedback
    for later, earlier in itertools.pairwise(found):
        assert earlier.end + ONE_DAY == later.start
    assert len({period.key for period in found}) == len({period.label for period in found}) == len(found)


@given(CADENCES, FEEDBACKS)
def test_before_the_feedback_nothing_is_owed(cadence: str, feedback: dt.date) -> None:
    inspection = round_of(cadence, feedback)
    assert period_of(inspection, feedback - ONE_DAY) is None
    assert periods(inspection, feedback - ONE_DAY) == []


@pytest.mark.parametrize(
    ("cadence", "day", "label", "start", "end"),
    [
        ("half_month", "2026-02-15", "2026 年 2 月上半月", "2026-02-01", "2026-02-15"),
        ("half_month", "2026-02-16", "2026 年 2 月下半月", "2026-02-16", "2026-02-28"),
        ("month", "2024-02-29", "2024 年 2 月", "2024-02-01", "2024-02-29"),
        ("month", "2025-12-31", "2025 年 12 月", "2025-12-01", "2025-12-31"),
        ("quarter", "2026-11-27", "2026 年第 4 季度", "2026-10-01", "2026-12-31"),
        ("quarter", "2026-03-31", "2026 年第 1 季度", "2026-01-01", "2026-03-31"),
    ],
)
def test_periods_are_those_of_the_calendar(cadence: str, day: str, label: str, start: str, end: str) -> None:
    found = period_of(round_of(cadence, dt.date(2023, 5, 20)), dt.date.fromisoformat(day))
    assert found is not None
    assert (found.label, str(found.start), str(found.end)) == (label, start, end)


def test_the_first_period_begins_with_the_feedback() -> None:
    found = period_of(round_of("month", dt.date(2025, 2, 20)), dt.date(2025, 2, 28))
    assert found is not None
    assert (found.start, found.end) == (dt.date(2025, 2, 20), dt.date(2025, 2, 28))


# -- who owes: the queryset against counting by hand ------------------------------------------------------------------

DAYS = st.integers(0, 200)
LIFE = st.fixed_dictionaries(
    {
        "assigned": DAYS,
        "stopped": st.none() | DAYS,
        "reports": st.lists(st.tuples(DAYS, st.sampled_from(Progress.Review.values[1:]), st.none() | st.integers(1, 90)), max_size=5),
    }
)


def owes(life: dict[str, Any], period: Period) -> bool:
    """Day by day, from the words of the rule."""

    def day(count: int) -> dt.date:
        return YEAR + dt.timedelta(days=count)

    within = [period.start + dt.timedelta(days=n) for n in range((period.end - period.start).days + 1)]
    if day(life["assigned"]) >= within[0]:
        return False
    if life["stopped"] is not None and day(life["stopped"]) <= within[-1]:
        return False
    if any(day(on) in within for on, _review, _rest in life["reports"]):
        return False
    for on, review, rest in life["reports"]:
        if review == "approved" and rest is not None:
            resting = {day(on) + dt.timedelta(days=n) for n in range(rest + 1)}
            if resting & set(within):
                return False
    return True


def lived(measure: Measure, life: dict[str, Any], reporter: Any, reviewer: Any) -> None:
    """Lay the rows down as they would stand in the database; the services would want each act in its own time."""
    stopped = None if life["stopped"] is None else YEAR + dt.timedelta(days=life["stopped"])
    Measure.objects.filter(pk=measure.pk).update(
        assigned_on=YEAR + dt.timedelta(days=life["assigned"]), stopped_on=stopped, progress="done" if stopped else "ongoing"
    )
    measure.reports.all().delete()
    for count, review, rest in life["reports"]:
        on = YEAR + dt.timedelta(days=count)
        Progress.objects.create(
            measure=measure,
            claim="ongoing" if rest is None else "stage_done",
            text="办",
            as_of=on,
            signed_by="张",
            reported_by=reporter,
            reported_on=on,
            review=review,
            reviewed_by=reviewer,
            reviewed_on=on,
            next_review_on=None if rest is None else on + dt.timedelta(days=rest),
        )


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(Inspection.Cadence.values), st.lists(LIFE, min_size=1, max_size=3))
def test_owing_is_what_one_would_count_by_hand(cadence: str, lives: list[dict[str, Any]]) -> None:
    issue = make.issue()
    reporter, reviewer = make.liaison(issue.lead_unit), make.office()
    measures = make.measures(issue, len(lives))
    for measure, life in zip(measures, lives, strict=True):
        lived(measure, life, reporter, reviewer)
    for period in periods(round_of(cadence, YEAR), YEAR + dt.timedelta(days=230)):
        found = set(Measure.objects.filter(issue=issue).owing(period))
        assert found == {measure for measure, life in zip(measures, lives, strict=True) if owes(life, period)}, period
