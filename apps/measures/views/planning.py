"""The office's forms about measures: adding, amending, assigning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.issues.forms.issues import LONGEST_KEY, initial_of
from apps.issues.models import Activity, DecidedItem, Issue
from apps.issues.pages import GET_OR_POST, SignedRequest, run_form
from apps.measures import services, workflow
from apps.measures.forms.measures import AmendMeasureForm, AssignMeasureForm, MeasureForm, draft_of
from apps.measures.models import Measure
from apps.measures.views.frames import addition_page, issue_to_add_to, measure_page, sheet_address
from apps.units.errors import ActRefused
from apps.units.workflow import check


@GET_OR_POST
def add(request: SignedRequest, pk: int) -> HttpResponse:
    """Add a measure to an issue."""
    issue = issue_to_add_to(request, pk)
    item = decided_item(request, issue)
    initial = {"lead_unit": issue.lead_unit_id, "deadline_from": issue.inspection.feedback_on, "version": issue.version}
    initial |= {"text": item.text} if item else {}
    form = MeasureForm(request.POST or None, initial=initial)

    def act(values: dict[str, Any]) -> str:
        services.add_measures(actor=request.user, issue=issue, drafts=[replace(form.draft(), decided_item=item)], version=values["version"])
        return reverse("issues:sheet", args=(issue.pk,))

    page = addition_page(issue, "增加措施", "增加")
    if item:
        page = replace(page, intro=f"{page.intro}\n由议定事项转来：{item.activity.title}，第 {item.ordinal} 项")
    return run_form(request, form, act, page)


def decided_item(request: SignedRequest, issue: Issue) -> DecidedItem | None:
    """The item of a meeting that becomes the measure, where the address names one (转为措施); the service checks that it fits."""
    asked = request.GET.get("item", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < LONGEST_KEY):
        raise ActRefused("没有这项议定事项，请回到会议活动页面重新选择")
    seen = Activity.objects.visible_to(request.user).filter(inspection=issue.inspection)
    return get_object_or_404(DecidedItem.objects.filter(activity__in=seen).select_related("activity"), pk=int(asked))


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Change the wording or type of a measure."""
    measure = _measure(request, pk)
    check(workflow.AMEND, measure, field="progress", actor=request.user, reason="-")

    def act(values: dict[str, Any]) -> str:
        version, reason = values.pop("version"), values.pop("reason")
        services.amend_measure(actor=request.user, measure=measure, values=values, reason=reason, version=version)
        return sheet_address(measure)

    initial = {**initial_of(measure, AmendMeasureForm.columns), "version": measure.version}
    page = measure_page(measure, "修改措施", "保存修改", measure.text)
    return run_form(request, AmendMeasureForm(request.POST or None, initial=initial), act, page)


@GET_OR_POST
def assign(request: SignedRequest, pk: int) -> HttpResponse:
    """Set units, person and deadline of a measure."""
    measure = _measure(request, pk)
    check(workflow.ASSIGN, measure, field="progress", actor=request.user)

    def act(values: dict[str, Any]) -> str:
        facts = {name: getattr(measure, name) for name in ("text", "nature", "pace")}
        draft = draft_of({**facts, **values})
        services.assign_measure(actor=request.user, measure=measure, draft=draft, reason=values["reason"], version=values["version"])
        return sheet_address(measure)

    initial = {**initial_of(measure, AssignMeasureForm.columns), "version": measure.version}
    page = measure_page(measure, "明确分工和时限", "保存", measure.text)
    return run_form(request, AssignMeasureForm(request.POST or None, initial=initial), act, page)


def _measure(request: SignedRequest, pk: int) -> Measure:
    return get_object_or_404(Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit"), pk=pk)
