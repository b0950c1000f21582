"""What every act of this room stands on: whose act it is, the row locked and read anew, values as the book says them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from apps.issues.models import Inspection, Issue
from apps.ledgers.services import ActName
from apps.units.errors import ActForbidden
from apps.units.models import Role, Source, User
from apps.units.services import refuse_stale


def require_office(actor: User | None, act: ActName) -> None:
    """Acts without a state of their own are the office's (or the system's, when demonstration data is loaded)."""
    if actor is not None and actor.role != Role.OFFICE:
        raise ActForbidden(f"只有整改办可以办理“{act.label}”")


def locked_inspection(inspection: Inspection) -> Inspection:
    """The round's row, locked, so that numbers run on without a gap and two runs of a job queue.

    Rows that only point at the round (reports, new groups) may still be written meanwhile. No lock of this house shuts them out
    (``no_key``): foreign keys are checked at the end of a transaction, when it already holds the book that others wait for.
    """
    row: Inspection = Inspection.objects.select_for_update(of=("self",), no_key=True).select_related("book").get(pk=inspection.pk)
    return row


def locked(issue: Issue, version: int | None = None) -> Issue:
    """The issue's row, locked and read anew; refused (409) when the caller's page showed another version."""
    rows = Issue.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "lead_unit")
    row: Issue = rows.get(pk=issue.pk)
    refuse_stale(row.version, version)
    return row


def source_of_closure(issue: Issue) -> str:
    """The notice says of no issue that it was closed: where the closure of an issue is demonstration, so is what makes it up."""
    return Source.DEMONSTRATION if issue.demonstrates("closure") else Source.ENTERED


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month ``months`` later, or that month's last day: three months are not ninety days (domain.md §1.1)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), first_of_next - dt.timedelta(days=1))


def plain_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rows become their labels; provenance columns stay out of the book's before → after."""
    hidden = ("quote", "demonstrated")
    return {key: _spoken(value) for key, value in values.items() if key not in hidden}


def _spoken(value: Any) -> Any:
    """An issue of another round goes by its number only: whoever reads the timeline of this one need not see that one."""
    if isinstance(value, Issue):
        return f"{value.inspection.feedback_on.year} 年反馈的问题 {value.number}"
    return getattr(value, "label_in_book", value)


def bump(row: Issue) -> None:
    row.version += 1
    row.save(update_fields=("closure", "round", "version"))
