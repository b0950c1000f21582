"""The figures of the dashboard, the pages of supervision: who sees what, at what price, and what bad input gets."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.measures.deadlines import window
from apps.measures.models import Indicator, Measure, Regulation
from apps.measures.rollup import roll_up
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.measures.tracks import TRACKS
from apps.supervision import figures
from apps.supervision.models import Group, Letter, SiteCheck
from apps.supervision.services import check_site, derive_timeliness, sign_letter
from apps.units.models import Role, User
from tests import factories
from tests.factories import signed_in
from tests.supervision import group, letter, reply_day, supervisor

pytestmark = pytest.mark.django_db

RECOVERED = Indicator.Outcome.RECOVERED


def check(measure: Measure, finding: str = SiteCheck.Finding.TRUE) -> None:
    check_site(actor=factories.leader(), measure=measure, finding=finding, note="现场查看属实", checked_on=factories.today())


class TestTracks:
    def test_the_three_tracks_are_kept_apart(self) -> None:
        found = factories.issue()
        _running, waiting, verified, checked, false = factories.measures(found, 5)
        factories.report(waiting, claim=Measure.State.DONE, files=[factories.evidence()])
        for measure in (verified, checked, false):
            factories.finish(measure)
        check(checked)
        check(false, SiteCheck.Finding.FALSE)  # goes back: no longer reported, no longer verified
        overall = figures.tracks(Measure.objects.all(), *window(found.inspection)).overall
        assert (overall.total, overall.reported, overall.verified, overall.checked) == (5, 3, 2, 1)
        assert [(formula.key, percent) for formula, _count, percent in overall.rates] == [
            ("reported", Decimal("60.0")),
            ("verified", Decimal("40.0")),
            ("checked", Decimal("20.0")),
        ]

    def test_a_rate_is_rounded_half_up_and_only_a_finished_whole_says_100(self) -> None:
        assert figures.Tally(total=18, verified=14).percent("verified") == Decimal("77.8")
        assert figures.Tally(total=2000, verified=1).percent("verified") == Decimal("0.1")
        assert figures.Tally(total=10_000, verified=9_999).percent("verified") == Decimal("99.9")
        assert figures.Tally(total=3, verified=3).percent("verified") == Decimal("100.0")
        assert figures.Tally().percent("verified") is None

    def test_by_category_and_by_lead_unit_they_add_up(self) -> None:
        first = factories.issue()
        second = factories.issue(factories.category(first.inspection, 2))
        factories.finish(factories.measures(first, 2)[0])
        factories.measures(second, 3, due_on=factories.days(-1))
        factories.measures(second, 1, lead=first.lead_unit, due_on=factories.today())
        found = figures.tracks(Measure.objects.all(), *window(first.inspection))
        assert {key: tally.total for key, tally in found.by_category.items()} == {first.category_id: 2, second.category_id: 4}
        assert {key: tally.total for key, tally in found.by_unit.items()} == {first.lead_unit_id: 3, second.lead_unit_id: 3}
        assert found.by_unit[second.lead_unit_id].overdue == 3
        assert (found.overall.overdue, found.overall.soon, found.overall.verified) == (3, 1, 1)

    def test_marks_by_category_count_each_measure_once(self) -> None:
        found = factories.issue()
        factories.measures(found, 2, due_on=factories.days(-1))
        factories.finish(factories.measure(found))
        marks = figures.marks_by_category(Measure.objects.all(), *window(found.inspection))
        assert marks == {found.category_id: {"closed": 0, "done": 1, "review": 0, "doing": 0, "soon": 0, "none": 0, "over": 2}}


class TestRemaining:
    def test_the_curve_counts_what_was_finished_against_the_original_dates(self) -> None:
        with time_machine.travel(dt.datetime(2025, 4, 10, 2, tzinfo=dt.UTC), tick=False):
            found = factories.issue()
            early, late, *_rest = (factories.measure(found, due_on=dt.date(2025, month, 15)) for month in (3, 4, 5, 6))
            factories.finish(early)
        with time_machine.travel(dt.datetime(2025, 5, 20, 2, tzinfo=dt.UTC), tick=False):
            factories.finish(late)
            curve = figures.remaining(Measure.objects.all(), found.inspection, found.inspection.today())
        assert [(str(point.day), point.planned, point.remaining) for point in curve.points] == [
            ("2025-02-20", 4, 4),
            ("2025-02-28", 4, 4),
            ("2025-03-31", 3, 4),
            ("2025-04-30", 2, 3),
            ("2025-05-20", 1, 2),
            ("2025-05-31", 1, None),
            ("2025-06-30", 0, None),
        ]
        assert (curve.gap, curve.gap_words) == (1, "比计划多 1 条")
        assert curve.conclusion == "截至 2025-05-20，有时限的 4 条措施还剩 2 条，计划剩余 1 条，比计划多 1 条"

    def test_measures_without_a_date_are_told_apart_and_a_report_in_review_is_not_done(self) -> None:
        found = factories.issue()
        factories.measures(found, 2, pace=Measure.Pace.LONG_TERM, deadline_rule=Measure.DeadlineRule.NONE)
        waiting = factories.measure(found)
        factories.report(waiting, claim=Measure.State.DONE, files=[factories.evidence()])
        curve = figures.remaining(Measure.objects.all(), found.inspection, factories.today())
        assert (curve.total, curve.undated, curve.now.remaining, curve.gap_words) == (1, 2, 1, "与计划一致")

    def test_a_plan_far_away_does_not_stretch_the_curve(self) -> None:
        measure = factories.measure(due_on=dt.date(2099, 12, 31))
        curve = figures.remaining(Measure.objects.all(), measure.issue.inspection, dt.date(2025, 3, 1))
        assert curve.points[-1].day == dt.date(2026, 3, 31)

    def test_an_empty_round_has_an_empty_curve(self) -> None:
        curve = figures.remaining(Measure.objects.none(), factories.inspection(), factories.today())
        assert (curve.total, curve.gap_words) == (0, "—")

    def test_what_is_due_today_is_not_yet_behind_the_plan(self) -> None:
        late = factories.measure(due_on=factories.days(-1))
        factories.measure(late.issue, due_on=factories.today())
        curve = figures.remaining(Measure.objects.all(), late.issue.inspection, factories.today())
        assert (curve.now.planned, curve.now.remaining, curve.gap_words) == (1, 2, "比计划多 1 条")


class TestOutcomes:
    def money(
        self, name: str, value: str, *, of: Any, outcome: str = "", total: Indicator | None = None, month: dt.date = dt.date(2025, 7, 31)
    ) -> Indicator:
        made = add_indicator(actor=None, issue=of, name=name, kind=Indicator.Kind.MONEY, unit="万元", outcome=outcome, total=total)
        read_indicator(actor=None, indicator=made, figures=[FigureDraft(Decimal(value), month)])
        return made

    def test_only_money_entered_as_recovered_counts_and_only_what_was_read_last(self) -> None:
        found = factories.issue()
        factories.measure(found)
        due = self.money("应收回土地出让金", "86.4", of=found, month=dt.date(2025, 9, 30))
        back = self.money("已收回土地出让金", "40", of=found, total=due, outcome=RECOVERED)
        read_indicator(actor=None, indicator=back, figures=[FigureDraft(Decimal(46), dt.date(2025, 8, 31))])
        self.money("已签订协议分期收回的土地出让金", "40.4", of=found, total=due)
        self.money("入库滞纳金", "495.37", of=found, outcome=RECOVERED)
        money = figures.money_recovered(roll_up(factories.office(), found.inspection).whole)
        assert (money.yuan, money.shown, money.indicators) == (Decimal("5413700"), "541.37", 2)
        assert money.as_of == dt.date(2025, 8, 31)

    def test_a_supervisor_counts_only_what_their_group_covers(self) -> None:
        mine, other = factories.measure(), factories.measure()
        for measure in (mine, other):
            self.money("已追回补助", "12.2", of=measure.issue, outcome=RECOVERED)
            add_regulation(
                actor=None,
                inspection=measure.issue.inspection,
                title="办法",
                kind=Regulation.Kind.MADE,
                unit=measure.lead_unit,
                issue=measure.issue,
            )
        member = supervisor()
        group(mine.issue.inspection, units=[mine.lead_unit], members=[member])
        seen = Measure.objects.visible_to(member)
        outcomes = roll_up(member, mine.issue.inspection, within=seen).whole
        assert (figures.money_recovered(outcomes).shown, outcomes.regulations) == ("12.2", 1)
        assert figures.regulations_made(member, mine.issue.inspection, seen, whole=False) == 1
        assert figures.closures(mine.issue.inspection, seen, whole=False) == (0, 0, 1)


def a_round(units: int, each: int) -> tuple[User, Group]:
    """A round of that many units with that many measures each, all under one group: some late, some finished, some urged."""
    found = factories.issue()
    leads = [found.lead_unit, *(factories.unit() for _ in range(units - 1))]
    for lead in leads:
        factories.measures(found, each, lead=lead, due_on=factories.days(-1))
    for measure in found.measures.filter(ordinal__lte=2):
        factories.finish(measure)
    letter(found.measures.get(ordinal=3))
    member = supervisor()
    return member, group(found.inspection, units=leads, members=[member])


class TestPrice:
    @pytest.mark.parametrize(("name", "most"), [("supervision:dashboard", 30), ("supervision:flags", 24), ("supervision:letters", 16)])
    def test_the_number_of_queries_does_not_grow(self, name: str, most: int) -> None:
        counts = []
        for units, each in ((2, 4), (8, 10)):
            member, _group = a_round(units, each)
            derive_timeliness()
            client = signed_in(member)
            client.get(reverse(name))
            with CaptureQueriesContext(connection) as seen:
                assert client.get(reverse(name)).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1] <= most


class TestDashboard:
    def test_its_tables_say_what_its_charts_draw(self) -> None:
        member, _group = a_round(2, 4)
        page = signed_in(member).get(reverse("supervision:dashboard")).content.decode()
        found = re.search(r'<script id="charts" type="application/json">(.*?)</script>', page)
        assert found is not None
        charts = json.loads(found[1])
        late = next(series for series in charts["marks"]["series"] if series["key"] == "over")
        assert (sum(series["values"][0] for series in charts["marks"]["series"]), late["values"]) == (8, [6])
        assert charts["remaining"]["remaining"][-1] == [factories.today().isoformat(), 6]
        assert page.count("数据表</summary>") == 2
        cells = re.search(rf"{factories.today()}（今天）</th>(.*?)</tr>", page, re.S)
        assert cells is not None
        assert re.findall(r">(\d+)<", cells[1]) == ["0", "6"]
        assert "比计划多 6 条" in page

    def test_without_javascript_the_tables_stand_open_in_place_of_the_charts(self) -> None:
        member, _group = a_round(2, 4)
        page = signed_in(member).get(reverse("supervision:dashboard")).content.decode()
        assert page.count('<details class="more" open data-table>') == 2
        assert len(re.findall(r'id="chart-(?:remaining|marks)"\s+role="img"\s+hidden', page)) == 2

    def test_each_rate_stands_beside_its_formula(self) -> None:
        member, _group = a_round(2, 4)
        page = signed_in(member).get(reverse("supervision:dashboard")).content.decode()
        for formula in TRACKS:
            assert f"{formula.name} = {formula.words}" in page
        assert figures.MONEY_FORMULA in page
        assert figures.REMAINING_FORMULA in page

    def test_it_shows_what_the_groups_of_the_user_cover_and_a_chip_narrows_it(self) -> None:
        mine, other = factories.measures(factories.issue(), 2, due_on=factories.days(-1))
        other = factories.measure(mine.issue, lead=factories.unit(), due_on=factories.days(-1), text="别组的措施")
        member = supervisor()
        first = group(mine.issue.inspection, units=[mine.lead_unit], members=[member])
        second = group(mine.issue.inspection, units=[other.lead_unit], name="督查二组")
        address = reverse("supervision:dashboard")
        assert signed_in(member).get(address).context["tally"].total == 2
        leader = signed_in(factories.leader())
        assert leader.get(address).context["tally"].total == 3
        narrowed = leader.get(address, {"group": second.pk})
        assert narrowed.context["tally"].total == 1
        assert [shown for shown, _lines in narrowed.context["overdue"]] == [second]
        assert signed_in(member).get(address, {"group": second.pk}).status_code == 404
        assert signed_in(member).get(address, {"group": first.pk}).status_code == 200
        assert leader.get(address, {"group": "x"}).status_code == 404

    def test_an_empty_house_and_a_supervisor_without_units_get_an_empty_page(self) -> None:
        address = reverse("supervision:dashboard")
        assert "还没有整改任务" in signed_in(factories.office()).get(address).content.decode()
        member = supervisor()
        group(factories.measure().issue.inspection, members=[member])
        assert "还没有整改任务" in signed_in(member).get(address).content.decode()


class TestPages:
    def test_who_may_open_which(self) -> None:
        mine = factories.measure(due_on=factories.days(-1))
        member = supervisor()
        group(mine.issue.inspection, units=[mine.lead_unit], members=[member])
        sent = letter(mine)
        derive_timeliness()
        addresses = {
            "flags": reverse("supervision:flags"),
            "letters": reverse("supervision:letters"),
            "letter": reverse("supervision:letter", args=(sent.pk,)),
            "write": f"{reverse('supervision:send_letter')}?measure={mine.pk}",
            "check": reverse("supervision:check", args=(mine.pk,)),
            "groups": reverse("supervision:groups"),
            "form": reverse("supervision:form_group"),
            "dashboard": reverse("supervision:dashboard"),
        }
        expected = {
            factories.office(): (200, 200, 200, 200, 403, 200, 200, 200),
            factories.leader(): (200, 200, 200, 200, 200, 200, 403, 200),
            member: (200, 200, 200, 200, 200, 200, 403, 200),
            factories.liaison(mine.lead_unit): (403, 200, 200, 403, 403, 403, 403, 200),
            factories.liaison(): (403, 200, 404, 403, 404, 403, 403, 200),
            factories.user(Role.ADMIN): (403, 403, 404, 403, 404, 403, 403, 403),
            factories.user(Role.AUDITOR): (403, 403, 404, 403, 404, 403, 403, 403),
        }
        for user, statuses in expected.items():
            client = signed_in(user)
            assert tuple(client.get(address).status_code for address in addresses.values()) == statuses, user
        assert all(Client().get(address).status_code == 302 for address in addresses.values())

    def test_flags_stand_under_their_group_and_can_be_narrowed(self) -> None:
        found = factories.issue()
        factories.measure(found, due_on=factories.days(-2))
        loose = factories.measure(found, lead=factories.unit(), due_on=factories.today())
        first = group(found.inspection, units=[found.lead_unit])
        derive_timeliness()
        client, address = signed_in(factories.office()), reverse("supervision:flags")
        page = client.get(address)
        assert [(shown, len(lines)) for shown, lines in page.context["sections"]] == [(first, 1), (None, 1)]
        assert "逾期 2 天" in page.content.decode()
        assert "今天到期" in page.content.decode()
        only = client.get(address, {"kind": "soon"}).context["sections"]
        assert [[line.flag.measure for line in lines] for _group, lines in only] == [[loose]]

    @pytest.mark.parametrize("broken", [{"kind": "zz"}, {"page": "x"}, {"page": "9999"}, {"inspection": "y"}, {"foo": "1"}, {"page": "-1"}])
    @pytest.mark.parametrize("name", ["supervision:flags", "supervision:letters", "supervision:dashboard", "measures:reviews"])
    def test_what_is_not_understood_is_said_with_a_way_back(self, name: str, broken: dict[str, str]) -> None:
        factories.measure(due_on=factories.days(-2))
        answer = signed_in(factories.office()).get(reverse(name), broken)
        assert answer.status_code == 400
        assert "请核对网址" in answer.content.decode()
        assert f'<a href="{reverse(name)}">去掉条件，重新打开</a>' in answer.content.decode()

    def test_flags_are_brought_up_to_date_from_the_page_and_it_says_when_that_was(self) -> None:
        late = factories.measure(due_on=factories.days(-2))
        office, address = signed_in(factories.office()), reverse("supervision:flags")
        assert "提示还没有生成过" in office.get(address).content.decode()
        update = reverse("supervision:update_flags", args=(late.issue.inspection_id,))
        page = office.post(update, follow=True)
        assert [(shown, len(lines)) for shown, lines in page.context["sections"]] == [(None, 1)]
        for words in ("新增 1 条，解除 0 条", "尚未分配督查组", "提示更新于"):
            assert words in page.content.decode()
        assert "新增 0 条，解除 0 条" in office.post(update, follow=True).content.decode()
        assert signed_in(factories.liaison(late.lead_unit)).post(update).status_code == 403
        assert signed_in(supervisor()).post(update).status_code == 302

    def test_a_letter_is_written_signed_and_answered_through_the_pages(self) -> None:
        late = factories.measure(due_on=factories.days(-1))
        member = supervisor()
        group(late.issue.inspection, units=[late.lead_unit], members=[member])
        values = {"level": "blue", "measures": [late.pk], "requirement": "请说明原因", "reply_by": reply_day().isoformat()}
        made = signed_in(member).post(f"{reverse('supervision:send_letter')}?measure={late.pk}", values)
        sent = Letter.objects.get()
        assert made.headers["Location"] == reverse("supervision:letter", args=(sent.pk,))
        unit = signed_in(factories.liaison(late.lead_unit))
        sign, reply = (reverse(f"supervision:{act}", args=(sent.pk,)) for act in ("sign", "answer"))
        assert unit.get(sign).status_code == 405
        assert unit.get(reply).status_code == 405
        assert unit.post(reply, {"answer": "已办"}).status_code == 409
        assert unit.post(sign).status_code == 302
        assert unit.post(sign).status_code == 409
        empty = unit.post(reply, {"answer": " "})
        assert (empty.status_code, "办理情况" in empty.content.decode()) == (400, True)
        assert unit.post(reply, {"answer": "已经办结"}).status_code == 302
        assert "已经办结" in unit.get(reverse("supervision:letter", args=(sent.pk,))).content.decode()
        assert signed_in(member).post(sign).status_code == 403
        assert signed_in(factories.liaison()).post(sign).status_code == 404

    def test_a_refused_letter_keeps_what_was_typed_and_says_what_to_do(self) -> None:
        late = factories.measure(due_on=factories.days(-1))
        client, address = signed_in(factories.office()), f"{reverse('supervision:send_letter')}?measure={late.pk}"
        values = {"level": "blue", "measures": [late.pk], "requirement": "请说明原因", "reply_by": factories.today().isoformat()}
        page = client.post(address, values)
        assert (page.status_code, "晚于今天" in page.content.decode(), "请说明原因" in page.content.decode()) == (400, True, True)
        assert client.post(address, {}).status_code == 400
        assert client.post(address, {**values, "reply_by": "2026-02-30"}).status_code == 400
        letter(late)
        assert client.post(address, {**values, "reply_by": reply_day().isoformat()}).status_code == 409
        assert Letter.objects.count() == 1

    def test_writing_without_a_measure_leads_to_the_list_and_a_strange_one_is_not_found(self) -> None:
        client, address = signed_in(factories.office()), reverse("supervision:send_letter")
        assert client.get(address).headers["Location"] == reverse("supervision:flags")
        for asked in ("x", "999999", "9" * 40, "²"):
            assert client.get(address, {"measure": asked}).status_code == 404

    def test_a_site_check_and_a_group_are_entered_through_the_pages(self) -> None:
        measure, member = factories.measure(), supervisor()
        office = signed_in(factories.office())
        values = {"name": "督查一组", "lead_unit": measure.lead_unit_id, "members": [member.pk], "units": [measure.lead_unit_id]}
        assert office.post(reverse("supervision:form_group"), {**values, "name": ""}).status_code == 400
        assert office.post(reverse("supervision:form_group"), values).status_code == 302
        made = Group.objects.get()
        change = reverse("supervision:reform_group", args=(made.pk,))
        assert office.get(change).status_code == 200
        assert office.post(change, {**values, "reason": "没有变", "version": 1}).status_code == 400
        assert office.post(change, {**values, "name": "专项督查一组", "reason": "改名", "version": 1}).status_code == 302
        assert office.post(change, {**values, "name": "旧页面", "reason": "改名", "version": 1}).status_code == 409
        address = reverse("supervision:check", args=(measure.pk,))
        facts = {"finding": "true", "note": "看了现场", "checked_on": factories.today().isoformat()}
        assert signed_in(member).post(address, {**facts, "checked_on": factories.days(1).isoformat()}).status_code == 400
        assert signed_in(member).post(address, facts).status_code == 302
        assert SiteCheck.objects.get().group == made

    def test_the_list_of_letters_narrows_by_state(self) -> None:
        signed, _sent = letter(factories.measure()), letter(factories.measure())
        sign_letter(actor=factories.liaison(signed.unit), letter=signed)
        client, address = signed_in(factories.office()), reverse("supervision:letters")
        assert len(client.get(address).context["page"]) == 2
        assert list(client.get(address, {"state": "signed"}).context["page"]) == [signed]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_charts_are_drawn_under_the_content_security_policy(live_server: Any, page: Page) -> None:
    member, _group = a_round(2, 4)
    client = signed_in(member)
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()])
    page.goto(live_server.url + reverse("supervision:dashboard"))
    for chart in ("chart-remaining", "chart-marks"):
        expect(page.locator(f"#{chart} svg")).to_have_count(1)
        assert page.locator(f"#{chart}").get_attribute("aria-label")
        page.locator(f"#{chart}").hover()
    expect(page.locator("#chart-remaining").get_by_text("实际 6")).to_have_count(1)
    page.locator("details.more summary").first.click()
    expect(page.locator("details.more[open] table").first).to_be_visible()
