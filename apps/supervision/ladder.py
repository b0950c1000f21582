"""The ladder of letters (督查单) of a round: which levels there are, who may send each, how long the unit has to answer.

A round without rows of its own goes by the default ladder 提醒 → 蓝 → 橙 → 红 → 约谈建议 (domain.md §2.2).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from apps.issues.models import Inspection
from apps.measures.deadlines import WorkCalendar
from apps.supervision.models import LadderLevel, Letter

Sender, Receiver, Colour = LadderLevel.Sender, LadderLevel.Receiver, LadderLevel.Colour


@dataclass(frozen=True)
class Level:
    """One level; its place in the ladder is its rank."""

    code: str
    name: str
    colour: str
    senders: tuple[str, ...]
    receiver: str
    reply_working_days: int

    @classmethod
    def of_row(cls, row: LadderLevel) -> Self:
        return cls(row.code, row.name, row.colour, tuple(row.senders), row.receiver, row.reply_working_days)

    @property
    def sender_words(self) -> str:
        return "、".join(str(Sender(code).label) for code in self.senders)

    @property
    def receiver_words(self) -> str:
        return str(Receiver(self.receiver).label)

    def reply_by(self, today: dt.date) -> dt.date:
        """The last day of the clock that starts today; raises CalendarNotLoaded rather than guessing."""
        return WorkCalendar().after(today, self.reply_working_days)


DEFAULT = (
    Level(Letter.Level.REMIND, "提醒函", Colour.PLAIN, (Sender.OFFICE, Sender.GROUP), Receiver.LIAISON, 5),
    Level(Letter.Level.BLUE, "蓝色督查单", Colour.BLUE, (Sender.OFFICE, Sender.GROUP), Receiver.LIAISON, 5),
    Level(Letter.Level.ORANGE, "橙色督查单", Colour.ORANGE, (Sender.OFFICE, Sender.HEAD, Sender.LEADER), Receiver.HEAD, 3),
    Level(Letter.Level.RED, "红色督查单", Colour.RED, (Sender.OFFICE, Sender.LEADER), Receiver.HEAD, 3),
    Level(Letter.Level.TALK, "约谈建议书", Colour.RED, (Sender.OFFICE, Sender.LEADER), Receiver.LEADER, 2),
)


def ladder_of(inspection: Inspection | int) -> list[Level]:
    """The levels of a round, the mildest first."""
    pk = inspection if isinstance(inspection, int) else inspection.pk
    return ladders_of([pk])[pk]


def ladders_of(inspections: Iterable[int]) -> dict[int, list[Level]]:
    """By round, in one query."""
    found: dict[int, list[Level]] = {pk: [] for pk in inspections}
    for row in LadderLevel.objects.filter(inspection__in=found).order_by("rank"):
        found[row.inspection_id].append(Level.of_row(row))
    return {pk: levels or list(DEFAULT) for pk, levels in found.items()}


def level_in(levels: Sequence[Level], code: str) -> Level | None:
    return next((level for level in levels if level.code == code), None)


def rank_in(levels: Sequence[Level], code: str) -> int:
    """The place of a code, the mildest 0; -1 for one that the ladder does not have."""
    return next((rank for rank, level in enumerate(levels) if level.code == code), -1)


def next_level(levels: Sequence[Level], code: str) -> Level | None:
    """The level above; None at the top."""
    rank = rank_in(levels, code)
    return levels[rank + 1] if 0 <= rank < len(levels) - 1 else None


def fingerprint(levels: Sequence[Level]) -> str:
    """Tells two ladders apart: a page that showed another one than is in force is stale."""
    return hashlib.sha256(json.dumps([asdict(level) for level in levels], ensure_ascii=False).encode()).hexdigest()[:16]
