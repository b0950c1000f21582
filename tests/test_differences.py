"""What differs between two texts and between two editions."""

from __future__ import annotations

import itertools

import pytest

from apps.reports.differences import Piece, compare, differences
from config.demo.source import read_source
from tests.test_notice import SOURCE


def marked(old: str, new: str) -> str:
    signs = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in differences(old, new))


CASES = [
    ("已整改到位。", "已整改到位。", "已整改到位。"),
    ("追缴12.22万元。", "追缴12.25万元。", "追缴[-12.22-][+12.25+]万元。"),
    ("收回３家企业", "收回13家企业", "收回[-３-][+13+]家企业"),
    ("处理7名", "处理7名干部", "处理7名[+干部+]"),
    ("", "新增一段", "[+新增一段+]"),
    ("删去一段", "", "[-删去一段-]"),
    ("甲的乙", "丙的丁", "[-甲的乙-][+丙的丁+]"),
    ("", "", ""),
]


@pytest.mark.parametrize(("old", "new", "said"), CASES)
def test_what_is_marked(old: str, new: str, said: str) -> None:
    assert marked(old, new) == said


def test_both_texts_can_be_read_off() -> None:
    """On every pair of neighbouring items of the published notice."""
    texts = [item.body for item in read_source(SOURCE).items]
    for old, new in itertools.pairwise(texts):
        pieces = differences(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
        assert all(piece.text for piece in pieces)


def content(**changed: object) -> dict[str, object]:
    """A content of two categories."""

    def category(number: int, *items: tuple[int, str]) -> dict[str, object]:
        told = [{"number": row, "title": f"事项{row}", "text": text} for row, text in items]
        return {"number": number, "label": "一", "title": f"方面{number}", "items": told}

    facts: dict[str, object] = {
        "title": "通报",
        "lead": ["导语。"],
        "sections": {
            "one": {"title": "组织", "paragraphs": [{"head": "（一）抓整改。", "text": "措施12条。"}]},
            "two": {"title": "进展", "categories": [category(1, (1, "已办。"), (2, "在办。")), category(2, (3, "已办。"))]},
            "three": {"title": "打算", "paragraphs": []},
        },
        "invitation": "欢迎监督。",
        "contact": {"phone": "1", "address": "2", "postcode": "3", "email": "4"},
        "signature": "区委",
        "date": "2025-12-25",
    }
    return {**facts, **changed}


def with_items(*rows: tuple[int, str, str]) -> dict[str, object]:
    found = content()
    items = [{"number": number, "title": title, "text": text} for number, title, text in rows]
    sections = found["sections"]
    assert isinstance(sections, dict)
    sections["two"]["categories"] = [{"number": 1, "label": "一", "title": "方面1", "items": items}]
    return found


def test_same_contents_have_no_differences() -> None:
    found = compare(content(), content())
    assert (found.changes, found.items, found.same_items) == ([], 3, 3)


def test_items_changed_added_and_removed_in_the_order_of_the_newer() -> None:
    old = with_items((1, "甲", "已办。"), (2, "乙", "在办。"), (3, "丙", "已办。"))
    new = with_items((1, "甲", "已办结。"), (3, "丙", "已办。"), (4, "丁", "已办。"))
    found = compare(old, new)
    assert [(change.label, change.kind) for change in found.changes] == [
        ("第 1 条", "changed"),
        ("第 2 条", "removed"),
        ("第 4 条", "added"),
    ]
    assert (found.items, found.same_items) == (3, 1)


def test_a_title_of_an_item_is_part_of_it() -> None:
    found = compare(with_items((1, "甲", "已办。")), with_items((1, "乙", "已办。")))
    assert Piece("gone", "甲") in found.changes[0].pieces
    assert Piece("new", "乙") in found.changes[0].pieces


def test_prose_title_contact_and_date() -> None:
    found = compare(content(), content(title="更正", lead=["导语二。"], date="2025-12-26"))
    assert [change.label for change in found.changes] == ["标题", "导语", "落款日期"]


def test_a_correction_says_so_first() -> None:
    found = compare(content(), content(corrects={"edition": 1, "sha256": "0", "reason": "金额有误"}))
    assert [(change.label, change.pieces[0].text) for change in found.changes] == [("更正说明", "本版更正第 1 版。更正理由：金额有误。")]
