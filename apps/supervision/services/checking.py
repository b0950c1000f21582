"""Checking a measure on site: the third track of completion. What is found untrue goes back to be done again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.ledgers.services import record
from apps.measures.models import Act as MeasureAct
from apps.measures.models import Measure
from apps.measures.services import may_return_unfounded, return_unfounded
from apps.measures.services.planning import locked
from apps.supervision.models import Act, Group, SiteCheck, Visit
from apps.supervision.policies import checks_on_site, supervising_group
from apps.supervision.services.photos import PhotoDraft, keep_photos
from apps.supervision.services.site_telling import tell_of_check
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User


@transaction.atomic
def check_site(
    *,
    actor: User,
    measure: Measure,
    finding: str,
    note: str,
    checked_on: dt.date,
    visit: Visit | None = None,
    photos: Sequence[PhotoDraft] = (),
    source: str = Source.ENTERED,
) -> SiteCheck:
    """Enter what a supervisor saw on site about a measure that their group covers; leaders may check any measure.

    Of a planned visit each measure is entered once. A claim of completion that is found untrue (不实) is sent back in the same
    transaction, unless the issue is closed: then it is the look-back that re-opens it, and the check is on record all the same.
    """
    row = locked(measure)
    if not checks_on_site(actor, row):
        raise ActForbidden("现场核查由负责该单位的督查组或领导办理")
    inspection = row.issue.inspection
    _check_words(inspection, finding, note, checked_on)
    planned = _planned(visit, row) if visit else None
    made = SiteCheck.objects.create(
        measure=row,
        visit=planned,
        group=_group(actor, row, planned),
        checked_on=checked_on,
        finding=finding,
        note=note,
        checked_by=actor,
        source=source,
    )
    kept = keep_photos(actor=actor, check=made, drafts=photos)
    payload = {"finding": made.get_finding_display(), "checked_on": checked_on, "group": made.group.name if made.group else None}
    if planned is not None:
        payload["visit"] = planned.title
    if kept:
        payload["photos"] = [{"file": photo.filename, "caption": photo.caption, "sha256": photo.sha256} for photo in kept]
    correlation = uuid.uuid4()
    record(inspection.book, actor=actor, act=Act.CHECK_SITE, subject=row, reason=note, payload=payload, correlation=correlation)
    if finding == SiteCheck.Finding.FALSE and may_return_unfounded(row, checked_on):
        return_unfounded(actor=actor, measure=row, found=note, checked_on=checked_on, correlation=correlation)
    if finding != SiteCheck.Finding.TRUE:
        tell_of_check(made)
    return made


def words_about(check: SiteCheck) -> str:
    """What came of a check, for whoever entered it."""
    row = check.measure
    if check.finding != SiteCheck.Finding.FALSE:
        return f"措施 {row.number} 的核查结论已登记：{check.get_finding_display()}。"
    if row.issue.closure == row.issue.ClosureState.CLOSED:
        return f"措施 {row.number} 核查不实，已登记。问题 {row.issue.number} 已销号，措施没有退回；请通过“回头看”办理反弹重开。"
    if row.progress in (row.State.NOT_STARTED, row.State.ONGOING):
        last = Entry.objects.about([("measure", [row.pk])]).order_by("-pk").values_list("act", flat=True).first()
        entered = "已登记并退回" if last == MeasureAct.RETURN_UNFOUNDED else "已登记"
        return f"措施 {row.number} 核查不实，{entered}；措施为“{row.get_progress_display()}”，由牵头单位继续整改后重新填报。"
    return f"措施 {row.number} 核查不实，已登记。核查日期早于单位申报完成的日期，措施没有退回；请在申报之后再核查一次。"


def _check_words(inspection: Inspection, finding: str, note: str, checked_on: dt.date) -> None:
    if finding not in SiteCheck.Finding.values:
        raise ActRefused("请选择核查结论", field="finding")
    if not note.strip():
        raise ActRefused("请写明核查情况：看了什么、问了谁、与填报是否一致", field="note")
    if checked_on > inspection.today():
        raise ActRefused("核查日期不能晚于今天，请核对", field="checked_on")
    if checked_on < inspection.feedback_on:
        raise ActRefused(f"核查日期不能早于反馈日期 {inspection.feedback_on}，请核对", field="checked_on")


def _planned(visit: Visit, measure: Measure) -> Visit:
    """The visit, locked: its measures are entered one after the other, and none after it was closed."""
    row: Visit = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("group").get(pk=visit.pk)
    if row.state != Visit.State.PLANNED:
        raise ActConflict(f"这次实地督查{row.get_state_display()}，不能再登记；需要补充的，请从措施页面另作现场核查")
    if not row.measures.filter(pk=measure.pk).exists():
        raise ActRefused(f"措施 {measure.number} 不在这次实地督查的清单里，请先调整清单")
    entered = row.checks.filter(measure=measure).select_related("checked_by").first()
    if entered is not None:
        said = f"{entered.checked_by}已登记为“{entered.get_finding_display()}”：{entered.note}"
        raise ActConflict(f"措施 {measure.number} {said}。您填写的内容没有提交，需要更正的，请从措施页面另作一次现场核查")
    return row


def _group(actor: User, measure: Measure, visit: Visit | None) -> Group | None:
    return (visit.group if visit else None) or supervising_group(actor, measure.issue.inspection, measure.lead_unit)
