"""Pages about figures: an indicator with its readings and its schedule, the office's forms, and the outcomes rolled up."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, register_crumb, require_role, run_form
from apps.measures import services
from apps.measures.forms.figures import AmendIndicatorForm, IndicatorForm, InstalmentsForm, ReadingForm
from apps.measures.indicator_page import IndicatorPage
from apps.measures.lists import Listing, workbook_of
from apps.measures.models import Indicator
from apps.measures.querysets import IndicatorQuerySet
from apps.measures.rollup import FORMULAS, RollUp, Sum, roll_up, wan
from apps.measures.schedules import balance_words
from apps.measures.services.figures import AMOUNTS
from apps.measures.views.files import XLSX, protect
from apps.measures.views.frames import addition_page, issue_to_add_to
from apps.units.errors import ActRefused
from apps.units.models import Role
from apps.units.parameters import chosen_of, refuse_unknown

BUSINESS = (Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
TABLES = (("categories", "按方面"), ("units", "按单位"), ("issues", "按问题"))


@require_safe
def figures(request: SignedRequest) -> HttpResponse:
    """成效数据: what the user sees of a round, rolled up, each column with its formula."""
    rounds, inspection = rounds_of(request)
    if inspection is None:
        return render(request, "measures/figures.html", {"inspection": None})
    found = roll_up(request.user, inspection)
    context = {
        "inspection": inspection,
        "rounds": rounds,
        "found": found,
        "formulas": FORMULAS,
        "tables": [(name, title, getattr(found, name)) for name, title in TABLES],
        "today": inspection.today(),
    }
    return render(request, "measures/figures.html", context)


@require_safe
def export_figures(request: SignedRequest) -> HttpResponse:
    """The same as a workbook. A GET that writes one thing: the entry in the book that this export left the house."""
    _rounds, inspection = rounds_of(request)
    if inspection is None:
        raise ActRefused("还没有可以导出的成效数据")
    found, today = roll_up(request.user, inspection), inspection.today()
    listings = [_listing(name, title, found, inspection) for name, title in TABLES]
    services.log_export(
        actor=request.user, inspection=inspection, rows=sum(len(listing.rows) for listing in listings), filters={"表": "成效数据"}
    )
    response = HttpResponse(workbook_of(listings), content_type=XLSX)
    protect(response, f"成效数据_{today:%Y%m%d}.xlsx")
    return response


def _listing(name: str, title: str, found: RollUp, inspection: Inspection) -> Listing:
    until = f"，通报数据截止日期 {inspection.figures_until}" if inspection.figures_until else ""
    headings = [(title.removeprefix("按"), 34), *((f"{row.name}（{row.unit}）", 14) for row in FORMULAS)]
    return Listing(
        name=title,
        title=f"{inspection.name}成效数据（{title}）",
        notes=[f"生成日期 {inspection.today()}{until}"],
        headings=[*headings, ("数据截至", 24), ("早于数据截止日（项）", 12)],
        rows=[_cells(row) for row in (*getattr(found, name), found.whole)],
        foot=[f"{row.name}：{row.words}。" for row in FORMULAS],
    )


def _cells(row: Sum) -> list[Any]:
    money = [float(wan(getattr(row, key))) for key in ("recovered", "due", "received", "outstanding")]
    return [row.name, *money, row.people_shown, row.regulations, row.dates, row.stale]


def rounds_of(request: SignedRequest) -> tuple[list[Inspection], Inspection | None]:
    """The rounds the user sees and the one asked for by ``?inspection=``, else the latest; another parameter is refused (400)."""
    require_role(request.user, *BUSINESS)
    refuse_unknown(request, "inspection")
    return chosen_round(request, request.user)


def chosen_round(request: HttpRequest, user: Any) -> tuple[list[Inspection], Inspection | None]:
    rounds = list(Inspection.objects.visible_to(user).select_related("book"))
    asked = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in rounds])
    return rounds, next((row for row in rounds if not asked or str(row.pk) == asked), None)


@require_safe
def indicator(request: SignedRequest, pk: int) -> HttpResponse:
    """One indicator: what it counts, all readings, schedule, balance, sums, and the book."""
    refuse_unknown(request)
    row = get_object_or_404(_indicators(request).with_latest(), pk=pk)
    return render(request, "measures/indicator.html", {"page": IndicatorPage(row, request.user), "indicator": row, "issue": row.issue})


@GET_OR_POST
def add_indicator(request: SignedRequest, pk: int) -> HttpResponse:
    """Define what is counted about an issue."""
    issue = issue_to_add_to(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.add_indicator(actor=request.user, issue=issue, **values)
        return reverse("issues:sheet", args=(issue.pk,))

    return run_form(request, IndicatorForm(request.POST or None, issue=issue), act, addition_page(issue, "登记指标", "登记"))


@GET_OR_POST
def amend_indicator(request: SignedRequest, pk: int) -> HttpResponse:
    """Change what is counted."""
    row = _for_office(request, pk)

    def act(values: dict[str, Any]) -> str:
        version, reason = values.pop("version"), values.pop("reason")
        services.amend_indicator(actor=request.user, indicator=row, values=values, reason=reason, version=version)
        return _address(row)

    kept = {name: getattr(row, name) for name in ("name", "kind", "unit", "outcome", "measure", "total")}
    shown = {name: f"{row.to_shown(value):f}" for name in AMOUNTS if (value := getattr(row, name)) is not None}
    form = AmendIndicatorForm(request.POST or None, indicator=row, initial={**kept, **shown, "version": row.issue.version})
    return run_form(request, form, act, _indicator_page(row, "修改指标", "保存修改"))


@GET_OR_POST
def read(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter a reading of the office's own, with those of the same declared sum where they changed as well."""
    row = _for_office(request, pk)
    family = list(Indicator.objects.family_of(row).exclude(pk=row.pk).with_latest().order_by("pk"))
    form = ReadingForm(request.POST or None, indicator=row, family=family)

    def act(_values: dict[str, Any]) -> str:
        services.read_indicators(actor=request.user, issue=row.issue, readings=form.readings())
        return _address(row)

    return run_form(request, form, act, _indicator_page(row, "登记成效数据", "登记"))


@GET_OR_POST
def instalments(request: SignedRequest, pk: int) -> HttpResponse:
    """Set the schedule of instalments."""
    row = _for_office(request, pk)
    planned = list(row.instalments.order_by("due_on"))
    form = InstalmentsForm(request.POST or None, indicator=row, planned=planned, initial={"version": row.issue.version})

    def act(values: dict[str, Any]) -> str:
        services.plan_instalments(
            actor=request.user, indicator=row, instalments=form.drafts(), reason=values["reason"], version=values["version"]
        )
        return _address(row)

    due = f"{row.to_shown(row.due_amount):f} {row.unit}" if row.due_amount is not None else "未登记"
    latest = f"{row.to_shown(row.latest):f} {row.unit}（截至 {row.latest_as_of}）" if row.latest is not None else "还没有数据"
    facts = [("应完成数", due), ("最近累计数", latest), ("余额", f"{balance_words(row)} {row.unit}" if balance_words(row) else "—")]
    page = FormPage(f"分期计划：{row.name}", "保存计划", _address(row), [register_crumb(), Crumb(row.name, _address(row))], facts=facts)
    return run_form(request, form, act, page, template="measures/instalments.html", aside={"indicator": row})


def _indicators(request: SignedRequest) -> IndicatorQuerySet:
    rows = Indicator.objects.visible_to(request.user)
    return rows.select_related("issue__inspection__book", "issue__lead_unit", "measure__issue", "measure__lead_unit", "total")


def _for_office(request: SignedRequest, pk: int) -> Indicator:
    row: Indicator = get_object_or_404(_indicators(request).with_latest(), pk=pk)
    require_role(request.user, Role.OFFICE)
    return row


def _address(row: Indicator) -> str:
    return reverse("measures:indicator", args=(row.pk,))


def _indicator_page(row: Indicator, title: str, submit: str) -> FormPage:
    sheet = reverse("issues:sheet", args=(row.issue_id,))
    crumbs = [register_crumb(), Crumb(f"问题 {row.issue.number}", sheet), Crumb(row.name, _address(row))]
    return FormPage(f"{title}：{row.name}", submit, _address(row), crumbs, row.issue.title)
