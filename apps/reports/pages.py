"""What a page shows around the content of a notice: table of contents, length, fingerprint in groups. Computed from the content only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from apps.reports.blocks import contact_line, correction_line, date_in_words
from apps.reports.content import Content, text_of

CHARACTERS_A_MINUTE = 500
GROUP = 8


@dataclass(frozen=True)
class Line:
    """One line of the table of contents; ``span`` is the range of items under it."""

    anchor: str
    label: str
    level: int
    span: str = ""


@dataclass(frozen=True)
class Page:
    """A notice as its page shows it."""

    content: Content
    toc: list[Line]
    items: int
    characters: int
    minutes: int
    contact: str
    date: str
    correction: str = ""


def page_of(content: Content) -> Page:
    characters = sum(not character.isspace() for character in text_of(content))
    return Page(
        content=content,
        toc=toc_of(content),
        items=sum(len(category["items"]) for category in content["sections"]["two"]["categories"]),
        characters=max(100, round(characters, -2)),
        minutes=math.ceil(characters / CHARACTERS_A_MINUTE),
        contact=contact_line(content),
        date=date_in_words(content),
        correction=correction_line(content) if "corrects" in content else "",
    )


def toc_of(content: Content) -> list[Line]:
    """The three sections, the run-in headings of 一 and 三 up to their first comma, the categories of 二 with their items."""
    one, two, three = (content["sections"][name] for name in ("one", "two", "three"))
    return [
        Line("s1", f"一、{one['title']}", 1),
        *_run_ins("a", one["paragraphs"]),
        Line("s2", f"二、{two['title']}", 1),
        *(
            Line(f"c{category['number']}", f"（{category['label']}）{category['title']}", 2, _span(category))
            for category in two["categories"]
        ),
        Line("s3", f"三、{three['title']}", 1),
        *_run_ins("b", three["paragraphs"]),
    ]


def groups_of(fingerprint: str) -> list[str]:
    """A fingerprint in groups of eight characters, as people compare it."""
    return [fingerprint[start : start + GROUP] for start in range(0, len(fingerprint), GROUP)]


def _run_ins(prefix: str, paragraphs: list[dict[str, Any]]) -> list[Line]:
    return [
        Line(f"{prefix}{number}", part["head"].removesuffix("。").split("，", 1)[0], 2)
        for number, part in enumerate(paragraphs, start=1)
        if part["head"]
    ]


def _span(category: Content) -> str:
    numbers = [item["number"] for item in category["items"]]
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
