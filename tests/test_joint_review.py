"""Joint review (会审): who signs, what a signature is bound to, three different persons, who sees what, and the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Act, Closure, Inspection, Issue, SignOff
from apps.issues.services import amend_issue, decide_closure, sign_off
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Evidence, Measure, Progress
from apps.measures.services import add_regulation, amend_measure
from apps.supervision.models import Letter, SiteCheck
from apps.supervision.scope import scope_of
from apps.supervision.services import check_site
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Unit, User
from apps.units.services import disable_user
from tests import api_world
from tests import factories as make
from tests.supervision import group, letter, supervisor

pytestmark = pytest.mark.django_db

REQUIREMENT = "请补充整改前后的对比数据，并说明怎样巩固"
State, Decision = SignOff.Decision, Closure.Decision


@dataclass
class Review:
    """An application of a round with two reviewing bodies, each with an account."""

    issue: Issue
    closure: Closure
    bodies: list[Unit]
    signers: list[User]
    office: User = field(default_factory=make.office)

    def sign(self, index: int, *, agree: bool = True, by: User | None = None, words: str = REQUIREMENT) -> SignOff:
        row = self.closure.sign_offs.get(body=self.bodies[index])
        return sign_off(actor=by or self.signers[index], sign_off=row, agree=agree, requirement="" if agree else words)

    def decide(self, *, agree: bool = True, by: User | None = None) -> Closure:
        return decide_closure(actor=by or self.office, closure=self.closure, agree=agree, opinion="同意" if agree else REQUIREMENT)


def issue_in(inspection: Inspection, lead: Unit | None = None, number: int = 1) -> Issue:
    issue = make.issue(make.category(inspection, number), lead=lead)
    make.finish(make.measure(issue))
    return issue


@pytest.fixture
def review() -> Review:
    bodies = [make.unit("纪委"), make.unit("组织部")]
    issue = issue_in(make.inspection(reviewing_bodies=bodies))
    return Review(issue, make.application(issue), bodies, [make.liaison(body) for body in bodies])


def test_an_application_asks_every_body_for_a_signature(review: Review) -> None:
    assert [(row.body, row.decision, row.content_hash) for row in review.closure.sign_offs.all()] == [
        (body, State.PENDING, "") for body in review.bodies
    ]
    entry = Entry.objects.filter(act=Act.APPLY_CLOSURE).latest("seq")
    assert entry.payload["bodies"] == ["纪委", "组织部"]


def test_the_office_closes_when_all_agree_and_not_before(review: Review) -> None:
    with pytest.raises(ActRefused, match="等纪委、组织部签署意见"):
        review.decide()
    signed = review.sign(0)
    assert (signed.decision, signed.signed_by, signed.content_hash) == (State.AGREED, review.signers[0], review.closure.content_hash)
    with pytest.raises(ActRefused, match="等组织部签署意见"):
        review.decide()
    review.sign(1)
    assert review.decide().decision == Decision.AGREED
    entry = Entry.objects.filter(act=Act.AGREE_SIGN_OFF).latest("seq")
    assert entry.payload == {"body": "区组织部", "round": 1, "content_hash": review.closure.content_hash}
    assert chain.verify(review.issue.inspection.book).holds


def test_a_return_needs_ten_characters_and_stands_until_the_next_application(review: Review) -> None:
    with pytest.raises(ActRefused, match="要写明理由"):
        review.sign(0, agree=False, words="  ")
    with pytest.raises(ActRefused, match="至少 10 个字") as refused:
        review.sign(0, agree=False, words="  请补充材料再报来看  ")
    assert refused.value.field == "requirement"
    assert review.sign(0, agree=False).requirement == REQUIREMENT
    review.sign(1)
    with pytest.raises(ActConflict, match="退回补充"):
        review.sign(0)
    with pytest.raises(ActRefused, match="纪委会审不同意"):
        review.decide()
    assert review.decide(agree=False).decision == Decision.RETURNED
    with pytest.raises(ActConflict, match="已经审定"):
        review.sign(1, agree=False)
    again = Review(review.issue, make.application(Issue.objects.get(pk=review.issue.pk)), review.bodies, review.signers, review.office)
    again.sign(0)
    again.sign(1)
    assert again.decide().decision == Decision.AGREED


def test_an_agreement_may_become_a_return_before_the_decision(review: Review) -> None:
    review.sign(0)
    assert review.sign(0, agree=False).decision == State.RETURNED


def lead_liaison(review: Review) -> User:
    return review.closure.applied_by


def other_body(review: Review) -> User:
    return review.signers[1]


def nobody(_review: Review) -> User:
    return make.leader()


def disabled(review: Review) -> User:
    return disable_user(actor=None, user=make.liaison(review.bodies[0]), reason="调离")


def keeper(review: Review) -> User:
    return make.user(Role.AUDITOR, of=review.bodies[0])


def moved(review: Review) -> User:
    """Who applied and has joined the reviewing body since."""
    User.objects.filter(pk=review.closure.applied_by_id).update(unit=review.bodies[0])
    return User.objects.get(pk=review.closure.applied_by_id)


def signed_elsewhere(review: Review) -> User:
    """Who signed for the other body and has moved since."""
    review.sign(1)
    User.objects.filter(pk=review.signers[1].pk).update(unit=review.bodies[0])
    return User.objects.get(pk=review.signers[1].pk)


@pytest.mark.parametrize("who", [lead_liaison, other_body, nobody, disabled, keeper, moved, signed_elsewhere, make.office])
@pytest.mark.parametrize("agree", [True, False])
def test_somebody_else_does_not_sign(who: Callable[..., User], agree: bool, review: Review) -> None:
    actor = who() if who is make.office else who(review)
    entries = Entry.objects.count()
    with pytest.raises(ActForbidden):
        review.sign(0, by=actor, agree=agree)
    assert (review.closure.sign_offs.get(body=review.bodies[0]).decision, Entry.objects.count()) == (State.PENDING, entries)
    assert review.sign(0, agree=agree).signed_by == review.signers[0]  # the control


@pytest.mark.parametrize("role", [Role.LIAISON, Role.SUPERVISOR, Role.OFFICE])
def test_every_working_role_of_the_body_may_sign(role: Role, review: Review) -> None:
    actor = make.user(role, of=review.bodies[0])
    assert review.sign(0, by=actor).signed_by == actor


def test_who_reviewed_does_not_decide(review: Review) -> None:
    clerk = make.user(Role.OFFICE, of=review.bodies[0])
    review.sign(0, by=clerk)
    review.sign(1)
    for agree in (True, False):
        with pytest.raises(ActForbidden, match="会审人不能再审定"):
            review.decide(by=clerk, agree=agree)
    assert review.decide().decided_by == review.office


def test_the_lead_unit_does_not_review_its_own_application() -> None:
    bodies = [make.unit("纪委"), make.unit("组织部")]
    inspection = make.inspection(reviewing_bodies=bodies)
    closure = make.application(issue_in(inspection, bodies[0]))
    assert [row.body for row in closure.sign_offs.all()] == [bodies[1]]
    alone = make.inspection(reviewing_bodies=bodies[:1])
    closure = make.application(issue_in(alone, bodies[0]))
    assert decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意").decision == Decision.AGREED


def new_goal(issue: Issue) -> None:
    amend_issue(actor=make.office(), issue=issue, values={"goal": "另一个目标"}, reason="订正")


def new_words(issue: Issue) -> None:
    amend_measure(actor=make.office(), measure=issue.measures.get(), values={"text": "换了说法"}, reason="订正")


def new_regulation(issue: Issue) -> None:
    add_regulation(actor=None, inspection=issue.inspection, issue=issue, title="新办法", kind="made", unit=issue.lead_unit)


@pytest.mark.parametrize("change", [new_goal, new_words, new_regulation])
def test_a_change_voids_what_was_signed_visibly(change: Callable[[Issue], None], review: Review) -> None:
    review.sign(0)
    browser = make.signed_in(review.office)
    address = f"/issues/{review.issue.pk}/"
    assert "签署内容已变化" not in browser.get(address).content.decode()
    change(review.issue)
    assert "签署内容已变化，不再有效" in browser.get(address).content.decode()
    with pytest.raises(ActConflict, match="提请销号之后内容有变动"):
        review.sign(1)
    row = review.closure.sign_offs.get(body=review.bodies[1])
    SignOff.objects.filter(pk=row.pk).update(decision=State.AGREED, signed_by=review.signers[1], signed_on=make.today())
    with pytest.raises(ActConflict, match="提请销号之后内容有变动"):
        review.decide()
    assert review.decide(agree=False).decision == Decision.RETURNED


# -- who sees what ----------------------------------------------------------------------------------------------------


def test_a_reviewing_body_sees_what_it_was_asked_about_and_nothing_else(review: Review) -> None:
    inspection = review.issue.inspection
    hidden = issue_in(inspection, number=2)
    letter(make.measure(hidden))
    group(inspection, members=[watcher := supervisor()], units=[make.unit()])
    User.objects.filter(pk=watcher.pk).update(unit=review.bodies[0])
    for pk in (review.signers[0].pk, watcher.pk):
        user = User.objects.get(pk=pk)
        assert list(Issue.objects.visible_to(user)) == [review.issue]
        assert list(Measure.objects.visible_to(user)) == list(review.issue.measures.all())
        assert [row.measure.issue for row in Progress.objects.visible_to(user)] == [review.issue]
        assert list(Inspection.objects.visible_to(user)) == [inspection]
        assert list(Closure.objects.visible_to(user)) == [review.closure]
        assert not Letter.objects.visible_to(user).exists()
        assert not Measure.objects.worked_on_by(user).exists()
        browser = make.signed_in(user)
        version = Evidence.objects.get(measure__issue=review.issue).versions.get()
        assert browser.get(f"/evidence/{version.pk}/").status_code == 200
        assert browser.get(f"/issues/{review.issue.pk}/").status_code == 200
        assert browser.get(f"/issues/{hidden.pk}/").status_code == 404
        assert browser.get(f"/issues/{review.issue.pk}/amend/").status_code == 403


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LIAISON])
def test_who_was_not_asked_sees_nothing(role: Role, review: Review) -> None:
    """Controls: a body without a signature, an account without a unit, a keeper of the house in the body's unit."""
    stranger = make.user(role, of=make.unit())
    if role == Role.SUPERVISOR:
        group(review.issue.inspection, members=[stranger, alone := supervisor()], units=[make.unit()])
        assert not Issue.objects.visible_to(User.objects.get(pk=alone.pk)).exists()
        assert not Measure.objects.visible_to(User.objects.get(pk=alone.pk)).exists()
    assert not Issue.objects.visible_to(User.objects.get(pk=stranger.pk)).exists()
    admin = make.user(Role.ADMIN, of=review.bodies[0])
    assert not Issue.objects.visible_to(admin).exists()
    assert make.signed_in(stranger).get(f"/closures/{review.closure.pk}/sign/").status_code == 404
    assert make.signed_in(admin).get("/closures/").status_code == 403


def test_reviewing_gives_no_power_over_the_measures(review: Review, rf: object) -> None:
    watcher = supervisor()
    group(review.issue.inspection, members=[watcher], units=[make.unit()])
    User.objects.filter(pk=watcher.pk).update(unit=review.bodies[0])
    user, measure = User.objects.get(pk=watcher.pk), review.issue.measures.get()
    with pytest.raises(ActForbidden, match="现场核查由负责该单位的督查组"):
        check_site(actor=user, measure=measure, finding=SiteCheck.Finding.FALSE, note="看过", checked_on=make.today())
    request = type("Request", (), {"GET": {}})()
    scope = scope_of(request, user)
    assert scope is not None
    assert not scope.measures.exists()
    with pytest.raises(ActForbidden):
        make.report(measure, by=review.signers[0])


# -- pages and API ----------------------------------------------------------------------------------------------------


def test_from_the_queue_over_two_signatures_to_the_return_with_both_words(review: Review) -> None:
    first, second = (make.signed_in(who) for who in review.signers)
    office = make.signed_in(review.office)
    sign, decide = f"/closures/{review.closure.pk}/sign/", f"/closures/{review.closure.pk}/decide/"
    assert sign in first.get("/closures/").content.decode()
    assert sign in first.get("/workbench/").content.decode()
    assert "会审中，已同意 0 / 2" in office.get("/closures/").content.decode()
    short = first.post(sign, {"decision": "return", "requirement": "再补"})
    assert short.status_code == 400
    assert "至少 10 个字，现在有 2 个" in short.content.decode()
    assert first.post(sign, {"decision": "return", "requirement": REQUIREMENT}).status_code == 302
    assert sign not in first.get("/closures/").content.decode()
    assert second.post(sign, {"decision": "agree", "requirement": ""}).status_code == 302
    assert first.post(sign, {"decision": "agree"}).status_code == 409
    assert office.get(sign).status_code == 403
    page = office.get(decide).content.decode()
    assert f"纪委：{REQUIREMENT}" in page
    assert "纪委会审不同意" in page
    refused = office.post(decide, {"decision": "agree", "opinion": "同意"})
    assert refused.status_code == 400
    assert office.post(decide, {"decision": "return", "opinion": f"纪委：{REQUIREMENT}"}).status_code == 302
    sheet = make.signed_in(review.closure.applied_by).get(f"/issues/{review.issue.pk}/").content.decode()
    assert REQUIREMENT in sheet


def test_the_queue_does_not_grow(review: Review) -> None:
    inspection = review.issue.inspection

    def cost(user: User) -> int:
        browser = make.signed_in(user)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/closures/").status_code == 200
        return len(captured)

    few = [cost(user) for user in (review.signers[0], review.office, review.closure.applied_by)]
    for number in range(2, 9):
        make.application(issue_in(inspection, review.issue.lead_unit, number))
    assert [cost(user) for user in (review.signers[0], review.office, review.closure.applied_by)] == few
    assert max(few) <= 12


def test_the_sheet_of_an_application_in_review_is_cheap(review: Review) -> None:
    review.sign(0)
    for user in (review.office, review.signers[1], make.leader(), review.closure.applied_by):
        browser = make.signed_in(user)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/issues/{review.issue.pk}/").status_code == 200
        assert len(captured) <= 15, user


def test_a_body_signs_by_api(review: Review) -> None:
    mine, other = (api_world.client(user) for user in (review.signers[0], make.liaison()))
    address = api_world.url("closures", review.closure.pk, "sign-off")
    assert other.post(address, {"agree": True}).status_code == 404
    assert api_world.client(review.office).post(address, {"agree": True}).status_code == 403
    assert mine.post(address, {"agree": False, "requirement": "短"}).status_code == 400
    answer = mine.post(address, {"agree": True})
    assert answer.status_code == 200, answer.content
    assert [row["decision"]["code"] for row in answer.json()["sign_offs"]] == ["agreed", "pending"]
    assert mine.post(address, {"agree": True}).status_code == 409
