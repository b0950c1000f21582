"""Flags, the longest due first, with the rule that raised each; taking note of one; the thresholds of the rules."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.coverage import uncovered_units
from apps.supervision.figures import Urging, urgings
from apps.supervision.forms.flags import AcknowledgeForm, ThresholdsForm
from apps.supervision.models import Derivation, Flag, Thresholds
from apps.supervision.policies import SUPERVISING, acknowledges
from apps.supervision.querysets import FlagQuerySet
from apps.supervision.scope import Scope, scope_of
from apps.supervision.timeliness import CATALOGUE
from apps.supervision.timeliness.base import pause_on
from apps.units.errors import ActForbidden
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

MEASURES_A_PAGE = 100
KNOWN = (("no", "未知悉"), ("yes", "已知悉"))


@dataclass(frozen=True)
class FlagLine:
    """A measure with the flags it carries on a day, and how it was urged so far."""

    measure: Measure
    flags: list[Flag]
    today: dt.date
    urging: Urging | None

    @property
    def flag(self) -> Flag:
        """The one that stands first."""
        return self.flags[0]

    @property
    def is_late(self) -> bool:
        return self.measure.is_overdue(self.today)

    @property
    def words(self) -> str:
        """How the measure stands to its due date; the days stop on the day the clock stopped."""
        measure = self.measure
        if measure.due_on is None:
            return "不设时限"
        if measure.stopped_on is not None:
            late = measure.days_late(self.today)
            return f"已申报完成{f'，晚 {late} 天' if late else ''}"
        days = (measure.due_on - self.today).days
        if days < 0:
            return f"逾期 {-days} 天"
        return f"还剩 {days} 天" if days else "今天到期"


@require_safe
def flags(request: SignedRequest) -> HttpResponse:
    """Measures with open flags under the groups that cover them, the longest due first."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "临期逾期"})
    refuse_unknown(request, "inspection", "group", "kind", "known", "page")
    rows = standing_flags(scope)
    kind = chosen_of(request, "kind", "类型", Flag.Kind.values)
    known = chosen_of(request, "known", "知悉", [value for value, _label in KNOWN])
    chosen = rows.filter(kind=kind) if kind else rows
    chosen = chosen.filter(acknowledged_on__isnull=known == "no") if known else chosen
    page = page_of(measures_of(scope, chosen), request, MEASURES_A_PAGE)
    numbers = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    context = {
        "scope": scope,
        "derived": Derivation.objects.filter(inspection=scope.inspection).first(),
        "page": page,
        "kind": kind,
        "known": known,
        "knowing": KNOWN,
        "kinds": [(value, label, numbers.get(value, 0)) for value, label in Flag.Kind.choices],
        "sections": scope.by_group((line.measure, line) for line in lines_of(scope, chosen, list(page))),
        "may_check": request.user.role == Role.SUPERVISOR,
        "is_office": request.user.role == Role.OFFICE,
        "pause": pause_on(scope.inspection, scope.today, CATALOGUE),
        "may_load": request.user.role == Role.OFFICE,
        "uncovered": uncovered_units(scope.inspection) if request.user.role == Role.OFFICE and scope.group is None else [],
    }
    return render(request, "supervision/flags.html", context)


def standing_flags(scope: Scope) -> FlagQuerySet:
    """The page shows what stands in the table of the measures in scope; a run of the job puts it there."""
    return Flag.objects.standing().filter(measure__in=scope.measures.values("pk"))


def measures_of(scope: Scope, chosen: FlagQuerySet) -> Any:
    """The measures that carry one of these flags, by the oldest of them."""
    first = chosen.filter(measure=OuterRef("pk")).order_by("due_on").values("due_on")[:1]
    rows = Measure.objects.filter(pk__in=chosen.order_by().values("measure")).annotate(first_on=Subquery(first))
    return rows.select_related("issue__inspection", "lead_unit").order_by("first_on", "issue__number", "ordinal")


def lines_of(scope: Scope, chosen: FlagQuerySet, measures: list[Measure]) -> list[FlagLine]:
    """In two queries and those of the letters."""
    carried: defaultdict[int, list[Flag]] = defaultdict(list)
    by_key = {measure.pk: measure for measure in measures}
    for flag in chosen.filter(measure__in=measures).select_related("acknowledged_by").order_by("due_on", "pk"):
        flag.measure = by_key[flag.measure_id]
        carried[flag.measure_id].append(flag)
    urged = urgings(scope.user, [measure.pk for measure in measures])
    return [FlagLine(row, carried[row.pk], scope.today, urged.get(row.pk)) for row in measures if carried[row.pk]]


@require_POST
def update_flags(request: SignedRequest, pk: int) -> HttpResponse:
    """Derive the flags of one round now instead of at the next run of the job. The entries are the system's, as in every run."""
    require_role(request.user, *SUPERVISING)
    inspection = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    done = services.derive_timeliness(inspection=inspection)
    raised, cleared = sum(one.raised + one.reopened for one in done), sum(one.cleared for one in done)
    messages.success(request, f"提示已按今天更新：新增 {raised} 条，解除 {cleared} 条。")
    return redirect(flags_of(inspection))


@GET_OR_POST
def acknowledge(request: SignedRequest, pk: int) -> HttpResponse:
    """Take note of an open flag. It stays in the list."""
    row: Flag = get_object_or_404(
        Flag.objects.visible_to(request.user).select_related("measure__issue__inspection", "measure__lead_unit"), pk=pk
    )
    if not acknowledges(request.user, row.measure):
        raise ActForbidden("知悉提示由负责该措施的督查组、领导或整改办办理")
    address = flags_of(row.measure.issue.inspection)

    def act(values: dict[str, Any]) -> str:
        services.acknowledge_flag(actor=request.user, flag=row, **values)
        return f"{address}#measure-{row.measure_id}"

    facts = [
        ("措施", f"{row.measure.number} {row.measure.text}"),
        ("牵头单位", row.measure.lead_unit.name),
        ("提示", f"{row.get_kind_display()}：{row.rule}"),
    ]
    warning = "这条提示已经解除，不需要知悉" if row.cleared_on else ""
    page = FormPage("知悉提示", "知悉", address, [Crumb("临期逾期", address)], facts=facts, warning=warning)
    return run_form(request, AcknowledgeForm(request.POST or None), act, page)


@GET_OR_POST
def thresholds(request: SignedRequest, pk: int) -> HttpResponse:
    """The office sets from how many days on the rules of a round raise a flag."""
    require_role(request.user, Role.OFFICE)
    inspection = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    row = Thresholds.objects.filter(inspection=inspection).first() or Thresholds(inspection=inspection)
    address = flags_of(inspection)

    def act(values: dict[str, Any]) -> str:
        services.set_thresholds(actor=request.user, inspection=inspection, **values)
        return address

    names = ("grave_days", "stalled_days", "returned_working_days", "version")
    form = ThresholdsForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    facts = [("轮次", inspection.name), ("临期", f"{inspection.soon_working_days} 个工作日内到期（在轮次资料中修改）")]
    page = FormPage("提示规则", "保存", address, [Crumb("临期逾期", address)], facts=facts, intro="下次更新提示时按新的标准计算。")
    aside = {"pause": pause_on(inspection, inspection.today(), CATALOGUE), "may_load": True}
    return run_form(request, form, act, page, template="supervision/thresholds.html", aside=aside)


def flags_of(inspection: Inspection) -> str:
    return f"{reverse('supervision:flags')}?{urlencode({'inspection': inspection.pk})}"
