"""Reports that are owed: this period's (本期应报) and those missed in earlier ones (漏报), by unit, with a workbook of the same rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import SignedRequest, require_role
from apps.measures.cadence import Period
from apps.measures.deadlines import window
from apps.measures.owed import Owed
from apps.measures.querysets import MeasureQuerySet
from apps.measures.tables import CHUNK, COLUMNS, workbook
from apps.measures.views.register import sent
from apps.units.errors import ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

ROWS_A_PAGE = 100
BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
EXPORTED = ("category", "issue", "title", "number", "text", "unit", "person", "due", "timeliness", "state", "last", "last_as_of")


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    owed: Owed
    period: Period
    units: list[tuple[int, str, int]]
    unit: str
    rounds: list[Inspection]

    @property
    def rows(self) -> MeasureQuerySet:
        rows = self.owed.measures.owing(self.period)
        rows = rows.filter(lead_unit=int(self.unit)) if self.unit else rows
        return rows.for_register(*window(self.owed.inspection)).order_by("lead_unit", "issue__number", "ordinal")

    @property
    def unit_name(self) -> str:
        return next((name for pk, name, _count in self.units if str(pk) == self.unit), "")

    @property
    def word(self) -> str:
        return "本期应报" if self.period.is_current(self.owed.today) else "漏报"


@require_safe
def missing(request: SignedRequest) -> HttpResponse:
    """Units by how many reports they owe for a period, and the measures they owe them on."""
    refuse_unknown(request, "inspection", "period", "unit", "page")
    asked = asked_of(request)
    if asked is None:
        return render(request, "measures/missing_none.html")
    context = {
        "asked": asked,
        "counts": asked.owed.counts(),
        "page": page_of(asked.rows, request, ROWS_A_PAGE),
        "total": sum(count for _pk, _name, count in asked.units),
        "today": asked.owed.today,
        "is_liaison": request.user.role == Role.LIAISON,
    }
    return render(request, "measures/missing.html", context)


@require_safe
def export(request: SignedRequest) -> FileResponse:
    """The same rows as a workbook. A GET that writes one thing: the entry in the book that this list left the house."""
    refuse_unknown(request, "inspection", "period", "unit")
    asked = asked_of(request)
    if asked is None:
        raise ActRefused("还没有可以导出的清单")
    inspection, count = asked.owed.inspection, asked.rows.count()
    title = f"{asked.period.label}{asked.word}清单"
    notes = (f"{inspection.name}，截至 {asked.owed.today:%Y-%m-%d}，共 {count} 条措施", f"单位：{asked.unit_name or '全部'}")
    columns = tuple(column for column in COLUMNS if column.key in EXPORTED)
    rows = asked.rows.iterator(chunk_size=CHUNK)
    file = workbook(title, notes, rows, asked.owed.today, columns=columns, name=f"{asked.word}清单")
    filters = {"清单": title, **({"单位": asked.unit_name} if asked.unit else {})}
    return sent(file, f"{title}_{asked.owed.today:%Y%m%d}.xlsx", request.user, inspection, count, filters)


def asked_of(request: SignedRequest) -> Asked | None:
    require_role(request.user, *BUSINESS)
    rounds = list(Inspection.objects.visible_to(request.user).select_related("book"))
    if not rounds:
        return None
    wanted = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in rounds])
    inspection = next((row for row in rounds if str(row.pk) == wanted), rounds[0])
    owed = Owed(request.user, inspection, inspection.today())
    period = _period(request, owed)
    if period is None:
        return None
    units = owed.by_unit(period)
    unit = request.GET.get("unit", "")
    if unit and unit not in [str(pk) for pk, _name, _count in units]:
        raise ActRefused("这个单位在这一期没有应报未报的措施，或您无权查看，请重新选择")
    return Asked(owed, period, units, unit, rounds)


def _period(request: HttpRequest, owed: Owed) -> Period | None:
    key = chosen_of(request, "period", "填报期", [period.key for period in owed.periods])
    return owed.named(key) if key else owed.usual
