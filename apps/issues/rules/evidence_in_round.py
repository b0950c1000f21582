"""C-05: closing rests on proof (domain.md §2.3), and proof of this round: evidence from before the feedback shows what was
there already. It counts when the office entered it or approved the report it came
with, and no check on site found that report untrue."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity, listed


def find(facts: Facts) -> Iterator[str]:
    bare = [measure for measure in facts.measures if not measure.has_evidence]
    early = [measure for measure in facts.measures if measure.has_evidence and not measure.has_timely_evidence]
    if bare:
        yield f"措施 {listed(bare)} 没有经审核通过的佐证材料，请在填报中补充"
    if early:
        day = facts.issue.inspection.feedback_on
        yield f"措施 {listed(early)} 的佐证材料都在反馈日期 {day} 之前，请补充反馈之后形成的材料"


RULE = Rule("C-05", "佐证材料齐全", Severity.ERROR, "每条措施至少有一份反馈之后形成、已审核通过的佐证材料", find)
