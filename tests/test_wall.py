"""The wall chart: its figures are those of the dashboard and the register, it costs what it costs, and it is read from afar."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, Route, ViewportSize, expect

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.supervision import figures
from apps.supervision.scope import Scope
from apps.supervision.services import make_screen
from apps.supervision.wall import Picture, mark_of, picture
from apps.units.models import User
from tests import factories as make
from tests.demo_site import DemoSite, Visit
from tests.supervision import group, supervisor
from tests.test_query_counts import ledger, queries

pytestmark = pytest.mark.django_db
HALL = ViewportSize(width=1920, height=1080)
FINE = ViewportSize(width=3840, height=2160)
SMALLEST = 20


def shown(user: User, of: Any, to: Any = None) -> Picture:
    return picture(Scope(user, of, [to] if to else [], to))


def a_round() -> Any:
    """Issues of two units: late, due soon, finished, waiting, not begun."""
    category = make.category()
    late, soon, done, waiting = (make.issue(category) for _ in range(4))
    make.measures(late, 2, due_on=make.days(-4))
    make.measure(late)
    make.measure(soon, due_on=make.today())
    make.finish(make.measure(done))
    make.report(make.measure(waiting), claim=Measure.State.DONE, files=[make.evidence()])
    make.issue(make.category(category.inspection, 2, "选人用人"))
    return category.inspection


class TestFigures:
    def test_they_are_those_of_the_dashboard_and_the_register(self) -> None:
        inspection, office = a_round(), make.office()
        found = shown(office, inspection)
        page = make.signed_in(office).get(reverse("supervision:dashboard")).context
        assert (found.tally, found.closures, found.money) == (page["tally"], page["closures"], page["money"])
        assert found.rate == Decimal("16.7")
        assert sum(found.scope.measures.mark_counts(*found.scope.window).values()) == found.tally.total == 6
        assert [(tile.issue.number, tile.mark) for tile in found.tiles] == [
            (1, "over"),
            (2, "soon"),
            (3, "done"),
            (4, "review"),
            (5, "none"),
        ]
        assert found.tally.overdue == 2
        assert (found.over, found.soon) == (1, 1)
        assert [tile.when for tile in found.tiles] == ["逾期 4 天", "今天到期", "", "", ""]
        assert found.marks == [
            ("done", "已完成", 1),
            ("review", "待审核", 1),
            ("soon", "临期", 1),
            ("none", "未启动", 1),
            ("over", "逾期", 1),
        ]

    @pytest.mark.parametrize(
        ("closure", "marks", "mark"),
        [
            ("open", {"over", "done"}, "over"),
            ("closed", {"soon", "closed"}, "soon"),
            ("closed", {"closed"}, "closed"),
            ("applied", {"done"}, "review"),
            ("open", {"done"}, "done"),
            ("open", {"review", "done"}, "review"),
            ("open", {"doing", "done"}, "doing"),
            ("open", {"none", "done"}, "doing"),
            ("open", {"none"}, "none"),
            ("open", set(), "none"),
        ],
    )
    def test_the_one_mark_of_an_issue(self, closure: str, marks: set[str], mark: str) -> None:
        assert mark_of(Issue(closure=closure), marks) == mark

    def test_the_worst_come_first_and_a_report_handed_in_is_none_of_them(self) -> None:
        category = make.category()
        issue = make.issue(category)
        for days in (-3, -30, 0, 90):
            make.measure(issue, due_on=make.days(days))
        make.report(make.measure(issue, due_on=make.days(-9)), claim=Measure.State.DONE, files=[make.evidence()])
        found = shown(make.office(), category.inspection)
        assert [line.words for line in found.worst] == ["逾期 30 天", "逾期 3 天", "今天到期"]
        assert all(line.bar.late for line in found.worst[:2])
        assert found.worst[2].bar.late is None

    def test_a_group_shows_its_units_only(self) -> None:
        inspection = a_round()
        mine = inspection.issues.get(number=1)
        member = supervisor()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        found = shown(member, inspection, own)
        assert [tile.issue for tile in found.tiles] == [mine]
        assert found.closures.total == 1
        page = make.signed_in(member).get(reverse("supervision:wall")).content.decode()
        assert "逾期 4 天" in page
        assert inspection.issues.get(number=2).title not in page
        assert make.signed_in(member).get(reverse("supervision:wall"), {"group": "999"}).status_code == 404

    def test_an_empty_round_and_no_round_say_so(self) -> None:
        office = make.signed_in(make.office())
        assert "还没有整改任务" in office.get(reverse("supervision:wall")).content.decode()
        make.inspection()
        page = office.get(reverse("supervision:wall"))
        assert page.status_code == 200
        assert "这个范围内还没有问题" in page.content.decode()
        assert "没有逾期和临期的措施" in page.content.decode()
        assert office.get(reverse("supervision:wall"), {"foo": "1"}).status_code == 400


class TestScreens:
    def test_categories_are_parted_evenly_and_every_issue_is_shown_once(self) -> None:
        lead = make.unit()
        category = make.category()
        for _ in range(26):
            make.issue(category, lead=lead)
        screens = shown(make.office(), category.inspection).screens
        assert [len(screen.tiles) for screen in screens] == [9, 9, 8]
        assert [screen.rows for screen in screens] == [3, 3, 3]
        assert [tile.issue.number for screen in screens for tile in screen.tiles] == list(range(1, 27))

    def test_a_round_too_large_for_tiles_gets_a_line_for_each_category(self) -> None:
        lead = make.unit()
        category = make.category()
        for _ in range(160):
            make.issue(category, lead=lead)
        found = shown(make.office(), category.inspection)
        assert not found.fits
        page = make.signed_in(make.office()).get(reverse("supervision:wall")).content.decode()
        assert 'class="tile ' not in page
        assert "未启动 160" in page

    def test_it_costs_the_same_for_ten_times_the_data(self) -> None:
        small, large = make.unit(), make.unit()
        office = make.office()
        ledger(small, 12, 3)
        few = queries(make.signed_in(office), reverse("supervision:wall"))
        ledger(large, 120, 3)
        assert queries(make.signed_in(office), reverse("supervision:wall")) == few <= 14
        token = make_screen(actor=office, inspection=Issue.objects.latest("pk").inspection, group=None, name="屏", hours=1)[1]
        with CaptureQueriesContext(connection) as captured:
            Client().get(reverse("supervision:screen", args=(token,)))
        assert len(captured) <= few

    def test_every_status_has_a_word_and_a_sign(self) -> None:
        inspection = a_round()
        page = make.signed_in(make.office()).get(f"{reverse('supervision:wall')}?inspection={inspection.pk}").content.decode()
        tiles = re.findall(r'<li class="tile (\w+)">(.*?)</li>', page, flags=re.DOTALL)
        assert len(tiles) == 5
        for mark, inside in tiles:
            assert f"#s-{mark}" in inside
            assert re.search(r'class="w">[\u4e00-\u9fff]{2,}<', inside)

    def test_money_is_the_dashboards(self) -> None:
        assert figures.Money(Decimal("39278800"), 7, None).shown == "3927.88"


SMALL = """() => [...document.querySelectorAll('body *')].filter(e =>
    e.checkVisibility() && !e.closest('.sr') && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
    && parseFloat(getComputedStyle(e).fontSize) < %s).map(e => e.outerHTML.slice(0, 90))"""
PLACES = """() => ['.wh', '.all', '.turning', '.page:not([hidden])', '.gan', '.sum', '.wk'].map(s => {
    const r = document.querySelector(s).getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom].map(Math.round) })"""
CUT = """() => [...document.querySelectorAll('.all, .turning, .page:not([hidden])')].filter(e =>
    e.scrollHeight > e.clientHeight + 1).map(e => e.className)"""


@pytest.mark.browser
class TestOnTheWall:
    def on(self, visit: Visit, login: str = "leader", size: ViewportSize = HALL) -> Page:
        page = visit(login)
        page.set_viewport_size(size)
        page.clock.install()
        page.goto(reverse("supervision:wall"))
        return page

    @pytest.mark.parametrize(("size", "scale"), [(HALL, 1), (FINE, 2)], ids=["1080", "2160"])
    def test_all_of_it_is_on_the_screen_and_large_enough(self, visit: Visit, size: ViewportSize, scale: int) -> None:
        page = self.on(visit, size=size)
        assert page.locator(".tile").count() == 83
        for _ in range(page.locator("[data-page]").count()):
            page.get_by_role("button", name="下一屏").click()
            wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
            assert (wide, high) == (size["width"], size["height"])
            assert page.evaluate(SMALL % (SMALLEST * scale)) == []
            assert page.evaluate(CUT) == []
        # The control: the same eyes see what is smaller.
        assert page.evaluate(SMALL % (SMALLEST * scale + 1))

    def test_at_4k_it_is_the_same_picture(self, visit: Visit) -> None:
        page = self.on(visit)
        small = page.evaluate(PLACES)
        page.set_viewport_size(FINE)
        large = page.evaluate(PLACES)
        for one, two in zip(small, large, strict=True):
            assert all(abs(2 * a - b) <= 4 for a, b in zip(one, two, strict=True)), (one, two)

    def test_it_turns_by_itself_and_can_be_held(self, visit: Visit) -> None:
        page = self.on(visit)
        where = page.locator(".where")
        expect(where).to_have_text(re.compile(r"^1 / "))
        page.clock.run_for(20_500)
        expect(where).to_have_text(re.compile(r"^2 / "))
        assert page.locator("[data-page]:visible").count() == 1
        page.get_by_role("button", name="暂停轮播").click()
        page.clock.run_for(60_000)
        expect(where).to_have_text(re.compile(r"^2 / "))
        page.get_by_role("button", name="继续轮播").click()
        page.clock.run_for(20_500)
        expect(where).to_have_text(re.compile(r"^3 / "))

    def test_a_refresh_swaps_the_picture_in_its_place(self, visit: Visit) -> None:
        page = self.on(visit)
        page.clock.run_for(20_500)
        before = page.evaluate(PLACES)
        with page.expect_response(lambda answer: answer.request.headers.get("hx-request") == "true") as answer:
            page.clock.run_for(41_000)
        assert answer.value.status == 200
        assert answer.value.request.headers["x-unattended"] == "1"
        expect(page.locator(".where")).to_have_text(re.compile(r"^4 / "))
        assert page.locator("[data-page]:visible").count() == 1
        after = page.evaluate(PLACES)
        assert [place for number, place in enumerate(after) if number != 3] == [place for number, place in enumerate(before) if number != 3]
        assert not page.locator(".stale").is_visible()

    @pytest.mark.parametrize("fault", ["network", "server"])
    def test_a_refresh_that_fails_keeps_the_picture_and_says_so(self, demo_site: DemoSite, fault: str) -> None:
        # Not one of the watched pages: htmx tells the console of the fault.
        context = demo_site.context("leader", viewport=HALL)
        page = self.on(lambda _login: context.new_page())

        def fail(route: Route) -> None:
            if route.request.headers.get("hx-request") != "true":
                route.continue_()
            elif fault == "network":
                route.abort()
            else:
                route.fulfill(status=429, body="busy")

        page.route("**/wall/**", fail)
        page.clock.run_for(61_000)
        expect(page.locator(".stale")).to_be_visible()
        assert page.locator(".tile").count() == 83
        at = page.locator(".where").text_content()
        page.clock.run_for(20_500)
        expect(page.locator(".where")).not_to_have_text(at or "")
        page.unroute("**/wall/**")
        page.clock.run_for(61_000)
        expect(page.locator(".stale")).to_be_hidden()
        context.close()

    def test_without_scripts_everything_stands_there(self, demo_site: DemoSite) -> None:
        context = demo_site.context("leader", viewport=HALL, scripts=False)
        page = context.new_page()
        page.goto(reverse("supervision:wall"))
        assert page.locator(".card").count() == 83
        assert page.locator("[data-page]:visible").count() == page.locator("[data-page]").count() > 6
        context.close()

    def test_who_wants_less_motion_turns_the_pages(self, visit: Visit) -> None:
        page = visit("leader")
        page.emulate_media(reduced_motion="reduce")
        page.clock.install()
        page.goto(reverse("supervision:wall"))
        page.clock.run_for(60_000)
        expect(page.locator(".where")).to_have_text(re.compile(r"^1 / "))
        page.get_by_role("button", name="下一屏").click()
        expect(page.locator(".where")).to_have_text(re.compile(r"^2 / "))

    def test_a_link_is_made_opened_and_stopped(self, visit: Visit) -> None:
        office = visit("office")
        office.goto(reverse("supervision:screens"))
        office.get_by_label("屏幕名称").fill("浏览器测试的屏")
        office.get_by_role("button", name="生成", exact=True).click()
        address = office.locator(".secret").inner_text()
        hall = visit()
        hall.set_viewport_size(HALL)
        hall.clock.install()
        hall.goto(address)
        assert hall.locator(".tile").count() == 83
        assert hall.locator("a[href]").count() == 0
        assert hall.context.cookies() == []
        office.get_by_role("row").filter(has_text="浏览器测试的屏").get_by_role("button", name="停用").click()
        expect(office.get_by_text("屏幕下次刷新时关闭")).to_be_visible()
        hall.clock.run_for(61_000)
        expect(hall.get_by_role("heading", name="链接打不开")).to_be_visible()
