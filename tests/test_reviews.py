"""The review queue: the longest waiting first; approve, or send back with a written requirement."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Measure, Progress
from apps.measures.services import approve, request_extension
from apps.units.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> Progress:
    return make.report(make.measure(text="追回补助"), claim=Measure.State.DONE, files=[make.evidence("缴款回单")], text="已全部追回")


@pytest.fixture
def office() -> Client:
    return make.signed_in(make.office())


def act(browser: Client, report: Progress, name: str, **data: str) -> int:
    return browser.post(reverse(f"measures:{name}", args=(report.pk,)), data).status_code


def test_longest_waiting_first_with_words_and_evidence(office: Client, report: Progress) -> None:
    reviewer = make.office()
    older = make.report(make.measure(), by=reviewer, on=make.days(-9), text="较早的填报")
    page = office.get("/reviews/").content.decode()
    assert page.index("较早的填报") < page.index("已全部追回")
    for said in (
        "2 份填报等待审核",
        WorkCalendar().waited(make.days(-9), make.today()),
        "今天提交",
        "缴款回单",
        "张局长签发",
        reverse("measures:evidence", args=(report.evidence.get().versions.get().pk,)),
    ):
        assert said in page
    assert reverse("measures:approve", args=(older.pk,)) in page


def test_approve(office: Client, report: Progress) -> None:
    assert act(office, report, "approve") == 302
    report.measure.refresh_from_db()
    assert report.measure.progress == Measure.State.DONE
    assert "没有等待审核的填报" in office.get("/reviews/").content.decode()


def test_send_back_needs_a_requirement_and_keeps_the_card_open(office: Client, report: Progress) -> None:
    place = reverse("measures:send-back", args=(report.pk,))
    for empty in ("", "   "):
        refused = office.post(place, {"requirement": empty})
        page = refused.content.decode()
        assert refused.status_code == 400
        assert 'role="alert"' in page
        assert "退回理由和补正要求" in page
    assert act(office, report, "send-back", requirement="请附银行回单") == 302
    report.refresh_from_db()
    assert report.review == Progress.Review.RETURNED
    sheet = make.signed_in(make.liaison(report.measure.lead_unit)).get(reverse("measures:sheet", args=(report.measure_id,)))
    assert "请附银行回单" in sheet.content.decode()


@pytest.mark.parametrize("second", ["approve", "send-back"])
def test_second_decision_is_a_conflict(office: Client, report: Progress, second: str) -> None:
    approve(actor=make.office(), report=report)
    answer = office.post(reverse(f"measures:{second}", args=(report.pk,)), {"requirement": "再看"})
    assert answer.status_code == 409
    assert "刷新" in answer.content.decode()


def test_nobody_reviews_their_own_report() -> None:
    clerk = make.office()
    report = make.report(make.measure(), by=clerk)
    browser = make.signed_in(clerk)
    assert "请由另一位同事审核" in browser.get("/reviews/").content.decode()
    assert act(browser, report, "approve") == 403
    assert act(browser, report, "send-back", requirement="不对") == 403


@pytest.mark.parametrize("name", ["approve", "send-back"])
def test_roles(report: Progress, name: str) -> None:
    assert act(make.signed_in(make.liaison(report.measure.lead_unit)), report, name, requirement="x") == 403
    assert act(make.signed_in(make.leader()), report, name, requirement="x") == 403
    for who in (make.liaison(), make.user(Role.AUDITOR), make.user(Role.ADMIN)):
        assert act(make.signed_in(who), report, name, requirement="x") == 404
    report.refresh_from_db()
    assert report.review == Progress.Review.PENDING


def test_queue_is_the_offices(report: Progress) -> None:
    for who in (make.liaison(report.measure.lead_unit), make.leader(), make.user(Role.AUDITOR)):
        assert make.signed_in(who).get("/reviews/").status_code == 403


def test_acts_are_posts_only(office: Client, report: Progress) -> None:
    for name in ("approve", "send-back"):
        assert office.get(reverse(f"measures:{name}", args=(report.pk,))).status_code == 405


def test_requests_for_a_later_date_stand_in_the_queue(office: Client) -> None:
    measure = make.measure()
    request_extension(actor=make.liaison(measure.lead_unit), measure=measure, new_due_on=make.days(90), reason="需跨年办理")
    page = office.get("/reviews/").content.decode()
    assert "需跨年办理" in page
    assert reverse("measures:decide-extension", args=(measure.extensions.get().pk,)) in page
