"""The office writes: prose, the texts of each issue for each audience, the layout. Who else is at work is shown; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.issues.pages import SignedRequest
from apps.reports import services
from apps.reports.composing import composed
from apps.reports.earlier import (
    TEXTS,
    Collision,
    collision_in_item,
    collision_in_prose,
    correction_fingerprint,
    prose_fingerprint,
    prose_of,
)
from apps.reports.forms.notices import AmendForm, ItemForm, LayoutForm, take_refusal
from apps.reports.forms.reviews import AmendCorrectionForm
from apps.reports.item_page import brought, columns_of, differences_of, sentences_of
from apps.reports.layout_page import names_shown, previews_of
from apps.reports.models import Notice, NoticeItem
from apps.reports.pages import places_of
from apps.reports.policies import drafts
from apps.reports.presence import LAYOUT_PLACE, PROSE_PLACE, item_place, others
from apps.reports.views.fetching import notice_of, notice_to_write
from apps.units.errors import ActRefused

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
DIGITS = 9
SAVED = "已保存，修改记入台账。"


@GET_OR_POST
def edit(request: SignedRequest, pk: int) -> HttpResponse:
    """Change the prose. A save that comes too late shows both texts; what nobody touched here is taken over as it is now."""
    row = notice_to_write(request, pk)
    back = reverse("reports:notice", args=(pk,))
    form = _prose_form(row, request.POST if request.method == "POST" else None)
    collision, status = None, HTTPStatus.OK
    taken = request.POST.get("do", "").removeprefix("theirs:")
    if request.method == "POST" and taken in services.PROSE:
        form = _prose_form(row, {**request.POST.dict(), taken: prose_of(row)[taken]})
        collision = _still_open(request, row, form)
    elif request.method == "POST":
        error = saved(form, lambda: _amend(request, row, form))
        if error is None:
            return _done(request, back)
        status = HTTPStatus(error.status)
        row.refresh_from_db()
        shown = form.cleaned_data.get("shown") or ""
        if status == HTTPStatus.CONFLICT and shown and shown != prose_fingerprint(row):
            collision = collision_in_prose(row, shown, form.cleaned_data)
            again = {"version": row.version, "shown": prose_fingerprint(row)}
            form = _prose_form(row, {**request.POST.dict(), **collision.kept, **again})
        else:
            collision = _still_open(request, row, form)
    context = {"places": places_of(row.inspection), "collision": collision, "place": PROSE_PLACE}
    return _page(request, row, form, "reports/notice_edit.html", context, back, status)


@GET_OR_POST
def edit_item(request: SignedRequest, pk: int, number: int) -> HttpResponse:
    """Change what one issue tells each audience. Every button is a submit; only “保存修改” writes."""
    row = notice_to_write(request, pk)
    items = NoticeItem.objects.visible_to(request.user).select_related("issue", "notice__inspection")
    item = get_object_or_404(items, notice=row, issue__number=number)
    back = f"{reverse('reports:notice', args=(pk,))}#i{item.issue.number}"
    draft = composed([item.issue])[item.issue.pk]
    form, status = ItemForm.of(item), HTTPStatus.OK
    context: dict[str, Any] = {}
    if request.method == "POST" and request.POST.get("do", "save") != "save":
        made = brought(request.POST, {name: getattr(item, name) for name in TEXTS}, draft)
        if made is None:
            message = "页面上没有这个按钮，请返回后重试"
            raise BadRequest(message)
        form = ItemForm(initial=made.values).asks_reason_of(row)
        context = {"said": made.said, "ask_internal": made.refused, "collision": _open_in_item(request, item, made.values)}
    elif request.method == "POST":
        form = ItemForm.of(item, request.POST)
        error = saved(form, lambda: services.amend_item(actor=request.user, item=item, **form.cleaned_data))
        if error is None:
            return _done(request, back)
        status = HTTPStatus(error.status)
        form, context = _refused_item(request, item, form, status)
    context |= {"item": item, "drafted": sentences_of(draft), "place": item_place(number)}
    context |= {"columns": columns_of(form), "differences": differences_of(form)}
    context["show_tick"] = bool(context.get("ask_internal") or "from_internal" in form.errors or form["from_internal"].value())
    return _page(request, row, form, "reports/item_edit.html", context, back, status)


@GET_OR_POST
def correction(request: SignedRequest, pk: int) -> HttpResponse:
    """Put otherwise why an edition is corrected. A save that comes too late shows both texts."""
    row = notice_to_write(request, pk)
    if row.corrects_id is None:
        raise Http404
    back = reverse("reports:notice", args=(pk,))
    form, status, theirs = AmendCorrectionForm.of(row, request.POST or None), HTTPStatus.OK, ""
    if request.method == "POST":
        error = saved(form, lambda: services.amend_correction(actor=request.user, notice=row, **form.cleaned_data))
        if error is None:
            return _done(request, back)
        status = HTTPStatus(error.status)
        row.refresh_from_db()
        now = correction_fingerprint(row)
        if status == HTTPStatus.CONFLICT and form.cleaned_data["shown"] != now:
            theirs, form = row.correction, AmendCorrectionForm.of(row, {**request.POST.dict(), "shown": now})
    return _page(request, row, form, "reports/correction_edit.html", {"theirs": theirs}, back, status)


@GET_OR_POST
def layout(request: SignedRequest, pk: int) -> HttpResponse:
    """Choose how the notice is laid out, with a preview of each layout before."""
    row = notice_to_write(request, pk)
    back = reverse("reports:notice", args=(pk,))
    form = LayoutForm.of(row, request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST" and request.POST.get("do") != "show":

        def amend() -> None:
            values = {**form.cleaned_data, "section_order": form.cleaned_data["section_order"].split(",")}
            services.set_layout(actor=request.user, notice=row, **values)

        error = saved(form, amend)
        if error is None:
            return _done(request, back)
        status = HTTPStatus(error.status)
    chosen = str(form["layout"].value() or "")
    written = {name: str(form[name].value() or "") for name in ("category_pattern", "item_pattern")} if form.is_bound else {}
    context = {"previews": previews_of(row, chosen, written), "names": names_shown(), "place": LAYOUT_PLACE}
    return _page(request, row, form, "reports/layout.html", context, back, status)


@GET_OR_POST
def presence(request: SignedRequest, pk: int) -> HttpResponse:
    """Who else is at work on the notice. The page that has a place open says so by a POST."""
    row = notice_of(request, pk)
    if request.method == "POST":
        if not drafts(request.user):
            raise PermissionDenied
        try:
            services.keep_editing(actor=request.user, notice=row, place=request.POST.get("place", ""))
        except ActRefused as error:
            return HttpResponse(error.message, status=error.status)
    return render(request, "reports/parts/present.html", {"present": others(row, request.user)})


def saved(form: forms.BaseForm, save: Callable[[], object]) -> ActRefused | None:
    """Carry out a valid form; what was refused is put on it and given back."""
    if not form.is_valid():
        return ActRefused("请按提示修改后再保存")
    try:
        save()
    except ActRefused as error:
        take_refusal(form, error)
        return error
    return None


def _amend(request: SignedRequest, row: Notice, form: AmendForm) -> None:
    values = {name: form.cleaned_data[name] for name in services.PROSE}
    shown = form.cleaned_data["shown"]
    version = None if shown else form.cleaned_data["version"]
    services.amend_notice(actor=request.user, notice=row, values=values, reason=form.cleaned_data["reason"], version=version, shown=shown)


def _prose_form(row: Notice, data: Any) -> AmendForm:
    """On a row of its own: a form writes what was typed into the row it is given."""
    initial = {"version": row.version, "shown": prose_fingerprint(row)}
    return AmendForm(data, instance=Notice.objects.get(pk=row.pk), initial=initial).asks_reason_of(row)


def _still_open(request: SignedRequest, row: Notice, form: AmendForm) -> Collision | None:
    """What is left to choose of a collision that the page has shown before."""
    opened = request.POST.get("opened", "")
    return collision_in_prose(row, opened, {name: form[name].value() or "" for name in services.PROSE}) if opened else None


def _refused_item(request: SignedRequest, item: NoticeItem, form: ItemForm, status: int) -> tuple[ItemForm, dict[str, Any]]:
    """The form with what was typed. After a collision it replaces what stands there now, once somebody has seen both."""
    item.refresh_from_db(fields=(*TEXTS, "version"))
    if status == HTTPStatus.CONFLICT and form.cleaned_data["version"] != item.version:
        typed = {name: str(form.cleaned_data[name]) for name in TEXTS}
        opened = form.cleaned_data["version"]
        collision = collision_in_item(item, opened, typed)
        again = {**request.POST.dict(), **collision.kept, "version": item.version}
        return ItemForm.of(item, again), {"collision": collision}
    return form, {"collision": _open_in_item(request, item, {name: request.POST.get(name, "") for name in TEXTS})}


def _open_in_item(request: SignedRequest, item: NoticeItem, typed: Mapping[str, Any]) -> Collision | None:
    """What is left to choose of a collision that the page has shown before."""
    opened = request.POST.get("opened", "")
    if not opened.isdecimal() or len(opened) > DIGITS:
        return None
    return collision_in_item(item, int(opened), {name: str(typed[name]) for name in TEXTS})


def _done(request: SignedRequest, back: str) -> HttpResponse:
    messages.success(request, SAVED)
    return redirect(back)


def _page(
    request: SignedRequest, row: Notice, form: forms.BaseForm, template: str, context: dict[str, Any], back: str, status: HTTPStatus
) -> HttpResponse:
    """The form with what was typed, beside the notice as it stands and who else is at work on it."""
    shown = Notice.objects.select_related("inspection", "approved_by").get(pk=row.pk)
    around = {"notice": shown, "form": form, "back": back, "present": others(row, request.user)}
    return render(request, template, {**around, **context}, status=status)
