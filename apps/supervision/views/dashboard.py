"""The pages of the dashboard 督查看板: an overview and four sections, each of the same scope, each figure also as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from apps.issues.pages import SignedRequest, require_role
from apps.measures.models import Measure
from apps.measures.moves_xlsx import workbook_of
from apps.measures.querysets import MARKS
from apps.measures.services import log_export
from apps.measures.templatetags.measure_ui import WORDS
from apps.measures.views.files import XLSX, protect
from apps.supervision import figures
from apps.supervision.board import Board
from apps.supervision.board_results import MAKERS, SECTIONS, since_dispatch
from apps.supervision.figures import Tally, Urging
from apps.supervision.scope import Scope, narrowed, scope_of
from apps.supervision.series import Series
from apps.supervision.timeliness import CATALOGUE
from apps.supervision.timeliness.base import pause_on
from apps.units.errors import ActRefused
from apps.units.models import Role, Unit
from apps.units.parameters import chosen_of, refuse_unknown

UNITS_SHOWN = 12
OVERDUE_SHOWN = 40
SCOPE = ("inspection", "group", "unit")
DRAWN = ("curve", "marks", "columns", "bars", "heat")


@dataclass(frozen=True)
class UnitLine:
    """A unit and its measures on the three tracks."""

    unit: Unit
    tally: Tally
    href: str


@dataclass(frozen=True)
class OverdueLine:
    """An overdue measure and how it was urged so far."""

    measure: Measure
    days: int
    urging: Urging | None


@dataclass(frozen=True)
class Tab:
    """A section of the dashboard."""

    label: str
    href: str
    current: bool


@require_safe
def dashboard(request: SignedRequest) -> HttpResponse:
    """The overview: how the round stands, or the part of it that one group covers or one unit leads."""
    board = board_of(request)
    if board is None:
        return nothing(request)
    scope, units = board.scope, unit_lines(board)
    remaining, marks = board.remaining(), board.marks()
    context = {
        "tally": board.tally,
        "closures": board.closures,
        "money": board.money,
        "regulations": board.outcomes.whole.regulations,
        "since": since_dispatch(board),
        "curve": board.curve,
        "remaining": remaining,
        "by_mark": marks,
        "tracks": board.by_category(),
        "marks": [(mark, WORDS[mark]) for mark in MARKS],
        "units": units,
        "first_units": units[:UNITS_SHOWN],
        "other_units": units[UNITS_SHOWN:],
        "overdue": overdue_lines(scope),
        "overdue_shown": OVERDUE_SHOWN,
        "money_formula": figures.MONEY_FORMULA,
        "kpi_links": {
            "verified": board.links.register(track="verified"),
            "overdue": board.links.register(timeliness="overdue"),
            "soon": board.links.register(timeliness="soon"),
            "returned": board.links.register(progress="returned"),
            "closed": board.links.register(closure="closed"),
            "figures": board.links.figures(),
            "regulations": board.links.all_regulations(),
        },
    }
    return page(request, board, "overview", "supervision/dashboard.html", context, [remaining, marks])


def section(request: SignedRequest, name: str) -> HttpResponse:
    """One section: its figures, each as chart and table."""
    board = board_of(request)
    if board is None:
        return nothing(request)
    shown = [maker(board) for maker in SECTIONS[name][1].values()]
    return page(request, board, name, "supervision/dashboard_section.html", {"shown": shown}, shown)


@require_safe
def progress(request: SignedRequest) -> HttpResponse:
    return section(request, "progress")


@require_safe
def by_unit(request: SignedRequest) -> HttpResponse:
    return section(request, "units")


@require_safe
def outcomes(request: SignedRequest) -> HttpResponse:
    return section(request, "outcomes")


@require_safe
def forecast(request: SignedRequest) -> HttpResponse:
    return section(request, "forecast")


@require_GET
def export(request: SignedRequest) -> HttpResponse:
    """All figures as a workbook, a sheet each, or the one that ``?figure=`` names. A GET that writes one thing: the entry that this
    export left the house."""
    board = board_of(request, "figure")
    if board is None:
        raise ActRefused("还没有可以导出的数据")
    wanted = chosen_of(request, "figure", "图表", MAKERS)
    shown = [maker(board) for key, maker in MAKERS.items() if not wanted or key == wanted]
    words = scope_words(board.scope)
    data = workbook_of([sheet_of(series, board, words) for series in shown])
    filters = {"看板": "、".join(series.title for series in shown) if wanted else "全部", "范围": words}
    log_export(actor=request.user, inspection=board.scope.inspection, rows=sum(len(series.lines) for series in shown), filters=filters)
    response = HttpResponse(data, content_type=XLSX)
    protect(response, f"督查看板_{shown[0].title if wanted else '全部'}_{board.today:%Y%m%d}.xlsx")
    return response


def sheet_of(series: Series, board: Board, words: str) -> tuple[str, str, Sequence[str], Sequence[str], Sequence[Sequence[object]]]:
    """Name of the sheet, title, notes, headings, rows."""
    notes = (f"{board.scope.inspection.name}，{words}，数据截至 {board.today}", series.conclusion, f"口径：{series.formula}")
    rows = [[line.label, *(cell.value for cell in line.cells)] for line in series.lines]
    return series.title, series.title, notes, [series.rows_are, *(column.head for column in series.columns)], rows


def page(request: SignedRequest, board: Board, name: str, template: str, context: dict[str, Any], drawn: Sequence[Series]) -> HttpResponse:
    """A page of the dashboard with its tabs, its charts' figures as JSON, and the links to its workbooks."""
    frame = {
        "scope": board.scope,
        "section": SECTIONS[name][0],
        "tabs": [
            Tab(title, board.links.page(f"supervision:{'dashboard' if key == 'overview' else f'dashboard-{key}'}"), key == name)
            for key, (title, _makers) in SECTIONS.items()
        ],
        "export_all": board.links.page("supervision:dashboard-export"),
        "charts": {series.key: series.for_chart for series in drawn if series.chart in DRAWN and series.lines},
        "leads": len(board.tracks.by_unit),
        "is_liaison": request.user.role == Role.LIAISON,
        "pause": pause_on(board.scope.inspection, board.today, CATALOGUE),
        "may_load": request.user.role == Role.OFFICE,
    }
    return render(request, template, {**frame, **context})


def nothing(request: SignedRequest) -> HttpResponse:
    return render(request, "supervision/none.html", {"title": "督查看板"})


def board_of(request: SignedRequest, *further: str) -> Board | None:
    """The dashboard that the address asks for; None where there is no round to show."""
    require_role(request.user, Role.OFFICE, Role.SUPERVISOR, Role.LIAISON)
    scope = scope_of(request, request.user)
    if scope is None:
        return None
    refuse_unknown(request, *SCOPE, *further)
    return Board(narrowed(scope, request.GET.get("unit", "")))


def scope_words(scope: Scope) -> str:
    if scope.unit:
        return f"牵头单位：{scope.unit.short_name}"
    return f"督查组：{scope.group.name}" if scope.group else "全部" if scope.is_whole else "本组负责的措施"


def unit_lines(board: Board) -> list[UnitLine]:
    """From the worst to the best: by what the office verified, then by what is overdue."""
    lines = [UnitLine(unit, board.tracks.by_unit[unit.pk], board.links.of_unit(unit.pk)) for unit in board.units.values()]
    return sorted(lines, key=lambda line: (line.tally.percent("verified") or 0, -line.tally.overdue, -line.tally.total, line.unit.pk))


def overdue_lines(scope: Scope) -> list[Any]:
    """The longest overdue measures under the groups that cover their lead units."""
    late = scope.measures.overdue(scope.today).select_related("issue__inspection", "lead_unit")
    rows = list(late.order_by("due_on", "issue__number", "ordinal")[:OVERDUE_SHOWN])
    urged = figures.urgings(scope.user, [row.pk for row in rows])
    return scope.by_group((row, OverdueLine(row, row.days_late(scope.today), urged.get(row.pk))) for row in rows)
