"""Whether a written number says a value: exactly, rounded as it is written, or as 超, 余, 近, 约 and ranges allow."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from apps.measures.numbers.numerals import FACTORS, Numeral
from apps.measures.numbers.phrases import SYNONYMS
from apps.reports.proving.evidence import plain

ROUNDINGS = {
    "over": ROUND_FLOOR,
    "least": ROUND_FLOOR,
    "more": ROUND_FLOOR,
    "under": ROUND_CEILING,
    "most": ROUND_CEILING,
    "near": ROUND_HALF_UP,
}
ROUNDED_PLACES = 2
"""From so many written places on a number may be rounded (7889.72万元 for 78897234元); a rounder one has to be exact or say 约."""


def same_unit(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in SYNONYMS)


def says(numeral: Numeral, value: Decimal, *, strict: bool = False) -> bool:
    """Whether the number can be written for the value. A looser word lets no other round number pass: 超90% is not 超80%.

    ``strict``: 超过 and 近 do not say the number itself. a range from one written number to another says no figure.
    """
    if len(numeral.values) > 1:
        return numeral.about == "vague" and numeral.values[0] <= value <= numeral.values[1]
    written = numeral.value
    if written == value:
        return numeral.about != "more" and not (strict and numeral.about in ("over", "under"))
    rounding = ROUNDINGS.get(numeral.about)
    if rounding:
        size = _size(numeral)
        return (value / size).quantize(Decimal(1), rounding) * size == written
    if numeral.decimals >= ROUNDED_PLACES:
        scale = Decimal(FACTORS.get(numeral.scale, 1))
        return (value / scale).quantize(Decimal(1).scaleb(-numeral.decimals), ROUND_HALF_UP) * scale == written
    return False


def _size(numeral: Numeral) -> Decimal:
    """The size of the last digit that is not zero: 10 for 90, 100 for 1200, 1000 (元) for 0.1万元."""
    scale = Decimal(FACTORS.get(numeral.scale, 1))
    _sign, digits, exponent = (numeral.value / scale).normalize().as_tuple()
    size = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) * scale
    return size if digits != (0,) else scale


def in_words(numeral: Numeral) -> str:
    """A number as it was understood: 460000 元 for 46万元."""
    return "至".join(plain(value) for value in numeral.values) + f" {numeral.unit}".rstrip()
