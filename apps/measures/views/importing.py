"""The wizard of an import: hand in a file, say what its columns and names mean, look at the preview, confirm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.ledgers.models import Entry
from apps.measures.forms.importing import ColumnsForm, ConfirmForm, RoundForm, UnitsForm, UploadForm
from apps.measures.importing.directory import Directory
from apps.measures.importing.marking import marked, template
from apps.measures.importing.preview import FILTERS, Preview
from apps.measures.importing.tree import Tree
from apps.measures.importing.working import progress_of
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.measures.services.files import open_file
from apps.measures.views.files import sent
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

PER_PAGE, ISSUES_A_PAGE, FINDINGS_A_PAGE = 30, 25, 100


@require_safe
def imports(request: SignedRequest) -> HttpResponse:
    """What came in, the latest first."""
    require_role(request.user, Role.OFFICE)
    refuse_unknown(request, "page")
    rows = ImportRun.objects.visible_to(request.user).without_content().select_related("inspection", "made_by")
    page = page_of(rows, request, PER_PAGE)
    return render(request, "measures/imports/list.html", {"page": page, "may_open": not Inspection.objects.exists()})


@GET_OR_POST
def new(request: SignedRequest) -> HttpResponse:
    """Hand in a file."""
    return hand_in(request, UploadForm, importing.start_import, "measures/imports/new.html")


def hand_in(request: SignedRequest, form_class: type[RoundForm], start: Callable[..., ImportRun], template: str) -> HttpResponse:
    """The first step of the wizard, for lists and for notices."""
    require_role(request.user, Role.OFFICE)
    inspections = Inspection.objects.visible_to(request.user)
    form = form_class(request.POST or None, request.FILES or None, inspections=inspections)
    status = 200
    if request.method == "POST":
        run, status = attempt(form, lambda values: start(actor=request.user, **values))
        if run is not None:
            return redirect("measures:import", pk=run.pk)
    return render(request, template, {"form": form, "any": inspections.exists()}, status=status)


@require_safe
def run(request: SignedRequest, pk: int) -> HttpResponse:
    """One import, by its state: a bar, what is to be said first, the preview, what became of it."""
    row = _run(request, pk)
    refuse_unknown(request, "page", "only", "findings")
    if row.state in (ImportRun.State.READY, ImportRun.State.SETTING) and row.plan:
        return _preview(request, row)
    if row.state == ImportRun.State.SETTING:
        if row.kind == ImportRun.Kind.NOTICE:
            return redirect("measures:notice-draft", pk=row.pk)
        return redirect("measures:import-columns", pk=row.pk)
    return render(request, "measures/imports/run.html", _facts(row))


@require_safe
def progress(request: SignedRequest, pk: int) -> HttpResponse:
    """The bar alone; once there is something else to see, it asks no more and its page is loaded anew."""
    require_role(request.user, Role.OFFICE)
    row = get_object_or_404(ImportRun.objects.visible_to(request.user).without_content(), pk=pk)
    return render(request, "measures/imports/parts/progress.html", {"run": row, "progress": progress_of(row)})


@GET_OR_POST
def columns(request: SignedRequest, pk: int) -> HttpResponse:
    """What each column holds, and what is filled in where the list says nothing."""
    row = _run(request, pk)
    if row.state not in (ImportRun.State.SETTING, ImportRun.State.READY) or row.kind != ImportRun.Kind.LIST:
        return redirect("measures:import", pk=row.pk)
    posted = request.POST if request.method == "POST" else None
    shown = {"version": row.version}
    form = ColumnsForm(posted, initial=shown, outline=row.outline, choices=row.choices, feedback_on=row.inspection.feedback_on)
    status = 200
    if posted is not None:
        done, status = attempt(
            form,
            lambda values: importing.set_import(
                actor=request.user, run=row, choices=form.choices(), headings=form.headings(), version=values["version"]
            ),
        )
        if done is not None:
            return redirect("measures:import", pk=row.pk)
    return render(request, "measures/imports/columns.html", {"form": form, "run": row, "step": 2}, status=status)


@GET_OR_POST
def units(request: SignedRequest, pk: int) -> HttpResponse:
    """Which unit each unknown name means."""
    row = _run(request, pk)
    if row.state not in (ImportRun.State.SETTING, ImportRun.State.READY) or not row.tree:
        return redirect("measures:import", pk=row.pk)
    directory = Directory(row.choices.get("units"))
    unknown = directory.unknown(Tree.from_json(row.tree))
    posted = request.POST if request.method == "POST" else None
    shown = {"version": row.version}
    form = UnitsForm(posted, initial=shown, unknown=unknown, units=directory.units, choices=row.choices.get("units", {}))
    status = 200
    if posted is not None:
        done, status = attempt(
            form,
            lambda values: importing.set_import(
                actor=request.user,
                run=row,
                choices={"units": {**row.choices.get("units", {}), **form.chosen()}},
                units=form.to_remember(),
                version=values["version"],
            ),
        )
        if done is not None:
            return redirect("measures:import", pk=row.pk)
    return render(request, "measures/imports/units.html", {"form": form, "run": row, "step": 2}, status=status)


@require_POST
def confirm(request: SignedRequest, pk: int) -> HttpResponse:
    """Write what the preview showed."""
    row = _run(request, pk)
    form = ConfirmForm(request.POST)
    done, status = attempt(form, lambda values: importing.ask_apply(actor=request.user, run=row, **values))
    if done is None:
        return _preview(request, _run(request, pk), form, status)
    return redirect("measures:import", pk=row.pk)


@require_POST
def again(request: SignedRequest, pk: int) -> HttpResponse:
    """Read the file anew: the ledger has changed, or the reading had failed."""
    row = importing.reread(actor=request.user, run=_run(request, pk))
    return redirect("measures:import", pk=row.pk)


@require_POST
def drop(request: SignedRequest, pk: int) -> HttpResponse:
    """Give the file up."""
    importing.drop_import(actor=request.user, run=_run(request, pk))
    return redirect("measures:imports")


@require_safe
def errors(request: SignedRequest, pk: int) -> HttpResponse:
    """The list back again with its cells marked."""
    row = _run(request, pk)
    if row.kind != ImportRun.Kind.LIST:
        return redirect("measures:import", pk=row.pk)
    return marked_list(row)


@require_safe
def blank(request: SignedRequest) -> HttpResponse:
    """An empty list with the usual columns."""
    require_role(request.user, Role.OFFICE)
    return sent(template(), "整改台账模板.xlsx")


def marked_list(row: ImportRun) -> HttpResponse:
    """The list of a run with the cells of errors and warnings marked."""
    with open_file(row) as file:
        data = marked(row.filename, file.read(), Preview(row).findings)
    stem = row.filename.rpartition(".")[0] or row.filename
    return sent(data, f"{stem}_错误和提醒.xlsx")


def _preview(request: SignedRequest, row: ImportRun, form: ConfirmForm | None = None, status: int = 200) -> HttpResponse:
    shown = Preview(row)
    only = chosen_of(request, "only", "筛选", [value for value, _label in FILTERS])
    told = chosen_of(request, "findings", "错误和提醒", ("1",))
    context: dict[str, Any] = {
        **_facts(row),
        "preview": shown,
        "picked": only,
        "filters": FILTERS,
        "told": told,
        "form": form or ConfirmForm(initial={"fingerprint": shown.plan.fingerprint, "version": row.version}),
        "unknown": list(Directory(row.choices.get("units")).suggested(shown.tree)),
        "taken": sum(finding.code == "number_taken" for finding in shown.findings),
        "conflict": status == 409,
    }
    if told:
        context["page"] = page_of(shown.findings, request, FINDINGS_A_PAGE)
    else:
        context["page"] = page_of(shown.issues(only), request, ISSUES_A_PAGE)
        context["blocks"] = list(shown.blocks(context["page"].object_list))
    return render(request, "measures/imports/preview.html", context, status=status)


def _facts(row: ImportRun) -> dict[str, Any]:
    step = {"reading": 1, "setting": 2, "ready": 3, "applying": 4, "applied": 5}.get(row.state, 1)
    facts: dict[str, Any] = {"run": row, "progress": progress_of(row), "step": step}
    if row.state == ImportRun.State.APPLIED and row.correlation:
        written = Entry.objects.filter(book=row.inspection.book, correlation=row.correlation)
        register = f"{reverse('measures:register')}?inspection={row.inspection_id}"
        facts |= {"written": written.count(), "counts": Preview(row).totals, "register": register}
    return facts


def _run(request: SignedRequest, pk: int) -> ImportRun:
    rows = ImportRun.objects.visible_to(request.user).select_related("inspection__book", "made_by", "applied_by")
    row: ImportRun = get_object_or_404(rows, pk=pk)
    require_role(request.user, Role.OFFICE)
    return row
