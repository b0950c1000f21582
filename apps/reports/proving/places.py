"""The context of a number: the words on both sides with every other number blanked, so that digits never decide what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from apps.measures.numbers.numerals import Numeral, numerals_in

ENDS = re.compile(r"[。！？；\n]")
CLAUSE_ENDS = re.compile(r"[，。；！？：、\n]")
COMMA_ENDS = re.compile(r"[，。；！？：\n]")
"""乡镇、派驻机构转立案率分别达81.5%、69.1%: what is named before 、 belongs to every number after 分别."""
REACH = 16
BLANK = {"quantity": "#", "date": "@"}


@dataclass(frozen=True)
class Anchor:
    """Where a number stands: what is left and right of it, blanked."""

    left: str
    right: str

    def common(self, other: Anchor) -> int:
        """How many characters next to the number are the same on both sides."""
        return _same(self.left[::-1], other.left[::-1]) + _same(self.right, other.right)

    def holds(self, shorter: Anchor) -> bool:
        """Whether the whole of a quoted phrase stands around this number."""
        whole = self.left.endswith(shorter.left) and self.right.startswith(shorter.right)
        return whole and len(shorter.left) + len(shorter.right) >= 2


@dataclass(frozen=True)
class Located:
    """A number of a text with its context."""

    numeral: Numeral
    anchor: Anchor
    sentence: str
    clause: str
    occurrence: int
    sentence_start: int


def located(text: str) -> list[Located]:
    """Every number of the text, in its order, with its context."""
    return list(_located(text))


@cache
def _located(text: str) -> tuple[Located, ...]:
    numerals = numerals_in(text)
    blanked, places, at = "", [], 0
    for numeral in numerals:
        blanked += text[at : numeral.start]
        places.append((len(blanked), numeral))
        blanked += BLANK.get(numeral.kind, text[numeral.start : numeral.end])
        at = numeral.end
    blanked += text[at:]
    found = []
    for place, numeral in places:
        after = place + len(BLANK.get(numeral.kind, numeral.written))
        start, end = _bounds(text, numeral, ENDS)
        sentence = text[start:end]
        first, last = _bounds(text, numeral, CLAUSE_ENDS)
        wider = _bounds(text, numeral, COMMA_ENDS)
        if "分别" in text[slice(*wider)]:
            first, last = wider
        before = [other for other in numerals if start <= other.start < numeral.start and other.written == numeral.written]
        anchor = Anchor(blanked[:place], blanked[after:])
        found.append(Located(numeral, anchor, sentence, text[first:last], len(before), start))
    return tuple(found)


def _bounds(text: str, numeral: Numeral, ends: re.Pattern[str]) -> tuple[int, int]:
    before = [match.end() for match in ends.finditer(text, 0, numeral.start)]
    after = ends.search(text, numeral.end)
    return (before[-1] if before else 0, after.end() if after else len(text))


@cache
def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters, without punctuation and digits."""
    plain = re.sub(r"[^\u4e00-\u9fffA-Za-z]", "", text)
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def covered(name: str, text: str) -> float:
    """How much of a name occurs in a text: 0 to 1."""
    wanted = pairs(name)
    return len(wanted & pairs(text)) / len(wanted) if wanted else 0.0


def _same(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one[:REACH], other[:REACH], strict=False):
        if left != right:
            break
        count += 1
    return count
