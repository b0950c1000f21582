"""Several measures in one cell: each numbering of offices, what is no numbering, and that nothing of a cell is ever lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.measures.importing.splitting import split

pytestmark = pytest.mark.once

THREE = ["修订管理办法", "开展专题培训", "建立工作台账"]
CHINESE = "一二三四五六七八九"
SHAPES = {
    "1.": lambda number: f"{number}.",
    "1、": lambda number: f"{number}、",
    "１．": lambda number: "０１２３４５６７８９"[number] + "．",
    "（1）": lambda number: f"（{number}）",
    "(1)": lambda number: f"({number})",
    "1)": lambda number: f"{number}）",
    "①": lambda number: "⓪①②③④⑤⑥⑦⑧⑨"[number],
    "⒈": lambda number: "　⒈⒉⒊⒋⒌⒍⒎⒏⒐"[number],
    "⑴": lambda number: "　⑴⑵⑶⑷⑸⑹⑺⑻⑼"[number],
    "一是": lambda number: f"{CHINESE[number - 1]}是",
    "一、": lambda number: f"{CHINESE[number - 1]}、",
    "（一）": lambda number: f"（{CHINESE[number - 1]}）",
    "第一，": lambda number: f"第{CHINESE[number - 1]}，",
    "措施1：": lambda number: f"措施{number}：",
}
ITEMS = st.lists(st.text(alphabet="落实责任制度培训检查整改台账会议研究部署督促方案", min_size=4, max_size=20), min_size=2, max_size=9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mark", ["；", "。", "\n", "；\n", " "])
def test_every_numbering_is_told_apart(shape: str, mark: str) -> None:
    text = mark.join(f"{SHAPES[shape](number)}{item}" for number, item in enumerate(THREE, start=1))
    found = split(text)
    assert found.how == "numbered"
    assert [item.rstrip("。") for item in found.items] == THREE


@given(ITEMS, st.sampled_from(sorted(SHAPES)), st.sampled_from(("；", "。", "\n")))
def test_as_many_come_out_as_went_in(items: list[str], shape: str, mark: str) -> None:
    text = mark.join(f"{SHAPES[shape](number)}{item}" for number, item in enumerate(items, start=1))
    assert [item.rstrip("。") for item in split(text).items] == items


@given(ITEMS)
def test_semicolons_part_measures_without_numbers(items: list[str]) -> None:
    assert split("；".join(items)).items == items
    assert split("；".join(items), semicolons=False).items == ["；".join(items)]


WHOLE = (
    "1.5亿元资金追缴到位，2.3亿元入库",
    "2025.8.31前完成修订",
    "坚持一是一、二是二的态度，修订办法",
    "修订《办法；细则》",
    "完成率由1.2提高到2.3",
    "召开会议，研究部署（其中：1名同志负责；2名同志配合）",
    "修订办法",
)


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_no_numbering_stays_whole(text: str) -> None:
    assert split(text).items == [text]


def test_numbers_within_an_item_stay_in_it() -> None:
    found = split("1.修订办法：（1）甲办法；（2）乙办法。2.开展培训，投入1.5万元。")
    assert found.items == ["修订办法：（1）甲办法；（2）乙办法。", "开展培训，投入1.5万元。"]


def test_a_gap_is_told_and_nothing_is_parted() -> None:
    found = split("1.修订办法 3.建立台账")
    assert (found.items, found.gap) == (["1.修订办法 3.建立台账"], "1.…3.")


def test_words_before_the_first_number_are_kept_with_it_unless_they_are_a_heading() -> None:
    assert split("针对研究不够的问题，1.召开会议；2.制定方案").items[0] == "针对研究不够的问题，召开会议"
    assert split("整改措施：1.召开会议；2.制定方案").items == ["召开会议", "制定方案"]


def words_of(text: str) -> list[str]:
    return re.findall(r"[一-鿿]", text)


@given(st.text(alphabet="1234一二三是、.．（）；。\n①②整改措施落实培训 ", max_size=60))
def test_no_character_is_lost(text: str) -> None:
    found = split(text)
    kept = words_of("".join([found.lead, *found.items]))
    numbers = set("一二三是")
    assert [char for char in kept if char not in numbers] == [char for char in words_of(text) if char not in numbers]
