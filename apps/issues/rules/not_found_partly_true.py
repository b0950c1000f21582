"""C-14: what a group found only partly true on site is a matter for the reviewers."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    partly = [measure for measure in facts.measures if measure.last_finding == "partly"]
    if partly:
        yield f"措施 {listed(partly)} 现场核查“部分属实”，请说明不属实的部分怎样处理"


RULE = Rule("C-14", "现场核查全部属实", Severity.WARNING, "完成之后的现场核查没有“部分属实”结论", find)
