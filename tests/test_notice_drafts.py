"""Notices of many layouts become drafts: which parts are issues, what each says, and what was not sure.

The texts in ``tests/notices`` are our own, written after the layouts that notices of other places have; no sentence is anybody's.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.measures.importing.notices.claims import Counted
from apps.measures.importing.notices.draft import Doubt, Draft, DraftCategory, DraftIssue
from apps.measures.importing.notices.lines import lines_of
from apps.measures.importing.notices.planned import planned
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in, lines_of_text
from apps.measures.importing.tree import Kind, Level, Tree
from apps.measures.numbers.numerals import FACTORS, numerals_in
from apps.units.errors import ActRefused

FOLDER = Path(__file__).parent / "notices"
SHAXIAN = Path(__file__).parent.parent / "fixtures" / "shaxian-2025"
LAYOUTS = {
    "about-paragraphs": [2, 2, 1],
    "account-heads": [2, 2, 1, 1],
    "action-measures": [4],
    "acts-that-answer": [2, 2],
    "answered-inline": [4],
    "answers-in-one-paragraph": [3, 3],
    "aspects-by-words": [2, 2, 2, 2],
    "audit": [2, 2, 2],
    "boxed-aspects": [2, 2, 1],
    "bracketed-labels": [4],
    "by-progress": [3, 2],
    "by-task": [4],
    "by-village": [2, 3, 2],
    "cards": [3],
    "circled-problems": [3, 2],
    "company-headings": [2, 2, 1],
    "contents-and-dashes": [2, 1],
    "continuous-below-groups": [4, 3, 2],
    "continuous-imperatives": [3, 2, 2],
    "dashed-numbers": [2, 2],
    "decimals": [2, 3],
    "department": [2, 2, 1],
    "dun-digit": [2, 2, 1],
    "feedback": [4],
    "fields-by-line": [2],
    "finding-label-only": [3],
    "finding-labels-below-aspects": [2, 2, 1],
    "first-are-issues": [2, 1, 2, 1],
    "first-part-like-account": [4],
    "half-digit-issues": [2, 1],
    "halfwidth": [2, 2, 2, 2],
    "hard-wrapped": [3],
    "heading-then-paragraph": [3, 3],
    "imperative-restart": [3, 2, 3],
    "issues-at-second-level": [5],
    "labelled-owners": [2, 2],
    "labelled-tops": [3],
    "labels-three": [2, 2],
    "letters": [3, 2],
    "listed-first": [2, 1],
    "long-term-issues": [2, 2, 1, 1],
    "no-preface-sections": [3],
    "numbered-finding-labels": [2, 2, 2],
    "numbered-labels": [2, 1],
    "numbered-measure-labels": [2, 2],
    "owners-in-brackets": [2, 2],
    "owners-in-line": [4],
    "paired-lists": [2, 1],
    "parts-in-brackets": [2, 2, 1],
    "problem-labels": [2, 2, 1],
    "problem-word-ends": [3, 2, 2, 1],
    "progress-and-next": [4],
    "provincial-outline": [2, 3, 2, 2],
    "quoted-three-levels": [3, 2],
    "spaced-labels": [3],
    "status-in-head": [2, 3],
    "three-levels": [3, 3],
    "top-categories": [2, 2, 2, 1],
    "university-parts": [2, 2, 2, 1, 2],
    "unnumbered": [4],
    "unnumbered-parts": [2, 1],
    "village": [2, 2, 1],
}
"""Issues by aspect, as somebody who reads the text counts them."""


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def draft_of(name: str) -> Draft:
    return read(lines_of(text_of(name)))


def shape(draft: Draft) -> list[int]:
    return [len(category.issues) for category in draft.categories]


def doubts_of(draft: Draft) -> list[Doubt]:
    """All doubts of the text, in its order."""
    parts: list[Draft | DraftCategory | DraftIssue] = [draft, *draft.categories, *draft.issues]
    return sorted((doubt for part in parts for doubt in part.doubts), key=lambda doubt: doubt.line)


def issue(draft: Draft, number: int) -> DraftIssue:
    return next(one for one in draft.issues if one.number == number)


def test_every_layout_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_read(name: str) -> None:
    draft = draft_of(name)
    assert shape(draft) == LAYOUTS[name]
    assert [one.number for one in draft.issues] == list(range(1, sum(LAYOUTS[name]) + 1))
    assert all(one.title and len(one.title) <= 40 for one in draft.issues)
    assert all(one.body for one in draft.issues) or name == "feedback"


WRITTEN: dict[str, Callable[[str], str]] = {
    "crlf and indents": lambda text: "\r\n\r\n".join(f"　　{line}" for line in text.split("\n")),
    "ideographic stop": lambda text: re.sub(r"^(\d+)[.．](?!\d)", r"\1、", text, flags=re.MULTILINE),
    "half width": lambda text: text.translate(str.maketrans("，；：！？（）", ",;:!?()")),
    "number alone": lambda text: re.sub(r"^(\d+[.．、](?!\d)|[（(][一二三四五六]+[）)])", r"\1\n", text, flags=re.MULTILINE),
    "page numbers": lambda text: text.replace("\n三、", "\n— 3 —\n三、").replace("\n（二）", "\n第 2 页 共 9 页\n（二）"),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_read_however_they_are_written(name: str, way: str) -> None:
    plain, other = draft_of(name), read(lines_of(WRITTEN[way](text_of(name))))
    assert shape(other) == shape(plain)
    assert sum(len(one.figures) for one in other.issues) == sum(len(one.figures) for one in plain.issues)
    assert other.contact.phones == plain.contact.phones


BROKEN = (
    "about-paragraphs",
    "boxed-aspects",
    "contents-and-dashes",
    "continuous-below-groups",
    "dashed-numbers",
    "decimals",
    "paired-lists",
    "spaced-labels",
)
"""Headings without a stop that are told by their line alone: nobody could part them when all line breaks are gone."""


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - set(BROKEN)))
def test_missing_line_breaks_do_not_matter(name: str) -> None:
    assert shape(read(lines_of(text_of(name).replace("\n", "")))) == LAYOUTS[name]


def test_labels_become_fields() -> None:
    first, second, _third, fourth = draft_of("labels-three").issues
    assert (first.title, first.status, len(first.measures)) == ("村级诊所布局不合理", "已完成", 2)
    assert (second.status, fourth.status) == ("阶段性完成", "整改中")
    told = draft_of("finding-label-only")
    canteen = issue(told, 2)
    assert canteen.finding == "食堂食材采购验收不严。"
    assert (canteen.status, canteen.lead_unit, canteen.supporting, canteen.official) == ("长期坚持", "总务处", ("工会",), "分管后勤副校长")
    assert [measure.text for measure in canteen.measures] == ["更换供货商1家", "安装验收监控3个", "每月抽检。"]
    assert [one.status for one in draft_of("status-in-head").issues] == ["已完成", "长期坚持", "长期坚持", "已完成", "已完成"]


def test_findings_are_the_words_of_the_inspection() -> None:
    draft = draft_of("three-levels")
    assert issue(draft, 1).finding == "中心组学习不够深。2022年只开展学习6次，研讨发言流于形式"
    assert (issue(draft, 1).title, issue(draft, 1).group) == ("中心组学习不够深", "理论武装抓得不够紧")
    assert draft.categories[0].title == "贯彻上级部署不够有力，作用发挥不足"
    assert [figure.written for figure in issue(draft, 1).figures] == ["10次"], "numbers of the finding are no results"
    assert [one.finding for one in draft_of("listed-first").issues] == [
        "退出低效投资不够及时",
        "三项制度改革不够深入",
        "基层支部书记述职走过场",
    ]


def test_parts_that_hold_no_issue_are_named() -> None:
    parts = {part.title: part.role for part in draft_of("labels-three").parts}
    assert parts == {"一、组织整改落实情况": "组织整改落实情况", "三、下一步工作安排": "下一步打算"}
    later = draft_of("long-term-issues")
    assert any(doubt.code == "part" and "需长期坚持" in doubt.words for doubt in doubts_of(later))


def test_totals_claimed_stand_beside_those_found() -> None:
    totals = {total.claim.counted: (total.claim.number, total.found, total.agrees) for total in draft_of("labels-three").totals}
    assert totals[Counted.ISSUES] == (4, 4, True)
    assert totals[Counted.DONE] == (2, 2, True)
    assert totals[Counted.REGULATIONS] == (6, None, None)
    short = read(lines_of(text_of("labels-three").replace("反馈的4个具体问题", "反馈的5个具体问题")))
    assert any(doubt.code == "total" and "读出 4 个" in doubt.words for doubt in doubts_of(short))
    aspects = draft_of("issues-at-second-level")
    assert any(doubt.code == "total" and "3 个方面" in doubt.words for doubt in doubts_of(aspects))


def test_numbers_left_out_are_told() -> None:
    text = text_of("imperative-restart").replace("2.健全“三全育人”机制。", "4.健全“三全育人”机制。")
    draft = read(lines_of(text))
    assert shape(draft) == LAYOUTS["imperative-restart"]
    assert any(doubt.code == "numbering" and "4." in doubt.words for doubt in doubts_of(draft))


AMBIGUOUS = """关于巡察整改情况的通报
一、整改落实情况
（一）党委领导作用发挥不够
1.议事规则执行不严
2.班子分工不清晰
（二）资产管理不规范
1.账实不符
2.处置程序缺失
"""


def test_where_two_readings_are_close_both_are_told() -> None:
    draft = read(lines_of(AMBIGUOUS))
    assert len(draft.readings) > 1
    other = next(reading for reading in draft.readings if not reading.chosen)
    again = read(lines_of(AMBIGUOUS), reading=other.key)
    assert next(reading for reading in again.readings if reading.chosen).key == other.key
    assert shape(again) != shape(draft) or len(again.categories) != len(draft.categories)


@pytest.mark.parametrize("text", ["今天天气很好。\n会议在三楼召开。", "通知\n请各单位于周五前报送材料。", "1.\n2.\n3."])
def test_what_is_no_notice_is_said_to_be_none(text: str) -> None:
    draft = read(lines_of(text))
    assert sum(shape(draft)) <= 1
    assert any(doubt.code in ("nothing", "uneven", "part", "no-body") for doubt in doubts_of(draft))


def test_contact_and_round() -> None:
    draft = draft_of("problem-labels")
    assert draft.contact.phones == ("0734-2210876",)
    assert (draft.contact.postcode, draft.contact.signature) == ("421005", "中共临汐区委")
    assert (draft.facts.inspector, draft.facts.inspected, draft.facts.kind) == ("省委第八巡视组", "临汐区委", "巡视")
    assert (draft.facts.on_site_from, draft.facts.on_site_to) == (dt.date(2025, 3, 3), dt.date(2025, 5, 16))
    assert (draft.facts.feedback_on, draft.facts.signed_on) == (dt.date(2025, 6, 20), dt.date(2026, 1, 30))


# -- the demonstration ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shaxian() -> Draft:
    return read(lines_of((SHAXIAN / "notice.txt").read_text(encoding="utf-8")))


def test_the_demonstration_has_six_aspects_and_83_issues(shaxian: Draft) -> None:
    assert shape(shaxian) == [6, 16, 13, 8, 26, 14]
    assert [int(one.printed.rstrip(".")) for one in shaxian.issues] == list(range(1, 84))
    assert not [doubt for doubt in doubts_of(shaxian) if doubt.weighty]
    assert {total.claim.number: total.found for total in shaxian.totals} == {6: 6, 83: 83, 360: None, 115: None}


def test_the_demonstration_has_its_titles_and_figures(shaxian: Draft) -> None:
    issues = {one.number: one for one in shaxian.issues}
    checked = 0
    for path in sorted(SHAXIAN.glob("category-*.yaml")):
        for known in yaml.safe_load(path.read_text(encoding="utf-8"))["issues"]:
            own = issues[known["number"]]
            assert own.title.replace(",", "，") == known["title"].replace(",", "，")
            for row in known.get("indicators", []):
                if row.get("quote"):
                    value = Decimal(str(row["value"])) * FACTORS.get(row["unit"][0], 1)
                    same = [figure for figure in own.figures if value in figure.values]
                    assert same, (known["number"], row["name"])
                    assert not row.get("as_of") or same[0].as_of == row["as_of"], (known["number"], row["name"])
                    checked += 1
    assert checked == 135


def test_no_figure_of_the_demonstration_is_lost(shaxian: Draft) -> None:
    for one in shaxian.issues:
        assert [figure.written for figure in one.figures] == [found.written for found in numerals_in(one.body) if found.kind == "quantity"]


# -- files ---------------------------------------------------------------------------------------------------------


def docx(lines: list[str], *, style: str = "Normal") -> bytes:
    made, out = Document(), io.BytesIO()
    for line in lines:
        made.add_paragraph(line, style=style)
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_texts_of_every_usual_encoding(encoding: str) -> None:
    assert shape(read(lines_in(text_of("labels-three").encode(encoding)))) == LAYOUTS["labels-three"]


def test_word_documents() -> None:
    data = docx(text_of("labels-three").split("\n"))
    assert shape(read(lines_in(data))) == LAYOUTS["labels-three"]


def test_numbers_that_word_only_shows_are_written_out() -> None:
    lines = lines_in(docx(["财务管理不规范。整改情况：清退3万元。", "合同管理不严。整改情况：补签2份。"], style="List Number"))
    assert [line.text[:4] for line in lines] == ["1.财务", "2.合同"]


def test_tables_of_a_document_are_entries() -> None:
    made, out = Document(), io.BytesIO()
    made.add_paragraph("关于巡察整改情况的公示")
    table = made.add_table(rows=1, cols=4)
    for cell, words in zip(table.rows[0].cells, ("序号", "反馈问题", "整改情况", "整改状态"), strict=True):
        cell.text = words
    for number, finding in enumerate(("公务接待审批不严", "食堂采购不规范"), 1):
        for cell, words in zip(table.add_row().cells, (str(number), finding, f"清退{number}.5万元。", "已完成"), strict=True):
            cell.text = words
    made.save(out)
    draft = read(lines_in(out.getvalue()))
    assert [(one.title, one.status, one.figures[0].written) for one in draft.issues] == [
        ("公务接待审批不严", "已完成", "1.5万元"),
        ("食堂采购不规范", "已完成", "2.5万元"),
    ]


def page(text: str) -> str:
    title, *rest = text.split("\n")
    told = "".join(f'<p style="text-indent:2em">&emsp;&emsp;<span>{line[:5]}</span><strong>{line[5:]}</strong></p>' for line in rest)
    menu = "<ul><li>首页</li><li>政务公开</li><li>1.机构</li></ul>"
    head = f'<head><meta charset="gbk"><title>{title}-江渚县人民政府</title><script>var a="（一）b";</script></head>'
    return (
        f"<html>{head}<body><div>{menu}</div><h1>{title}</h1>{told}<p>打印 关闭</p><p>1.上一篇</p><footer>版权所有</footer></body></html>"
    )


@pytest.mark.parametrize("name", ["labels-three", "imperative-restart", "problem-labels", "action-measures"])
def test_saved_pages(name: str) -> None:
    draft = read(lines_in(page(text_of(name)).encode("gbk")))
    assert shape(draft) == LAYOUTS[name]
    assert draft.facts.title.startswith("中共")


def package(body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("word/document.xml", body)
    return out.getvalue()


BOMB = "<!DOCTYPE w [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><w>&b;</w>"
REFUSED = {
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "旧版 Word"),
    "a.pdf": (b"%PDF-1.4\n", "PDF"),
    "empty.txt": (b"", "没有读到文字"),
    "blank.txt": (" \n\n　".encode(), "没有读到文字"),
    "cut.docx": (docx(["一、整改情况"])[:900], "不完整或已损坏"),
    "bomb.docx": (package(BOMB), "不完整或已损坏"),
    "swollen.docx": (package(f"<w>{' ' * 60_000_000}</w>"), "展开后过大"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "不是文本"),
    "long.txt": (("问题。" * 700_000).encode(), "太长"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words(name: str) -> None:
    data, words = REFUSED[name]
    with pytest.raises(ActRefused) as refused:
        lines_in(data)
    assert words in refused.value.message


PIECES = [
    *[
        "一、",
        "（一）",
        "1.",
        "1、",
        "（1）",
        "①",
        "一是",
        "二是",
        "关于“",
        "”问题",
        "整改情况：",
        "反馈问题：",
        "整改状态：已完成",
        "3万元",
        "《办法》",
        "。",
        "；",
    ],
    "\n",
    "\t",
]
WORDS = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(alphabet="不到位整改问题方面落实\n。1.", max_size=12),
    ),
    max_size=60,
)


@given(WORDS)
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reader(words: list[str]) -> None:
    tree = planned(read(lines_of_text("".join(words))))
    assert Tree.from_json(tree.as_json()).as_json() == tree.as_json()
    assert len({node.key for node in tree.walk()}) == sum(1 for _node in tree.walk())


def test_guesses_are_marked_in_the_tree() -> None:
    tree = planned(draft_of("imperative-restart"))
    first = next(tree.walk(Kind.ISSUE))
    assert not first.leaves["finding"].sure, "the text does not quote the finding"
    assert not first.of_kind(Kind.MEASURE)[0].leaves["text"].sure, "the measures are not numbered"
    assert [(rule.text("title"), rule.value("taken")) for rule in first.of_kind(Kind.REGULATION)] == [("思政课教师管理办法", True)]
    assert all(one.origin.line for one in tree.findings if one.level == Level.WARNING)


def test_states_that_open_an_account_and_names_around_a_number() -> None:
    """The state is no part of a measure, a unit of any name is a unit, and 约谈 is no estimate."""
    said = [
        "一、党的建设方面",
        "1.关于制度不健全的问题。整改情况：长期坚持。修订制度3项，约谈负责人5人次。",
        "2.关于资金滞留的问题",
        "责任股室：办公室",
        "整改情况：已完成。截至2024年10月31日已到位资金28万元。",
        "3.关于督查不够的问题。整改情况：完成督查2轮。问题仍在整改。",
    ]
    one, two, three = [issue for category in read(lines_of_text("\n".join(said))).categories for issue in category.issues]
    assert [issue.status for issue in (one, two, three)] == ["长期坚持", "已完成", ""]
    assert [measure.text for measure in one.measures] == ["修订制度3项，约谈负责人5人次。"]
    assert [figure.name for figure in (*one.figures, *two.figures)] == ["修订制度", "约谈负责人", "到位资金"]
    assert two.lead_unit == "办公室"
