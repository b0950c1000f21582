"""Workbooks of the units: taken along, handed in again, held against the ledger, submitted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.forms import Form
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.measures.forms.workbooks import PackageForm, SubmitForm, WorkbookForm
from apps.measures.models import ReturnedWorkbook
from apps.measures.services import add_package, hand_out_workbook, log_paper, open_file, submit_workbook, take_workbook
from apps.measures.views.files import handed_out, sent
from apps.measures.workbooks.comparing import HEADINGS, Standing, preview
from apps.measures.workbooks.rows import MOST_MEASURES, units_with_measures
from apps.units.errors import ActRefused
from apps.units.models import Role, Unit, User
from apps.units.parameters import chosen_of, page_of, refuse_unknown

ROWS_A_PAGE = 30
PACKAGE, SUBMIT = "package", "submit"
Acting = Callable[[SignedRequest, ReturnedWorkbook, dict[str, Any]], HttpResponse]
PICKED = re.compile(r"(\d{1,18}):([0-9a-f]{16})")


@GET_OR_POST
def workbooks(request: SignedRequest) -> HttpResponse:
    """Where workbooks are taken along and handed in, with those that came back."""
    require_role(request.user, Role.OFFICE, Role.LIAISON)
    refuse_unknown(request, "inspection", "page")
    rounds, inspection = _rounds(request)
    form = WorkbookForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        answer, status = attempt(form, lambda values: _take(request, values))
        if answer is not None:
            return answer
    came = ReturnedWorkbook.objects.visible_to(request.user).select_related("unit", "inspection", "made_by").defer("content")
    context = {
        "rounds": rounds,
        "inspection": inspection,
        "units": units_with_measures(request.user, inspection) if inspection else [],
        "form": form,
        "page": page_of(came.annotate(submitted=Count("reports")).order_by("-pk"), request, ROWS_A_PAGE),
        "is_office": request.user.role == Role.OFFICE,
    }
    return render(request, "measures/workbooks/list.html", context, status=status)


@require_safe
def export(request: SignedRequest) -> HttpResponse:
    """A unit's workbook. A GET that writes one thing: the entry in the book that it left the house."""
    require_role(request.user, Role.OFFICE, Role.LIAISON)
    refuse_unknown(request, "inspection", "unit")
    _rounds_seen, inspection = _rounds(request)
    if inspection is None:
        raise ActRefused("还没有可以导出的措施")
    unit = _unit(request, inspection)
    return sent(*hand_out_workbook(actor=request.user, inspection=inspection, unit=unit))


@GET_OR_POST
def workbook(request: SignedRequest, pk: int) -> HttpResponse:
    """The workbook beside the ledger of this moment: what is new, the same, in conflict; more files; the act of submitting."""
    row = _seen(request.user, pk)
    may_handle = request.user.role in (Role.OFFICE, Role.LIAISON)
    step = request.POST.get("step", "")
    package_form = PackageForm(*((request.POST, request.FILES) if step == PACKAGE else ()))
    submit_form = SubmitForm(*((request.POST,) if step == SUBMIT else ()), user=request.user)
    status = 200
    if request.method == "POST":
        acts: dict[str, tuple[Form, Acting]] = {PACKAGE: (package_form, _add), SUBMIT: (submit_form, _submit)}
        if step not in acts:
            raise ActRefused("请从页面上的按钮办理")
        form, act = acts[step]
        answer, status = attempt(form, lambda values: act(request, row, values))
        if answer is not None:
            return answer
    seen = preview(row, request.user)
    context = {
        "workbook": row,
        "preview": seen,
        "groups": [(standing, words, found) for standing, words in HEADINGS.items() if (found := seen.of(standing))],
        "same": seen.of(Standing.SAME),
        "package_form": package_form,
        "submit_form": submit_form,
        "may_handle": may_handle,
        "packages": list(row.packages.select_related("made_by")),
        "reports": list(row.reports.select_related("measure__issue").order_by("pk")),
    }
    return render(request, "measures/workbooks/sheet.html", context, status=status)


@require_safe
def original(request: SignedRequest, pk: int) -> FileResponse:
    """The file as it was handed in; what was taken in is entered in the book already."""
    return original_of(request.user, _seen(request.user, pk))


def original_of(user: User, row: ReturnedWorkbook) -> FileResponse:
    """The file of a workbook that came back, and the entry that it was handed out."""
    file = open_file(row)
    log_paper(actor=user, book=row.inspection.book, subject=row, name=row.filename, rows=1, sha256=row.sha256)
    return handed_out(file, row)


def _take(request: SignedRequest, values: dict[str, Any]) -> HttpResponse:
    """Keep the workbook; a package that is refused does not take the workbook with it."""
    made = take_workbook(actor=request.user, file=values["file"])
    if values["package"]:
        try:
            add_package(actor=request.user, workbook=made, file=values["package"])
        except ActRefused as refused:
            messages.warning(request, f"工作簿已收到。压缩包没有收下：{refused.message}。可以在本页补传。")
    return redirect("measures:workbook", pk=made.pk)


def _add(request: SignedRequest, row: ReturnedWorkbook, values: dict[str, Any]) -> HttpResponse:
    made = add_package(actor=request.user, workbook=row, file=values["package"])
    messages.success(request, f"已收到压缩包“{made.filename}”，共 {len(made.members)} 个文件。")
    return redirect("measures:workbook", pk=row.pk)


def _submit(request: SignedRequest, row: ReturnedWorkbook, values: dict[str, Any]) -> HttpResponse:
    found = (PICKED.fullmatch(value) for value in request.POST.getlist("row")[:MOST_MEASURES])
    chosen = {int(picked[1]): picked[2] for picked in found if picked}
    made = submit_workbook(actor=request.user, workbook=row, chosen=chosen, on=values.get("on"))
    messages.success(request, f"已提交 {len(made)} 条措施的填报，等待审核，并记入台账。")
    return redirect("measures:workbook", pk=row.pk)


def _seen(user: User, pk: int) -> ReturnedWorkbook:
    rows = ReturnedWorkbook.objects.visible_to(user).select_related("inspection__book", "unit", "made_by__unit")
    return get_object_or_404(rows, pk=pk)


def _rounds(request: SignedRequest) -> tuple[list[Inspection], Inspection | None]:
    rounds = list(Inspection.objects.visible_to(request.user).select_related("book"))
    wanted = chosen_of(request, "inspection", "轮次", [str(row.pk) for row in rounds])
    return rounds, next((row for row in rounds if str(row.pk) == wanted), rounds[0] if rounds else None)


def _unit(request: SignedRequest, inspection: Inspection) -> Unit:
    units = {str(unit.pk): unit for unit, _count in units_with_measures(request.user, inspection)}
    if not units:
        raise ActRefused("本单位在这一轮没有牵头的措施，不需要填报")
    wanted = request.GET.get("unit", "") or (next(iter(units)) if len(units) == 1 else "")
    if wanted not in units:
        raise ActRefused("请选择要导出工作簿的单位：只能选在这一轮牵头措施、您能办理的单位")
    return units[wanted]
