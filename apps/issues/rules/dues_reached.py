"""C-11: where something is due (应缴、应退…), what is still open is said as a balance."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    for row in facts.indicators:
        reached = row.latest or Decimal(0)
        if row.due_amount is not None and reached < row.due_amount:
            due, done, balance = (f"{row.to_shown(value):f}" for value in (row.due_amount, reached, row.due_amount - reached))
            yield f"指标“{row.name}”应完成 {due} {row.unit}，已完成 {done} {row.unit}，余额 {balance} {row.unit}，请说明余额怎样收尾"


RULE = Rule("C-11", "应完成数已完成", Severity.WARNING, "没有余额", find)
