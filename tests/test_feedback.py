"""What the public writes: taken once, proven, limited, kept encrypted, answered, and never told to whom it is not for."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.reports import gate, limits, services
from apps.reports.models import Edition, Feedback
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role
from tests import factories
from tests import feedback_world as world

pytestmark = pytest.mark.django_db
PAGES = ("/feedback/", "/feedback/status/", "/feedback/statistics/")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puzzles that are solved at once, and no place taken yet."""
    cache.clear()
    monkeypatch.setattr(gate, "COST", 1)
    monkeypatch.setattr(gate, "FEWEST", 1)
    monkeypatch.setattr(gate, "SPREAD", 3)


@pytest.fixture
def edition() -> Edition:
    return world.edition()


def dumped() -> str:
    """Everything that the tables of the rooms hold, as text."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


class TestTheForm:
    def test_it_names_edition_and_item_and_every_way_to_write(self, client: Client, edition: Edition) -> None:
        page = client.get(f"/feedback/?edition={edition.pk}&item=1").content.decode()
        assert 'value="1" selected' in page
        assert edition.content["contact"]["phone"] in page
        assert "altcha-widget" in page
        assert "等于多少" in page

    def test_nothing_to_write_about(self, client: Client, edition: Edition) -> None:
        for query in ("edition=999999", "edition=x", "edition=" + "9" * 40):
            assert client.get(f"/feedback/?{query}").status_code == 404
        assert client.get("/feedback/?nonsense=1").status_code == 400
        assert client.get(f"/feedback/?edition={edition.pk}&item=x").status_code == 200

    def test_before_the_first_edition(self, client: Client) -> None:
        answer = client.get("/feedback/")
        assert (answer.status_code, "还没有发布过通报" in answer.content.decode()) == (404, True)

    def test_no_page_of_it_sets_a_cookie_or_asks_another_host(self, client: Client, edition: Edition) -> None:
        answers = [client.get(path) for path in PAGES]
        answers.append(world.post(client, edition, world.fields(gate.new_form())))
        answers.append(world.look_up(client, "ABCD"))
        for answer in answers:
            assert not answer.cookies
            assert "Set-Cookie" not in answer.headers
            assert not re.search(r'(?:src|href|action)="https?://(?!testserver)', answer.content.decode())
        assert not client.cookies

    def test_works_with_csrf_enforced_since_it_acts_for_nobody(self, edition: Edition) -> None:
        office = factories.office()
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(office)
        answer = world.post(browser, edition, world.proven(gate.new_form()))
        assert answer.status_code == 200
        assert Entry.objects.get(act="reports.receive_feedback").actor_id is None
        control = browser.post(f"/inbox/{Feedback.objects.get().pk}/", {"do": "answer", "answer": "已办", "version": 1})
        assert control.status_code == 403

    def test_a_page_of_another_site_is_refused(self, client: Client, edition: Edition) -> None:
        form = gate.new_form()
        with time_machine.travel(timezone.now() + world.LATER):
            answer = client.post(f"/feedback/?edition={edition.pk}", world.proven(form), headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 400
        assert not Feedback.objects.exists()

    def test_what_is_wrong_is_said_and_what_was_written_stays(self, client: Client, edition: Edition) -> None:
        cases = {
            "请填写反馈内容": {"text": " "},
            "最多 2000 个字": {"text": "字" * 2001},
            "请勾选同意": {"contact": world.PHONE},
            "没有“999”这一项": {"item": "999"},
            "请选择给谁看": {"reader": ""},
        }
        for sentence, changed in cases.items():
            answer = world.post(client, edition, world.proven(gate.new_form(), **changed))
            assert (answer.status_code, sentence in answer.content.decode()) == (400, True), sentence
        assert world.TEXT in answer.content.decode()
        assert not Feedback.objects.exists()


class TestWhatStandsBeforeIt:
    def test_the_trap_for_machines(self, client: Client, edition: Edition) -> None:
        answer = world.post(client, edition, world.proven(gate.new_form(), website="https://spam.example"))
        assert answer.status_code == 400
        assert not Feedback.objects.exists()

    @pytest.mark.parametrize(("age", "status"), [(0, 400), (2.9, 400), (3.1, 200), (4 * 3600 - 60, 200), (4 * 3600 + 1, 400)])
    def test_too_fast_and_too_old(self, client: Client, edition: Edition, age: float, status: int) -> None:
        with time_machine.travel(timezone.now(), tick=False):
            form = gate.new_form()
            answer = world.post(client, edition, world.fields(form), later=dt.timedelta(seconds=age))
        assert answer.status_code == status
        assert Feedback.objects.count() == (status == 200)

    def test_a_form_of_another_hand(self, client: Client, edition: Edition) -> None:
        forged = gate.Form("a" * 22, gate.new_form().made)
        for token in ("", "x", forged.token[:-2] + "xx", forged.token.replace(":", "")):
            answer = world.post(client, edition, world.fields(forged, token=token))
            assert answer.status_code == 400
            assert world.TEXT in answer.content.decode()
        assert not Feedback.objects.exists()

    def test_a_double_click_writes_once_and_gives_the_same_code(self, client: Client, edition: Edition) -> None:
        values = world.proven(gate.new_form())
        first, second = (world.post(client, edition, values).content.decode() for _ in range(2))
        assert world.code_in(first) == world.code_in(second)
        assert Feedback.objects.count() == Entry.objects.filter(act="reports.receive_feedback").count() == 1
        assert "没有重复登记" in second
        assert "没有重复登记" not in first
        other = world.post(client, edition, world.proven(gate.new_form())).content.decode()
        assert world.code_in(other) != world.code_in(first)

    def test_a_solved_challenge_is_good_for_its_own_form(self, client: Client, edition: Edition) -> None:
        first, second = gate.new_form(), gate.new_form()
        payload = world.solution(first)
        assert gate.is_solved(first, payload)
        assert not gate.is_solved(second, payload)
        assert world.post(client, edition, world.fields(first, answer="", altcha=payload)).status_code == 200
        assert world.post(client, edition, world.fields(second, answer="", altcha=payload)).status_code == 400
        assert Feedback.objects.count() == 1

    def test_what_solves_nothing(self) -> None:
        form = gate.new_form()
        good = json.loads(base64.b64decode(world.solution(form)))
        assert gate.is_solved(form, base64.b64encode(json.dumps(good).encode()).decode())

        def spoilt(**changed: object) -> str:
            copy = json.loads(json.dumps(good))
            for path, value in changed.items():
                place, name = path.split("__")
                (copy["challenge"]["parameters"] if place == "p" else copy["solution"])[name] = value
            return base64.b64encode(json.dumps(copy).encode()).decode()

        for payload in (
            *("", "x", "e30=", "W10=", "bnVsbA==", "A" * 5000),
            *(spoilt(p__cost=7), spoilt(p__data={"form": "other"}), spoilt(p__algorithm=3), spoilt(p__expiresAt="x")),
            *(spoilt(s__derivedKey="00" * 32), spoilt(s__derivedKey=None), spoilt(p__keySignature=None)),
        ):
            assert not gate.is_solved(form, payload), payload[:80]
        with time_machine.travel(timezone.now() + dt.timedelta(seconds=gate.CHALLENGE_SECONDS + 5)):
            assert not gate.is_solved(form, base64.b64encode(json.dumps(good).encode()).decode())

    def test_the_challenge_is_given_to_forms_of_this_site_alone(self, client: Client) -> None:
        form = gate.new_form()
        answer = client.get("/feedback/challenge/", {"form": form.token})
        assert answer.json()["parameters"]["data"] == {"form": form.nonce}
        assert "no-store" in answer["Cache-Control"]
        assert client.get("/feedback/challenge/", {"form": "x"}).status_code == 400
        assert client.get("/feedback/challenge/").status_code == 400

    def test_challenges_are_limited(self, client: Client) -> None:
        form = gate.new_form()
        found = [client.get("/feedback/challenge/", {"form": form.token}).status_code for _ in range(limits.CHALLENGES.places + 1)]
        assert found == [200] * limits.CHALLENGES.places + [429]

    @pytest.mark.parametrize("said", ["digits", "wide", "words", "spaced"])
    def test_the_question_in_digits_or_words(self, said: str) -> None:
        form = gate.new_form()
        right = sum(form._terms())
        wide = str(right).translate({ord(str(n)): ord("０") + n for n in range(10)})
        words = {"digits": str(right), "wide": wide, "words": gate.numeral(right), "spaced": f" {right} "}
        assert form.answers(words[said])
        assert not form.answers(str(right + 1))
        assert not form.answers("")

    def test_numerals(self) -> None:
        assert [gate.numeral(number) for number in (0, 7, 10, 11, 20, 48)] == ["零", "七", "十", "十一", "二十", "四十八"]


class TestLimits:
    def test_the_sixth_post_within_ten_minutes_waits(self, client: Client, edition: Edition) -> None:
        start = timezone.now()
        with time_machine.travel(start, tick=False) as clock:
            found = [world.post(client, edition, world.proven(gate.new_form())) for _ in range(6)]
            assert [answer.status_code for answer in found] == [200] * 5 + [429]
            assert 0 < int(found[5]["Retry-After"]) <= 600
            assert world.TEXT in found[5].content.decode()
            other = world.post(client, edition, world.proven(gate.new_form()), address="203.0.113.6")
            assert other.status_code == 200
            clock.move_to(start + dt.timedelta(minutes=11))
            cache.clear()  # the cache of the tests has no clock that travels
            assert world.post(client, edition, world.proven(gate.new_form())).status_code == 200
        assert Feedback.objects.count() == 7

    def test_places_are_free_again_one_by_one(self) -> None:
        limit = limits.Limit("test", 2, 2)
        start = timezone.now()
        assert [limit.refuses("a") for _ in range(2)] == [0, 0]
        assert 1 <= limit.refuses("a") <= 2
        assert limit.refuses("b") == 0
        while limit.refuses("a"):
            assert (timezone.now() - start).total_seconds() < 4

    def test_without_proof_of_work_fewer(self, client: Client, edition: Edition) -> None:
        found = [world.post(client, edition, world.fields(gate.new_form())).status_code for _ in range(3)]
        assert found == [200, 200, 429]
        assert world.post(client, edition, world.proven(gate.new_form())).status_code == 200

    def test_without_proof_of_work_fewer_from_everywhere(self, client: Client, edition: Edition) -> None:
        addresses = [f"198.51.100.{number}" for number in range(limits.UNPROVEN_OF_ALL.places + 2)]
        for address in addresses:
            world.post(client, edition, world.fields(gate.new_form()), address=address)
        assert Feedback.objects.count() == limits.UNPROVEN_OF_ALL.places

    @override_settings(FEEDBACK_PER_HOUR=8)
    def test_a_flood_from_a_thousand_addresses_ends_at_the_quota(self, client: Client, edition: Edition) -> None:
        form, statuses = gate.new_form(), set()
        for number in range(40):
            form = gate.new_form()
            answer = world.post(client, edition, world.proven(form), address=f"10.1.{number // 250}.{number % 250}")
            statuses.add(answer.status_code)
        assert statuses == {200, 429}
        assert int(answer["Retry-After"]) > 0
        assert Feedback.objects.count() == 8
        Feedback.objects.update(received_at=timezone.now() - dt.timedelta(hours=1, seconds=60))
        assert world.post(client, edition, world.proven(gate.new_form()), address="10.9.9.9").status_code == 200

    @override_settings(FEEDBACK_PER_HOUR=2)
    def test_the_quota_of_open_messages_says_nothing_of_sealed_ones(self, edition: Edition) -> None:
        for text in (world.TIP, world.TIP, world.TEXT, world.TEXT):
            world.message(edition, text)
        for text in (world.TIP, world.TEXT):
            with pytest.raises(services.QuotaReached):
                world.message(edition, text)

    def test_no_address_is_kept(self, client: Client, edition: Edition) -> None:
        world.post(client, edition, world.proven(gate.new_form()), address="203.0.113.77")
        assert "203.0.113.77" not in dumped()
        kept = " ".join(str(key) for key in _cached())
        assert "203.0.113.77" not in kept
        assert hashlib.sha256(b"203.0.113.77").hexdigest()[:32] not in kept

    def test_addresses_of_one_ipv6_network_are_one(self, rf: object) -> None:
        from django.test import RequestFactory

        def hashed(address: str) -> str:
            return limits.address_of(RequestFactory().get("/", REMOTE_ADDR=address))

        assert hashed("2001:db8:1:2::1") == hashed("2001:db8:1:2:ffff::9")
        assert hashed("2001:db8:1:2::1") != hashed("2001:db8:1:3::1")
        assert hashed("203.0.113.1") != hashed("203.0.113.2")


def _cached() -> list[str]:
    """The keys under which this request took its places, by asking for the ones that it could have taken under the plain address."""
    names = [f"limit:post:203.0.113.77:{place}" for place in range(limits.POSTS.places)]
    return list(cache.get_many(names))


class TestKeeping:
    def test_text_contact_and_answer_are_nowhere_in_the_database(self, client: Client, edition: Edition) -> None:
        answer = world.post(client, edition, world.proven(gate.new_form(), contact=world.PHONE, consent="on"))
        code = world.code_in(answer.content.decode()).replace("-", "")
        row = Feedback.objects.get()
        assert (row.said, row.reachable_at) == (world.TEXT, world.PHONE)
        services.answer_feedback(actor=factories.office(), feedback=row, answer="路灯已经装好，请再去看看。", version=row.version)
        found = dumped()
        assert str(row.pk) in found  # the control: this is where it would be
        for plain in (world.TEXT, world.TEXT[:8], world.PHONE, "路灯已经装好", code, json.dumps(world.TEXT)[1:-1]):
            assert plain not in found
        assert hashlib.sha256(code.encode()).hexdigest() in found

    def test_whoever_changes_the_key_reads_nothing_unless_the_former_is_kept(self, edition: Edition, settings: object) -> None:
        row = world.message(edition)
        from django.conf import settings as site

        former = site.SECRET_KEY
        with override_settings(SECRET_KEY="another-key" * 8):
            assert Feedback.objects.get(pk=row.pk).said is None
        with override_settings(SECRET_KEY="another-key" * 8, SECRET_KEY_FALLBACKS=[former]):
            assert Feedback.objects.get(pk=row.pk).said == world.TEXT

    @pytest.mark.parametrize(("days", "kept"), [(180, True), (181, False)])
    def test_contacts_are_wiped_on_day_181(self, edition: Edition, days: int, kept: bool) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 2, 15, 59, tzinfo=dt.UTC), tick=False):  # one minute before midnight in Shanghai
            row, sealed = world.message(edition, contact=world.PHONE), world.message(edition, world.TIP, contact=world.PHONE)
        with time_machine.travel(dt.datetime(2026, 3, 1, 16, 1, tzinfo=dt.UTC) + dt.timedelta(days=days), tick=False):
            assert services.wipe_contacts() == (0 if kept else 1)
            assert services.wipe_contacts() == 0
        for one in (row, sealed):
            one.refresh_from_db()
            assert bool(one.contact) is kept
            assert (one.contact_wiped_at is None) is kept
            assert one.said
        wiped = Entry.objects.filter(act="reports.wipe_contacts")
        assert sorted(wiped.values_list("book__slug", flat=True)) == ([] if kept else sorted(["sealed", edition.inspection.book.slug]))

    def test_the_job_runs(self, edition: Edition) -> None:
        from apps.reports.tasks import tend_feedback
        from apps.supervision.models import JobRun

        world.message(edition, contact=world.PHONE)
        with time_machine.travel(timezone.now() + dt.timedelta(days=200), tick=False):
            tend_feedback()
            run = JobRun.objects.get(job="reports.tend_feedback")
        assert (run.state, run.result) == ("done", {"wiped": 1, "clocks": 0})


class TestTheCode:
    def test_it_shows_state_and_reply(self, client: Client, edition: Edition) -> None:
        code = world.code_in(world.post(client, edition, world.proven(gate.new_form())).content.decode())
        assert re.fullmatch(r"([ACDEFGHJKMNPRTWXY34679]{4}-){3}[ACDEFGHJKMNPRTWXY34679]{4}", code)
        assert "正在办理" in world.look_up(client, code).content.decode()
        row = Feedback.objects.get()
        services.answer_feedback(actor=factories.office(), feedback=row, answer="路灯已经装好。", version=row.version)
        for typed in (code, code.lower().replace("-", " "), code.replace("-", "")):
            page = world.look_up(client, typed).content.decode()
            assert "路灯已经装好。" in page
            assert world.TEXT not in page

    def test_unknown_and_wrong_codes_get_the_same_answer(self, client: Client, edition: Edition) -> None:
        code = world.code_in(world.post(client, edition, world.proven(gate.new_form())).content.decode())
        wrong = code[:-1] + ("A" if code[-1] != "A" else "C")
        unknown = "-".join(["ACDE"] * 4)
        pages = [world.look_up(client, one) for one in (wrong, unknown)]
        assert {page.status_code for page in pages} == {404}
        bodies = {page.content.decode().replace(wrong, "X").replace(unknown, "X") for page in pages}
        assert len(bodies) == 1

    def test_looking_up_is_throttled(self, client: Client) -> None:
        found = [world.look_up(client, "ACDE" * 4) for _ in range(limits.LOOKS.places + 1)]
        assert [page.status_code for page in found] == [404] * limits.LOOKS.places + [429]
        assert int(found[-1]["Retry-After"]) > 0


class TestAnswering:
    def test_the_office_answers_once(self, edition: Edition) -> None:
        row, office = world.message(edition), factories.office()
        done = services.answer_feedback(actor=office, feedback=row, answer=" 已办。 ", version=1)
        assert (done.state, done.replied, done.answered_by, done.version) == ("answered", "已办。", office, 2)
        entry = Entry.objects.get(act="reports.answer_feedback")
        assert (entry.book, entry.reason, entry.payload["item"]) == (edition.inspection.book, "", 1)
        with pytest.raises(ActConflict):
            services.answer_feedback(actor=office, feedback=row, answer="再答", version=1)
        with pytest.raises(ActConflict):
            services.set_aside_feedback(actor=office, feedback=row, reason="重复", version=2)

    def test_who_may_not(self, edition: Edition) -> None:
        row = world.message(edition)
        for who in (factories.leader(), factories.liaison(), factories.user(Role.ADMIN), world.discipline()):
            with pytest.raises(ActForbidden):
                services.answer_feedback(actor=who, feedback=row, answer="已办", version=1)
        with pytest.raises(ActRefused, match="请填写答复"):
            services.answer_feedback(actor=factories.office(), feedback=row, answer=" ", version=1)

    def test_setting_aside_needs_a_reason_that_the_book_keeps(self, edition: Edition) -> None:
        row, office = world.message(edition), factories.office()
        with pytest.raises(ActRefused):
            services.set_aside_feedback(actor=office, feedback=row, reason="", version=1)
        services.set_aside_feedback(actor=office, feedback=row, reason="不属于本轮巡视内容", version=1)
        assert Entry.objects.get(act="reports.set_aside_feedback").reason == "不属于本轮巡视内容"

    def test_the_office_is_told_the_number_alone(self, edition: Edition) -> None:
        office = factories.office()
        row = world.message(edition, contact=world.PHONE)
        told = Notification.objects.get(recipient=office, kind="feedback")
        assert (told.title, told.number, told.path) == (f"收到群众反馈 {row.pk}", str(row.pk), f"/inbox/{row.pk}/")


class TestTheClock:
    def test_fifteen_working_days(self, edition: Edition) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC), tick=False):  # a Monday
            assert world.message(edition).due_on == dt.date(2026, 3, 23)

    def test_holidays_do_not_count(self, edition: Edition) -> None:
        with time_machine.travel(dt.datetime(2026, 9, 24, 4, tzinfo=dt.UTC), tick=False):
            assert str(world.message(edition).due_on) > "2026-10-15"

    def test_a_year_that_is_not_loaded_is_not_guessed(self, edition: Edition) -> None:
        with time_machine.travel(dt.datetime(2031, 3, 3, 4, tzinfo=dt.UTC), tick=False):
            office = factories.signed_in(factories.office())
            row = world.message(edition)
            assert row.due_on is None
            assert "2031 年的节假日安排尚未载入" in office.get("/inbox/").content.decode()
            assert "待定" in office.get(f"/inbox/{row.pk}/").content.decode()
            assert services.set_clocks() == 0

    def test_it_is_made_good_when_the_calendar_is_there(self, edition: Edition) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC), tick=False):
            row, sealed = world.message(edition), world.message(edition, world.TIP)
        Feedback.objects.update(due_on=None)
        assert services.set_clocks() == 1
        row.refresh_from_db()
        sealed.refresh_from_db()
        assert row.due_on == sealed.due_on == dt.date(2026, 3, 23)
