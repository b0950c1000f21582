"""A unit's liaison: the tasks of this unit by urgency, one button each; letters; what waits at the office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.measures.models import Measure, Progress
from apps.measures.templatetags.measure_ui import was_returned
from apps.supervision.models import Letter
from config.workbench.rounds import Completion, Round, closures_to_sign, coming_dates, issues_to_apply_for, owed_reports

SHOWN = 5


@dataclass(frozen=True)
class Task:
    """A measure the unit must report on. ``urgency`` is over, back (sent back) or soon."""

    urgency: str
    measure: Any
    returned: Progress | None

    @property
    def action(self) -> str:
        return "补正后重报" if self.returned else "填报进展"


URGENCIES = ("over", "back", "soon")


def page(now: Round) -> dict[str, Any]:
    led = now.measures.filter(lead_unit=now.user.unit)
    running = led.for_register(now.today, now.until).unfinished().exclude(progress=Measure.State.IN_REVIEW)
    tasks = tasks_of(now, list(running))
    pending = Progress.objects.pending().filter(measure__in=led).for_queue()
    letters = Letter.objects.visible_to(now.user).filter(inspection=now.inspection)
    return {
        "sign_offs": closures_to_sign(now),
        "closable": issues_to_apply_for(now),
        "tasks": tasks,
        "pending": [(report, now.waited(report.reported_on)) for report in pending[:SHOWN]],
        "pending_count": pending.count(),
        "letters": list(letters.waiting().prefetch_related("measures__issue", "replies").order_by("reply_by")),
        "owed": owed_reports(now),
        "dates": coming_dates(now),
        "completion": Completion(led.mark_counts(now.today, now.until)),
        "led_issues": led.values("issue").distinct().count(),
        "supported": now.measures.filter(supporting_units=now.user.unit).distinct().count(),
    }


def tasks_of(now: Round, running: list[Measure]) -> list[Task]:
    """Overdue first, the longest late before the others; then what was sent back; then what falls due soon."""
    words = last_returns([row for row in running if _last_review(row) == Progress.Review.RETURNED])
    tasks = [Task(urgency, row, words.get(row.pk)) for row in running if (urgency := _urgency(now, row))]
    return sorted(tasks, key=lambda task: (URGENCIES.index(task.urgency), task.measure.due_on is None, task.measure.due_on))


def last_returns(measures: list[Measure]) -> dict[int, Progress]:
    """The latest report of each, which was sent back: its requirement is shown in full."""
    reports = Progress.objects.filter(measure__in=measures, review=Progress.Review.RETURNED).select_related("reviewed_by").order_by("pk")
    return {report.measure_id: report for report in reports}


def _urgency(now: Round, row: Measure) -> str:
    if row.is_overdue(now.today):
        return "over"
    if was_returned(row):
        return "back"
    return "soon" if getattr(row, "is_soon", False) else ""


def _last_review(row: Measure) -> str:
    """Annotated by ``for_register``."""
    return getattr(row, "last_review", None) or ""
