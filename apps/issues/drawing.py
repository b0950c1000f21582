"""Drawing a sample that anybody can repeat: the same seed and the same candidates give the same list, on any machine.

How it is done, in full (also docs/look-back-draws.md):

1. Candidates stand in the order of their issue numbers. Each has a lead unit (its stratum) and a whole weight ≥ 1.
2. Key of a candidate: u = (h + 1) / 2^256, h being SHA-256 of the text “seed:number” in UTF-8 read as a big-endian integer; its rank
   goes by u^(1/weight), the larger the earlier (Efraimidis and Spirakis 2006). Two candidates a, b are compared without rounding:
   a before b exactly when u_a^weight_b > u_b^weight_a; equals by number.
3. Places: when there are as many places as units, each unit gets one, and each further place goes to the unit with the largest
   candidates ÷ (places it has + 1) — more candidates first, then the smallest issue number. With fewer places than units, the units
   whose first candidate ranks highest get one each.
4. Each unit's places are filled by its candidates in the order of their rank.

Nothing here depends on a random generator of a language or on floating-point numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

BITS = 256


@dataclass(frozen=True)
class Candidate:
    """An issue that could be drawn. ``stratum`` is its lead unit."""

    number: int
    stratum: str
    weight: int


def candidates_from(rows: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """As a draw keeps them."""
    return [Candidate(row["number"], row["unit"], row["weight"]) for row in rows]


def drawn(candidates: Sequence[Candidate], size: int, seed: str) -> list[int]:
    """The numbers drawn, in ascending order."""
    order = ranked(candidates, seed)
    places = places_of(order, size)
    taken: list[int] = []
    for stratum, count in places.items():
        taken += [row.number for row in order if row.stratum == stratum][:count]
    return sorted(taken)


def ranked(candidates: Sequence[Candidate], seed: str) -> list[Candidate]:
    """The candidates, the highest key first."""
    keys = {row.number: key_of(seed, row.number) for row in candidates}

    def compare(one: Candidate, other: Candidate) -> int:
        # u = key / 2^256; both sides of u_one^w_other > u_other^w_one are multiplied by 2^(256 × (w_one + w_other)).
        left = keys[one.number] ** other.weight << BITS * one.weight
        right = keys[other.number] ** one.weight << BITS * other.weight
        return (right > left) - (left > right) or one.number - other.number

    return sorted(candidates, key=cmp_to_key(compare))


def key_of(seed: str, number: int) -> int:
    """1 … 2^256."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest(), "big") + 1


def places_of(order: Sequence[Candidate], size: int) -> dict[str, int]:
    """How many of each stratum are drawn; ``order`` is ranked."""
    strata: dict[str, list[int]] = {}
    for row in order:
        strata.setdefault(row.stratum, []).append(row.number)
    if size < len(strata):
        return dict.fromkeys(list(strata)[:size], 1)
    places = dict.fromkeys(strata, 1)
    for _further in range(min(size, len(order)) - len(strata)):
        places[_next(strata, places)] += 1
    return places


def _next(strata: Mapping[str, Sequence[int]], places: Mapping[str, int]) -> str:
    """The stratum that gets the next place. Quotients are compared by cross-multiplication."""

    def compare(one: str, other: str) -> int:
        left, right = len(strata[one]) * (places[other] + 1), len(strata[other]) * (places[one] + 1)
        return right - left or len(strata[other]) - len(strata[one]) or min(strata[one]) - min(strata[other])

    return min(strata, key=cmp_to_key(compare))
