"""The page on which the texts of one issue are edited: its columns, what differs between them, what can be copied where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.forms import BoundField

from apps.measures.comparing import SAME, Piece, differences
from apps.reports.composing import Composition, Sentence
from apps.reports.earlier import TEXTS
from apps.reports.forms.notices import ItemForm

SHORT = {"internal_text": "内部", "party_text": "党内通报", "text": "社会公开"}
COPIES = {"text": ("party_text", "internal_text"), "party_text": ("text", "internal_text"), "internal_text": ("text", "party_text")}
UNCONFIRMED = "内部文字不对外。要复制到{}，请先勾选下面的确认，再按一次。"


@dataclass(frozen=True)
class Copy:
    """A button: what it does and how it is called."""

    do: str
    label: str


@dataclass(frozen=True)
class Column:
    """One audience: its field, how many characters it has, what can be brought into it."""

    name: str
    field: BoundField
    count: int
    copies: list[Copy]


@dataclass(frozen=True)
class Difference:
    """What one audience is told otherwise than a wider one."""

    title: str
    pieces: list[Piece]

    @property
    def is_none(self) -> bool:
        return all(piece.kind == SAME for piece in self.pieces)

    @property
    def more(self) -> int:
        return sum(len(piece.text) for piece in self.pieces if piece.kind == "ins")

    @property
    def less(self) -> int:
        return sum(len(piece.text) for piece in self.pieces if piece.kind == "del")


@dataclass(frozen=True)
class Brought:
    """What a button of the page made of the texts that were typed; ``refused`` says why it did nothing."""

    values: dict[str, str]
    said: str = ""
    refused: str = ""


def columns_of(form: ItemForm) -> list[Column]:
    found = []
    for name in SHORT:
        value = str(form[name].value() or "")
        copies = [Copy(f"copy:{origin}:{name}", f"复制{SHORT[origin]}文字") for origin in COPIES[name]]
        count = sum(not character.isspace() for character in value)
        found.append(Column(name, form[name], count, [*copies, Copy(f"compose:{name}", "换成台账初稿")]))
    return found


def differences_of(form: ItemForm) -> list[Difference]:
    """As each audience would read it: an empty text says what the wider audience is told."""
    society = str(form["text"].value() or "").replace("\r\n", "\n").strip()
    party = str(form["party_text"].value() or "").replace("\r\n", "\n").strip() or society
    inside = str(form["internal_text"].value() or "").replace("\r\n", "\n").strip() or party
    return [
        Difference("党内通报与社会公开相比", differences(society, party)),
        Difference("内部与党内通报相比", differences(party, inside)),
    ]


def brought(posted: Mapping[str, str], now: Mapping[str, str], draft: Composition) -> Brought | None:
    """What a button of the page does to what was typed; None where there is no such button.

    ``copy:a:b`` one text over another, ``compose:a`` the draft of the ledger, ``theirs:a`` what stands there ``now``, ``show`` nothing.
    """
    values = {name: posted.get(name, "") for name in (*TEXTS, "reason", "version")}
    confirmed = values["from_internal"] = posted.get("from_internal", "")
    verb, _, rest = posted.get("do", "").partition(":")
    origin, _, name = rest.partition(":")
    if verb == "show":
        return Brought(values)
    if verb == "theirs" and rest in TEXTS:
        return Brought({**values, rest: now[rest]}, "已换成对方保存的文字，还没有保存。")
    if verb == "compose" and rest in SHORT:
        values[rest] = {"text": draft.society, "party_text": draft.party, "internal_text": draft.internal}[rest]
        return Brought(values, f"{SHORT[rest]}已换成台账初稿，还没有保存。")
    if verb != "copy" or name not in COPIES or origin not in COPIES[name]:
        return None
    if origin == "internal_text" and not confirmed:
        return Brought(values, refused=UNCONFIRMED.format(SHORT[name]))
    values[name] = values[origin] or values["text"]
    return Brought(values, f"已把{SHORT[origin]}文字复制到{SHORT[name]}，还没有保存。")


def sentences_of(draft: Composition) -> list[tuple[str, list[Sentence]]]:
    """What the ledger tells, with where each sentence comes from."""
    return [("三个版本都有", draft.for_society), ("只进内部文字", draft.inside)]
