"""Pages around the closing of an issue (销号): the queue, the application, the joint review, the decision of the office."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues import services, workflow
from apps.issues.forms.closing import ApplyForm, DecideForm, SignOffForm
from apps.issues.models import Closure, Issue, SignOff
from apps.issues.pages import GET_OR_POST, SignedRequest, issue_page, require_role, run_form
from apps.issues.policies import REVIEWERS, leads, reviews
from apps.issues.records import Record, records_of, standing_of
from apps.issues.rules import Facts, findings
from apps.units.errors import ActForbidden
from apps.units.models import Role, User
from apps.units.parameters import page_of, refuse_unknown

DECIDED_A_PAGE = 20
WAITING_SHOWN = 100


@dataclass(frozen=True)
class Line:
    """One application in the queue, as one user sees it."""

    closure: Closure
    user: User

    @property
    def signatures(self) -> list[SignOff]:
        return list(self.closure.sign_offs.all())

    @property
    def standing(self) -> str:
        return standing_of(self.signatures)

    @property
    def mine(self) -> SignOff | None:
        """The signature that this user has to give."""
        own = (row for row in self.signatures if reviews(self.user, row) and row.decision == SignOff.Decision.PENDING)
        return next(own, None) if self.closure.applied_by_id != self.user.pk else None

    @property
    def is_decidable(self) -> bool:
        """All bodies have said what they have to say."""
        return all(row.decision != SignOff.Decision.PENDING for row in self.signatures)


@require_safe
def queue(request: SignedRequest) -> HttpResponse:
    """Applications: those that wait for this user first, then those that wait for others, then the decided ones."""
    user = request.user
    require_role(user, *REVIEWERS)
    refuse_unknown(request, "page")
    seen = Closure.objects.visible_to(user)
    waiting = [Line(row, user) for row in seen.pending().for_queue()[:WAITING_SHOWN]]
    is_office = user.role == Role.OFFICE
    mine = [line for line in waiting if line.mine or (is_office and line.is_decidable)]
    own = [line for line in waiting if line not in mine and leads(user, line.closure.issue)]
    decided = seen.exclude(decision=Closure.Decision.PENDING).for_queue().order_by("-decided_on", "-pk")
    page = page_of(decided, request, DECIDED_A_PAGE)
    context = {
        "is_office": is_office,
        "mine": mine,
        "own": own,
        "others": [line for line in waiting if line not in mine and line not in own],
        "page": page,
        "decided": [Line(row, user) for row in page],
    }
    return render(request, "issues/closures.html", context)


@GET_OR_POST
def apply(request: SignedRequest, pk: int) -> HttpResponse:
    """A liaison of the lead unit applies to close the issue; all rules stand before the button."""
    issue = get_object_or_404(Issue.objects.visible_to(request.user).for_sheet(), pk=pk)
    require_role(request.user, Role.LIAISON)
    if request.user.unit_id != issue.lead_unit_id:
        raise ActForbidden("只有牵头单位可以提请销号，请联系牵头单位")
    found = findings(Facts(issue))
    form = ApplyForm(request.POST or None, findings=found, initial={"version": issue.version})

    def act(values: dict[str, Any]) -> str:
        services.apply_for_closure(
            actor=request.user, issue=issue, statement=values["statement"], reasons=form.reasons, version=values["version"]
        )
        return _address(issue)

    aside = {
        "lines": form.lines(found),
        "blocked": sum(line.blocks for line in found),
        "is_open": issue.closure == Issue.ClosureState.OPEN,
        "bodies": issue.inspection.reviewing_bodies.exclude(pk=issue.lead_unit_id).order_by("pk"),
    }
    return run_form(request, form, act, issue_page(issue, "提请销号", "提请销号"), template="issues/apply.html", aside=aside)


@GET_OR_POST
def sign(request: SignedRequest, pk: int) -> HttpResponse:
    """A reviewing body signs an application; ``pk`` is of the application."""
    closure = _closure(request, pk)
    row = next((row for row in closure.sign_offs.select_related("body") if reviews(request.user, row)), None)
    if row is None or request.user.role not in REVIEWERS:
        raise ActForbidden("您的单位不是这份申请的会审单位")

    def act(values: dict[str, Any]) -> str:
        agree = values["decision"] == "agree"
        services.sign_off(actor=request.user, sign_off=row, agree=agree, requirement="" if agree else values["requirement"])
        return reverse("issues:closures")

    record = _record(closure)
    page = replace(issue_page(closure.issue, f"{row.body.short_name}会审", "提交会审意见"), warning=_why_not_sign(closure, record))
    aside = {"record": record, "issue": closure.issue, "lines": findings(closure.issue, closure.reasons), "own": row}
    return run_form(request, SignOffForm(request.POST or None), act, page, template="issues/decide.html", aside=aside)


@GET_OR_POST
def decide(request: SignedRequest, pk: int) -> HttpResponse:
    """The office decides an application, with the opinions of the reviewing bodies before it."""
    closure = _closure(request, pk)
    require_role(request.user, Role.OFFICE)

    def act(values: dict[str, Any]) -> str:
        services.decide_closure(actor=request.user, closure=closure, agree=values["decision"] == "agree", opinion=values["opinion"])
        return _address(closure.issue)

    record = _record(closure)
    page = replace(issue_page(closure.issue, "审定销号", "提交审定"), warning=_in_the_way(closure))
    form = DecideForm(request.POST or None, initial={"opinion": record.requirements, "decision": "return" if record.requirements else None})
    aside = {"record": record, "issue": closure.issue, "lines": findings(closure.issue, closure.reasons)}
    return run_form(request, form, act, page, template="issues/decide.html", aside=aside)


def _closure(request: SignedRequest, pk: int) -> Closure:
    rows = Closure.objects.visible_to(request.user).select_related("issue__inspection", "issue__lead_unit", "applied_by")
    return get_object_or_404(rows, pk=pk)


def _record(closure: Closure) -> Record:
    """The application as its pages show it."""
    current = services.content_hash(closure.issue) if closure.decision == Closure.Decision.PENDING else ""
    return next(record for record in records_of(closure.issue, current) if record.pk == closure.pk)


def _why_not_sign(closure: Closure, record: Record) -> str:
    if closure.decision != Closure.Decision.PENDING:
        return "这份申请已经审定，不能再签署。"
    return f"现在只能退回：{services.OUTDATED}。" if record.outdated else ""


def _in_the_way(closure: Closure) -> str:
    """Why a waiting application cannot be agreed to as things stand; the service refuses it for the same reasons."""
    if closure.decision != Closure.Decision.PENDING:
        return ""
    if not services.covers(closure, closure.issue):
        return f"现在只能退回：{services.OUTDATED}。"
    problems = [sentence for rule in workflow.AGREE.rules for sentence in rule(closure.issue)]
    unanswered = [line.rule.title for line in findings(closure.issue, closure.reasons) if line.unanswered]
    problems += [f"“{title}”是申请之后才出现的提示，申请中没有说明理由" for title in unanswered]
    return f"现在还不能同意：{'；'.join(problems)}。" if problems else ""


def _address(issue: Issue) -> str:
    return reverse("issues:sheet", args=(issue.pk,))
