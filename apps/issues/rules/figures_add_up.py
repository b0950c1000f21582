"""C-06: each declared total equals the sum of its parts, by the latest readings that count (应退 = 已退 + 待退)."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    for total, parts, sides in facts.issue.indicators.broken_sums(facts.indicators):
        names = "、".join(part.name for part in parts)
        yield f"指标“{total.name}”与分项之和不符：合计 {sides[0]}，分项之和 {sides[1]}（{names}），请核对后重新填报"


RULE = Rule("C-06", "成效数据勾稽一致", Severity.ERROR, "合计等于分项之和", find)
