"""Links that open the wall without a sign-in: who makes and stops them, what they open, and what they leave behind (nothing)."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.supervision.models import Group, ScreenLink
from apps.supervision.screens import ScreenLine, digest_of
from apps.supervision.services import make_screen, reform_group, revoke_screen
from apps.supervision.views import screens as screen_views
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import User
from apps.units.services import disable_user
from config.logs import LineFormatter, masked
from tests import factories as make
from tests.supervision import group, supervisor

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


def link(of: Inspection, *, by: User | None = None, to: Group | None = None, hours: int = 8) -> tuple[ScreenLink, str]:
    return make_screen(actor=by or make.office(), inspection=of, group=to, name="三楼会议室", hours=hours)


def opened(token: str, **extra: Any) -> Any:
    return Client().get(reverse("supervision:screen", args=(token,)), **extra)


def two_units() -> tuple[Inspection, Any, Any]:
    """A round with an issue of each of two units."""
    category = make.category()
    mine, other = (make.issue(category, title=title) for title in ("清理欠缴土地出让金", "整治违规兼职取酬"))
    for issue in (mine, other):
        make.measure(issue, due_on=make.days(-3))
    return category.inspection, mine, other


class TestTokens:
    def test_a_link_opens_the_wall_without_a_sign_in_and_leaves_no_session(self) -> None:
        inspection, mine, _other = two_units()
        row, token = link(inspection)
        answer = opened(token)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert mine.title in text
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store, private"
        assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
        assert len(token) == 43
        assert row.token_hash == digest_of(token) != token

    def test_it_shows_no_way_in_and_no_person(self) -> None:
        inspection, mine, _other = two_units()
        mine.measures.update(person="某某科长")
        office = make.office()
        text = opened(link(inspection, by=office)[1]).content.decode()
        assert not re.search(r'<a\s[^>]*href="', text)
        assert "某某科长" not in text
        assert office.name not in text
        # The control: those signed in may click through.
        assert reverse("issues:sheet", args=(mine.pk,)) in make.signed_in(office).get(reverse("supervision:wall")).content.decode()

    def test_expired_revoked_unknown_and_too_long_are_one_and_the_same_page(self) -> None:
        inspection, *_rest = two_units()
        with time_machine.travel(NOON, tick=False):
            _expired, old = link(inspection, hours=1)
            assert opened(old).status_code == 200
        revoked, stopped = link(inspection)
        revoke_screen(actor=make.office(), link=revoked)
        pages = [opened(token) for token in (old, stopped, "x" * 43, "y" * 5000)]
        assert [page.status_code for page in pages] == [404] * 4
        assert len({page.content for page in pages}) == 1
        assert "链接打不开" in pages[0].content.decode()
        assert all(page["HX-Refresh"] == "true" and "no-store" in page["Cache-Control"] and not page.cookies for page in pages)

    def test_to_the_minute(self) -> None:
        inspection, *_rest = two_units()
        with time_machine.travel(NOON, tick=False) as clock:
            _row, token = link(inspection, hours=2)
            clock.shift(dt.timedelta(hours=2) - dt.timedelta(seconds=1))
            assert opened(token).status_code == 200
            clock.shift(dt.timedelta(seconds=1))
            assert opened(token).status_code == 404

    def test_the_fingerprint_does_not_open_it(self) -> None:
        inspection, *_rest = two_units()
        row, _token = link(inspection)
        assert opened(row.token_hash).status_code == 404

    def test_a_group_sees_its_own_part(self) -> None:
        inspection, mine, other = two_units()
        member = supervisor()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        for by in (member, make.office()):
            text = opened(link(inspection, by=by, to=own)[1]).content.decode()
            assert mine.title in text
            assert other.title not in text
        # The control: the link of the whole round shows both.
        assert other.title in opened(link(inspection)[1]).content.decode()

    def test_it_dies_with_the_rights_of_its_maker(self) -> None:
        inspection, mine, other = two_units()
        member, office = supervisor(), make.office()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        group(inspection, units=[other.lead_unit], members=[member], name="督查二组")
        of_member, of_office = link(inspection, by=member, to=own)[1], link(inspection, by=office)[1]
        reform_group(
            actor=make.office(), group=own, name=own.name, lead_unit=own.lead_unit, members=[], units=[mine.lead_unit], reason="轮岗"
        )
        assert opened(of_member).status_code == 404
        assert opened(of_office).status_code == 200
        disable_user(actor=make.user("admin"), user=office, reason="调离")
        assert opened(of_office).status_code == 404

    def test_a_leader_who_joins_a_group_shows_no_longer_the_whole(self) -> None:
        inspection, mine, _other = two_units()
        leader = make.leader()
        token = link(inspection, by=leader)[1]
        assert opened(token).status_code == 200
        group(inspection, units=[mine.lead_unit], members=[leader])
        assert opened(token).status_code == 404

    def test_a_condition_is_refused_and_a_refresh_gets_the_part(self) -> None:
        inspection, *_rest = two_units()
        token = link(inspection)[1]
        address = reverse("supervision:screen", args=(token,))
        refused = Client().get(address, {"group": "1"})
        assert (refused.status_code, refused["Referrer-Policy"]) == (400, "no-referrer")
        assert "没有“group”这个条件" in refused.content.decode()
        part = opened(token, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "数据截至" in part
        assert Client().post(address).status_code == 405

    def test_it_is_not_asked_for_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(screen_views, "ASKED_A_MINUTE", 3)
        with time_machine.travel(NOON, tick=False) as clock:
            answers = [opened("z" * 43) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
            clock.shift(61)
            assert opened("z" * 43).status_code == 404


class TestTraces:
    def test_the_book_knows_who_and_until_when_and_not_the_token(self) -> None:
        inspection, *_rest = two_units()
        office = make.office()
        row, token = link(inspection, by=office)
        revoke_screen(actor=office, link=row)
        entries = Entry.objects.filter(subject_type="screenlink").order_by("pk")
        assert [entry.act_label for entry in entries] == ["生成大屏链接", "停用大屏链接"]
        assert set(entries[0].payload) == {"group", "expires_at"}
        everything = json.dumps(list(Entry.objects.values_list("payload", "subject_label", "reason")), ensure_ascii=False)
        assert token not in everything
        assert digest_of(token) not in everything

    def test_the_log_keeps_the_event_without_the_token(self, caplog: pytest.LogCaptureFixture) -> None:
        token = "SeCrEt-token_0123456789"
        caplog.handler.setFormatter(LineFormatter())
        with caplog.at_level(logging.DEBUG):
            opened(token)
            # The control: an address that is no key is in the log.
            Client().get("/no-such-page/")
        written = [caplog.handler.format(record) for record in caplog.records]
        assert any("/no-such-page/" in line for line in written)
        assert any("/wall/***/" in line for line in written)
        assert not any(token in line for line in written)

    @pytest.mark.parametrize(
        ("line", "kept"),
        [
            ("GET /wall/abc-_1/ 404", "GET /wall/***/ 404"),
            ('"GET /wall/abc?x=1 HTTP/1.1"', '"GET /wall/***?x=1 HTTP/1.1"'),
            ("GET /wall/ 200", "GET /wall/ 200"),
            ("GET /wall/?group=2", "GET /wall/?group=2"),
        ],
    )
    def test_what_is_masked(self, line: str, kept: str) -> None:
        assert masked(line) == kept

    def test_nginx_keeps_the_address_of_a_screen_in_no_log(self) -> None:
        text = (settings.BASE_DIR / "deploy/nginx.conf").read_text()
        assert '"$request_without_keys"' in text
        assert '"$request"' not in text
        assert re.search(r"location ~ \^/wall/\. \{[^}]*\serror_log /dev/null;", text)


class TestActs:
    def test_who_may_make_which(self) -> None:
        inspection, mine, other = two_units()
        member = supervisor()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        strange = group(inspection, units=[other.lead_unit], members=[supervisor()], name="督查二组")
        for actor, to in ((member, own), (make.office(), None), (make.office(), strange), (make.leader(), None), (make.leader(), own)):
            assert link(inspection, by=actor, to=to)
        for actor, to in (
            (member, None),
            (member, strange),
            (make.liaison(), None),
            (make.user("admin"), None),
            (make.user("auditor"), own),
        ):
            with pytest.raises(ActForbidden):
                link(inspection, by=actor, to=to)

    @pytest.mark.parametrize(("hours", "name"), [(0, "会议室"), (90 * 24 + 1, "会议室"), (8, "  ")])
    def test_what_is_refused(self, hours: int, name: str) -> None:
        inspection, *_rest = two_units()
        with pytest.raises(ActRefused):
            make_screen(actor=make.office(), inspection=inspection, group=None, name=name, hours=hours)
        assert make_screen(actor=make.office(), inspection=inspection, group=None, name="会议室", hours=90 * 24)
        with pytest.raises(ActRefused):
            make_screen(actor=make.office(), inspection=make.inspection(), group=group(inspection), name="会议室", hours=1)

    def test_a_link_is_stopped_once_and_by_those_who_see_it(self) -> None:
        inspection, mine, other = two_units()
        member, stranger = supervisor(), supervisor()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        group(inspection, units=[other.lead_unit], members=[stranger], name="督查二组")
        row, _token = link(inspection, to=own)
        with pytest.raises(ActForbidden):
            revoke_screen(actor=stranger, link=row)
        assert make.signed_in(stranger).post(reverse("supervision:revoke_screen", args=(row.pk,))).status_code == 404
        assert make.signed_in(make.liaison()).post(reverse("supervision:revoke_screen", args=(row.pk,))).status_code == 403
        assert make.signed_in(member).post(reverse("supervision:revoke_screen", args=(row.pk,))).status_code == 302
        with pytest.raises(ActConflict):
            revoke_screen(actor=member, link=row)


class TestPage:
    def test_the_address_is_shown_once_and_opens_the_wall(self) -> None:
        two_units()
        browser, address = make.signed_in(make.office()), reverse("supervision:screens")
        made = browser.post(address, {"name": "三楼会议室", "group": "", "amount": "2", "unit": "days"})
        assert (made.status_code, "no-store" in made["Cache-Control"]) == (201, True)
        token = re.search(r"/wall/([\w-]{43})/", made.content.decode())
        assert token
        assert opened(token[1]).status_code == 200
        again = browser.get(address).content.decode()
        assert "三楼会议室" in again
        assert "有效" in again
        assert token[1] not in again
        row = ScreenLink.objects.get()
        assert round((row.expires_at - row.made_at) / dt.timedelta(hours=1)) == 48

    @pytest.mark.parametrize(("source", "badges"), [("demonstration", 1), ("entered", 0)])
    def test_a_link_of_the_demonstration_is_marked(self, source: str, badges: int) -> None:
        inspection = make.inspection()
        make_screen(actor=make.office(), inspection=inspection, group=None, name="会议室", hours=8, source=source)
        page = make.signed_in(make.office()).get(reverse("supervision:screens")).content.decode()
        assert page.count(">示例</span>") == badges

    @pytest.mark.parametrize(
        "values",
        [{"amount": "91", "unit": "days"}, {"amount": "0"}, {"name": ""}, {"group": "99999"}, {"unit": "years"}, {"amount": "一天"}],
    )
    def test_a_form_that_is_wrong_says_so(self, values: dict[str, str]) -> None:
        two_units()
        good = {"name": "会议室", "group": "", "amount": "8", "unit": "hours"}
        answer = make.signed_in(make.office()).post(reverse("supervision:screens"), {**good, **values})
        assert answer.status_code == 400
        assert not ScreenLink.objects.exists()

    def test_a_member_chooses_the_own_group_and_sees_its_links_only(self) -> None:
        inspection, mine, other = two_units()
        member = supervisor()
        own = group(inspection, units=[mine.lead_unit], members=[member])
        strange = group(inspection, units=[other.lead_unit], name="督查二组")
        link(inspection)
        link(inspection, to=strange)
        link(inspection, to=own)
        browser, address = make.signed_in(member), reverse("supervision:screens")
        page = browser.get(address)
        assert [line.link.group for line in page.context["lines"]] == [own]
        good = {"name": "会议室", "amount": "8", "unit": "hours"}
        assert browser.post(address, {**good, "group": ""}).status_code == 400
        assert browser.post(address, {**good, "group": strange.pk}).status_code == 400
        assert browser.post(address, {**good, "group": own.pk}).status_code == 201

    def test_each_state_has_its_word(self) -> None:
        inspection, *_rest = two_units()
        row, _token = link(inspection)
        now = row.made_at
        assert (ScreenLine(row, now).state, ScreenLine(row, now + dt.timedelta(days=1)).state) == ("有效", "已过期")
        row.made_by.is_active = False
        assert ScreenLine(row, now).state == "生成人账号已停用"
        row.revoked_at = now
        assert ScreenLine(row, now).state == "已停用"

    def test_roles(self) -> None:
        two_units()
        for who, status in ((make.office(), 200), (make.leader(), 200), (make.liaison(), 403), (make.user("admin"), 403)):
            for name in ("supervision:screens", "supervision:wall"):
                assert make.signed_in(who).get(reverse(name)).status_code == status
        assert Client().get(reverse("supervision:wall")).status_code == 302
