"""Dispatch meetings (调度): called, prepared, taken through item by item, closed. Each decision is locked under its meeting."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.issues.models import Activity, Inspection
from apps.issues.services import enter_activity, locked_inspection
from apps.ledgers.services import changes, record
from apps.measures.models import Measure
from apps.supervision import workflow
from apps.supervision.agenda import topics_of
from apps.supervision.models import Act, Dispatch, DispatchItem, Group
from apps.supervision.onsite_policies import check_group
from apps.supervision.policies import SUPERVISING
from apps.supervision.services.site_telling import asked, tell_of_decision
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, User
from apps.units.services import refuse_stale
from apps.units.workflow import Transition, apply, check

MOST_ITEMS = 60
AMENDABLE_DISPATCH = ("title", "held_on", "place", "chair", "attendance")
NOT_DISCUSSED = "未议"
ASIDE = 10_000
"""Places are unique; while items change places they stand here."""


@transaction.atomic
def call_dispatch(
    *,
    actor: User,
    inspection: Inspection,
    title: str,
    held_on: dt.date,
    chair: str,
    group: Group | None = None,
    place: str = "",
    attendance: str = "",
    source: str = Source.ENTERED,
) -> Dispatch:
    """Call a meeting about what a group covers, or about the whole round; a supervisor in groups calls it for one of them."""
    if actor.role not in SUPERVISING:
        raise ActForbidden(f"您的角色不能办理“{Act.CALL_DISPATCH.label}”")
    row = locked_inspection(inspection)
    check_group(actor, row, group)
    made = Dispatch(
        inspection=row,
        group=group,
        title=title.strip(),
        held_on=held_on,
        place=place,
        chair=chair.strip(),
        attendance=attendance,
        called_by=actor,
        source=source,
    )
    _check_facts(made)
    made.save(force_insert=True)
    payload = {"held_on": held_on, "place": place, "chair": made.chair, "attendance": attendance, "group": group.name if group else None}
    record(row.book, actor=actor, act=Act.CALL_DISPATCH, subject=made, payload=payload)
    return made


@transaction.atomic
def amend_dispatch(*, actor: User, dispatch: Dispatch, values: Mapping[str, Any], version: int | None = None) -> Dispatch:
    """Change title, day, place, chair or attendance. ``values`` ⊆ AMENDABLE_DISPATCH."""
    row = _locked(dispatch, version)
    _check(workflow.AMEND_DISPATCH, row, actor)
    if unknown := set(values) - set(AMENDABLE_DISPATCH):
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    before = {key: getattr(row, key) for key in values}
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    _check_facts(row)
    payload = changes(before, {key: getattr(row, key) for key in values})
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=Act.AMEND_DISPATCH, subject=row, payload=payload)
    return row


@transaction.atomic
def set_agenda(*, actor: User, dispatch: Dispatch, measures: Sequence[Measure], version: int | None = None) -> list[DispatchItem]:
    """The agenda is these measures in this order. How each stands is frozen in words when it is put on the agenda, and anew with every
    change until the meeting begins. What was decided already stays on it."""
    row = _locked(dispatch, version)
    _check(workflow.SET_AGENDA, row, actor)
    topics = topics_of(actor, row, measures)
    if len(topics) != len({measure.pk for measure in measures}):
        raise ActRefused("所选措施有的不在调度范围内，请重新选择", field="numbers")
    if len(topics) > MOST_ITEMS:
        raise ActRefused(f"一次调度会最多 {MOST_ITEMS} 个议题，请分几次调度", field="numbers")
    old = {item.measure_id: item for item in row.items.select_related("measure__issue")}
    wanted = {topic.measure.pk for topic in topics}
    gone = [item for key, item in old.items() if key not in wanted]
    if bound := [item for item in gone if item.decision]:
        raise ActRefused(f"措施 {_numbers(bound)} 已经记录议定事项，不能移出议程")
    before = [item.measure.number for item in sorted(old.values(), key=lambda item: item.place)]
    DispatchItem.objects.filter(pk__in=[item.pk for item in gone]).delete()
    _put_aside(old[key] for key in wanted if key in old)
    for place, topic in enumerate(topics, start=1):
        item = old.get(topic.measure.pk) or DispatchItem(dispatch=row, measure=topic.measure)
        if item.pk is None or row.state == Dispatch.State.PLANNED:
            item.why, item.standing = topic.why, topic.standing[: DispatchItem._meta.get_field("standing").max_length]
        item.place = place
        item.save()
    row.version += 1
    row.save(update_fields=("version",))
    payload = changes({"agenda": before}, {"agenda": [topic.measure.number for topic in topics]})
    record(row.inspection.book, actor=actor, act=Act.SET_AGENDA, subject=row, payload=payload)
    return list(row.items.all())


@transaction.atomic
def begin_dispatch(*, actor: User, dispatch: Dispatch, version: int | None = None) -> Dispatch:
    """The meeting begins: from now on decisions are recorded, and the standing of its items is as it is."""
    row = _locked(dispatch, version)
    _check(workflow.BEGIN_DISPATCH, row, actor)
    if row.held_on > row.inspection.today():
        raise ActRefused(f"会议定在 {row.held_on}，还没有到；提前召开的，请先调整会议日期")
    apply(workflow.BEGIN_DISPATCH, row, field="state", actor=actor)
    row.version += 1
    row.save()
    payload = {"agenda": [item.measure.number for item in row.items.select_related("measure__issue")]}
    record(row.inspection.book, actor=actor, act=Act.BEGIN_DISPATCH, subject=row, payload=payload)
    return row


@transaction.atomic
def decide_item(
    *, actor: User, item: DispatchItem, decision: str, asked_by: dt.date | None = None, version: int | None = None
) -> DispatchItem:
    """Record what was decided about one measure. Who records later than somebody else is told what that one wrote (``version``)."""
    dispatch = _locked(item.dispatch, None)
    _check(workflow.DECIDE_ITEM, dispatch, actor)
    rows = DispatchItem.objects.select_for_update(of=("self",), no_key=True).select_related("measure__issue", "decided_by")
    row: DispatchItem = rows.get(pk=item.pk)
    if version is not None and version != row.version:
        raise ActConflict(f"{row.decided_by}刚刚记录为“{row.decision}”{asked(row)}，与您填写的不是同一份，请核对后再保存", field="decision")
    words = decision.strip()
    if not words:
        raise ActRefused("请写明议定事项；没有讨论的，请在会议小结中写明“未议”", field="decision")
    if asked_by is not None and asked_by < dispatch.held_on:
        raise ActRefused(f"要求完成日期不能早于会议日期 {dispatch.held_on}，请核对", field="asked_by")
    payload = changes({"decision": row.decision, "asked_by": row.asked_by}, {"decision": words, "asked_by": asked_by})
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要保存", field="decision")
    row.decision, row.asked_by = words, asked_by
    row.decided_by, row.decided_at = actor, timezone.now()
    row.version += 1
    row.save()
    payload["measure"] = row.measure.number
    about = f"措施 {row.measure.number}"
    record(dispatch.inspection.book, actor=actor, act=Act.DECIDE_ITEM, subject=dispatch, reason=about, payload=payload)
    return row


@transaction.atomic
def close_dispatch(*, actor: User, dispatch: Dispatch, summary: str, version: int | None = None) -> Dispatch:
    """Close the meeting: each item is decided, or the summary names it as 未议. It becomes an activity of the round whose decided items
    can become measures, and the liaisons of the units are told."""
    inspection = locked_inspection(dispatch.inspection)
    row = _locked(dispatch, version)
    _check(workflow.CLOSE_DISPATCH, row, actor)
    items = list(row.items.select_related("measure__issue__inspection", "measure__lead_unit"))
    decided, left = [item for item in items if item.decision], [item for item in items if not item.decision]
    if unsaid := _not_named(left, summary):
        words = f"措施 {_numbers(unsaid)} 还没有记录议定事项，请先记录；没有讨论的，请在小结中写明编号和“{NOT_DISCUSSED}”"
        raise ActRefused(words, field="summary")
    apply(workflow.CLOSE_DISPATCH, row, field="state", actor=actor)
    row.summary = summary.strip()
    row.activity = enter_activity(
        actor=actor,
        inspection=inspection,
        kind=Activity.Kind.DISPATCH,
        title=row.title,
        held_on=row.held_on,
        attendance=row.attendance[: Activity._meta.get_field("attendance").max_length],
        decided="\n".join(decided_line(item) for item in decided),
        source=row.source,
    )
    row.version += 1
    row.save()
    for item in decided:
        tell_of_decision(item)
    payload = {"decided": len(decided), "not_discussed": [item.measure.number for item in left]}
    record(inspection.book, actor=actor, act=Act.CLOSE_DISPATCH, subject=row, reason=row.summary, payload=payload)
    return row


def decided_line(item: DispatchItem) -> str:
    """A decision in one line, as an item of the activity."""
    words = "；".join(line.strip() for line in item.decision.splitlines() if line.strip())
    return f"{item.measure.number} {item.measure.lead_unit.short_name}：{words}{asked(item)}"


def _not_named(items: Iterable[DispatchItem], summary: str) -> list[DispatchItem]:
    """Those that the summary does not name as not discussed; 2-2 is not named by 12-2 or 2-21."""
    if NOT_DISCUSSED not in summary:
        return list(items)
    return [item for item in items if not re.search(rf"(?<!\d){re.escape(item.measure.number)}(?!\d)", summary)]


def _locked(dispatch: Dispatch, version: int | None) -> Dispatch:
    rows = Dispatch.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "group")
    row: Dispatch = rows.get(pk=dispatch.pk)
    refuse_stale(row.version, version, "这次调度会")
    return row


def _check(step: Transition, row: Dispatch, actor: User) -> None:
    check(step, row, field="state", actor=actor)
    check_group(actor, row.inspection, row.group)


def _check_facts(row: Dispatch) -> None:
    if not row.title.strip():
        raise ActRefused("请填写会议名称，例如“整改进展第三次调度会”", field="title")
    if not row.chair.strip():
        raise ActRefused("请填写主持人", field="chair")
    if row.held_on < row.inspection.feedback_on:
        raise ActRefused(f"会议日期不能早于反馈日期 {row.inspection.feedback_on}，请核对", field="held_on")


def _put_aside(items: Iterable[DispatchItem]) -> None:
    for item in items:
        DispatchItem.objects.filter(pk=item.pk).update(place=ASIDE + item.place)


def _numbers(items: Iterable[DispatchItem]) -> str:
    return "、".join(item.measure.number for item in items)
