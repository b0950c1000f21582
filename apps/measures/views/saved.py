"""Saved views of the register: the address stays the truth, a view only remembers one under a name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, register_crumb, run_form
from apps.measures import services
from apps.measures.forms.office import SaveViewForm, ViewForm
from apps.measures.models import SavedView
from apps.measures.register_page import ALL, PAGE, Register
from apps.measures.views.register import filters_of, read_filters, register_address
from apps.units.errors import ActForbidden, ActRefused
from apps.units.parameters import refuse_unknown
from apps.units.policies import sees_no_business


@require_safe
def views(request: SignedRequest) -> HttpResponse:
    """The own views and those shared with the user."""
    refuse_unknown(request)
    rows = list(_visible(request).select_related("owner__unit", "unit"))
    own = [row for row in rows if row.owner_id == request.user.pk]
    shared = [row for row in rows if row.owner_id != request.user.pk]
    return render(request, "measures/views/list.html", {"own": own, "shared": shared})


@require_safe
def view(request: SignedRequest, pk: int) -> HttpResponse:
    """Open the register under the view; one that is not understood any more says why, and its owner may remove it."""
    row = get_object_or_404(_visible(request).select_related("owner"), pk=pk)
    query = QueryDict(row.query)
    _filterset, problems = filters_of(request, query)
    if problems:
        mine = row.owner_id == request.user.pk
        return render(request, "measures/views/broken.html", {"view": row, "problems": problems, "mine": mine}, status=400)
    return redirect(register_address(row.query))


@GET_OR_POST
def save(request: SignedRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    filterset, problems = read_filters(request, allowed=(PAGE, ALL))
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        raise ActRefused("还没有您可以查看的台账，不能保存视图")
    shown = Register(request.user, filterset, filterset.chosen)

    def act(values: dict[str, Any]) -> str:
        services.save_view(actor=request.user, query=shown.query, **values)
        return register_address(shown.query)

    page = FormPage("保存视图", "保存", register_address(shown.query), [register_crumb()], facts=[("筛选条件", shown.filter_words)])
    return run_form(request, SaveViewForm(request.POST or None, user=request.user), act, page)


@GET_OR_POST
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """Another name or circle of readers."""
    row = _owned(request, pk)

    def act(values: dict[str, Any]) -> str:
        services.amend_view(actor=request.user, view=row, **values)
        return reverse("measures:views")

    crumbs = [register_crumb(), Crumb("保存的视图", reverse("measures:views"))]
    page = FormPage(f"修改视图：{row.name}", "保存修改", reverse("measures:views"), crumbs)
    form = ViewForm(request.POST or None, user=request.user, initial={"name": row.name, "scope": row.scope})
    return run_form(request, form, act, page)


@require_POST
def remove(request: SignedRequest, pk: int) -> HttpResponse:
    """The view is gone."""
    row = _owned(request, pk)
    services.remove_view(actor=request.user, view=row)
    messages.success(request, f"视图“{row.name}”已删除，并记入台账。")
    return redirect("measures:views")


@require_POST
def default(request: SignedRequest, pk: int) -> HttpResponse:
    """The register opens in this view, or no longer does."""
    row = _owned(request, pk)
    on = request.POST.get("on") == "1"
    services.set_default_view(actor=request.user, view=row, is_default=on)
    words = "已设为默认视图，打开台账时先显示它" if on else "不再是默认视图，打开台账时显示全部"
    messages.success(request, f"“{row.name}”{words}。")
    return redirect("measures:views")


def _visible(request: SignedRequest) -> Any:
    if sees_no_business(request.user):
        raise ActForbidden("系统管理员和审计员不查看业务数据（三员分立），请从工作台进入您的页面")
    return SavedView.objects.visible_to(request.user)


def _owned(request: SignedRequest, pk: int) -> SavedView:
    """A view that the user may change; one that is only shared with them may be seen (403)."""
    row: SavedView = get_object_or_404(_visible(request), pk=pk)
    if row.owner_id != request.user.pk:
        raise ActForbidden("只有建立人可以修改或删除这个视图，请联系建立人，或按同样的筛选另存一个")
    return row
