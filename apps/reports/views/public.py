"""The public site: published editions. It needs no sign-in, sets no cookie, and writes nothing.

A page is a file of the site where the site is in place and of today's editions, and made from the same functions where it is not.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import condition

from apps.reports.content import canonical
from apps.reports.finding import Asked, asked_in, categories_of, find, marked
from apps.reports.models import Edition
from apps.reports.pages import groups_of, page_of
from apps.reports.publishing import pages
from apps.reports.publishing.serving import kept, made, made_now, public_page
from apps.reports.verification import check_edition
from apps.reports.views.verifying import proof_name


@public_page
def latest(request: HttpRequest) -> HttpResponseBase:
    """The home page: the latest edition, or what this site is while there is none."""
    asked = asked_in(request.GET.dict())
    edition = Edition.objects.latest_published() if asked else None
    if edition is not None:
        return _found(edition, asked)
    return kept(request, pages.HOME) or made(request, pages.home_page())


@public_page
def edition(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One edition at its permanent address; an older one says so and names the latest of its round."""
    asked = asked_in(request.GET.dict())
    if asked:
        return _found(_edition(pk), asked)
    return kept(request, pages.edition_name(pk)) or made(request, pages.edition_page(_edition(pk)))


@public_page
def editions(request: HttpRequest) -> HttpResponseBase:
    """All editions of all rounds, the latest first."""
    return kept(request, pages.HISTORY) or made(request, pages.history_page())


@public_page
def robots(request: HttpRequest) -> HttpResponseBase:
    return kept(request, pages.ROBOTS) or made(request, pages.robots(), pages.TEXT)


@public_page
def sitemap(request: HttpRequest) -> HttpResponseBase:
    return kept(request, pages.SITEMAP) or made(request, pages.sitemap(), pages.XML)


@public_page
def verify(request: HttpRequest, pk: int) -> HttpResponseBase:
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
    return made_now("reports/verify.html", context)


def etag_of(request: HttpRequest, pk: int) -> str | None:
    sha256 = Edition.objects.public().filter(pk=pk).values_list("sha256", flat=True).first()
    return f'"{sha256}"' if sha256 else None


@public_page
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


def _found(edition: Edition, asked: Asked) -> HttpResponse:
    """Only the items that were looked for; no search engine is to take this for the notice."""
    stretches = find(edition.content, asked)
    rows = [
        (stretch.heading, [[(block, marked(block.head, asked), marked(block.text, asked)) for block in item] for item in stretch.items])
        for stretch in stretches
    ]
    context = {
        "edition": edition,
        "content": edition.content,
        "page": page_of(edition.content),
        "asked": asked,
        "categories": categories_of(edition.content),
        "stretches": rows,
        "count": sum(len(stretch.items) for stretch in stretches),
        "full": reverse("reports:edition", args=(edition.pk,)),
    }
    response = made_now("reports/found.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
