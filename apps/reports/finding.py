"""Finding the items of a notice that belong to a category or say given words: for readers without JavaScript; notice.js does the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import BadRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.reports.blocks import ASPECT, Block, blocks_of
from apps.reports.content import Content

LONGEST = 100


@dataclass(frozen=True)
class Asked:
    """What a reader looks for: words that must all occur, in one category or in all."""

    words: tuple[str, ...] = ()
    category: int | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.words) or self.category is not None


@dataclass
class Stretch:
    """A category, with those of its items that were found; each item is the blocks that tell of it."""

    heading: str
    items: list[list[Block]] = field(default_factory=list)


def asked_in(query: Mapping[str, str]) -> Asked:
    """What the address asks for; other parameters mean nothing."""
    text, category = query.get("q", "").strip()[:LONGEST], query.get("category", "")
    if category and not re.fullmatch(r"[0-9]{1,4}", category):
        raise BadRequest("category")
    return Asked(tuple(plain(text).split()), int(category) if category else None, text)


def find(content: Content, asked: Asked) -> list[Stretch]:
    """The categories in which something was found."""
    found = [Stretch("")]
    wanted = asked.category is None
    for block in blocks_of(content):
        if block.kind == "category":
            wanted = asked.category is None or block.place == f"category:{asked.category}"
            found.append(Stretch(block.line))
        elif block.number is None or not wanted:
            continue
        elif found[-1].items and found[-1].items[-1][0].place == block.place:
            found[-1].items[-1].append(block)
        else:
            found[-1].items.append([block])
    for stretch in found:
        stretch.items = [item for item in stretch.items if _says(item, asked)]
    return [stretch for stretch in found if stretch.items]


def categories_of(content: Content) -> list[tuple[int, str]]:
    """What a reader can choose from: number and heading of each category."""
    blocks = (block for block in blocks_of(content) if block.kind == "category")
    return [(int(block.place.removeprefix("category:")), block.line.removesuffix(ASPECT)) for block in blocks]


def plain(text: str) -> str:
    """Full-width and half-width, capital and small letters are the same to a reader who looks for a word."""
    return unicodedata.normalize("NFKC", text).casefold()


def marked(text: str, asked: Asked) -> SafeString:
    """The text with the words that were looked for marked."""
    if not asked.words:
        return format_html("{}", text)
    parts = re.split("|".join(f"({re.escape(word)})" for word in asked.words), text, flags=re.IGNORECASE)
    words = set(asked.words)
    shown = ((part, part.casefold() in words) for part in parts if part)
    return format_html_join("", "{}", ((format_html("<mark>{}</mark>", part) if hit else part,) for part, hit in shown))


def _says(item: list[Block], asked: Asked) -> bool:
    text = plain("".join(block.line for block in item))
    return all(word in text for word in asked.words)
