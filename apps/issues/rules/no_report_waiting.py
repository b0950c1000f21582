"""C-03: nothing may still be on its way to the office: what it says could change what is applied for."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    waiting = [measure for measure in facts.measures if measure.has_report_waiting]
    if waiting:
        yield f"措施 {listed(waiting)} 的填报还在等待审核，请等整改办审核后再提请"


RULE = Rule("C-03", "没有待审核的填报", Severity.ERROR, "填报都已审核", find)
