"""Deadlines: calendar months, statutory working days, overrides, and years whose calendar is not loaded."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
import time_machine
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.issues.services import months_after
from apps.ledgers.models import Entry
from apps.ledgers.services import house_book
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar, due_date, window
from apps.measures.models import Act, CalendarOverride, Measure
from apps.measures.services import add_measures, override_calendar
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role
from tests import factories

Rule = Measure.DeadlineRule
LAST_YEAR = max(chinese_calendar.constants.holidays).year
"""The last year whose calendar the library has; it moves on with the library."""
UNKNOWN = dt.date(LAST_YEAR + 1, 3, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
STATUTORY = WorkCalendar({})

known_days = st.dates(dt.date(2005, 1, 1), dt.date(LAST_YEAR, 9, 1))
any_days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
counts = st.integers(0, 40)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# -- months -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 3, "2025-04-30"),
        ("2025-02-28", 1, "2025-03-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-12-31", 1, "2026-01-31"),
        ("2025-12-31", 12, "2026-12-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-02-20", 6, "2025-08-20"),
        ("2025-10-31", 2, "2025-12-31"),
    ],
)
def test_months_are_calendar_months_clipped_to_the_end_of_the_month(start: str, months: int, due: str) -> None:
    assert months_after(day(start), months) == day(due)
    assert due_date(rule=Rule.MONTHS, count=months, start=day(start), fixed=None) == day(due)


@pytest.mark.parametrize(("start", "span"), [("2025-02-20", 89), ("2025-06-20", 92), ("2025-11-20", 92), ("2026-01-20", 90)])
def test_three_months_are_not_ninety_days(start: str, span: int) -> None:
    assert (months_after(day(start), 3) - day(start)).days == span


@given(any_days, st.integers(0, 60))
def test_months_land_in_the_right_month_on_the_same_day_or_its_last(start: dt.date, months: int) -> None:
    due = months_after(start, months)
    assert (due.year - start.year) * 12 + due.month - start.month == months
    if due.day != start.day:
        assert due.day < start.day
        assert (due + dt.timedelta(days=1)).day == 1


@given(any_days, any_days, st.integers(0, 60))
def test_months_keep_the_order_of_days(first: dt.date, second: dt.date, months: int) -> None:
    first, second = sorted((first, second))
    assert months_after(first, months) <= months_after(second, months)
    assert months_after(first, months) < months_after(first, months + 1)


# -- working days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday that is worked, before 春节
        ("2026-02-13", 2, "2026-02-24"),  # nine days off lie between
        ("2026-02-14", 5, "2026-02-28"),  # the other Saturday that is worked
        ("2026-09-30", 1, "2026-10-08"),  # 国庆
        ("2026-09-30", 3, "2026-10-10"),  # Thursday, Friday, and the Saturday that is worked
        ("2026-09-30", 4, "2026-10-12"),
        ("2025-12-31", 1, "2026-01-04"),  # 元旦; the Sunday is worked
        ("2026-03-02", 5, "2026-03-09"),  # an ordinary week
        ("2026-03-07", 1, "2026-03-09"),  # from a Saturday
        ("2026-03-02", 0, "2026-03-02"),
    ],
)
def test_working_days_follow_the_statutory_calendar(start: str, count: int, due: str) -> None:
    assert STATUTORY.after(day(start), count) == day(due)


@pytest.mark.parametrize(
    ("when", "worked"),
    [
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-10-07", False),
        ("2026-10-10", True),
        ("2026-10-11", False),
    ],
)
def test_make_up_days_are_worked_and_holidays_are_not(when: str, worked: bool) -> None:
    assert STATUTORY.is_workday(day(when)) is worked


@given(known_days, st.integers(1, 40))
def test_the_nth_working_day_is_one_and_n_of_them_lie_up_to_it(start: dt.date, count: int) -> None:
    due = STATUTORY.after(start, count)
    assert STATUTORY.is_workday(due)
    between = [start + dt.timedelta(days=step) for step in range(1, (due - start).days + 1)]
    assert sum(map(chinese_calendar.is_workday, between)) == count


@given(known_days, known_days, counts, counts)
def test_more_days_or_a_later_start_never_give_an_earlier_date(first: dt.date, second: dt.date, few: int, many: int) -> None:
    (first, second), (few, many) = sorted((first, second)), sorted((few, many))
    assert STATUTORY.after(first, few) <= STATUTORY.after(second, few)
    assert STATUTORY.after(first, few) <= STATUTORY.after(first, many)
    assert STATUTORY.after(STATUTORY.after(first, few), many - few) == STATUTORY.after(first, many)


@given(known_days, counts)
def test_soon_lasts_until_the_nth_working_day(start: dt.date, count: int) -> None:
    assert STATUTORY.soon_until(start, count) == STATUTORY.after(start, count)


@given(known_days, st.booleans())
def test_an_override_goes_before_the_calendar(when: dt.date, worked: bool) -> None:
    calendar = WorkCalendar({when: worked})
    assert calendar.is_workday(when) is worked
    before = when - dt.timedelta(days=1)
    assume(chinese_calendar.is_workday(when) is not worked)
    assert (calendar.after(before, 1) == when) is worked


@pytest.mark.django_db
def test_an_override_is_set_by_the_office_with_its_basis_and_replaced_in_place() -> None:
    office, when = factories.office(), day("2026-03-14")
    assert not WorkCalendar().is_workday(when)
    override_calendar(actor=office, day=when, is_workday=True, note="国办临时通知")
    assert WorkCalendar().is_workday(when)
    assert WorkCalendar().after(day("2026-03-13"), 1) == when
    assert due_date(rule=Rule.WORKING_DAYS, count=1, start=day("2026-03-13"), fixed=None) == when
    override_calendar(actor=factories.user(Role.ADMIN), day=when, is_workday=False, note="撤回")
    assert not WorkCalendar().is_workday(when)
    assert CalendarOverride.objects.get().note == "撤回"
    entries = Entry.objects.filter(book=house_book(), act=Act.OVERRIDE_CALENDAR).order_by("seq")
    assert [(entry.reason, entry.payload) for entry in entries] == [
        ("国办临时通知", {"day": "2026-03-14", "is_workday": True}),
        ("撤回", {"day": "2026-03-14", "is_workday": False}),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.LIAISON, Role.SUPERVISOR, Role.AUDITOR])
def test_others_may_not_override_the_calendar(role: Role) -> None:
    actor = factories.liaison() if role == Role.LIAISON else factories.user(role)
    with pytest.raises(ActForbidden, match="调整工作日"):
        override_calendar(actor=actor, day=day("2026-03-14"), is_workday=True, note="我说的")
    assert not CalendarOverride.objects.exists()


# -- a year that is not loaded ----------------------------------------------------------------------------------------


def test_a_year_that_is_not_loaded_is_refused_in_words() -> None:
    with pytest.raises(
        CalendarNotLoaded, match=f"{UNKNOWN.year} 年的节假日安排尚未载入，无法计算工作日。请先在“工作日调整”中登记，或改用指定日期"
    ):
        STATUTORY.is_workday(UNKNOWN)
    with pytest.raises(ActRefused) as refused:
        STATUTORY.after(dt.date(LAST_YEAR, 12, 20), 20)
    assert (refused.value.status, refused.value.field) == (400, "deadline_rule")
    assert STATUTORY.is_workday(dt.date(LAST_YEAR, 3, 1)) in (True, False)


@pytest.mark.django_db
def test_a_measure_by_working_days_in_a_year_not_loaded_is_refused_and_nothing_is_written() -> None:
    issue, start = factories.issue(), dt.date(LAST_YEAR, 12, 30)
    entries = Entry.objects.count()
    draft = factories.draft(issue.lead_unit, deadline_rule=Rule.WORKING_DAYS, deadline_from=start, deadline_count=10)
    with pytest.raises(CalendarNotLoaded, match="尚未载入"):
        add_measures(actor=None, issue=issue, drafts=[draft])
    assert not issue.measures.exists()
    assert Entry.objects.count() == entries


def test_overridden_days_of_a_year_not_loaded_are_known() -> None:
    calendar = WorkCalendar({UNKNOWN: True})
    assert calendar.is_workday(UNKNOWN)
    assert calendar.after(UNKNOWN - dt.timedelta(days=1), 1) == UNKNOWN
    with pytest.raises(CalendarNotLoaded):
        calendar.after(UNKNOWN - dt.timedelta(days=1), 2)


def test_soon_ends_with_the_loaded_calendar_and_guesses_nothing() -> None:
    last = dt.date(LAST_YEAR, 12, 31)
    assert STATUTORY.soon_until(last - dt.timedelta(days=2), 10) == last
    assert STATUTORY.soon_until(last, 5) == last
    assert STATUTORY.soon_until(UNKNOWN, 5) == UNKNOWN
    assert STATUTORY.soon_until(dt.date(LAST_YEAR, 12, 1), 1) < last


def test_soon_goes_on_over_days_that_were_overridden() -> None:
    last = dt.date(LAST_YEAR, 12, 31)
    new_year = {last + dt.timedelta(days=step): step >= 4 for step in range(1, 7)}
    assert WorkCalendar(new_year).soon_until(last, 2) == last + dt.timedelta(days=5)
    assert WorkCalendar(new_year).soon_until(last, 9) == last + dt.timedelta(days=6)


# -- the rules as a measure has them ----------------------------------------------------------------------------------


def test_a_fixed_day_and_no_limit() -> None:
    assert due_date(rule=Rule.FIXED, count=None, start=None, fixed=day("2026-06-30")) == day("2026-06-30")
    assert due_date(rule=Rule.NONE, count=3, start=day("2026-01-01"), fixed=day("2026-06-30")) is None


@pytest.mark.parametrize(
    ("rule", "count", "start", "field"),
    [
        (Rule.FIXED, None, None, "due_on"),
        (Rule.MONTHS, 3, None, "deadline_count"),
        (Rule.MONTHS, None, day("2026-01-05"), "deadline_count"),
        (Rule.WORKING_DAYS, 0, day("2026-01-05"), "deadline_count"),
    ],
)
def test_a_rule_that_lacks_its_figures_is_refused_at_its_field(rule: str, count: int | None, start: dt.date | None, field: str) -> None:
    with pytest.raises(ActRefused, match=r"请填写|要填写") as refused:
        due_date(rule=rule, count=count, start=start, fixed=None)
    assert refused.value.field == field


@pytest.mark.django_db
def test_a_measure_keeps_the_rule_its_basis_and_the_date_it_gave() -> None:
    issue = factories.issue()
    facts = {"deadline_rule": Rule.MONTHS, "deadline_from": factories.FEEDBACK, "deadline_count": 6, "deadline_basis": "集中整改期"}
    measure = factories.measure(issue, **facts)
    measure.refresh_from_db()
    assert (measure.due_on, measure.original_due_on, measure.is_extended) == (day("2025-08-20"), day("2025-08-20"), False)
    assert {key: getattr(measure, key) for key in facts} == facts
    assert Entry.objects.get(act=Act.ADD_MEASURE).payload["due_on"] == "2025-08-20"


@pytest.mark.django_db
@pytest.mark.parametrize(("hour", "today"), [(23, "2026-03-10"), (0, "2026-03-10")])
def test_today_is_the_day_in_the_time_zone_of_the_inspection(hour: int, today: str) -> None:
    """Half past midnight in Shanghai is still yesterday in UTC, and half past eleven in the evening is the same day."""
    inspection = factories.inspection(soon_working_days=2)
    with time_machine.travel(dt.datetime(2026, 3, 10, hour, 30, tzinfo=SHANGHAI), tick=False):
        assert inspection.today() == day(today)
        assert window(inspection) == (day(today), day("2026-03-12"))
    abroad = factories.inspection(time_zone="America/New_York")
    with time_machine.travel(dt.datetime(2026, 3, 10, hour, 30, tzinfo=SHANGHAI), tick=False):
        assert abroad.today() == (day("2026-03-10") if hour == 23 else day("2026-03-09"))
