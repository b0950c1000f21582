"""A notice as data: the exact bytes that are hashed, and its items as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.measures.papers.archive import csv_line
from apps.reports.blocks import Block, blocks_of
from apps.reports.content import Content

BOM = b"\xef\xbb\xbf"
"""Without it, Excel reads the file as GBK."""
HEADS = ("编号", "方面", "条目", "整改情况", "说明")


def items_csv(content: Content) -> bytes:
    """The items in the order of the notice. 条目 and 整改情况 together are the item as the page shows it."""
    note = content.get("demonstration") or ""
    lines = [csv_line((block.place.partition(":")[2], category, block.head, block.text, note)) for category, block in items_of(content)]
    return BOM + b"".join((csv_line(HEADS), *lines))


def items_of(content: dict[str, Any]) -> Iterator[tuple[str, Block]]:
    """Each item with the heading it stands under."""
    category = ""
    for block in blocks_of(content):
        if block.kind == "category":
            category = block.line
        elif block.kind == "item":
            yield category, block
