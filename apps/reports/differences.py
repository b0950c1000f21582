"""What differs between two texts, character by character, and between two editions, item by item. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from apps.reports.blocks import blocks_of

Kind = Literal["same", "gone", "new"]
# A number or a Latin word changes as a whole: “12.22” to “12.25” is not one digit. Everything else goes character by character.
TOKEN = re.compile(r"[0-9０-９]+(?:[.,．][0-9０-９]+)*%?|[A-Za-z]+|\s+|.", re.DOTALL)
SHORTEST_SAME = 2
PLACES = {
    "correction": "更正说明",
    "lead": "导语",
    "section_one": "第一部分",
    "section_three": "第三部分",
    "invitation": "结尾和联系方式",
    "signature": "落款",
    "date": "落款日期",
}


@dataclass(frozen=True)
class Piece:
    """A run of text: in both, in the old one only, in the new one only."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Change:
    """One place of the notice that differs: the words of both, or of the one that has it."""

    label: str
    kind: Literal["changed", "added", "removed"]
    pieces: list[Piece]
    anchor: str = ""

    @property
    def words(self) -> str:
        return {"changed": "有改动", "added": "新增", "removed": "删去"}[self.kind]


@dataclass(frozen=True)
class Comparison:
    """All differences in the order of the newer edition, and how many items there are and how many are the same."""

    changes: list[Change]
    items: int
    same_items: int


@dataclass(frozen=True)
class Part:
    """What one place of a notice says; ``is_item`` for the items of section two."""

    label: str
    text: str
    anchor: str = ""
    is_item: bool = False


def differences(old: str, new: str) -> list[Piece]:
    """The two texts as runs of what stayed, what went and what came: joining all but ``new`` gives the old, all but ``gone`` the new.

    Islands of a single sign between two changes count as changed, so that a sentence written anew is read as such.
    """
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    pieces: list[Piece] = []
    gone, new_text = "", ""
    for operation, start, end, other, until in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        same = "".join(before[start:end])
        inside = bool(gone or new_text) and end < len(before) and until < len(after)
        if operation == "equal" and not (inside and len(same) < SHORTEST_SAME):
            pieces += [*_changed(gone, new_text), Piece("same", same)]
            gone, new_text = "", ""
        else:
            gone, new_text = gone + same, new_text + "".join(after[other:until])
    return [*pieces, *_changed(gone, new_text)]


def compare(old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    """Two contents of notices: title, prose, headings and items, each place that was changed, added or removed."""
    before, after = parts_of(old), parts_of(new)
    changes = [change for key in _in_order(list(before), list(after)) if (change := _change(before.get(key), after.get(key)))]
    items = {key for key, part in after.items() if part.is_item}
    same = sum(key in before and before[key].text == after[key].text for key in items)
    return Comparison(changes, len(items), same)


def parts_of(content: dict[str, Any]) -> dict[str, Part]:
    """The places of a notice with their text. Blocks of one place are one text, a line each."""
    found = {"title": Part("标题", content["title"])}
    for block in blocks_of(content):
        key = block.place or (f"{block.kind}:{block.anchor}" if block.anchor else block.kind)
        if key in found:
            found[key] = replace(found[key], text=f"{found[key].text}\n{block.line}")
        else:
            found[key] = Part(_label(key), block.line, block.anchor, is_item=key.startswith("item:"))
    return found


def _label(key: str) -> str:
    kind, _colon, number = key.partition(":")
    if kind == "item":
        return f"第 {number} 条"
    return "标题" if kind in ("section", "category") else PLACES.get(kind, "正文")


def _change(old: Part | None, new: Part | None) -> Change | None:
    if old and new:
        return None if old.text == new.text else Change(new.label, "changed", differences(old.text, new.text), new.anchor)
    if new:
        return Change(new.label, "added", [Piece("new", new.text)], new.anchor)
    return Change(old.label, "removed", [Piece("gone", old.text)]) if old else None


def _in_order(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """All keys, those of the newer in their order, the others where they stood among them."""
    for operation, start, end, other, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from (key for key in old[start:end] if operation in ("delete", "replace") and key not in new)
        yield from new[other:until]


def _changed(gone: str, new: str) -> list[Piece]:
    return [*([Piece("gone", gone)] if gone else []), *([Piece("new", new)] if new else [])]
