"""Which books somebody may read. This room knows nobody: the user says of himself what he may read (units/models.py)."""

from __future__ import annotations

from typing import Protocol

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from apps.ledgers.models import Book
from apps.ledgers.services import HOUSE, RESERVED, SEALED


class BookReader(Protocol):
    """A user as this room sees one."""

    @property
    def reads_business_books(self) -> bool: ...

    @property
    def reads_house_book(self) -> bool: ...

    @property
    def reads_sealed_book(self) -> bool: ...


def readable_books(reader: BookReader) -> QuerySet[Book]:
    """The books that the reader may open as a whole; the business books first, the newest of them before the others."""
    rule = Q(pk__in=())
    if reader.reads_business_books:
        rule |= ~Q(slug__in=RESERVED)
    if reader.reads_house_book:
        rule |= Q(slug=HOUSE)
    if reader.reads_sealed_book:
        rule |= Q(slug=SEALED)
    return Book.objects.filter(rule).order_by(ExpressionWrapper(Q(slug__in=RESERVED), BooleanField()), "-pk")


def reads_books(reader: BookReader) -> bool:
    """Whether there are books for this reader at all."""
    return reader.reads_business_books or reader.reads_house_book or reader.reads_sealed_book
