"""C-01: an issue is closed when each of its measures is done or stage-complete, as verified by the office."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    if not facts.measures:
        yield f"问题 {facts.issue.number} 还没有整改措施，请先制定措施"
    unfinished = [measure for measure in facts.measures if not measure.is_finished]
    if unfinished:
        yield f"还有 {len(unfinished)} 条措施没有完成（{listed(unfinished)}），请先填报并经整改办审核通过"


RULE = Rule("C-01", "全部措施已完成", Severity.ERROR, "每条措施均已完成或阶段性完成，并经整改办审核通过", find)
