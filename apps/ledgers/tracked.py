"""Rows whose state the book can tell of any day: what of it an act has changed is written into the act's entry by itself.

A service changes the row it has locked and read, then records its act with that row as the subject. The row still knows how it was
read, so the entry holds ``state``: {field: [before, after]} of the tracked fields, and the first entry of a row ``initial``:
{field: value}. No act can forget it, and replaying the book gives the row as it is (``ledgers/replay.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self

from django.db import models

from apps.ledgers.chain import plain

TOLD = "_told"


class Tracked(models.Model):
    """A row that remembers its tracked fields as the book last knew them. ``tracked``: names of columns (``lead_unit_id``)."""

    tracked: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        row = super().from_db(db, field_names, values, **options)
        row.__dict__[TOLD] = row.tracked_now()
        return row

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        if TOLD in self.__dict__:
            self.__dict__[TOLD] = self.tracked_now()

    def tracked_now(self) -> dict[str, Any]:
        """The tracked columns that are loaded; a deferred one is not fetched for this."""
        return {name: self.__dict__[name] for name in self.tracked if name in self.__dict__}

    def tell(self) -> dict[str, Any]:
        """What the next entry about this row must hold for the book to know its state; the row is then known as it is now."""
        before, now = self.__dict__.get(TOLD), self.tracked_now()
        self.__dict__[TOLD] = now
        if before is None:
            return {"initial": now}
        changed = {name: [before.get(name), value] for name, value in now.items() if name not in before or before[name] != value}
        return {"state": changed} if changed else {}


def with_state(subject: object, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of an entry about the subject, with what changed of its state; what ``changes`` says already is not said twice."""
    told = subject.tell() if isinstance(subject, Tracked) else {}
    said = payload.get("changes", {})
    state = {name: pair for name, pair in told.get("state", {}).items() if name not in said or plain(said[name]) != plain(pair)}
    initial = {"initial": told["initial"]} if "initial" in told else {}
    return {**payload, **initial, **({"state": state} if state else {})}
