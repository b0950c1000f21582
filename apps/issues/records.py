"""The applications to close an issue with their signatures and decisions, read in one query however many there are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from apps.issues.models import Closure, Issue, SignOff
from apps.issues.rules import CATALOGUE
from apps.units.models import Source

COLUMNS = (
    *("pk", "round", "statement", "reasons", "content_hash", "applied_on", "applied_by__name", "issue__lead_unit__short_name"),
    *("decision", "decided_by__name", "decided_on", "opinion", "source"),
)
SIGNED = ("sign_offs__pk", "sign_offs__body", "sign_offs__body__short_name", "sign_offs__decision", "sign_offs__requirement")
SIGNED_BY = ("sign_offs__signed_by__name", "sign_offs__signed_on", "sign_offs__content_hash")
TITLES = {rule.id: rule.title for rule in CATALOGUE}
VOID = "签署内容已变化，不再有效"


@dataclass(frozen=True)
class Signature:
    """What one reviewing body says; ``void`` when what it signed has changed since."""

    pk: int
    body_id: int
    body: str
    decision: str
    requirement: str
    signed_by: str
    signed_on: dt.date | None
    void: bool

    @property
    def words(self) -> str:
        return str(SignOff.Decision(self.decision).label)

    @property
    def is_pending(self) -> bool:
        return self.decision == SignOff.Decision.PENDING

    @property
    def is_agreed(self) -> bool:
        return self.decision == SignOff.Decision.AGREED and not self.void

    @property
    def is_returned(self) -> bool:
        return self.decision == SignOff.Decision.RETURNED


@dataclass(frozen=True)
class Record:
    """One application."""

    pk: int
    round: int
    statement: str
    reasons: list[tuple[str, str, str]]
    applied_on: dt.date
    applied_by: str
    lead_unit: str
    decision: str
    decided_by: str
    decided_on: dt.date | None
    opinion: str
    outdated: bool
    is_demonstration: bool
    signatures: list[Signature] = field(default_factory=list)

    @property
    def is_pending(self) -> bool:
        return self.decision == Closure.Decision.PENDING

    @property
    def is_agreed(self) -> bool:
        return self.decision == Closure.Decision.AGREED

    @property
    def words(self) -> str:
        return str(Closure.Decision(self.decision).label)

    @property
    def standing(self) -> str:
        return standing_of(self.signatures, outdated=self.outdated)

    @property
    def ready(self) -> bool:
        """Whether nothing but the office's own decision is missing."""
        return self.is_pending and not self.outdated and all(row.is_agreed for row in self.signatures)

    @property
    def requirements(self) -> str:
        """The supplementary requirements of all bodies that returned it, for the office to pass on."""
        return "\n".join(f"{row.body}：{row.requirement}" for row in self.signatures if row.is_returned)


def standing_of(signatures: list[Any], *, outdated: bool = False) -> str:
    """Where a waiting application stands, in words. Rows are signatures or sign-offs: both know their decision."""
    if outdated:
        return "内容有变动，请退回后重新提请"
    if not signatures:
        return "不需会审，等待整改办审定"
    decisions = [row.decision for row in signatures]
    agreed = decisions.count(SignOff.Decision.AGREED)
    if SignOff.Decision.RETURNED in decisions:
        return f"会审有退回意见（{decisions.count(SignOff.Decision.RETURNED)} / {len(decisions)}）"
    return "会审全部同意，等待整改办审定" if agreed == len(decisions) else f"会审中，已同意 {agreed} / {len(decisions)}"


def records_of(issue: Issue, current: str = "") -> list[Record]:
    """All applications of the issue, the latest first. ``current`` is the fingerprint of its content now; it tells for the one that
    waits whether it still covers that (empty: not asked)."""
    rows = issue.closures.order_by("-pk", "sign_offs__pk").values(*COLUMNS, *SIGNED, *SIGNED_BY)
    found: dict[int, Record] = {}
    for row in rows:
        if row["pk"] not in found:
            found[row["pk"]] = _record(row, current)
        if row["sign_offs__pk"]:
            found[row["pk"]].signatures.append(_signature(row, current))
    return list(found.values())


def _record(row: dict[str, Any], current: str) -> Record:
    return Record(
        pk=row["pk"],
        round=row["round"],
        statement=row["statement"],
        reasons=[(rule, TITLES.get(rule, ""), reason) for rule, reason in sorted(row["reasons"].items())],
        applied_on=row["applied_on"],
        applied_by=row["applied_by__name"],
        lead_unit=row["issue__lead_unit__short_name"],
        decision=row["decision"],
        decided_by=row["decided_by__name"] or "",
        decided_on=row["decided_on"],
        opinion=row["opinion"],
        outdated=_changed(row["decision"], row["content_hash"], current),
        is_demonstration=row["source"] == Source.DEMONSTRATION,
    )


def _signature(row: dict[str, Any], current: str) -> Signature:
    signed = row["sign_offs__decision"] != SignOff.Decision.PENDING
    return Signature(
        pk=row["sign_offs__pk"],
        body_id=row["sign_offs__body"],
        body=row["sign_offs__body__short_name"],
        decision=row["sign_offs__decision"],
        requirement=row["sign_offs__requirement"],
        signed_by=row["sign_offs__signed_by__name"] or "",
        signed_on=row["sign_offs__signed_on"],
        void=signed and _changed(row["decision"], row["sign_offs__content_hash"], current),
    )


def _changed(decision: str, seen: str, current: str) -> bool:
    """A decided application stands for what it stood for."""
    return bool(current) and decision == Closure.Decision.PENDING and seen != current
