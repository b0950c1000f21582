"""Lists as offices lay them out: whatever the order and the words of the columns, the same content gives the same tree."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from apps.measures.importing.headings import BY_NAME, FIELDS, meaning_of
from apps.measures.importing.listing import Round, Settings, layouts_of, tree_of
from apps.measures.importing.opening import opened
from apps.measures.importing.tree import Kind, Level, Node, Tree
from apps.units.errors import ActRefused
from tests.lists import Rows, workbook

pytestmark = pytest.mark.once
ROUND = Round(dt.date(2025, 2, 20))

# heading | field
HEADINGS = """
序　号 | number
问题编号 | number
反馈问题（大类） | category
问题类别 | category
问题方面 | category
巡察反馈问题 | finding
县委巡察反馈具体问题 | finding
存在的主要问题 | finding
反馈意见原文 | finding
整 改 目 标 | goal
整改标准及预期目标 | goal
具体整改措施（逐条明确） | text
拟采取的整改措施 | text
工作举措 | text
牵头县领导 | lead_official
责任领导及职务 | lead_official
分管领导 | lead_official
牵头单位（责任单位） | lead_unit
整改责任单位 | lead_unit
主责部门 | lead_unit
责任科室 | lead_unit
责任单位（配合） | supporting_units
配合责任单位 | supporting_units
协办部门 | supporting_units
具体责任人 | person
联系人及电话 | person
整改完成时限 | due
完成时限（年月日） | due
时间节点 | due
整改时间要求 | due
整改类型（立行立改/限期整改/长期坚持） | pace
整改进展情况（截至6月底） | progress
是否完成 | state
未完成原因及下步措施 | unfinished
建章立制（文件名、文号） | regulations
销号时间及审核人 | closing
佐证材料清单 | evidence
备　注 | remark
"""
LINES = [tuple(part.strip() for part in line.split("|")) for line in HEADINGS.strip().splitlines()]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_headings_of_offices(line: tuple[str, str]) -> None:
    assert meaning_of(line[0]).name == line[1]


@pytest.mark.parametrize("text", ["1", "", "某县委第三巡察组反馈意见整改落实工作台账及情况说明汇总", "甲乙丙丁", "2025年8月"])
def test_what_is_no_heading_means_nothing(text: str) -> None:
    assert meaning_of(text).name == ""


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_known_word_means_its_field(field: Any) -> None:
    assert [word for word in field.words.split() if meaning_of(word).name != field.name] == []


def read(data: bytes, name: str = "台账.xlsx", **choices: Any) -> Tree:
    chosen = Settings.from_json(choices)
    return tree_of(layouts_of(opened(name, data), {}, chosen), chosen, ROUND)


def told(tree: Tree) -> list[Any]:
    """Aspect, finding, and of each measure text, units, person and day."""
    return [
        (category.text("title"), issue.text("finding"), [measure_told(node) for node in issue.of_kind(Kind.MEASURE)])
        for category in tree.nodes
        for issue in category.of_kind(Kind.ISSUE)
    ]


def measure_told(node: Node) -> tuple[str, ...]:
    return tuple(node.text(name) for name in ("text", "lead_unit", "supporting_units", "person", "due_on"))


CONTENT = [
    ("党的建设方面", "中心组学习不够经常，联系实际少", [("制定学习计划", "宣传部", "组织部、党校", "张三", "2025-06-30")]),
    (
        "党的建设方面",
        "重大事项研究不够深入，督办少",
        [("召开专题会议", "委办公室", "政府办公室", "李四", "2025-08-31"), ("建立督办台账", "督查室", "", "王五", "2025-12-31")],
    ),
    ("作风建设方面", "文山会海没有减下来，基层意见大", [("精简会议文件", "政府办公室", "宣传部", "赵六", "2025-09-30")]),
    (
        "作风建设方面",
        "服务群众不够主动，办件拖延",
        [("公开办事流程", "审批局", "", "孙七", "2025-07-31"), ("开展明查暗访", "纪委", "审批局", "周八", "2025-10-31")],
    ),
]
FIELD_NAMES = ("number", "category", "finding", "text", "lead_unit", "supporting_units", "person", "due")
UNIQUE = {name: [word for word in BY_NAME[name].words.split() if len(word) > 1] for name in FIELD_NAMES}
DATES = ("{0:%Y-%m-%d}", "{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}", "{0.year}年{0.month}月底前", "serial", "date")
SEPARATORS = "、，,；/\n"


def shaped(day: str, shape: str) -> Any:
    value = dt.date.fromisoformat(day)
    if shape == "serial":
        return (value - dt.date(1899, 12, 30)).days
    return value if shape == "date" else shape.format(value)


@st.composite
def layouts(draw: Any) -> tuple[Rows, list[str]]:
    """A sheet with that content: order and words of the columns, titles above, blank columns, merged, repeated or blank cells."""
    order = list(draw(st.permutations(FIELD_NAMES)))
    words = {name: draw(st.sampled_from(UNIQUE[name])) for name in FIELD_NAMES}
    extra = draw(st.sampled_from([(), ("备注",), ("整改进展", "佐证材料")]))
    titles: list[tuple[str, ...]] = draw(st.sampled_from([[], [("某区整改台账",)], [("附件1",), ("某区巡察整改台账",), ()]]))
    how = draw(st.sampled_from(("merged", "repeated", "blank")))
    shape, mark = draw(st.sampled_from(DATES)), draw(st.sampled_from(SEPARATORS))
    wide = draw(st.booleans())
    heads = [*(words[name] for name in order), *extra]
    rows: list[tuple[Any, ...]] = [*titles, tuple(" ".join(head) if wide else head for head in heads)]
    merges: list[str] = []
    for number, (category, finding, measures) in enumerate(CONTENT, start=1):
        first = len(rows) + 1
        for place, (text, lead, support, person, day) in enumerate(measures):
            shared = how == "repeated" or place == 0
            cells = {
                "number": "０１２３４５６７８９"[number] if wide and shared else number if shared else None,
                "category": category if shared else None,
                "finding": finding if shared else None,
                "text": text,
                "lead_unit": f"区{lead}",
                "supporting_units": mark.join(f"区{unit}" for unit in support.split("、")) if support else "无",
                "person": person,
                "due": shaped(day, shape),
            }
            rows.append((*(cells[name] for name in order), *("已推进" for _word in extra)))
        if how == "merged" and len(measures) > 1:
            for name in ("number", "category", "finding"):
                letter = chr(65 + order.index(name))
                merges.append(f"{letter}{first}:{letter}{len(rows)}")
    return rows, merges


EXPECTED = [
    (
        category,
        finding,
        [
            (text, f"区{lead}", "、".join(f"区{unit}" for unit in support.split("、")) if support else "", person, day)
            for text, lead, support, person, day in measures
        ],
    )
    for category, finding, measures in CONTENT
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layouts())
def test_any_layout_gives_the_same_tree(made: tuple[Rows, list[str]]) -> None:
    rows, merges = made
    tree = read(workbook(rows, merges))
    assert told(tree) == EXPECTED
    assert [node.value("number") for node in tree.walk(Kind.ISSUE)] == [1, 2, 3, 4]
    assert tree.of_level(Level.ERROR) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(), st.text(max_size=20), st.integers(), st.dates(dt.date(1990, 1, 1)), st.sampled_from([h for h, _f in LINES])
            ),
            max_size=8,
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_sheet_ends_in_an_error(rows: list[list[Any]]) -> None:
    clean = [[_plain(value) for value in row] for row in rows]
    try:
        tree = read(workbook(clean))
    except ActRefused:
        return
    assert Tree.from_json(tree.as_json()) == tree


def _plain(value: Any) -> Any:
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
