"""The wall chart 挂图作战: one picture of a round, or of one group's part of it, for a screen on the wall of a meeting room.

It counts nothing by itself: completion, closures and money are those of the dashboard (figures.py), the marks those of the register
(``MeasureQuerySet.tally``). It shows numbers, titles of issues and units, never a person.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from apps.issues.models import Issue
from apps.measures.models import Measure
from apps.measures.querysets import MARKS, counts_by_mark
from apps.measures.templatetags.measure_ui import WORDS, due_words
from apps.supervision import figures
from apps.supervision.board import Board
from apps.supervision.scope import Scope
from apps.supervision.timescale import Bar, Scale, bar_of

A_PAGE = 12
ACROSS = 3
LABELS = 5
WORST = 6
COLUMNS = 10
# Rows of tiles, a category's heading counted as two thirds of one, that stand beside each other from five metres away.
ROWS = 15.5
BACK, AHEAD = dt.timedelta(days=270), dt.timedelta(days=45)


@dataclass(frozen=True)
class Tile:
    """An issue with the one mark that fits, and how far past or before its date its worst measure is."""

    issue: Issue
    mark: str
    days: int | None = None

    @property
    def word(self) -> str:
        return WORDS[self.mark]

    @property
    def icon(self) -> str:
        return "s-over-d" if self.mark == "over" else f"s-{self.mark}"

    @property
    def when(self) -> str:
        """In days, where there is something to hurry for."""
        if self.days is None or self.mark not in ("over", "soon"):
            return ""
        if self.mark == "over":
            return f"逾期 {-self.days} 天"
        return f"还剩 {self.days} 天" if self.days else "今天到期"


@dataclass(frozen=True)
class Block:
    """A category and its issues."""

    title: str
    key: int
    tiles: list[Tile]

    @property
    def closed(self) -> int:
        return sum(tile.issue.closure == Issue.ClosureState.CLOSED for tile in self.tiles)

    @property
    def over(self) -> int:
        return sum(tile.mark == "over" for tile in self.tiles)

    @property
    def marks(self) -> list[tuple[str, str, int]]:
        return worded(tile.mark for tile in self.tiles)


@dataclass(frozen=True)
class Screen:
    """What is shown of a category at one time."""

    block: Block
    part: int
    parts: int
    tiles: list[Tile]

    @property
    def key(self) -> str:
        return f"{self.block.key}-{self.part}"

    @property
    def rows(self) -> int:
        """How many rows of cards share the height: the fewer they are, the larger is what stands on them."""
        return max(2, -(-len(self.tiles) // ACROSS))


@dataclass(frozen=True)
class Worst:
    """A measure that is late, or due next."""

    measure: Measure
    tone: str
    words: str
    bar: Bar


@dataclass(frozen=True)
class Picture:
    """All that the wall shows."""

    scope: Scope
    at: dt.datetime
    tally: figures.Tally
    closures: figures.Closures
    money: figures.Money
    blocks: list[Block]
    worst: list[Worst]
    scale: Scale | None

    @property
    def rate(self) -> Decimal | None:
        return self.tally.percent("verified")

    @property
    def tiles(self) -> list[Tile]:
        return [tile for block in self.blocks for tile in block.tiles]

    @property
    def marks(self) -> list[tuple[str, str, int]]:
        """Mark, word and number of issues, of every mark that occurs."""
        return worded(tile.mark for tile in self.tiles)

    @property
    def over(self) -> int:
        return sum(tile.mark == "over" for tile in self.tiles)

    @property
    def soon(self) -> int:
        return sum(tile.mark == "soon" for tile in self.tiles)

    @property
    def fits(self) -> bool:
        """Whether every issue can have a tile that is read from five metres; else a line for each category."""
        return sum(-(-len(block.tiles) // COLUMNS) + 0.66 for block in self.blocks) <= ROWS

    @property
    def screens(self) -> list[Screen]:
        found = []
        for block in self.blocks:
            parts = -(-len(block.tiles) // A_PAGE)
            each = -(-len(block.tiles) // parts)
            found += [Screen(block, part + 1, parts, block.tiles[part * each : (part + 1) * each]) for part in range(parts)]
        return found


def worded(marks: Iterable[str]) -> list[tuple[str, str, int]]:
    found: defaultdict[str, int] = defaultdict(int)
    for mark in marks:
        found[mark] += 1
    return [(mark, WORDS[mark], count) for mark, count in counts_by_mark(list(found.items())).items() if count]


def picture(scope: Scope) -> Picture:
    """The picture of a scope, in a number of queries that does not grow."""
    board = Board(scope)
    worst = worst_of(scope)
    scale = scale_of(worst, scope.today)
    return Picture(
        scope=scope,
        at=timezone.localtime(),
        tally=board.tally,
        closures=board.closures,
        money=board.money,
        blocks=blocks_of(scope),
        worst=[line for row in worst if (line := worst_line(row, scope, scale)) is not None],
        scale=scale if worst else None,
    )


def blocks_of(scope: Scope) -> list[Block]:
    """The issues of the scope by category, each with its mark."""
    mine = Issue.objects.filter(inspection=scope.inspection)
    issues = mine if scope.is_whole else mine.filter(pk__in=scope.measures.values("issue"))
    marks: defaultdict[int, set[str]] = defaultdict(set)
    for row in scope.measures.tally(*scope.window):
        marks[row["issue"]].add(row["mark"])
    days = days_to_go(scope)
    blocks: dict[int, Block] = {}
    for issue in issues.select_related("category", "lead_unit").order_by("category__number", "number"):
        block = blocks.setdefault(issue.category_id, Block(str(issue.category), issue.category_id, []))
        block.tiles.append(Tile(issue, mark_of(issue, marks[issue.pk]), days.get(issue.pk)))
    return list(blocks.values())


def days_to_go(scope: Scope) -> dict[int, int]:
    """By issue: days to the earliest due date of a running measure, negative when it is past."""
    running = scope.measures.order_by("-due_on").filter(stopped_on__isnull=True, due_on__lte=scope.window[1])
    return {issue: (due_on - scope.today).days for issue, due_on in running.values_list("issue", "due_on") if due_on}


def mark_of(issue: Issue, marks: set[str]) -> str:
    """逾期 before 临期 before what the office has decided before what the units have done (ui/README.md §3)."""
    for urgent in ("over", "soon"):
        if urgent in marks:
            return urgent
    if issue.closure == Issue.ClosureState.CLOSED:
        return "closed"
    if issue.closure == Issue.ClosureState.APPLIED:
        return "review"
    if marks and marks <= {"done", "closed"}:
        return "done"
    if not marks or marks == {"none"}:
        return "none"
    return next((mark for mark in MARKS if mark == "review" and mark in marks), "doing")


def worst_of(scope: Scope) -> list[Measure]:
    """The longest overdue first, then what is due next."""
    near = scope.measures.filter(stopped_on__isnull=True, due_on__lte=scope.window[1])
    return list(near.select_related("issue", "lead_unit").order_by("due_on", "issue__number", "ordinal")[:WORST])


def scale_of(rows: list[Measure], today: dt.date) -> Scale:
    """At most nine months back: what has run longer begins at the edge."""
    dates = [row.due_on for row in rows if row.due_on]
    return Scale.over([max(min([*dates, today]) - BACK / 2, today - BACK), today + AHEAD, *(day for day in dates if day > today)], LABELS)


def worst_line(measure: Measure, scope: Scope, scale: Scale) -> Worst | None:
    measure.is_soon = True  # due by the end of the window, as the query says; for the words
    tone, words = due_words(measure, scope.today)
    bar = bar_of(measure, scale, scope.today, measure.assigned_on or scope.inspection.feedback_on)
    return Worst(measure, tone, words, bar) if bar else None
