"""C-09: whether an issue is solved is judged against its goal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.issues.rules.base import Facts, Rule, Severity


def find(facts: Facts) -> Iterator[str]:
    if not facts.issue.goal.strip():
        yield "没有写明整改目标，请联系整改办补上；不补的，请说明以什么判断整改到位"


RULE = Rule("C-09", "整改目标明确", Severity.WARNING, "已写明整改目标", find)
