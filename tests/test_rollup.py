"""Outcomes rolled up: each sum by its formula, the same on page, workbook and API, seen by those who see the figures."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from apps.issues.models import Inspection, Issue
from apps.issues.services import amend_inspection
from apps.ledgers.models import Entry
from apps.measures.models import Indicator
from apps.measures.rollup import roll_up
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.units.models import Role
from tests import factories as make
from tests.api_world import client, refused, url

pytestmark = pytest.mark.django_db
OLD, NEW = dt.date(2025, 5, 31), dt.date(2025, 8, 31)
LIMIT = 12


def figure(issue: Issue, name: str, value: str, *, kind: str = "money", as_of: dt.date = NEW, due: str = "", **facts: Any) -> Indicator:
    unit = {"money": "万元", "people": "名"}[kind]
    row = add_indicator(actor=None, issue=issue, name=name, kind=kind, unit=unit, due_amount=Decimal(due) if due else None, **facts)
    if value:
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(value), as_of)])
    return row


@pytest.fixture
def issues() -> list[Issue]:
    """Two aspects; one issue each; money, people and rules."""
    inspection = make.inspection("轮次")
    first = make.issue(make.category(inspection, 1), lead=make.unit("自然资源局"), title="出让金")
    second = make.issue(make.category(inspection, 2), lead=make.unit("人社局"), title="吃空饷")
    helper = make.measure(second, lead=make.unit("财政局"))
    figure(first, "已收回", "46", due="86.4", outcome="recovered", as_of=OLD)
    figure(first, "已签协议", "40.4")
    figure(second, "已退缴", "3.3", outcome="recovered", measure=helper)
    figure(second, "应清退", "6", due="5")
    figure(second, "处置人员", "15", kind="people", outcome="handled")
    figure(second, "另一批", "5", kind="people", outcome="handled")
    add_regulation(actor=None, inspection=inspection, issue=first, title="办法", kind="made", unit=first.lead_unit)
    add_regulation(actor=None, inspection=inspection, issue=second, title="旧办法", kind="abolished", unit=second.lead_unit)
    add_regulation(actor=None, inspection=inspection, title="全轮制度", kind="revised", unit=first.lead_unit)
    return [first, second]


def cut_off(inspection: Inspection, day: dt.date) -> Inspection:
    return amend_inspection(actor=make.office(), inspection=inspection, values={"figures_until": day}, reason="通报数据截止")


def test_sums_follow_their_formulas(issues: list[Issue]) -> None:
    found = roll_up(make.office(), issues[0].inspection)
    whole = found.whole
    assert (whole.shown("recovered"), whole.shown("due"), whole.shown("received"), whole.shown("outstanding")) == (
        "49.3",
        "91.4",
        "51",
        "40.4",
    )
    assert (whole.people, whole.people_shown, whole.regulations) == ([15, 5], "15、5", 2)
    assert [row.shown("recovered") for row in found.categories] == ["46", "3.3"]
    units = {row.name: (row.shown("recovered"), row.regulations) for row in found.units}
    assert units == {"自然资源局": ("46", 2), "财政局": ("3.3", 0), "人社局": ("", 0)}
    assert [row.name.split(" ")[1] for row in found.issues] == ["出让金", "吃空饷"]
    assert whole.dates == "2025-05-31 至 2025-08-31"


def test_what_a_total_has_due_is_not_due_again_by_its_parts() -> None:
    issue = make.issue()
    total = figure(issue, "应收", "", due="100")
    figure(issue, "已收", "30", due="100", total=total)
    whole = roll_up(make.office(), issue.inspection).whole
    assert (whole.shown("due"), whole.shown("received"), whole.shown("outstanding")) == ("100", "", "100")


def test_figures_older_than_the_cut_off_are_counted_and_marked(issues: list[Issue]) -> None:
    inspection = cut_off(issues[0].inspection, NEW)
    found = roll_up(make.office(), inspection)
    assert (found.whole.stale, [row.stale for row in found.categories]) == (1, [1, 0])
    browser = make.signed_in(make.office())
    mark = "早于数据截止日"
    assert f"1 项{mark}" in browser.get("/figures/").content.decode()
    assert mark in browser.get(f"/issues/{issues[0].pk}/").content.decode()
    assert mark not in browser.get(f"/issues/{issues[1].pk}/").content.decode()
    assert mark in browser.get(f"/indicators/{issues[0].indicators.get(name='已收回').pk}/").content.decode()
    cut_off(inspection, OLD)
    assert mark not in browser.get(f"/issues/{issues[0].pk}/").content.decode()


def test_everybody_sees_the_sums_of_what_they_see(issues: list[Issue]) -> None:
    first, second = issues
    for who, money in ((make.liaison(first.lead_unit), "46"), (make.liaison(second.lead_unit), "3.3"), (make.leader(), "49.3")):
        assert roll_up(who, first.inspection).whole.shown("recovered") == money
    assert make.signed_in(make.user(Role.AUDITOR)).get("/figures/").status_code == 403
    assert make.signed_in(make.liaison()).get("/figures/").status_code == 200
    page = make.signed_in(make.liaison(first.lead_unit)).get("/figures/").content.decode()
    assert "出让金" in page
    assert "吃空饷" not in page


def test_the_page_says_each_formula_and_refuses_what_it_does_not_know(issues: list[Issue]) -> None:
    browser = make.signed_in(make.office())
    page = browser.get("/figures/").content.decode()
    for words in ("49.3", "15、5", "多项可能有交叉，并列不相加", "应完成金额 − 已完成金额", "按方面", "按单位", "按问题"):
        assert words in page
    assert browser.get("/figures/?inspection=999").status_code == 400
    assert browser.get("/figures/?sort=1").status_code == 400


def test_the_workbook_holds_the_same_and_the_export_is_in_the_book(issues: list[Issue]) -> None:
    answer = make.signed_in(make.office()).get("/figures/export.xlsx")
    book: Any = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["按方面", "按单位", "按问题"]
    last = [cell.value for cell in book["按方面"][6]]
    assert last[:7] == ["轮次", 49.3, 91.4, 51, 40.4, "15、5", 2]
    entry = Entry.objects.filter(act="measures.export_register").latest("seq")
    assert entry.payload["filters"] == {"表": "成效数据"}


def test_the_number_of_queries_does_not_grow(issues: list[Issue]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/figures/").status_code == 200
        return len(captured)

    browser = make.signed_in(make.liaison(issues[0].lead_unit))
    few = queries()
    for number in range(20):
        figure(issues[0], f"指标{number}", "1", outcome="recovered", due="2")
        unit = issues[0].lead_unit
        add_regulation(actor=None, inspection=issues[0].inspection, issue=issues[0], title=f"制度{number}", kind="made", unit=unit)
    assert queries() == few <= LIMIT


def test_an_indicator_page_does_not_grow(issues: list[Issue]) -> None:
    row = issues[0].indicators.get(name="已收回")
    browser = make.signed_in(make.office())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/indicators/{row.pk}/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(1, 20):
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(46 + number), make.days(-number))])
    assert queries() == few <= 15


def test_the_interface_has_the_same_sums(issues: list[Issue]) -> None:
    inspection = issues[0].inspection
    answer = client(make.office()).get(url("indicators", "roll-up"), {"inspection": inspection.pk})
    assert answer.status_code == 200
    body = answer.json()
    assert body["whole"]["recovered"] == "493000"
    assert body["whole"]["people"] == [15, 5]
    assert [row["name"] for row in body["units"]] == ["自然资源局", "财政局", "人社局"]
    assert {row["key"] for row in body["formulas"]} == {"recovered", "due", "received", "outstanding", "people", "regulations"}
    own = client(make.liaison(issues[0].lead_unit)).get(url("indicators", "roll-up"), {"inspection": inspection.pk})
    assert own.json()["whole"]["recovered"] == "460000"
    refused(client(make.office()).get(url("indicators", "roll-up"), {"inspection": 10**9}), 404)
    refused(client(make.office()).get(url("indicators", "roll-up"), {"inspection": "x"}), 400)
