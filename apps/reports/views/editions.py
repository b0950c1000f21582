"""Editions after they were published: what differs between two, the way to a correction, and those for the Party, read in the house."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.issues.pages import SignedRequest
from apps.measures.services import log_paper
from apps.reports import services
from apps.reports.content import canonical
from apps.reports.differences import compare as compared
from apps.reports.forms.notices import take_refusal
from apps.reports.forms.reviews import CorrectionForm
from apps.reports.models import Edition
from apps.reports.pages import groups_of, page_of
from apps.reports.policies import drafts
from apps.reports.publishing.serving import made_now, public_page
from apps.reports.querysets import reads_party
from apps.reports.rendering.data import items_of
from apps.reports.rendering.published import downloads_of, published_file
from apps.reports.verification import check_edition
from apps.reports.views.files import handed_out
from apps.units.errors import ActRefused
from apps.units.policies import sees_all_business


@public_page
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What differs between two editions of one round, item by item; the earlier one is the old, whichever is named first."""
    public = Edition.objects.public().select_related("inspection")
    old, new = (get_object_or_404(public, pk=key) for key in sorted((pk, other)))
    if old.inspection_id != new.inspection_id:
        raise Http404
    context = {"old": old, "new": new, "comparison": compared(old.content, new.content)}
    return made_now("reports/compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: SignedRequest, pk: int) -> HttpResponse:
    """Begin the correction of an edition: nothing changes for the public until it is approved and published."""
    user = request.user
    if not sees_all_business(user):
        raise Http404
    edition = get_object_or_404(Edition.objects.public().select_related("inspection", "notice"), pk=pk)
    if not drafts(user):
        raise PermissionDenied
    form = CorrectionForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.BAD_REQUEST
        if form.is_valid():
            try:
                notice = services.correct_edition(actor=user, edition=edition, reason=form.cleaned_data["reason"])
            except ActRefused as error:
                status = HTTPStatus(take_refusal(form, error))
            else:
                messages.success(request, f"已起草第 {edition.number} 版的更正，请修改有误的条目，再送审、提请审定。")
                return redirect("reports:notice", notice.pk)
    return render(request, "reports/correct.html", {"form": form, "edition": edition}, status=status)


@require_safe
def party_editions(request: SignedRequest) -> HttpResponse:
    """What was told inside the Party, the latest first."""
    user = request.user
    if not reads_party(user):
        raise Http404
    return render(request, "reports/party_editions.html", {"editions": Edition.objects.party(user).select_related("inspection")})


@require_safe
def party_edition(request: SignedRequest, pk: int) -> HttpResponse:
    """One edition for the Party, read signed in."""
    edition = _party(request, pk)
    content: dict[str, Any] = edition.content
    context = {
        "edition": edition,
        "content": content,
        "page": page_of(content),
        "groups": groups_of(edition.sha256),
        "check": check_edition(edition),
        "correcting": edition.corrections.first(),
    }
    context |= {"downloads": downloads_of(edition), "may_retry": sees_all_business(request.user)}
    return render(request, "reports/party_edition.html", context)


@require_safe
def party_json(request: SignedRequest, pk: int) -> HttpResponse:
    """The exact bytes that were approved for the Party; kept by no cache on the way, and entered in the book like the other files."""
    edition = _party(request, pk)
    filename = f"party-notice-{edition.inspection_id}-edition-{edition.number}.json"
    rows = sum(1 for _ in items_of(edition.content))
    book, notice = edition.inspection.book, edition.notice
    log_paper(actor=request.user, book=book, subject=notice, name=filename, rows=rows, sha256=edition.sha256)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "private, no-store"}
    return HttpResponse(canonical(edition.content), content_type="application/json", headers=headers)


@require_safe
def party_file(request: SignedRequest, pk: int, kind: str) -> FileResponse:
    """A file as it was made when the Party was told; 409 with the reason where it is not there. Who took it is entered in the book."""
    return handed_out(request.user, published_file(_party(request, pk), kind))


def _party(request: SignedRequest, pk: int) -> Edition:
    return get_object_or_404(Edition.objects.party(request.user).select_related("inspection__book", "notice"), pk=pk)
