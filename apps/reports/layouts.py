"""How a notice is laid out (domain.md §2.4): the layout of its items, the patterns of its headings, the order of its sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from apps.reports.figures import STRAY, names_in
from apps.reports.models import Notice

SECTIONS = ("one", "two", "three")
LASTING = "lasting"
LASTING_TITLE = "需长期坚持的事项"
SECTION_NAMES = {"one": "组织整改落实情况", "two": "整改进展情况", LASTING: LASTING_TITLE, "three": "下步打算"}
CATEGORY_NAMES = {"序号": "方面的中文序号，如“一”", "编号": "方面的数字序号，如“1”", "标题": "方面标题"}
ITEM_NAMES = {"编号": "问题编号，全文连续", "小序号": "在本方面内的序号", "标题": "条目标题"}
ORDERS = (("one", "two", "three"), ("one", "two", LASTING, "three"), ("two", "one", "three"), ("two", "one", LASTING, "three"))


@dataclass(frozen=True)
class Arrangement:
    """A layout with its patterns and the order of the sections."""

    layout: str
    category_pattern: str
    item_pattern: str
    order: tuple[str, ...]


PRESETS = {
    Notice.Layout.TITLED.value: ("（{序号}）“{标题}”问题整改方面", "{编号}.{标题}。"),
    Notice.Layout.ANSWERED.value: ("（{序号}）反馈问题：{标题}", "{编号}."),
    Notice.Layout.LEVELLED.value: ("{编号}.关于“{标题}”问题的整改", "（{小序号}）{标题}。"),
}
"""The headings that published notices of each layout have: those of the aspects and those of the items."""


def arrangement_of(notice: Notice) -> Arrangement:
    return Arrangement(notice.layout, notice.category_pattern, notice.item_pattern, tuple(notice.section_order))


def preset(layout: str, order: Sequence[str]) -> Arrangement:
    """The layout with headings as published notices of its kind have them."""
    return Arrangement(layout, *PRESETS[layout], order=tuple(order))


def filled(pattern: str, words: Mapping[str, object]) -> str:
    """The pattern with its names replaced; what stands in a title is never read as a name."""
    parts = []
    rest = pattern
    while rest:
        before, brace, after = rest.partition("{")
        name, _end, rest = after.partition("}")
        parts += [before, str(words[name]) if brace else ""]
    return "".join(parts)


def problems_of_category(pattern: str) -> Iterator[str]:
    yield from _problems(pattern, CATEGORY_NAMES)
    if "标题" not in names_in(pattern):
        yield "方面标题样式要有 {标题}，否则各方面的标题分不清"


def problems_of_item(pattern: str) -> Iterator[str]:
    yield from _problems(pattern, ITEM_NAMES)
    if not {"编号", "小序号"} & set(names_in(pattern)):
        yield "条目标题样式要有 {编号} 或 {小序号}，否则条目没有编号"


def problems_of_order(order: Sequence[str]) -> Iterator[str]:
    """The three sections once each; what needs lasting effort stands directly before the third, or not at all."""
    named = [name for name in order if name != LASTING]
    if sorted(named) != sorted(SECTIONS):
        yield "部分次序要包含三个部分，每个一次"
    elif len(order) != len(named) and (order.count(LASTING) > 1 or order[order.index(LASTING) + 1 :][:1] != ["three"]):
        yield f"“{LASTING_TITLE}”只能放在第三部分之前"


def _problems(pattern: str, known: dict[str, str]) -> Iterator[str]:
    for name in dict.fromkeys(names_in(pattern)):
        if name not in known:
            yield f"没有占位符 {{{name}}}，可用的有 {'、'.join(f'{{{each}}}' for each in known)}"
    if any(STRAY.search(part) for part in [_without_names(pattern)]):
        yield "花括号没有配对，占位符要写成 {标题} 这样的半角花括号"


def _without_names(pattern: str) -> str:
    for name in names_in(pattern):
        pattern = pattern.replace(f"{{{name}}}", "", 1)
    return pattern
