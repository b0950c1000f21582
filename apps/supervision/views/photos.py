"""Photos of site checks, one at a time, shown like evidence: for whoever sees the measure, entered in the book, in a sandbox."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.issues.pages import SignedRequest
from apps.measures.services.files import open_shown
from apps.measures.views.files import handed_out, has_pass, pass_for
from apps.supervision import services
from apps.supervision.models import Attachment
from apps.supervision.onsite_policies import visible_photos
from apps.units.errors import ActRefused
from apps.units.models import User


@require_safe
def photo(request: SignedRequest, pk: int) -> HttpResponse:
    """A photo with all that is known of it."""
    row = _seen(request.user, pk)
    shown, problem = "", ""
    try:
        open_shown(row).close()
    except ActRefused as refused:
        problem = refused.message
    else:
        services.log_attachment_download(actor=request.user, attachment=row)
        shown = f"{reverse('supervision:photo-shown', args=(pk,))}?pass={pass_for(request.user, row)}"
    context = {"photo": row, "check": row.site_check, "shown": shown, "problem": problem}
    return render(request, "supervision/photo.html", context)


@require_safe
@xframe_options_sameorigin
def shown(request: SignedRequest, pk: int) -> HttpResponseBase:
    """The bytes for that page, checked again; without its pass the reader is sent there, so that nobody sees a photo unrecorded."""
    row = _seen(request.user, pk)
    if not has_pass(request, row):
        return redirect("supervision:photo", pk)
    return handed_out(open_shown(row), row, inline=True)


def _seen(user: User, pk: int) -> Attachment:
    related = (
        "site_check__measure__issue__inspection__book",
        "site_check__group",
        "site_check__checked_by",
        "site_check__visit",
        "uploaded_by",
    )
    row: Attachment = get_object_or_404(visible_photos(user).select_related(*related), pk=pk)
    return row
