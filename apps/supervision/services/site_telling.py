"""Who is to know what visits and meetings came to: the liaisons of the lead unit, and the office."""

from __future__ import annotations

from django.urls import reverse

from apps.measures.models import Measure
from apps.supervision.models import DispatchItem, SiteCheck
from apps.units.models import Notification
from apps.units.recipients import liaisons_of, office_accounts
from apps.units.services import put_notifications

LONGEST = 60


def tell_of_check(check: SiteCheck) -> None:
    """A finding that is not 属实."""
    measure = check.measure
    put_notifications(
        recipients=[*liaisons_of(measure.lead_unit_id), *office_accounts()],
        kind=Notification.Kind.SITE_CHECK,
        subject=check,
        day=measure.issue.inspection.today(),
        title=f"措施 {measure.number} 现场核查{check.get_finding_display()}：{shortened(check.note)}",
        number=measure.number,
        path=_sheet(measure),
    )


def tell_of_decision(item: DispatchItem) -> None:
    """What a meeting decided about a measure of the unit."""
    measure = item.measure
    put_notifications(
        recipients=liaisons_of(measure.lead_unit_id),
        kind=Notification.Kind.DISPATCH,
        subject=item,
        day=measure.issue.inspection.today(),
        title=f"调度会议定措施 {measure.number}：{shortened(item.decision)}{asked(item)}",
        number=measure.number,
        path=_sheet(measure),
    )


def asked(item: DispatchItem) -> str:
    return f"（{item.asked_by} 前完成）" if item.asked_by else ""


def shortened(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _sheet(measure: Measure) -> str:
    return reverse("measures:sheet", args=(measure.pk,))
