"""The pages of clues. For the discipline role alone: everybody else is refused (403) before anything is looked up."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, require_role, run_form
from apps.ledgers.models import Entry
from apps.supervision import services
from apps.supervision.forms.clues import ClueForm, ConcludeForm, TakeUpForm
from apps.supervision.models import Clue
from apps.units.models import Role
from apps.units.parameters import chosen_of, page_of, refuse_unknown

CLUES_A_PAGE, ENTRIES = 50, 30


@require_safe
def clues(request: SignedRequest) -> HttpResponse:
    """All clues, the latest first; ``?state=`` narrows them."""
    require_role(request.user, Role.DISCIPLINE)
    refuse_unknown(request, "state", "page")
    state = chosen_of(request, "state", "状态", Clue.State.values)
    rows = Clue.objects.visible_to(request.user).for_page()
    page = page_of(rows.filter(state=state) if state else rows, request, CLUES_A_PAGE)
    return render(request, "supervision/clues.html", {"page": page, "state": state, "states": Clue.State.choices})


@require_safe
def clue(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.DISCIPLINE)
    refuse_unknown(request)
    row = _clue(request, pk)
    entries = Entry.objects.filter(book__slug="sealed").about([("clue", [row.pk])])[:ENTRIES]
    return render(request, "supervision/clue.html", {"clue": row, "entries": entries})


@GET_OR_POST
def register(request: SignedRequest) -> HttpResponse:
    require_role(request.user, Role.DISCIPLINE)

    def act(values: dict[str, Any]) -> str:
        return _address(services.register_clue(actor=request.user, **values).pk)

    form = ClueForm(request.POST or None, rounds=Inspection.objects.all())
    back = reverse("supervision:clues")
    page = FormPage("登记移交线索", "登记", back, [Crumb("移交线索", back)], "内容加密保存，只有纪检监察账号能看。")
    return run_form(request, form, act, page)


@GET_OR_POST
def take_up(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.DISCIPLINE)
    row = _clue(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.take_up_clue(actor=request.user, clue=row, **values)
        return _address(row.pk)

    form = TakeUpForm(request.POST or None, initial={"version": row.version})
    return run_form(request, form, act, _page(row, "开始办理", "由我办理"))


@GET_OR_POST
def conclude(request: SignedRequest, pk: int) -> HttpResponse:
    require_role(request.user, Role.DISCIPLINE)
    row = _clue(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.conclude_clue(actor=request.user, clue=row, **values)
        return _address(row.pk)

    form = ConcludeForm(request.POST or None, initial={"version": row.version})
    return run_form(request, form, act, _page(row, "登记办理结果", "办结"))


def _clue(request: SignedRequest, pk: int) -> Clue:
    return get_object_or_404(Clue.objects.visible_to(request.user).for_page(), pk=pk)


def _page(row: Clue, title: str, submit: str) -> FormPage:
    crumbs = [Crumb("移交线索", reverse("supervision:clues")), Crumb(str(row), _address(row.pk))]
    facts = [("轮次", row.inspection.name), ("来源", row.get_origin_display()), ("移交日期", row.transferred_on.isoformat())]
    return FormPage(f"{title}：{row}", submit, _address(row.pk), crumbs, facts=facts)


def _address(pk: int) -> str:
    return reverse("supervision:clue", args=(pk,))
