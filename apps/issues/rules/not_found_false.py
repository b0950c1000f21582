"""C-08: what a group found untrue on site since it was reported as done is not done. The latest check counts."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    untrue = [measure for measure in facts.measures if measure.last_finding == "false"]
    if untrue:
        yield f"措施 {listed(untrue)} 现场核查不实，请重新整改、填报并审核通过，或请督查组复核"


RULE = Rule("C-08", "现场核查没有不实", Severity.ERROR, "完成之后的现场核查没有“不实”结论", find)
