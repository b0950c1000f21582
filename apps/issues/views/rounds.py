"""The office's page on the facts of a round."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.issues import services
from apps.issues.forms.issues import AmendInspectionForm, initial_of
from apps.issues.models import Inspection
from apps.issues.pages import Crumb, FormPage, SignedRequest, register_crumb, require_role, run_form
from apps.units.models import Role


@require_http_methods(("GET", "HEAD", "POST"))
def amend(request: SignedRequest, pk: int) -> HttpResponse:
    """The office changes the facts of a round."""
    row = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    require_role(request.user, Role.OFFICE)
    address = reverse("issues:inspection", args=(row.pk,))

    def act(values: dict[str, Any]) -> str:
        version, reason = values.pop("version"), values.pop("reason")
        services.amend_inspection(actor=request.user, inspection=row, values=values, reason=reason, version=version)
        return address

    initial = {**initial_of(row, AmendInspectionForm.columns), "version": row.version}
    page = FormPage("修改轮次", "保存修改", address, [register_crumb(), Crumb(row.name, address)])
    return run_form(request, AmendInspectionForm(request.POST or None, initial=initial), act, page)
