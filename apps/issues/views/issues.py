"""Pages of this room: the issue sheet, and the office's forms for rounds, categories, issues, activities.

The sheet shows measures and figures through reverse relations (``issue.measures``): this room imports nothing from above.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues import services, workflow
from apps.issues.forms.issues import (
    ActivityForm,
    AmendIssueForm,
    AssignIssueForm,
    CategoryForm,
    IssueForm,
    OpenInspectionForm,
    initial_of,
)
from apps.issues.models import Inspection, Issue
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, issue_page, register_crumb, require_role, run_form
from apps.issues.round_book import entries_of_round
from apps.issues.sheet import Sheet, with_neighbours
from apps.units.models import Role, Unit
from apps.units.policies import sees_all_business
from apps.units.workflow import check


@require_safe
def sheet(request: SignedRequest, pk: int) -> HttpResponse:
    """All about one issue."""
    issue = get_object_or_404(
        with_neighbours(Issue.objects.visible_to(request.user).with_prior(request.user).for_sheet(), request.user), pk=pk
    )
    return render(request, "issues/sheet.html", {"sheet": Sheet(issue, request.user), "issue": issue})


@GET_OR_POST
def open_inspection(request: SignedRequest) -> HttpResponse:
    """The office opens a round."""
    require_role(request.user, Role.OFFICE)

    def act(values: dict[str, Any]) -> str:
        inspection = services.open_inspection(actor=request.user, **values)
        return reverse("issues:inspection", args=(inspection.pk,))

    page = FormPage("建立轮次", "建立", reverse("measures:register"), [register_crumb()])
    return run_form(request, OpenInspectionForm(request.POST or None), act, page)


@require_safe
def inspection(request: SignedRequest, pk: int) -> HttpResponse:
    """A round: its facts, its categories with their issues, its activities, and what the office may add."""
    row = get_object_or_404(Inspection.objects.visible_to(request.user).select_related("book"), pk=pk)
    issues = Issue.objects.visible_to(request.user).filter(inspection=row).with_progress().select_related("lead_unit").order_by("number")
    context = {
        "inspection": row,
        "bodies": list(row.reviewing_bodies.all()),
        "categories": row.categories.visible_to(request.user),
        "issues": list(issues),
        "activities": row.activities.visible_to(request.user).filter(issue__isnull=True),
        "is_office": request.user.role == Role.OFFICE,
        "sees_all": sees_all_business(request.user),
        "entries": entries_of_round(row, request.user),
        "reads_book": request.user.reads_business_books,
    }
    return render(request, "issues/inspection.html", context)


@GET_OR_POST
def add_category(request: SignedRequest, pk: int) -> HttpResponse:
    row = _round(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.add_category(actor=request.user, inspection=row, **values)
        return reverse("issues:inspection", args=(row.pk,))

    last = row.categories.order_by("-number").first()
    form = CategoryForm(request.POST or None, initial={"number": last.number + 1 if last else 1})
    return run_form(request, form, act, _round_page(row, "登记方面", "登记"))


@GET_OR_POST
def add_issue(request: SignedRequest, pk: int) -> HttpResponse:
    row = _round(request, pk)

    def act(values: dict[str, Any]) -> str:
        issue = services.add_issue(actor=request.user, **values)
        return reverse("issues:sheet", args=(issue.pk,))

    if not row.categories.exists() or not Unit.objects.exists():
        return render(request, "issues/not_yet.html", {"inspection": row, "has_categories": row.categories.exists()})
    last = row.issues.order_by("-number").first()
    form = IssueForm(request.POST or None, inspection=row, initial={"number": last.number + 1 if last else 1})
    return run_form(request, form, act, _round_page(row, "登记问题", "登记"))


@GET_OR_POST
def add_activity(request: SignedRequest, pk: int) -> HttpResponse:
    row = _round(request, pk)

    def act(values: dict[str, Any]) -> str:
        activity = services.record_activity(actor=request.user, inspection=row, **values)
        return reverse("issues:activity", args=(activity.pk,))

    asked = request.GET.get("issue", "")
    initial = {"issue": int(asked)} if asked.isascii() and asked.isdigit() and len(asked) < 10 else {}
    form = ActivityForm(request.POST or None, issues=row.issues.all(), initial=initial)
    return run_form(request, form, act, _round_page(row, "登记会议活动", "登记"))


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    issue = _issue(request, pk)
    check(workflow.AMEND, issue, field="closure", actor=request.user, reason="-")

    def act(values: dict[str, Any]) -> str:
        version, reason = values.pop("version"), values.pop("reason")
        services.amend_issue(actor=request.user, issue=issue, values=values, reason=reason, version=version)
        return _address(issue)

    earlier = Issue.objects.visible_to(request.user).exclude(inspection=issue.inspection)
    initial = {**initial_of(issue, AmendIssueForm.columns), "version": issue.version}
    form = AmendIssueForm(request.POST or None, earlier=earlier, initial=initial)
    return run_form(request, form, act, issue_page(issue, "修改问题", "保存修改"))


@GET_OR_POST
def assign(request: SignedRequest, pk: int) -> HttpResponse:
    issue = _issue(request, pk)
    check(workflow.ASSIGN, issue, field="closure", actor=request.user, reason="-")

    def act(values: dict[str, Any]) -> str:
        services.assign_issue(actor=request.user, issue=issue, **values)
        return _address(issue)

    initial = {**initial_of(issue, AssignIssueForm.columns), "version": issue.version}
    return run_form(request, AssignIssueForm(request.POST or None, initial=initial), act, issue_page(issue, "明确分工", "保存分工"))


def _round(request: SignedRequest, pk: int) -> Inspection:
    """The round that the office adds something to."""
    row = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    require_role(request.user, Role.OFFICE)
    return row


def _issue(request: SignedRequest, pk: int) -> Issue:
    return get_object_or_404(Issue.objects.visible_to(request.user).for_sheet(), pk=pk)


def _address(issue: Issue) -> str:
    return reverse("issues:sheet", args=(issue.pk,))


def _round_page(row: Inspection, title: str, submit: str) -> FormPage:
    address = reverse("issues:inspection", args=(row.pk,))
    return FormPage(title, submit, address, [register_crumb(), Crumb(row.name, address)])
