"""Checking a measure on site: the third track of completion."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from apps.ledgers.services import record
from apps.measures.models import Measure
from apps.measures.services.planning import locked
from apps.supervision.models import Act, SiteCheck
from apps.supervision.policies import checks_on_site, supervising_group
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Source, User


@transaction.atomic
def check_site(*, actor: User, measure: Measure, finding: str, note: str, checked_on: dt.date, source: str = Source.ENTERED) -> SiteCheck:
    """Enter what a supervisor saw on site about a measure that their group covers; leaders may check any measure."""
    row = locked(measure)
    if not checks_on_site(actor, row):
        raise ActForbidden("现场核查由负责该单位的督查组或领导办理")
    if finding not in SiteCheck.Finding.values:
        raise ActRefused("请选择核查结论", field="finding")
    if not note.strip():
        raise ActRefused("请写明核查情况：看了什么、问了谁、与填报是否一致", field="note")
    inspection = row.issue.inspection
    if checked_on > inspection.today():
        raise ActRefused("核查日期不能晚于今天，请核对", field="checked_on")
    if checked_on < inspection.feedback_on:
        raise ActRefused(f"核查日期不能早于反馈日期 {inspection.feedback_on}，请核对", field="checked_on")
    made = SiteCheck.objects.create(
        measure=row,
        group=supervising_group(actor, inspection, row.lead_unit),
        checked_on=checked_on,
        finding=finding,
        note=note,
        checked_by=actor,
        source=source,
    )
    payload = {"finding": made.get_finding_display(), "checked_on": checked_on, "group": made.group.name if made.group else None}
    record(inspection.book, actor=actor, act=Act.CHECK_SITE, subject=row, reason=note, payload=payload)
    return made
