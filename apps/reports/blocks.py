"""The content of a notice as the one list of blocks that every rendering and every check goes through, in the order of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from apps.reports.figures import long_date

Kind = Literal["lead", "section", "paragraph", "category", "item", "contact", "signature", "date"]
ORDINALS = {"one": "一、", "two": "二、", "three": "三、"}
ASPECT = "问题整改方面"


@dataclass(frozen=True)
class Block:
    """One line of the notice. ``head`` is set apart from ``text`` (the run-in heading of a paragraph, the number and title of an item).

    ``place`` is where the office edits it: ``lead``, ``section_one``, ``section_three``, ``invitation``, ``category:2``, ``item:63``,
    ``correction``;
    empty for what is composed (contact line, signature, date). ``anchor`` is its address on the page; empty where it has none.
    """

    kind: Kind
    text: str
    head: str = ""
    place: str = ""
    anchor: str = ""

    @property
    def line(self) -> str:
        return self.head + self.text


def blocks_of(content: dict[str, Any]) -> Iterator[Block]:
    """All blocks below the title."""
    sections = content["sections"]
    if "corrects" in content:
        yield Block("lead", correction_line(content), place="correction")
    yield from (Block("lead", text, place="lead") for text in content["lead"])
    yield Block("section", f"{ORDINALS['one']}{sections['one']['title']}", anchor="s1")
    yield from _paragraphs(sections["one"]["paragraphs"], "section_one", "a")
    yield Block("section", f"{ORDINALS['two']}{sections['two']['title']}", anchor="s2")
    yield from section_two(content)
    yield Block("section", f"{ORDINALS['three']}{sections['three']['title']}", anchor="s3")
    yield from _paragraphs(sections["three"]["paragraphs"], "section_three", "b")
    yield Block("contact", contact_line(content), head=content["invitation"], place="invitation")
    yield Block("signature", content["signature"])
    yield Block("date", date_in_words(content))


def section_two(content: dict[str, Any]) -> Iterator[Block]:
    """The categories with their items."""
    for category in content["sections"]["two"]["categories"]:
        number = category["number"]
        yield Block("category", category_heading(category), place=f"category:{number}", anchor=f"c{number}")
        for item in category["items"]:
            number = item["number"]
            yield Block("item", item["text"], head=f"{number}.{item['title']}。", place=f"item:{number}", anchor=f"i{number}")


def category_heading(category: dict[str, Any]) -> str:
    """（一）“…”问题整改方面, as every notice of this kind writes it."""
    return f"（{category['label']}）“{category['title']}”{ASPECT}"


def correction_line(content: dict[str, Any]) -> str:
    """What a correction says of itself, above everything else."""
    corrects = content["corrects"]
    which = f"更正第 {corrects['edition']} 版" if "edition" in corrects else "为更正"
    reason = corrects["reason"]
    return f"本版{which}。更正理由：{reason}{'' if reason.endswith(('。', '！', '？')) else '。'}"


def contact_line(content: dict[str, Any]) -> str:
    contact = content["contact"]
    return f"联系电话：{contact['phone']}；通信地址：{contact['address']}；邮政编码：{contact['postcode']}；电子邮箱：{contact['email']}。"


def date_in_words(content: dict[str, Any]) -> str:
    return long_date(dt.date.fromisoformat(content["date"]))


def _paragraphs(parts: list[dict[str, str]], place: str, prefix: str) -> Iterator[Block]:
    for number, part in enumerate(parts, start=1):
        yield Block("paragraph", part["text"], head=part["head"], place=place, anchor=f"{prefix}{number}")
