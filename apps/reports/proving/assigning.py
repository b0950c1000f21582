"""Which figure of the ledger a number speaks of: decided by its issue, its unit and the words around it, never by its digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from apps.reports.proving.comparing import same_unit, says
from apps.reports.proving.evidence import Fact
from apps.reports.proving.places import Anchor, Located, covered, located

ENOUGH = 5
"""So many characters next to the number, the same as in a quote, tell what is meant where the unit is the same too."""
PLENTY = 9
"""And so many, where the unit is another one."""
NAMED = 0.34
"""How much of an indicator's name has to stand around a number of the same unit."""
NAMED_AFAR = 0.6
"""The same in prose, where every issue of the round could be meant."""
TIE = 1
"""分别达81.5%、69.1%: where the words fit two numbers alike, each gets the one that it says. Too little to outweigh any word."""
REMAINING = re.compile(r"剩余|余款|尚余|尚未|尚欠|未收|未退|还有|待|剩下")
DUE = re.compile(r"应|共|总|合计|全部")
WHOLE_ROUND = {"recovered": re.compile(r"挽回|追缴|追回|退缴|收缴|清退"), "handled": re.compile(r"处理|处分|问责|追责|处置")}
BRACKETED = re.compile(r"（[^）]*）")


@dataclass(frozen=True)
class Claim:
    """A number could speak of a fact; the higher the score the surer. ``sure``: a whole quote of the fact stands around it."""

    score: float
    number: int
    fact: Fact
    sure: bool


def assign(numbers: list[Located], facts: Iterable[Fact], *, prose: bool) -> dict[int, Claim]:
    """For each number (by its index) the fact it speaks of, if any. A fact serves one number of a block; a second one only when a whole
    quote of it stands there once more."""
    claims = [claim for index, number in enumerate(numbers) for fact in facts if (claim := _claim(index, number, fact, prose=prose))]
    claims.sort(key=lambda claim: (-claim.score, claim.number, claim.fact.key))
    taken: dict[int, Claim] = {}
    used: set[str] = set()
    for again in (False, True):
        for claim in claims:
            if claim.number not in taken and (claim.fact.key not in used or (again and claim.sure)):
                taken[claim.number] = claim
                used.add(claim.fact.key)
    return taken


def _claim(index: int, number: Located, fact: Fact, *, prose: bool) -> Claim | None:
    unit = same_unit(number.numeral.unit, fact.unit)
    if fact.source in ("due", "balance", "sum"):
        return _derived(index, number, fact, unit=unit, prose=prose)
    if fact.source == "count" and not fact.quote:
        return None
    anchors = anchors_of(fact)
    common = max((number.anchor.common(anchor) for anchor in anchors), default=0)
    sure = any(number.anchor.holds(anchor) for anchor in anchors)
    name = BRACKETED.sub("", fact.name)
    near = max(covered(name, number.clause), 0.0)
    named = 0.6 * near + 0.4 * covered(name, number.sentence)
    if prose:
        accepted = (sure and common >= ENOUGH) or common >= PLENTY or (unit and near >= NAMED_AFAR)
    else:
        accepted = sure or common >= PLENTY or (unit and (common >= ENOUGH or named >= NAMED))
    if not accepted:
        return None
    score = common + (30 if sure else 0) + 12 * named + (6 if unit else 0)
    return Claim(score + (TIE if unit and says(number.numeral, fact.points[-1].value) else 0), index, fact, sure)


def _derived(index: int, number: Located, fact: Fact, *, unit: bool, prose: bool) -> Claim | None:
    """What follows from readings is meant where its own word stands in the clause: 剩余, 应, 挽回."""
    if not unit:
        return None
    kind = fact.key.partition(":")[2] if fact.source == "sum" else ""
    word = WHOLE_ROUND[kind] if kind else {"due": DUE, "balance": REMAINING}[fact.source]
    if (fact.source == "sum") != prose or not word.search(number.clause):
        return None
    return Claim(1 + 4 * covered(BRACKETED.sub("", fact.name), number.sentence), index, fact, sure=False)


@cache
def anchors_of(fact: Fact) -> tuple[Anchor, ...]:
    """Where the fact's own number stands in its quotes."""
    quotes = dict.fromkeys(quote for quote in (fact.quote, *(point.quote for point in fact.points)) if quote)
    return tuple(anchor for quote in quotes for anchor in _anchor(fact, quote))


def _anchor(fact: Fact, quote: str) -> list[Anchor]:
    """The number of the value and unit; where the value has changed since, the only one of its unit, or the only one at all."""
    numbers = [found for found in located(quote) if found.numeral.kind == "quantity"]
    of_unit = [found for found in numbers if same_unit(found.numeral.unit, fact.unit)]
    values = {point.value for point in fact.points}
    exact = [found for found in of_unit if found.numeral.value in values]
    for choice in (exact, of_unit, numbers):
        if len(choice) == 1 or (choice is exact and choice):
            return [choice[0].anchor]
    return []
