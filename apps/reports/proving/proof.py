"""The proof of a notice: every number with its verdict, the totals, and what stands in the way of publishing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.reports.blocks import Block, blocks_of
from apps.reports.content import Content, content_of
from apps.reports.models import Audience, Notice
from apps.reports.proving.evidence import Ledger, ledger_of
from apps.reports.proving.findings import LABELS, Finding, Status
from apps.reports.proving.matching import Matcher
from apps.reports.proving.totals import Total, differing, totals_of


@dataclass(frozen=True)
class Proof:
    """What the check found. ``blocks`` are those of the content, in whose lines the findings stand."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]
    totals: tuple[Total, ...]

    @cached_property
    def counts(self) -> dict[Status, int]:
        found = Counter(finding.status for finding in self.findings)
        return {status: found[status] for status in LABELS}

    @cached_property
    def left(self) -> list[Finding]:
        """What somebody still has to look at, in the order of the text."""
        return [finding for finding in self.findings if finding.is_left]

    @cached_property
    def blocking(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.blocks]

    @cached_property
    def broken(self) -> list[Total]:
        return [total for total in self.totals if not total.holds]

    def as_json(self) -> dict[str, Any]:
        """What is kept with the edition."""
        totals = [{"label": total.label, "formula": total.formula, "holds": total.holds} for total in self.totals]
        return {"counts": dict(self.counts), "totals": totals, "findings": [finding.as_json() for finding in self.findings]}


def prove(notice: Notice, audience: str = "society") -> Proof:
    """The proof of the notice as it would be published to that audience now."""
    return prove_content(content_of(notice, audience), ledger_of(notice, audience))


def prove_content(content: Content, ledger: Ledger) -> Proof:
    """The same without the database."""
    matcher = Matcher(ledger)
    blocks = (Block("lead", content["title"], place="title"), *blocks_of(content))
    findings = [finding for index, block in enumerate(blocks) for finding in matcher.findings(index, block)]
    return Proof(blocks, tuple(findings), (*totals_of(blocks, ledger), *differing(findings)))


def figures_to_read(notice: Notice) -> list[tuple[Audience, Finding]]:
    """Numbers that stop nobody, so whoever approves has to see them: those that the ledger has moved on from, answered for or not, and
    those that somebody has answered for. Society's, and those that only the Party's text has."""
    found: dict[tuple[str, str, str, int], tuple[Audience, Finding]] = {}
    for audience in audiences_of(notice):
        for finding in prove(notice, audience).findings:
            if finding.status == "older" or finding.decided:
                found.setdefault((finding.place, finding.sentence, finding.written, finding.occurrence), (audience, finding))
    return list(found.values())


def audiences_of(notice: Notice) -> list[Audience]:
    """Whose texts must be proved: society's, and the Party's where it differs."""
    differs = notice.items.exclude(party_text="").exists()
    return [Audience.SOCIETY, *([Audience.PARTY] if differs else [])]


def audiences_read(notice: Notice) -> list[Audience]:
    """Whose texts can be looked through: the internal one too, where there is one. It is never published, so nothing in it blocks."""
    given = list(notice.items.values_list("party_text", "internal_text").exclude(party_text="", internal_text=""))
    party, inside = any(party for party, _inside in given), any(inside for _party, inside in given)
    return [Audience.SOCIETY, *([Audience.PARTY] if party else []), *([Audience.INTERNAL] if inside else [])]
