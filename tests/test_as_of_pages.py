"""The pages of a day and of two days: who sees what, what they say, what they refuse, and that they do not slow down."""

from __future__ import annotations

import datetime as dt
import io
from http import HTTPStatus

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.models import Inspection
from apps.issues.services import apply_for_closure, decide_closure, hold_look_back
from apps.ledgers.models import Entry
from apps.measures.as_of import RoundBook
from apps.measures.models import Measure
from apps.measures.moves import Comparison
from apps.measures.services import approve, assign_measure
from apps.units.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


def on(day: str) -> time_machine.travel:
    """At noon of that day in the round's time zone."""
    return time_machine.travel(dt.datetime.fromisoformat(f"{day}T04:00+00:00"), tick=False)


def get(browser: Client, name: str, pk: int, **params: str) -> tuple[int, str]:
    answer = browser.get(reverse(f"measures:{name}", args=(pk,)), params)
    return answer.status_code, answer.content.decode()


class Story:
    """Three measures in two issues, from January to June 2026.

    1-1 done in February, closed in March, relapsed in May; 2-1 re-dated and given to another unit in April; 2-2 late since 1 March,
    added in February.
    """

    def __init__(self) -> None:
        with on("2026-01-10"):
            self.of = make.category()
            self.office, self.other = make.office(), make.unit()
            self.first = make.measure(make.issue(self.of), due_on=dt.date(2026, 3, 31))
            self.second = make.measure(make.issue(self.of), due_on=dt.date(2026, 6, 30))
        with on("2026-02-10"):
            make.finish(self.first, reviewer=self.office)
            self.third = make.measure(self.second.issue, due_on=dt.date(2026, 2, 28))
        with on("2026-03-05"):
            applicant = self.first.lead_unit.users.filter(role=Role.LIAISON)[0]
            closure = apply_for_closure(
                actor=applicant, issue=self.first.issue, statement="已全部整改。", reasons=make.answers(self.first.issue)
            )
        with on("2026-03-10"):
            decide_closure(actor=self.office, closure=closure, agree=True, opinion="同意")
        with on("2026-04-20"):
            draft = make.draft(self.other, due_on=dt.date(2026, 9, 30))
            assign_measure(actor=self.office, measure=self.second, draft=draft, reason="职能划转")
        with on("2026-05-20"):
            look_back = self.first.issue.look_backs.order_by("planned_on")[0]
            hold_look_back(actor=self.office, look_back=look_back, relapsed=True, note="又出现欠缴")

    @property
    def round(self) -> Inspection:
        return self.of.inspection

    def kinds(self, start: str, end: str) -> dict[str, set[str]]:
        book = RoundBook(self.round)
        compared = Comparison(book, dt.date.fromisoformat(start), dt.date.fromisoformat(end))
        return {("问题 " if move.is_issue else "") + move.number: set(move.kinds) for move in compared.moves}


def test_what_moved_between_two_days() -> None:
    story = Story()
    assert story.kinds("2026-01-09", "2026-01-10") == {"问题 1": {"new"}, "1-1": {"new"}, "问题 2": {"new"}, "2-1": {"new"}}
    assert story.kinds("2026-01-31", "2026-02-28") == {"1-1": {"finished"}, "2-2": {"new"}}
    assert story.kinds("2026-02-28", "2026-03-06") == {"问题 1": {"applied"}, "2-2": {"overdue"}}
    assert story.kinds("2026-02-28", "2026-03-31") == {"问题 1": {"closed"}, "2-2": {"overdue"}}
    assert story.kinds("2026-03-31", "2026-04-30") == {"2-1": {"redated", "moved"}}
    assert story.kinds("2026-04-30", "2026-05-31") == {"问题 1": {"relapsed"}}
    assert story.kinds("2026-05-30", "2026-05-31") == {}
    assert story.kinds("2026-01-31", "2026-05-31") == {
        "问题 1": {"relapsed"},
        "1-1": {"finished"},
        "2-1": {"redated", "moved"},
        "2-2": {"new", "overdue"},
    }


def test_a_late_measure_that_is_finished_is_cleared_and_one_taken_up_again_is_resumed() -> None:
    story = Story()
    with on("2026-06-05"):
        make.finish(story.third, reviewer=story.office)
    with on("2026-06-12"):
        approve(actor=story.office, report=make.report(story.first, claim=Measure.State.ONGOING))
    assert story.kinds("2026-05-31", "2026-06-11") == {"2-2": {"finished", "cleared"}}
    assert story.kinds("2026-06-11", "2026-06-15") == {"1-1": {"resumed", "overdue"}}


def test_counts_stand_for_both_days() -> None:
    story = Story()
    compared = Comparison(RoundBook(story.round), dt.date(2026, 2, 1), dt.date(2026, 3, 15))
    counts = {row.label: (row.before, row.after, row.change) for row in compared.counts}
    assert counts["措施"] == (2, 3, "+1")
    assert counts["措施：已完成"] == (0, 1, "+1")
    assert counts["措施：逾期"] == (0, 1, "+1")
    assert counts["问题：整改中"] == (2, 1, "-1")
    assert counts["问题：已销号"] == (0, 1, "+1")
    assert counts["措施：待审核"] == (0, 0, "—")


def test_the_page_of_a_measure_on_a_day() -> None:
    story = Story()
    browser = make.signed_in(story.office)
    status, page = get(browser, "as-of", story.second.pk, date="2026-04-19")
    assert (status, "2026-06-30" in page, "2026-09-30" in page) == (HTTPStatus.OK, True, True)
    assert "职能划转" not in page
    assert "职能划转" in get(browser, "as-of", story.second.pk, date="2026-04-20")[1]
    assert "这一天台账里还没有这条措施" in get(browser, "as-of", story.second.pk, date="2026-01-09")[1]
    assert "按记账日期：" in get(browser, "as-of", story.second.pk, date="2026-04-19", by="book")[1]


def test_the_page_of_an_issue_on_a_day() -> None:
    story = Story()
    browser = make.signed_in(story.office)
    assert "已销号" in get(browser, "issue-as-of", story.first.issue_id, date="2026-03-10")[1]
    assert "申请销号" in get(browser, "issue-as-of", story.first.issue_id, date="2026-03-09")[1]
    page = get(browser, "issue-as-of", story.second.issue_id, date="2026-03-03")[1]
    assert "逾期 3 天" in page
    assert "这一天台账里还没有这个问题" in get(browser, "issue-as-of", story.second.issue_id, date="2025-12-31")[1]


def test_the_page_of_a_round_on_a_day() -> None:
    story = Story()
    browser = make.signed_in(story.office)
    answer = browser.get(reverse("measures:round-as-of", args=(story.round.pk,)), {"date": "2026-03-15"})
    state = answer.context["state"]
    assert (state.by_closure, state.overdue, state.finished) == ({"open": 1, "applied": 0, "closed": 1}, 1, 1)
    assert "这一天台账里还没有登记问题" in get(browser, "round-as-of", story.round.pk, date="2025-03-01")[1]


def test_a_liaison_compares_only_what_their_unit_sees() -> None:
    story = Story()
    browser = make.signed_in(make.liaison(story.first.lead_unit))
    params = {"from": "2026-01-31", "to": "2026-05-31"}
    answer = browser.get(reverse("measures:compare", args=(story.round.pk,)), params)
    assert {move.number for move in answer.context["compared"].moves} == {"1", "1-1"}
    assert {row.label: row.after for row in answer.context["compared"].counts}["措施"] == 1
    assert get(browser, "as-of", story.second.pk)[0] == HTTPStatus.NOT_FOUND
    assert get(browser, "issue-as-of", story.second.issue_id)[0] == HTTPStatus.NOT_FOUND
    book = openpyxl.load_workbook(io.BytesIO(browser.get(reverse("measures:compare-export", args=(story.round.pk,)), params).content))
    cells = {str(cell.value) for row in book["变化明细"].iter_rows() for cell in row}
    assert "1-1" in cells
    assert not {"2-1", "2-2"} & cells


NAMES = ("round-as-of", "compare", "compare-export")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_sees_no_business_sees_no_past(role: str) -> None:
    story = Story()
    browser = make.signed_in(make.user(role))
    assert {get(browser, name, story.round.pk)[0] for name in NAMES} == {HTTPStatus.NOT_FOUND}
    assert get(browser, "as-of", story.first.pk)[0] == HTTPStatus.NOT_FOUND


def test_a_liaison_of_another_unit_sees_no_round() -> None:
    story = Story()
    browser = make.signed_in(make.liaison())
    assert {get(browser, name, story.round.pk)[0] for name in NAMES} == {HTTPStatus.NOT_FOUND}


@pytest.mark.parametrize(
    ("name", "params", "sentence"),
    [
        ("round-as-of", {"date": "昨天"}, "不是日期"),
        ("round-as-of", {"date": "2026-02-30"}, "不是日期"),
        ("round-as-of", {"date": "2999-01-01"}, "不能晚于今天"),
        ("round-as-of", {"by": "moon"}, "计日方式没有"),
        ("round-as-of", {"colour": "red"}, "没有“colour”这个条件"),
        ("round-as-of", {"page": "99"}, "没有这一页"),
        ("compare", {"from": "2026-03-01", "to": "2026-03-01"}, "起始日期要早于截止日期"),
        ("compare", {"from": "x"}, "起始日期“x”不是日期"),
        ("compare", {"kind": "dragon"}, "变化没有"),
        ("compare-export", {"to": "2999-01-01"}, "不能晚于今天"),
    ],
)
def test_a_broken_address_is_refused_with_a_sentence(name: str, params: dict[str, str], sentence: str) -> None:
    measure = make.measure()
    status, page = get(make.signed_in(make.office()), name, measure.issue.inspection_id, **params)
    assert status == HTTPStatus.BAD_REQUEST
    assert sentence in page


def test_the_list_narrows_to_one_kind_and_the_export_follows_and_is_an_act() -> None:
    story = Story()
    browser = make.signed_in(story.office)
    params = {"from": "2026-01-31", "to": "2026-05-31", "kind": "finished"}
    answer = browser.get(reverse("measures:compare", args=(story.round.pk,)), params)
    assert [move.number for move in answer.context["page"]] == ["1-1"]
    export = browser.get(reverse("measures:compare-export", args=(story.round.pk,)), params)
    sheet = openpyxl.load_workbook(io.BytesIO(export.content))["变化明细"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert [row[0] for row in rows] == ["1-1"]
    assert rows[0][4:6] == ["未启动", "已完成"]
    entry = Entry.objects.filter(book=story.round.book_id).order_by("-seq")[0]
    assert (entry.act, entry.payload["rows"], entry.payload["filters"]["kind"]) == ("measures.export_register", 1, "新办结")


def test_pages_of_a_day_do_not_slow_down() -> None:
    issue = make.issue()
    make.measures(issue, 2)
    browser = make.signed_in(make.office())
    names = ("round-as-of", "compare")

    def counted() -> list[int]:
        found = []
        for name in names:
            with CaptureQueriesContext(connection) as captured:
                assert get(browser, name, issue.inspection_id)[0] == HTTPStatus.OK
            found.append(len(captured))
        return found

    few = counted()
    for _number in range(8):
        for measure in make.measures(make.issue(issue.category, lead=issue.lead_unit), 6):
            make.report(measure)
    many = counted()
    assert many == few
    assert max(few) <= 14


def test_sheets_ask_for_a_day() -> None:
    measure = make.measure()
    browser = make.signed_in(make.office())
    for name, pk, target in (
        ("measures:sheet", measure.pk, "measures:as-of"),
        ("issues:sheet", measure.issue_id, "measures:issue-as-of"),
        ("issues:inspection", measure.issue.inspection_id, "measures:round-as-of"),
    ):
        assert f'action="{reverse(target, args=(pk,))}"' in browser.get(reverse(name, args=(pk,))).content.decode()
