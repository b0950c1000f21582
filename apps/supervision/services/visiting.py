"""Visits (实地督查): planned, changed, cancelled, held. What is seen about each measure is entered by ``checking.check_site``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import changes, record
from apps.measures.models import Measure
from apps.supervision import workflow
from apps.supervision.models import Act, Group, Visit
from apps.supervision.onsite_policies import check_group, measures_of
from apps.supervision.policies import SUPERVISING
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Source, User
from apps.units.services import refuse_stale
from apps.units.workflow import apply, check

MOST_MEASURES = 60
AMENDABLE_VISIT = ("title", "planned_on", "place", "purpose")


@transaction.atomic
def plan_visit(
    *,
    actor: User,
    inspection: Inspection,
    title: str,
    planned_on: dt.date,
    measures: Collection[Measure],
    group: Group | None = None,
    place: str = "",
    purpose: str = "",
    source: str = Source.ENTERED,
) -> Visit:
    """Plan a visit; a supervisor in groups plans it for one of them, of what it covers. Finished measures are what gets checked most."""
    _check_role(actor, Act.PLAN_VISIT)
    row = locked_inspection(inspection)
    check_group(actor, row, group)
    visit = Visit(
        inspection=row,
        group=group,
        title=title.strip(),
        planned_on=planned_on,
        place=place,
        purpose=purpose,
        planned_by=actor,
        source=source,
    )
    _check_facts(visit)
    chosen = _chosen(actor, visit, measures)
    visit.save(force_insert=True)
    visit.measures.set(chosen)
    payload = {
        "planned_on": planned_on,
        "place": place,
        "group": group.name if group else None,
        "purpose": purpose,
        "measures": [measure.number for measure in chosen],
    }
    record(row.book, actor=actor, act=Act.PLAN_VISIT, subject=visit, payload=payload)
    return visit


@transaction.atomic
def amend_visit(
    *, actor: User, visit: Visit, values: Mapping[str, Any], measures: Collection[Measure] | None = None, version: int | None = None
) -> Visit:
    """Change what is planned. ``values`` ⊆ AMENDABLE_VISIT; a measure that was seen already stays."""
    row = _locked(visit, version)
    check(workflow.AMEND_VISIT, row, field="state", actor=actor)
    check_group(actor, row.inspection, row.group)
    if unknown := set(values) - set(AMENDABLE_VISIT):
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    before = {**{key: getattr(row, key) for key in values}, "measures": _numbers(row.measures.select_related("issue"))}
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    _check_facts(row)
    after = {key: getattr(row, key) for key in values} | {"measures": before["measures"]}
    if measures is not None:
        chosen = _chosen(actor, row, measures)
        seen = row.checks.exclude(measure__in=chosen).select_related("measure__issue")
        if seen:
            raise ActRefused(f"措施 {_joined(check.measure for check in seen)} 已经登记核查结论，不能移出清单", field="measures")
        row.measures.set(chosen)
        after["measures"] = _numbers(chosen)
    payload = changes(before, after)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=Act.AMEND_VISIT, subject=row, payload=payload)
    return row


@transaction.atomic
def cancel_visit(*, actor: User, visit: Visit, reason: str, version: int | None = None) -> Visit:
    """Cancel a visit on which nothing was entered yet."""
    row = _locked(visit, version)
    check(workflow.CANCEL_VISIT, row, field="state", actor=actor, reason=reason)
    check_group(actor, row.inspection, row.group)
    apply(workflow.CANCEL_VISIT, row, field="state", actor=actor, reason=reason)
    row.version += 1
    row.save()
    record(row.inspection.book, actor=actor, act=Act.CANCEL_VISIT, subject=row, reason=reason)
    return row


@transaction.atomic
def hold_visit(*, actor: User, visit: Visit, held_on: dt.date, summary: str = "", version: int | None = None) -> Visit:
    """The visit is over: every measure was entered, or the summary says why the others were not."""
    row = _locked(visit, version)
    check(workflow.HOLD_VISIT, row, field="state", actor=actor)
    check_group(actor, row.inspection, row.group)
    if held_on > row.inspection.today():
        raise ActRefused("完成日期不能晚于今天，请核对", field="held_on")
    checks = list(row.checks.all())
    if held_on < max((entered.checked_on for entered in checks), default=row.inspection.feedback_on):
        raise ActRefused("完成日期不能早于已经登记的核查日期，请核对", field="held_on")
    left = list(row.measures.exclude(pk__in=[entered.measure_id for entered in checks]).select_related("issue"))
    if left and not summary.strip():
        raise ActRefused(f"措施 {_joined(left)} 还没有登记核查结论，请先登记，或在小结中说明没有查看的原因", field="summary")
    apply(workflow.HOLD_VISIT, row, field="state", actor=actor)
    row.held_on, row.summary = held_on, summary.strip()
    row.version += 1
    row.save()
    payload = {"held_on": held_on, "checked": len(checks), "not_seen": [measure.number for measure in left]}
    record(row.inspection.book, actor=actor, act=Act.HOLD_VISIT, subject=row, reason=row.summary, payload=payload)
    return row


def _locked(visit: Visit, version: int | None) -> Visit:
    rows = Visit.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "group")
    row: Visit = rows.get(pk=visit.pk)
    refuse_stale(row.version, version, "这次实地督查")
    return row


def _check_role(actor: User, act: Act) -> None:
    if actor.role not in SUPERVISING:
        raise ActForbidden(f"您的角色不能办理“{act.label}”")


def _check_facts(row: Visit) -> None:
    if not row.title.strip():
        raise ActRefused("请填写名称，例如“安置房问题实地督查”", field="title")
    if row.planned_on < row.inspection.feedback_on:
        raise ActRefused(f"计划日期不能早于反馈日期 {row.inspection.feedback_on}，请核对", field="planned_on")


def _chosen(actor: User, visit: Visit, measures: Collection[Measure]) -> list[Measure]:
    """The measures in the order of their numbers, all of them what the group covers."""
    keys = {measure.pk for measure in measures}
    if not keys:
        raise ActRefused("请至少选择一条措施", field="measures")
    if len(keys) > MOST_MEASURES:
        raise ActRefused(f"一次实地督查最多安排 {MOST_MEASURES} 条措施，请分几次安排", field="measures")
    rows = measures_of(actor, visit.inspection, visit.group).filter(pk__in=keys).select_related("issue")
    chosen = list(rows.order_by("issue__number", "ordinal"))
    if len(chosen) != len(keys):
        raise ActRefused("所选措施有的不在督查范围内，请重新选择", field="measures")
    return chosen


def _numbers(measures: Any) -> list[str]:
    return [measure.number for measure in sorted(measures, key=lambda measure: (measure.issue.number, measure.ordinal))]


def _joined(measures: Any) -> str:
    return "、".join(_numbers(measures))
