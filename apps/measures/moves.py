"""What moved in a round between two days: each measure and issue that changed, what kind of change it was, and the counts of both days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from apps.issues.as_of import IssueState
from apps.issues.models import Issue
from apps.measures.as_of import MeasureState, RoundBook
from apps.measures.models import Measure

NOT_THERE = "（尚未列入）"
NO_DAY = "不设时限"
KINDS = {
    "new": "新增",
    "finished": "新办结",
    "resumed": "恢复推进",
    "progressed": "进展变化",
    "overdue": "新增逾期",
    "cleared": "逾期消除",
    "redated": "时限调整",
    "moved": "牵头单位调整",
    "applied": "新提请销号",
    "closed": "新销号",
    "returned": "销号申请退回",
    "relapsed": "反弹重开",
}


@dataclass(frozen=True)
class Pair:
    """What one column said on the first and on the second day."""

    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after

    def __str__(self) -> str:
        return f"{self.before} → {self.after}" if self.differs else self.after


@dataclass(frozen=True)
class Move:
    """One measure or issue that changed."""

    row: Any
    number: str
    title: str
    kinds: tuple[str, ...]
    state: Pair
    due: Pair
    unit: Pair

    @property
    def is_issue(self) -> bool:
        return isinstance(self.row, Issue)

    @property
    def words(self) -> list[str]:
        return [KINDS[kind] for kind in self.kinds]


@dataclass(frozen=True)
class Count:
    """One figure on both days."""

    label: str
    before: int
    after: int

    @property
    def change(self) -> str:
        difference = self.after - self.before
        return f"+{difference}" if difference > 0 else str(difference) if difference else "—"


class Comparison:
    """A round on two days, as one user sees it."""

    def __init__(self, book: RoundBook, start: dt.date, end: dt.date) -> None:
        self.book = book
        self.before, self.after = book.on(start), book.on(end)

    @cached_property
    def moves(self) -> list[Move]:
        """Issues and measures that changed, an issue before its measures."""
        found = [*self._issue_moves(), *self._measure_moves()]
        return sorted(found, key=_place)

    @cached_property
    def by_kind(self) -> list[tuple[str, str, int]]:
        """Every kind of change that occurred: its code, its words, how many."""
        counted = Counter(kind for move in self.moves for kind in move.kinds)
        return [(kind, words, counted[kind]) for kind, words in KINDS.items() if counted[kind]]

    @cached_property
    def counts(self) -> list[Count]:
        first, last = self.before, self.after
        return [
            Count("问题", len(first.issues), len(last.issues)),
            *(Count(f"问题：{label}", first.by_closure[value], last.by_closure[value]) for value, label in Issue.ClosureState.choices),
            Count("措施", len(first.measures), len(last.measures)),
            *(Count(f"措施：{label}", first.by_progress[value], last.by_progress[value]) for value, label in Measure.State.choices),
            Count("措施：逾期", first.overdue, last.overdue),
        ]

    def _measure_moves(self) -> Iterator[Move]:
        for row in self.book.measures:
            old, new = self.before.measures.get(row.pk), self.after.measures.get(row.pk)
            if new is None:
                continue
            kinds = tuple(kinds_of_measure(old, new))
            if kinds:
                state = Pair(_progress(old), _progress(new))
                due = Pair(_due(old), _due(new))
                yield Move(row, row.number, row.text, kinds, state, due, self._units(old, new))

    def _issue_moves(self) -> Iterator[Move]:
        for row in self.book.issues:
            old, new = self.before.issues.get(row.pk), self.after.issues.get(row.pk)
            if new is None:
                continue
            kinds = tuple(kinds_of_issue(old, new))
            if kinds:
                state = Pair(_closure(old), _closure(new))
                yield Move(row, str(row.number), row.title, kinds, state, Pair("", ""), self._units(old, new))

    def _units(self, old: MeasureState | IssueState | None, new: MeasureState | IssueState) -> Pair:
        after = self.after.unit_of(new)
        return Pair(self.before.unit_of(old) if old else after, after)


def kinds_of_measure(old: MeasureState | None, new: MeasureState) -> Iterator[str]:
    """In what ways a measure changed; a measure that was not there before may be finished or late at once."""
    was_finished, was_late = (old.is_finished, old.is_overdue) if old else (False, False)
    changes = {
        "new": old is None,
        "finished": new.is_finished and not was_finished,
        "resumed": was_finished and not new.is_finished,
        "progressed": old is not None and old.progress != new.progress and was_finished == new.is_finished,
        "overdue": new.is_overdue and not was_late,
        "cleared": was_late and not new.is_overdue,
        "redated": old is not None and old.due_on != new.due_on,
        "moved": old is not None and old.lead_unit_id != new.lead_unit_id,
    }
    return (kind for kind, holds in changes.items() if holds)


def kinds_of_issue(old: IssueState | None, new: IssueState) -> Iterator[str]:
    """In what ways an issue changed."""
    closure, round_before = (old.closure, old.round) if old else ("open", new.round)
    changed = closure != new.closure
    changes = {
        "new": old is None,
        "moved": old is not None and old.lead_unit_id != new.lead_unit_id,
        "applied": changed and new.closure == Issue.ClosureState.APPLIED,
        "closed": changed and new.is_closed,
        "returned": changed and closure == Issue.ClosureState.APPLIED and new.closure == "open" and new.round == round_before,
        "relapsed": new.round > round_before,
    }
    return (kind for kind, holds in changes.items() if holds)


def _place(move: Move) -> tuple[int, int]:
    return (move.row.number, 0) if move.is_issue else (move.row.issue.number, move.row.ordinal)


def _progress(state: MeasureState | None) -> str:
    if state is None:
        return NOT_THERE
    return f"{state.progress_words}（逾期）" if state.is_overdue else state.progress_words


def _due(state: MeasureState | None) -> str:
    return NOT_THERE if state is None else str(state.due_on or NO_DAY)


def _closure(state: IssueState | None) -> str:
    if state is None:
        return NOT_THERE
    words = str(Issue.ClosureState(state.closure).label)
    return f"{words}（第 {state.round} 轮）" if state.round > 1 else words
