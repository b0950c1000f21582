"""Whether a published edition is still what was published: its text against its fingerprint, its checkpoint against the book."""

from __future__ import annotations

from dataclasses import dataclass

from apps.ledgers.models import Entry
from apps.reports.content import sha256_of
from apps.reports.models import Act, Edition


@dataclass(frozen=True)
class Check:
    """``content``: the stored text has the stored SHA-256. ``checkpoint``: the book still has the entry that published it, with the
    same hash and naming the same SHA-256."""

    content: bool
    checkpoint: bool

    @property
    def holds(self) -> bool:
        return self.content and self.checkpoint


def check_edition(edition: Edition) -> Check:
    """Recomputed on every call, from the rows as they are."""
    entry = Entry.objects.filter(book__inspection=edition.inspection_id, seq=edition.checkpoint_seq).first()
    same_entry = entry is not None and entry.hash == edition.checkpoint_hash and entry.act == Act.PUBLISH
    named = entry is not None and entry.payload.get("sha256") == edition.sha256 and entry.payload.get("edition") == edition.number
    return Check(content=sha256_of(edition.content) == edition.sha256, checkpoint=same_entry and named)
