"""Evidence, one file at a time. A GET that writes one thing: the entry in the book that somebody fetched the file."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from apps.issues.pages import SignedRequest
from apps.measures.models import EvidenceVersion, Measure
from apps.measures.services import log_download, open_file


@require_safe
def evidence(request: SignedRequest, pk: int) -> FileResponse:
    """The file as an attachment: never shown inline, never sniffed, and without scripts should a browser open it all the same."""
    seen = EvidenceVersion.objects.filter(evidence__measure__in=Measure.objects.visible_to(request.user))
    version = get_object_or_404(seen.select_related("evidence__measure__issue__inspection__book"), pk=pk)
    file = open_file(version)
    log_download(actor=request.user, version=version)
    response = FileResponse(file, content_type=version.media_type)
    protect(response, version.filename)
    response["Content-Length"] = str(version.size)
    return response


def protect(response: HttpResponseBase, filename: str) -> None:
    """Headers of a download (RFC 6266)."""
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
