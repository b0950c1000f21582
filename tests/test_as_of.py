"""The state of a day, replayed from the book: equal to the rows as they stand, and to what they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.issues.models import Inspection, Issue
from apps.issues.services import apply_for_closure, assign_issue, decide_closure, hold_look_back
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.ledgers.replay import Clock
from apps.measures.as_of import MeasureState, inspection_as_of, measure_as_of, state_as_of
from apps.measures.models import Measure
from apps.measures.services import (
    amend_measure,
    approve,
    assign_measure,
    decide_extension,
    log_export,
    report_progress,
    request_extension,
    send_back,
)
from apps.measures.services.planning import MeasureDraft
from apps.units.errors import ActRefused
from apps.units.models import Role, User
from tests import append_only
from tests import factories as make

pytestmark = pytest.mark.django_db

STORED = ("progress", "due_on", "original_due_on", "stopped_on", "lead_unit_id", "pace")


def same_as_stored(inspection: Inspection, clock: Clock) -> None:
    """Every measure and issue of the round, replayed up to today, is the row as it stands."""
    state = inspection_as_of(inspection, inspection.today(), clock=clock)
    for measure in Measure.objects.filter(issue__inspection=inspection):
        replayed = state.measures[measure.pk]
        assert {name: getattr(replayed, name) for name in STORED} == {name: getattr(measure, name) for name in STORED}
        assert replayed.is_overdue == measure.is_overdue(inspection.today())
    for issue in Issue.objects.filter(inspection=inspection):
        found = state.issues[issue.pk]
        assert (found.closure, found.round, found.lead_unit_id) == (issue.closure, issue.round, issue.lead_unit_id)


def on(day: dt.date) -> Any:
    """At noon of that day in the round's time zone."""
    return time_machine.travel(dt.datetime(day.year, day.month, day.day, 4, tzinfo=dt.UTC), tick=False)


def lived() -> Measure:
    """A measure planned on 3 March 2026, reported on 10 March, sent back on 12 March, done on 2 April, verified on 8 April."""
    with on(dt.date(2026, 3, 3)):
        measure = make.measure(due_on=dt.date(2026, 3, 31))
        office = make.office()
    with on(dt.date(2026, 3, 10)):
        report = make.report(measure, claim=Measure.State.DONE, files=[make.evidence()])
    with on(dt.date(2026, 3, 12)):
        send_back(actor=office, report=report, requirement="请补传缴款回单。")
    with on(dt.date(2026, 4, 2)):
        report = make.report(measure, claim=Measure.State.DONE, files=[make.evidence()])
    with on(dt.date(2026, 4, 8)):
        approve(actor=office, report=report)
    return measure


@pytest.mark.parametrize("clock", Clock)
@pytest.mark.parametrize(
    ("day", "progress", "stopped", "overdue"),
    [
        ("2026-03-03", "not_started", None, False),
        ("2026-03-09", "not_started", None, False),
        ("2026-03-10", "in_review", "2026-03-10", False),
        ("2026-03-12", "ongoing", None, False),
        ("2026-03-31", "ongoing", None, False),
        ("2026-04-01", "ongoing", None, True),
        ("2026-04-02", "in_review", "2026-04-02", False),
        ("2026-04-08", "done", "2026-04-02", False),
        ("2030-01-01", "done", "2026-04-02", False),
    ],
)
def test_a_measure_on_a_day(clock: Clock, day: str, progress: str, stopped: str | None, overdue: bool) -> None:
    state = measure_as_of(lived(), dt.date.fromisoformat(day), clock)
    assert state is not None
    assert (state.progress, state.stopped_on, state.is_overdue) == (
        progress,
        dt.date.fromisoformat(stopped) if stopped else None,
        overdue,
    )


def test_before_it_was_planned_a_measure_is_not_there() -> None:
    measure = lived()
    assert measure_as_of(measure, dt.date(2026, 3, 2)) is None
    state = inspection_as_of(measure.issue.inspection, dt.date(2026, 3, 2))
    assert (state.measures, state.issues, state.overdue) == ({}, {}, 0)


def late_entry() -> Measure:
    """Planned on 3 March and, by a paper of 20 March that was entered and approved on 5 May, done."""
    with on(dt.date(2026, 3, 3)):
        measure = make.measure(due_on=dt.date(2026, 3, 31))
        clerk, reviewer = make.office(), make.office()
    with on(dt.date(2026, 5, 5)):
        report = report_progress(
            actor=clerk,
            measure=measure,
            claim=Measure.State.DONE,
            text="已办结。",
            as_of=dt.date(2026, 3, 20),
            signed_by="张局长",
            is_vouched_for=True,
            evidence=[make.evidence()],
            on=dt.date(2026, 3, 20),
        )
        approve(actor=reviewer, report=report, on=dt.date(2026, 3, 23))
    return measure


@pytest.mark.parametrize(
    ("day", "business", "book"),
    [
        ("2026-03-19", "not_started", "not_started"),
        ("2026-03-20", "in_review", "not_started"),
        ("2026-03-23", "done", "not_started"),
        ("2026-05-04", "done", "not_started"),
        ("2026-05-05", "done", "done"),
    ],
)
def test_the_two_clocks_differ_for_late_entries(day: str, business: str, book: str) -> None:
    measure = late_entry()
    found = [state_as_of(measure, dt.date.fromisoformat(day), clock) for clock in (Clock.BUSINESS, Clock.BOOK)]
    assert [state.progress for state in found if isinstance(state, MeasureState)] == [business, book]


def test_by_the_book_a_measure_was_late_until_its_paper_was_entered() -> None:
    measure = late_entry()
    by_book, by_business = (measure_as_of(measure, dt.date(2026, 4, 30), clock) for clock in (Clock.BOOK, Clock.BUSINESS))
    assert by_book is not None
    assert by_business is not None
    assert (by_book.is_overdue, by_business.is_overdue) == (True, False)


def test_an_issue_through_closing_and_relapse() -> None:
    with on(dt.date(2026, 1, 5)):
        measure = make.measure(due_on=dt.date(2026, 3, 31))
        issue, office = measure.issue, make.office()
        make.finish(measure)
    with on(dt.date(2026, 1, 6)):
        applicant = issue.lead_unit.users.filter(role=Role.LIAISON)[0]
        closure = apply_for_closure(actor=applicant, issue=issue, statement="已全部整改。", reasons=make.answers(issue))
    with on(dt.date(2026, 1, 9)):
        decide_closure(actor=office, closure=closure, agree=True, opinion="同意")
    with on(dt.date(2026, 4, 9)):
        hold_look_back(actor=office, look_back=issue.look_backs.order_by("planned_on")[0], relapsed=True, note="又出现欠缴")
    days = [dt.date(2026, 1, 5), dt.date(2026, 1, 6), dt.date(2026, 1, 9), dt.date(2026, 4, 8), dt.date(2026, 4, 9)]
    states = [state_as_of(issue, day) for day in days]
    assert [(state.closure, state.round) for state in states if state is not None and not isinstance(state, MeasureState)] == [
        ("open", 1),
        ("applied", 1),
        ("closed", 1),
        ("closed", 1),
        ("open", 2),
    ]


def act_on(measure: Measure, step: str, people: dict[str, User]) -> None:
    """One act by somebody who may do it; a refused one leaves things as they are."""
    row = Measure.objects.select_related("issue__inspection").get(pk=measure.pk)
    pending = row.reports.filter(review="pending").first()
    today = row.issue.inspection.today()
    moved = MeasureDraft(row.text, row.nature, row.pace, row.lead_unit, due_on=today + dt.timedelta(days=len(step)))
    other = make.unit()
    asked = row.extensions.filter(decision="pending").first()
    closure = row.issue.closures.filter(decision="pending").first()
    look_back = row.issue.look_backs.filter(finding="planned", round=row.issue.round).first()
    steps: dict[str, Callable[[], object]] = {
        "begin": lambda: make.report(row, by=people["liaison"]),
        "finish": lambda: make.report(row, by=people["liaison"], claim=Measure.State.DONE, files=[make.evidence()]),
        "late": lambda: make.report(
            row, by=people["clerk"], claim=Measure.State.DONE, files=[make.evidence()], on=today - dt.timedelta(days=20)
        ),
        "approve": lambda: pending and approve(actor=people["office"], report=pending),
        "return": lambda: pending and send_back(actor=people["office"], report=pending, requirement="请补正"),
        "move": lambda: assign_measure(actor=people["office"], measure=row, draft=moved, reason="调整"),
        "pace": lambda: amend_measure(actor=people["office"], measure=row, values={"pace": Measure.Pace.LONG_TERM}, reason="订正"),
        "extend": lambda: request_extension(
            actor=people["liaison"], measure=row, new_due_on=today + dt.timedelta(days=99), reason="需要更多时间"
        ),
        "agree": lambda: asked and decide_extension(actor=people["office"], extension=asked, agree=True),
        "apply": lambda: apply_for_closure(actor=people["liaison"], issue=row.issue, statement="已完成", reasons=make.answers(row.issue)),
        "close": lambda: closure and decide_closure(actor=people["office"], closure=closure, agree=True, opinion="同意"),
        "reopen": lambda: look_back and hold_look_back(actor=people["office"], look_back=look_back, relapsed=True, note="反弹"),
        "hand": lambda: assign_issue(actor=people["office"], issue=row.issue, lead_unit=other, supporting_units=(), reason="调整"),
        "export": lambda: log_export(actor=people["office"], inspection=row.issue.inspection, rows=1, filters={}),
    }
    try:
        steps[step]()
    except ActRefused:
        return


STEPS = ("begin", "finish", "late", "approve", "return", "move", "pace", "extend", "agree", "apply", "close", "reopen", "hand", "export")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=14))
def test_derived_state_equals_the_replayed_state_over_random_histories(steps: list[str]) -> None:
    measure = make.measure(due_on=make.days(5))
    people = {"office": make.office(), "clerk": make.office(), "liaison": make.liaison(measure.lead_unit)}
    for step in steps:
        act_on(measure, step, people)
    inspection = measure.issue.inspection
    for clock in Clock:
        same_as_stored(inspection, clock)
    assert chain.verify(inspection.book).holds


def test_a_state_set_behind_the_services_is_found_to_differ() -> None:
    """The control: without an entry the replayed state is not the stored one."""
    measure = lived()
    Measure.objects.filter(pk=measure.pk).update(due_on=dt.date(2027, 1, 1))
    with pytest.raises(AssertionError):
        same_as_stored(measure.issue.inspection, Clock.BOOK)


def test_entries_written_before_they_held_state_are_still_read() -> None:
    """Entries without ``state`` and ``initial`` (issue 2): progress from claims, dates from changes, units by name."""
    measure = lived()
    inspection = measure.issue.inspection
    days = [dt.date(2026, 3, day) for day in (3, 10, 12)] + [dt.date(2026, 4, day) for day in (1, 2, 8)]
    expected = [measure_as_of(measure, day) for day in days]
    with append_only.lifted(connection):
        for entry in Entry.objects.filter(book=inspection.book):
            entry.payload = {key: value for key, value in entry.payload.items() if key not in ("state", "initial")}
            entry.save(update_fields=["payload"])
    found = [measure_as_of(measure, day) for day in days]
    assert [(row.progress, row.stopped_on, row.due_on, row.lead_unit_id) for row in found if row] == [
        (row.progress, row.stopped_on, row.due_on, row.lead_unit_id) for row in expected if row
    ]
    assert None not in found


def test_a_round_takes_the_same_queries_however_large() -> None:
    issue = make.issue()
    make.measures(issue, 2)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            state = inspection_as_of(issue.inspection, issue.inspection.today())
            assert len(state.measures) == Measure.objects.filter(issue__inspection=issue.inspection).count()
        return len(captured) - 1

    few = count()
    for _number in range(5):
        for measure in make.measures(make.issue(issue.category, lead=issue.lead_unit), 6):
            make.report(measure)
    assert count() == few <= 6


def test_who_sees_only_some_rows_gets_the_history_of_those() -> None:
    mine = make.measure()
    make.measure(make.issue(mine.issue.category))
    user = make.liaison(mine.lead_unit)
    state = inspection_as_of(mine.issue.inspection, make.today(), user)
    assert (set(state.measures), set(state.issues)) == ({mine.pk}, {mine.issue_id})
    assert len(inspection_as_of(mine.issue.inspection, make.today()).measures) == 2
