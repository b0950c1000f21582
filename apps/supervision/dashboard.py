"""The dashboard 督查看板: the figures of figures.py, arranged for one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.issues.models import Category
from apps.issues.pages import SignedRequest, require_role
from apps.measures.models import Measure
from apps.measures.querysets import MARKS
from apps.measures.rates import ROUNDING
from apps.measures.templatetags.measure_ui import WORDS
from apps.measures.tracks import TRACKS
from apps.supervision import figures
from apps.supervision.figures import Remaining, Tally, Urging
from apps.supervision.scope import Scope, scope_of
from apps.units.models import Role, Unit
from apps.units.parameters import refuse_unknown

UNITS_SHOWN = 12
OVERDUE_SHOWN = 40


@dataclass(frozen=True)
class CategoryLine:
    """A category: its measures by mark, and on the three tracks."""

    category: Category
    marks: dict[str, int]
    tally: Tally


@dataclass(frozen=True)
class UnitLine:
    """A unit and its measures on the three tracks."""

    unit: Unit
    tally: Tally


@dataclass(frozen=True)
class OverdueLine:
    """An overdue measure and how it was urged so far."""

    measure: Measure
    days: int
    urging: Urging | None


@require_safe
def dashboard(request: SignedRequest) -> HttpResponse:
    """How the round stands, or the part of it that one group covers."""
    require_role(request.user, Role.OFFICE, Role.SUPERVISOR)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "督查看板"})
    refuse_unknown(request, "inspection", "group")
    tracks = figures.tracks(scope.measures, *scope.window)
    curve = figures.remaining(scope.measures, scope.inspection, scope.today)
    categories = category_lines(scope, tracks.by_category)
    units = unit_lines(tracks.by_unit)
    context = {
        "scope": scope,
        "tally": tracks.overall,
        "closures": figures.closures(scope.inspection, scope.measures, whole=scope.is_whole),
        "money": figures.money_recovered(request.user, scope.measures),
        "regulations": figures.regulations_made(request.user, scope.inspection, scope.measures, whole=scope.is_whole),
        "curve": curve,
        "categories": categories,
        "categories_in_words": "；".join(f"{line.category} {line.tally.total} 条，逾期 {line.marks['over']} 条" for line in categories),
        "charts": {"curve": curve_data(curve), "categories": category_data(categories)},
        "marks": [(mark, WORDS[mark]) for mark in MARKS],
        "units": units,
        "first_units": units[:UNITS_SHOWN],
        "other_units": units[UNITS_SHOWN:],
        "overdue": overdue_lines(scope),
        "overdue_shown": OVERDUE_SHOWN,
        "formulas": TRACKS,
        "remaining_formula": figures.REMAINING_FORMULA,
        "money_formula": figures.MONEY_FORMULA,
        "rounding": ROUNDING,
    }
    return render(request, "supervision/dashboard.html", context)


def category_lines(scope: Scope, tallies: dict[int, Tally]) -> list[CategoryLine]:
    """The categories in which the user sees a measure, in their order."""
    marks = figures.marks_by_category(scope.measures, *scope.window)
    rows = Category.objects.filter(pk__in=list(tallies)).order_by("number")
    return [CategoryLine(row, marks[row.pk], tallies[row.pk]) for row in rows]


def unit_lines(tallies: dict[int, Tally]) -> list[UnitLine]:
    """From the worst to the best: by what the office verified, then by what is overdue."""
    lines = [UnitLine(unit, tallies[unit.pk]) for unit in Unit.objects.filter(pk__in=list(tallies))]
    return sorted(lines, key=lambda line: (line.tally.percent("verified") or 0, -line.tally.overdue, -line.tally.total, line.unit.pk))


def overdue_lines(scope: Scope) -> list[Any]:
    """The longest overdue measures under the groups that cover their lead units."""
    late = scope.measures.overdue(scope.today).select_related("issue__inspection", "lead_unit")
    rows = list(late.order_by("due_on", "issue__number", "ordinal")[:OVERDUE_SHOWN])
    urged = figures.urgings(scope.user, [row.pk for row in rows])
    return scope.by_group((row, OverdueLine(row, row.days_late(scope.today), urged.get(row.pk))) for row in rows)


def curve_data(curve: Remaining) -> dict[str, Any]:
    """What static/js/dashboard.js draws the curve from."""
    return {
        "today": curve.today.isoformat(),
        "planned": [[point.day.isoformat(), point.planned] for point in curve.points],
        "remaining": [[point.day.isoformat(), point.remaining] for point in curve.points if point.remaining is not None],
    }


def category_data(lines: list[CategoryLine]) -> dict[str, Any]:
    """What static/js/dashboard.js draws the bars from: one list of counts for each mark, in the order of the strip."""
    return {
        "names": [str(line.category) for line in lines],
        "counts": {mark: [line.marks[mark] for line in lines] for mark in MARKS},
        "totals": [line.tally.total for line in lines],
    }
