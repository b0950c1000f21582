"""What leaves the house on paper is an act like any other: who took which file, how many rows, and the fingerprint of the file."""

from __future__ import annotations

from apps.ledgers.models import Book
from apps.ledgers.services import Subject, record
from apps.measures.models import Act
from apps.units.models import User


def log_paper(*, actor: User, book: Book, subject: Subject, name: str, rows: int, sha256: str) -> None:
    """A form or a list was made for somebody."""
    record(book, actor=actor, act=Act.EXPORT_PAPER, subject=subject, payload={"name": name, "rows": rows, "sha256": sha256})


def log_archive(*, actor: User, book: Book, subject: Subject, name: str, rows: int, sha256: str) -> None:
    """The archive of an issue was made for somebody; ``rows`` are its files."""
    record(book, actor=actor, act=Act.EXPORT_ARCHIVE, subject=subject, payload={"name": name, "rows": rows, "sha256": sha256})
