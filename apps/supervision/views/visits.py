"""Pages of visits (实地督查): the list, planning one, and one of them with what was seen about each measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.forms.issues import initial_of
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, attempt, may_take, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.supervision import services, workflow
from apps.supervision.forms.visits import AmendVisitForm, CancelVisitForm, HoldVisitForm, SiteCheckForm, VisitForm, first_group, with_photos
from apps.supervision.models import SiteCheck, Visit
from apps.supervision.onsite_lists import of_state
from apps.supervision.onsite_policies import measures_of, visible_visits
from apps.supervision.policies import SUPERVISING, checks_on_site
from apps.supervision.scope import Scope, scope_of
from apps.units.errors import ActForbidden
from apps.units.models import Role, Unit
from apps.units.parameters import chosen_of, page_of, refuse_unknown

A_PAGE, OFFERED, LINES = 50, 200, 100
STANDINGS = (("finished", "已完成、阶段性完成"), ("overdue", "已逾期"), ("review", "已申报、待审核"), ("running", "其他未完成"))


@dataclass(frozen=True)
class VisitLine:
    """A measure of a visit: what was seen, or the form to enter it (None: not for this user, or not now)."""

    measure: Measure
    check: SiteCheck | None
    form: SiteCheckForm | None

    @property
    def is_open(self) -> bool:
        return self.form is not None and self.form.is_bound


@require_safe
def visits(request: SignedRequest) -> HttpResponse:
    """The visits of a round, the latest first."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "实地督查"})
    refuse_unknown(request, "inspection", "group", "state", "page")
    found, choice = of_state(request, scope, visible_visits(request.user), Visit.State)
    rows = (
        found.select_related("group", "planned_by")
        .order_by("-planned_on", "-pk")
        .annotate(planned=Count("measures", distinct=True), entered=Count("checks", distinct=True))
    )
    return render(request, "supervision/visits.html", {**choice, "page": page_of(rows, request, A_PAGE)})


@GET_OR_POST
def plan(request: SignedRequest) -> HttpResponse:
    """Plan a visit; the list of measures is narrowed by unit and by how they stand."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        messages.info(request, "还没有可以督查的轮次。")
        return redirect("supervision:visits")
    refuse_unknown(request, "inspection", "group", "unit", "standing", "measure")
    offer = Offer(request, scope, scope.measures)
    inspection = scope.inspection

    def act(values: dict[str, Any]) -> str:
        made = services.plan_visit(actor=request.user, inspection=inspection, **values)
        return reverse("supervision:visit", args=(made.pk,))

    initial = {"group": first_group(request.user, scope), "measures": _asked(request, offer.rows), "planned_on": scope.today}
    form = VisitForm(request.POST or None, user=request.user, groups=scope.groups, measures=offer.rows, initial=initial)
    page = FormPage("计划实地督查", "保存计划", reverse("supervision:visits"), [_crumb()], facts=[("轮次", inspection.name)])
    return run_form(request, form, act, page, template="supervision/visit_plan.html", aside={"offer": offer, "scope": scope})


@require_safe
def visit(request: SignedRequest, pk: int) -> HttpResponse:
    """One visit: its measures, what was seen of each, and what is still to be entered."""
    return _page(request, _visit(request, pk))


@require_POST
def check(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter what was seen about one measure of the visit (``measure`` in the body)."""
    row = _visit(request, pk)
    asked = request.POST.get("measure", "")
    measure = get_object_or_404(_measures(request, row), pk=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else 0)
    if not checks_on_site(request.user, measure):
        raise ActForbidden("现场核查由负责该单位的督查组或领导办理")
    form = SiteCheckForm(request.POST, request.FILES, prefix=_prefix(measure))

    def act(values: dict[str, Any]) -> SiteCheck:
        return services.check_site(actor=request.user, measure=measure, visit=row, **with_photos(dict(values)))

    made, status = attempt(form, act)
    if made is not None:
        messages.success(request, services.words_about(made))
        return redirect(f"{reverse('supervision:visit', args=(row.pk,))}#measure-{measure.pk}")
    return _page(request, row, (measure.pk, form), status)


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Change a planned visit and its measures; the filters add to those that are chosen already."""
    row = _visit(request, pk)
    refuse_unknown(request, "unit", "standing")
    address = reverse("supervision:visit", args=(row.pk,))
    rows = measures_of(request.user, row.inspection, row.group)
    offer = Offer(request, Scope(request.user, row.inspection, [], None), rows, list(row.measures.values_list("pk", flat=True)))

    def act(values: dict[str, Any]) -> str:
        version, measures = values.pop("version"), values.pop("measures")
        services.amend_visit(actor=request.user, visit=row, values=values, measures=measures, version=version)
        return address

    initial = {**initial_of(row, (*AmendVisitForm.columns, "measures")), "version": row.version}
    form = AmendVisitForm(request.POST or None, measures=offer.rows, initial=initial)
    page = FormPage("调整实地督查", "保存", address, [_crumb(), Crumb(row.title, address)])
    return run_form(request, form, act, page, template="supervision/visit_plan.html", aside={"offer": offer})


@GET_OR_POST
def cancel(request: SignedRequest, pk: int) -> HttpResponse:
    """Cancel a visit, with the reason."""
    row = _visit(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.cancel_visit(actor=request.user, visit=row, **values)
        return reverse("supervision:visit", args=(row.pk,))

    return run_form(
        request, CancelVisitForm(request.POST or None, initial={"version": row.version}), act, _frame(row, "取消实地督查", "取消这次督查")
    )


@GET_OR_POST
def hold(request: SignedRequest, pk: int) -> HttpResponse:
    """The visit is over."""
    row = _visit(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.hold_visit(actor=request.user, visit=row, **values)
        return reverse("supervision:visit", args=(row.pk,))

    left = row.measures.exclude(pk__in=row.checks.values("measure")).select_related("issue").order_by("issue__number", "ordinal")
    words = "、".join(measure.number for measure in left)
    last = row.checks.order_by("-checked_on").values_list("checked_on", flat=True).first()
    initial = {"version": row.version, "held_on": last or row.inspection.today(), "summary": f"{words} 因　　　没有查看。" if words else ""}
    frame = _frame(row, "完成实地督查", "完成", f"还没有登记核查结论的措施：{words}。请先登记，或在小结中说明原因。" if words else "")
    return run_form(request, HoldVisitForm(request.POST or None, initial=initial), act, frame)


class Offer:
    """The measures that can be chosen: narrowed by unit and standing; those that are ``kept`` are offered whatever the filter says."""

    def __init__(self, request: SignedRequest, scope: Scope, rows: MeasureQuerySet, kept: list[int] | None = None) -> None:
        units = Unit.objects.filter(pk__in=rows.order_by().values("lead_unit"))
        self.units = [(str(unit.pk), unit.short_name) for unit in units]
        self.unit = chosen_of(request, "unit", "单位", [value for value, _label in self.units])
        self.standing = chosen_of(request, "standing", "进展", dict(STANDINGS))
        self.standings, self.keeps = STANDINGS, kept is not None
        self.inspection, self.group = scope.inspection, scope.group
        found = _standing(rows.filter(lead_unit=int(self.unit)) if self.unit else rows, self.standing, scope)
        if kept is not None and not (self.unit or self.standing):
            found = found.none()
        keys = list(found.order_by("issue__number", "ordinal").values_list("pk", flat=True)[: OFFERED + 1])
        self.is_cut, keys = len(keys) > OFFERED, keys[:OFFERED]
        self.rows = rows.filter(pk__in=[*keys, *(kept or [])]).select_related("issue", "lead_unit").order_by("issue__number", "ordinal")


def _standing(rows: MeasureQuerySet, standing: str, scope: Scope) -> MeasureQuerySet:
    if standing == "finished":
        return rows.finished()
    if standing == "overdue":
        return rows.overdue(scope.today)
    if standing == "review":
        return rows.filter(progress=Measure.State.IN_REVIEW)
    if standing == "running":
        return rows.unfinished().exclude(progress=Measure.State.IN_REVIEW).exclude(pk__in=rows.overdue(scope.today).values("pk"))
    return rows


def _asked(request: SignedRequest, rows: MeasureQuerySet) -> list[int]:
    """``?measure=`` comes from the sheet of a measure, whose box is then ticked."""
    asked = request.GET.get("measure", "")
    keys = [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 16 else []
    return list(rows.filter(pk__in=keys).values_list("pk", flat=True)) if keys else []


def _page(request: SignedRequest, row: Visit, bound: tuple[int, SiteCheckForm] | None = None, status: int = 200) -> HttpResponse:
    today = row.inspection.today()
    checks = row.checks.select_related("checked_by").prefetch_related("attachments")
    entered = {made.measure_id: made for made in checks}
    every = row.measures.select_related("issue__inspection", "lead_unit").order_by("issue__number", "ordinal")
    seen = set(_measures(request, row).values_list("pk", flat=True))
    # Who may check is asked once: a supervisor checks what they work on.
    may_check = request.user.role == Role.SUPERVISOR and row.state == Visit.State.PLANNED
    lines = []
    for measure in every:
        form = None
        if bound is not None and bound[0] == measure.pk:
            form = bound[1]
        elif may_check and measure.pk in seen and measure.pk not in entered:
            form = SiteCheckForm(prefix=_prefix(measure), initial={"checked_on": min(today, row.planned_on)})
        lines.append(VisitLine(measure, entered.get(measure.pk), form))
    context = {
        "visit": row,
        "lines": lines,
        "seen": seen,
        "today": today,
        "entered": len(entered),
        "may_amend": may_take(workflow.AMEND_VISIT, row.state, request.user),
        "may_cancel": may_take(workflow.CANCEL_VISIT, row.state, request.user) and not entered,
        "entries": Entry.objects.filter(book=row.inspection.book_id).about([("visit", [row.pk])])[:LINES],
    }
    return render(request, "supervision/visit.html", context, status=status)


def _measures(request: SignedRequest, row: Visit) -> Any:
    rows = Measure.objects.worked_on_by(request.user).filter(Q(pk__in=row.measures.values("pk")))
    return rows.select_related("issue__inspection", "lead_unit")


def _visit(request: SignedRequest, pk: int) -> Visit:
    rows = visible_visits(request.user).select_related("inspection__book", "group", "planned_by")
    row: Visit = get_object_or_404(rows, pk=pk)
    return row


def _prefix(measure: Measure) -> str:
    return f"m{measure.pk}"


def _crumb() -> Crumb:
    return Crumb("实地督查", reverse("supervision:visits"))


def _frame(row: Visit, title: str, submit: str, warning: str = "") -> FormPage:
    address = reverse("supervision:visit", args=(row.pk,))
    return FormPage(title, submit, address, [_crumb(), Crumb(row.title, address)], facts=[("名称", row.title)], warning=warning)
