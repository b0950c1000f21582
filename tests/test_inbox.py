"""The office's list of messages of the public, what it does with one, the numbers that are published, and the API."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.reports import services
from apps.reports.answered import answered_of
from apps.reports.models import Edition, Feedback
from apps.units.models import Role
from tests import api_world, factories
from tests import feedback_world as world

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
LAST_DAY = dt.datetime(2026, 3, 23, 4, tzinfo=dt.UTC)


@pytest.fixture
def edition() -> Edition:
    cache.clear()
    return world.edition()


def listed(page: str) -> set[int]:
    return {int(pk) for pk in re.findall(r'href="/inbox/(\d+)/"', page)}


class TestList:
    def test_filters(self, edition: Edition) -> None:
        with time_machine.travel(MONDAY, tick=False):
            late, whole = world.message(edition), world.message(edition, item=None)
        with time_machine.travel(LAST_DAY + dt.timedelta(days=1), tick=False):
            new = world.message(edition, item=2)
            services.answer_feedback(actor=factories.office(), feedback=whole, answer="已办。", version=1)
            browser = factories.signed_in(factories.office())

            def found(query: str) -> set[int]:
                return listed(browser.get(f"/inbox/?{query}").content.decode())

            assert found("") == {late.pk, whole.pk, new.pk}
            assert found("state=received") == {late.pk, new.pk}
            assert found("overdue=yes") == {late.pk}
            assert found("item=2") == {new.pk}
            assert found("item=3") == set()
            for query in ("state=x", "overdue=x", "item=x", "item=-1", "page=9", "nonsense=1", "item=%00"):
                answer = browser.get(f"/inbox/?{query}")
                assert (answer.status_code, "核对网址" in answer.content.decode()) == (400, True), query

    def test_queries_do_not_grow_with_rows(self, edition: Edition) -> None:
        for _ in range(6):
            world.message(edition)
        browser = factories.signed_in(factories.office())
        with CaptureQueriesContext(connection) as captured:
            browser.get("/inbox/")
        assert len(captured) <= 12

    def test_who_sees_it(self, edition: Edition) -> None:
        row = world.message(edition)
        for who, status in (
            (factories.office(), 200),
            (factories.leader(), 200),
            (factories.liaison(), 404),
            (factories.user(Role.ADMIN), 404),
        ):
            browser = factories.signed_in(who)
            assert browser.get("/inbox/").status_code == browser.get(f"/inbox/{row.pk}/").status_code == status, who.role
        assert Client().get("/inbox/").status_code == 302

    def test_a_leader_reads_and_does_not_answer(self, edition: Edition) -> None:
        row = world.message(edition)
        browser = factories.signed_in(factories.leader())
        page = browser.get(f"/inbox/{row.pk}/").content.decode()
        assert world.TEXT in page
        assert "发出答复" not in page
        assert browser.post(f"/inbox/{row.pk}/", {"do": "answer", "answer": "已办", "version": 1}).status_code == 403


class TestMessage:
    def test_it_shows_the_text_the_issue_and_the_contact(self, edition: Edition) -> None:
        row = world.message(edition, contact=world.PHONE)
        page = factories.signed_in(factories.office()).get(f"/inbox/{row.pk}/").content.decode()
        issue = edition.inspection.issues.get(number=1)
        for shown in (world.TEXT, world.PHONE, f'href="/issues/{issue.pk}/"', f'href="/editions/{edition.pk}/#i1"'):
            assert shown in page

    def test_answer_refusals_and_the_reply(self, edition: Edition) -> None:
        row = world.message(edition)
        path, browser = f"/inbox/{row.pk}/", factories.signed_in(factories.office())
        cases: tuple[tuple[dict[str, object], int], ...] = (
            ({"do": "answer", "answer": " ", "version": 1}, 400),
            ({"do": "answer", "answer": "字" * 2001, "version": 1}, 400),
            ({"do": "answer", "answer": "已办", "version": "x"}, 400),
            ({"do": "aside", "reason": "", "version": 1}, 400),
            ({"do": "x"}, 400),
            ({}, 400),
            ({"do": "answer", "answer": "已办", "version": 7}, 409),
        )
        for data, status in cases:
            assert browser.post(path, data).status_code == status, data
        assert Feedback.objects.get().is_open
        assert browser.post(path, {"do": "answer", "answer": "路灯已装。", "version": 1}).status_code == 302
        page = browser.get(path).content.decode()
        assert "路灯已装。" in page
        assert "发出答复" not in page
        assert browser.post(path, {"do": "aside", "reason": "重复", "version": 2}).status_code == 409

    def test_what_was_written_is_text_and_no_markup(self, edition: Edition) -> None:
        row = world.message(edition, "<script>alert(1)</script> <b>粗</b>")
        page = factories.signed_in(factories.office()).get(f"/inbox/{row.pk}/").content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_the_workbench_counts_what_waits(self, edition: Edition) -> None:
        office = factories.office()
        with time_machine.travel(MONDAY, tick=False):
            world.message(edition)
        world.message(edition)
        page = factories.signed_in(office).get("/workbench/").content.decode()
        assert "2 封来信待答复" in page
        assert "其中 1 封已逾期" in page


class TestNumbers:
    def test_received_answered_and_in_time(self, client: Client, edition: Edition) -> None:
        office = factories.office()
        with time_machine.travel(MONDAY, tick=False):
            rows = [world.message(edition) for _ in range(4)]
            world.message(edition, world.TIP)
        with time_machine.travel(LAST_DAY, tick=False):  # the last day is in time
            services.answer_feedback(actor=office, feedback=rows[0], answer="已办。", version=1)
        with time_machine.travel(LAST_DAY + dt.timedelta(days=1), tick=False):
            services.set_aside_feedback(actor=office, feedback=rows[1], reason="重复。", version=1)
            world.message(edition)
            line = answered_of(Feedback.objects.unsealed())[0]
            page = client.get("/feedback/statistics/")
        assert (line.received, line.answered, line.aside, line.waiting) == (5, 1, 1, 3)
        assert (line.in_time, line.late, line.rate) == (1, 3, "25.0%")
        assert line.received == line.answered + line.aside + line.waiting
        assert "25.0%" in page.content.decode()
        assert "2026 年 3 月 24 日" in page.content.decode()
        assert "max-age=300" in page["Cache-Control"]

    def test_nothing_due_gives_no_rate(self, edition: Edition) -> None:
        world.message(edition)
        assert answered_of(Feedback.objects.unsealed())[0].rate == "—"


class TestApi:
    def test_the_office_lists_and_answers(self, edition: Edition) -> None:
        row, office = world.message(edition, contact=world.PHONE), api_world.client(factories.office())
        listed = office.get("/api/v1/feedback/").json()["results"]
        assert [one["id"] for one in listed] == [row.pk]
        assert "text" not in listed[0]
        one = office.get(f"/api/v1/feedback/{row.pk}/").json()
        assert (one["text"], one["contact"], one["state"]["code"]) == (world.TEXT, world.PHONE, "received")
        assert office.post(f"/api/v1/feedback/{row.pk}/answer/", {"answer": "已办。"}).status_code == 400
        assert office.post(f"/api/v1/feedback/{row.pk}/answer/", {"answer": "已办。", "version": 5}).status_code == 409
        done = office.post(f"/api/v1/feedback/{row.pk}/answer/", {"answer": "已办。", "version": 1}).json()
        assert (done["state"]["code"], done["answer"]) == ("answered", "已办。")
        other = world.message(edition)
        done = office.post(f"/api/v1/feedback/{other.pk}/set-aside/", {"reason": "重复。", "version": 1}).json()
        assert done["state"]["code"] == "aside"

    def test_filters_and_who_may(self, edition: Edition) -> None:
        with time_machine.travel(timezone.now() - dt.timedelta(days=60), tick=False):
            late = world.message(edition)
        new = world.message(edition, item=2)
        office = api_world.client(factories.office())

        def found(query: str) -> set[int]:
            return {one["id"] for one in office.get(f"/api/v1/feedback/?{query}").json()["results"]}

        assert found("overdue=true") == {late.pk}
        assert found("overdue=false") == {new.pk}
        assert found("item_number=2") == {new.pk}
        assert office.get("/api/v1/feedback/?state=x").status_code == 400
        leader = api_world.client(factories.leader())
        assert leader.post(f"/api/v1/feedback/{new.pk}/answer/", {"answer": "已办", "version": 1}).status_code == 403
        for who in (factories.liaison(), factories.user(Role.ADMIN), world.discipline()):
            assert api_world.client(who).get(f"/api/v1/feedback/{new.pk}/").status_code in (403, 404)
