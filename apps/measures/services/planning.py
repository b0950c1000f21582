"""Making the plan: measures, their units, persons and dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.issues.models import DecidedItem, Inspection, Issue
from apps.issues.services import locked as locked_issue
from apps.issues.services import require_office
from apps.ledgers.services import Deed, changes, house_book, record, record_many
from apps.measures import workflow
from apps.measures.deadlines import WorkCalendar, due_date
from apps.measures.models import Act, CalendarOverride, Measure
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Source, Unit, User
from apps.units.services import refuse_stale
from apps.units.workflow import check

BATCH = 200
AMENDABLE = ("text", "nature", "pace", "person")
COUNTED = (Measure.DeadlineRule.MONTHS, Measure.DeadlineRule.WORKING_DAYS)
COUNTED_BY = ("deadline_rule", "deadline_from", "deadline_count")
DEADLINE = (*COUNTED_BY, "deadline_basis")


@dataclass(frozen=True)
class MeasureDraft:
    """A measure to be added; ``deadline_rule`` and its fields as in :class:`Measure`, ``due_on`` for a fixed date."""

    text: str
    nature: str
    pace: str
    lead_unit: Unit
    supporting_units: tuple[Unit, ...] = ()
    person: str = ""
    deadline_rule: str = Measure.DeadlineRule.FIXED
    deadline_from: dt.date | None = None
    deadline_count: int | None = None
    deadline_basis: str = ""
    due_on: dt.date | None = None
    assigned_on: dt.date | None = None
    decided_item: DecidedItem | None = None
    source: str = Source.ENTERED
    quote: str = ""
    demonstrated: list[str] = field(default_factory=list)


@transaction.atomic
def add_measures(
    *, actor: User | None, issue: Issue, drafts: Sequence[MeasureDraft], listed_on: dt.date | None = None, version: int | None = None
) -> list[Measure]:
    """Add measures to an issue that is neither closed nor applied for; ordinals go on, every due date lies after the feedback.

    ``listed_on`` is the day of a list that was made earlier and is entered now (补录); the state on a day counts from it.
    """
    require_office(actor, Act.ADD_MEASURE)
    row = locked_issue(issue, version)
    _refuse_settled(row)
    row.version += 1
    row.save(update_fields=("version",))
    last = row.measures.aggregate(last=Max("ordinal"))["last"] or 0
    made = [(_measure_of(draft, row, last + step), draft) for step, draft in enumerate(drafts, start=1)]
    return _kept(actor, made, {"listed_on": listed_on} if listed_on else {})


@transaction.atomic
def add_measures_to_many(*, actor: User | None, plans: Sequence[tuple[Issue, Sequence[MeasureDraft]]]) -> list[Measure]:
    """Add measures to many issues of one round under the rules for one, in a number of queries that does not grow with them."""
    require_office(actor, Act.ADD_MEASURE)
    issues = _locked_issues([issue.pk for issue, _drafts in plans])
    last = dict(Measure.objects.filter(issue__in=issues).order_by().values_list("issue").annotate(last=Max("ordinal")))
    made: list[tuple[Measure, MeasureDraft]] = []
    for issue, drafts in plans:
        row = issues[issue.pk]
        _refuse_settled(row)
        row.version += 1
        made += [(_measure_of(draft, row, last.get(row.pk, 0) + step), draft) for step, draft in enumerate(drafts, start=1)]
    Issue.objects.bulk_update(issues.values(), ("version",), batch_size=BATCH)
    return _kept(actor, made, {})


def _kept(actor: User | None, made: Sequence[tuple[Measure, MeasureDraft]], stated: Mapping[str, Any]) -> list[Measure]:
    """New measures of one round, stored with their supporting units and told in its book; ``stated`` is said of each of them."""
    measures = Measure.objects.bulk_create([measure for measure, _draft in made], batch_size=BATCH)
    set_supporting([(measure, draft.supporting_units) for measure, draft in made])
    deeds = [
        Deed(Act.ADD_MEASURE, measure, payload={**_facts(measure, draft.supporting_units), **_origin(draft.decided_item), **stated})
        for measure, draft in made
    ]
    if deeds:
        record_many(measures[0].issue.inspection.book, actor=actor, deeds=deeds)
    return measures


def _locked_issues(keys: Iterable[int]) -> dict[int, Issue]:
    """The issues by key, locked in one order, with one object of their round for all."""
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys)).select_related("inspection__book")
    found = {row.pk: row for row in rows.order_by("pk")}
    first = next(iter(found.values()), None)
    for row in found.values():
        row.inspection = first.inspection if first else row.inspection
    return found


def _refuse_settled(row: Issue) -> None:
    if row.closure == Issue.ClosureState.CLOSED:
        raise ActConflict(f"问题 {row.number} 已销号，不能再增加措施")
    if row.closure == Issue.ClosureState.APPLIED:
        raise ActConflict(f"问题 {row.number} 正在审定销号，不能增加措施；确需增加的，请先退回销号申请")


@transaction.atomic
def amend_measure(*, actor: User, measure: Measure, values: Mapping[str, Any], reason: str, version: int | None = None) -> Measure:
    """Change the wording or type of a measure, with a reason; before → after goes in the book. ``values`` ⊆ AMENDABLE."""
    row = locked(measure, version)
    check(workflow.AMEND, row, field="progress", actor=actor, reason=reason)
    unknown = set(values) - set(AMENDABLE)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    if values.get("pace", Measure.Pace.LONG_TERM) != Measure.Pace.LONG_TERM and row.due_on is None:
        raise ActRefused("改为限期整改之前，请先在“分工和时限”中确定整改时限", field="pace")
    payload = changes({key: getattr(row, key) for key in values}, dict(values))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    for key, value in values.items():
        setattr(row, key, value)
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(row.issue.inspection.book, actor=actor, act=Act.AMEND_MEASURE, subject=row, reason=reason, payload=payload)
    return row


@transaction.atomic
def assign_measure(*, actor: User, measure: Measure, draft: MeasureDraft, reason: str = "", version: int | None = None) -> Measure:
    """Set units, person and due date. What was set before may only change with a reason; the original date stays."""
    row = locked(measure, version)
    payload = take_assignment(row, tuple(row.supporting_units.all()), draft, actor=actor, reason=reason)
    row.save()
    set_supporting([(row, draft.supporting_units)])
    record(row.issue.inspection.book, actor=actor, act=Act.ASSIGN_MEASURE, subject=row, reason=reason, payload=payload)
    return row


@transaction.atomic
def override_calendar(*, actor: User | None, day: dt.date, is_workday: bool, note: str) -> CalendarOverride:
    """Set a day apart from the statutory calendar, with its basis; setting it again replaces it."""
    if actor is not None and actor.role not in (Role.OFFICE, Role.ADMIN):
        raise ActForbidden("只有整改办或系统管理员可以调整工作日")
    override, _made = CalendarOverride.objects.update_or_create(day=day, defaults={"is_workday": is_workday, "note": note})
    record(
        house_book(), actor=actor, act=Act.OVERRIDE_CALENDAR, subject=override, reason=note, payload={"day": day, "is_workday": is_workday}
    )
    return override


def locked(measure: Measure, version: int | None = None) -> Measure:
    """The measure's row, locked and read anew; refused (409) when the caller's page showed another version.

    Its issue is locked with it: an act on a measure and the closing of its issue come one after the other.
    """
    rows = Measure.objects.select_for_update(of=("self", "issue"), no_key=True).select_related("issue__inspection__book", "lead_unit")
    row: Measure = rows.get(pk=measure.pk)
    refuse_stale(row.version, version, "这条措施")
    return row


def take_assignment(
    row: Measure,
    supporting: tuple[Unit, ...],
    draft: MeasureDraft,
    *,
    actor: User | None,
    reason: str,
    calendar: WorkCalendar | None = None,
    source: str = Source.ENTERED,
) -> dict[str, Any]:
    """Set what the draft says on the row in memory and give back what changes, for the book; ``supporting`` are its units so far.

    All rules of an assignment are here, for one measure and for many at once; the caller has locked the row and saves it. What
    demonstration data set (``source``) stays marked as such.
    """
    check(workflow.ASSIGN, row, field="progress", actor=actor, reason=reason)
    if draft.deadline_rule in COUNTED and all(getattr(draft, key) == getattr(row, key) for key in COUNTED_BY):
        # A rule that stays stays with its date: an agreed extension is not undone by naming another person.
        _refuse_two_parts(draft)
        due_on = row.due_on
    else:
        due_on = _due_of(draft, row.issue.inspection, row.pace, calendar)
    before = _facts(row, supporting)
    for key in DEADLINE:
        setattr(row, key, getattr(draft, key))
    if draft.lead_unit != row.lead_unit:
        row.assigned_on = row.issue.inspection.today()
    row.lead_unit, row.person, row.due_on = draft.lead_unit, draft.person, due_on
    row.original_due_on = row.original_due_on or due_on
    payload = changes(before, _facts(row, draft.supporting_units))
    if not payload["changes"]:
        raise ActRefused("分工和时限没有变化，不需要保存")
    if _revises(payload["changes"]) and not reason.strip():
        raise ActRefused("调整已经明确的单位、责任人或时限，要写明理由", field="reason")
    if source != Source.DEMONSTRATION:
        row.take_over((*payload["changes"], *(DEADLINE if "due_on" in payload["changes"] else ())))
    row.version += 1
    return payload


def set_supporting(pairs: Iterable[tuple[Measure, Iterable[Unit]]]) -> None:
    """The supporting units of the measures, replaced."""
    through = Measure.supporting_units.through
    pairs = list(pairs)
    through.objects.filter(measure__in=[measure.pk for measure, _units in pairs]).delete()
    through.objects.bulk_create(through(measure=measure, unit=unit) for measure, units in pairs for unit in dict.fromkeys(units))


def _measure_of(draft: MeasureDraft, issue: Issue, ordinal: int) -> Measure:
    due_on = _due_of(draft, issue.inspection, draft.pace)
    _check_item(draft.decided_item, issue)
    return Measure(
        issue=issue,
        ordinal=ordinal,
        text=draft.text,
        nature=draft.nature,
        pace=draft.pace,
        lead_unit=draft.lead_unit,
        person=draft.person,
        due_on=due_on,
        original_due_on=due_on,
        assigned_on=draft.assigned_on or issue.inspection.today(),
        decided_item=draft.decided_item,
        source=draft.source,
        quote=draft.quote,
        demonstrated=draft.demonstrated,
        **{key: getattr(draft, key) for key in DEADLINE},
    )


def _check_item(item: DecidedItem | None, issue: Issue) -> None:
    """What a meeting decided becomes a measure of an issue that it was about."""
    if item is None:
        return
    if item.activity.inspection_id != issue.inspection_id:
        raise ActRefused("这项议定事项不属于本轮次，请重新选择")
    if item.activity.issue_id not in (None, issue.pk):
        raise ActRefused("这次会议是为另一个问题召开的，请为那个问题增加措施")


def _due_of(draft: MeasureDraft, inspection: Inspection, pace: str, calendar: WorkCalendar | None = None) -> dt.date | None:
    _refuse_two_parts(draft)
    due_on = due_date(
        rule=draft.deadline_rule, count=draft.deadline_count, start=draft.deadline_from, fixed=draft.due_on, calendar=calendar
    )
    if due_on is None and pace != Measure.Pace.LONG_TERM:
        raise ActRefused("只有长期坚持的措施可以不设时限，请填写整改时限", field="due_on")
    if due_on is not None and due_on < inspection.feedback_on:
        raise ActRefused(f"整改时限不能早于反馈日期 {inspection.feedback_on}，请核对", field="due_on")
    return due_on


def _refuse_two_parts(draft: MeasureDraft) -> None:
    if draft.lead_unit in draft.supporting_units:
        raise ActRefused("牵头单位不能同时是配合单位，请去掉一处", field="supporting_units")


def _facts(measure: Measure, supporting: Iterable[Unit]) -> dict[str, Any]:
    return {
        "text": measure.text,
        "lead_unit": measure.lead_unit.name,
        "supporting_units": sorted(unit.name for unit in supporting),
        "person": measure.person,
        "due_on": measure.due_on,
        "deadline_basis": measure.deadline_basis,
    }


def _origin(item: DecidedItem | None) -> dict[str, Any]:
    return {"decided_item": item.label_in_book} if item else {}


def _revises(changed: Mapping[str, Any]) -> bool:
    """Whether the changes go beyond filling in a person or a date that was not set; the units always are."""
    return any(before or key == "supporting_units" for key, (before, _after) in changed.items())
