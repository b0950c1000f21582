"""Which level of a part are its issues: every pair of levels is scored by its words, labels, numbering and the totals claimed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from apps.measures.importing.notices.claims import Claim, Counted
from apps.measures.importing.notices.items import AT_END
from apps.measures.importing.notices.labels import has_finding, has_result, is_field
from apps.measures.importing.notices.marks import Style
from apps.measures.importing.notices.outline import Section
from apps.measures.importing.notices.shapes import is_act, is_aspect, is_problem, names_problem
from apps.measures.importing.notices.zones import Zone

CLOSE, STATE, MOST = 1.5, 40, 0.8
"""Two readings whose scores differ by less are both told."""


@dataclass(frozen=True)
class Level:
    """All parts of one numbering style within a zone, and how they look (shares from 0 to 1)."""

    style: Style
    sections: tuple[Section, ...]
    problem: float
    named: float
    aspect: float
    act: float
    labelled: float
    finding: float
    body: float
    runs_on: bool

    @property
    def count(self) -> int:
        return len(self.sections)


@dataclass(frozen=True)
class Reading:
    """One way to read a zone: the parts of one level are its issues, those of another its categories."""

    issues: Style
    categories: Style | None
    score: float
    count: int
    groups: int

    @property
    def words(self) -> str:
        return f"{self.groups} 个方面 {self.count} 个问题" if self.groups else f"{self.count} 个问题"


def levels_of(zone: Zone) -> list[Level]:
    """The levels of a zone from the top; the zone's own heading is one if it is a finding."""
    parts: dict[Style, list[Section]] = {}
    order: list[Style] = []
    for section in zone.section.walk():
        if section.style is None or (section is zone.section and not zone.is_category):
            continue
        if section.style not in parts:
            order.append(section.style)
        parts.setdefault(section.style, []).append(section)
    if Style.LABEL in parts and _one_each(parts[Style.LABEL], zone):
        order.remove(Style.LABEL)
    order.sort(key=lambda style: min(_depth(section) for section in parts[style]))
    return [_level(style, parts[style]) for style in order]


def _one_each(labelled: Sequence[Section], zone: Zone) -> bool:
    """Whether each label is the only one below its number: then it is a part of that entry, and no entry of its own."""
    parents = [section.parent for section in labelled]
    heads = [parent.head for parent in parents if parent is not None and parent.style is not None and parent is not zone.section]
    alone = len({id(parent) for parent in parents}) == len(labelled) == len(heads)
    return alone and not any(is_aspect(head) for head in heads)


def _depth(section: Section) -> int:
    return 0 if section.parent is None else 1 + _depth(section.parent)


def _level(style: Style, sections: list[Section]) -> Level:
    def share(holds: Sequence[bool]) -> float:
        return sum(holds) / len(holds)

    heads = [section.head for section in sections]
    parents = {id(section.parent) for section in sections}
    numbers = [section.number for section in sections]
    return Level(
        style,
        tuple(sections),
        problem=share([is_problem(head) for head in heads]),
        named=share([names_problem(head) for head in heads]),
        aspect=share([is_aspect(head) for head in heads]),
        act=share([is_act(head) for head in heads]),
        labelled=share([_is_told(section) for section in sections]),
        finding=share([has_finding(section.own) for section in sections]),
        body=share([_has_body(section) for section in sections]),
        runs_on=len(parents) > 1 and len(numbers) > 2 and all(two == one + 1 for one, two in itertools.pairwise(numbers)),
    )


def _is_told(section: Section) -> bool:
    """Whether it is told like an entry: with a label of results, or a state in brackets at the end of a paragraph."""
    is_labelled = has_result(section.own) and not is_field(section.own)
    return is_labelled or _label_below(section) or any(AT_END.search(piece.text[-STATE:]) for piece in section.pieces)


def _label_below(section: Section) -> bool:
    return any(is_field(child.own) or (child.style == Style.LABEL and has_result(child.own)) for child in section.children)


def _has_body(section: Section) -> bool:
    """Whether something is told beyond the heading: in its own text, or by acts below it."""
    return len(section.own) > len(section.head) + 12 or any(is_act(child.head) for child in section.children)


def readings_of(levels: Sequence[Level], claims: Sequence[Claim], zones: int = 1) -> list[Reading]:
    """Every way to read these levels, the most likely first."""
    found = [_reading(levels, place, above, claims, zones) for place in range(len(levels)) for above in (*range(place), None)]
    return sorted(found, key=lambda reading: -reading.score)


def _reading(levels: Sequence[Level], place: int, above: int | None, claims: Sequence[Claim], zones: int) -> Reading:
    level = levels[place]
    score = _own(level) + _against(levels[place + 1 :], level)
    groups = levels[above].count if above is not None else 0
    if above is None:
        score -= 1.0 if place else 0.0
    else:
        score += _grouping(levels[above]) - 0.3 * (place - above - 1) - _acts_below(levels[above], level)
    score += _claimed(claims, Counted.ISSUES, level.count, 5.0 if zones == 1 else 2.5)
    score += _claimed(claims, Counted.CATEGORIES, groups, 3.0) if groups else 0.0
    return Reading(level.style, levels[above].style if above is not None else None, round(score, 3), level.count, groups)


def _own(level: Level) -> float:
    """How much a level looks like issues by itself."""
    score = 4.0 * level.labelled + 2.0 * level.finding + 2.0 * level.problem + 1.5 * level.named
    score += 2.0 if level.runs_on else 0.0
    score += 1.0 * level.body - 3.0 * level.aspect
    if level.style == Style.FIRST:
        score -= 2.5
    if level.style in (Style.PROBLEM, Style.LABEL):
        score += 2.0
    return score - (1.0 if level.count == 1 else 0.0)


def _against(deeper: Sequence[Level], level: Level) -> float:
    """What speaks against it: deeper levels that look more like issues, shallower findings that it would be an act under."""
    score = 0.0
    for other in deeper:
        weight = 0.4 if other.style == Style.FIRST else 1.0
        if other.count >= level.count:
            score -= weight * (4.0 * other.labelled + 2.0 * other.finding + 1.5 * max(0.0, other.problem - 0.4) + 3.0 * other.named)
            score -= 2.0 if other.runs_on else 0.0
    return score


def _grouping(above: Level) -> float:
    """How much the level above looks like categories; one that tells acts or has results of its own is none."""
    return 1.0 + 1.5 * above.aspect + 1.0 * above.problem - 4.0 * above.labelled - 1.5 * above.act * (1 - above.problem)


def _acts_below(above: Level, level: Level) -> float:
    """Acts below findings that are no aspects are measures, unless their numbers run on over the whole part."""
    told = above.problem > MOST and above.aspect < 1 - MOST and level.act > MOST and not (level.labelled or level.runs_on)
    return 1.2 if told else 0.0


def _claimed(claims: Sequence[Claim], counted: Counted, number: int, weight: float) -> float:
    """Whether one of the totals says this number."""
    said = {claim.number for claim in claims if claim.counted == counted} or {
        claim.number for claim in claims if claim.counted == Counted.GROUPS
    }
    return weight if number > 1 and number in said else 0.0
