"""Handing over 新官不理旧账: one act moves the open items of a person or of a leading official, and starts the clock of the re-feedback."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from apps.issues.models import Inspection, Issue
from apps.issues.services import change_lead_official, locked_inspection, require_office
from apps.ledgers.services import record
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.measures.models import Act, Handover, Measure
from apps.measures.querysets import FINISHED
from apps.measures.services.bulk import BulkChange
from apps.measures.services.many import assigned, locked_many, with_units, write_assignments
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, Unit, User

REFEEDBACK_WORKING_DAYS = 20
OPEN_MEASURES = (~Q(progress__in=FINISHED) | Q(progress="stage_done", pace="long_term")) & ~Q(issue__closure="closed")
"""Unfinished, or stage-complete and coming back (长期坚持); the measures of closed issues rest."""
MOVED = "移交清单在您打开预览之后有变动，请核对新的清单后再确认"


@dataclass(frozen=True)
class Giver:
    """Whose open items move: a person responsible within one unit, or the leading official of issues."""

    kind: str
    name: str
    unit: Unit | None = None
    count: int = 0

    @property
    def is_person(self) -> bool:
        return self.kind == Handover.Kind.PERSON


def givers(inspection: Inspection) -> list[Giver]:
    """Everybody in the round with open items, and how many: persons by unit, then leading officials."""
    persons = Measure.objects.filter(OPEN_MEASURES, issue__inspection=inspection).exclude(person="").order_by()
    of_persons = list(persons.values("lead_unit", "person").annotate(n=Count("pk")).order_by("lead_unit_id", "person"))
    units = Unit.objects.in_bulk({row["lead_unit"] for row in of_persons})
    officials = _issues_of(inspection).exclude(lead_official="").order_by()
    of_officials = officials.values("lead_official").annotate(n=Count("pk")).order_by("lead_official")
    return [
        *(Giver(Handover.Kind.PERSON, row["person"], units[row["lead_unit"]], row["n"]) for row in of_persons),
        *(Giver(Handover.Kind.OFFICIAL, row["lead_official"], None, row["n"]) for row in of_officials),
    ]


def open_items(inspection: Inspection, giver: Giver) -> list[Measure] | list[Issue]:
    """What would move, in the order of the numbers."""
    if giver.is_person:
        return with_units(_measures_of(inspection, giver))
    return list(_issues_of(inspection).filter(lead_official=giver.name).select_related("lead_unit", "category").order_by("number"))


@transaction.atomic
def hand_over(
    *,
    actor: User,
    inspection: Inspection,
    giver: Giver,
    to_name: str,
    reason: str,
    handed_on: dt.date | None = None,
    refeedback_by: dt.date | None = None,
    seen: Mapping[int, int] | None = None,
    source: str = Source.ENTERED,
) -> Handover:
    """Move every open item to the successor: an entry for each, and one for the handover, under one correlation id.

    ``seen`` is what the preview showed (key → version): if the list is another one by now, nothing moves (409).
    """
    require_office(actor, Act.HAND_OVER)
    to_name, row = to_name.strip(), locked_inspection(inspection)
    handed_on = handed_on or row.today()
    _refuse_odd(row, giver, to_name, reason, handed_on)
    refeedback_by = refeedback_by or refeedback_due(handed_on)
    if refeedback_by < handed_on:
        raise ActRefused("再反馈期限不能早于移交日期，请核对", field="refeedback_by")
    items = _locked_items(row, giver)
    if seen is not None and dict(seen) != {item.pk: item.version for item in items}:
        raise ActConflict(MOVED)
    if not items:
        raise ActRefused(f"{giver.name}没有未办结的事项，不需要移交", field="giver")
    correlation = uuid.uuid4()
    snapshot = [snapshot_of(item) for item in items]
    _move(items, giver, actor=actor, to_name=to_name, reason=reason, correlation=correlation, source=source)
    handover = Handover.objects.create(
        inspection=row,
        number=(row.handovers.aggregate(last=Max("number"))["last"] or 0) + 1,
        kind=giver.kind,
        unit=giver.unit,
        from_name=giver.name,
        to_name=to_name,
        reason=reason,
        handed_on=handed_on,
        items=snapshot,
        made_by=actor,
        refeedback_by=refeedback_by,
        source=source,
    )
    _enter(handover, actor, correlation)
    return handover


@transaction.atomic
def record_refeedback(*, actor: User, handover: Handover, on: dt.date, note: str) -> Handover:
    """The successor has been told the findings anew: the clock stops; once only."""
    require_office(actor, Act.REFEED)
    rows = Handover.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book")
    row: Handover = rows.get(pk=handover.pk)
    if row.refed_on is not None:
        raise ActConflict(f"这次移交已在 {row.refed_on} 登记再反馈，请刷新页面")
    if not note.strip():
        raise ActRefused("请写明向谁反馈、反馈了哪些问题", field="note")
    if on < row.handed_on:
        raise ActRefused(f"再反馈日期不能早于移交日期 {row.handed_on}，请核对", field="on")
    if on > row.inspection.today():
        raise ActRefused("再反馈日期不能晚于今天，请在完成之后登记", field="on")
    row.refed_on, row.refed_by, row.refed_note = on, actor, note
    row.save(update_fields=("refed_on", "refed_by", "refed_note"))
    payload = {"refed_on": on, "refeedback_by": row.refeedback_by, "days_late": row.days_late(on)}
    record(row.inspection.book, actor=actor, act=Act.REFEED, subject=row, reason=note, payload=payload)
    return row


def refeedback_due(handed_on: dt.date) -> dt.date:
    """Twenty working days after the handover by the statutory calendar, which may not reach so far."""
    try:
        return WorkCalendar().after(handed_on, REFEEDBACK_WORKING_DAYS)
    except CalendarNotLoaded as unknown:
        words = f"{unknown.year} 年的节假日安排尚未载入，算不出移交后第 {REFEEDBACK_WORKING_DAYS} 个工作日，请自行填写再反馈期限"
        raise ActRefused(words, field="refeedback_by") from unknown


def snapshot_of(item: Measure | Issue) -> dict[str, Any]:
    """One line of the 交接清单, as it is on the day."""
    if isinstance(item, Measure):
        state, due_on = item.get_progress_display(), item.due_on.isoformat() if item.due_on else ""
        return {"number": item.number, "title": item.issue.title, "text": item.text, "state": str(state), "due_on": due_on}
    state = item.get_closure_display()
    return {"number": str(item.number), "title": item.title, "text": item.finding, "state": str(state), "due_on": ""}


def _refuse_odd(inspection: Inspection, giver: Giver, to_name: str, reason: str, handed_on: dt.date) -> None:
    if not reason.strip():
        raise ActRefused("办理移交要写明原因", field="reason")
    if not to_name:
        raise ActRefused("请填写接收人", field="to_name")
    if to_name == giver.name:
        raise ActRefused("接收人与移交人相同，请填写新的责任人", field="to_name")
    if giver.is_person and giver.unit is None:
        raise ActRefused("移交责任人的事项，要指明单位", field="giver")
    if handed_on < inspection.feedback_on:
        raise ActRefused(f"移交日期不能早于反馈日期 {inspection.feedback_on}，请核对", field="handed_on")
    if handed_on > inspection.today():
        raise ActRefused("移交日期不能晚于今天，请在交接之日办理", field="handed_on")


def _measures_of(inspection: Inspection, giver: Giver) -> QuerySet[Measure]:
    return Measure.objects.filter(OPEN_MEASURES, issue__inspection=inspection, lead_unit=giver.unit, person=giver.name)


def _issues_of(inspection: Inspection) -> QuerySet[Issue]:
    return Issue.objects.filter(inspection=inspection).exclude(closure=Issue.ClosureState.CLOSED)


def _locked_items(inspection: Inspection, giver: Giver) -> list[Any]:
    """The open items, locked; what was finished or closed while this waited for the lock is open no more."""
    if giver.is_person:
        rows = locked_many(_measures_of(inspection, giver).order_by().values_list("pk", flat=True))
        still = set(_measures_of(inspection, giver).order_by().values_list("pk", flat=True))
        return [row for row in rows if row.pk in still]
    issues = _issues_of(inspection).filter(lead_official=giver.name).select_for_update(of=("self",), no_key=True)
    return sorted(issues.order_by("pk"), key=lambda row: row.number)


def _move(items: list[Any], giver: Giver, *, actor: User, to_name: str, reason: str, correlation: uuid.UUID, source: str) -> None:
    if not giver.is_person:
        keys = [item.pk for item in items]
        change_lead_official(actor=actor, issues=keys, to_name=to_name, reason=reason, correlation=correlation, source=source)
        return
    change, calendar = BulkChange(person=to_name), WorkCalendar()
    lines = [assigned(item, change.draft_for, actor=actor, reason=reason, calendar=calendar, source=source) for item in items]
    refused = [f"{line.number}：{line.skipped}" for line in lines if line.skipped]
    if refused:
        raise ActRefused(f"有事项不能移交，请先处理：{'；'.join(refused[:6])}")
    write_assignments(lines, actor=actor, reason=reason, correlation=correlation)


def _enter(handover: Handover, actor: User, correlation: uuid.UUID) -> None:
    payload = {
        "kind": handover.get_kind_display(),
        "unit": handover.unit.name if handover.unit else "",
        "from_name": handover.from_name,
        "to_name": handover.to_name,
        "handed_on": handover.handed_on,
        "refeedback_by": handover.refeedback_by,
        "numbers": [item["number"] for item in handover.items],
    }
    book = handover.inspection.book
    record(book, actor=actor, act=Act.HAND_OVER, subject=handover, reason=handover.reason, payload=payload, correlation=correlation)
