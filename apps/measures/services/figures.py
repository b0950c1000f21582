"""Indicators and their readings outside reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.issues.models import Issue
from apps.issues.services import locked as locked_issue
from apps.issues.services import require_office
from apps.ledgers.services import Deed, changes, record, record_many
from apps.measures.models import Act, Indicator, Measure, Reading
from apps.measures.services.summing import refuse_broken_sums
from apps.measures.sums import Figure
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, User

STORABLE = Decimal(10) ** 16
"""What a reading stays below, in base units: its column holds sixteen digits before the point."""
AMENDABLE_INDICATOR = ("name", "kind", "unit", "outcome", "measure", "total", "due_amount", "target")
AMOUNTS = ("due_amount", "target")
OUTCOME_KIND = {Indicator.Outcome.RECOVERED.value: Indicator.Kind.MONEY, Indicator.Outcome.HANDLED.value: Indicator.Kind.PEOPLE}


@dataclass(frozen=True)
class FigureDraft:
    """A first reading that comes with a new indicator, in the indicator's own unit."""

    value: Decimal
    as_of: dt.date


@dataclass(frozen=True)
class IndicatorReading:
    """A reading of one of several indicators, in the indicator's own unit."""

    indicator: Indicator
    value: Decimal
    as_of: dt.date


@transaction.atomic
def add_indicator(
    *,
    actor: User | None,
    issue: Issue,
    name: str,
    kind: str,
    unit: str,
    outcome: str = "",
    measure: Measure | None = None,
    total: Indicator | None = None,
    due_amount: Decimal | None = None,
    target: Decimal | None = None,
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Sequence[str] = (),
) -> Indicator:
    """Define what is counted. A part names its total, which belongs to the same issue and has the same unit.

    ``due_amount`` (应缴、应退…) and ``target`` come in the indicator's own unit.
    """
    require_office(actor, Act.ADD_INDICATOR)
    issue = open_issue(issue)
    row = Indicator(issue=issue, measure=measure, name=name, kind=kind, unit=unit, outcome=outcome, total=total, source=source, quote=quote)
    row.demonstrated = list(demonstrated)
    _set_amounts(row, {"due_amount": due_amount, "target": target})
    _check_definition(row)
    row.save(force_insert=True)
    record(issue.inspection.book, actor=actor, act=Act.ADD_INDICATOR, subject=row, payload=_facts(row))
    return row


@transaction.atomic
def amend_indicator(*, actor: User, indicator: Indicator, values: Mapping[str, Any], reason: str, version: int | None = None) -> Indicator:
    """Change what is counted, with a reason; before → after goes in the book. ``values`` ⊆ AMENDABLE_INDICATOR, amounts in its unit.

    The version is that of the issue. What has been read keeps its kind and unit: the figures were entered in them.
    """
    require_office(actor, Act.AMEND_INDICATOR)
    issue = open_issue(indicator.issue, version)
    row = Indicator.objects.select_related("measure__issue", "total").get(pk=indicator.pk)
    row.issue = issue
    if not reason.strip():
        raise ActRefused("修改指标要写明理由", field="reason")
    unknown = set(values) - set(AMENDABLE_INDICATOR)
    if unknown:
        raise ActRefused(f"不能修改：{'、'.join(sorted(unknown))}")
    before = _facts(row)
    amounts = {key: row.to_shown(value) for key in AMOUNTS if (value := getattr(row, key)) is not None}
    for key in set(values) - set(AMOUNTS):
        setattr(row, key, values[key])
    _set_amounts(row, {key: values.get(key, amounts.get(key)) for key in AMOUNTS})
    payload = changes(before, _facts(row))
    if not payload["changes"]:
        raise ActRefused("内容没有变化，不需要修改")
    _check_kept(row, payload["changes"])
    _check_definition(row)
    row.take_over(payload["changes"])
    row.save()
    bump(issue)
    record(issue.inspection.book, actor=actor, act=Act.AMEND_INDICATOR, subject=row, reason=reason, payload=payload)
    return row


def bump(issue: Issue) -> None:
    """Pages about figures show the version of their issue."""
    issue.version += 1
    issue.save(update_fields=("version",))


def _facts(row: Indicator) -> dict[str, Any]:
    """The definition as the book says it, amounts in the indicator's own unit."""
    return {
        "name": row.name,
        "kind": row.get_kind_display(),
        "unit": row.unit,
        "outcome": row.get_outcome_display(),
        "measure": row.measure.number if row.measure else None,
        "total": row.total.name if row.total else None,
        **{key: None if (value := getattr(row, key)) is None else f"{row.to_shown(value):f}" for key in AMOUNTS},
    }


def _set_amounts(row: Indicator, shown: Mapping[str, Decimal | None]) -> None:
    for key, value in shown.items():
        if value is not None:
            check_value(row, value, field=key)
        setattr(row, key, None if value is None else row.to_base(value))


def _check_kept(row: Indicator, changed: Mapping[str, Any]) -> None:
    """What figures, parts and instalments stand on may not be pulled away from under them."""
    fixed = [key for key in ("kind", "unit") if key in changed]
    if fixed and (row.readings.exists() or row.instalments.exists() or row.parts.exists()):
        raise ActRefused("已有数据、分期计划或分项的指标不能改类别和单位，请另设一个指标", field=fixed[0])
    planned = sum(row.instalments.values_list("amount", flat=True), Decimal(0))
    if row.due_amount is not None and planned > row.due_amount:
        shown = f"{row.to_shown(planned):f}"
        raise ActRefused(f"分期计划合计 {shown} {row.unit}，超过这个应完成数，请先调整分期计划", field="due_amount")


def _check_definition(row: Indicator) -> None:
    if row.issue.indicators.filter(name=row.name).exclude(pk=row.pk).exists():
        raise ActConflict(f"指标“{row.name}”已经登记", field="name")
    if row.measure is not None and row.measure.issue_id != row.issue_id:
        raise ActRefused("这条措施不属于本问题，请重新选择", field="measure")
    if row.outcome and OUTCOME_KIND[row.outcome] != row.kind:
        raise ActRefused("挽回资金要选“金额”类指标，处理人数要选“人数”类指标", field="outcome")
    if row.due_amount is not None and row.kind == Indicator.Kind.RATIO:
        raise ActRefused("比率没有应完成数，请填写目标值", field="due_amount")
    if row.total is None:
        return
    if row.total.issue_id != row.issue_id or row.total.unit != row.unit:
        raise ActRefused("合计指标要属于同一问题、使用同一单位", field="total")
    above: Indicator | None = row.total
    while above is not None:
        if above.pk == row.pk:
            raise ActRefused("一个指标不能是它自己的分项，请重新选择合计指标", field="total")
        above = above.total


@transaction.atomic
def read_indicator(
    *,
    actor: User | None,
    indicator: Indicator,
    figures: Sequence[FigureDraft],
    source: str = Source.ENTERED,
    quote: str = "",
    demonstrated: Sequence[str] = (),
) -> list[Reading]:
    """Enter readings of the office's own, outside a report; values are cumulative and in the indicator's own unit."""
    require_office(actor, Act.READ_INDICATOR)
    issue = open_issue(indicator.issue)
    rows = [IndicatorReading(indicator, figure.value, figure.as_of) for figure in figures]
    _check_readings(issue, rows, field="value")
    provenance = {"source": source, "quote": quote, "demonstrated": list(demonstrated)}
    return _enter(issue, rows, actor=actor, provenance=provenance)


@transaction.atomic
def read_indicators(*, actor: User, issue: Issue, readings: Sequence[IndicatorReading]) -> list[Reading]:
    """Enter readings of several indicators of an issue at once, outside a report. What of a declared sum is left out stands as last
    read, so that the sum must hold with it."""
    require_office(actor, Act.READ_INDICATOR)
    issue = open_issue(issue)
    if not readings:
        raise ActRefused("请至少填写一项累计数")
    if any(row.indicator.issue_id != issue.pk for row in readings):
        raise ActRefused("有指标不属于本问题，请重新选择")
    _check_readings(issue, readings, field="readings", settled=set(issue.indicators.values_list("pk", flat=True)))
    return _enter(issue, readings, actor=actor, provenance={"source": Source.ENTERED})


def _check_readings(issue: Issue, rows: Sequence[IndicatorReading], *, field: str, settled: Collection[int] = ()) -> None:
    today = issue.inspection.today()
    for row in rows:
        check_value(row.indicator, row.value, field=field)
        if row.as_of > today:
            raise ActRefused(f"日期 {row.as_of} 晚于今天，请填写已经发生的日期", field="as_of")
    figures = [Figure(row.indicator.pk, row.as_of, row.indicator.to_base(row.value)) for row in rows]
    refuse_broken_sums(issue.pk, figures, settled=settled, field=field)


def _enter(issue: Issue, rows: Sequence[IndicatorReading], *, actor: User | None, provenance: dict[str, Any]) -> list[Reading]:
    """The readings, and one entry of the book for each indicator, under one correlation id."""
    readings = [Reading(indicator=row.indicator, value=row.indicator.to_base(row.value), as_of=row.as_of, **provenance) for row in rows]
    Reading.objects.bulk_create(readings)
    deeds = []
    for indicator in dict.fromkeys(row.indicator for row in rows):
        said = [{"value": row.value, "as_of": row.as_of} for row in rows if row.indicator == indicator]
        deeds.append(Deed(Act.READ_INDICATOR, indicator, payload={"unit": indicator.unit, "readings": said}))
    record_many(issue.inspection.book, actor=actor, deeds=deeds)
    return readings


def check_value(indicator: Indicator, value: Decimal, *, field: str) -> None:
    """Readings are cumulative, so none is negative, and none is longer than its column."""
    if value < 0:
        raise ActRefused(f"“{indicator.name}”不能是负数，请填写累计数", field=field)
    if indicator.to_base(value) >= STORABLE:
        raise ActRefused(f"“{indicator.name}”的数值过大，请核对单位（{indicator.unit}）", field=field)


def open_issue(issue: Issue, version: int | None = None) -> Issue:
    """The issue, locked, so that no figure slips in while its closing is decided; a closed one keeps the figures it was closed with."""
    row = locked_issue(issue, version)
    if row.closure == Issue.ClosureState.CLOSED:
        raise ActConflict(f"问题 {row.number} 已销号，不能再改动；如有反弹，请通过“回头看”重开")
    return row
