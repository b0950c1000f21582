"""Pages of dispatch meetings (调度): the list, preparing one, the meeting itself item by item, its minutes."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.forms.issues import initial_of
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, may_take, require_role, run_form
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.views.papers import send_paper
from apps.supervision import services, workflow
from apps.supervision.agenda import candidates
from apps.supervision.forms.dispatches import AgendaForm, AmendDispatchForm, CloseDispatchForm, DecideForm, DispatchForm
from apps.supervision.forms.visits import first_group
from apps.supervision.minutes import minutes as paper_of
from apps.supervision.models import Dispatch, DispatchItem
from apps.supervision.onsite_lists import of_state
from apps.supervision.onsite_policies import measures_of, visible_dispatches, visible_items
from apps.supervision.policies import SUPERVISING
from apps.supervision.scope import scope_of
from apps.units.errors import ActConflict, ActRefused
from apps.units.parameters import page_of, refuse_unknown

A_PAGE, LINES = 50, 100
UNSAFE = re.compile(r"[^\w-]+")
NUMBER = re.compile(r"(\d{1,4})\s*[-－—–]\s*(\d{1,4})")


@require_safe
def dispatches(request: SignedRequest) -> HttpResponse:
    """The dispatch meetings of a round, the latest first."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "调度"})
    refuse_unknown(request, "inspection", "group", "state", "page")
    found, choice = of_state(request, scope, visible_dispatches(request.user), Dispatch.State)
    rows = (
        found.select_related("group")
        .order_by("-held_on", "-pk")
        .annotate(topics=Count("items", distinct=True), decided=Count("items", filter=~Q(items__decision=""), distinct=True))
    )
    return render(request, "supervision/dispatches.html", {**choice, "page": page_of(rows, request, A_PAGE)})


@GET_OR_POST
def call(request: SignedRequest) -> HttpResponse:
    """Call a meeting."""
    require_role(request.user, *SUPERVISING)
    scope = scope_of(request, request.user)
    if scope is None:
        messages.info(request, "还没有可以调度的轮次。")
        return redirect("supervision:dispatches")
    refuse_unknown(request, "inspection", "group")
    inspection = scope.inspection

    def act(values: dict[str, Any]) -> str:
        made = services.call_dispatch(actor=request.user, inspection=inspection, **values)
        return reverse("supervision:dispatch", args=(made.pk,))

    initial = {"group": first_group(request.user, scope), "held_on": scope.today, "chair": str(request.user)}
    form = DispatchForm(request.POST or None, user=request.user, groups=scope.groups, initial=initial)
    page = FormPage("发起调度会", "下一步：选议题", reverse("supervision:dispatches"), [_crumb()], facts=[("轮次", inspection.name)])
    return run_form(request, form, act, page)


@require_safe
def dispatch(request: SignedRequest, pk: int) -> HttpResponse:
    """One meeting: its agenda and how it is prepared; after it was closed, what it decided."""
    return _sheet(request, _dispatch(request, pk))


@require_POST
def agenda(request: SignedRequest, pk: int) -> HttpResponse:
    """Add to the agenda, move a line up or down, take it out."""
    row, form = _dispatch(request, pk), AgendaForm(request.POST)
    if not form.is_valid():
        return _sheet(request, row, form, 400)
    try:
        keys = _arranged(request, row, form)
        measures = Measure.objects.in_bulk(keys)
        chosen = [measures[key] for key in keys if key in measures]
        services.set_agenda(actor=request.user, dispatch=row, measures=chosen, version=form.cleaned_data["version"])
    except ActRefused as refusal:
        if refusal.status not in (400, 409):
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _sheet(request, row, form, refusal.status)
    return redirect(f"{reverse('supervision:dispatch', args=(row.pk,))}#agenda")


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Change when and where the meeting is, and who comes."""
    row = _dispatch(request, pk)
    address = reverse("supervision:dispatch", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        version = values.pop("version")
        services.amend_dispatch(actor=request.user, dispatch=row, values=values, version=version)
        return address

    form = AmendDispatchForm(request.POST or None, initial={**initial_of(row, AmendDispatchForm.columns), "version": row.version})
    return run_form(request, form, act, FormPage("调整调度会", "保存", address, [_crumb(), Crumb(row.title, address)]))


@require_POST
def begin(request: SignedRequest, pk: int) -> HttpResponse:
    """The meeting begins with its first item."""
    row = _dispatch(request, pk)
    try:
        services.begin_dispatch(actor=request.user, dispatch=row)
    except ActConflict:
        raise
    except ActRefused as refusal:
        if refusal.status != 400:
            raise
        messages.warning(request, refusal.message)
        return redirect("supervision:dispatch", row.pk)
    return redirect("supervision:dispatch-item", row.items.order_by("place")[0].pk)


@GET_OR_POST
def item(request: SignedRequest, pk: int) -> HttpResponse:
    """The meeting view: one item, large, with its decision; on to the one before and after."""
    related = ("dispatch__inspection__book", "dispatch__group", "measure__issue__inspection", "measure__lead_unit", "decided_by")
    row: DispatchItem = get_object_or_404(visible_items(request.user).select_related(*related), pk=pk)
    items = list(row.dispatch.items.select_related("measure__issue").order_by("place"))
    place = next(index for index, other in enumerate(items) if other.pk == row.pk)
    after = items[place + 1] if place + 1 < len(items) else None
    here = reverse("supervision:dispatch-item", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        services.decide_item(actor=request.user, item=row, **values)
        return reverse("supervision:dispatch-item", args=(after.pk,)) if after and "next" in request.POST else here

    form = DecideForm(request.POST or None, initial={"decision": row.decision, "asked_by": row.asked_by, "version": row.version})
    aside = {
        "dispatch": row.dispatch,
        "item": row,
        "items": items,
        "before": items[place - 1] if place else None,
        "after": after,
        "today": row.dispatch.inspection.today(),
        "measure": row.measure,
        "may_decide": may_take(workflow.DECIDE_ITEM, row.dispatch.state, request.user),
    }
    page = FormPage("记录议定事项", "保存", here)
    return run_form(request, form, act, page, template="supervision/dispatch_item.html", aside=aside)


@GET_OR_POST
def close(request: SignedRequest, pk: int) -> HttpResponse:
    """Close the meeting with a summary."""
    row = _dispatch(request, pk)
    address = reverse("supervision:dispatch", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        services.close_dispatch(actor=request.user, dispatch=row, **values)
        return address

    items = list(row.items.select_related("measure__issue").order_by("place"))
    left = [entry.measure.number for entry in items if not entry.decision]
    words = f"{'、'.join(left)} 未议。" if left else ""
    form = CloseDispatchForm(request.POST or None, initial={"version": row.version, "summary": words})
    facts = [("会议", row.title), ("议题", f"{len(items)} 项，已议定 {len(items) - len(left)} 项")]
    warning = f"还没有记录议定事项：{'、'.join(left)}。" if left else ""
    intro = "结束后登记为会议活动，议定事项可以逐项转为措施，并通知牵头单位联络员；不能再改。"
    page = FormPage("结束调度会", "结束会议", address, [_crumb(), Crumb(row.title, address)], intro, facts, warning)
    return run_form(request, form, act, page)


@require_safe
def minutes(request: SignedRequest, pk: int) -> HttpResponse:
    """会议纪要 as DOCX, of a meeting that was closed."""
    row = _dispatch(request, pk)
    if row.state != Dispatch.State.CLOSED:
        raise ActConflict("会议还没有结束，请先结束会议再导出纪要")
    name = f"会议纪要_{row.held_on:%Y%m%d}_{UNSAFE.sub('_', row.title)[:40]}.docx"
    return send_paper(request, paper_of(row).as_bytes(), name, row.inspection, row, row.items.count())


def _arranged(request: SignedRequest, row: Dispatch, form: AgendaForm) -> list[int]:
    """The agenda as the form wants it."""
    keys = list(row.items.order_by("place").values_list("measure", flat=True))
    verb, _dash, number = form.cleaned_data["do"].partition("-")
    if verb == "add":
        picked = [int(value) for value in request.POST.getlist("pick") if value.isascii() and value.isdigit() and len(value) < 16]
        added = [key for key in (*picked, *_by_number(request, row, form.cleaned_data["numbers"])) if key not in keys]
        if not added:
            raise ActRefused("请勾选要调度的措施，或填写编号", field="numbers")
        return [*keys, *dict.fromkeys(added)]
    if int(number) not in keys:
        raise ActConflict("这条措施已经不在议程里，请刷新页面")
    place = keys.index(int(number))
    key = keys.pop(place)
    if verb != "remove":
        keys.insert(max(0, place - 1) if verb == "up" else place + 1, key)
    return keys


def _by_number(request: SignedRequest, row: Dispatch, words: str) -> list[int]:
    """The measures named by number; whatever is no number of the scope is told."""
    parts = [part for part in re.split(r"[、，,;；\s]+", words) if part]
    named = [match.groups() if (match := NUMBER.fullmatch(part)) else None for part in parts]
    rows = measures_of(request.user, row.inspection, row.group)
    wanted = Q(pk__in=())
    for pair in filter(None, named):
        wanted |= Q(issue__number=pair[0], ordinal=pair[1])
    found = {(number, ordinal): pk for pk, number, ordinal in rows.filter(wanted).values_list("pk", "issue__number", "ordinal")}
    keys = [found.get((int(pair[0]), int(pair[1]))) if pair else None for pair in named]
    unknown = [part[:20] for part, key in zip(parts, keys, strict=True) if key is None]
    if unknown:
        raise ActRefused(f"调度范围内没有编号为 {'、'.join(unknown)} 的措施，请核对", field="numbers")
    return [key for key in keys if key is not None]


def _sheet(request: SignedRequest, row: Dispatch, form: AgendaForm | None = None, status: int = 200) -> HttpResponse:
    items = list(row.items.select_related("measure__issue", "measure__lead_unit", "decided_by").order_by("place"))
    may_arrange = may_take(workflow.SET_AGENDA, row.state, request.user)
    listed = {entry.measure_id for entry in items}
    topics = candidates(request.user, row) if may_arrange else []
    context = {
        "dispatch": row,
        "items": items,
        "topics": [topic for topic in topics if topic.measure.pk not in listed],
        "agenda_form": form or AgendaForm(),
        "may_arrange": may_arrange,
        "may_begin": may_take(workflow.BEGIN_DISPATCH, row.state, request.user),
        "may_close": may_take(workflow.CLOSE_DISPATCH, row.state, request.user),
        "first_open": next((entry for entry in items if not entry.decision), items[0] if items else None),
        "decided": sum(bool(entry.decision) for entry in items),
        "entries": Entry.objects.filter(book=row.inspection.book_id).about([("dispatch", [row.pk])])[:LINES],
    }
    return render(request, "supervision/dispatch.html", context, status=status)


def _dispatch(request: SignedRequest, pk: int) -> Dispatch:
    rows = visible_dispatches(request.user).select_related("inspection__book", "group", "called_by", "activity")
    row: Dispatch = get_object_or_404(rows, pk=pk)
    return row


def _crumb() -> Crumb:
    return Crumb("调度", reverse("supervision:dispatches"))
