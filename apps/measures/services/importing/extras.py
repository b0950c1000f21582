"""Writing the figures and rules that a notice brings along, through the acts that enter them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from apps.issues.models import Inspection, Issue
from apps.measures.importing.plan import Deal, Plan
from apps.measures.importing.tree import Kind
from apps.measures.services.figures import FigureDraft, add_indicator, read_indicator
from apps.measures.services.regulations import add_regulation
from apps.units.models import User


def write_extras(*, actor: User, inspection: Inspection, plan: Plan, issues: Mapping[str, Issue], source: str) -> None:
    """Part of the act that applies an import: the new lines of figures and rules."""
    for line in plan.lines.values():
        if line.deal != Deal.ADD or line.kind not in (Kind.FIGURE, Kind.REGULATION):
            continue
        values, issue = line.values, issues[line.values["issue"]]
        if line.kind == Kind.FIGURE:
            shown = {"name": values["name"], "kind": values["kind"], "unit": values["unit"]}
            indicator = add_indicator(actor=actor, issue=issue, source=source, quote=values["quote"], **shown)
            figure = FigureDraft(Decimal(values["value"]), dt.date.fromisoformat(values["as_of"]))
            read_indicator(actor=actor, indicator=indicator, figures=[figure], source=source, quote=values["quote"])
        else:
            add_regulation(
                actor=actor,
                inspection=inspection,
                title=values["title"],
                kind=values["kind"],
                unit=issue.lead_unit,
                issue=issue,
                source=source,
            )
