"""Requests for a later date: asking, the two levels of approval, and the list of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.issues.pages import GET_OR_POST, SignedRequest, may_take, require_role, run_form
from apps.measures import services, workflow
from apps.measures.filters.measures import ExtensionFilter
from apps.measures.forms.measures import DecideExtensionForm, EndorseExtensionForm, ExtensionForm
from apps.measures.models import Extension, Measure
from apps.measures.policies import reports_on
from apps.measures.views.frames import measure_page, sheet_address
from apps.units.errors import ActForbidden
from apps.units.filters import problems_of
from apps.units.models import Role, User
from apps.units.parameters import page_of
from apps.units.workflow import check

ROWS_A_PAGE = 50
Decision = Extension.Decision


@require_safe
def extensions(request: SignedRequest) -> HttpResponse:
    """Requests the user sees, the newest first: the office and leaders all, others those of their measures."""
    require_role(request.user, Role.OFFICE, Role.LIAISON, Role.SUPERVISOR)
    seen = Extension.objects.visible_to(request.user)
    found = ExtensionFilter(request.GET, seen, request=request)
    problems = problems_of(found)
    rows = (seen.none() if problems else found.qs).for_list()
    states = dict(seen.order_by().values_list("decision").annotate(n=Count("pk")))
    context = {
        "filter": found,
        "problems": problems,
        "page": page_of(rows, request, ROWS_A_PAGE),
        "states": [(value, label, states.get(value, 0)) for value, label in Decision.choices],
        "state": request.GET.get("state", ""),
        "waiting": {Role.OFFICE: Decision.PENDING, Role.SUPERVISOR: Decision.ENDORSED}.get(Role(request.user.role)),
        "may_decide": request.user.role == Role.OFFICE or request.user.is_leader,
    }
    return render(request, "measures/extensions.html", context, status=400 if problems else 200)


@GET_OR_POST
def extend(request: SignedRequest, pk: int) -> HttpResponse:
    """The lead unit asks for a later date."""
    seen = Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit")
    measure = get_object_or_404(seen, pk=pk)
    if not reports_on(request.user, measure):
        raise ActForbidden("只有牵头单位可以申请延期，请联系牵头单位")
    check(workflow.EXTEND, measure, field="progress", actor=request.user, reason="-")

    def act(values: dict[str, Any]) -> str:
        services.request_extension(actor=request.user, measure=measure, **values)
        return sheet_address(measure)

    agreed = measure.extensions.filter(decision=Decision.AGREED).count()
    level = f"此前已延期 {agreed} 次，这次由整改办初审、领导审批" if agreed else "由整改办审批"
    facts = [
        ("现时限", str(measure.due_on or "长期坚持")),
        ("原定时限", f"{measure.original_due_on or '未定'}，考核按原定时限"),
        ("审批", level),
    ]
    form = ExtensionForm(request.POST or None, initial={"version": measure.version})
    return run_form(request, form, act, measure_page(measure, "申请延期", "提交申请", facts=facts))


@GET_OR_POST
def decide_extension(request: SignedRequest, pk: int) -> HttpResponse:
    """The office decides on a first request, endorses a later one; a leader decides what was endorsed."""
    row = get_object_or_404(Extension.objects.visible_to(request.user).for_list(), pk=pk)
    if not may_decide(request.user, row):
        raise ActForbidden(_whose_turn(row))
    endorsing = row.decision == Decision.PENDING and row.needs_leader
    form: Form = (EndorseExtensionForm if endorsing else DecideExtensionForm)(request.POST or None)

    def act(values: dict[str, Any]) -> str:
        if values["decision"] == "endorse":
            services.endorse_extension(actor=request.user, extension=row, opinion=values["opinion"])
        else:
            services.decide_extension(actor=request.user, extension=row, agree=values["decision"] == "agree", opinion=values["opinion"])
        return sheet_address(row.measure)

    title = "延期初审" if endorsing else "审批延期"
    return run_form(request, form, act, measure_page(row.measure, title, "提交", facts=_facts(row)))


def may_decide(user: User, row: Extension) -> bool:
    """Whether a page offers the next step of the request; the services decide. A decided one is shown to the office as it refuses."""
    if row.decision == Decision.ENDORSED:
        return may_take(workflow.AGREE_ENDORSED, row.decision, user) and user.is_leader
    return user.role == Role.OFFICE


def _whose_turn(row: Extension) -> str:
    if row.decision == Decision.ENDORSED:
        return "再次延期已经整改办初审，由领导审批"
    return "这份申请由整改办办理；再次延期的，初审后由领导审批"


def _facts(row: Extension) -> list[tuple[str, str]]:
    facts = [
        ("现时限", str(row.old_due_on)),
        ("申请时限", str(row.new_due_on)),
        ("原定时限", f"{row.measure.original_due_on or '未定'}，考核按原定时限"),
        ("申请人", f"{row.requested_by}（{row.requested_on}）"),
        ("延期理由", row.reason),
    ]
    earlier = row.measure.extensions.filter(decision=Decision.AGREED, pk__lt=row.pk).order_by("pk")
    facts += [(f"第 {number} 次延期", f"{old.old_due_on} → {old.new_due_on}：{old.reason}") for number, old in enumerate(earlier, start=1)]
    if row.endorsed_by is not None:
        facts.append(("初审意见", f"{row.endorsed_by}（{row.endorsed_on}）：{row.endorsement}"))
    return facts
