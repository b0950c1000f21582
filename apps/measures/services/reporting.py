"""Reporting progress and reviewing it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.issues.models import Inspection
from apps.ledgers import chain
from apps.ledgers.services import record
from apps.measures import workflow
from apps.measures.models import Act, EvidenceVersion, Indicator, Measure, Progress, Reading
from apps.measures.policies import reports_on
from apps.measures.services.evidence import EvidenceDraft, keep_evidence
from apps.measures.services.figures import check_value
from apps.measures.services.notifying import report_waits, reports_reviewed
from apps.measures.services.planning import locked
from apps.measures.services.staging import StageGoal, check_stage, stage_in_book, take_stage
from apps.measures.services.summing import figures_of, refuse_broken_report
from apps.measures.sums import Figure
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.workflow import apply, check


@dataclass(frozen=True)
class ReadingDraft:
    """A cumulative value that comes with a report, in the indicator's own unit (万元), as of a day."""

    indicator: Indicator
    value: Decimal
    as_of: dt.date


@dataclass(frozen=True)
class Said:
    """What a report says, as :func:`report_progress` takes it."""

    claim: str
    text: str
    as_of: dt.date
    signed_by: str
    is_vouched_for: bool = False
    difficulties: str = ""
    next_step: str = ""
    stage: StageGoal | None = None
    evidence: Sequence[EvidenceDraft] = ()
    readings: Sequence[ReadingDraft] = ()
    on: dt.date | None = None


def refusals_of(actor: User, row: Measure, said: Said) -> Iterator[ActRefused]:
    """Why a report would be refused, the gravest first: the act raises the first, a preview shows them all. The files are not opened.

    What may not be done at all, or not now, ends the list.
    """
    try:
        _may_report(actor, row, said.on)
        check(workflow.REPORT, row, field="progress", actor=actor)
    except ActRefused as refusal:
        yield refusal
        return
    inspection = row.issue.inspection
    yield from _check_words(row, said)
    rules: tuple[Callable[[], None], ...] = (
        lambda: _check_vouched(said.is_vouched_for),
        lambda: check_stage(row, said.claim, said.stage, said.on or inspection.today()),
        lambda: _check_days(said.as_of, said.readings, said.evidence, inspection),
        lambda: _check_readings(row, said.readings),
    )
    for rule in rules:
        try:
            rule()
        except ActRefused as refusal:
            yield refusal


@transaction.atomic
def report_progress(
    *,
    actor: User,
    measure: Measure,
    claim: str,
    text: str,
    as_of: dt.date,
    signed_by: str,
    is_vouched_for: bool = False,
    difficulties: str = "",
    next_step: str = "",
    stage: StageGoal | None = None,
    evidence: Sequence[EvidenceDraft] = (),
    readings: Sequence[ReadingDraft] = (),
    on: dt.date | None = None,
    version: int | None = None,
    provenance: Mapping[str, Any] | None = None,
    correlation: uuid.UUID | None = None,
) -> Progress:
    """The lead unit reports; the measure goes to review, and a claim of completion stops the clock on the day of the report.

    The unit's leader vouches for its truth (``is_vouched_for``, domain.md §1.2) or there is no report. A further report on a
    measure that is verified as complete leaves the clock where it stopped. ``on`` is for paper reports that the office enters
    later (补录); nobody else may set it. ``provenance`` holds the columns of :class:`Sourced` for reports that are not a user's own;
    ``correlation`` joins reports that come together.
    """
    row = locked(measure, version)
    said = Said(claim, text, as_of, signed_by, is_vouched_for, difficulties, next_step, stage, evidence, readings, on)
    for refusal in refusals_of(actor, row, said):
        raise refusal
    report = _kept(row, said, actor, provenance or {})
    files = keep_evidence(actor=actor, report=report, drafts=evidence)
    _enter_readings(report, readings)
    apply(workflow.REPORT, row, field="progress", actor=actor)
    row.stopped_on = _stop_day(row, report)
    row.version += 1
    row.save()
    report_waits(row, actor=actor, on=on)
    payload = _contents(report, readings, files)
    record(row.issue.inspection.book, actor=actor, act=Act.REPORT, subject=row, payload=payload, correlation=correlation)
    return report


def _kept(row: Measure, said: Said, actor: User, provenance: Mapping[str, Any]) -> Progress:
    """The report as it was said, joined to the returned one that it puts right."""
    previous = row.reports.first()
    return Progress.objects.create(
        measure=row,
        round=row.issue.round,
        claim=said.claim,
        text=said.text,
        as_of=said.as_of,
        difficulties=said.difficulties,
        next_step=said.next_step,
        signed_by=said.signed_by,
        is_vouched_for=said.is_vouched_for,
        **(said.stage.columns() if said.stage else {}),
        resubmits=previous if previous and previous.review == Progress.Review.RETURNED else None,
        reported_by=actor,
        reported_on=said.on or row.issue.inspection.today(),
        **provenance,
    )


@transaction.atomic
def approve(
    *,
    actor: User,
    report: Progress,
    opinion: str = "",
    on: dt.date | None = None,
    version: int | None = None,
    correlation: uuid.UUID | None = None,
    tells: bool = True,
) -> Progress:
    """The office verifies: the measure takes the claimed state, the clock keeps the day of the report, the readings count.

    The approval stores the hash of what was approved (design.md §3). ``version`` is that of the measure as the reviewer saw it.
    ``tells`` False: the caller reviews many and tells the units of all at once.
    """
    measure, row = locked_pair(report, version)
    check(workflow.APPROVE, measure, field="progress", actor=actor)
    refuse_broken_report(measure, figures_of(row))
    _close_review(actor, row, Progress.Review.APPROVED, opinion, on or measure.issue.inspection.today())
    row.content_hash = content_hash(row)
    row.save()
    measure.progress = row.claim
    take_stage(measure, row)
    measure.version += 1
    measure.save()
    payload = {
        "report": row.pk,
        "claim": row.get_claim_display(),
        "content_hash": row.content_hash,
        "reviewed_on": row.reviewed_on,
        **stage_in_book(row),
    }
    if tells:
        reports_reviewed([(measure, row)], actor=actor, on=on)
    book = measure.issue.inspection.book
    record(book, actor=actor, act=Act.APPROVE, subject=measure, reason=opinion, payload=payload, correlation=correlation)
    return row


@transaction.atomic
def send_back(
    *,
    actor: User,
    report: Progress,
    requirement: str,
    on: dt.date | None = None,
    version: int | None = None,
    correlation: uuid.UUID | None = None,
    tells: bool = True,
) -> Progress:
    """The office sends the report back with a written requirement; the measure stands where the last approved report left it.

    Where none has claimed completion, the clock runs on as if it had never stopped.
    """
    measure, row = locked_pair(report, version)
    check(workflow.SEND_BACK, measure, field="progress", actor=actor, reason=requirement)
    _close_review(actor, row, Progress.Review.RETURNED, requirement, on or measure.issue.inspection.today())
    row.save()
    measure.progress, measure.stopped_on = last_verified(measure)
    measure.version += 1
    measure.save()
    if tells:
        reports_reviewed([(measure, row)], actor=actor, on=on)
    book, payload = measure.issue.inspection.book, {"report": row.pk, "reviewed_on": row.reviewed_on}
    record(book, actor=actor, act=Act.SEND_BACK, subject=measure, reason=requirement, payload=payload, correlation=correlation)
    return row


def content_hash(report: Progress) -> str:
    """SHA-256 of what a reviewer sees of a report: its words, its figures, its files.

    The commitment and the next stage came later: they are hashed where they are said, so that earlier approvals keep their hash.
    """
    readings = [
        {"indicator": reading.indicator_id, "value": reading.value, "as_of": reading.as_of} for reading in report.readings.order_by("pk")
    ]
    files = list(EvidenceVersion.objects.filter(evidence__progress=report).order_by("pk").values_list("sha256", flat=True))
    words = {key: getattr(report, key) for key in ("claim", "text", "as_of", "difficulties", "next_step", "signed_by", "reported_on")}
    words |= {"is_vouched_for": True} if report.is_vouched_for else {}
    words |= stage_in_book(report)
    return chain.sha256_of(chain.plain({**words, "readings": readings, "evidence": files}))


def _stop_day(measure: Measure, report: Progress) -> dt.date | None:
    verified, stopped_on = last_verified(measure)
    if report.claim == verified and stopped_on is not None:
        return stopped_on
    return report.reported_on if report.claims_completion else None


def last_verified(measure: Measure) -> tuple[str, dt.date | None]:
    """The state that the latest approved report claimed, and the day of the first report of that unbroken claim of completion."""
    run = claims_of_completion(measure)
    return (run[0].claim, run[-1].reported_on) if run else (Measure.State.ONGOING.value, None)


def claims_of_completion(measure: Measure) -> list[Progress]:
    """The approved reports that make the unbroken claim of completion which stands now, the latest first; none where none stands.

    A stage that was complete and came back for its next one (staging.py) is a claim of completion no longer, nor is one that was
    found untrue on site (unfounded.py).
    """
    run: list[Progress] = []
    for report in measure.reports.filter(review=Progress.Review.APPROVED):
        review_on = report.next_review_on
        is_over = not run and review_on is not None and review_on != measure.next_review_on
        came_back = bool(run) and review_on is not None and review_on <= run[-1].reported_on
        is_other = bool(run) and report.claim != run[0].claim
        if is_over or came_back or is_other or report.unfounded_on is not None or not report.claims_completion:
            break
        run.append(report)
    return run


def _may_report(actor: User, measure: Measure, on: dt.date | None) -> None:
    if actor.role == Role.LIAISON and not reports_on(actor, measure):
        raise ActForbidden(f"措施 {measure.number} 由{measure.lead_unit.name}牵头，请由牵头单位填报")
    if on is not None and actor.role != Role.OFFICE:
        raise ActForbidden("只有整改办可以补录以前日期的填报")
    if on is not None and on > measure.issue.inspection.today():
        raise ActRefused("填报日期不能晚于今天，请核对", field="reported_on")
    if on is not None and on < measure.issue.inspection.feedback_on:
        raise ActRefused(f"填报日期不能早于反馈日期 {measure.issue.inspection.feedback_on}，请核对", field="reported_on")


def _check_words(measure: Measure, said: Said) -> Iterator[ActRefused]:
    if said.claim not in dict(Progress.CLAIMS):
        yield ActRefused("请选择本期状态", field="claim")
    if not said.text.strip():
        yield ActRefused("请写明本期进展", field="text")
    if not said.signed_by.strip():
        yield ActRefused("请填写签发领导", field="signed_by")
    if said.claim == Measure.State.DONE and not said.evidence and not measure.evidence.counting().exists():
        yield ActRefused("申请认定完成，至少要附一份佐证材料；随退回或经核查不实的填报上传的不算，请重新附上或沿用", field="file")
    if said.claim == Measure.State.STAGE_DONE and not said.difficulties.strip():
        yield ActRefused("阶段性完成要写明未完成的部分和原因", field="difficulties")


def _check_vouched(is_vouched_for: bool) -> None:
    """The leader who signs answers for the truth of the report (签字背书, domain.md §1.2)."""
    if not is_vouched_for:
        raise ActRefused("请由本单位主要负责人审阅，作出真实性承诺后再提交", field="is_vouched_for")


def _check_days(as_of: dt.date, readings: Sequence[ReadingDraft], evidence: Sequence[EvidenceDraft], inspection: Inspection) -> None:
    """Nothing is of tomorrow. A report tells what was done since the feedback; figures and papers may be older."""
    days = [
        (as_of, "as_of"),
        *((draft.as_of, "readings") for draft in readings),
        *((draft.effective_on, f"effective_on{draft.row}") for draft in evidence),
    ]
    for day, field in days:
        if day > inspection.today():
            raise ActRefused(f"日期 {day} 晚于今天，请填写已经发生的日期", field=field)
        if field == "as_of" and day < inspection.feedback_on:
            raise ActRefused(f"截至日期不能早于反馈日期 {inspection.feedback_on}，请核对", field=field)


def _check_readings(measure: Measure, readings: Sequence[ReadingDraft]) -> None:
    for draft in readings:
        if draft.indicator.issue_id != measure.issue_id:
            raise ActRefused(f"指标“{draft.indicator.name}”不属于本问题，请重新选择", field="readings")
        if draft.indicator.measure_id not in (None, measure.pk):
            raise ActRefused(f"指标“{draft.indicator.name}”由另一条措施填报，请去掉", field="readings")
        check_value(draft.indicator, draft.value, field="readings")
    refuse_broken_report(measure, [Figure(draft.indicator.pk, draft.as_of, draft.indicator.to_base(draft.value)) for draft in readings])


def _enter_readings(report: Progress, readings: Sequence[ReadingDraft]) -> None:
    """Figures of a report; they count once it is approved."""
    Reading.objects.bulk_create(
        Reading(
            indicator=draft.indicator, value=draft.indicator.to_base(draft.value), as_of=draft.as_of, progress=report, source=report.source
        )
        for draft in readings
    )


def _contents(report: Progress, readings: Sequence[ReadingDraft], files: Sequence[EvidenceVersion]) -> dict[str, Any]:
    return {
        "report": report.pk,
        "claim": report.get_claim_display(),
        "text": report.text,
        "as_of": report.as_of,
        "reported_on": report.reported_on,
        "signed_by": report.signed_by,
        "is_vouched_for": report.is_vouched_for,
        **stage_in_book(report),
        "resubmits": report.resubmits_id,
        "readings": [{"indicator": str(draft.indicator), "value": draft.value, "as_of": draft.as_of} for draft in readings],
        "evidence": [{"name": version.evidence.name, "sha256": version.sha256} for version in files],
    }


def locked_pair(report: Progress, version: int | None = None) -> tuple[Measure, Progress]:
    """Lock the measure first, then its report: every act takes the two in this order, so that none waits for the other."""
    measure = locked(report.measure, version)
    return measure, Progress.objects.select_for_update(of=("self",)).get(pk=report.pk)


def _close_review(actor: User, row: Progress, review: str, words: str, on: dt.date) -> None:
    if row.review != Progress.Review.PENDING:
        raise ActConflict("这份填报已经有人审核，请刷新页面")
    if row.reported_by_id == actor.pk:
        raise ActForbidden("填报人不能审核自己的填报，请换一位同事审核")
    if row.claimed_by_id not in (None, actor.pk):
        raise ActConflict(f"这份填报已由{row.claimed_by}受理，请由其审核；确需由您审核的，请先接手")
    row.review, row.requirement, row.reviewed_by, row.reviewed_on = review, words, actor, on
