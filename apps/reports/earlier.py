"""What a text said when somebody opened it, read back from the book, and what two people made of it since.

The book holds the text before and after every save; going back from now to what the page had shown needs no copy of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db.models import QuerySet

from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.comparing import Piece, differences
from apps.reports.models import Act, Notice, NoticeItem

PROSE = (
    *("issuer", "title", "lead", "section_one_title", "section_one", "section_two_title", "section_three_title", "section_three"),
    *("invitation", "phone", "address", "postcode", "email", "dated_on"),
)
TEXTS = ("title", "text", "party_text", "internal_text")
LABELS = {"text": "社会公开", "party_text": "党内通报", "internal_text": "内部"}
Values = dict[str, str]


@dataclass(frozen=True)
class Clash:
    """One field that somebody else has changed since the page was opened: how it was, what they made of it, what was typed here."""

    field: str
    label: str
    before: str
    theirs: str
    mine: str

    @property
    def is_mine_too(self) -> bool:
        """Whether it was changed here as well, so that somebody has to choose."""
        return self.mine not in (self.before, self.theirs)

    @property
    def pieces(self) -> list[Piece]:
        """From theirs to mine."""
        return differences(self.theirs, self.mine)

    @property
    def since(self) -> list[Piece]:
        """From how it was to theirs."""
        return differences(self.before, self.theirs)


@dataclass(frozen=True)
class Collision:
    """A save that came too late.

    ``opened`` says what the page had shown (a version, a fingerprint); ``entry`` is the latest save of somebody else; ``kept`` what the
    form holds now: theirs where nothing was typed, mine where it was.
    """

    opened: str
    entry: Entry | None
    clashes: list[Clash]
    kept: Values

    @property
    def to_choose(self) -> list[Clash]:
        return [clash for clash in self.clashes if clash.is_mine_too]

    @property
    def taken_over(self) -> list[Clash]:
        return [clash for clash in self.clashes if not clash.is_mine_too]


def prose_of(notice: Notice) -> Values:
    return {name: chain.plain(getattr(notice, name)) for name in PROSE}


def prose_fingerprint(notice: Notice) -> str:
    """Says whether the prose is still what a page has shown."""
    return fingerprint_of(prose_of(notice))


def correction_fingerprint(notice: Notice) -> str:
    return fingerprint_of({"correction": notice.correction})


def figures_fingerprint(notice: Notice) -> str:
    """Says whether the decisions on figures are still those that a page has shown."""
    standing = notice.figure_decisions.filter(withdrawn_at=None).order_by("pk").values_list("pk", flat=True)
    return fingerprint_of({"figure_decisions": " ".join(str(pk) for pk in standing)})


def fingerprint_of(values: Mapping[str, str]) -> str:
    return hashlib.sha256(rfc8785.dumps(dict(values))).hexdigest()


def collision_in_prose(notice: Notice, shown: str, typed: Mapping[str, Any]) -> Collision:
    """``shown``: the fingerprint of the prose when the page was opened."""
    entries = list(_saves(notice.inspection.book_id, "notice", notice.pk, Act.AMEND))
    now = prose_of(notice)
    before = _back(now, entries, lambda values, _steps: fingerprint_of(values) == shown)
    texts = {name: str(chain.plain(typed[name])) for name in PROSE if name in typed}
    return Collision(shown, entries[0] if entries else None, *_clashes(notice, before, now, texts))


def collision_in_item(item: NoticeItem, version: int, typed: Mapping[str, str]) -> Collision:
    """``version``: that of the item when the page was opened; each save is one step."""
    steps = min(max(0, item.version - version), item.version)
    entries = list(_saves(item.notice.inspection.book_id, "noticeitem", item.pk, Act.AMEND_ITEM)[:steps])
    now = {name: getattr(item, name) for name in TEXTS}
    before = _back(now, entries, lambda _values, taken: taken == item.version - version)
    texts = {name: typed[name] for name in TEXTS if name in typed}
    return Collision(str(version), entries[0] if entries else None, *_clashes(item, before, now, texts))


def _saves(book: int, kind: str, pk: int, act: str) -> QuerySet[Entry]:
    return Entry.objects.filter(book=book, act=act).about([(kind, [pk])]).order_by("-seq")


def _back(now: Values, entries: Sequence[Entry], reached: Callable[[Values, int], bool]) -> Values | None:
    """The values before the entries, the latest first; None where the way back does not lead there."""
    values = dict(now)
    for taken in range(len(entries) + 1):
        if reached(values, taken):
            return values
        if taken < len(entries):
            changed = entries[taken].payload.get("changes", {})
            values |= {name: before for name, (before, _after) in changed.items() if name in values}
    return None


def _clashes(row: Notice | NoticeItem, before: Values | None, now: Values, typed: Values) -> tuple[list[Clash], Values]:
    """The fields others changed that differ from what was typed, and what the form holds now. Where the way back is lost, everything
    that differs is to be chosen."""
    labels = {column.name: str(column.verbose_name) for column in row._meta.fields} | LABELS
    kept = {name: value.replace("\r\n", "\n").strip() for name, value in typed.items()}
    clashes = []
    for name, mine in list(kept.items()):
        theirs = now[name]
        was = before[name] if before else ""
        if theirs == mine or (before and theirs == was):
            continue
        clashes.append(Clash(name, labels[name], was, theirs, mine))
        if before and mine == was:
            kept[name] = theirs
    return clashes, kept
