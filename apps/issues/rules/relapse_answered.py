"""C-02: after a relapse the measures of the earlier round prove nothing: something must have been done since (domain.md §1.4)."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    number = facts.issue.round
    if number > 1 and not any(measure.was_done_in_round for measure in facts.measures):
        yield f"第 {number} 轮整改还没有新的进展，请针对反弹情况增加措施或重新填报，经整改办审核通过"


RULE = Rule("C-02", "反弹之后有新的整改", Severity.ERROR, "没有反弹，或反弹后已有审核通过的填报", find)
