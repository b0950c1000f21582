"""Writing in the book. Services of the rooms above call :func:`record` inside the transaction of their own act,
so that an act and its entry stand or fall together (security.md C-13)."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from apps.ledgers import chain
from apps.ledgers.models import LABEL_LENGTH, Act, Book, Entry
from apps.ledgers.tracked import with_state

HOUSE = "house"
SEALED = "sealed"
RESERVED = (HOUSE, SEALED)
SYSTEM_NAME = "系统"
BATCH = 500


class Actor(Protocol):
    """Who acts, as the book wants to remember it."""

    pk: Any

    @property
    def name_in_book(self) -> str: ...

    @property
    def role_in_book(self) -> str: ...

    @property
    def unit_in_book(self) -> str: ...


class Subject(Protocol):
    """A row that an act is about."""

    pk: Any

    @property
    def label_in_book(self) -> str: ...


class ActName(Protocol):
    """A member of a room's ``Act`` choices: a code and the words for it."""

    @property
    def value(self) -> Any: ...

    @property
    def label(self) -> Any: ...


@dataclass(frozen=True)
class Deed:
    """One act on one subject, before it is written in the book."""

    act: ActName
    subject: Subject
    reason: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


_correlation: ContextVar[uuid.UUID | None] = ContextVar("correlation", default=None)


@contextmanager
def correlated(correlation: uuid.UUID) -> Iterator[None]:
    """Entries made meanwhile are of one act, however many services make them: they bear this id where their act has none of its own."""
    token = _correlation.set(correlation)
    try:
        yield
    finally:
        _correlation.reset(token)


def open_book(*, slug: str, title: str) -> Book:
    """The book of that slug, made if it is not there yet."""
    return Book.objects.get_or_create(slug=slug, defaults={"title": title})[0]


def retitle_book(book: Book, *, title: str) -> None:
    """Call the book by another title; no entry and no hash names it. The caller enters why."""
    Book.objects.filter(pk=book.pk).update(title=title)


def house_book() -> Book:
    """The book of the house itself: accounts, roles, settings, sign-ins."""
    return open_book(slug=HOUSE, title="系统管理台账")


def sealed_book() -> Book:
    """The book of what the public sent sealed: no other book says that there is anything."""
    return open_book(slug=SEALED, title="密封台账")


def record(
    book: Book,
    *,
    actor: Actor | None,
    act: ActName,
    subject: Subject,
    reason: str = "",
    payload: dict[str, Any] | None = None,
    correlation: uuid.UUID | None = None,
) -> Entry:
    """Append one entry to the book; ``actor`` None is the system itself, ``correlation`` joins entries of one act on many rows."""
    return record_many(book, actor=actor, deeds=[Deed(act, subject, reason, payload or {})], correlation=correlation)[0]


@transaction.atomic
def record_many(book: Book, *, actor: Actor | None, deeds: Sequence[Deed], correlation: uuid.UUID | None = None) -> list[Entry]:
    """Append the deeds in order under one correlation id, in a number of queries that grows by batches of 500 only.

    The row of the book is locked first, so that two writers never continue the same entry.
    """
    return [entry for batch in _appended(book, actor, deeds, correlation) for entry in batch]


@transaction.atomic(savepoint=False)
def record_stream(book: Book, *, actor: Actor | None, deeds: Iterable[Deed], correlation: uuid.UUID | None = None) -> int:
    """``record_many`` of deeds that are made while they are written, however many: a batch of them is held at once. How many they were.

    Whoever makes the deeds takes no lock of a row any more: the book is locked from the first of them on. There is no savepoint, with
    which the cursors of whoever makes the deeds would go before they are closed.
    """
    return sum(len(batch) for batch in _appended(book, actor, deeds, correlation))


def _appended(book: Book, actor: Actor | None, deeds: Iterable[Deed], correlation: uuid.UUID | None) -> Iterator[list[Entry]]:
    """Entries in batches, each written when it is yielded; the head of the book follows at the end."""
    head: Book | None = None
    correlation = correlation or _correlation.get() or uuid.uuid4()
    now = timezone.now()
    for batch in _batched(deeds, BATCH):
        head = head or Book.objects.select_for_update(no_key=True).get(pk=book.pk)
        entries = [_next_entry(head, actor, deed, now, correlation) for deed in batch]
        Entry.objects.bulk_create(entries, batch_size=BATCH)
        yield entries
    if head is not None:
        Book.objects.filter(pk=head.pk).update(head_seq=head.head_seq, head_hash=head.head_hash)


def _next_entry(head: Book, actor: Actor | None, deed: Deed, at: dt.datetime, correlation: uuid.UUID) -> Entry:
    """The entry that continues the book; ``head`` moves on to it."""
    entry = Entry(
        book=head,
        seq=head.head_seq + 1,
        at=at,
        actor_id=actor.pk if actor else None,
        actor_name=actor.name_in_book if actor else SYSTEM_NAME,
        actor_role=actor.role_in_book if actor else "",
        actor_unit=actor.unit_in_book if actor else "",
        act=str(deed.act.value),
        act_label=str(deed.act.label),
        subject_type=type(deed.subject).__name__.lower(),
        subject_id=deed.subject.pk,
        subject_label=deed.subject.label_in_book[:LABEL_LENGTH],
        reason=deed.reason,
        payload=chain.plain(with_state(deed.subject, deed.payload)),
        correlation=correlation,
        prev_hash=head.head_hash,
    )
    entry.hash = chain.hash_of(entry, head.slug)
    head.head_seq, head.head_hash = entry.seq, entry.hash
    return entry


def _batched(deeds: Iterable[Deed], count: int) -> Iterator[list[Deed]]:
    rest = iter(deeds)
    while batch := list(itertools.islice(rest, count)):
        yield batch


def log_export(*, actor: Actor | None, book: Book) -> Entry:
    """A book that leaves the house is an act like any other, entered in that book; the export then ends with this entry."""
    return record(book, actor=actor, act=Act.EXPORT_BOOK, subject=book)


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs, as ``{"changes": {field: [before, after]}}``: the shape every amending act writes and timelines read."""
    return {"changes": {key: [before.get(key), after[key]] for key in after if before.get(key) != after[key]}}
