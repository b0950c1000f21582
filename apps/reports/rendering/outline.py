"""How deep each block stands in the table of contents of a paper: bookmarks of the PDF and headings of the DOCX are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.reports.blocks import Block, blocks_of
from apps.reports.content import Content

HEADINGS = {"section": 1, "category": 2}
RUN_IN = {"paragraph": 2, "item": 3, "finding": 3}
CLOSING = ("signature", "date")


@dataclass(frozen=True)
class Line:
    """A block of the paper. ``level`` is 0 where it is no heading and begins with none; ``is_heading`` where it is one as a whole."""

    block: Block
    level: int
    is_heading: bool


def lines_of(content: Content) -> Iterator[Line]:
    """All blocks but the signature and the date."""
    for block in blocks_of(content):
        if block.kind in HEADINGS:
            yield Line(block, HEADINGS[block.kind], is_heading=True)
        elif block.kind not in CLOSING:
            # A number alone is no heading.
            names_something = not block.head.rstrip(".").isdigit()
            yield Line(block, RUN_IN.get(block.kind, 0) if block.head and names_something else 0, is_heading=False)


def closing_of(content: Content) -> dict[str, str]:
    """The signature and the date."""
    return {str(block.kind): block.line for block in blocks_of(content) if block.kind in CLOSING}
