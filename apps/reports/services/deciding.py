"""What a named person decides about a figure that the check leaves open: it holds for that sentence and goes with the edition."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.ledgers.services import record
from apps.measures.models import Indicator
from apps.reports import workflow
from apps.reports.models import Act, Audience, FigureDecision, Notice
from apps.reports.proving.findings import Finding
from apps.reports.proving.proof import prove
from apps.reports.services.rows import locked
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import User
from apps.units.workflow import check

GONE = "草稿中已经没有这个数字，或所在的句子改过了，请刷新页面后再看"
Verdict = FigureDecision.Verdict


@transaction.atomic
def decide_figure(
    *,
    actor: User,
    notice: Notice,
    place: str,
    sentence_hash: str,
    written: str,
    occurrence: int = 0,
    verdict: str,
    reason: str = "",
    indicator: Indicator | None = None,
    audience: str = "society",
) -> FigureDecision:
    """Accept a figure as it is written, link it to an indicator, or say that it is none. One decision at a time stands for a figure."""
    row = locked(notice)
    check(workflow.DECIDE_FIGURE, row, field="state", actor=actor)
    if audience == Audience.INTERNAL:
        raise ActRefused("内部文字不发布，里面的数字不需要作决定；写错的请改用台账数，或修改文字")
    _check_decision(row, verdict, reason, indicator)
    finding = finding_now(row, audience, place, sentence_hash, written, occurrence)
    if finding.decided is not None:
        raise ActConflict(f"{finding.decided.by}已经对这个数字作过决定，要改变请先撤销")
    if finding.status == "excluded":
        raise ActRefused("这个数字本来就不需要核对")
    decision = FigureDecision.objects.create(
        notice=row,
        audience=audience,
        place=place,
        sentence=finding.sentence,
        sentence_hash=sentence_hash,
        written=written,
        occurrence=occurrence,
        verdict=verdict,
        indicator=indicator if verdict == Verdict.LINKED else None,
        reason=reason.strip(),
        by=actor,
    )
    record(row.inspection.book, actor=actor, act=Act.DECIDE_FIGURE, subject=decision, reason=decision.reason, payload=_payload(decision))
    return decision


@transaction.atomic
def withdraw_decision(*, actor: User, decision: FigureDecision, reason: str, at: dt.datetime | None = None) -> FigureDecision:
    """End a decision; the figure is open again. The row stays."""
    notice = locked(decision.notice)
    check(workflow.WITHDRAW_FIGURE, notice, field="state", actor=actor, reason=reason)
    row = FigureDecision.objects.select_for_update(of=("self",), no_key=True).select_related("notice", "indicator").get(pk=decision.pk)
    if row.withdrawn_at is not None:
        raise ActConflict("这个决定已经撤销，请刷新页面")
    row.withdrawn_at = at or timezone.now()
    row.save(update_fields=["withdrawn_at"])
    record(notice.inspection.book, actor=actor, act=Act.WITHDRAW_FIGURE, subject=row, reason=reason.strip(), payload=_payload(row))
    return row


def _check_decision(row: Notice, verdict: str, reason: str, indicator: Indicator | None) -> None:
    if verdict not in Verdict.values:
        raise ActRefused("请选择怎样处理这个数字", field="verdict")
    if verdict == Verdict.LINKED:
        if indicator is None or indicator.issue.inspection_id != row.inspection_id:
            raise ActRefused("请选择这一轮的一项成效指标", field="indicator")
    elif not reason.strip():
        raise ActRefused("请写明理由，理由随版次保存", field="reason")


def finding_now(row: Notice, audience: str, place: str, sentence_hash: str, written: str, occurrence: int) -> Finding:
    """The figure as the check finds it now; refused (409) when the draft no longer has it in that sentence."""
    for finding in prove(row, audience).findings:
        same = finding.place == place and finding.written == written and finding.occurrence == occurrence
        if same and finding.sentence_hash == sentence_hash:
            return finding
    raise ActConflict(GONE)


def _payload(decision: FigureDecision) -> dict[str, Any]:
    return {
        "figure": decision.written,
        "figure_place": decision.place,
        "sentence": decision.sentence,
        "figure_verdict": decision.get_verdict_display(),
        "indicator": str(decision.indicator) if decision.indicator else "",
        "told_to": Audience(decision.audience).label,
    }
