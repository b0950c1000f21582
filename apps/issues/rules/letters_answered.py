"""C-07: a supervision letter on one of the measures must have been answered."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    urged = [measure for measure in facts.measures if measure.has_open_letter]
    if urged:
        yield f"措施 {listed(urged)} 还有没回复的督查单，请先签收并书面回复"


RULE = Rule("C-07", "督查单都已回复", Severity.ERROR, "没有待签收或待回复的督查单", find)
