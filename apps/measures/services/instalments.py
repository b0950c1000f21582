"""Instalments: what of an amount is due by which day, as agreed (domain.md §5.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.issues.services import require_office
from apps.ledgers.services import record
from apps.measures.models import Act, Indicator, Instalment
from apps.measures.services.figures import bump, check_value, open_issue
from apps.units.errors import ActRefused
from apps.units.models import Source, User


@dataclass(frozen=True)
class InstalmentDraft:
    """One instalment, its amount in the indicator's own unit, not cumulative."""

    due_on: dt.date
    amount: Decimal
    note: str = ""


@transaction.atomic
def plan_instalments(
    *,
    actor: User,
    indicator: Indicator,
    instalments: Sequence[InstalmentDraft],
    reason: str = "",
    version: int | None = None,
    source: str = Source.ENTERED,
) -> list[Instalment]:
    """Set the whole schedule of an indicator; one that replaces another needs a reason, and before → after goes in the book.

    All instalments together are no more than what is due, where that is set. The version is that of the issue.
    """
    require_office(actor, Act.PLAN_INSTALMENTS)
    issue = open_issue(indicator.issue, version)
    row = Indicator.objects.get(pk=indicator.pk)
    row.issue = issue
    drafts = sorted(instalments, key=lambda draft: draft.due_on)
    before = list(row.instalments.order_by("due_on"))
    _check_plan(row, drafts)
    made = [
        Instalment(indicator=row, due_on=draft.due_on, amount=row.to_base(draft.amount), note=draft.note, source=source) for draft in drafts
    ]
    said = [_words(row, before), _words(row, made)]
    if said[0] == said[1]:
        raise ActRefused("分期计划没有变化，不需要保存")
    if before and not reason.strip():
        raise ActRefused("调整已有的分期计划，要写明理由", field="reason")
    row.instalments.all().delete()
    Instalment.objects.bulk_create(made)
    bump(issue)
    payload: dict[str, Any] = {"changes": {"instalments": said}}
    record(issue.inspection.book, actor=actor, act=Act.PLAN_INSTALMENTS, subject=row, reason=reason, payload=payload)
    return made


def _check_plan(row: Indicator, drafts: Sequence[InstalmentDraft]) -> None:
    if row.kind == Indicator.Kind.RATIO and drafts:
        raise ActRefused("比率不能分期，请为金额或数量类指标登记分期计划")
    for draft in drafts:
        check_value(row, draft.amount, field="instalments")
        if not draft.amount:
            raise ActRefused(f"{draft.due_on} 这一期的数额要大于 0", field="instalments")
    days = [draft.due_on for draft in drafts]
    twice = next((day for day in days if days.count(day) > 1), None)
    if twice:
        raise ActRefused(f"{twice} 有两期，请合并为一期或改日期", field="instalments")
    planned = sum((row.to_base(draft.amount) for draft in drafts), Decimal(0))
    if row.due_amount is not None and planned > row.due_amount:
        sides = f"各期合计 {row.to_shown(planned):f}，应完成 {row.to_shown(row.due_amount):f}，单位{row.unit}"
        raise ActRefused(f"各期合计超过应完成数：{sides}，请核对", field="instalments")


def _words(row: Indicator, instalments: Iterable[Instalment]) -> list[str]:
    """The schedule as the book says it, a line each."""
    return [f"{one.due_on} {row.to_shown(one.amount):f} {row.unit}{f'（{one.note}）' if one.note else ''}" for one in instalments]
