"""The page on which the office sets the ladder of letters of a round."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.issues.pages import GET_OR_POST, SignedRequest, attempt, require_role
from apps.supervision import services
from apps.supervision.forms.letters import LadderReasonForm, level_formset
from apps.supervision.ladder import Level, fingerprint, ladder_of
from apps.supervision.models import Letter
from apps.supervision.scope import scope_of
from apps.units.models import Role
from apps.units.parameters import refuse_unknown


@GET_OR_POST
def ladder(request: SignedRequest) -> HttpResponse:
    """All levels in one form; one empty row adds a level."""
    require_role(request.user, Role.OFFICE)
    scope = scope_of(request, request.user)
    if scope is None:
        return render(request, "supervision/none.html", {"title": "督查单级别"})
    refuse_unknown(request, "inspection")
    levels, status = ladder_of(scope.inspection), 200
    used = frozenset(Letter.objects.filter(inspection=scope.inspection).order_by().values_list("level", flat=True))
    rows = level_formset(request.POST or None, levels, used)
    form = LadderReasonForm(request.POST or None, initial={"shown": fingerprint(levels)})
    if request.method == "POST":
        inspection = scope.inspection

        def act(values: dict[str, Any]) -> list[Level]:
            return services.set_ladder(actor=request.user, inspection=inspection, levels=rows.levels(), **values)

        made, status = attempt(form, act) if rows.is_valid() else (None, 400)
        if made is not None:
            messages.success(request, "督查单级别已调整，并记入台账。")
            return redirect(f"{reverse('supervision:ladder')}?{urlencode({'inspection': inspection.pk})}")
    context = {"scope": scope, "form": form, "rows": rows, "levels": levels}
    return render(request, "supervision/ladder.html", context, status=status)
