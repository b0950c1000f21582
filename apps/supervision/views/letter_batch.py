"""One letter for each unit about the overdue measures of a list: choose the level, look at what will go out, send. One address, no scripts.

The list is that of the register's filters in the address, or the rows ticked there; it is read anew in each step with the user's own
visibility, as bulk acts do.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.issues.models import Inspection
from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.measures.querysets import MeasureQuerySet
from apps.measures.views.bulk import selection_of
from apps.measures.views.selecting import versions_as_text, versions_in
from apps.supervision import services
from apps.supervision.forms.letters import LevelChoiceForm
from apps.supervision.ladder import Level, ladder_of
from apps.supervision.policies import SUPERVISING
from apps.supervision.services.letter_batch import LetterBatch
from apps.units.models import Role, User
from apps.units.spoken import first_few

PREVIEW, CONFIRM, EDIT = "preview", "confirm", "edit"
NAMED = 12


@GET_OR_POST
def send_letters(request: SignedRequest) -> HttpResponse:
    """The form, the preview or the letters themselves, as the button that was pressed says."""
    require_role(request.user, *SUPERVISING)
    selection = selection_of(request, "还没有可以督办的台账")
    if isinstance(selection, HttpResponse):
        return selection
    inspection, rows, step = selection.register.inspection, selection.rows, request.POST.get("step", "")
    late = rows.overdue(inspection.today()).count()
    page = {**selection.page(), "late": late}
    levels = _levels(request.user, inspection)
    posted = request.POST if step in (PREVIEW, CONFIRM, EDIT) else None
    form = LevelChoiceForm(posted, levels=levels, today=inspection.today())
    if step in (PREVIEW, CONFIRM):
        return _run(request, form, inspection, rows, page, confirmed=step == CONFIRM)
    nothing = request.method == "POST" and not late
    return _form(request, form, page, 400 if nothing or form.errors else 200)


def _run(
    request: SignedRequest, form: LevelChoiceForm, inspection: Inspection, rows: MeasureQuerySet, page: dict[str, Any], *, confirmed: bool
) -> HttpResponse:
    """The preview, or the letters; refusals go back to the form, with what was filled in."""

    def act(given: dict[str, Any]) -> HttpResponse:
        if confirmed:
            seen = versions_in(request.POST.get("seen", ""))
            return _finish(request, services.send_letters(actor=request.user, inspection=inspection, rows=rows, seen=seen, **given), page)
        plan = services.preview_letters(actor=request.user, inspection=inspection, rows=rows, **given)
        context = {**page, "form": form, "plan": plan, "seen": versions_as_text(plan.seen)}
        return render(request, "supervision/letters_preview.html", context)

    answer, status = attempt(form, act)
    return _form(request, form, page, status) if answer is None else answer


def _form(request: SignedRequest, form: LevelChoiceForm, page: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "supervision/letters_form.html", {**page, "form": form}, status=status)


def _finish(request: SignedRequest, made: LetterBatch, page: dict[str, Any]) -> HttpResponse:
    """Say what went out and, by number, what changed under the user's eyes."""
    sent, changed = made.sent, made.changed
    words = [f"已发出 {len(sent)} 张{made.level.name}，涉及 {made.count} 条措施，跳过 {len(made.left_out)} 条，并记入台账。"]
    if changed:
        words.append(f"预览之后有变动、没有发出的：{first_few(changed, NAMED)}。")
    if made.new_since:
        words.append(f"另有 {made.new_since} 条在预览之后才逾期或符合筛选条件，没有发出。")
    (messages.success if sent and not changed else messages.warning)(request, "".join(words))
    return redirect(reverse("supervision:letters") if sent else page["back"])


def _levels(user: User, inspection: Inspection) -> list[Level]:
    """The levels that the user may send to some unit; whether to the one at hand, the preview says."""
    own = {"leader"} if user.role == Role.SUPERVISOR and user.is_leader else {"group", "head"}
    capacities = {"office"} if user.role == Role.OFFICE else own
    return [level for level in ladder_of(inspection) if capacities & set(level.senders)]
