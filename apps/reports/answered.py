"""How messages of the public were answered, counted by round. The same numbers for the public's page and the office's list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from apps.issues.models import Inspection
from apps.reports.models import Feedback
from apps.reports.querysets import FeedbackQuerySet


@dataclass(frozen=True)
class Answered:
    """The messages of one round. ``in_time`` and ``late`` are of those with a known day; ``late`` are settled after it or still waiting."""

    inspection: Inspection
    received: int
    answered: int
    aside: int
    waiting: int
    in_time: int
    late: int
    demonstrated: int

    @property
    def rate(self) -> str:
        """In per cent, one decimal; none where nothing was due."""
        due = self.in_time + self.late
        return f"{100 * self.in_time / due:.1f}%" if due else "—"


def answered_of(rows: FeedbackQuerySet) -> list[Answered]:
    """The latest round first."""
    found = rows.select_related("inspection", "edition").order_by("-inspection__feedback_on", "-inspection_id")
    return list(_counted(found))


def _counted(rows: Iterable[Feedback]) -> Iterator[Answered]:
    for inspection, group in groupby(rows, key=lambda row: row.inspection):
        own = list(group)
        settled = [row for row in own if not row.is_open]
        yield Answered(
            inspection=inspection,
            received=len(own),
            answered=sum(row.state == Feedback.State.ANSWERED for row in own),
            aside=sum(row.state == Feedback.State.SET_ASIDE for row in own),
            waiting=len(own) - len(settled),
            in_time=sum(row.due_on is not None and not row.is_late for row in settled),
            late=sum(row.is_late for row in own),
            demonstrated=sum(row.is_demonstration for row in own),
        )
