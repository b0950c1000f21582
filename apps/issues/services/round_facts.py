"""Changing the facts of a round: names, dates, cadence, the cut-off of its figures, and the bodies that review its closures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from apps.issues.models import Act, Inspection
from apps.issues.services.rows import locked_inspection, require_office
from apps.ledgers.services import changes, house_book, record, retitle_book
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Unit, User
from apps.units.services import refuse_stale

BODIES = "reviewing_bodies"
AMENDABLE_FACTS = (
    *("name", "inspecting_body", "inspected_body", "on_site_from", "on_site_to", "feedback_on", "concentrated_months"),
    *("report_every", "soon_working_days", "figures_until", BODIES),
)


@transaction.atomic
def amend_inspection(
    *, actor: User, inspection: Inspection, values: Mapping[str, Any], reason: str, version: int | None = None
) -> Inspection:
    """Change facts of a round, with a reason; before → after goes in its book. ``values`` ⊆ AMENDABLE_FACTS.

    Other reviewing bodies are asked about applications to come; those that wait keep the bodies they were put before. A new name
    is told to the book of the house as well, where the round was opened.
    """
    require_office(actor, Act.AMEND_INSPECTION)
    row = locked_inspection(inspection)
    refuse_stale(row.version, version, "这个轮次")
    if not reason.strip():
        raise ActRefused("修改轮次要写明理由", field="reason")
    unknown = set(values) - set(AMENDABLE_FACTS)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    facts = {key: value for key, value in values.items() if key != BODIES}
    before: dict[str, Any] = {key: getattr(row, key) for key in facts}
    after = dict(facts)
    if BODIES in values:
        before[BODIES], after[BODIES] = _names(row.reviewing_bodies.all()), _names(values[BODIES])
    payload = changes(before, after)
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    for key, value in facts.items():
        setattr(row, key, value)
    _check_facts(row, payload["changes"])
    row.take_over(payload["changes"])
    row.version += 1
    row.save()
    if BODIES in payload["changes"]:
        row.reviewing_bodies.set(values[BODIES])
    books = [row.book]
    if "name" in payload["changes"]:
        retitle_book(row.book, title=row.register_title)
        books.append(house_book())
    for book in books:
        record(book, actor=actor, act=Act.AMEND_INSPECTION, subject=row, reason=reason, payload=payload)
    return row


def _names(units: Iterable[Unit]) -> list[str]:
    return sorted(unit.name for unit in units)


def _check_facts(row: Inspection, changed: Mapping[str, Any]) -> None:
    """What the round would be after the change must still hold together, with what was planned and reported as well."""
    if "name" in changed and Inspection.objects.filter(name=row.name).exclude(pk=row.pk).exists():
        raise ActConflict(f"轮次“{row.name}”已经建立，请换一个名称", field="name")
    if row.on_site_to < row.on_site_from:
        raise ActRefused("离开日期不能早于进驻日期，请核对", field="on_site_to")
    if row.feedback_on < row.on_site_to:
        raise ActRefused("反馈日期不能早于离开日期，请核对", field="feedback_on")
    if "feedback_on" in changed:
        _check_feedback(row)
    if row.figures_until is not None and row.figures_until < row.feedback_on:
        raise ActRefused(f"数据截止日期不能早于反馈日期 {row.feedback_on}，请核对", field="figures_until")


def _check_feedback(row: Inspection) -> None:
    """No due date and no report lies before the feedback (services of the measures see to it when they are entered)."""
    early = row.issues.filter(measures__due_on__lt=row.feedback_on).order_by("measures__due_on").values_list("number", "measures__due_on")
    for number, day in early[:1]:
        raise ActRefused(f"问题 {number} 有措施的时限是 {day}，早于这个反馈日期，请先调整措施的时限", field="feedback_on")
    told = row.issues.filter(measures__reports__as_of__lt=row.feedback_on).order_by("measures__reports__as_of")
    for number, day in told.values_list("number", "measures__reports__as_of")[:1]:
        raise ActRefused(f"问题 {number} 已有截至 {day} 的填报，早于这个反馈日期，请核对", field="feedback_on")
