"""The register 整改台账: category > issue > measure on one page, its filters, and its workbook."""

from __future__ import annotations

from typing import IO

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import SignedRequest
from apps.measures.filters.measures import MeasureFilter
from apps.measures.models import Measure, SavedView
from apps.measures.register_page import ALL, PAGE, Register
from apps.measures.services import log_export
from apps.measures.tables import CHUNK, ON_SCREEN, workbook
from apps.measures.views.files import XLSX, protect
from apps.measures.views.selecting import ticked
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, User
from apps.units.policies import sees_no_business


@require_safe
def register(request: SignedRequest) -> HttpResponse:
    """The register page; htmx receives only the region that changes. Without parameters it opens in the user's default view."""
    filterset, problems = read_filters(request, allowed=(PAGE, ALL))
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    views = list(SavedView.objects.visible_to(request.user))
    default = next((view for view in views if view.is_default and view.owner_id == request.user.pk), None)
    if default and not request.GET:
        return redirect("measures:view", pk=default.pk)
    if filterset.chosen is None:
        return render(request, "measures/register/empty.html", {"may_open": request.user.role == Role.OFFICE})
    _name_own_unit(request.user, filterset)
    shown = Register(request.user, filterset, filterset.chosen, views)
    page = shown.page(request.GET.get(PAGE, "1"))
    context = {
        "register": shown,
        "inspection": shown.inspection,
        "filterset": filterset,
        "columns": ON_SCREEN,
        "span": len(ON_SCREEN) + (request.user.role == Role.OFFICE),
        "page": page,
        "blocks": shown.blocks(page.object_list),
        "today": shown.today,
        "matched": sum(shown.tallies[issue.pk].hits for issue in shown.matching_issues),
        "categories": sorted({issue.category.pk for issue in shown.issues}),
        "is_office": request.user.role == Role.OFFICE,
        "is_liaison": request.user.role == Role.LIAISON,
    }
    part = request.htmx and not request.htmx.history_restore_request
    response = render(request, "measures/register/region.html" if part else "measures/register/page.html", context)
    if part:
        response["HX-Push-Url"] = f"{request.path}?{shown.query}" if shown.query else f"{request.path}{shown.clear}".rstrip("?")
    response["Vary"] = "HX-Request"
    return response


@require_http_methods(("GET", "HEAD", "POST"))
def export(request: SignedRequest) -> HttpResponseBase:
    """The same rows as a workbook, or those of them that were ticked. A GET that writes one thing: the entry in the book that
    this export left the house."""
    filterset, problems = read_filters(request)
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        raise ActRefused("还没有可以导出的台账")
    shown = Register(request.user, filterset, filterset.chosen)
    picked = ticked(request) if request.method == "POST" else None
    chosen = shown.matching if picked is None else shown.all.filter(pk__in=picked)
    count = chosen.count()
    if picked is not None and not count:
        raise ActRefused("没有选中任何措施，请回到台账勾选")
    words = shown.filter_words if picked is None else "在台账中勾选的措施"
    notes = (f"数据截至 {shown.today:%Y-%m-%d}，共 {count} 条措施", f"筛选条件：{words}")
    rows = chosen.for_register(shown.today, shown.until).iterator(chunk_size=CHUNK)
    file = workbook(shown.inspection.register_title, notes, rows, shown.today)
    filters = {name: "、".join(values) for name, values in shown.active.items()} if picked is None else {"rows": words}
    return sent(file, f"整改台账_{shown.today:%Y%m%d}.xlsx", request.user, shown.inspection, count, filters)


def sent(file: IO[bytes], name: str, user: User, inspection: Inspection, rows: int, filters: dict[str, str]) -> FileResponse:
    """Enter a finished workbook in the book of its round and send it from the disk."""
    try:
        log_export(actor=user, inspection=inspection, rows=rows, filters=filters)
    except BaseException:
        file.close()
        raise
    response = FileResponse(file, content_type=XLSX)
    protect(response, name)
    return response


def read_filters(request: SignedRequest, allowed: tuple[str, ...] = ()) -> tuple[MeasureFilter, list[str]]:
    """The filters of the request, and a sentence for each parameter that is not understood."""
    if sees_no_business(request.user):
        raise ActForbidden("系统管理员和审计员不查看业务数据（三员分立），请从工作台进入您的页面")
    filterset, problems = filters_of(request, request.GET, allowed)
    page = request.GET.get(PAGE, "1")
    if PAGE in allowed and not (page.isascii() and page.isdigit() and len(page) < 6):
        problems.append("页码要写成数字，例如 page=2")
    if ALL in allowed and request.GET.getlist(ALL, ["1"]) != ["1"]:
        problems.append("“全部”要写成 all=1，请核对网址")
    return filterset, problems


def filters_of(request: SignedRequest, query: QueryDict, allowed: tuple[str, ...] = ()) -> tuple[MeasureFilter, list[str]]:
    """The filters that a query string says, for whoever asks: of the page's own address, or of a saved view."""
    data = query.copy()
    for name in allowed:
        data.pop(name, None)
    filterset = MeasureFilter(data, Measure.objects.worked_on_by(request.user), request=request)
    return filterset, filterset.problems()


def register_address(query: str) -> str:
    """The register under these filters; under none, everything, whatever view is the default."""
    return f"{reverse('measures:register')}?{query or f'{ALL}=1'}"


def _name_own_unit(user: User, filterset: MeasureFilter) -> None:
    """The frame of the page names the user's unit, which is already among the choices: no need to read it again."""
    user.unit = next((unit for unit in filterset.units if unit.pk == user.unit_id), None) or user.unit
