"""Handing out the files of the public site where no nginx stands in front, and what every public page has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from apps.reports.publishing.pages import HTML, state_now, with_house
from apps.reports.publishing.writing import ROOT, current_release, facts_of

FRESH_SECONDS = 30
"""How long a reader may keep a page without asking again; nginx.conf says the same (security.md C-63: a correction within 60 s)."""

View = Callable[..., HttpResponseBase]
FORMS = (("br", ".br"), ("gzip", ".gz"))


def public_page(view: View) -> View:
    """A page for anybody: it is answered before the session is looked at (``config.middleware.PublicPagesMiddleware``)."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    guarded: View = login_not_required(require_safe(answered))
    guarded.__dict__["public_page"] = True
    return guarded


def kept(request: HttpRequest, name: str) -> HttpResponseBase | None:
    """The file of that name, while the site in place is of the editions as they are now; None otherwise.

    While the database cannot be asked, the site that was last put in place is the best there is.
    """
    release = current_release()
    if release is None:
        return None
    facts = _facts(release)
    try:
        if facts["state"] != state_now():
            return None
    except DatabaseError:
        pass
    media = facts["media"].get(name)
    return _file(request, release / ROOT / name, media) if media else None


def made(request: HttpRequest, body: bytes, media: str = HTML) -> HttpResponseBase:
    """A page that was made just now, with the headers of one that was kept."""
    response = HttpResponse(body, content_type=media)
    response["ETag"] = etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    patch_vary_headers(response, ("Accept-Encoding",))
    patch_cache_control(response, max_age=FRESH_SECONDS)
    return get_conditional_response(request, etag=etag, response=response) or response


def made_now(template: str, context: dict[str, Any]) -> HttpResponse:
    """A page that is made anew for each who asks."""
    return HttpResponse(render_to_string(template, with_house(context)), headers={"Cache-Control": "no-cache"})


def _file(request: HttpRequest, place: Path, media: str) -> HttpResponseBase:
    """The smallest form the reader takes, under the tag that nginx would give it: date and length in hexadecimal."""
    coding, ending = _form(request.headers.get("Accept-Encoding", ""))
    form = place.with_name(place.name + ending)
    body = form.read_bytes()
    date = int(form.stat().st_mtime)
    response = HttpResponse(body, content_type=media)
    if coding:
        response["Content-Encoding"] = coding
    response["ETag"] = etag = f'"{date:x}-{len(body):x}"'
    response["Last-Modified"] = http_date(date)
    patch_vary_headers(response, ("Accept-Encoding",))
    patch_cache_control(response, max_age=FRESH_SECONDS)
    return get_conditional_response(request, etag=etag, last_modified=date, response=response) or response


def _form(accepted: str) -> tuple[str, str]:
    """Coding and ending of the first form that is accepted and not refused by ``q=0``."""
    codings = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        codings[coding.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next(((coding, ending) for coding, ending in FORMS if codings.get(coding)), ("", ""))


@lru_cache(maxsize=4)
def _facts(release: Path) -> dict[str, Any]:
    """A release never changes; a new one has another name."""
    return facts_of(release)
