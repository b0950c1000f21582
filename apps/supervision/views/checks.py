"""Site checks of one measure."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.issues.pages import GET_OR_POST, Crumb, FormPage, SignedRequest, run_form
from apps.measures.models import Measure
from apps.supervision import services
from apps.supervision.forms.visits import SiteCheckForm, with_photos
from apps.supervision.policies import checks_on_site
from apps.units.errors import ActForbidden


@GET_OR_POST
def check(request: SignedRequest, pk: int) -> HttpResponse:
    """Enter a site check of one measure."""
    measure = get_object_or_404(_measures(request), pk=pk)
    if not checks_on_site(request.user, measure):
        raise ActForbidden("现场核查由负责该单位的督查组或领导办理")
    address = reverse("measures:sheet", args=(measure.pk,))

    def act(values: dict[str, Any]) -> str:
        made = services.check_site(actor=request.user, measure=measure, **with_photos(values))
        messages.info(request, services.words_about(made))
        return address

    facts = [
        ("措施", f"{measure.number} {measure.text}"),
        ("牵头单位", measure.lead_unit.name),
        ("进展", str(measure.get_progress_display())),
    ]
    page = FormPage("现场核查", "登记", address, [Crumb(f"措施 {measure.number}", address)], facts=facts)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = SiteCheckForm(*posted, initial={"checked_on": measure.issue.inspection.today()})
    return run_form(request, form, act, page, template="supervision/check.html")


def _measures(request: SignedRequest) -> Any:
    return Measure.objects.visible_to(request.user).select_related("issue__inspection", "lead_unit")
