"""Whether a published edition is still what was published: its text against its fingerprint, its checkpoint against the book.

And what a fingerprint that somebody brings belongs to: the content of an edition, a file made of it, or its words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal

from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.reports.content import sha256_of, text_of
from apps.reports.differences import parts_of
from apps.reports.models import Act, Audience, Edition, RenderedFile

PROOF_FORMAT = "jiandi-edition/1"
HASH = re.compile(r"[0-9a-f]{64}")
EDITIONS_KEPT = 200
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−~"), "-")


@dataclass(frozen=True)
class Check:
    """``content``: the stored text has the stored SHA-256. ``checkpoint``: the book still has the entry that published it, with the
    same hash and naming the same SHA-256."""

    content: bool
    checkpoint: bool

    @property
    def holds(self) -> bool:
        return self.content and self.checkpoint


@dataclass(frozen=True)
class Match:
    """What a fingerprint belongs to. ``what`` says which part or file of the edition; ``newer`` is what has taken its place."""

    edition: Edition
    what: str
    newer: Edition | None
    kind: Literal["content", "file", "words"]

    @property
    def corrected(self) -> bool:
        return self.newer is not None and self.newer.corrects_id == self.edition.pk


def check_edition(edition: Edition) -> Check:
    """Recomputed on every call, from the rows as they are."""
    entry = entry_of(edition)
    same_entry = entry is not None and entry.hash == edition.checkpoint_hash and entry.act == Act.PUBLISH
    named = entry is not None and entry.payload.get("sha256") == edition.sha256 and entry.payload.get("edition") == edition.number
    return Check(content=sha256_of(edition.content) == edition.sha256, checkpoint=same_entry and named)


def entry_of(edition: Edition) -> Entry | None:
    """The entry of the book that published it."""
    rows = Entry.objects.filter(book__inspection=edition.inspection_id, seq=edition.checkpoint_seq)
    return rows.select_related("book").first()


def proof_of(edition: Edition) -> dict[str, Any] | None:
    """What a reader needs to check the edition without this site: the entry of the book exactly as it was hashed, and its hash.

    None where the book has lost the entry: there is nothing to prove with.
    """
    entry = entry_of(edition)
    if entry is None:
        return None
    named = {"number": edition.number, "sha256": edition.sha256, "title": str(edition.content.get("title", ""))}
    checkpoint = {"seq": edition.checkpoint_seq, "hash": edition.checkpoint_hash}
    return {
        "format": PROOF_FORMAT,
        "edition": named,
        "checkpoint": checkpoint,
        "entry": {**chain.body_of(entry, entry.book.slug), "hash": entry.hash},
    }


def fingerprint_in(text: str) -> str:
    """The SHA-256 that somebody typed or pasted, with or without spaces and what programs print around it; empty if there is none."""
    whole = re.sub(r"\s+", "", text).lower()
    if HASH.fullmatch(whole):
        return whole
    found = re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", text.lower())
    return found[0] if found else ""


def match(sha256: str) -> Match | None:
    """The newest published edition that the fingerprint belongs to, by its content, a file of it, or its words."""
    editions = list(Edition.objects.public().select_related("inspection").order_by("-pk"))
    for edition in editions:
        if edition.sha256 == sha256:
            return Match(edition, "全文数据（JSON）", _newer(edition, editions), "content")
    kept = RenderedFile.objects.filter(sha256=sha256, rendering__edition__audience=Audience.SOCIETY)
    made = kept.select_related("rendering__edition__inspection").order_by("-pk").first()
    if made is not None and made.rendering.edition is not None:
        return Match(made.rendering.edition, made.get_kind_display(), _newer(made.rendering.edition, editions), "file")
    for edition in editions:
        what = dict(_words(edition.pk, edition.sha256)).get(sha256)
        if what:
            return Match(edition, what, _newer(edition, editions), "words")
    return None


def words_of(text: str) -> str:
    """A text without what copying changes: letters and digits alone, in their common form (static/js/verify.js does the same).

    What makes a number another one stays: 46.5 is not 465, 1、2 is not 12, 5% is not 5, and -5 is not 5.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).translate(DASHES)
    runs = ["".join(run) for _kind, run in groupby(plain, key=_is_word)]
    around = zip(["", *runs], runs, [*runs[1:], ""], strict=False)
    return "".join(run if _is_word(run[0]) else _kept_of(before, run, after) for before, run, after in around)


def _is_word(sign: str) -> bool:
    return sign in "%‰" or unicodedata.category(sign)[0] in "LN"


def _kept_of(before: str, marks: str, after: str) -> str:
    """Of the marks between two stretches of words: the last, where it parts two numbers; a minus before a number."""
    if not after or unicodedata.category(after[0])[0] != "N":
        return ""
    parts = marks[-1] == "-" or (before != "" and unicodedata.category(before[-1])[0] == "N")
    return marks[-1] if parts else ""


def hash_of_words(text: str) -> str:
    return hashlib.sha256(words_of(text).encode()).hexdigest()


def _newer(edition: Edition, editions: list[Edition]) -> Edition | None:
    """The edition that corrects this one, or else the latest of its round if that is another."""
    correcting = next((row for row in editions if row.corrects_id == edition.pk), None)
    of_round = [row for row in editions if row.inspection_id == edition.inspection_id and row.number > edition.number]
    return correcting or max(of_round, key=lambda row: row.number, default=None)


@lru_cache(maxsize=EDITIONS_KEPT)
def _words(pk: int, sha256: str) -> tuple[tuple[str, str], ...]:
    """Fingerprints of the words of an edition and of each of its items. An edition never changes, so they are computed once."""
    content = Edition.objects.values_list("content", flat=True).get(pk=pk, sha256=sha256)
    return tuple((hash_of_words(text), what) for text, what in _texts(content))


def _texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part in parts_of(content).values():
        if part.is_item:
            yield part.text, f"{part.label}的文字"
    text = text_of(content)
    yield text, "全文文字"
    yield f"{content['title']}{text}", "标题和全文文字"
