"""The source text of the demonstration notice, cut into sections, items, clauses and numbers.

The published text uses half-width ``, ; : ( )``; everything in the ledger carries full-width Chinese
punctuation, so the text is widened once, here, and all quotes are compared with the widened text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

WIDE = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）"})
CATEGORY = re.compile(r"^（([一二三四五六七八九十]+)）“(.+)”问题整改方面$")
ITEM = re.compile(r"^(\d+)\.([^。]+)。(.+)$")
CLAUSE_ENDS = re.compile(r"[，；。]")
DATE = re.compile(r"\d{4}年(?:\d{1,2}(?:-\d{1,2})?月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日")
NUMBER = re.compile(r"\d+(?:\.\d+)?|[一二两三四五六七八九十]+(?=[家个名人件起项处条次份亩宗笔])")
NUMERALS = {"一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "十": "10"}


@dataclass(frozen=True)
class Number:
    """One number of an item: the text as written, its value as a plain decimal string, and its place."""

    written: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """One numbered entry of section 二: its number, title (without the full stop) and body."""

    number: int
    category: int
    title: str
    body: str

    @property
    def clauses(self) -> list[str]:
        """The body cut at ， ； 。 without the marks."""
        return [part for part in CLAUSE_ENDS.split(self.body) if part]

    @property
    def numbers(self) -> list[Number]:
        """The numbers of the body that are not part of a date."""
        dates = [match.span() for match in DATE.finditer(self.body)]
        return [
            Number(match[0], NUMERALS.get(match[0], match[0]), *match.span())
            for match in NUMBER.finditer(self.body)
            if not any(start <= match.start() < end for start, end in dates)
        ]


@dataclass(frozen=True)
class Source:
    """The whole notice: paragraphs of the lead and of sections 一 and 三, categories and items of 二, close."""

    text: str
    lead: str
    section_one: list[str]
    section_three: list[str]
    categories: list[str]
    items: list[Item]
    contact: str
    signature: str
    date: str


def widen(text: str) -> str:
    """Half-width ``, ; : ( )`` to full width; everything else stays as it is."""
    return text.translate(WIDE)


def squeeze(text: str) -> str:
    """What two texts are compared by: punctuation width and white space do not count."""
    return re.sub(r"\s+", "", widen(text))


def read_source(path: Path) -> Source:
    """Cut the notice at ``path`` into its parts; raises ValueError where its outline is not as expected."""
    lines = [widen(line.strip()) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    heads = [index for index, line in enumerate(lines) if re.match(r"^[一二三]、", line)]
    if len(heads) != 3:
        raise ValueError("通报应有一、二、三三个部分")
    one, two, three = heads
    categories, items = _read_items(lines[two + 1 : three])
    return Source(
        text="\n".join(lines),
        lead="\n".join(lines[:one]),
        section_one=lines[one + 1 : two],
        section_three=lines[three + 1 : -3],
        categories=categories,
        items=items,
        contact=lines[-3],
        signature=lines[-2],
        date=lines[-1],
    )


def _read_items(lines: list[str]) -> tuple[list[str], list[Item]]:
    categories: list[str] = []
    items: list[Item] = []
    for line in lines:
        if found := CATEGORY.match(line):
            categories.append(found[2])
        elif found := ITEM.match(line):
            items.append(Item(int(found[1]), len(categories), found[2], found[3]))
        else:
            raise ValueError(f"不认识的一行：{line[:30]}")
    return categories, items
