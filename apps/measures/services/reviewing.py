"""Who reviews what: claiming a report, releasing it, and reviewing many at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.models import Act, Progress
from apps.measures.services.many import locked_many
from apps.measures.services.notifying import reports_reviewed
from apps.measures.services.reporting import approve, locked_pair, send_back
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import check

MOST_AT_ONCE = 100
APPROVE, RETURN = "approve", "return"
DECISIONS = ((APPROVE, "审核通过"), (RETURN, "退回补正"))


@transaction.atomic
def claim_review(*, actor: User, report: Progress, take_over: bool = False) -> Progress:
    """An office user takes a pending report on, so that two do not review the same; another may take it over, which is recorded.

    Whoever has it already keeps it: claiming twice writes nothing.
    """
    measure, row = locked_pair(report)
    check(workflow.CLAIM, measure, field="progress", actor=actor)
    _check_pending(row)
    if row.reported_by_id == actor.pk:
        raise ActForbidden("填报人不能审核自己的填报，请换一位同事受理")
    if row.claimed_by_id == actor.pk:
        return row
    before = row.claimed_by
    if before is not None and not take_over:
        raise ActConflict(f"这份填报已由{before}受理；确需由您审核的，请用“接手审核”")
    row.claimed_by, row.claimed_at = actor, timezone.now()
    row.save(update_fields=("claimed_by", "claimed_at"))
    payload = {"report": row.pk, "changes": {"claimed_by": [before.name_in_book if before else None, actor.name_in_book]}}
    record(measure.issue.inspection.book, actor=actor, act=Act.CLAIM_REVIEW, subject=measure, payload=payload)
    return row


@transaction.atomic
def release_review(*, actor: User, report: Progress) -> Progress:
    """Whoever claimed the report puts it back in the queue."""
    measure, row = locked_pair(report)
    check(workflow.RELEASE, measure, field="progress", actor=actor)
    _check_pending(row)
    if row.claimed_by is None:
        raise ActConflict("这份填报现在没有人受理，请刷新页面")
    if row.claimed_by_id != actor.pk:
        raise ActConflict(f"这份填报由{row.claimed_by}受理，只能由其退出；确需由您审核的，请用“接手审核”")
    payload = {"report": row.pk, "changes": {"claimed_by": [row.claimed_by.name_in_book, None]}}
    row.claimed_by = row.claimed_at = None
    row.save(update_fields=("claimed_by", "claimed_at"))
    record(measure.issue.inspection.book, actor=actor, act=Act.RELEASE_REVIEW, subject=measure, payload=payload)
    return row


@dataclass(frozen=True)
class Picked:
    """A report picked for a review of many, with the version of its measure as the reviewer saw it (None: not seen before)."""

    report: Progress
    version: int | None = None


class Skipped(NamedTuple):
    """A report that was not reviewed, and why."""

    report: Progress
    reason: str


@dataclass
class Outcome:
    """What a review of many did, or would do: the reports reviewed, those skipped with the reason, the id that joins the entries."""

    correlation: uuid.UUID
    done: list[Progress] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def review_many(*, actor: User, picked: Sequence[Picked], decision: str, words: str = "", rehearse: bool = False) -> Outcome:
    """Approve or send back several reports with the same words; what cannot be done is skipped and listed with the reason.

    One transaction under one correlation id: all measures are locked first, then their issues, each by key, and the books are written
    round by round, so that two of these never wait for each other in a circle. The units are told of all at once. ``rehearse`` does the
    same and undoes it, for the preview: it refuses for exactly the reasons for which the act would.
    """
    if actor.role != Role.OFFICE:
        raise ActForbidden("您的角色不能办理批量审核")
    if decision not in dict(DECISIONS):
        raise ActRefused("请选择审核通过或退回补正", field="decision")
    if not picked:
        raise ActRefused("请至少选择一份填报", field="report")
    if len(picked) > MOST_AT_ONCE:
        raise ActRefused(f"一次最多审核 {MOST_AT_ONCE} 份，请分批办理", field="report")
    if decision == RETURN and not words.strip() and not rehearse:
        raise ActRefused("退回补正要写明理由和补正要求", field="opinion")
    with transaction.atomic():
        found = _review_all(actor, picked, decision, words)
        if rehearse:
            transaction.set_rollback(True)
    return found


def _review_all(actor: User, picked: Sequence[Picked], decision: str, words: str) -> Outcome:
    found, place = Outcome(uuid.uuid4()), {row.report.pk: number for number, row in enumerate(picked)}
    measures = {row.pk: row for row in locked_many({row.report.measure_id for row in picked})}
    reviewed = []
    for row in sorted(picked, key=lambda row: (measures[row.report.measure_id].issue.inspection_id, place[row.report.pk])):
        try:
            with transaction.atomic():
                report = _review(actor, row, decision, words, found.correlation)
        except ActRefused as refusal:
            found.skipped.append(Skipped(row.report, refusal.message))
        else:
            found.done.append(row.report)
            reviewed.append((measures[row.report.measure_id], report))
    reports_reviewed(reviewed, actor=actor)
    found.done.sort(key=lambda report: place[report.pk])
    found.skipped.sort(key=lambda row: place[row.report.pk])
    return found


def _review(actor: User, row: Picked, decision: str, words: str, correlation: uuid.UUID) -> Progress:
    if decision == APPROVE:
        return approve(actor=actor, report=row.report, opinion=words, version=row.version, correlation=correlation, tells=False)
    return send_back(actor=actor, report=row.report, requirement=words or "—", version=row.version, correlation=correlation, tells=False)


def _check_pending(row: Progress) -> None:
    if row.review != Progress.Review.PENDING:
        raise ActConflict("这份填报已经有人审核，请刷新页面")
