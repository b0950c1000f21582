"""倒排工期图: whose chart, how it looks, and the A3 paper of it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.issues.pages import SignedRequest, require_role
from apps.measures.papers.archive import safe_name
from apps.measures.papers.pdf import rendered_pdf
from apps.measures.views.papers import send_paper
from apps.supervision import chart as charts
from apps.supervision.chart import Choice
from apps.supervision.scope import Scope, scope_of
from apps.units.errors import ActRefused
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, refuse_unknown

BUSINESS = (Role.OFFICE, Role.SUPERVISOR, Role.LIAISON)
KINDS = {"unit": "单位", "official": "责任领导", "category": "方面"}


@require_safe
def chart(request: SignedRequest) -> HttpResponse:
    """The choice of unit, leader or category, and the chart of what was chosen."""
    scope = _scope(request)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "倒排工期"})
    offered = charts.choices(scope)
    choice = chosen(request, offered)
    context = {
        "scope": scope,
        "offered": [(kind, label, offered[kind]) for kind, label in KINDS.items()],
        "choice": choice,
        "own_unit": str(request.user.unit_id or ""),
        "chart": charts.chart_of(scope, choice) if choice else None,
        "rule": charts.RULE,
        "steps": charts.STEPS,
        "pdf": f"{reverse('supervision:chart_pdf')}?{urlencode(_query(scope, choice))}" if choice else "",
    }
    return render(request, "supervision/chart.html", context)


@require_safe
def chart_pdf(request: SignedRequest) -> HttpResponse:
    """The same on A3, for the wall; the book keeps who took it along."""
    scope = _scope(request)
    if scope is None:
        raise ActRefused("还没有整改任务，没有可以打印的倒排工期图")
    choice = chosen(request, charts.choices(scope))
    if choice is None:
        raise ActRefused("请先选择单位、责任领导或方面，再打印倒排工期图")
    made = charts.chart_of(scope, choice)
    context = {"chart": made, "rule": charts.RULE, "steps": charts.STEPS, "author": request.user, "at": timezone.localtime()}
    data = rendered_pdf("papers/back_schedule.html", context)
    name = f"倒排工期图_{safe_name(choice.title)}_{made.today:%Y%m%d}.pdf"
    return send_paper(request, data, name, scope.inspection, scope.inspection, made.total)


def chosen(request: HttpRequest, offered: dict[str, list[Choice]]) -> Choice | None:
    """The one choice asked for; two at once, or one that is not offered, is refused."""
    found = [
        next(choice for choice in offered[kind] if choice.key == value)
        for kind, label in KINDS.items()
        if (value := chosen_of(request, kind, label, [choice.key for choice in offered[kind]]))
    ]
    if len(found) > 1:
        raise ActRefused("单位、责任领导、方面一次只能选一项，请核对网址，或去掉条件重新打开。")
    return found[0] if found else None


def _scope(request: SignedRequest) -> Scope | None:
    require_role(request.user, *BUSINESS)
    return scope_asked(request, request.user)


def scope_asked(request: HttpRequest, user: User) -> Scope | None:
    """For page, paper and API alike."""
    refuse_unknown(request, "inspection", "group", *KINDS)
    return scope_of(request, user)


def _query(scope: Scope, choice: Choice) -> dict[str, str]:
    group = {"group": str(scope.group.pk)} if scope.group else {}
    return {"inspection": str(scope.inspection.pk), **group, **choice.query}
