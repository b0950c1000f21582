"""Who is told of an act on a measure: rows of the outbox, put in the act's own transaction. Titles name numbers and units, no findings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Model
from django.urls import reverse

from apps.measures.models import Extension, Measure, Progress
from apps.units.models import Notification, User
from apps.units.recipients import leaders, liaisons_of, office_accounts, rings
from apps.units.services import notification_rows, put_in_outbox, put_notifications

Kind = Notification.Kind


def report_waits(measure: Measure, *, actor: User, on: dt.date | None) -> None:
    """The office has a report to review: once a day for each measure."""
    if rings(on, measure.issue.inspection.today()):
        title = f"措施 {measure.number} 的填报待审核（{measure.lead_unit.short_name}）"
        _put(office_accounts(but=actor), Kind.REVIEW, measure, measure, title)


def reports_reviewed(reviewed: Sequence[tuple[Measure, Progress]], *, actor: User, on: dt.date | None = None) -> None:
    """The liaisons of the lead units: approved, or to be mended. Two queries, however many reports were reviewed."""
    news = [(measure, report) for measure, report in reviewed if rings(on, measure.issue.inspection.today())]
    if not news:
        return
    theirs: defaultdict[int | None, list[User]] = defaultdict(list)
    for person in liaisons_of(*{measure.lead_unit_id for measure, _report in news}, but=actor):
        theirs[person.unit_id].append(person)
    rows = []
    for measure, report in news:
        returned = report.review == Progress.Review.RETURNED
        kind, words = (Kind.RETURNED, "已退回，请按要求补正后重报") if returned else (Kind.APPROVED, "已审核通过")
        title = f"措施 {measure.number} 的填报{words}"
        rows += notification_rows(theirs[measure.lead_unit_id], kind=kind, subject=report, title=title, **_about(measure))
    put_in_outbox(rows=rows)


def extension_requested(measure: Measure, request: Extension, *, actor: User) -> None:
    title = f"措施 {measure.number} 申请延期至 {request.new_due_on}，待审批（{measure.lead_unit.short_name}）"
    _put(office_accounts(but=actor), Kind.EXTENSION, measure, request, title)


def extension_endorsed(measure: Measure, request: Extension, *, actor: User) -> None:
    title = f"措施 {measure.number} 再次申请延期至 {request.new_due_on}，整改办已初审，待领导审批"
    _put(leaders(but=actor), Kind.EXTENSION, measure, request, title)


def extension_decided(measure: Measure, request: Extension, *, actor: User, agree: bool) -> None:
    words = f"已同意，新的时限 {request.new_due_on}" if agree else f"未获同意，时限仍为 {request.old_due_on}"
    _put(liaisons_of(measure.lead_unit_id, but=actor), Kind.EXTENSION, measure, request, f"措施 {measure.number} 的延期申请{words}")


def _put(recipients: Iterable[User], kind: Notification.Kind, measure: Measure, subject: Model, title: str) -> None:
    put_notifications(recipients=recipients, kind=kind, subject=subject, title=title, **_about(measure))


def _about(measure: Measure) -> dict[str, Any]:
    path = reverse("measures:sheet", args=(measure.pk,))
    return {"day": measure.issue.inspection.today(), "number": f"措施 {measure.number}", "path": path}
