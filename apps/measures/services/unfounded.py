"""What a check on site makes of a claim of completion that it finds untrue (不实): the measure is to be done again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.models import Act, Measure, Progress
from apps.measures.services.reporting import claims_of_completion
from apps.units.models import User
from apps.units.workflow import apply

REQUIREMENT = "现场核查不实：{}"


def may_return_unfounded(measure: Measure, checked_on: dt.date) -> bool:
    """Whether there is a claim that this check speaks of: it was made by that day, and its issue is not closed.

    What was seen before the unit claimed completion does not contradict the claim. A closed issue is re-opened by a look-back only.
    """
    if measure.progress not in workflow.RETURN_UNFOUNDED.sources or any(workflow.issue_not_closed(measure)):
        return False
    claimed_on = measure.stopped_on or max(measure.reports.pending().values_list("reported_on", flat=True), default=None)
    return claimed_on is None or claimed_on <= checked_on


@transaction.atomic
def return_unfounded(*, actor: User, measure: Measure, found: str, checked_on: dt.date, correlation: uuid.UUID) -> Measure:
    """Send a measure back whose claim a check on site found untrue; part of the act of checking, which locked the measure and asked
    whether the person may. The system does it: nobody can decide otherwise.

    A report that waits is returned. The approved claim of completion stays on record, marked, and counts no longer; the clock runs on
    as if it had never stopped. An application to close the issue no longer covers what it applied for, as after any other change.
    """
    run, waiting = claims_of_completion(measure), measure.reports.select_for_update(of=("self",), no_key=True).pending().first()
    apply(workflow.RETURN_UNFOUNDED, measure, field="progress", actor=None)
    today = measure.issue.inspection.today()
    if waiting is not None:
        waiting.review, waiting.requirement = Progress.Review.RETURNED, REQUIREMENT.format(found)
        waiting.reviewed_by, waiting.reviewed_on = actor, today
        waiting.save(update_fields=("review", "requirement", "reviewed_by", "reviewed_on"))
    Progress.objects.filter(pk__in=[report.pk for report in run]).update(unfounded_on=checked_on)
    measure.stopped_on = None
    if run and run[0].next_review_on is not None:
        measure.next_review_on, measure.stage_goal = None, _earlier_goal(measure, run)
    measure.version += 1
    measure.save()
    payload: dict[str, Any] = {
        "checked_on": checked_on,
        "report": waiting.pk if waiting else None,
        "unfounded": [report.pk for report in run],
    }
    book = measure.issue.inspection.book
    record(book, actor=actor, act=Act.RETURN_UNFOUNDED, subject=measure, reason=found, payload=payload, correlation=correlation)
    return measure


def _earlier_goal(measure: Measure, run: list[Progress]) -> str:
    """The goal of the stage that is not complete after all: what the stage before it had named."""
    staged = measure.reports.counting().exclude(next_review_on=None)
    earlier = staged.exclude(pk__in=[report.pk for report in run]).first()
    return earlier.stage_goal if earlier else ""
