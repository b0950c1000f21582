"""Where the forms of this room stand: what is added to an issue, and what is done to a measure."""

from __future__ import annotations

from collections.abc import Sequence

from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.issues.models import Issue
from apps.issues.pages import Crumb, FormPage, SignedRequest, register_crumb, require_role
from apps.measures.models import Measure
from apps.units.models import Role


def issue_to_add_to(request: SignedRequest, pk: int) -> Issue:
    """The issue that the office adds something to."""
    issue = get_object_or_404(Issue.objects.visible_to(request.user).select_related("inspection__book", "lead_unit"), pk=pk)
    require_role(request.user, Role.OFFICE)
    return issue


def addition_page(issue: Issue, title: str, submit: str) -> FormPage:
    address = reverse("issues:sheet", args=(issue.pk,))
    crumbs = [register_crumb(), Crumb(f"问题 {issue.number}", address)]
    return FormPage(f"{title}：问题 {issue.number}", submit, address, crumbs, issue.title)


def sheet_address(measure: Measure) -> str:
    return reverse("measures:sheet", args=(measure.pk,))


def measure_crumbs(measure: Measure) -> list[Crumb]:
    return [register_crumb(), Crumb(f"措施 {measure.number}", sheet_address(measure))]


def measure_page(measure: Measure, title: str, submit: str, intro: str = "", facts: Sequence[tuple[str, str]] = ()) -> FormPage:
    return FormPage(f"{title}：{measure.number}", submit, sheet_address(measure), measure_crumbs(measure), intro, facts)
