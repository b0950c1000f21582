"""What a planned tree would change in the ledger: a line a node, with every field before and after. Goes to JSON and back."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from apps.measures.importing.tree import Finding, Kind, Level, Origin

LABELS = {
    "number": "编号",
    "title": "整改事项",
    "finding": "反馈问题",
    "goal": "整改目标",
    "lead_official": "责任领导",
    "led_by_secretary": "书记领办",
    "lead_unit": "牵头单位",
    "supporting_units": "配合单位",
    "text": "整改措施",
    "nature": "类型",
    "pace": "整改类型",
    "person": "责任人",
    "due_on": "整改时限",
    "deadline_basis": "时限依据",
}


class Deal(StrEnum):
    """What happens to a node."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    REST = "rest"
    """It differs, but may not be changed now (closed, in review): it stays, and the page says why."""


@dataclass
class Change:
    """A field before and after, in the words of the screen; ``value`` is what will be written."""

    field: str
    before: str
    after: str
    origin: Origin
    value: Any = None

    @property
    def label(self) -> str:
        return LABELS.get(self.field, self.field)

    def as_json(self) -> list[Any]:
        return [self.field, self.before, self.after, self.origin.as_json(), self.value]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        name, before, after, origin, value = data
        return cls(name, before, after, Origin.from_json(origin), value)


@dataclass
class Line:
    """What happens to one node. ``pk`` and ``version``: of the row that there is; ``number``: what it is called (12, 12-3);
    ``values``: what a new row is made of."""

    key: str
    kind: Kind
    deal: Deal
    number: str = ""
    pk: int | None = None
    version: int | None = None
    reason: str = ""
    changes: list[Change] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> list[Any]:
        changes = [change.as_json() for change in self.changes]
        return [self.key, self.kind.value, self.deal.value, self.number, self.pk, self.version, self.reason, changes, self.values]

    @classmethod
    def from_json(cls, data: list[Any]) -> Self:
        key, kind, deal, number, pk, version, reason, changes, values = data
        return cls(key, Kind(kind), Deal(deal), number, pk, version, reason, [Change.from_json(one) for one in changes], values)


@dataclass
class Plan:
    """All lines by node, the findings that only the ledger can tell, how much of the ledger the list does not mention."""

    lines: dict[str, Line] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    new_units: dict[str, str] = field(default_factory=dict)
    unmentioned: dict[str, int] = field(default_factory=dict)

    def count(self, kind: Kind, deal: Deal) -> int:
        return sum(line.kind == kind and line.deal == deal for line in self.lines.values())

    @property
    def counts(self) -> dict[str, int]:
        """By “kind.deal”."""
        return dict(Counter(f"{line.kind}.{line.deal}" for line in self.lines.values()))

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return all(line.deal in (Deal.SAME, Deal.REST) for line in self.lines.values())

    @property
    def errors(self) -> int:
        return sum(finding.level == Level.ERROR for finding in self.findings)

    @property
    def fingerprint(self) -> str:
        """Of what would be written: another state of the ledger, or another tree, gives another one."""
        content = [line.as_json() for line in self.lines.values()] + [sorted(self.new_units.items())]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "lines": [line.as_json() for line in self.lines.values()],
            "findings": [finding.as_json() for finding in self.findings],
            "new_units": self.new_units,
            "unmentioned": self.unmentioned,
            "counts": self.counts,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        lines = [Line.from_json(line) for line in data.get("lines", [])]
        findings = [Finding.from_json(finding) for finding in data.get("findings", [])]
        return cls({line.key: line for line in lines}, findings, data.get("new_units", {}), data.get("unmentioned", {}))
