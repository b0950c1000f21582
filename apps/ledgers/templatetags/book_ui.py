"""How entries of the book are shown: the timeline of every sheet, and the changes that an entry holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from apps.ledgers.models import Entry
from apps.ledgers.words import WORDS, act_of, spelled, subject_of

register = template.Library()

# What an act looks like in a timeline: the last word of its code -> (icon, tint of the icon).
LOOKS = {
    "report_progress": ("pen", "doing"),
    "approve": ("s-done", "done"),
    "approve_progress": ("s-done", "done"),
    "send_back": ("s-back", "doing"),
    "return_progress": ("s-back", "doing"),
    "apply_closure": ("seal", "closed"),
    "agree_closure": ("s-closed", "closed"),
    "return_closure": ("s-back", "doing"),
    "hold_look_back": ("eye", "none"),
    "reopen": ("s-back", "doing"),
    "raise_flag": ("flag", "none"),
    "clear_flag": ("flag", "none"),
    "send_letter": ("horn", "none"),
    "sign_letter": ("seal", "none"),
    "answer_letter": ("pen", "doing"),
    "check_site": ("eye", "done"),
    "publish": ("doc", "closed"),
    "sign_in": ("key", "none"),
    "sign_in_failed": ("lock", "none"),
    "sign_out": ("exit", "none"),
}
PLAIN_LOOK = ("book", "none")
# What an entry is about in its own words, where it has no reason: the first of these that its payload holds.
DETAILS = ("text", "requirement", "answer")


@dataclass(frozen=True)
class Change:
    """One field before and after, in the words of the screen."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One entry of the book as a timeline shows it."""

    entry: Entry
    icon: str
    tint: str
    changes: list[Change]
    detail: str

    @property
    def act(self) -> str:
        return act_of(self.entry)

    @property
    def subject(self) -> str:
        return subject_of(self.entry)


@register.inclusion_tag("ledgers/parts/timeline.html")
def timeline(entries: Iterable[Entry], *, brief: bool = False, books: bool = False) -> dict[str, Any]:
    """``{% timeline entries %}``: lines of the book in the order given: time, actor, act, subject, reason, changes, detail, hash.

    ``books``: with the title of each entry's book.
    ``brief``: without the words of business records, for those who keep the house but see no business (三员分立).
    Template: ledgers/parts/timeline.html with ``lines`` (``entry``, ``icon``, ``tint``, ``changes``, ``detail``).
    """
    return {"lines": [line_of(entry) for entry in entries], "brief": brief, "books": books}


def line_of(entry: Entry) -> Line:
    look, tint = LOOKS.get(entry.act.rpartition(".")[2], PLAIN_LOOK)
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    found = [change_of(entry, name, pair) for name, pair in payload.get("changes", {}).items()]
    return Line(entry, look, tint, found, detail_of(payload))


def detail_of(payload: Mapping[str, Any]) -> str:
    """What a report claimed and said, what a letter required, what a measure is."""
    words = next((str(payload[key]) for key in DETAILS if payload.get(key)), "")
    return f"报“{payload['claim']}”，截至 {payload['as_of']}：{words}" if words and {"claim", "as_of"} <= payload.keys() else words


def change_of(entry: Entry, name: str, pair: list[Any]) -> Change:
    """A change with the field's own name and the choices' own words, where the record's model is known."""
    room = entry.act.partition(".")[0]
    try:
        column = apps.get_model(room, entry.subject_type)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return Change(WORDS.get(name, name), spelled(pair[0], {}), spelled(pair[1], {}))
    words = {str(key): str(label) for key, label in getattr(column, "flatchoices", ())}
    return Change(str(getattr(column, "verbose_name", name)), spelled(pair[0], words), spelled(pair[1], words))
