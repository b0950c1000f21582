"""The rules of timeliness, one class a kind of flag: which measures carry it on a day, why, and why no longer.

Each finds its rows with one query (two where a letter or an instalment is asked about), whatever the number of measures, and hands
them on one by one. Nothing here writes: ``services/flagging.py`` raises and clears.
"""

from __future__ import annotations

from apps.supervision.timeliness.base import Day, Found, Rule
from apps.supervision.timeliness.dates import Grave, Overdue, Soon
from apps.supervision.timeliness.letters import Unanswered
from apps.supervision.timeliness.money import Unpaid
from apps.supervision.timeliness.reports import Missed, Returned, Stalled

__all__ = ("CATALOGUE", "Day", "Found", "Rule")

CATALOGUE: tuple[type[Rule], ...] = (Soon, Overdue, Grave, Missed, Stalled, Returned, Unanswered, Unpaid)
