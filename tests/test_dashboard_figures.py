"""Figures of the dashboard against small rounds counted by hand: nature, pace, leaders, weeks, ages, ranking, outcomes."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
import time_machine

from apps.issues.models import Activity
from apps.issues.services import record_activity
from apps.measures.deadlines import window
from apps.measures.models import Measure
from apps.measures.services import send_back
from apps.supervision import figures
from apps.supervision.board import Board
from apps.supervision.board_results import since_dispatch, since_series
from apps.supervision.scope import Scope
from apps.supervision.series import Series
from apps.supervision.services import answer_letter, sign_letter
from apps.units.models import User
from tests import factories as make
from tests.supervision import letter

pytestmark = pytest.mark.django_db
WEDNESDAY = dt.datetime(2025, 6, 18, 4, tzinfo=dt.UTC)


def board_for(user: User, measure: Measure) -> Board:
    return Board(Scope(user, measure.issue.inspection, [], None))


def values(series: Series) -> dict[str, list[object]]:
    return {line.label: [cell.value for cell in line.cells] for line in series.lines}


def rows_of(measure: Measure) -> list[figures.Row]:
    return figures.read_rows(Measure.objects.all(), *window(measure.issue.inspection))


def test_breakdowns_by_nature_pace_and_leader() -> None:
    category = make.category()
    first = make.issue(category, lead_official="张三")
    second = make.issue(category)
    late = make.measure(first, nature=Measure.Nature.LASTING, due_on=make.days(-3))
    make.finish(make.measure(first, pace=Measure.Pace.AT_ONCE))
    make.measure(second)
    board = board_for(make.office(), late)
    nature, pace, leader = (values(one) for one in (board.by_nature(), board.by_pace(), board.by_leader()))
    assert {name: (row[0], row[3], row[7]) for name, row in nature.items()} == {"当下改": (2, 1, 0), "长久立": (1, 0, 1)}
    assert {name: row[0] for name, row in pace.items()} == {"立行立改": 1, "限期整改": 2}
    assert {name: (row[0], row[3], row[7]) for name, row in leader.items()} == {"张三": (2, 1, 1), "（未明确）": (1, 0, 0)}


@time_machine.travel(WEDNESDAY, tick=False)
def test_weeks_balance_and_ages_are_counted_by_hand() -> None:
    measure = make.measure(due_on=dt.date(2025, 6, 15))  # late since Monday the 16th
    make.measure(measure.issue, due_on=dt.date(2025, 6, 18))  # due today: not late
    make.measure(measure.issue, due_on=dt.date(2025, 6, 3))  # late by 15 days
    long = make.measure(measure.issue, due_on=dt.date(2025, 5, 1))
    make.finish(long)  # cleared today
    make.measure(measure.issue, due_on=dt.date(2025, 5, 18))  # late by 31 days
    rows, today = rows_of(measure), dt.date(2025, 6, 18)
    flow = figures.flow(rows, today)
    assert (flow[-1].week.monday, flow[-1].week.end) == (dt.date(2025, 6, 16), today)
    assert (flow[-1].raised, flow[-1].cleared, flow[-1].finished, flow[-1].overdue) == (1, 1, 1, 3)
    assert (flow[-2].raised, flow[-2].overdue) == (0, 3)
    assert (flow[-3].raised, flow[-3].overdue) == (1, 3)
    assert all(now.overdue == before.overdue + now.raised - now.cleared for before, now in itertools.pairwise(flow))
    assert [number for _key, _words, number in figures.ages(rows, today)] == [1, 0, 1, 1]
    weeks, heat = figures.heat(rows, today)
    assert len(weeks) == 12
    assert {unit: counts[-3:] for unit, counts in heat.items()} == {measure.lead_unit_id: [3, 3, 3]}


def test_units_stand_in_the_order_of_plain_counts_and_say_why() -> None:
    quiet = make.measure()
    category = quiet.issue.category
    late = make.measure(make.issue(category), due_on=make.days(-1))
    urged = make.measure(make.issue(category), due_on=make.days(-1))
    letter(urged)
    answered = letter(late)
    unit = make.liaison(answered.unit)
    sign_letter(actor=unit, letter=answered)
    answer_letter(actor=unit, letter=answered, answer="已加快办理")
    board = board_for(make.office(), quiet)
    assert [place.unit for place in board.places[:2]] == [urged.lead_unit, late.lead_unit]
    assert board.places[0].because == "逾期 1 条；督查单未回复 1 张"
    assert board.places[1].because == "逾期 1 条"
    assert (board.places[1].letters, board.places[1].unanswered) == (1, 0)
    assert board.places[2].because == "前几项都没有，只比核实完成率（0.0%）"


def test_what_moved_since_the_last_dispatch() -> None:
    office = make.office()
    with time_machine.travel(WEDNESDAY, tick=False):
        slips = make.measure(due_on=dt.date(2025, 6, 20))
        done, sent = make.measures(slips.issue, 2, due_on=dt.date(2025, 12, 1))
        inspection = slips.issue.inspection
        assert since_dispatch(board_for(office, slips)) is None
        assert since_series(board_for(office, slips)).conclusion == "本轮还没有登记调度会"
        held = dt.date(2025, 6, 18)
        record_activity(actor=None, inspection=inspection, kind=Activity.Kind.DISPATCH, title="第一次调度会", held_on=held)
        assert figures.last_dispatch(make.leader(), inspection, dt.date(2025, 6, 18)) is None
    with time_machine.travel(WEDNESDAY + dt.timedelta(days=5), tick=False):
        make.finish(done)
        send_back(actor=office, report=make.report(sent), requirement="材料不全")
        found = values(since_series(board_for(office, slips)))
    assert found["新办结措施"] == [1]
    assert found["新增逾期"] == [1]
    assert found["退回补正"] == [1]
    assert found["新销号问题"] == [0]
