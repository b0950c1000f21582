"""A book as JSON lines: the first names the book and its head, each further one is an entry exactly as it was hashed, with its hash.

``verify.py`` in this folder reads it without this project.
"""

from __future__ import annotations

from collections.abc import Iterator

import rfc8785

from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.verify import FORMAT

CHUNK = 1000


def lines_of_book(slug: str, head_seq: int, head_hash: str) -> Iterator[bytes]:
    """The export up to that head; entries written meanwhile are not in it."""
    yield rfc8785.dumps({"format": FORMAT, "book": slug, "head": {"seq": head_seq, "hash": head_hash}}) + b"\n"
    rows = Entry.objects.filter(book__slug=slug, seq__lte=head_seq).order_by("seq")
    for entry in rows.iterator(chunk_size=CHUNK):
        yield rfc8785.dumps({**chain.body_of(entry, slug), "hash": entry.hash}) + b"\n"


def export_of(book: Book) -> Iterator[bytes]:
    """The book up to its head as it is now."""
    head = Book.objects.get(pk=book.pk)
    return lines_of_book(head.slug, head.head_seq, head.head_hash)
