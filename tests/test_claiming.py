"""Claiming a review, so that two reviewers do not do the same; and reviewing many at once, with what was skipped and why."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledgers.models import Entry
from apps.measures.models import Measure, Progress
from apps.measures.services import Picked, approve, claim_review, release_review, review_many, send_back
from apps.measures.services.reviewing import APPROVE, MOST_AT_ONCE, RETURN
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db
MANY = reverse("measures:review-many")


@pytest.fixture
def report() -> Progress:
    return make.report(make.measure(), claim=Measure.State.DONE, files=[make.evidence()])


@pytest.fixture
def first() -> User:
    return make.office()


@pytest.fixture
def second() -> User:
    return make.office()


def fresh(report: Progress) -> Progress:
    return Progress.objects.select_related("claimed_by", "measure").get(pk=report.pk)


def acts() -> list[str]:
    return list(Entry.objects.filter(act__startswith="measures.").order_by("pk").values_list("act", flat=True))


def said(browser: Client, path: str = "/reviews/") -> str:
    return browser.get(path).content.decode()


# -- claiming ---------------------------------------------------------------------------------------------------------


def test_a_claimed_report_is_reviewed_by_whoever_claimed_it(report: Progress, first: User, second: User) -> None:
    claim_review(actor=first, report=report)
    with pytest.raises(ActConflict, match=f"已由{first}受理"):
        approve(actor=second, report=report)
    with pytest.raises(ActConflict, match=f"已由{first}受理"):
        send_back(actor=second, report=report, requirement="请补充")
    with pytest.raises(ActConflict, match="接手审核"):
        claim_review(actor=second, report=report)
    assert fresh(report).review == Progress.Review.PENDING
    approve(actor=first, report=report)
    assert fresh(report).measure.progress == Measure.State.DONE


def test_taking_over_is_said_in_so_many_words_and_recorded(report: Progress, first: User, second: User) -> None:
    claim_review(actor=first, report=report)
    claim_review(actor=second, report=report, take_over=True)
    entry = Entry.objects.filter(act="measures.claim_review").latest("pk")
    assert entry.payload["changes"] == {"claimed_by": [str(first), str(second)]}
    with pytest.raises(ActConflict, match=f"已由{second}受理"):
        approve(actor=first, report=report)
    assert approve(actor=second, report=report).reviewed_by == second


def test_claiming_twice_writes_nothing(report: Progress, first: User) -> None:
    claim_review(actor=first, report=report)
    since, before = fresh(report).claimed_at, len(acts())
    claim_review(actor=first, report=report)
    assert (fresh(report).claimed_at, len(acts())) == (since, before)


def test_a_claim_is_released_by_its_owner_only(report: Progress, first: User, second: User) -> None:
    with pytest.raises(ActConflict, match="没有人受理"):
        release_review(actor=first, report=report)
    claim_review(actor=first, report=report)
    with pytest.raises(ActConflict, match=f"由{first}受理"):
        release_review(actor=second, report=report)
    release_review(actor=first, report=report)
    assert fresh(report).claimed_by is None
    approve(actor=second, report=report)


def test_nobody_claims_an_own_report_or_a_reviewed_one(first: User, second: User) -> None:
    own = make.report(make.measure(), by=first)
    with pytest.raises(ActForbidden, match="请换一位同事"):
        claim_review(actor=first, report=own)
    approve(actor=second, report=own)
    for act in (claim_review, release_review):
        with pytest.raises(ActConflict):
            act(actor=second, report=own)


def test_the_queue_says_who_has_a_report_since_when(report: Progress, first: User, second: User) -> None:
    mine, theirs = make.signed_in(first), make.signed_in(second)
    assert "还没有人受理" in said(mine)
    assert mine.post(reverse("measures:claim", args=(report.pk,))).status_code == 302
    page = said(mine)
    assert "您已受理" in page
    assert "我受理的 1" in page
    page = said(theirs)
    assert f"受理人 <b>{first}</b>" in page
    assert "接手审核" in page
    assert reverse("measures:approve", args=(report.pk,)) not in page
    assert "没有等待审核的填报" in said(theirs, "/reviews/?whose=free")
    assert f"report-{report.pk}" in said(theirs, "/reviews/?whose=others")
    assert theirs.get("/reviews/?whose=nobody").status_code == 400
    refused = theirs.post(reverse("measures:approve", args=(report.pk,)))
    assert refused.status_code == 409
    assert f"已由{first}受理" in refused.content.decode()
    assert theirs.post(reverse("measures:claim", args=(report.pk,))).status_code == 409
    assert theirs.post(reverse("measures:claim", args=(report.pk,)), {"take_over": "yes"}).status_code == 302
    assert mine.post(reverse("measures:release", args=(report.pk,))).status_code == 409
    assert theirs.post(reverse("measures:release", args=(report.pk,))).status_code == 302


def test_the_opinion_of_the_approver_is_kept(report: Progress, first: User) -> None:
    make.signed_in(first).post(reverse("measures:approve", args=(report.pk,)), {"opinion": "数字与回单一致"})
    assert fresh(report).requirement == "数字与回单一致"
    assert Entry.objects.get(act="measures.approve").reason == "数字与回单一致"


@pytest.mark.parametrize("name", ["claim", "release"])
def test_claims_are_the_offices(report: Progress, name: str) -> None:
    path = reverse(f"measures:{name}", args=(report.pk,))
    assert make.signed_in(make.liaison(report.measure.lead_unit)).post(path).status_code == 403
    assert make.signed_in(make.leader()).post(path).status_code == 403
    assert make.signed_in(make.user(Role.AUDITOR)).post(path).status_code == 404


# -- many at once -----------------------------------------------------------------------------------------------------


def several(count: int) -> list[Progress]:
    return [make.report(measure) for measure in make.measures(make.issue(), count)]


def test_many_are_approved_under_one_id_and_the_skipped_say_why(first: User, second: User) -> None:
    good, other = several(2), several(1)[0]
    own = make.report(make.measure(), by=first)
    claim_review(actor=second, report=other)
    gone = several(1)[0]
    approve(actor=second, report=gone)
    found = review_many(actor=first, picked=[Picked(row) for row in (*good, own, other, gone)], decision=APPROVE, words="情况属实")
    assert found.done == good
    assert [row for row, _reason in found.skipped] == [own, other, gone]
    reasons = [reason for _row, reason in found.skipped]
    assert "不能审核自己的填报" in reasons[0]
    assert f"已由{second}受理" in reasons[1]
    assert "不能办理“审核通过”" in reasons[2]
    entries = Entry.objects.filter(correlation=found.correlation)
    assert [(entry.act, entry.reason) for entry in entries] == [("measures.approve", "情况属实")] * 2
    assert {fresh(row).review for row in (own, other)} == {Progress.Review.PENDING}


def test_a_rehearsal_leaves_everything_as_it_was(first: User) -> None:
    good = several(2)
    before = Entry.objects.count()
    found = review_many(actor=first, picked=[Picked(row) for row in good], decision=RETURN, rehearse=True)
    assert found.done == good
    assert Entry.objects.count() == before
    assert {fresh(row).review for row in good} == {Progress.Review.PENDING}


@pytest.mark.parametrize(
    ("decision", "words", "count", "sentence"),
    [
        ("agree", "好", 1, "请选择审核通过或退回补正"),
        (APPROVE, "好", 0, "至少选择一份"),
        (APPROVE, "好", MOST_AT_ONCE + 1, "一次最多审核"),
        (RETURN, "  ", 1, "要写明理由和补正要求"),
    ],
)
def test_what_a_review_of_many_needs(report: Progress, first: User, decision: str, words: str, count: int, sentence: str) -> None:
    with pytest.raises(ActRefused, match=sentence):
        review_many(actor=first, picked=[Picked(report)] * count, decision=decision, words=words)
    with pytest.raises(ActForbidden):
        review_many(actor=make.leader(), picked=[Picked(report)], decision=APPROVE)


def test_the_preview_counts_and_the_act_follows_it(first: User, second: User) -> None:
    good, claimed = several(2), several(1)[0]
    claim_review(actor=second, report=claimed)
    browser = make.signed_in(first)
    picked = "&".join(f"report={row.pk}" for row in (*good, claimed))
    page = browser.get(f"{MANY}?decision=return&{picked}")
    text = page.content.decode()
    assert page.status_code == 200
    assert "将退回补正 2 份，1 份跳过" in text
    assert f"已由{second}受理" in text
    data = {"decision": "return", "seen": page.context["seen"], "opinion": ""}
    refused = browser.post(MANY, data)
    assert refused.status_code == 400
    assert "退回理由和补正要求" in refused.content.decode()
    answer = browser.post(MANY, {**data, "opinion": "请附台账"}, follow=True)
    assert "已退回补正 2 份" in answer.content.decode()
    assert {fresh(row).requirement for row in good} == {"请附台账"}
    assert fresh(claimed).review == Progress.Review.PENDING


def test_what_changed_after_the_preview_is_skipped_and_said(first: User, second: User) -> None:
    good = several(2)
    browser = make.signed_in(first)
    seen = browser.get(f"{MANY}?decision=approve&report={good[0].pk}&report={good[1].pk}").context["seen"]
    send_back(actor=second, report=good[0], requirement="请补充")
    answer = browser.post(MANY, {"decision": "approve", "seen": seen, "opinion": ""}, follow=True).content.decode()
    assert "已审核通过 1 份" in answer
    assert f"1 份没有办理（{good[0].measure.number}）" in answer


def test_nothing_picked_leads_back_to_the_queue(first: User) -> None:
    browser = make.signed_in(first)
    for query in ("", "?decision=approve", "?report=1"):
        answer = browser.get(MANY + query, follow=True)
        assert "请先在清单中勾选" in answer.content.decode()
    for query in ("?decision=approve&report=x", "?decision=approve&report=999999", "?decision=never&report=1", "?what=1"):
        assert browser.get(MANY + query).status_code == 400
    for seen in ([], ["x:1"], ["1"], ["999999:1"]):
        assert browser.post(MANY, {"decision": "approve", "seen": seen}).status_code == 400
    assert make.signed_in(make.leader()).get(MANY).status_code == 403


def test_the_queue_stays_flat_with_claims_and_resubmissions(first: User) -> None:
    def fill(count: int) -> None:
        for row in several(count):
            send_back(actor=first, report=row, requirement="请补充")
            claim_review(actor=first, report=make.report(row.measure, text="补充后"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/reviews/").status_code == 200
        return len(captured)

    browser = make.signed_in(make.office())
    fill(2)
    queries()
    few = queries()
    fill(12)
    assert queries() == few


def test_the_units_are_told_of_all_reviewed_reports_at_once() -> None:
    """Two queries about notifications, whether one report is reviewed or a dozen."""

    def review(count: int, decision: str) -> list[str]:
        issue = make.issue()
        liaison = make.liaison(issue.lead_unit)
        reports = [make.report(measure, by=liaison) for measure in make.measures(issue, count)]
        Notification.objects.all().delete()
        clerk = make.office()
        with CaptureQueriesContext(connection) as asked:
            review_many(actor=clerk, picked=[Picked(row) for row in reports], decision=decision, words="情况属实")
        told = Notification.objects.filter(recipient=liaison)
        assert {row.subject_id for row in told} == {row.pk for row in reports}
        assert {row.kind for row in told} == {Notification.Kind.RETURNED if decision == RETURN else Notification.Kind.APPROVED}
        return [one["sql"] for one in asked if "units_notification" in one["sql"] or "liaison" in one["sql"]]

    assert [len(review(count, APPROVE)) for count in (1, 12)] == [2, 2]
    assert [len(review(count, RETURN)) for count in (1, 12)] == [2, 2]


def test_a_rehearsal_tells_nobody() -> None:
    report = make.report(make.measure())
    Notification.objects.all().delete()
    review_many(actor=make.office(), picked=[Picked(report)], decision=APPROVE, rehearse=True)
    assert not Notification.objects.exists()
    assert Progress.objects.get(pk=report.pk).review == Progress.Review.PENDING
