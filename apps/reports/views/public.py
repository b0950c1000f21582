"""The public site: published editions. It needs no sign-in, sets no cookie, and writes nothing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import condition, require_safe

from apps.reports.content import canonical
from apps.reports.models import Edition
from apps.reports.pages import groups_of, page_of
from apps.reports.rendering.published import downloads_of
from apps.reports.verification import check_edition
from apps.reports.views.verifying import proof_name


@login_not_required
@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The home page: the latest edition, or what this site is while there is none."""
    edition = Edition.objects.latest_published()
    if edition is None:
        return render(request, "reports/none_yet.html")
    return render(request, "reports/edition.html", _shown(edition))


@login_not_required
@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition at its permanent address; an older one says so and names the latest of its round."""
    return render(request, "reports/edition.html", _shown(_edition(pk)))


@login_not_required
@require_safe
def editions(request: HttpRequest) -> HttpResponse:
    """All editions of all rounds, the latest first."""
    return render(request, "reports/editions.html", {"editions": Edition.objects.for_history()})


@login_not_required
@require_safe
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """How a reader checks an edition, and what this site finds when it checks now."""
    found = _edition(pk)
    context = {
        "edition": found,
        "check": check_edition(found),
        "groups": groups_of(found.sha256),
        "checkpoint": groups_of(found.checkpoint_hash),
        "filename": filename_of(found),
        "proof_filename": proof_name(found),
        "correcting": found.corrections.first(),
    }
    return render(request, "reports/verify.html", context)


def etag_of(request: HttpRequest, pk: int) -> str | None:
    sha256 = Edition.objects.public().filter(pk=pk).values_list("sha256", flat=True).first()
    return f'"{sha256}"' if sha256 else None


@login_not_required
@require_safe
@condition(etag_func=etag_of)
def edition_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The exact bytes whose SHA-256 is the edition's fingerprint, as a file to keep."""
    found = _edition(pk)
    headers = {"Content-Disposition": f'attachment; filename="{filename_of(found)}"'}
    return HttpResponse(canonical(found.content), content_type="application/json", headers=headers)


def filename_of(edition: Edition) -> str:
    return f"notice-{edition.inspection_id}-edition-{edition.number}.json"


def _edition(pk: int) -> Edition:
    """An edition for the Party is not found."""
    return get_object_or_404(Edition.objects.public().select_related("inspection"), pk=pk)


def _shown(edition: Edition) -> dict[str, Any]:
    of_round = Edition.objects.public().filter(inspection=edition.inspection_id).select_related("corrects").order_by("-number")
    others = list(of_round.exclude(pk=edition.pk))
    return {
        "edition": edition,
        "page": page_of(edition.content),
        "content": edition.content,
        "groups": groups_of(edition.sha256),
        "downloads": downloads_of(edition),
        "newer": next((row for row in others if row.number > edition.number), None),
        "before": next((row for row in others if row.number < edition.number), None),
        "correcting": next((row for row in others if row.corrects_id == edition.pk), None),
    }
