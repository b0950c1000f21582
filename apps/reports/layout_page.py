"""The page on which the layout of a notice is chosen: how the notice itself begins in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from apps.reports.blocks import section_two
from apps.reports.content import categories_of
from apps.reports.layouts import CATEGORY_NAMES, ITEM_NAMES, PRESETS, preset, problems_of_category, problems_of_item
from apps.reports.models import Audience, Notice
from apps.reports.pages import Stretch, stretches_of

ITEMS_SHOWN = 2
SOURCES = {
    Notice.Layout.TITLED.value: "条目只写标题和整改情况，不引用反馈原文。",
    Notice.Layout.ANSWERED.value: "先写反馈的问题，再写整改情况，逐条对应。",
    Notice.Layout.LEVELLED.value: "方面、问题、具体措施三级，各方面重新编号。",
}


@dataclass(frozen=True)
class Preview:
    """How the first aspect with its first items would read."""

    layout: str
    label: str
    said: str
    category_pattern: str
    item_pattern: str
    is_chosen: bool
    stretches: list[Stretch]


def previews_of(notice: Notice, chosen: str, written: Mapping[str, str]) -> list[Preview]:
    """One for each layout; ``written``: patterns typed for the chosen one, shown where they can be filled."""
    found = []
    for layout in Notice.Layout:
        laid = preset(layout.value, notice.section_order)
        if layout.value == chosen:
            over, each = written.get("category_pattern", ""), written.get("item_pattern", "")
            laid = replace(laid, category_pattern=over) if over and not list(problems_of_category(over)) else laid
            laid = replace(laid, item_pattern=each) if each and not list(problems_of_item(each)) else laid
        categories = categories_of(notice, Audience.SOCIETY, laid)[:1]
        for category in categories:
            category["items"] = category["items"][:ITEMS_SHOWN]
        stretches = [
            stretch for stretch in stretches_of(section_two({"sections": {"two": {"categories": categories}}})) if stretch.category
        ]
        said, usual = SOURCES[layout.value], PRESETS[layout.value]
        found.append(Preview(layout.value, str(layout.label), said, *usual, layout.value == chosen, stretches))
    return found


def names_shown() -> list[tuple[str, dict[str, str]]]:
    return [("方面标题", CATEGORY_NAMES), ("条目标题", ITEM_NAMES)]
