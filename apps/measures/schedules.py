"""What of a schedule of instalments has come, is still to come, or is past its day; and the balance of what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.measures.models import Indicator, Instalment

ARRIVED, AHEAD, MISSED = "arrived", "ahead", "missed"
WORDS = {ARRIVED: "已到账", AHEAD: "未到期", MISSED: "已过期未到账"}
FORMULA = "累计数达到前几期合计的，为已到账；没有达到的，到期当天及以前为未到期，以后为已过期未到账"
BALANCE_FORMULA = "余额 = 应完成数 − 最近一次累计数"


@dataclass(frozen=True)
class Step:
    """An instalment as it stands: ``upto`` is what should have come by then, ``arrived_on`` the first day as of which it had."""

    instalment: Instalment
    number: int
    upto: Decimal
    arrived_on: dt.date | None
    state: str

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def amount(self) -> str:
        return f"{self.instalment.indicator.to_shown(self.instalment.amount):f}"

    @property
    def upto_shown(self) -> str:
        return f"{self.instalment.indicator.to_shown(self.upto):f}"


def steps(instalments: Sequence[Instalment], figures: Iterable[tuple[dt.date, Decimal]], today: dt.date) -> list[Step]:
    """The instalments of one indicator in the order of their days; ``figures`` are its readings that count, the latest last.

    Readings are cumulative: an instalment has come once what was last read covers it and all before it. A figure that was corrected
    downwards takes back what it seemed to cover.
    """
    ordered = list(figures)
    last = ordered[-1][1] if ordered else Decimal(0)
    found, upto = [], Decimal(0)
    for number, row in enumerate(sorted(instalments, key=lambda one: one.due_on), start=1):
        upto += row.amount
        arrived_on = next((day for day, value in ordered if value >= upto), None) if last >= upto else None
        state = ARRIVED if last >= upto else MISSED if row.due_on < today else AHEAD
        found.append(Step(row, number, upto, arrived_on, state))
    return found


def summary(found: Sequence[Step]) -> str:
    """The schedule in a line: 4 期：已到账 1 期，已过期未到账 1 期，未到期 2 期."""
    counts = [(word, sum(step.state == state for step in found)) for state, word in WORDS.items()]
    return f"{len(found)} 期：{'，'.join(f'{word} {count} 期' for word, count in counts if count)}" if found else ""


def balance(row: Indicator) -> Decimal | None:
    """What is still to come, in base units, where something is due; ``latest`` is annotated by ``with_latest``."""
    return None if row.due_amount is None else row.due_amount - (row.latest or Decimal(0))


def balance_words(row: Indicator) -> str:
    """The balance in the indicator's own unit; more than was due is said to be so."""
    left = balance(row)
    if left is None:
        return ""
    return f"{row.to_shown(left):f}" if left >= 0 else f"0（超出 {row.to_shown(-left):f}）"
