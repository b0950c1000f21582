"""What notices of other places taught the reader: each class of layout with the fields that it is read for.

The texts are our own (``tests/notices``); the notices that showed the classes were written by somebody who had not seen the reader.
"""

from __future__ import annotations

import io

import pytest
from docx import Document

from apps.measures.importing.notices.draft import Draft
from apps.measures.importing.notices.lines import lines_of
from apps.measures.importing.notices.reading import read
from apps.measures.importing.notices.sources import lines_in, lines_of_text
from tests.test_notice_drafts import doubts_of, draft_of, issue, shape, text_of


def measures(draft: Draft, number: int) -> list[str]:
    return [measure.text for measure in issue(draft, number).measures]


def groups(draft: Draft) -> list[str]:
    return [category.title for category in draft.categories]


def test_boxes_around_aspects_and_results_after_numbered_measures() -> None:
    draft = draft_of("boxed-aspects")
    assert groups(draft) == ["办学方向把握方面", "内部治理方面", "师生服务方面"]
    assert measures(draft, 1) == ["引进专任教师6名。", "选聘辅导员兼课12名。"]
    assert issue(draft, 1).body == "①引进专任教师6名。\n②选聘辅导员兼课12名。\n思政课专任教师达到31名。"
    assert measures(draft, 5) == ["开通线上报修，平均2天办结。"], "the only one has no number of its own"


def test_cards_of_one_line_have_their_measures() -> None:
    draft = draft_of("cards")
    assert [len(one.measures) for one in draft.issues] == [3, 2, 2]
    assert [(one.title, one.official, one.status) for one in draft.issues][2] == ("便民中心办事窗口忙闲不均", "何洁", "长期坚持")


def test_terms_in_quotation_marks_do_not_end_a_finding() -> None:
    draft = draft_of("aspects-by-words")
    assert issue(draft, 2).title == "“一票难求”问题长期得不到缓解"
    assert issue(draft, 7).title == "上轮巡察反馈的“挂名”问题整改不彻底"
    assert draft.contact.address == "岭南市江北大道12号市文旅局机关党委"
    assert draft.contact.postcode == "514000"


def test_letters_circles_and_counts() -> None:
    bank = draft_of("letters")
    assert groups(bank) == ["支农主业方面", "内部控制方面"]
    assert measures(bank, 2) == ["清退收费31.4万元", "公示收费目录。"]
    assert [one.status for one in bank.issues] == ["已完成", "已完成", "长期坚持", "已完成", "已完成"]
    assert (bank.contact.phones, bank.contact.mails) == (("400-812-6620",), ("jjjc@jznsh.example.com",))
    group = draft_of("circled-problems")
    assert group.facts.title.endswith("巡察整改进展")
    assert [len(one.measures) for one in group.issues] == [2, 1, 2, 2, 1]
    assert measures(group, 2) == ["聘用巡查员19人。"]


def test_an_act_that_names_the_finding_it_answers() -> None:
    draft = draft_of("acts-that-answer")
    assert [(one.title, one.finding) for one in draft.issues][1] == ("推动融合发展", "党建与业务两张皮")
    assert not [doubt for doubt in doubts_of(draft) if doubt.code == "no-finding"]


def test_findings_in_prose_and_accounts_under_a_label_of_states() -> None:
    prose = draft_of("answered-inline")
    assert issue(prose, 2).finding == "护湖宣传形式单一。"
    assert issue(prose, 2).body == "开展进校园活动9场，发放资料2600份。"
    assert prose.contact.phones == ("0513-85520016",), "told in the lead alone"
    tasks = draft_of("by-task")
    assert [one.status for one in tasks.issues] == ["已完成", "已完成", "已完成", "长期坚持"]
    assert issue(tasks, 2).body == "化解债务2.3亿元。已完成。"


def test_who_answers_stands_in_brackets_or_on_lines_of_its_own() -> None:
    town = draft_of("owners-in-brackets")
    assert [(one.status, one.official, one.lead_unit, one.supporting, one.due, one.person) for one in town.issues] == [
        ("已完成", "周平", "综治办", (), "2024年6月", ""),
        ("长期坚持", "", "信访办", ("司法所",), "", ""),
        ("已完成", "", "", (), "", "李茂"),
        ("已完成", "", "", (), "", "李茂"),
    ]
    assert [one.body for one in town.issues][1:3] == ["化解积案12件，群众满意。", "（1）抽查12次。\n（2）通报3人。"]
    community = draft_of("fields-by-line")
    assert [(one.person, len(one.measures)) for one in community.issues] == [("王建", 2), ("刘敏", 2)]
    city = draft_of("answers-in-one-paragraph")
    assert {len(one.measures) for one in city.issues} == {2}
    assert measures(city, 4) == ["约谈12人次", "签订责任书。"]


def test_measures_without_numbers_are_said_to_be_guesses() -> None:
    draft = draft_of("about-paragraphs")
    assert measures(draft, 1) == ["重新划分网格，开展培训3次", "处置事件430件"]
    assert measures(draft, 5) == ["修订权力清单36项，检查12次。"], "words after the last entry are not its own"
    assert [part.role for part in draft.parts] == ["线索、信访等其他情况", "下一步打算"]
    assert [doubt.code for doubt in doubts_of(draft) if "分号" in doubt.words] == ["split-measures"] * 3
    labelled = draft_of("numbered-measure-labels")
    assert measures(labelled, 1) == ["修订学习制度，每月集中学习2次。", "开展专题辅导6场。"]
    assert issue(labelled, 1).measures[0].sure


@pytest.mark.parametrize("name", ["labels-three", "village", "first-are-issues", "unnumbered", "long-term-issues"])
def test_a_text_in_one_line_keeps_its_ends(name: str) -> None:
    plain, run = draft_of(name), read(lines_of(text_of(name).replace("\n", "")))
    assert run.facts.title == plain.facts.title
    assert run.contact.phones == plain.contact.phones
    assert run.facts.signed_on == plain.facts.signed_on
    assert [one.title for one in run.issues] == [one.title for one in plain.issues]


ASPECTS = {"就业服务工作不扎实": ("技能培训走过场", "公益性岗位管理松散"), "内部管理不严格": ("档案转递不及时", "内控制度缺失")}


def headed(*, bold: bool) -> bytes:
    """Headings by their style alone, or by bold words; no numbers anywhere."""
    made, out = Document(), io.BytesIO()
    made.add_paragraph("中共石湾县人社局党组关于巡察整改情况的通报")
    made.add_paragraph("县委第二巡察组于2024年3月至5月对局党组开展巡察。")
    for aspect, findings in ASPECTS.items():
        if bold:
            made.add_paragraph().add_run(aspect).bold = True
        else:
            made.add_heading(aspect, 2)
        for number, finding in enumerate(findings, 1):
            if bold:
                made.add_paragraph(f"{number}.{finding}。")
            else:
                made.add_heading(finding, 3)
            made.add_paragraph("一是开展核查。二是修订办法1项。")
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("bold", [False, True])
def test_headings_of_a_document_have_levels(bold: bool) -> None:
    draft = read(lines_in(headed(bold=bold)))
    assert groups(draft) == list(ASPECTS)
    assert [one.title for one in draft.issues] == [finding for findings in ASPECTS.values() for finding in findings]
    assert [len(one.measures) for one in draft.issues] == [2, 2, 2, 2]


@pytest.mark.parametrize("tag", ["h3", "p><b"])
def test_headings_of_a_page_are_headings(tag: str) -> None:
    told = "".join(
        f"<{tag}>{aspect}</{'b></p' if '<' in tag else tag}>"
        + "".join(f"<p>{finding}。一是核查。二是修订办法1项。</p>" for finding in numbered)
        for aspect, numbered in (
            ("就业服务工作", ("1.培训走过场", "2.岗位管理松散")),
            ("内部管理工作", ("3.档案转递不及时", "4.内控制度缺失")),
        )
    )
    draft = read(
        lines_of_text(f"<html><body><h1>石湾县人社局党组关于巡察整改情况的通报</h1><p>巡察组反馈问题4个。</p>{told}</body></html>")
    )
    assert (groups(draft), shape(draft)) == (["就业服务工作", "内部管理工作"], [2, 2])


def test_lists_within_lists_of_a_page_are_measures() -> None:
    inner = "<ol><li>核查9次。</li><li>修订办法1项。</li></ol>"
    told = f"<ol><li><p><b>培训走过场</b></p>{inner}</li><li><p><b>岗位管理松散</b></p>{inner}</li></ol>"
    draft = read(lines_of_text(f"<html><body><h1>关于巡察整改情况的公告</h1><p>反馈问题2个。</p><h2>就业服务</h2>{told}</body></html>"))
    assert [(one.title, len(one.measures)) for one in draft.issues] == [("培训走过场", 2), ("岗位管理松散", 2)]


def test_acts_below_findings_are_told_both_ways() -> None:
    aspects = {
        "一、商贸流通发展不够有力": "1.强化规划引领。编制规划1部。\n2.促进消费升级。发券300万元。",
        "二、财务管理不够规范": "1.完善内控制度。修订5项。",
    }
    draft = read(lines_of("关于巡察整改情况的通报\n" + "\n".join(f"{head}\n{told}" for head, told in aspects.items())))
    assert "level" in [doubt.code for doubt in draft.doubts]
    assert {reading.words.partition("：")[2] for reading in draft.readings} >= {"2 个方面 3 个问题", "2 个问题"}


@pytest.mark.parametrize("gap", [" ", "\u2009", "\u202f", "\u00a0"])
@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("点评处方8{}600张", "8600张"),
        ("追回1{}234{}567.5元", "1234567.5元"),
        ("提高到12{}000余人次", "12000余人次"),
    ],
)
def test_narrow_spaces_between_thousands_are_of_the_number(written: str, read_as: str, gap: str) -> None:
    told = f"1.关于监管不严的问题。一是{written.format(*[gap] * 2)}。二是约谈3人。"
    first, _second = read(lines_of(f"二、整改情况\n（一）履行职责方面\n{told}\n2.关于学习不深的问题。一是集中学习。")).issues
    assert read_as in [figure.written for figure in first.figures]


def test_a_table_copied_as_text_goes_on_behind_aspects_and_pages() -> None:
    """From a PDF or a sheet: aspects stand between the rows without tabs, and each page says the heads again."""
    head = "序号\t巡察反馈问题\t整改措施\t责任科室\t整改时限"
    rows = [
        *("附件1", "某街道党工委巡察反馈问题整改清单（公开版）", head, "一、政治建设方面"),
        *("1\t议事规则没有落实\t①修订规则；②逐次登记\t党政办\t立行立改", "2\t重点任务推进缓慢\t①按月调度\t督查室\t2024年9月"),
        *("二、作风建设方面", "3\t窗口办事排队过长\t①增开窗口2个；②推行预约\t便民中心\t长期", "— 2 —", head),
        *("4\t信访件回访不及时\t①逐件回访\t信访办\t2024年6月", "三、组织建设方面", "5\t党员档案缺页\t①补齐档案12份\t组织办\t2024年8月"),
    ]
    draft = read(lines_of_text("\n".join(rows)))
    assert groups(draft) == ["政治建设方面", "作风建设方面", "组织建设方面"]
    assert [one.title for one in draft.issues] == [
        "议事规则没有落实",
        "重点任务推进缓慢",
        "窗口办事排队过长",
        "信访件回访不及时",
        "党员档案缺页",
    ]
    assert measures(draft, 3) == ["增开窗口2个", "推行预约"]
    assert draft.facts.title == "某街道党工委巡察反馈问题整改清单（公开版）"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        *[("整改措施2 300余名", "300余名"), ("反馈问题3 150余亩", "150余亩"), ("措施1 200名", "200名"), ("见表1 200亩", "200亩")],
        *[("占比5 100%", "100%"), ("清单 1 100件", "100件")],
    ],
)
def test_a_number_of_something_is_not_glued_to_a_figure(written: str, read_as: str) -> None:
    first, _second = read(
        lines_of(f"二、整改情况\n（一）履行职责方面\n1.关于监管不严的问题。一是{written}。\n2.关于学习不深的问题。一是学习。")
    ).issues
    assert read_as in [figure.written for figure in first.figures]


def test_another_table_of_as_many_columns_is_not_of_the_first() -> None:
    rows = [
        *("某县审计局党组巡察整改情况的通报", "一、问题整改情况", "序号\t反馈问题\t整改措施\t完成情况"),
        *("1\t议事规则没有落实\t修订规则\t已完成", "2\t审计回访不及时\t逐件回访\t已完成"),
        *("二、追责问责情况", "姓名\t职务\t处理方式\t时间", "王某\t科长\t诫勉谈话\t2024年6月"),
        *("三、资金追缴情况", "项目\t金额\t人数\t备注", "津贴\t3.2万元\t12\t已退"),
    ]
    assert [one.title for one in read(lines_of_text("\n".join(rows))).issues] == ["议事规则没有落实", "审计回访不及时"]


def test_what_is_masked_stays_masked() -> None:
    told = "一是给予李**党内警告。二是约谈王**、张**2人。三是核实138****5678反映的事项。"
    text = f"一、整改情况\n（一）**履职方面**\n1.关于监管不严的问题。{told}\n2.关于学习不深的问题。一是学习。\n联系邮箱：a**b@example.cn"
    draft = read(lines_of(text))
    assert issue(draft, 1).body.replace("\n", "") == told
    assert "ab@example.cn" not in draft.contact.mails
    assert [line.text for line in lines_of("**一、政治方面**\n**问题1：**学习不深\n## 二、作风方面")] == [
        "一、政治方面",
        "问题1：学习不深",
        "二、作风方面",
    ]


def test_brackets_that_tell_more_than_a_state_or_an_owner_stay() -> None:
    lead = "一、整改情况\n（一）履职方面\n1.关于监管不严的问题。"
    rest = "\n2.关于学习不深的问题。一是学习。\n3.关于作风不实的问题。一是走访。"
    for told in ("（已退回3万元）其余分期清退。", "（持续跟踪12户）逐户走访。", "对2名责任人（责任领导：王某；处分：警告）进行处理。"):
        assert issue(read(lines_of(f"{lead}{told}{rest}")), 1).body.replace("\n", "") == told
    owners = "（1）组织学习12次。（责任单位：办公室；完成时限：2024年6月）（2）开展检查5次。（责任单位：监察室；完成时限：2024年9月）"
    one = issue(read(lines_of(f"{lead}{owners}{rest}")), 1)
    assert (one.lead_unit, one.supporting, one.due) == ("", (), "")
    assert ["办公室" in one.measures[0].text, "监察室" in one.measures[1].text] == [True, True]


@pytest.mark.parametrize("last", ["整改时限2025年12月", "清退3.2万元。县财政局党组书记牵头推进专项整治预计完成时间2025年12月"])
def test_a_day_at_the_end_is_no_signature(last: str) -> None:
    draft = read(lines_of(f"一、整改情况\n（一）履职方面\n1.关于学习不深的问题。一是学习。\n2.关于监管不严的问题。一是走访。\n{last}"))
    assert draft.contact.signature == ""
    assert last[-20:] in issue(draft, 2).body


def test_dots_and_dashes_that_are_no_contents_and_no_numbers() -> None:
    lead = "一、整改情况\n（一）履职方面\n1.关于学习不深的问题。一是学习。\n2.关于监管不严的问题。\n"
    assert "目前存在的困难" in issue(read(lines_of(f"{lead}目前存在的困难…………3")), 2).body
    bullets = [line.text for line in lines_of("（-）建立台账\n（—）完善制度\n（-）人员方面\n（二）财务方面")]
    assert bullets == ["（-）建立台账", "（—）完善制度", "（一）人员方面", "（二）财务方面"]
