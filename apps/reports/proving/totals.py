"""Totals against lists: the numbers by category, issue and item add up to the totals of the round, and the notice tells all of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.reports.blocks import Block
from apps.reports.proving.evidence import Ledger
from apps.reports.proving.findings import Finding

FIGURES = ("indicator", "count", "balance", "due", "sum")


@dataclass(frozen=True)
class Total:
    """One identity, in words and numbers. What is only ``told`` stands in the way by another rule already (a figure written in two ways
    is contradicted in one place; an issue without an item is missing)."""

    label: str
    formula: str
    holds: bool
    told: bool = False

    @property
    def blocks(self) -> bool:
        return not self.holds and not self.told


def totals_of(blocks: Iterable[Block], ledger: Ledger) -> list[Total]:
    """Issues by category, items of the text, measures by issue, regulations by issue."""
    told, category = Counter[str](), ""
    for block in blocks:
        category = block.place if block.kind == "category" else category
        told[category] += block.kind in ("item", "finding")
    measures, rules = ledger.measures_by_issue, ledger.regulations_by_issue
    loose = f" + 全轮 {ledger.loose_regulations}" if ledger.loose_regulations else ""
    return [
        _sum("各方面问题之和", [ledger.per_category[key] for key in sorted(ledger.per_category)], ledger.counts["issues"], "个问题"),
        replace(_sum("通报各方面条目之和", [count for count in told.values() if count], ledger.counts["issues"], "个问题"), told=True),
        Total(
            "各问题整改措施之和",
            f"{len(measures)} 个问题共 {sum(measures.values())} 条，台账 {ledger.counts['measures']} 条",
            sum(measures.values()) == ledger.counts["measures"],
        ),
        Total(
            "各问题规章制度之和",
            f"{len(rules)} 个问题共 {sum(rules.values())} 项{loose}，台账 {ledger.counts['regulations']} 项",
            sum(rules.values()) + ledger.loose_regulations == ledger.counts["regulations"],
        ),
    ]


def differing(findings: list[Finding]) -> list[Total]:
    """The same figure of the ledger written with different numbers in different places, one of them wrong."""
    written: defaultdict[tuple[str, str], dict[str, Finding]] = defaultdict(dict)
    for finding in findings:
        if finding.verdict.key.partition(":")[0] in FIGURES and finding.kind == "quantity" and finding.status != "excluded":
            written[(finding.verdict.key, finding.verdict.name)].setdefault(finding.written, finding)
    return [
        Total(name, "、".join(f"{finding.where}写 {form}" for form, finding in forms.items()), holds=False, told=True)
        for (_key, name), forms in written.items()
        if len(forms) > 1 and len({finding.status in ("matched", "derived") for finding in forms.values()}) > 1
    ]


def _sum(label: str, parts: list[int], total: int, unit: str) -> Total:
    return Total(label, f"{' + '.join(map(str, parts)) or 0} = {sum(parts)}，台账 {total} {unit}", sum(parts) == total)
