"""The supporting units of an issue that are those of its measures, and go on being so where a list names others for a measure.

A merged 整改台账 names units beside the measures only. What an issue has besides is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from apps.issues.models import Issue
from apps.measures.importing.plan import Change, Deal, Line
from apps.measures.models import Measure

FIELD = "supporting_units"


def followed(issue: Issue, rows: Sequence[Measure], line: Line, lines: Sequence[Line]) -> tuple[Change, list[int | str]] | None:
    """What the issue's supporting units become, with the change of a measure that is the reason; None where they stay.

    ``rows``: the measures that the ledger has; ``line``: of the issue; ``lines``: of its measures in the list.
    """
    moved = {one.pk: change for one in lines if one.deal == Deal.CHANGE for change in one.changes if change.field == FIELD}
    if not moved:
        return None
    before = [[unit.pk for unit in one.supporting_units.all()] for one in rows]
    after = [moved[one.pk].value if one.pk in moved else keys for one, keys in zip(rows, before, strict=True)]
    own = {unit.pk for unit in issue.supporting_units.all()}
    if own == set(chain(*before)) - {issue.lead_unit_id}:
        wanted = [*chain(*after), *chain(*(one.values[FIELD] for one in lines if one.deal == Deal.ADD))]
    elif own == set(before[0]) - {issue.lead_unit_id}:
        wanted = after[0]
    else:
        return None
    lead = next((change.value for change in line.changes if change.field == "lead_unit"), issue.lead_unit_id)
    keys = [key for key in dict.fromkeys(wanted) if key != lead]
    return (next(iter(moved.values())), keys) if keys and set(keys) != own else None
