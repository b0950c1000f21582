"""A notice as data: its items as a table. (Its JSON is the content itself, see ``content.canonical``.)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.measures.papers.archive import csv_line
from apps.reports.blocks import blocks_of
from apps.reports.content import Content
from apps.reports.rendering.licence import licence_line

BOM = b"\xef\xbb\xbf"
"""Without it, Excel reads the file as GBK."""
HEADS = ("编号", "方面", "条目", "反馈问题", "整改情况", "说明")
LICENCE = "使用许可"
"""One more column in what is for everybody."""
ITEM = "item:"


@dataclass
class Item:
    """One issue as the notice tells it: its heading, the finding where the layout has it, and what was done, a line each."""

    number: str
    category: str
    heading: str
    finding: str = ""
    told: list[str] = field(default_factory=list)


def items_csv(content: Content) -> bytes:
    """The items in the order of the notice."""
    note = content.get("demonstration") or ""
    rows = [(item.number, item.category, item.heading, item.finding, "\n".join(item.told), note) for item in items_of(content)]
    if content.get("audience", "society") != "society":
        return BOM + b"".join(map(csv_line, (HEADS, *rows)))
    line = licence_line()
    return BOM + b"".join(map(csv_line, ((*HEADS, LICENCE), *((*row, line) for row in rows))))


def items_of(content: Content) -> Iterator[Item]:
    """The blocks of section 二, those of one issue together."""
    category, item = "", None
    for block in blocks_of(content):
        kind: str = block.kind
        if kind == "category":
            category = block.line
        if not block.place.startswith(ITEM):
            continue
        number = block.place.removeprefix(ITEM)
        if item is None or item.number != number:
            if item is not None:
                yield item
            item = Item(number, category, block.head)
        if kind == "finding":
            item.finding = block.text
        else:
            # Its head is the item's heading, or 整改情况：, which is the column's; a line below has a number of its own.
            item.told.append(block.text if kind in ("item", "result") else block.line)
    if item is not None:
        yield item
