"""The book page: every act as it was entered, and the state of the chain; the book as a file, and the program that verifies it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from apps.ledgers import chain
from apps.ledgers.exporting import export_of
from apps.ledgers.filters import EntryFilter
from apps.ledgers.models import Book, Entry
from apps.ledgers.policies import BookReader, readable_books, reads_books
from apps.ledgers.services import Actor, log_export
from apps.ledgers.templatetags.book_ui import line_of
from apps.ledgers.words import lines_of

ENTRIES_A_PAGE = 50
SHOWN_APART = ("changes", "state", "initial")
VERIFIER = Path(__file__).with_name("verify.py")


@require_safe
def book(request: HttpRequest) -> HttpResponse:
    """One of the books the user may read. ``?verify=1`` recomputes its whole chain: a read, on demand, because it takes time."""
    books = _readable(request)
    if not books:
        return _no_book(request)
    chosen = _chosen(books, request.GET.get("book", ""))
    found = EntryFilter(request.GET, chosen)
    problems = found.problems()
    context: dict[str, Any] = {"books": books, "book": chosen, "filter": found, "problems": problems}
    page = None if problems else _page(found, request.GET.get("page", "1"))
    if page is None:
        problems.extend([] if problems else ["没有这一页，请从第 1 页看起"])
    else:
        context |= {"page": page, "rows": [(line_of(entry), _content(entry)) for entry in page], "chips": found.chips()}
        context["by_act"] = found.by_act()
    if request.GET.get("verify") == "1":
        context |= {"verdict": chain.verify(chosen), "verified_at": timezone.localtime()}
    return render(request, "ledgers/book.html", context, status=400 if problems else 200)


@require_GET
def export(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The whole book as JSON lines. A GET that writes one thing: the entry that it left the house, which is the last of the file."""
    chosen, actor = _chosen(_readers_books(request), slug), cast(Actor, request.user)
    log_export(actor=actor, book=chosen)
    response = StreamingHttpResponse(export_of(chosen), content_type="application/jsonl; charset=utf-8")
    _protect(response, f"{slug}-{timezone.localtime():%Y%m%d-%H%M}.jsonl")
    return response


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that verifies an export offline, as a file."""
    _readers_books(request)
    response = HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    _protect(response, "verify.py")
    return response


def _protect(response: HttpResponse | StreamingHttpResponse, filename: str) -> None:
    """A download: never shown inline, never sniffed."""
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"


def _readable(request: HttpRequest) -> list[Book]:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return list(readable_books(request.user))


def _readers_books(request: HttpRequest) -> list[Book]:
    """The books of somebody who reads books; others are refused."""
    books = _readable(request)
    if not reads_books(cast(BookReader, request.user)):
        raise PermissionDenied
    return books


def _chosen(books: list[Book], slug: str) -> Book:
    """The book asked for; one that the user may not read is not there."""
    if not slug:
        return books[0]
    for row in books:
        if row.slug == slug:
            return row
    raise Http404


def _no_book(request: HttpRequest) -> HttpResponse:
    """Those who read books find none before the first round; nobody else may look."""
    if not reads_books(cast(BookReader, request.user)):
        raise PermissionDenied
    return render(request, "ledgers/no_book.html")


def _page(found: EntryFilter, number: str) -> Page[Entry] | None:
    try:
        return Paginator(found.qs, ENTRIES_A_PAGE).page(number)
    except InvalidPage:
        return None


def _content(entry: Entry) -> str:
    """What the entry holds beyond its columns; the changes are shown as such and left out here, and so is what a replay reads."""
    rest = {key: value for key, value in entry.payload.items() if key not in SHOWN_APART}
    return lines_of(rest)
