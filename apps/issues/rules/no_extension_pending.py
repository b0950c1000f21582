"""C-04: who asks for more time has not finished."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    asking = [measure for measure in facts.measures if measure.asks_for_extension]
    if asking:
        yield f"措施 {listed(asking)} 的延期申请还没有审批，请等审批后再提请"


RULE = Rule("C-04", "没有待审批的延期申请", Severity.ERROR, "没有延期申请在途", find)
