"""Bulk acts on the register: choose what changes, look at exactly what will happen, confirm. Three steps of one address, without scripts.

The selection is either the rows that were ticked or all rows of the filters in the address; it is read anew in each step with the
user's own visibility, so a number that was slipped in counts for nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.ledgers.models import Entry
from apps.ledgers.templatetags.book_ui import line_of
from apps.measures.forms.office import BulkForm
from apps.measures.models import Act, Measure
from apps.measures.querysets import MeasureQuerySet
from apps.measures.register_page import ALL, PAGE, Register
from apps.measures.services.bulk import GONE, MOST, STALE, Bulk, bulk_assign, preview_bulk
from apps.measures.views.register import read_filters, register_address
from apps.measures.views.selecting import ticked, versions_as_text, versions_in
from apps.units.errors import ActRefused
from apps.units.models import Role
from apps.units.spoken import first_few

PREVIEW, CONFIRM = "preview", "confirm"
NAMED = 12


@dataclass(frozen=True)
class Selection:
    """What an act on many is about: the rows that were ticked on the register, or all that its filters let through."""

    register: Register
    picked: list[int] | None

    @property
    def rows(self) -> MeasureQuerySet:
        return self.register.matching if self.picked is None else self.register.all.filter(pk__in=self.picked)

    def page(self) -> dict[str, Any]:
        """What every step says of it."""
        return {"register": self.register, "picked": self.picked, "back": register_address(self.register.query), "most": MOST}


@GET_OR_POST
def bulk(request: SignedRequest) -> HttpResponse:
    """The form, the preview or the act itself, as the button that was pressed says."""
    require_role(request.user, Role.OFFICE)
    selection = selection_of(request, "还没有可以办理的台账")
    if isinstance(selection, HttpResponse):
        return selection
    rows, step = selection.rows, request.POST.get("step", "")
    page = {**selection.page(), "chosen": rows.count()}
    if step not in (PREVIEW, CONFIRM):
        form = BulkForm(request.POST) if step == "edit" else BulkForm()
        nothing = request.method == "POST" and not page["chosen"]
        return render(request, "measures/bulk/form.html", {**page, "form": form}, status=400 if nothing or form.errors else 200)
    form = BulkForm(request.POST)
    return _run(request, form, rows, page, confirmed=step == CONFIRM)


@require_safe
def done(request: SignedRequest, correlation: uuid.UUID) -> HttpResponse:
    """What one bulk act did, as the book has it."""
    require_role(request.user, Role.OFFICE)
    entries = Entry.objects.filter(correlation=correlation, act=Act.ASSIGN_MEASURE.value, subject_type="measure")
    seen = Measure.objects.visible_to(request.user)
    lines = [line_of(entry) for entry in entries.filter(subject_id__in=seen.values("pk")).select_related("book").order_by("seq")[:MOST]]
    if not lines:
        raise Http404
    return render(request, "measures/bulk/done.html", {"lines": lines, "first": lines[0].entry})


def _run(request: SignedRequest, form: BulkForm, rows: MeasureQuerySet, page: dict[str, Any], *, confirmed: bool) -> HttpResponse:
    """The preview, or the act; refusals go back to the form, with what was filled in."""

    def act(given: dict[str, Any]) -> HttpResponse:
        if confirmed:
            reason, seen = given["reason"], versions_in(request.POST.get("seen", ""))
            return _finish(request, bulk_assign(actor=request.user, rows=rows, change=form.change(), reason=reason, seen=seen), page)
        plan = preview_bulk(actor=request.user, rows=rows, change=form.change())
        seen_text = versions_as_text(plan.seen)
        return render(request, "measures/bulk/preview.html", {**page, "form": form, "plan": plan, "seen": seen_text})

    answer, status = attempt(form, act)
    return render(request, "measures/bulk/form.html", {**page, "form": form}, status=status) if answer is None else answer


def _finish(request: SignedRequest, made: Bulk, page: dict[str, Any]) -> HttpResponse:
    """Say what was done and, by number, what changed under the user's eyes."""
    late = [line.number for line in made.skipped if line.skipped in (STALE, GONE)]
    words = [f"已改变 {len(made.changing)} 条措施，跳过 {len(made.skipped)} 条，并记入台账。"]
    if late:
        words.append(f"预览之后有变动、没有改动的：{first_few(late, NAMED)}。")
    if made.new_since:
        words.append(f"另有 {made.new_since} 条在预览之后才符合筛选条件，没有改动。")
    (messages.success if made.changing and not late else messages.warning)(request, "".join(words))
    if not made.changing:
        return redirect(page["back"])
    return redirect(reverse("measures:bulk-done", args=(made.correlation,)))


def selection_of(request: SignedRequest, nothing: str) -> Selection | HttpResponse:
    """What the request selects, or the page that says which filter is not understood; ``nothing`` is told where there is no register."""
    filterset, problems = read_filters(request, allowed=(PAGE, ALL))
    if problems:
        return render(request, "measures/register/refused.html", {"problems": problems}, status=400)
    if filterset.chosen is None:
        raise ActRefused(nothing)
    every = request.method != "POST" or request.POST.get("which") == ALL
    return Selection(Register(request.user, filterset, filterset.chosen), None if every else ticked(request))
