"""The files of an edition for everybody: no sign-in, no cookie, nothing written. Editions for the Party are not found here."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote

from django.db.models import Max
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import condition

from apps.measures.services import open_file
from apps.measures.views.files import SHUT
from apps.reports.models import Edition, RenderedFile, Rendering
from apps.reports.publishing.serving import public_page
from apps.reports.rendering.catalogue import catalogue
from apps.reports.rendering.feed import editions_feed
from apps.reports.rendering.published import published_file

SCHEMA = Path(__file__).parent.parent / "rendering" / "notice.schema.json"
FRESH = "public, max-age=300, must-revalidate"
"""A file never changes under its address; but a demonstration may be loaded anew, and a correction must be seen soon."""


@public_page
def edition_file(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """A file as it was made when the edition was published; 409 with the reason where it is not there."""
    edition = get_object_or_404(Edition.objects.public(), pk=pk)
    row = published_file(edition, kind)
    etag = quote_etag(row.sha256)
    answer = get_conditional_response(request, etag=etag) or _sent(row)
    answer["ETag"], answer["Cache-Control"] = etag, FRESH
    return answer


def _sent(row: RenderedFile) -> HttpResponseBase:
    answer = FileResponse(open_file(row), content_type=row.media_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.filename, safe='')}"
    answer["Content-Length"] = str(row.size)
    answer["Content-Security-Policy"] = SHUT
    return answer


def feed_etag(request: HttpRequest) -> str:
    """Moves with every edition, and with every file that comes later."""
    last = Edition.objects.public().aggregate(last=Max("pk"))["last"]
    done = Rendering.objects.filter(edition__audience="society").aggregate(last=Max("finished_at"))["last"]
    return quote_etag(hashlib.sha256(f"{last} {done} {request.get_host()}".encode()).hexdigest()[:32])


@public_page
@condition(etag_func=feed_etag)
def feed(_request: HttpRequest) -> HttpResponse:
    """All editions as Atom."""
    return HttpResponse(editions_feed(), content_type="application/atom+xml; charset=utf-8", headers={"Cache-Control": FRESH})


@public_page
@condition(etag_func=feed_etag)
def open_data(_request: HttpRequest) -> HttpResponse:
    """All editions with their files, the schema and the licence, for programs; other sites may read it from their pages."""
    headers = {"Cache-Control": FRESH, "Access-Control-Allow-Origin": "*"}
    return HttpResponse(catalogue(), content_type="application/json", headers=headers)


def schema_etag(_request: HttpRequest) -> str:
    return quote_etag(hashlib.sha256(SCHEMA.read_bytes()).hexdigest())


@public_page
@condition(etag_func=schema_etag)
def schema(_request: HttpRequest) -> HttpResponse:
    """What the JSON of an edition looks like (JSON Schema 2020-12); other sites may read it from their pages."""
    headers = {"Cache-Control": FRESH, "Access-Control-Allow-Origin": "*"}
    return HttpResponse(SCHEMA.read_bytes(), content_type="application/schema+json", headers=headers)
