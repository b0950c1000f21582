"""Pages of looking back (回头看): what is due and was held, how often issues relapse, and draws that anybody can repeat."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues import services
from apps.issues.forms.closing import DrawForm
from apps.issues.forms.issues import LookBackForm
from apps.issues.models import Inspection, Issue, LookBack, LookBackDraw
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, issue_page, require_role, run_form
from apps.issues.policies import REVIEWERS, draws_look_backs
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, page_of, refuse_unknown

ROWS_A_PAGE = 30
SHOWN = {"planned": "待开展", "held": "已开展"}
RATE_FORMULA = "反弹率 = 结果为“反弹”的回头看次数 ÷ 已开展的回头看次数（按牵头单位）"


@require_safe
def look_backs(request: SignedRequest) -> HttpResponse:
    """Look-backs that the user sees: to be held, the first due first, or held; draws; the relapse rate by unit."""
    user = request.user
    require_role(user, *REVIEWERS)
    refuse_unknown(request, "show", "page")
    show = chosen_of(request, "show", "列出", list(SHOWN)) or "planned"
    seen = LookBack.objects.visible_to(user)
    rows = {"planned": seen.planned().order_by("planned_on", "pk"), "held": seen.held().order_by("-held_on", "-pk")}
    shown = rows[show].select_related("issue__inspection", "issue__lead_unit", "held_by", "draw")
    rates = seen.relapse_rates()
    context = {
        "show": show,
        "tabs": [(key, words, rows[key].count()) for key, words in SHOWN.items()],
        "page": page_of(shown, request, ROWS_A_PAGE),
        "rates": rates,
        "all_held": sum(row["held"] for row in rates),
        "all_relapsed": sum(row["relapsed"] for row in rates),
        "rate_formula": RATE_FORMULA,
        "may_hold": user.role in (Role.OFFICE, Role.SUPERVISOR),
        "draws": _draws(user),
        "may_draw": draws_look_backs(user),
        "inspections": Inspection.objects.visible_to(user) if draws_look_backs(user) else [],
    }
    return render(request, "issues/look_backs.html", context)


@GET_OR_POST
def look_back(request: SignedRequest, pk: int) -> HttpResponse:
    """The office or a supervisor records what a look-back found."""
    seen = Issue.objects.visible_to(request.user)
    row = get_object_or_404(LookBack.objects.filter(issue__in=seen).select_related("issue__inspection"), pk=pk)
    require_role(request.user, Role.OFFICE, Role.SUPERVISOR)

    def act(values: dict[str, Any]) -> str:
        services.hold_look_back(actor=request.user, look_back=row, relapsed=values["finding"] == "relapsed", note=values["note"])
        return reverse("issues:sheet", args=(row.issue_id,))

    intro = f"第 {row.round} 轮，计划 {row.planned_on} 开展。登记为“反弹”后，问题重新立项整改，原销号记录保留。"
    return run_form(request, LookBackForm(request.POST or None), act, issue_page(row.issue, "登记回头看结果", "登记结果", intro=intro))


@GET_OR_POST
def draw_new(request: SignedRequest, pk: int) -> HttpResponse:
    """Draw a sample among the closed issues of a round."""
    inspection = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    if not draws_look_backs(request.user):
        require_role(request.user, Role.OFFICE)
    candidates = services.candidates_of(inspection, inspection.today())

    def act(values: dict[str, Any]) -> str:
        made = services.draw_look_backs(actor=request.user, inspection=inspection, **values)
        return reverse("issues:draw", args=(made.pk,))

    page = FormPage("抽取回头看", "抽取", reverse("issues:look-backs"), [_crumb()])
    initial = {"size": max(1, -(-len(candidates) // 10)), "planned_on": inspection.today()}
    aside = {"candidates": candidates, "inspection": inspection, "formula": services.WEIGHT_FORMULA}
    return run_form(request, DrawForm(request.POST or None, initial=initial), act, page, template="issues/draw_new.html", aside=aside)


@require_safe
def draw(request: SignedRequest, pk: int) -> HttpResponse:
    """A draw with its seed and candidates; ``?check=1`` repeats it and compares."""
    row = get_object_or_404(_draws(request.user).prefetch_related("look_backs__issue"), pk=pk)
    refuse_unknown(request, "check")
    check = services.check_draw(row) if request.GET.get("check") else None
    context = {
        "draw": row,
        "candidates": [{**candidate, "drawn": candidate["number"] in row.drawn} for candidate in row.candidates],
        "look_backs": sorted(row.look_backs.all(), key=lambda look: look.issue.number),
        "formula": services.WEIGHT_FORMULA,
        "check": check,
        "holds": check is not None and all(check.values()),
    }
    return render(request, "issues/draw.html", context)


def _draws(user: User) -> Any:
    """Draws name issues of the whole round: for the office and leaders."""
    if not draws_look_backs(user):
        return LookBackDraw.objects.none()
    return LookBackDraw.objects.select_related("inspection", "drawn_by").order_by("-drawn_on", "-pk")


def _crumb() -> Crumb:
    return Crumb("回头看", reverse("issues:look-backs"))
