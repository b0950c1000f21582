"""Notices as office programs and web sites really hand them over, what is told instead of guessed, and what reading may cost."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable

import pytest
from docx import Document
from docx.document import Document as Made
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.table import Table

from apps.measures.importing.notices.draft import Draft
from apps.measures.importing.notices.lines import lines_of
from apps.measures.importing.notices.planned import planned
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in, lines_of_text
from apps.units.errors import ActRefused
from tests.test_notice_drafts import LAYOUTS, doubts_of, issue, shape, text_of


def titles(draft: Draft) -> list[str]:
    return [one.title for one in draft.issues]


def codes(draft: Draft) -> list[str]:
    return [doubt.code for doubt in doubts_of(draft)]


# -- pages ---------------------------------------------------------------------------------------------------------


def in_paragraphs(text: str) -> str:
    return "".join(f"<p>&nbsp;&nbsp;&nbsp;&nbsp;<b>{line[:4]}</b><span>{line[4:]}</span></p>" for line in text.split("\n"))


def in_layout(text: str) -> str:
    """A page of an old site: all of it in a form, the article in a cell beside a menu."""
    menu = "<table><tr><td>首页</td><td>1.机构</td><td>2.政策</td></tr></table>"
    told = f"<h1>{text.partition(chr(10))[0]}</h1><div>浏览次数：<i>236</i></div>{in_paragraphs(text.partition(chr(10))[2])}"
    return (
        f"<html><head><title>{text.partition(chr(10))[0]}_临溪县</title></head><body><form id=f><input type=hidden value='a<b'>"
        f"<table><tr><td>{menu}</td></tr><tr><td>链接<br>3.大厅</td><td>{told}</td></tr></table></form></body></html>"
    )


def in_breaks(text: str) -> str:
    return f"<html><body><div><div>{text.replace(chr(10), '<br/>&emsp;&emsp;')}</div></div></body></html>"


def in_nav(text: str) -> str:
    """The menu is never closed."""
    return f"<html><body><nav><ul><li>首页</li></ul><div>{in_paragraphs(text)}</div></body></html>"


def by_word(text: str) -> str:
    """As Word saves a page: figures in spans of their own, lines broken anywhere in the source, conditional comments."""
    told = "".join(
        f"<p class=Mso><![if !supportLists]><span\nlang=EN-US>{line[:3]}</span><![endif]>"
        f"<span>{line[3:9]}\n{line[9:]}<o:p></o:p></span></p>\n"
        for line in text.split("\n")
    )
    return f"<html><!--[if gte mso 9]><xml>1.</xml><![endif]--><body><div class=Section1>\n{told}</div></body></html>"


PAGES: dict[str, Callable[[str], str]] = {
    "layout table": in_layout,
    "line breaks": in_breaks,
    "open menu": in_nav,
    "word": by_word,
    "preformatted": lambda text: f"<html><body><div><p></p><pre>{text}</pre></div></body></html>",
}


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("name", ["labels-three", "problem-word-ends", "village", "parts-in-brackets"])
def test_pages_of_every_make(name: str, kind: str) -> None:
    draft = read(lines_in(PAGES[kind](text_of(name)).encode()))
    plain = read(lines_of(text_of(name)))
    assert shape(draft) == LAYOUTS[name]
    assert titles(draft) == titles(plain)
    assert draft.contact.phones == plain.contact.phones


MERGED = """<html><body><p>石岭乡党委巡察整改情况公示</p><p>反馈问题3个。</p><table>
<tr><td rowspan=2>序号</td><td rowspan=2>问题类别</td><td rowspan=2>反馈问题</td>
<td colspan=2>整改情况</td><td rowspan=2>完成情况</td></tr>
<tr><td>整改措施</td><td>整改成效</td></tr>
<tr><td>1</td><td rowspan=2>党的建设</td><td>会议记录不规范</td>
<td><p>1.整理记录本；</p><p>2.明确专人。</p></td><td>补记18次</td><td>已完成</td></tr>
<tr><td>2</td><td>发展党员把关不严</td><td>查出不规范档案6份</td><td>改正6份</td><td>已完成</td></tr>
<tr><td>3</td><td rowspan=2>廉政建设</td><td rowspan=2>公务用车使用不规范</td>
<td>安装定位3台</td><td>台账齐全</td><td>已完成</td></tr>
<tr><td>4</td><td>收缴费用0.62万元</td><td>全部上缴</td><td>长期坚持</td></tr></table></body></html>"""


def test_merged_cells_say_their_words_wherever_they_reach() -> None:
    draft = read(lines_of_text(MERGED))
    assert [(one.title, len(one.issues)) for one in draft.categories] == [("党的建设", 2), ("廉政建设", 1)]
    assert titles(draft) == ["会议记录不规范", "发展党员把关不严", "公务用车使用不规范"]
    assert [len(one.measures) for one in draft.issues] == [2, 1, 2]
    assert issue(draft, 3).status == "长期坚持"
    assert [figure.written for figure in issue(draft, 3).figures] == ["3台", "0.62万元"]


# -- Word ----------------------------------------------------------------------------------------------------------


def saved(made: Made) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cells(table: Table, *rows: str) -> None:
    for row, words in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, words.split("|"), strict=True):
            cell.text = text


def test_merged_cells_of_a_document() -> None:
    made = Document()
    made.add_paragraph("河口乡党委巡察整改情况公示")
    table = made.add_table(rows=5, cols=4)
    cells(
        table,
        "一、为民服务方面|||",
        "序号|反馈问题|整改措施|完成情况",
        "1|管网管护不到位|落实管护员28名|已完成",
        "||维修3.4公里|",
        "2|补贴发放不及时|补发126.5万元|已完成",
    )
    table.cell(0, 0).merge(table.cell(0, 3))
    for column in (0, 1, 3):
        table.cell(2, column).merge(table.cell(3, column))
    draft = read(lines_in(saved(made)))
    assert titles(draft) == ["管网管护不到位", "补贴发放不及时"]
    assert [[figure.written for figure in one.figures] for one in draft.issues] == [["28名", "3.4公里"], ["126.5万元"]]


def test_a_page_in_one_cell_is_no_table() -> None:
    made = Document()
    cell = made.add_table(rows=1, cols=1).cell(0, 0)
    for line in text_of("labels-three").split("\n"):
        cell.add_paragraph(line)
    assert shape(read(lines_in(saved(made)))) == LAYOUTS["labels-three"]


def numbered(made: Made) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for place, (form, text) in enumerate((("chineseCountingThousand", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")))
    )
    part = made.part.numbering_part.element
    part.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    part.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))


def test_numbers_of_several_levels_that_word_only_shows() -> None:
    made = Document()
    numbered(made)
    for words, level in (
        *(("关于巡察整改情况的通报", -1), ("组织情况", 0), ("开会5次。", -1), ("反馈问题整改情况", 0), ("履职方面", 1)),
        *(
            ("低保管理不及时。清退46户。", 2),
            ("养老安全监管不严。排查33处。", 2),
            ("从严治党方面", 1),
            ("公益金使用不规范。收回12万元。", 2),
        ),
        ("下一步打算", 0),
    ):
        line = made.add_paragraph(words)
        if level >= 0:
            line._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'))
    draft = read(lines_in(saved(made)))
    assert [(one.printed, len(one.issues)) for one in draft.categories] == [("（一）", 2), ("（二）", 1)]
    assert [one.printed for one in draft.issues] == ["1.", "2.", "1."]


def test_a_document_of_endless_words_is_refused() -> None:
    made = Document()
    made.add_paragraph("整改。" * 140_000)
    with pytest.raises(ActRefused) as refused:
        lines_in(saved(made))
    assert "太长" in refused.value.message


# -- words ---------------------------------------------------------------------------------------------------------


def one_issue(words: str, *, lead: str = "反馈了意见。", after: str = "") -> Draft:
    """A notice of two findings, the first told in these words."""
    text = f"关于巡察整改情况的通报\n{lead}\n一、反馈问题整改情况\n1.台账管理不规范。\n{words}\n2.会议记录不完整。\n补记9次。\n{after}"
    return read(lines_of(text))


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("截至 2024 年 3 月底，追缴 61.5 万元，退还 1 286.5 万元。", ["61.5万元", "1286.5万元"]),
        ("建成 12 个，培训 3，420 人。", ["12个", "3，420人"]),
        ("浓度降至39微克/立方米，开课24学时。", ["39微克/立方米", "24学时"]),
    ],
)
def test_figures_however_they_are_spaced(words: str, figures: list[str]) -> None:
    found = issue(one_issue(words), 1).figures
    assert [figure.written for figure in found] == figures
    assert not words.startswith("截至") or found[0].as_of == dt.date(2024, 3, 31)


def test_a_number_of_no_known_unit_is_told() -> None:
    draft = one_issue("核查任职档案17卷，处理3人，都在35岁以下。")
    assert [figure.written for figure in issue(draft, 1).figures] == ["3人"]
    assert [doubt.words for doubt in doubts_of(draft) if doubt.code == "no-unit"] == ["第 1 条：1 个数字没有认出单位，没有列出：17卷"]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("整改情况：查了22个，1个正在推进。", ""),
        ("已查22个，此项正在整改。", "整改中"),
        ("建立台账，已完成整改，长期坚持。", "长期坚持"),
        ("（基本完成）\n查了22个。", "阶段性完成"),
        ("整改情况：制定办法。目前已整改到位。", "已完成"),
        ("整改情况：部分村已完成任务。", ""),
    ],
)
def test_states_are_read_where_they_are_said_of_the_whole(words: str, status: str) -> None:
    assert issue(one_issue(words), 1).status == status


HEADS = {
    "关于上轮问题反弹的问题": "上轮问题反弹",
    "着力解决河道治理统筹不够的问题": "河道治理统筹不够",
    "监管不力问题整改情况": "监管不力",
    "财务票据不合规问题": "财务票据不合规",
    "关于“账实不符”": "账实不符",
    "严肃处理吃拿卡要问题": "严肃处理吃拿卡要问题",
    "群众反映的问题处理不及时的问题": "群众反映的问题处理不及时",
}


@pytest.mark.parametrize("head", HEADS)
def test_titles_are_the_finding_alone(head: str) -> None:
    draft = read(lines_of(f"关于巡察整改情况的通报\n一、反馈问题整改情况\n1.{head}\n查了22个。\n2.会议记录不完整\n补记9次。"))
    assert issue(draft, 1).title == HEADS[head]
    assert issue(draft, 1).body == "查了22个。"


def test_days_that_are_not_told_are_not_made_up() -> None:
    rough = one_issue("查了9个。", lead="2024年4月上旬至6月中旬，市委第一巡察组进行巡察，2024年8月反馈意见。")
    assert (rough.facts.on_site_from, rough.facts.feedback_on) == (None, None)
    over = one_issue("查了9个。", lead="2022年11月29日至2023年2月20日，区委第五巡察组进行巡察，3月14日反馈意见，到2月底改完。")
    assert (over.facts.on_site_to, over.facts.feedback_on) == (dt.date(2023, 2, 20), dt.date(2023, 3, 14))


def test_contact_in_lines_of_its_own() -> None:
    after = "监督电话：0632-8860001\n邮寄地址：石桥镇政府驻地（请注明意见建议）\n邮政编码：277200\n中共石桥镇委办公室\n2024年5月6日"
    found = one_issue("查了9个。", after=after).contact
    assert (found.phones, found.address, found.postcode) == (("0632-8860001",), "石桥镇政府驻地", "277200")
    assert found.signature == "中共石桥镇委办公室"


def test_parts_left_out_are_told_where_they_may_be_issues() -> None:
    told = one_issue(
        "查了9个。", after="二、需长期整改事项进展情况\n（一）债权清收。收回9万元。\n（二）人才引进。引进6名。\n三、下一步打算\n继续。"
    )
    assert sum(shape(told)) == 2
    assert [doubt.line for doubt in doubts_of(told) if doubt.code == "part"] == [8]
    summed = one_issue("查了9个。", after="二、整改工作成效\n建立制度8项。\n三、下一步打算\n继续。")
    assert sum(shape(summed)) == 2
    assert "part" in codes(summed)


def test_entries_alone_are_a_list_said_to_be_a_guess() -> None:
    text = "\n".join(
        f"{number}、{words}"
        for number, words in enumerate(
            ("加强学习。开会9次，学习6天。", "盘清资产。调账36.8万元，补录9件。", "改进服务。增设窗口3个，延时6次。"), 1
        )
    )
    draft = read(lines_of(text))
    assert titles(draft) == ["加强学习", "盘清资产", "改进服务"]
    assert "part" in codes(draft)


# -- cost ----------------------------------------------------------------------------------------------------------


def filled(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


HOSTILE: dict[str, Callable[[int], str]] = {
    "thousands": lambda size: "1.关于不深的问题。1" + " 111" * (size // 4),
    "owners": lambda size: "1.关于不深的问题。" + "（责任单位：甲；" * (size // 8),
    "numerals": filled("一"),
    "claims": filled("3个方面6个问题"),
    "figures": filled("3万元，"),
    "circles": filled("①"),
    "marks": filled("1.甲2.乙"),
    "nesting": filled("1.不够\n1.整改情况：甲\n"),
    "contents": filled("…"),
    "parts in one line": filled("二、甲"),
    "headings in one line": filled("关于“账实不符”问题。"),
    "cards": filled("【问题1】甲【整改】乙"),
    "answers": filled("（一）甲。对此，乙。"),
    "brackets": filled("（责任单位：甲"),
    "ends": filled("。甲乙丙丁2024年"),
    "quotes": lambda size: "关于" + filled("“不够")(size),
    "tags without end": lambda size: "<p><p><p>" + filled("<a ")(size),
    "comments without end": lambda size: "<p><p><p>" + filled("<!--")(size),
    "depth": lambda size: "<p><p><p>" + filled("<div>")(size),
    "spans": lambda size: "<p><p><p><table><tr>" + filled("<td rowspan=60 colspan=60>甲乙丙")(size) + "<tr>" * 60,
}


def cost(text: str) -> float:
    """The processor time, the least of two: what else runs on the machine is not counted."""
    spent = []
    for _turn in range(2):
        begun = time.process_time()
        planned(read(lines_of_text(text)))
        spent.append(time.process_time() - begun)
    return min(spent)


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_words_take_about_four_times_as_long(name: str) -> None:
    few, many = cost(HOSTILE[name](5_000)), cost(HOSTILE[name](20_000))
    assert many < 10 * max(few, 0.01), f"{many / few:.1f} times as long: sixteen times would be the square"


def test_numbers_within_each_other_end() -> None:
    assert planned(read(lines_of("1.不够\n1.整改情况：甲\n" * 4_000))).nodes


@pytest.mark.parametrize("where", ["paragraph", "style", "list"])
@pytest.mark.parametrize("level", ["1000000000", "-1", "9"])
def test_a_level_of_a_list_that_word_does_not_have_is_none(where: str, level: str) -> None:
    """Such a level would be counted up to, place by place."""
    made, out = Document(), io.BytesIO()
    style = made.styles["List Number"].element
    paragraph = made.add_paragraph("财务管理不规范。", style="List Number")
    properties = f"<w:numPr {nsdecls('w')}><w:ilvl w:val='{level}'/><w:numId w:val='{style.pPr.numPr.numId.val}'/></w:numPr>"
    if where == "paragraph":
        paragraph._p.get_or_add_pPr().append(parse_xml(properties))
    elif where == "style":
        style.pPr.replace(style.pPr.numPr, parse_xml(properties))
    else:
        numbering = made.part.numbering_part.element
        for one in numbering.iter(qn("w:abstractNum")):
            one.append(parse_xml(f"<w:lvl {nsdecls('w')} w:ilvl='{level}'><w:lvlText w:val='%1.'/></w:lvl>"))
        paragraph._p.get_or_add_pPr().append(parse_xml(properties))
    made.save(out)
    begun = time.process_time()
    assert [line.text for line in lines_in(out.getvalue())] == ["1.财务管理不规范。"]
    assert time.process_time() - begun < 5
