"""The demonstration loaded on other days: it always has something late, something due soon and something waiting for review."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
import time_machine

from apps.ledgers import chain
from apps.measures.deadlines import WorkCalendar, window
from apps.measures.models import Measure, Progress
from apps.supervision.models import Flag, Letter
from tests import demonstration

pytestmark = pytest.mark.django_db

LAST_YEAR = max(chinese_calendar.constants.holidays).year
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = {
    "a Saturday that is worked, before 春节": dt.date(2026, 2, 14),
    "the end of the loaded calendar": dt.date(LAST_YEAR, 12, 30),
    "a weekend in a year that is not loaded": dt.date(LAST_YEAR + 1, 6, 6),
}


# Dates are reckoned in Python: on PostgreSQL one day is enough.
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.once if place else ()) for place, name in enumerate(DAYS)])
def test_there_is_always_something_to_see(name: str) -> None:
    day = DAYS[name]
    morning = dt.datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    with time_machine.travel(morning), demonstration.loaded_anew() as inspection:
        today, until = window(inspection)
        assert today == day
        late, soon = Measure.objects.overdue(today), Measure.objects.due_soon(today, until)
        assert late.count() >= 5
        assert soon.count() >= 1
        assert Progress.objects.pending().count() >= 5
        assert Measure.objects.returned().count() >= 3
        flags = Flag.objects.open().filter(kind__in=(Flag.Kind.OVERDUE, Flag.Kind.SOON)).values_list("kind", "measure")
        told = set() if day.year > LAST_YEAR or (day.month, day.day) == (12, 30) else {(Flag.Kind.SOON, row.pk) for row in soon}
        assert set(flags) == {(Flag.Kind.OVERDUE, row.pk) for row in late} | told
        assert not Progress.objects.filter(reported_on__gt=today).exists()
        sent = Letter.objects.filter(sent_on=today)
        assert [letter.reply_by > today and WorkCalendar().is_workday(letter.reply_by) for letter in sent] == [True] * 4
        ignored = Letter.objects.exclude(sent_on=today).get()
        assert ignored.sent_on < ignored.reply_by < today
        assert WorkCalendar().is_workday(ignored.reply_by)
        assert ignored.escalation.state == "open"
        assert chain.verify(inspection.book).holds
        assert Measure.objects.count() == 360
