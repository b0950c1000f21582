"""Which files the public site has, and what is in each: made from published editions and nothing else (security.md C-62).

The same functions answer a request when the files are not there yet, so both say the same bytes. No page knows who reads it or
what day it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import segno
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db.models import Count, Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.reports.content import canonical
from apps.reports.finding import categories_of
from apps.reports.models import Edition
from apps.reports.pages import groups_of, page_of
from apps.reports.rendering.licence import licence_line
from apps.reports.rendering.published import downloads_of

HTML = "text/html; charset=utf-8"
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
XML = "text/xml; charset=utf-8"
HOME = "index.html"
HISTORY = "editions/index.html"
ROBOTS = "robots.txt"
SITEMAP = "sitemap.xml"
DOWN = "down.html"
NOT_FOR_ROBOTS = ("/accounts/", "/admin/", "/api/", "/workbench/")


@dataclass(frozen=True)
class PublicFile:
    """One file of the site: its name below the root, its bytes and what they are."""

    name: str
    body: bytes
    media: str


def state_now() -> str:
    """What the pages depend on, in one query: the editions, the files made of them, the style sheets they name, and the licence."""
    found = Edition.objects.public().aggregate(
        editions=Count("pk", distinct=True),
        last=Max("pk"),
        files=Count("renderings__files"),
        last_file=Max("renderings__files"),
        ended=Max("renderings__finished_at"),
    )
    assets = getattr(staticfiles_storage, "manifest_hash", "")
    terms = hashlib.sha256(licence_line().encode()).hexdigest()[:8]
    return ":".join([*(str(found[name] or 0) for name in ("editions", "last", "files", "last_file", "ended")), assets, terms])


def edition_name(pk: int) -> str:
    return f"editions/{pk}/index.html"


def files() -> Iterator[PublicFile]:
    """All of them."""
    editions = list(Edition.objects.for_history())
    for edition in editions:
        yield PublicFile(edition_name(edition.pk), edition_page(edition), HTML)
        yield PublicFile(f"editions/{edition.pk}.json", canonical(edition.content), JSON)
    yield PublicFile(HOME, home_page(), HTML)
    yield PublicFile(HISTORY, history_page(), HTML)
    yield PublicFile(SITEMAP, sitemap(), XML)
    yield PublicFile(ROBOTS, robots(), TEXT)
    yield PublicFile(DOWN, _page("reports/down.html", {}), HTML)


def home_page() -> bytes:
    """The latest edition, or what this site is while there is none."""
    edition = Edition.objects.latest_published()
    if edition is None:
        return _page("reports/none_yet.html", {"canonical": address(reverse("reports:public"))})
    return edition_page(edition)


def edition_page(edition: Edition) -> bytes:
    """The same page at the root and at the edition's permanent address, which both name as the one to link to."""
    return _page("reports/edition.html", shown(edition))


def history_page() -> bytes:
    """All editions of all rounds, the latest first."""
    context = {"editions": Edition.objects.for_history(), "canonical": address(reverse("reports:editions"))}
    return _page("reports/editions.html", context)


def robots() -> bytes:
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), f"Sitemap: {address(f'/{SITEMAP}')}")
    return "".join(f"{line}\n" for line in lines).encode()


def sitemap() -> bytes:
    """The history and each edition; the home page is the latest of them."""
    editions = Edition.objects.for_history()
    places = [(reverse("reports:edition", args=(edition.pk,)), edition.published_at.date().isoformat()) for edition in editions]
    lines = [f"<url><loc>{escape(address(path))}</loc><lastmod>{day}</lastmod></url>" for path, day in places]
    lines.insert(0, f"<url><loc>{escape(address(reverse('reports:editions')))}</loc></url>")
    body = "\n".join(lines)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f"{head}\n{body}\n</urlset>\n".encode()


def shown(edition: Edition) -> dict[str, Any]:
    """What the page of an edition shows around its content."""
    others = list(Edition.objects.public().filter(inspection=edition.inspection_id).exclude(pk=edition.pk).order_by("-number"))
    link = address(reverse("reports:edition", args=(edition.pk,)))
    return {
        "edition": edition,
        "page": page_of(edition.content),
        "content": edition.content,
        "categories": categories_of(edition.content),
        "full": reverse("reports:edition", args=(edition.pk,)),
        "groups": groups_of(edition.sha256),
        "downloads": downloads_of(edition),
        "licence": licence_line(),
        "newer": next((row for row in others if row.number > edition.number), None),
        "before": next((row for row in others if row.number < edition.number), None),
        "correcting": next((row for row in others if row.corrects_id == edition.pk), None),
        "others": others,
        "canonical": link,
        "verify_address": address(reverse("reports:verify", args=(edition.pk,))),
        "qr": qr_of(link),
    }


def address(path: str) -> str:
    """The full address, as it stands on paper, in the QR code and in the sitemap."""
    return f"{settings.SITE_URL}{path}"


def qr_of(text: str) -> SafeString:
    """A QR code as an inline picture without a style of its own; the address stands beside it in words."""
    picture = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)
    # It is made of numbers and nothing of the text.
    return SafeString(picture.replace("<svg ", '<svg aria-hidden="true" ', 1))


def with_house(context: dict[str, Any]) -> dict[str, Any]:
    """What the frame of a public page asks for when no request is at hand."""
    return {"shell": {"demo": settings.JIANDI_DEMO}, **context}


def _page(template: str, context: dict[str, Any]) -> bytes:
    return render_to_string(template, with_house(context)).encode()
