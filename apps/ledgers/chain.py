"""The arithmetic of the chain: what is hashed, how, and how a reader checks it."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import rfc8785
from django.db.models import F

from apps.ledgers.models import Book, Entry

FORMAT = 1
LARGEST = 2**53 - 1
LITERALS = {None: "null", True: "true", False: "false"}


@dataclass(frozen=True)
class Verdict:
    """What verification found: entries read, and the first seq that does not hold (None: the chain holds)."""

    book: str
    entries: int
    broken_seq: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        return self.broken_seq is None


def body_of(entry: Entry, book_slug: str) -> dict[str, Any]:
    """Everything of an entry but its own hash, as plain JSON values; times are UTC with microseconds."""
    return {
        "format": FORMAT,
        "book": book_slug,
        "seq": entry.seq,
        "at": entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": {"id": entry.actor_id, "name": entry.actor_name, "role": entry.actor_role, "unit": entry.actor_unit},
        "act": entry.act,
        "act_label": entry.act_label,
        "subject": {"type": entry.subject_type, "id": entry.subject_id, "label": entry.subject_label},
        "reason": entry.reason,
        "payload": entry.payload,
        "correlation": str(entry.correlation),
        "prev_hash": entry.prev_hash,
    }


def hash_of(entry: Entry, book_slug: str) -> str:
    """SHA-256, in hexadecimal, over the RFC 8785 canonical JSON of :func:`body_of`."""
    return sha256_of(body_of(entry, book_slug))


def sha256_of(value: Any) -> str:
    """SHA-256, in hexadecimal, over the RFC 8785 canonical JSON of plain values (see :func:`plain`)."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """What the library writes, a third of the time: a first run over many measures writes an entry for each of them.

    Written here is only what has one obvious spelling. All else (floats, numbers too large, subclasses, broken text) is left to the
    library, which spells or refuses it.
    """
    try:
        return _spelt(value).encode()
    except (_LeftToTheLibraryError, UnicodeEncodeError):
        return rfc8785.dumps(value)


class _LeftToTheLibraryError(Exception):
    pass


def _spelt(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int and -LARGEST <= value <= LARGEST:
        return str(value)
    if value is None or kind is bool:
        return LITERALS[value]
    if kind is dict and all(type(key) is str for key in value):
        # In ASCII, code points and the UTF-16 that RFC 8785 sorts by have one order.
        names = sorted(value) if all(map(str.isascii, value)) else sorted(value, key=lambda key: key.encode("utf-16-be"))
        return f"{{{','.join([f'{encode_basestring(name)}:{_spelt(value[name])}' for name in names])}}}"
    if kind is list:
        return f"[{','.join([_spelt(item) for item in value])}]"
    raise _LeftToTheLibraryError


def plain(value: Any) -> Any:
    """``value`` as JSON that canonicalises the same everywhere: decimals, dates and ids become strings, floats are refused."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    message = f"台账不能记录 {type(value).__name__} 类型的值"
    raise TypeError(message)


def verify(book: Book) -> Verdict:
    """Recompute the whole chain, every link of it, up to the head kept on the book. Entries written meanwhile are not looked at."""
    head = Book.objects.get(pk=book.pk)
    previous, count = "", 0
    for entry in _in_order(head):
        count += 1
        if entry.seq != count:
            return Verdict(book.slug, count, count, f"缺少第 {count} 条")
        if entry.prev_hash != previous:
            return Verdict(book.slug, count, count, f"第 {count} 条与前一条不相连")
        if entry.hash != _recomputed(entry, book.slug):
            return Verdict(book.slug, count, count, f"第 {count} 条内容与指纹不符")
        previous = entry.hash
    return _against_head(head, count, previous)


def _against_head(head: Book, count: int, last_hash: str) -> Verdict:
    """A chain that holds in itself, compared with the head kept on the book: nothing may be cut off, added or written anew at its end."""
    if head.head_seq > count:
        return Verdict(head.slug, count, count + 1, f"缺少第 {count + 1} 条，台账末号是 {head.head_seq}，后面的条目可能被删")
    stray = Entry.objects.filter(book=head, seq__gt=F("book__head_seq")).order_by("seq").select_related("book").first()
    if stray is not None:
        last = stray.book.head_seq
        return Verdict(head.slug, count, last + 1, f"第 {last + 1} 条不是台账写入的，台账末号是 {last}")
    if head.head_hash != last_hash:
        return Verdict(head.slug, count, max(count, 1), f"第 {max(count, 1)} 条与台账末端指纹不符，可能被改写")
    return Verdict(head.slug, count)


def _in_order(head: Book) -> Iterator[Entry]:
    return Entry.objects.filter(book=head, seq__lte=head.head_seq).order_by("seq").iterator(chunk_size=2000)


def _recomputed(entry: Entry, slug: str) -> str:
    """The hash of the entry as it stands; an entry altered so far that it cannot be canonicalised has none."""
    try:
        return hash_of(entry, slug)
    except (rfc8785.CanonicalizationError, TypeError, ValueError):
        return ""
