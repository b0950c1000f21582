"""What the check found of one number."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from apps.measures.numbers.numerals import Kind
from apps.reports.blocks import where
from apps.reports.proving.evidence import Decided

Status = Literal["matched", "derived", "older", "contradicted", "unsupported", "excluded"]
LABELS: dict[Status, str] = {
    "matched": "已匹配",
    "derived": "推算一致",
    "older": "有更新数",
    "contradicted": "数值不符",
    "unsupported": "无出处",
    "excluded": "不需核对",
}
BLOCKING: tuple[Status, ...] = ("contradicted", "unsupported")
LEFT: tuple[Status, ...] = ("contradicted", "older", "unsupported")


@dataclass(frozen=True)
class Verdict:
    """How a number stands to the ledger. ``key`` names the ledger's row, ``ledger`` what it says, ``instead`` what to write for it."""

    status: Status
    words: str
    key: str = ""
    name: str = ""
    ledger: str = ""
    as_of: dt.date | None = None
    evidence: int = 0
    measure: str = ""
    issue: int | None = None
    history: tuple[tuple[str, dt.date], ...] = ()
    instead: str = ""


@dataclass(frozen=True)
class Finding:
    """One number of the text: where it stands (``start`` to ``end`` in the line of the block), and the verdict on it."""

    block: int
    place: str
    anchor: str
    start: int
    end: int
    written: str
    kind: Kind
    sentence: str
    occurrence: int
    verdict: Verdict
    decided: Decided | None = None

    @property
    def status(self) -> Status:
        return self.verdict.status

    @property
    def label(self) -> str:
        return LABELS[self.status]

    @property
    def sentence_hash(self) -> str:
        return sentence_hash(self.sentence)

    @property
    def is_left(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.status in LEFT and not (self.decided and self.decided.verdict == "accepted")

    @property
    def blocks(self) -> bool:
        return self.status in BLOCKING and self.is_left

    @property
    def where(self) -> str:
        """第 7 条, 第一部分."""
        return where(self.place)

    def as_json(self) -> dict[str, Any]:
        """What is kept with the edition."""
        verdict, decided = self.verdict, self.decided
        kept: dict[str, Any] = {"place": self.place, "block": self.block, "start": self.start, "end": self.end, "written": self.written}
        kept |= {"status": self.status, "words": verdict.words}
        if verdict.key:
            kept |= {"source": verdict.key, "name": verdict.name, "ledger": verdict.ledger, "evidence": verdict.evidence}
            kept["as_of"] = verdict.as_of.isoformat() if verdict.as_of else ""
        if decided:
            kept["decision"] = {"verdict": decided.verdict, "reason": decided.reason, "by": decided.by, "at": decided.at}
        return kept


def sentence_hash(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()
