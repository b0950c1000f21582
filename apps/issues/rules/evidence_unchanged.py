"""C-15: a new version of a file that came after the approval was read by no reviewer; whoever applies says what changed and why."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    changed = [measure for measure in facts.measures if measure.has_later_version]
    if changed:
        yield f"措施 {listed(changed)} 的佐证材料在审核通过之后更新过，请说明更新了什么，或重新填报、由整改办再审"


RULE = Rule("C-15", "材料审核后没有更新", Severity.WARNING, "审核通过的材料之后没有换过文件", find)
