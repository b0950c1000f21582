"""Two people at one report on PostgreSQL: exactly one wins, the other is told so (409)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Extension, Measure, Progress
from apps.measures.services import (
    Picked,
    approve,
    claim_review,
    decide_extension,
    request_extension,
    resume_stages,
    review_many,
    send_back,
)
from apps.measures.services.reviewing import APPROVE, RETURN
from apps.units.errors import ActConflict
from tests import factories as make
from tests.at_once import PATIENCE, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*acts: Callable[[], object]) -> list[Exception]:
    """The acts, begun at the same moment; what went wrong."""
    gate = threading.Barrier(len(acts))

    def after_the_gate(act: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            gate.wait(PATIENCE)
            return act()

        return run

    return at_once(*map(after_the_gate, acts))


def told(errors: list[Exception]) -> list[tuple[type[Exception], int]]:
    return [(type(error), getattr(error, "status", 0)) for error in errors]


def acts_of(prefix: str) -> list[str]:
    return list(Entry.objects.filter(act__startswith=prefix).values_list("act", flat=True))


@pytest.fixture
def report() -> Progress:
    return make.report(make.measure(), claim=Measure.State.DONE, files=[make.evidence()])


def test_of_two_who_approve_at_once_one_wins(report: Progress) -> None:
    one, two = make.office(), make.office()
    wrong = together(lambda: approve(actor=one, report=report), lambda: approve(actor=two, report=report))
    assert told(wrong) == [(ActConflict, 409)]
    assert acts_of("measures.approve") == ["measures.approve"]
    assert chain.verify(report.measure.issue.inspection.book).holds


def test_approval_and_return_at_once_leave_one_of_them(report: Progress) -> None:
    one, two = make.office(), make.office()
    wrong = together(lambda: approve(actor=one, report=report), lambda: send_back(actor=two, report=report, requirement="请补充"))
    assert told(wrong) == [(ActConflict, 409)]
    assert len(acts_of("measures.approve") + acts_of("measures.send_back")) == 1


def test_of_two_who_claim_at_once_one_has_it(report: Progress) -> None:
    people = [make.office(), make.office()]
    wrong = together(*(partial(claim_review, actor=who, report=report) for who in people))
    assert told(wrong) == [(ActConflict, 409)]
    report.refresh_from_db()
    assert report.claimed_by in people
    assert acts_of("measures.claim_review") == ["measures.claim_review"]


def test_a_report_sent_twice_is_one_report() -> None:
    measure = make.measure()
    liaison = make.liaison(measure.lead_unit)

    def send() -> object:
        return make.report(measure, by=liaison, version=measure.version)

    assert told(together(send, send)) == [(ActConflict, 409)]
    assert measure.reports.count() == 1


def test_two_reviews_of_many_in_opposite_order_never_wait_in_a_circle() -> None:
    reports = [make.report(measure) for measure in make.measures(make.issue(), 6)]
    one, two = make.office(), make.office()
    rows = [Picked(row) for row in reports]
    found = []
    wrong = together(
        lambda: found.append(review_many(actor=one, picked=rows, decision=APPROVE)),
        lambda: found.append(review_many(actor=two, picked=rows[::-1], decision=RETURN, words="请补充")),
    )
    assert wrong == []
    assert sum(len(outcome.done) for outcome in found) == sum(len(outcome.skipped) for outcome in found) == len(reports)
    assert not Progress.objects.pending().exists()


def test_of_two_who_decide_an_extension_at_once_one_wins() -> None:
    measure = make.measure()
    row = request_extension(actor=make.liaison(measure.lead_unit), measure=measure, new_due_on=make.days(90), reason="流标")
    one, two = make.office(), make.office()
    wrong = together(
        lambda: decide_extension(actor=one, extension=row, agree=True),
        lambda: decide_extension(actor=two, extension=row, agree=False, opinion="不必"),
    )
    assert told(wrong) == [(ActConflict, 409)]
    assert Extension.objects.open().count() == 0


def test_two_jobs_at_once_bring_a_stage_back_once() -> None:
    measure = make.measure(pace=Measure.Pace.LONG_TERM)
    Measure.objects.filter(pk=measure.pk).update(
        progress="stage_done", stopped_on=make.days(-9), next_review_on=make.today(), stage_goal="巩固"
    )
    inspection = measure.issue.inspection

    def run() -> object:
        return resume_stages(inspection=inspection)

    assert together(run, run) == []
    assert acts_of("measures.resume_stage") == ["measures.resume_stage"]
