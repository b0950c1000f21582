"""Review of many reports at once: what is picked in the queue, a preview of what will happen, one opinion for all."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.issues.pages import SignedRequest, put_refusal, require_role
from apps.measures.forms.measures import ReviewManyForm
from apps.measures.models import Progress
from apps.measures.services import Picked
from apps.measures.services import review_many as review_reports
from apps.measures.services.reviewing import DECISIONS, MOST_AT_ONCE, Outcome
from apps.units.errors import ActRefused
from apps.units.models import Role, User
from apps.units.parameters import chosen_of, refuse_unknown

LONGEST_KEY = 18


@require_http_methods(("GET", "HEAD", "POST"))
def review_many(request: SignedRequest) -> HttpResponse:
    """GET rehearses the review of the picked reports and shows what would happen; POST does it and says what was skipped and why."""
    require_role(request.user, Role.OFFICE)
    if request.method == "POST":
        return _done(request)
    refuse_unknown(request, "report", "decision")
    decision = chosen_of(request, "decision", "审核结果", dict(DECISIONS))
    numbers = request.GET.getlist("report")
    if not numbers or not decision:
        messages.warning(request, "请先在清单中勾选要审核的填报，再选择“审核通过”或“退回补正”。")
        return redirect("measures:reviews")
    picked = [Picked(report, report.measure.version) for report in _reports(request.user, numbers)]
    return _preview(request, decision, picked, ReviewManyForm(initial={"decision": decision}, decision=decision))


def _done(request: SignedRequest) -> HttpResponse:
    decision = request.POST.get("decision", "")
    form = ReviewManyForm(request.POST, decision=decision)
    picked = _seen(request)
    if not form.is_valid():
        if decision not in dict(DECISIONS):
            raise ActRefused("请从待审核清单重新选择审核通过或退回补正")
        return _preview(request, decision, picked, form, status=400)
    try:
        found = review_reports(actor=request.user, picked=picked, decision=decision, words=form.cleaned_data["opinion"])
    except ActRefused as refusal:
        put_refusal(form, refusal)
        return _preview(request, decision, picked, form, status=refusal.status)
    _tell(request, decision, found)
    return redirect("measures:reviews")


def _tell(request: HttpRequest, decision: str, found: Outcome) -> None:
    """How many were done, and each reason for which others were not, with their numbers."""
    words = dict(DECISIONS)[decision]
    if found.done:
        messages.success(request, f"已{words} {len(found.done)} 份，记入台账（批次号 {str(found.correlation)[:8]}）。")
    because: defaultdict[str, list[str]] = defaultdict(list)
    for report, reason in found.skipped:
        because[reason].append(report.measure.number)
    for reason, numbers in because.items():
        messages.warning(request, f"{len(numbers)} 份没有办理（{'、'.join(numbers)}）：{reason}")


def _preview(request: SignedRequest, decision: str, picked: list[Picked], form: ReviewManyForm, status: int = 200) -> HttpResponse:
    found = review_reports(actor=request.user, picked=picked, decision=decision, rehearse=True)
    versions = {row.report.pk: row.version for row in picked}
    context = {
        "form": form,
        "decision": decision,
        "label": dict(DECISIONS)[decision],
        "done": found.done,
        "skipped": found.skipped,
        "seen": [f"{report.pk}:{versions[report.pk]}" for report in found.done],
    }
    return render(request, "measures/review_many.html", context, status=status)


def _seen(request: SignedRequest) -> list[Picked]:
    """The reports with the versions that the preview showed."""
    pairs = [value.partition(":") for value in request.POST.getlist("seen")]
    if not pairs or any(not _is_number(pk) or not _is_number(version) for pk, _colon, version in pairs):
        raise ActRefused("没有选中可以办理的填报，请从待审核清单重新选择")
    versions = {int(pk): int(version) for pk, _colon, version in pairs}
    return [Picked(report, versions[report.pk]) for report in _reports(request.user, [str(pk) for pk in versions])]


def _reports(user: User, numbers: list[str]) -> list[Progress]:
    """The reports of these numbers in the order of the queue; one that the user does not see is refused."""
    if not all(map(_is_number, numbers)):
        raise ActRefused("填报的编号要写成数字，请从待审核清单重新选择")
    wanted = set(map(int, numbers))
    if len(wanted) > MOST_AT_ONCE:
        raise ActRefused(f"一次最多审核 {MOST_AT_ONCE} 份，请分批办理")
    found = list(Progress.objects.visible_to(user).filter(pk__in=wanted).for_queue())
    if len(found) < len(wanted):
        raise ActRefused("有的填报找不到，请从待审核清单重新选择")
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY
