"""C-10: what is to last (长久立) mostly ends in a rule. Not always, so the lack of one is a warning (docs/decisions/0013)."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    bare = [measure for measure in facts.measures if measure.nature == "lasting" and not measure.has_regulation]
    if bare:
        yield f"长久立措施 {listed(bare)} 没有登记新建或修订的制度，请联系整改办登记；不需要制度的，请说明靠什么长期管住"


RULE = Rule("C-10", "长久立措施有制度", Severity.WARNING, "长久立措施或本问题已登记制度", find)
