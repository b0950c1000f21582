"""How figures look wherever they are shown: those older than the cut-off of the notice, and instalments by their state."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.issues.models import Inspection
from apps.measures.models import Indicator
from apps.measures.rollup import Sum, is_stale
from apps.measures.schedules import Step, steps, summary

register = template.Library()

LOOKS = {"arrived": ("s-done", "st-done"), "ahead": ("s-none", "st-none"), "missed": ("s-over", "st-over")}


@register.simple_tag
def before_cutoff(as_of: dt.date | None, inspection: Inspection) -> SafeString:
    """``{% before_cutoff reading.as_of inspection %}``: the mark of a reading that is older than the cut-off of the notice."""
    if as_of is None or not is_stale(as_of, inspection.figures_until):
        return SafeString("")
    return format_html('<span class="tag" title="数据截止日期 {}">早于数据截止日</span>', inspection.figures_until)


@register.inclusion_tag("measures/parts/instalment_state.html")
def instalment_state(step: Step) -> dict[str, Any]:
    """``{% instalment_state step %}``: 已到账, 未到期 or 已过期未到账, with an icon of its own shape."""
    icon, tint = LOOKS[step.state]
    return {"icon": icon, "tint": tint, "words": step.words}


@register.simple_tag
def sum_of(row: Sum, key: str) -> str:
    """``{% sum_of row "due" %}``: a column of the roll-up; a dash where there is nothing."""
    return row.shown(key) or "—"


@register.simple_tag
def in_unit(row: Indicator, base: Decimal | None) -> str:
    """``{% in_unit indicator indicator.latest %}``: a stored value in the indicator's own unit, with the unit."""
    return "—" if base is None else f"{row.to_shown(base):f} {row.unit}"


@register.inclusion_tag("measures/parts/schedule_brief.html")
def schedule_brief(row: Indicator, today: dt.date) -> dict[str, Any]:
    """``{% schedule_brief indicator today %}``: each instalment with its state, by the latest value (annotated by ``with_latest``).

    Template: measures/parts/schedule_brief.html with ``row``, ``steps`` and ``words`` (the schedule in a line).
    """
    figures = [(row.latest_as_of, row.latest)] if row.latest is not None and row.latest_as_of is not None else []
    found = steps(list(row.instalments.all()), figures, today)
    return {"row": row, "steps": found, "words": summary(found)}
