"""C-12: a long-term measure that is stage-complete goes on after the closing; whoever agrees must know when it comes back."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    for measure in facts.measures:
        if measure.progress == "stage_done":
            when = f"下次复核日期 {measure.next_review_on}" if measure.next_review_on else "没有下次复核日期"
            yield f"措施 {measure.number} 是阶段性完成，{when}，请说明销号后由谁继续推进"


RULE = Rule("C-12", "没有阶段性完成的措施", Severity.WARNING, "全部措施都是最终完成", find)
