"""Requests for a later date: what may have happened before they are decided, and what an agreed one survives."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from apps.measures.models import Extension, Measure
from apps.measures.services import assign_measure, decide_extension, request_extension
from apps.measures.views.sheet import MeasureSheet
from apps.units.errors import ActConflict, ActRefused
from tests import factories as make

pytestmark = pytest.mark.django_db
LATER = 90


def requested(measure: Measure) -> Extension:
    liaison = make.liaison(measure.lead_unit)
    return request_extension(actor=liaison, measure=measure, new_due_on=make.days(LATER), reason="招标推迟")


def test_a_request_is_not_agreed_to_after_the_date_has_passed() -> None:
    office, measure = make.office(), make.measure(due_on=make.days(1))
    request = requested(measure)
    in_time, too_late = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days) for days in (1, 2))
    with time_machine.travel(too_late), pytest.raises(ActConflict, match="已过"):
        decide_extension(actor=office, extension=request, agree=True)
    with time_machine.travel(in_time):
        assert decide_extension(actor=office, extension=request, agree=True).decision == Extension.Decision.AGREED


def test_a_request_whose_date_has_passed_may_still_be_refused() -> None:
    request = requested(make.measure(due_on=make.days(1)))
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=2)):
        done = decide_extension(actor=make.office(), extension=request, agree=False, opinion="请抓紧办理")
    assert done.decision == Extension.Decision.REFUSED


def test_a_request_is_not_agreed_to_once_the_measure_is_done_and_its_issue_waits_for_the_answer() -> None:
    office, issue = make.office(), make.issue()
    measure = make.measure(issue)
    request = requested(measure)
    liaison = make.liaison(measure.lead_unit)
    make.finish(measure, by=liaison, reviewer=office)
    with pytest.raises(ActConflict, match="不再需要延期"):
        decide_extension(actor=office, extension=request, agree=True)
    with pytest.raises(ActRefused, match="延期申请还没有审批"):
        make.application(issue, by=liaison)


def counted(measure: Measure, **facts: Any) -> Measure:
    """The measure with a date that is counted in months from today."""
    office = make.office()
    plan = make.draft(
        measure.lead_unit, deadline_rule=Measure.DeadlineRule.MONTHS, deadline_from=make.today(), **{"deadline_count": 1, **facts}
    )
    return assign_measure(actor=office, measure=measure, draft=plan, reason="按方案")


def test_another_person_does_not_undo_an_agreed_extension() -> None:
    measure = counted(make.measure())
    decide_extension(actor=make.office(), extension=requested(measure), agree=True)
    assert counted(measure, person="李四").due_on == make.days(LATER)
    assert counted(measure, deadline_count=2).due_on != make.days(LATER)


def test_the_sheet_says_which_date_the_rule_gives() -> None:
    measure = counted(make.measure(due_on=make.days(300)), deadline_count=6)
    given = measure.due_on
    assert given != measure.original_due_on
    assert MeasureSheet(measure, make.office(), make.today()).deadline_words.endswith(f"→ {given}")
    decide_extension(
        actor=make.office(),
        extension=request_extension(actor=make.liaison(measure.lead_unit), measure=measure, new_due_on=make.days(400), reason="招标推迟"),
        agree=True,
    )
    measure.refresh_from_db()
    assert MeasureSheet(measure, make.office(), make.today()).deadline_words.endswith(f"→ {given}")
