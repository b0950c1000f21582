"""The draft that a notice becomes: plain data without models, every part with its line, every doubt said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from apps.measures.importing.notices.claims import Claim, Counted


@dataclass(frozen=True)
class Doubt:
    """Something the reader was not sure of. ``code`` names the kind, ``advice`` says what to do; ``weighty``: it may change the tree."""

    code: str
    words: str
    advice: str
    line: int = 0
    given: str = ""
    weighty: bool = True


@dataclass(frozen=True)
class Figure:
    """A number with its unit. ``values`` in base units, two for a range; ``as_of`` None where the text gives no day."""

    written: str
    values: tuple[Decimal, ...]
    unit: str
    scale: str
    kind: str
    name: str
    as_of: dt.date | None
    as_of_written: str
    as_of_sure: bool
    about: str
    line: int
    sentence: str


@dataclass(frozen=True)
class NamedRule:
    """A rule the text says was made or revised; not ``sure`` where its name stands in no 《》."""

    title: str
    act: str
    line: int
    sure: bool


@dataclass(frozen=True)
class DraftMeasure:
    """One measure; not ``sure`` where the text does not number measures and the whole account is taken as one."""

    text: str
    line: int
    marker: str = ""
    sure: bool = True
    units: tuple[str, ...] = ()


@dataclass
class DraftIssue:
    """One finding with what was done about it. ``number`` counts from one over the notice, ``printed`` is as it stands there."""

    number: int
    printed: str
    line: int
    title: str
    finding: str
    body: str
    group: str = ""
    status: str = ""
    due: str = ""
    lead_unit: str = ""
    supporting: tuple[str, ...] = ()
    official: str = ""
    person: str = ""
    goal: str = ""
    next_steps: str = ""
    measures: list[DraftMeasure] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    rules: list[NamedRule] = field(default_factory=list)
    units: tuple[str, ...] = ()
    doubts: list[Doubt] = field(default_factory=list)


@dataclass
class DraftCategory:
    """One aspect with its issues."""

    number: int
    printed: str
    title: str
    line: int
    issues: list[DraftIssue] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(frozen=True)
class OtherPart:
    """A numbered part that holds no issue, with what it was taken for."""

    role: str
    title: str
    line: int
    text: str


@dataclass(frozen=True)
class Contact:
    """The contact block at the end."""

    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    address: str = ""
    postcode: str = ""
    receiver: str = ""
    signature: str = ""
    line: int = 0
    text: str = ""


@dataclass(frozen=True)
class Facts:
    """What the text says of the round: who inspected whom, when, when the feedback was given and the notice signed."""

    title: str = ""
    inspected: str = ""
    inspector: str = ""
    kind: str = ""
    on_site_from: dt.date | None = None
    on_site_to: dt.date | None = None
    feedback_on: dt.date | None = None
    signed_on: dt.date | None = None
    lines: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Total:
    """A total that the text claims beside what was found; ``found`` is None where it cannot be counted in a notice."""

    claim: Claim
    found: int | None

    @property
    def agrees(self) -> bool | None:
        return None if self.found is None else self.found == self.claim.number


@dataclass(frozen=True)
class OtherReading:
    """Another way to read the text, by name, with what it would give."""

    key: str
    words: str
    score: float
    chosen: bool


@dataclass
class Draft:
    """The whole notice."""

    facts: Facts
    categories: list[DraftCategory]
    parts: list[OtherPart]
    contact: Contact
    claims: list[Claim]
    readings: list[OtherReading]
    doubts: list[Doubt]
    lead: str

    @property
    def issues(self) -> Iterator[DraftIssue]:
        for category in self.categories:
            yield from category.issues

    @property
    def totals(self) -> list[Total]:
        """Every total claimed against what was found."""
        issues = list(self.issues)
        found: dict[Counted, int | None] = {
            Counted.CATEGORIES: len(self.categories),
            Counted.ISSUES: len(issues),
            Counted.MEASURES: sum(len(issue.measures) for issue in issues) if all(m.sure for i in issues for m in i.measures) else None,
        }
        stated = [issue.status for issue in issues if issue.status]
        if stated and len(stated) == len(issues):
            found[Counted.DONE] = stated.count("已完成")
            found[Counted.STAGE_DONE] = stated.count("阶段性完成")
            found[Counted.ONGOING] = len(stated) - stated.count("已完成") - stated.count("阶段性完成")
        return [Total(claim, found.get(claim.counted)) for claim in self.claims]
