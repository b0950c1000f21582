"""Every write of this room: one function per act of the office. Each locks the row, asks the table, applies, and enters the book.

Errors: ``ActRefused`` (400, the message says what to do), ``ActForbidden`` (403), ``ActConflict`` (409, somebody was faster).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from apps.issues import workflow
from apps.issues.models import Act, Activity, Category, Closure, Inspection, Issue, LookBack
from apps.issues.policies import leads, may_look_back
from apps.ledgers import chain
from apps.ledgers.models import Book
from apps.ledgers.services import HOUSE, ActName, changes, house_book, open_book, record
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Source, Unit, User
from apps.units.workflow import apply, check

LOOK_BACK_MONTHS = (3, 6)
OUTDATED = "提请销号之后内容有变动，申请不再对应现在的内容，请退回后由牵头单位重新提请"
AMENDABLE = ("title", "finding", "goal", "lead_official", "led_by_secretary", "prior_issue")


def require_office(actor: User | None, act: ActName) -> None:
    """Acts without a state of their own are the office's (or the system's, when demonstration data is loaded)."""
    if actor is not None and actor.role != Role.OFFICE:
        raise ActForbidden(f"只有整改办可以办理“{act.label}”")


@transaction.atomic
def open_inspection(*, actor: User | None, name: str, slug: str = "", source: str = Source.ENTERED, **facts: Any) -> Inspection:
    """Open a round with a book of its own. ``facts`` are the other columns of :class:`Inspection`; dates must be in their order."""
    require_office(actor, Act.OPEN_INSPECTION)
    if Inspection.objects.filter(name=name).exists():
        raise ActConflict(f"轮次“{name}”已经建立，请换一个名称", field="name")
    if facts["on_site_to"] < facts["on_site_from"]:
        raise ActRefused("离开日期不能早于进驻日期，请核对", field="on_site_to")
    if facts["feedback_on"] < facts["on_site_to"]:
        raise ActRefused("反馈日期不能早于离开日期，请核对", field="feedback_on")
    inspection = Inspection(name=name, source=source, **facts)
    book = inspection.book = open_book(slug=_slug_for(slug or slugify(name)), title=inspection.register_title)
    inspection.save(force_insert=True)
    for target in (book, house_book()):
        record(target, actor=actor, act=Act.OPEN_INSPECTION, subject=inspection, payload={"name": name, **_plain(facts)})
    return inspection


@transaction.atomic
def add_category(
    *, actor: User | None, inspection: Inspection, number: int, title: str, source: str = Source.ENTERED, quote: str = ""
) -> Category:
    """Register an aspect (方面) of the feedback; its number is unique in the round."""
    require_office(actor, Act.ADD_CATEGORY)
    inspection = locked_inspection(inspection)
    if inspection.categories.filter(number=number).exists():
        raise ActConflict(f"第 {number} 个方面已经登记", field="number")
    category = Category.objects.create(inspection=inspection, number=number, title=title, source=source, quote=quote)
    record(inspection.book, actor=actor, act=Act.ADD_CATEGORY, subject=category, payload={"number": number, "title": title})
    return category


@transaction.atomic
def add_issue(
    *,
    actor: User | None,
    category: Category,
    number: int,
    title: str,
    finding: str,
    lead_unit: Unit,
    supporting_units: Iterable[Unit] = (),
    **facts: Any,
) -> Issue:
    """Register an issue; numbers run on over all categories and are unique in the round."""
    require_office(actor, Act.ADD_ISSUE)
    inspection = locked_inspection(category.inspection)
    if inspection.issues.filter(number=number).exists():
        raise ActConflict(f"问题 {number} 已经登记，请换一个编号", field="number")
    supporting = _supporting(lead_unit, supporting_units)
    issue = Issue.objects.create(
        inspection=inspection, category=category, number=number, title=title, finding=finding, lead_unit=lead_unit, **facts
    )
    issue.supporting_units.set(supporting)
    payload = {
        "number": number,
        "title": title,
        "finding": finding,
        "lead_unit": lead_unit.name,
        "supporting_units": [unit.name for unit in supporting],
    }
    record(inspection.book, actor=actor, act=Act.ADD_ISSUE, subject=issue, payload={**payload, **_plain(facts)})
    return issue


@transaction.atomic
def amend_issue(*, actor: User, issue: Issue, values: Mapping[str, Any], reason: str, version: int | None = None) -> Issue:
    """Change the wording or the leader of an issue, with a reason; before → after goes in the book. ``values`` ⊆ AMENDABLE."""
    row = locked(issue, version)
    check(workflow.AMEND, row, field="closure", actor=actor, reason=reason)
    unknown = set(values) - set(AMENDABLE)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    if values.get("prior_issue") == row:
        raise ActRefused("一个问题不能关联它自己，请选择以往轮次的问题", field="prior_issue")
    before = {key: getattr(row, key) for key in values}
    return _save_change(row, actor, Act.AMEND_ISSUE, before, values, reason)


@transaction.atomic
def assign_issue(
    *, actor: User, issue: Issue, lead_unit: Unit, supporting_units: Iterable[Unit], reason: str = "", version: int | None = None
) -> Issue:
    """Change the lead unit (exactly one) and the supporting units of an issue, with a reason."""
    row = locked(issue, version)
    check(workflow.ASSIGN, row, field="closure", actor=actor, reason=reason)
    supporting = _supporting(lead_unit, supporting_units)
    before = {"lead_unit": row.lead_unit.name, "supporting_units": sorted(unit.name for unit in row.supporting_units.all())}
    after = {"lead_unit": lead_unit.name, "supporting_units": sorted(unit.name for unit in supporting)}
    payload = changes(before, after)
    if not payload["changes"]:
        raise ActRefused("分工没有变化，不需要保存")
    row.lead_unit = lead_unit
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    row.supporting_units.set(supporting)
    record(row.inspection.book, actor=actor, act=Act.ASSIGN_ISSUE, subject=row, reason=reason, payload=payload)
    return row


@transaction.atomic
def record_activity(
    *, actor: User | None, inspection: Inspection, kind: str, title: str, issue: Issue | None = None, **facts: Any
) -> Activity:
    """Register a meeting or another activity of the round, or of one issue; one of a known day only once."""
    require_office(actor, Act.RECORD_ACTIVITY)
    if issue is not None and issue.inspection_id != inspection.pk:
        raise ActRefused("这个问题不属于本轮次，请重新选择", field="issue")
    inspection = locked_inspection(inspection)
    held_on = facts.get("held_on")
    if held_on and inspection.activities.filter(issue=issue, kind=kind, title=title, held_on=held_on).exists():
        raise ActConflict(f"“{title}”已经登记，请勿重复提交；同一天的另一次活动请在名称中区分", field="title")
    activity = Activity.objects.create(inspection=inspection, issue=issue, kind=kind, title=title, **facts)
    payload = {"kind": activity.get_kind_display(), "title": title, "issue": issue.number if issue else None, **_plain(facts)}
    record(inspection.book, actor=actor, act=Act.RECORD_ACTIVITY, subject=activity, payload=payload)
    return activity


@transaction.atomic
def apply_for_closure(*, actor: User, issue: Issue, statement: str, on: dt.date | None = None, version: int | None = None) -> Closure:
    """The lead unit applies to close the issue; all rules of the catalogue must hold (workflow.CLOSING_RULES)."""
    row = locked(issue, version)
    if actor.role == Role.LIAISON and not leads(actor, row):
        raise ActForbidden("只有牵头单位可以提请销号，请联系牵头单位")
    apply(workflow.APPLY, row, field="closure", actor=actor)
    if not statement.strip():
        raise ActRefused("请写明整改完成情况", field="statement")
    closure = Closure.objects.create(
        issue=row,
        round=row.round,
        statement=statement,
        content_hash=content_hash(row),
        applied_by=actor,
        applied_on=on or row.inspection.today(),
        source=_source_of_closure(row),
    )
    _bump(row)
    record(
        row.inspection.book,
        actor=actor,
        act=Act.APPLY_CLOSURE,
        subject=row,
        reason=statement,
        payload={"content_hash": closure.content_hash},
    )
    return closure


@transaction.atomic
def decide_closure(*, actor: User, closure: Closure, agree: bool, opinion: str, on: dt.date | None = None) -> Closure:
    """The office agrees (the issue is closed and gets look-back dates) or returns with a requirement.

    Agreeing is refused when what was applied for has changed since (domain.md pain 15) or when a rule no longer holds.
    """
    row = locked(closure.issue)
    pending: Closure = Closure.objects.select_for_update(no_key=True).get(pk=closure.pk)
    apply(workflow.AGREE if agree else workflow.RETURN, row, field="closure", actor=actor, reason=opinion)
    if pending.decision != Closure.Decision.PENDING:
        raise ActConflict("这份销号申请已经有人审定，请刷新页面")
    if pending.applied_by_id == actor.pk:
        raise ActForbidden("申请人不能审定自己的销号申请，请换一位同事审定")
    if agree and not covers(pending, row):
        raise ActConflict(OUTDATED)
    pending.decision = Closure.Decision.AGREED if agree else Closure.Decision.RETURNED
    pending.decided_by, pending.decided_on, pending.opinion = actor, on or row.inspection.today(), opinion
    pending.save()
    _bump(row)
    act = Act.AGREE_CLOSURE if agree else Act.RETURN_CLOSURE
    payload: dict[str, Any] = {"round": pending.round, "content_hash": pending.content_hash}
    if agree:
        payload["look_backs"] = _plan_look_backs(row, pending.decided_on)
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=opinion, payload=payload)
    return pending


@transaction.atomic
def hold_look_back(*, actor: User, look_back: LookBack, relapsed: bool, note: str, on: dt.date | None = None) -> LookBack:
    """Record what a look-back found; a relapse re-opens the issue as the next round, the earlier closure stays on record."""
    row = locked(look_back.issue)
    planned = LookBack.objects.select_for_update(no_key=True).get(pk=look_back.pk)
    if planned.finding != LookBack.Finding.PLANNED or planned.round != row.round:
        raise ActConflict("这次回头看已经登记过结果，请刷新页面")
    if not note.strip():
        raise ActRefused("请写明核查情况", field="note")
    if not may_look_back(actor, row):
        raise ActForbidden("回头看由负责牵头单位的督查组、领导或整改办办理")
    apply(workflow.REOPEN if relapsed else workflow.LOOK_BACK, row, field="closure", actor=actor, reason=note)
    planned.finding = LookBack.Finding.RELAPSED if relapsed else LookBack.Finding.HOLDS
    planned.note, planned.held_by, planned.held_on = note, actor, on or row.inspection.today()
    planned.save()
    if relapsed:
        row.round += 1
    _bump(row)
    act = Act.REOPEN if relapsed else Act.HOLD_LOOK_BACK
    payload = {"planned_on": planned.planned_on, "finding": planned.get_finding_display(), "round": row.round}
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=note, payload=payload)
    return planned


def covers(closure: Closure, issue: Issue) -> bool:
    """Whether the application still stands for what the issue contains now."""
    return closure.content_hash == content_hash(issue)


def content_of(issue: Issue) -> dict[str, Any]:
    """What an application to close stands for: the issue, its measures with their approved reports and evidence, its figures."""
    return {
        "issue": {"number": issue.number, "title": issue.title, "finding": issue.finding, "goal": issue.goal, "round": issue.round},
        "measures": [measure.content_for_closure() for measure in issue.measures.order_by("ordinal")],
        "figures": issue.indicators.content_for_closure(),
    }


def content_hash(issue: Issue) -> str:
    """SHA-256 over :func:`content_of`; the application stores it, and the decision compares it."""
    return chain.sha256_of(chain.plain(content_of(issue)))


def locked_inspection(inspection: Inspection) -> Inspection:
    """The round's row, locked, so that numbers run on without a gap and two runs of a job queue.

    Rows that only point at the round (reports, new groups) may still be written meanwhile. No lock of this house shuts them out
    (``no_key``): foreign keys are checked at the end of a transaction, when it already holds the book that others wait for.
    """
    row: Inspection = Inspection.objects.select_for_update(of=("self",), no_key=True).select_related("book").get(pk=inspection.pk)
    return row


def _slug_for(wanted: str) -> str:
    """A slug that no book has: years and other digits are all that is left of many names, and “house” is taken."""
    taken = wanted == HOUSE or Book.objects.filter(slug=wanted).exists()
    return f"{wanted or 'round'}-{uuid.uuid4().hex[:12]}" if taken or not wanted else wanted


def locked(issue: Issue, version: int | None = None) -> Issue:
    """The issue's row, locked and read anew; refused (409) when the caller's page showed another version."""
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "lead_unit")
    row: Issue = rows.get(pk=issue.pk)
    if version is not None and version != row.version:
        raise ActConflict("这条记录在您打开页面之后被别人修改过，请刷新页面，核对后再提交")
    return row


def _save_change(row: Issue, actor: User, act: Act, before: Mapping[str, Any], after: Mapping[str, Any], reason: str) -> Issue:
    for key, value in after.items():
        setattr(row, key, value)
    payload = changes(_plain(before), _plain(after))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=act, subject=row, reason=reason, payload=payload)
    return row


def _bump(row: Issue) -> None:
    row.version += 1
    row.save(update_fields=("closure", "round", "version"))


def _plan_look_backs(issue: Issue, closed_on: dt.date) -> list[str]:
    """Look-backs three and six months after closing (domain.md §1.4: norms of 3–6 months)."""
    days = [months_after(closed_on, months) for months in LOOK_BACK_MONTHS]
    source = _source_of_closure(issue)
    LookBack.objects.bulk_create(LookBack(issue=issue, round=issue.round, planned_on=day, source=source) for day in days)
    return [day.isoformat() for day in days]


def _source_of_closure(issue: Issue) -> str:
    """The notice says of no issue that it was closed: where the closure of an issue is demonstration, so is what makes it up."""
    return Source.DEMONSTRATION if issue.demonstrates("closure") else Source.ENTERED


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month ``months`` later, or that month's last day: three months are not ninety days (domain.md §1.1)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), first_of_next - dt.timedelta(days=1))


def _supporting(lead_unit: Unit, supporting_units: Iterable[Unit]) -> list[Unit]:
    supporting = list(dict.fromkeys(supporting_units))
    if lead_unit in supporting:
        raise ActRefused("牵头单位不能同时是配合单位，请去掉一处", field="supporting_units")
    return supporting


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rows become their labels; provenance columns stay out of the book's before → after."""
    hidden = ("quote", "demonstrated")
    return {key: _spoken(value) for key, value in values.items() if key not in hidden}


def _spoken(value: Any) -> Any:
    """An issue of another round goes by its number only: whoever reads the timeline of this one need not see that one."""
    if isinstance(value, Issue):
        return f"{value.inspection.feedback_on.year} 年反馈的问题 {value.number}"
    return getattr(value, "label_in_book", value)
