"""What a resubmitted report says otherwise than the one that was returned, side by side.

Texts are cut into sentences and compared by these; where a sentence gave way to another, the two are compared letter by letter. What
is too long for that counts as rewritten as a whole: a page must not take seconds because somebody pasted a book.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.measures.models import Progress

SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]?")
MOST_SENTENCES = 400
LONGEST_BY_LETTERS = 600
CLOSE = 0.3
SAME, TAKEN, ADDED = "same", "del", "ins"
TEXTS = ("text", "difficulties", "next_step", "stage_goal")
FACTS = ("claim", "as_of", "signed_by", "next_review_on")
LABELS = {column.name: str(column.verbose_name) for column in Progress._meta.fields}


@dataclass(frozen=True)
class Piece:
    """A stretch of text: on both sides, only before (``del``) or only after (``ins``)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Side:
    """One field of the two reports; each side holds the pieces that stand there."""

    label: str
    before: list[Piece]
    after: list[Piece]

    @property
    def is_changed(self) -> bool:
        return any(piece.kind != SAME for piece in (*self.before, *self.after))


@dataclass(frozen=True)
class Comparison:
    """A report beside the returned one that it makes good."""

    returned: Progress
    report: Progress
    sides: list[Side]

    @property
    def taken(self) -> int:
        """Letters that are gone."""
        return sum(len(piece.text) for side in self.sides for piece in side.before if piece.kind == TAKEN)

    @property
    def added(self) -> int:
        return sum(len(piece.text) for side in self.sides for piece in side.after if piece.kind == ADDED)


def compare(report: Progress) -> Comparison | None:
    """The report beside the one it resubmits; None where it resubmits none."""
    returned = report.resubmits
    if returned is None:
        return None
    sides = [side_of(name, returned, report) for name in (*TEXTS, *FACTS)]
    return Comparison(returned, report, [side for side in sides if side.before or side.after])


def side_of(name: str, before: Progress | None, after: Progress) -> Side:
    """One field of two reports, or of the one alone."""
    if name in TEXTS:
        return _side(name, getattr(before, name) if before else "", getattr(after, name))
    return _side(name, _shown(before, name) if before else "", _shown(after, name), whole=True)


def differences(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in one order: what stayed, what was taken out, what was put in."""
    old, new = _sentences(before), _sentences(after)
    if max(len(old), len(new)) > MOST_SENTENCES:
        return _joined([Piece(SAME, before)] if before == after else [Piece(TAKEN, before), Piece(ADDED, after)])
    found: list[Piece] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left, right = "".join(old[a:b]), "".join(new[c:d])
        found += [Piece(SAME, left)] if tag == "equal" else _letters(left, right)
    return _joined(found)


def _side(name: str, before: str, after: str, *, whole: bool = False) -> Side:
    pieces = differences(before, after) if not whole or before == after else [Piece(TAKEN, before), Piece(ADDED, after)]
    pieces = [piece for piece in pieces if piece.text]
    return Side(LABELS[name], [piece for piece in pieces if piece.kind != ADDED], [piece for piece in pieces if piece.kind != TAKEN])


def _shown(report: Progress, name: str) -> str:
    display = getattr(report, f"get_{name}_display", None)
    return str((display() if display else getattr(report, name)) or "")


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE.findall(text.replace("\r\n", "\n")) if sentence]


def _letters(before: str, after: str) -> list[Piece]:
    """Letter by letter where the two are short and much alike; else one is gone and the other new."""
    if before and after and max(len(before), len(after)) <= LONGEST_BY_LETTERS:
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        if matcher.ratio() >= CLOSE:
            return list(_pieces(matcher, before, after))
    return [Piece(TAKEN, before), Piece(ADDED, after)]


def _pieces(matcher: difflib.SequenceMatcher[str], before: str, after: str) -> Iterator[Piece]:
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(SAME, before[a:b])
        else:
            yield Piece(TAKEN, before[a:b])
            yield Piece(ADDED, after[c:d])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Without empty pieces, neighbours of one kind as one."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        elif piece.text:
            found.append(piece)
    return found
