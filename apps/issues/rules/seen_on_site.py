"""C-13: nobody but unit and office has seen whether it is true."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    if facts.measures and not any(measure.last_finding for measure in facts.measures):
        yield "完成之后还没有现场核查过，请联系督查组核查；不核查的，请说明理由"


RULE = Rule("C-13", "经过现场核查", Severity.WARNING, "至少有一条措施在完成之后经过现场核查", find)
