"""Indicators, their readings outside reports, and regulations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.issues.models import Inspection, Issue
from apps.issues.services import locked as locked_issue
from apps.issues.services import require_office
from apps.ledgers.services import record
from apps.measures.models import Act, Indicator, Measure, Reading, Regulation
from apps.units.errors import ActConflict, ActRefused
from apps.units.models import Source, Unit, User

STORABLE = Decimal(10) ** 16
"""What a reading stays below, in base units: its column holds sixteen digits before the point."""
OUTCOME_KIND = {Indicator.Outcome.RECOVERED.value: Indicator.Kind.MONEY, Indicator.Outcome.HANDLED.value: Indicator.Kind.PEOPLE}


@dataclass(frozen=True)
class FigureDraft:
    """A first reading that comes with a new indicator, in the indicator's own unit."""

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
    source: str = Source.ENTERED,
    quote: str = "",
) -> Indicator:
    """Define what is counted. A part names its total, which belongs to the same issue and has the same unit."""
    require_office(actor, Act.ADD_INDICATOR)
    issue = _open_issue(issue)
    if issue.indicators.filter(name=name).exists():
        raise ActConflict(f"指标“{name}”已经登记", field="name")
    if measure is not None and measure.issue_id != issue.pk:
        raise ActRefused("这条措施不属于本问题，请重新选择", field="measure")
    if total is not None and (total.issue_id != issue.pk or total.unit != unit):
        raise ActRefused("合计指标要属于同一问题、使用同一单位", field="total")
    if outcome and OUTCOME_KIND[outcome] != kind:
        raise ActRefused("挽回资金要选“金额”类指标，处理人数要选“人数”类指标", field="outcome")
    indicator = Indicator.objects.create(
        issue=issue, measure=measure, name=name, kind=kind, unit=unit, outcome=outcome, total=total, source=source, quote=quote
    )
    payload = {
        "name": name,
        "kind": indicator.get_kind_display(),
        "unit": unit,
        "outcome": indicator.get_outcome_display(),
        "total": total.name if total else None,
    }
    record(issue.inspection.book, actor=actor, act=Act.ADD_INDICATOR, subject=indicator, payload=payload)
    return indicator


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
    issue = _open_issue(indicator.issue)
    for figure in figures:
        check_value(indicator, figure.value, field="value")
    readings = [
        Reading(
            indicator=indicator,
            value=indicator.to_base(figure.value),
            as_of=figure.as_of,
            source=source,
            quote=quote,
            demonstrated=list(demonstrated),
        )
        for figure in figures
    ]
    Reading.objects.bulk_create(readings)
    payload: dict[str, Any] = {"unit": indicator.unit, "readings": [{"value": figure.value, "as_of": figure.as_of} for figure in figures]}
    record(issue.inspection.book, actor=actor, act=Act.READ_INDICATOR, subject=indicator, payload=payload)
    return readings


def check_value(indicator: Indicator, value: Decimal, *, field: str) -> None:
    """Readings are cumulative, so none is negative, and none is longer than its column."""
    if value < 0:
        raise ActRefused(f"“{indicator.name}”不能是负数，请填写累计数", field=field)
    if indicator.to_base(value) >= STORABLE:
        raise ActRefused(f"“{indicator.name}”的数值过大，请核对单位（{indicator.unit}）", field=field)


def _open_issue(issue: Issue) -> Issue:
    """The issue, locked, so that no figure slips in while its closing is decided; a closed one keeps the figures it was closed with."""
    row = locked_issue(issue)
    if row.closure == Issue.ClosureState.CLOSED:
        raise ActConflict(f"问题 {row.number} 已销号，不能再改动；如有反弹，请通过“回头看”重开")
    return row


@transaction.atomic
def add_regulation(
    *,
    actor: User | None,
    inspection: Inspection,
    title: str,
    kind: str,
    unit: Unit,
    doc_number: str = "",
    issued_on: dt.date | None = None,
    issue: Issue | None = None,
    measure: Measure | None = None,
    **provenance: Any,
) -> Regulation:
    """Register a rule that was made, revised or abolished; the same title with the same number only once in a round."""
    require_office(actor, Act.ADD_REGULATION)
    if inspection.regulations.filter(title=title, doc_number=doc_number).exists():
        raise ActConflict(f"制度《{title}》{doc_number}已经登记", field="title")
    regulation = Regulation.objects.create(
        inspection=inspection,
        issue=issue,
        measure=measure,
        title=title,
        kind=kind,
        unit=unit,
        doc_number=doc_number,
        issued_on=issued_on,
        **provenance,
    )
    payload = {
        "title": title,
        "kind": regulation.get_kind_display(),
        "doc_number": doc_number,
        "issued_on": issued_on,
        "unit": unit.name,
        "issue": issue.number if issue else None,
    }
    record(inspection.book, actor=actor, act=Act.ADD_REGULATION, subject=regulation, payload=payload)
    return regulation
