"""The sections of the dashboard: who sees which part, what bad input gets, the price in queries, the workbook, charts in a browser."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from apps.ledgers.models import Entry
from apps.measures.models import Indicator, Measure
from apps.measures.services import FigureDraft, add_indicator, read_indicator
from apps.supervision.board_results import MAKERS, SECTIONS
from apps.supervision.series import ROWS_ARE
from apps.units.models import Role, User
from tests import factories as make
from tests.api_world import client as api_client
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db
PAGES = ("supervision:dashboard", *(f"supervision:dashboard-{key}" for key in SECTIONS if key != "overview"))
API = "/api/v1/dashboard/"
LIMIT = 36


def a_round(units: int, each: int) -> tuple[User, Measure]:
    """A round of that many units with that many measures each under one group: late, finished, urged, with money."""
    found = make.issue()
    leads = [found.lead_unit, *(make.unit() for _ in range(units - 1))]
    for lead in leads:
        make.measures(found, each, lead=lead, due_on=make.days(-1))
    for measure in found.measures.filter(ordinal__lte=2):
        make.finish(measure)
    letter(found.measures.get(ordinal=3))
    money = add_indicator(actor=None, issue=found, name="追回", kind="money", unit="万元", outcome=Indicator.Outcome.RECOVERED)
    read_indicator(actor=None, indicator=money, figures=[FigureDraft(Decimal("12.5"), make.today())])
    member = supervisor()
    group(found.inspection, units=leads, members=[member])
    return member, found.measures.get(ordinal=1)


@pytest.fixture
def late() -> Measure:
    return make.measure(due_on=make.days(-2), text="本单位的措施")


@pytest.fixture
def other(late: Measure) -> Measure:
    return make.measure(late.issue, lead=make.unit("别家单位"), due_on=make.days(-2), text="别家的措施")


@pytest.mark.parametrize("name", [*PAGES, "supervision:dashboard-export"])
def test_who_may_open_which(name: str, late: Measure) -> None:
    statuses = {
        make.office(): 200,
        make.leader(): 200,
        make.liaison(late.lead_unit): 200,
        make.user(Role.ADMIN): 403,
        make.user(Role.AUDITOR): 403,
    }
    for user, status in statuses.items():
        assert make.signed_in(user).get(reverse(name)).status_code == status, user.role


@pytest.mark.parametrize("name", PAGES)
def test_a_liaison_sees_their_own_unit_and_no_other(name: str, late: Measure, other: Measure) -> None:
    browser = make.signed_in(make.liaison(late.lead_unit))
    answer = browser.get(reverse(name))
    assert "别家" not in answer.content.decode()
    assert answer.context["scope"].measures.get() == late
    assert browser.get(reverse(name), {"unit": other.lead_unit_id}).status_code == 404
    assert browser.get(reverse(name), {"unit": late.lead_unit_id}).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_a_group_sees_what_it_covers_and_the_office_may_narrow(name: str, late: Measure, other: Measure) -> None:
    member = supervisor()
    group(late.issue.inspection, units=[late.lead_unit], members=[member])
    browser, office = make.signed_in(member), make.signed_in(make.office())
    assert browser.get(reverse(name)).context["scope"].measures.get() == late
    assert browser.get(reverse(name), {"unit": other.lead_unit_id}).status_code == 404
    assert office.get(reverse(name)).context["scope"].measures.count() == 2
    assert office.get(reverse(name), {"unit": other.lead_unit_id}).context["scope"].measures.get() == other
    assert office.get(reverse(name), {"unit": make.unit().pk}).status_code == 404


@pytest.mark.parametrize("name", [*PAGES, "supervision:dashboard-export"])
def test_what_is_not_understood_is_refused(name: str, late: Measure) -> None:
    browser = make.signed_in(make.office())
    for broken, status in (({"foo": "1"}, 400), ({"inspection": "x"}, 400), ({"unit": "x"}, 404), ({"group": "9" * 40}, 404)):
        assert browser.get(reverse(name), broken).status_code == status, broken
    assert browser.get(reverse(name), {"unit": "9" * 40}).status_code == 404
    assert browser.get(reverse(name), {"unit": "²"}).status_code == 404
    if name.endswith("export"):
        assert browser.get(reverse(name), {"figure": "nothing"}).status_code == 400


def test_the_api_knows_the_same_scopes(late: Measure, other: Measure) -> None:
    office, unit = api_client(make.office()), api_client(make.liaison(late.lead_unit))

    def total(answer: Any) -> int:
        head = next(one for one in answer.json()["series"] if one["key"] == "headline")
        return int(next(row["values"]["value"] for row in head["rows"] if row["name"] == "措施"))

    assert total(office.get(API)) == 2
    assert total(office.get(API, {"unit": other.lead_unit_id})) == 1
    assert total(unit.get(API)) == 1
    assert unit.get(API, {"unit": other.lead_unit_id}).status_code == 404
    assert office.get(API, {"inspection": 10**9}).status_code == 404
    assert office.get(API, {"group": 10**9}).status_code == 404
    for broken in ({"inspection": "x"}, {"group": "-1"}, {"unit": "9" * 40}, {"foo": "1"}):
        assert office.get(API, broken).status_code == 400, broken
    assert api_client(make.user(Role.ADMIN)).get(API).status_code == 403
    assert [one["key"] for one in office.get(API).json()["series"]] == list(MAKERS)


@pytest.mark.parametrize("name", [*PAGES, "supervision:dashboard-export", API])
def test_the_number_of_queries_does_not_grow(name: str) -> None:
    counts = []
    for units, each in ((2, 4), (8, 10)):
        member, _measure = a_round(units, each)
        browser = make.signed_in(member) if name != API else api_client(member)
        address = reverse(name) if name != API else API
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= LIMIT


def test_the_workbook_holds_one_figure_or_all_and_leaves_an_entry(late: Measure) -> None:
    browser = make.signed_in(make.office())
    answer = browser.get(reverse("supervision:dashboard-export"), {"figure": "ages"})
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "逾期时长"
    assert "全部" in str(rows[1][0])
    assert str(rows[3][0]).startswith("口径：逾期天数")
    assert rows[4] == ("逾期时长", "逾期（条）")
    assert rows[5] == ("逾期 1–7 天", 1)
    entry = Entry.objects.latest("pk")
    assert entry.payload["filters"] == {"看板": "逾期时长", "范围": "全部"}
    book = load_workbook(io.BytesIO(browser.get(reverse("supervision:dashboard-export")).content))
    assert len(book.sheetnames) == len(MAKERS)


def test_what_a_program_could_take_for_a_formula_stays_text() -> None:
    issue = make.issue(lead_official="=1+1")
    make.measure(issue)
    answer = make.signed_in(make.office()).get(reverse("supervision:dashboard-export"), {"figure": "leader"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cell = sheet.cell(row=6, column=1)
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_red_is_for_what_is_overdue_and_nothing_else(late: Measure) -> None:
    page = make.signed_in(make.office()).get(reverse("supervision:dashboard-units")).context["shown"]
    red = {column.label for series in page for column in series.columns if column.red and series.key != "heat"}
    assert red == {"逾期"}


def test_a_unit_finds_its_dashboard_in_the_navigation(late: Measure) -> None:
    home = make.signed_in(make.liaison(late.lead_unit)).get(reverse("workbench")).content.decode()
    assert "本单位看板" in home
    assert reverse("supervision:dashboard") in home


@pytest.mark.parametrize(
    "broken", ["leader=没有", "group=x", "late_on=2025-13-01", "age=9", "mark=x", "track=x", "pace=x", "lead=0", "done_week=x"]
)
def test_the_register_refuses_a_figure_it_does_not_know(late: Measure, broken: str) -> None:
    answer = make.signed_in(make.office()).get(f"{reverse('measures:register')}?{broken}")
    assert answer.status_code == 400


def test_what_a_figure_asked_for_stays_when_a_list_is_picked_from(late: Measure) -> None:
    page = make.signed_in(make.office()).get(reverse("measures:register"), {"age": "1-7", "lead": str(late.lead_unit_id)}).content.decode()
    assert '<input type="hidden" name="age" value="1-7">' in page
    assert "逾期天数：逾期 1–7 天" in page
    assert f"牵头单位：{late.lead_unit.short_name}" in page


def test_the_register_narrows_to_a_group_only_for_those_who_see_its_work(late: Measure) -> None:
    member = supervisor()
    made = group(late.issue.inspection, units=[late.lead_unit], members=[member])
    address = f"{reverse('measures:register')}?group={made.pk}"
    statuses = {make.office(): 200, member: 200, make.liaison(late.lead_unit): 400}
    assert all(make.signed_in(user).get(address).status_code == status for user, status in statuses.items())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_section_draws_its_charts_and_a_figure_leads_to_as_many_rows(live_server: Any, page: Page) -> None:
    member, _measure = a_round(3, 4)
    client = make.signed_in(member)
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()])
    drawn = 0
    for name in PAGES:
        page.goto(live_server.url + reverse(name))
        boxes = page.locator(".ech")
        for place in range(boxes.count()):
            expect(boxes.nth(place).locator("svg")).to_have_count(1)
            assert boxes.nth(place).get_attribute("aria-label")
            drawn += 1
    assert drawn >= 7
    page.goto(live_server.url + reverse("supervision:dashboard-progress"))
    page.locator("#ages summary").click()
    page.locator("#ages td a").first.click()
    page.wait_for_url("**/register/**")
    assert page.locator(".mno").count() >= 10


def test_the_first_column_says_what_the_rows_are(late: Measure) -> None:
    assert set(ROWS_ARE) == set(MAKERS)
    browser = make.signed_in(make.office())
    heads = re.findall(r'<thead><tr><th scope="col">([^<]+)</th>', browser.get(reverse("supervision:dashboard-progress")).content.decode())
    assert heads == [ROWS_ARE[key] for key in ("flow", "ages", "nature", "pace", "leader")]
    assert "项目" not in ROWS_ARE.values()
