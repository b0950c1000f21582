"""What a page shows around the content of a notice: table of contents, length, fingerprint in groups. Computed from the content only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.issues.models import Inspection
from apps.reports.blocks import ANCHORS, Block, blocks_of, contact_line, correction_line, date_in_words, order_of, section_heading
from apps.reports.content import Content
from apps.reports.figures import PLACEHOLDERS, counts

CHARACTERS_A_MINUTE = 500
GROUP = 8
PREFIXES = {"one": "a", "three": "b"}


@dataclass(frozen=True)
class Line:
    """One line of the table of contents; ``span`` is the range of items under it."""

    anchor: str
    label: str
    level: int
    span: str = ""


@dataclass(frozen=True)
class Stretch:
    """What stands together on the page: a category with its items, or rows that belong to none.

    Each row holds the blocks of one item, or a single block of another kind.
    """

    category: Block | None
    rows: list[list[Block]]


@dataclass(frozen=True)
class Page:
    """A notice as its page shows it."""

    content: Content
    stretches: list[Stretch]
    toc: list[Line]
    items: int
    characters: int
    minutes: int
    contact: str
    date: str
    correction: str = ""


def page_of(content: Content) -> Page:
    blocks = list(blocks_of(content))
    characters = sum(not character.isspace() for block in blocks for character in block.line)
    return Page(
        content=content,
        stretches=stretches_of(blocks),
        toc=toc_of(content),
        items=sum(len(category["items"]) for category in content["sections"]["two"]["categories"]),
        characters=max(100, round(characters, -2)),
        minutes=math.ceil(characters / CHARACTERS_A_MINUTE),
        contact=contact_line(content),
        date=date_in_words(content),
        correction=correction_line(content) if "corrects" in content else "",
    )


def stretches_of(blocks: Iterable[Block]) -> list[Stretch]:
    """The blocks in their order, gathered: the page is made of these and of nothing else, so it cannot differ from the text."""
    found = [Stretch(None, [])]
    for block in blocks:
        if block.kind == "category":
            found.append(Stretch(block, []))
        elif block.number is None:
            if found[-1].category:
                found.append(Stretch(None, []))
            found[-1].rows.append([block])
        elif found[-1].rows and found[-1].rows[-1][0].number == block.number:
            found[-1].rows[-1].append(block)
        else:
            found[-1].rows.append([block])
    return found


def toc_of(content: Content) -> list[Line]:
    """The sections, the run-in headings of 一 and 三 up to their first comma, the categories of 二 with their items."""
    lines: list[Line] = []
    for place, name in enumerate(order_of(content)):
        section = content["sections"][name]
        lines.append(Line(ANCHORS[name], section_heading(place, section), 1))
        if name in PREFIXES:
            lines += _run_ins(PREFIXES[name], section["paragraphs"])
        elif name == "two":
            lines += [
                Line(f"c{category['number']}", f"（{category['label']}）{category['title']}", 2, _span(category))
                for category in section["categories"]
            ]
    return lines


def places_of(inspection: Inspection) -> list[dict[str, str]]:
    """The placeholders with what they would say now."""
    found = counts(inspection)
    return [
        {"written": place.written, "explanation": place.explanation, "now": place.read(found) or "台账中还没有"}
        for place in PLACEHOLDERS.values()
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
