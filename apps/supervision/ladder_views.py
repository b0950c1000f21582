"""The page on which the office sets the ladder of letters of a round."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.issues.pages import GET_OR_POST, SignedRequest, put_refusal, require_role
from apps.supervision import services
from apps.supervision.ladder import fingerprint, ladder_of
from apps.supervision.letter_forms import LadderReasonForm, level_formset
from apps.supervision.models import Letter
from apps.supervision.scope import scope_of
from apps.units.errors import ActForbidden, ActRefused
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
        status = 400
        if form.is_valid() and rows.is_valid():
            try:
                services.set_ladder(actor=request.user, inspection=scope.inspection, levels=rows.levels(), **form.cleaned_data)
            except ActForbidden:
                raise
            except ActRefused as refusal:
                put_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, "督查单级别已调整，并记入台账。")
                return redirect(f"{reverse('supervision:ladder')}?{urlencode({'inspection': scope.inspection.pk})}")
    context = {"scope": scope, "form": form, "rows": rows, "levels": levels}
    return render(request, "supervision/ladder.html", context, status=status)
