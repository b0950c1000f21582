"""Closing at the same time on PostgreSQL: one wins, the other is told, and no signature outlives what it signed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from apps.issues.models import Closure, Issue, LookBack, LookBackDraw, SignOff
from apps.issues.services import amend_issue, decide_closure, draw_look_backs, sign_off
from apps.ledgers import chain
from apps.units.errors import ActConflict, ActRefused
from tests import factories as make
from tests.at_once import PATIENCE, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def applied(bodies: int = 0) -> Closure:
    """An application that waits for that many signatures."""
    inspection = make.inspection(reviewing_bodies=[make.unit() for _number in range(bodies)])
    issue = make.issue(make.category(inspection))
    make.finish(make.measure(issue))
    return make.application(issue)


def together(*acts: Callable[[], object]) -> list[Exception]:
    """All of them from the same moment on."""
    start = threading.Barrier(len(acts))

    def begun(act: Callable[[], object]) -> Callable[[], object]:
        def begin() -> object:
            start.wait(PATIENCE)
            return act()

        return begin

    return at_once(*(begun(act) for act in acts))


def test_of_two_closers_exactly_one_wins() -> None:
    closure = applied()
    first, second = make.office(), make.office()
    wrong = together(
        lambda: decide_closure(actor=first, closure=closure, agree=True, opinion="同意"),
        lambda: decide_closure(actor=second, closure=closure, agree=True, opinion="同意"),
    )
    assert [type(error) for error in wrong] == [ActConflict]
    assert LookBack.objects.count() == 2
    assert chain.verify(closure.issue.inspection.book).holds


def test_two_of_one_body_sign_once() -> None:
    closure = applied(1)
    row = closure.sign_offs.get()
    first, second = make.liaison(row.body), make.liaison(row.body)
    wrong = together(lambda: sign_off(actor=first, sign_off=row, agree=True), lambda: sign_off(actor=second, sign_off=row, agree=True))
    assert [type(error) for error in wrong] == [ActConflict]


def test_a_signature_and_a_change_of_content_at_once_never_close() -> None:
    """Whichever comes first: either the signature is refused, or it is of what was there before and is void."""
    closure = applied(1)
    row, office = closure.sign_offs.get(), make.office()
    signer = make.liaison(row.body)
    wrong = together(
        lambda: sign_off(actor=signer, sign_off=row, agree=True),
        lambda: amend_issue(actor=office, issue=closure.issue, values={"goal": "另一个目标"}, reason="订正"),
    )
    assert [type(error) for error in wrong] in ([], [ActConflict])
    with pytest.raises(ActRefused):
        decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")
    assert Issue.objects.get().closure == Issue.ClosureState.APPLIED


def test_a_return_and_the_closing_at_once_end_in_one_of_the_two() -> None:
    closure = applied(1)
    row, office = closure.sign_offs.get(), make.office()
    signer = make.liaison(row.body)
    sign_off(actor=signer, sign_off=row, agree=True)
    wrong = together(
        lambda: sign_off(actor=signer, sign_off=row, agree=False, requirement="请补充整改前后的对比数据"),
        lambda: decide_closure(actor=office, closure=closure, agree=True, opinion="同意"),
    )
    assert len(wrong) == 1
    closed = Issue.objects.get().closure == Issue.ClosureState.CLOSED
    assert (SignOff.objects.get().decision == SignOff.Decision.AGREED) is closed


def test_two_draws_at_once_draw_different_issues() -> None:
    closure = applied()
    decide_closure(actor=make.office(), closure=closure, agree=True, opinion="同意")
    inspection = closure.issue.inspection
    offices = [make.office(), make.office()]
    wrong = together(
        *((lambda who=who: draw_look_backs(actor=who, inspection=inspection, size=1, planned_on=make.days(9), seed="1")) for who in offices)
    )
    assert [type(error) for error in wrong] == [ActRefused]
    assert LookBackDraw.objects.count() == 1
