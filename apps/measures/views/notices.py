"""A notice as a start: hand it in, correct its draft, accept it; the preview and the rest of the way are those of a list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.measures.forms.notices import AcceptForm, DraftIssueForm, NoticeForm, ReadingForm, TitleForm
from apps.measures.importing.notice_page import DraftPage
from apps.measures.importing.tree import Kind, Node
from apps.measures.models import ImportRun
from apps.measures.services import importing
from apps.measures.views.importing import hand_in
from apps.units.models import Role, Unit
from apps.units.parameters import refuse_unknown
from apps.units.spoken import VersionedForm

SETTING, READY = ImportRun.State.SETTING, ImportRun.State.READY


@GET_OR_POST
def new(request: SignedRequest) -> HttpResponse:
    """Hand in a notice."""
    return hand_in(request, NoticeForm, importing.start_notice, "measures/imports/notice_new.html")


@GET_OR_POST
def draft(request: SignedRequest, pk: int) -> HttpResponse:
    """The draft with all that is to be said of it; accepting it is the form at its end."""
    row = _run(request, pk)
    refuse_unknown(request)
    if row.state not in (SETTING, READY) or not row.tree:
        return redirect("measures:import", pk=row.pk)
    initial = {"version": row.version, "due_on": row.choices.get("due_on"), "lead_unit": row.choices.get("lead_unit")}
    form = AcceptForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        done, status = attempt(form, lambda values: importing.accept_draft(actor=request.user, run=row, **values))
        if done is not None:
            return redirect("measures:import", pk=row.pk)
        row = _run(request, pk)
    context = {"run": row, "draft": DraftPage(row), "form": form, "step": 2, "conflict": status == 409}
    return render(request, "measures/imports/notice_draft.html", context, status=status)


@GET_OR_POST
def issue(request: SignedRequest, pk: int, key: str) -> HttpResponse:
    """One issue of the draft beside its lines of the text."""
    row = _run(request, pk)
    if row.state not in (SETTING, READY):
        return redirect("measures:import", pk=row.pk)
    page = DraftPage(row)
    node = _node(page, key)
    units = {name: unit for unit in Unit.objects.all() for name in (unit.short_name, unit.name)}
    posted = request.POST if request.method == "POST" else None
    form = DraftIssueForm(posted, tree=page.tree, node=node, units=units, initial={"version": row.version})
    status = 200
    if posted is not None:
        done, status = attempt(
            form,
            lambda values: importing.amend_draft(actor=request.user, run=row, key=key, words=form.words(), version=values["version"]),
        )
        if done is not None:
            messages.success(request, "草稿已改。")
            return redirect(f"{reverse('measures:notice-draft', args=(row.pk,))}#{key}")
    context = {"run": row, "node": node, "form": form, "lines": page.lines_of(node), "findings": page.by_node.get(key, []), "step": 2}
    return render(request, "measures/imports/notice_issue.html", {**context, "conflict": status == 409}, status=status)


@require_POST
def drop(request: SignedRequest, pk: int, key: str) -> HttpResponse:
    """This is no issue."""
    return _step(request, pk, VersionedForm, lambda row, values: importing.drop_draft(actor=request.user, run=row, key=key, **values))


@require_POST
def join(request: SignedRequest, pk: int, key: str) -> HttpResponse:
    """This is a measure of the issue before it."""
    return _step(request, pk, VersionedForm, lambda row, values: importing.join_draft(actor=request.user, run=row, key=key, **values))


@require_POST
def rename(request: SignedRequest, pk: int, key: str) -> HttpResponse:
    """Another name for an aspect."""

    def act(row: ImportRun, values: dict[str, Any]) -> ImportRun:
        return importing.name_draft_category(actor=request.user, run=row, key=key, title=values["title"], version=values["version"])

    return _step(request, pk, TitleForm, act)


@require_POST
def add(request: SignedRequest, pk: int) -> HttpResponse:
    """An issue that was not read, or an aspect."""
    return _step(request, pk, TitleForm, lambda row, values: importing.add_to_draft(actor=request.user, run=row, **values))


@require_POST
def reading(request: SignedRequest, pk: int) -> HttpResponse:
    """Read the text another way."""
    return _step(request, pk, ReadingForm, lambda row, values: importing.choose_reading(actor=request.user, run=row, **values))


def _step(request: SignedRequest, pk: int, form_class: Any, act: Any) -> HttpResponse:
    """One small correction; what is wrong with it is told on the draft's page."""
    row = _run(request, pk)
    form = form_class(request.POST)
    done, status = attempt(form, lambda values: act(row, values))
    if done is None:
        row = _run(request, pk)
        context = {"run": row, "draft": DraftPage(row), "form": AcceptForm(initial={"version": row.version}), "refused": form, "step": 2}
        return render(request, "measures/imports/notice_draft.html", {**context, "conflict": status == 409}, status=status)
    return redirect("measures:notice-draft", pk=row.pk)


def _node(page: DraftPage, key: str) -> Node:
    node = page.tree.find(key)
    if node is None or node.kind != Kind.ISSUE:
        raise Http404
    return node


def _run(request: SignedRequest, pk: int) -> ImportRun:
    rows = ImportRun.objects.visible_to(request.user).filter(kind=ImportRun.Kind.NOTICE).select_related("inspection__book", "made_by")
    row: ImportRun = get_object_or_404(rows, pk=pk)
    require_role(request.user, Role.OFFICE)
    return row
