"""How entries of the book are shown: the timeline of every sheet, and the changes that an entry holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.ledgers.replay import stated_days
from apps.ledgers.words import WORDS, act_of, model_of, spelled, subject_of

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
    "agree_sign_off": ("s-done", "done"),
    "return_sign_off": ("s-back", "doing"),
    "draw_look_backs": ("eye", "none"),
    "hold_look_back": ("eye", "none"),
    "reopen": ("s-back", "doing"),
    "raise_flag": ("flag", "none"),
    "clear_flag": ("flag", "none"),
    "take_workbook": ("inbox", "none"),
    "submit_workbook": ("pen", "doing"),
    "send_letter": ("horn", "none"),
    "sign_letter": ("seal", "none"),
    "answer_letter": ("pen", "doing"),
    "close_letter": ("s-done", "done"),
    "return_answer": ("s-back", "doing"),
    "propose_escalation": ("flag", "none"),
    "escalate_letter": ("horn", "none"),
    "decline_escalation": ("flag", "none"),
    "acknowledge_flag": ("ok", "none"),
    "set_thresholds": ("gear", "none"),
    "set_ladder": ("gear", "none"),
    "check_site": ("eye", "done"),
    "return_unfounded": ("s-back", "doing"),
    "plan_visit": ("cam", "none"),
    "amend_visit": ("cam", "none"),
    "cancel_visit": ("x", "none"),
    "hold_visit": ("cam", "done"),
    "call_dispatch": ("gavel", "none"),
    "amend_dispatch": ("gavel", "none"),
    "set_agenda": ("list", "none"),
    "begin_dispatch": ("gavel", "none"),
    "decide_item": ("gavel", "none"),
    "close_dispatch": ("gavel", "done"),
    "make_screen": ("wall", "none"),
    "revoke_screen": ("wall", "none"),
    "set_channel": ("bell", "none"),
    "stop_channel": ("bell", "none"),
    "send_again": ("bell", "none"),
    "note_failure": ("ok", "none"),
    "download_attachment": ("dl", "none"),
    "publish": ("doc", "closed"),
    "sign_in": ("key", "none"),
    "sign_in_failed": ("lock", "none"),
    "sign_out": ("exit", "none"),
}
PLAIN_LOOK = ("book", "none")
# What an entry is about in its own words, where it has no reason: the first of these that its payload holds.
DETAILS = ("text", "requirement", "answer", "told_to")


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
    def stated(self) -> dt.date | None:
        """The day that the act speaks of, where it is not the day of the entry (补录)."""
        payload = self.entry.payload if isinstance(self.entry.payload, dict) else {}
        day = min(stated_days(payload), default=None)
        return day if day and day != timezone.localdate(self.entry.at) else None

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
    return Line(entry, look, tint, list(changes_in(entry, payload)), detail_of(payload))


def changes_in(entry: Entry, payload: Mapping[str, Any]) -> Iterator[Change]:
    """What the act set out to change, and what changed with it (the state of a measure that was reported on)."""
    said = payload.get("changes", {})
    for name, pair in said.items():
        yield change_of(entry, name, pair)
    for name, pair in payload.get("state", {}).items():
        # Keys of other rows say nothing on a screen; the acts that change them say the names.
        if name not in said and not name.endswith("_id"):
            yield change_of(entry, name, pair)


def detail_of(payload: Mapping[str, Any]) -> str:
    """What a report claimed and said, what a letter required, what a measure is."""
    words = next((str(payload[key]) for key in DETAILS if payload.get(key)), "")
    return f"报“{payload['claim']}”，截至 {payload['as_of']}：{words}" if words and {"claim", "as_of"} <= payload.keys() else words


def change_of(entry: Entry, name: str, pair: list[Any]) -> Change:
    """A change with the field's own name and the choices' own words, where the record's model is known."""
    model = model_of(entry.subject_type)
    try:
        column = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        column = None
    if column is None:
        return Change(WORDS.get(name, name), spelled(pair[0], {}), spelled(pair[1], {}))
    words = {str(key): str(label) for key, label in getattr(column, "flatchoices", ())}
    return Change(str(getattr(column, "verbose_name", name)), spelled(pair[0], words), spelled(pair[1], words))
