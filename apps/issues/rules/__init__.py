"""The catalogue: may this issue be closed? One rule a file, printed into docs/closing-rules.md.

Errors come first. The order is that of the page; an id, once given, stays with its rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apps.issues.models import Issue
from apps.issues.rules import (
    dues_reached,
    evidence_in_round,
    evidence_unchanged,
    figures_add_up,
    goal_stated,
    letters_answered,
    measures_finished,
    no_extension_pending,
    no_report_waiting,
    not_found_false,
    not_found_partly_true,
    regulations_registered,
    relapse_answered,
    seen_on_site,
    stages_reviewed,
)
from apps.issues.rules.base import Facts, Rule, Severity

CATALOGUE: tuple[Rule, ...] = (
    measures_finished.RULE,
    relapse_answered.RULE,
    no_report_waiting.RULE,
    no_extension_pending.RULE,
    evidence_in_round.RULE,
    figures_add_up.RULE,
    letters_answered.RULE,
    not_found_false.RULE,
    goal_stated.RULE,
    regulations_registered.RULE,
    dues_reached.RULE,
    stages_reviewed.RULE,
    seen_on_site.RULE,
    not_found_partly_true.RULE,
    evidence_unchanged.RULE,
)


@dataclass(frozen=True)
class Finding:
    """One rule as it stands for one issue; ``reason`` answers its warning."""

    rule: Rule
    problems: list[str]
    reason: str = ""

    @property
    def holds(self) -> bool:
        return not self.problems

    @property
    def blocks(self) -> bool:
        return bool(self.problems) and self.rule.blocks

    @property
    def warns(self) -> bool:
        return bool(self.problems) and not self.rule.blocks

    @property
    def unanswered(self) -> bool:
        """A warning without a reason."""
        return self.warns and not self.reason.strip()


def findings(issue: Issue | Facts, reasons: Mapping[str, str] | None = None) -> list[Finding]:
    """Every rule of the catalogue, in its order."""
    facts = issue if isinstance(issue, Facts) else Facts(issue)
    given = reasons or {}
    return [Finding(rule, rule.problems(facts), given.get(rule.id, "")) for rule in CATALOGUE]


def no_blocking_rule(issue: Issue) -> Iterator[str]:
    """What stands in the way of closing: the problems of every error rule of the catalogue."""
    for finding in findings(issue):
        if finding.blocks:
            yield from finding.problems


def printed() -> str:
    """The catalogue as the documentation shows it."""
    head = "| 编号 | 规则 | 类别 | 满足时 |\n|---|---|---|---|\n"
    return head + "".join(f"| {rule.id} | {rule.title} | {rule.severity.label} | {rule.holds} |\n" for rule in CATALOGUE)


__all__ = ("CATALOGUE", "Facts", "Finding", "Rule", "Severity", "findings", "no_blocking_rule", "printed")
