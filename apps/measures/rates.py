"""The one way in which a share is said in per cent, wherever it is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")
ALMOST_ALL, WHOLE = Decimal("99.9"), Decimal(100)
ROUNDING = "百分比四舍五入到一位小数，没有全部完成的不写 100.0%"


def percent(part: int, whole: int) -> Decimal | None:
    """With one decimal, rounded half up; only a finished whole says 100. None where there is nothing to count."""
    if not whole:
        return None
    share = (WHOLE * part / whole).quantize(TENTH, ROUND_HALF_UP)
    return share if part >= whole else min(share, ALMOST_ALL)
