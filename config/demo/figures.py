"""The figures of the notice: what is counted, what was read, and the schedules of what is still to come (demonstration)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from apps.issues.models import Issue
from apps.measures import services as measures
from apps.measures.models import Indicator, Measure
from apps.units.models import Source
from config.demo.people import People
from config.demo.words import choice

NOTICE_DATE = dt.date(2025, 12, 25)


def add_indicators(people: People, issue: Issue, made: list[Measure], rows: list[dict[str, Any]]) -> None:
    """Totals are declared first and read last: a sum is compared once all of it has been read.

    A value is the notice's, a derived total (of which the notice states the parts) is not; where the notice states no as-of date, its
    own date stands in and is marked as not stated. What is due is demonstration, as are the instalments.
    """
    declared = [(row, _declare(people, issue, made, row)) for row in sorted(rows, key=lambda row: bool(row.get("part_of")))]
    for row, indicator in reversed(declared):
        _read(people, row, indicator)
    for row, indicator in declared:
        if row.get("instalments"):
            _plan(people, row, indicator)


def _declare(people: People, issue: Issue, made: list[Measure], row: dict[str, Any]) -> Indicator:
    return measures.add_indicator(
        actor=people.reviewer,
        issue=issue,
        name=row["name"],
        kind=choice(Indicator.Kind, row["kind"]),
        unit=row["unit"],
        outcome=choice(Indicator.Outcome, row["outcome"]) if row.get("outcome") else "",
        measure=made[row["measure"] - 1] if row.get("measure") else None,
        total=issue.indicators.get(name=row["part_of"]) if row.get("part_of") else None,
        due_amount=Decimal(row["due"]) if row.get("due") else None,
        demonstrated=["due_amount"] if row.get("due") and row.get("quote") else [],
        **_provenance(row),
    )


def _read(people: People, row: dict[str, Any], indicator: Indicator) -> None:
    figure = measures.FigureDraft(Decimal(row["value"]), row.get("as_of") or NOTICE_DATE)
    stated = [] if row.get("as_of") else ["as_of"]
    measures.read_indicator(actor=people.reviewer, indicator=indicator, figures=[figure], demonstrated=stated, **_provenance(row))


def _plan(people: People, row: dict[str, Any], indicator: Indicator) -> None:
    """The schedule: fixed days, and days counted from the day of loading, so that some lie ahead and some are past."""
    today, taken = indicator.issue.inspection.today(), set[dt.date]()
    drafts = []
    for one in row["instalments"]:
        day = one["day"] if one.get("day") else today + dt.timedelta(days=one["in_days"])
        while day in taken:
            day += dt.timedelta(days=1)
        taken.add(day)
        drafts.append(measures.InstalmentDraft(day, Decimal(one["amount"]), one.get("note", "")))
    measures.plan_instalments(actor=people.reviewer, indicator=indicator, instalments=drafts, source=Source.DEMONSTRATION)


def _provenance(row: dict[str, Any]) -> dict[str, Any]:
    quote = row.get("quote", "")
    return {"source": Source.NOTICE if quote else Source.DEMONSTRATION, "quote": quote}
