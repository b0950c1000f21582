"""The content of a notice as the one list of blocks that every rendering and every check goes through, in the order of the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from apps.reports.figures import long_date

Kind = Literal["lead", "section", "paragraph", "category", "item", "finding", "result", "subitem", "contact", "signature", "date"]
NUMERALS = "一二三四五六"
ANCHORS = {"one": "s1", "two": "s2", "three": "s3", "lasting": "s4"}
PLACES = {"one": ("section_one", "a"), "three": ("section_three", "b")}
WHERE = {
    "title": "标题",
    "correction": "更正说明",
    "lead": "导语",
    "section_one": "第一部分",
    "section_three": "第三部分",
    "invitation": "结尾",
}
ANSWER = "整改情况："
ASPECT = "问题整改方面"
MARKER = re.compile(r"^(?:[0-9]+\.|（[0-9]+）|[①-⑳㉑-㉟㊱-㊿])")
CIRCLES = [chr(code) for first, last in ((0x2460, 0x2473), (0x3251, 0x325F), (0x32B1, 0x32BF)) for code in range(first, last + 1)]


@dataclass(frozen=True)
class Block:
    """One line of the notice. ``head`` is set apart from ``text`` (the run-in heading of a paragraph, the number and title of an item).

    ``place`` is where the office edits it: ``lead``, ``section_one``, ``section_three``, ``invitation``, ``category:2``, ``item:63``,
    ``correction``; empty for what is composed (contact line, signature, date, what needs lasting effort). ``anchor`` is its address on
    the page; empty where it has none. ``marker`` is the number that ``head`` begins with, ``title`` the rest of it.
    """

    kind: Kind
    text: str
    head: str = ""
    place: str = ""
    anchor: str = ""

    @property
    def line(self) -> str:
        return self.head + self.text

    @property
    def marker(self) -> str:
        found = MARKER.match(self.head)
        return found[0] if found else ""

    @property
    def title(self) -> str:
        return self.head.removeprefix(self.marker)

    @property
    def number(self) -> int | None:
        """The issue that the block tells of; None for everything else."""
        return item_of(self.place)


def blocks_of(content: dict[str, Any]) -> Iterator[Block]:
    """All blocks below the title, of a content of format 1 or 2."""
    if "corrects" in content:
        yield Block("lead", correction_line(content), place="correction")
    yield from (Block("lead", text, place="lead") for text in content["lead"])
    for place, name in enumerate(order_of(content)):
        section = content["sections"][name]
        yield Block("section", section_heading(place, section), anchor=ANCHORS[name])
        if name == "two":
            yield from section_two(content)
        elif name == "lasting":
            yield from lasting(section)
        else:
            yield from _paragraphs(section["paragraphs"], *PLACES[name])
    yield Block("contact", contact_line(content), head=content["invitation"], place="invitation")
    yield Block("signature", content["signature"])
    yield Block("date", date_in_words(content))


def order_of(content: dict[str, Any]) -> list[str]:
    """The names of the sections in their order; format 1 knew only one."""
    order: list[str] = content.get("order", ["one", "two", "three"])
    return order


def section_heading(place: int, section: dict[str, Any]) -> str:
    return f"{NUMERALS[place]}、{section['title']}"


def section_two(content: dict[str, Any]) -> Iterator[Block]:
    """The categories with their items."""
    for category in content["sections"]["two"]["categories"]:
        number = category["number"]
        yield Block("category", category_heading(category), place=f"category:{number}", anchor=f"c{number}")
        for item in category["items"]:
            yield from _item(item)


def lasting(section: dict[str, Any]) -> Iterator[Block]:
    """What needs lasting effort, numbered anew."""
    for place, entry in enumerate(section["entries"], start=1):
        yield Block("paragraph", entry["text"], head=f"{place}.", anchor=f"l{place}")


def category_heading(category: dict[str, Any]) -> str:
    """（一）“…”问题整改方面 in a content of format 1, which has no headings of its own; as its pattern says in later ones."""
    heading: str = category.get("heading") or f"（{category['label']}）“{category['title']}”{ASPECT}"
    return heading


def _item(item: dict[str, Any]) -> Iterator[Block]:
    place, anchor = f"item:{item['number']}", f"i{item['number']}"
    heading = item.get("heading") or f"{item['number']}.{item['title']}。"
    if "finding" in item:
        yield Block("finding", item["finding"], head=heading, place=place, anchor=anchor)
        yield Block("result", item["text"], head=ANSWER, place=place)
        return
    yield Block("item", item["text"], head=heading, place=place, anchor=anchor)
    for ordinal, text in enumerate(item.get("subitems", ()), start=1):
        yield Block("subitem", text, head=CIRCLES[ordinal - 1] if ordinal <= len(CIRCLES) else f"（{ordinal}）", place=place)


def correction_line(content: dict[str, Any]) -> str:
    """What a correction says of itself, above everything else."""
    corrects = content["corrects"]
    which = f"更正第 {corrects['edition']} 版" if "edition" in corrects else "为更正"
    reason = corrects["reason"]
    return f"本版{which}。更正理由：{reason}{'' if reason.endswith(('。', '！', '？')) else '。'}"


def contact_line(content: dict[str, Any]) -> str:
    contact = content["contact"]
    return f"联系电话：{contact['phone']}；通信地址：{contact['address']}；邮政编码：{contact['postcode']}；电子邮箱：{contact['email']}。"


def item_of(place: str) -> int | None:
    """The issue in whose item the place is; None for all other places."""
    kind, _colon, number = place.partition(":")
    return int(number) if kind == "item" else None


def where(place: str) -> str:
    """A place of the notice in words: 第 7 条, 第一部分."""
    kind, _colon, number = place.partition(":")
    if kind == "item":
        return f"第 {number} 条"
    return f"第 {number} 个方面标题" if kind == "category" else WHERE.get(place, "章节标题或落款")


def date_in_words(content: dict[str, Any]) -> str:
    return long_date(dt.date.fromisoformat(content["date"]))


def _paragraphs(parts: list[dict[str, str]], place: str, prefix: str) -> Iterator[Block]:
    for number, part in enumerate(parts, start=1):
        yield Block("paragraph", part["text"], head=part["head"], place=place, anchor=f"{prefix}{number}")
