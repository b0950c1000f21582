"""Lists as offices make them, each against what whoever made it would expect to see: tree lines, and what is said at which cell."""

from __future__ import annotations

import datetime as dt

import pytest

from apps.measures.importing.listing import Round, Settings, layouts_of, tree_of
from apps.measures.importing.naming import units_in
from apps.measures.importing.opening import opened
from apps.measures.importing.tree import Kind, Level, Tree
from tests.lists import Rows, workbook

pytestmark = pytest.mark.once
FEEDBACK = dt.date(2025, 2, 28)
HEADS = ("序号", "反馈问题", "整改措施", "责任单位", "时限")


def read(data: bytes, name: str = "台账.xlsx") -> Tree:
    return tree_of(layouts_of(opened(name, data), {}), Settings(), Round(FEEDBACK))


def told(tree: Tree) -> list[str]:
    """“aspect number | finding | measure/lead/support/person/day ; …” for each issue."""
    lines = []
    for category in tree.nodes:
        for issue in category.of_kind(Kind.ISSUE):
            measures = [
                "/".join(measure.text(name) for name in ("text", "lead_unit", "supporting_units", "person", "due_on"))
                for measure in issue.of_kind(Kind.MEASURE)
            ]
            head = f"{category.text('title')} {issue.text('number')}".strip()
            lines.append(" | ".join(filter(None, (head, issue.text("finding"), " ; ".join(measures)))))
    return lines


def said(tree: Tree, level: Level = Level.WARNING) -> list[tuple[str, str]]:
    return list(dict.fromkeys((finding.code, finding.origin.cell) for finding in tree.of_level(level)))


def test_a_list_with_an_explanation_two_heading_rows_totals_and_signatures() -> None:
    rows: Rows = [
        ("附件1",),
        ("某区委整改落实情况台账",),
        ("填报单位：区委办公室", "", "", "", "", "", "", "填报时间：2025年3月10日"),
        ("序号", "问题类别", "反馈问题", "整改措施", "责任分工", "", "", "完成时限", "备注"),
        ("", "", "", "", "牵头单位", "责任领导", "配合单位", "", ""),
        (
            "1",
            "党的领导方面",
            "学习不深",
            "1.制定计划；\n2.专题研讨。",
            "区宣传部",
            "张　三",
            "区委办、\n区组织部",
            "2025.8.31",
            "",
        ),
        ("2", "", "责任制落实不到位", "一是修订细则。二是开展督查。", "区宣传部", "李四", "", "长期坚持", "书记领办"),
        (),
        ("小计", "", 2, 4),
        ("3", "从严治党方面", "压力传导递减", "约谈提醒；警示教育", "区纪委（牵头）、区组织部", "李四", "各乡镇", "2025-8", ""),
        ("合计", "", 3, 6),
        ("填表人：王五", "", "", "", "审核人：赵六"),
    ]
    merges = ["A1:I1", "A2:I2", "A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:G4", "H4:H5", "I4:I5", "B6:B7"]
    guide: Rows = [("填表说明",), ("1. 序号、反馈问题不得改动",)]
    tree = read(workbook(rows, merges, more=[("说明", guide)]))
    assert told(tree) == [
        "党的领导方面 1 | 学习不深 | 制定计划/区宣传部/区委办、区组织部//2025-08-31 ; 专题研讨。/区宣传部/区委办、区组织部//2025-08-31",
        "党的领导方面 2 | 责任制落实不到位 | 修订细则。/区宣传部/// ; 开展督查。/区宣传部///",
        "从严治党方面 3 | 压力传导递减 | 约谈提醒/区纪委/区组织部、各乡镇//2025-08-31 ; 警示教育/区纪委/区组织部、各乡镇//2025-08-31",
    ]
    assert [issue.text("lead_official") for issue in tree.walk(Kind.ISSUE)] == ["张三", "李四", "李四"]
    assert said(tree) == []
    assert said(tree, Level.NOTE) == [("not_taken", "I5"), ("passed", "A9"), ("passed", "A11"), ("passed", "A12")]


def test_aspects_stand_alone_above_issues_that_have_no_column_of_numbers() -> None:
    rows: Rows = [
        ("反馈问题", "整改举措", "责任单位", "完成时间"),
        ("一、落实决策部署方面（2个问题）",),
        ("（一）学习有差距", "1.开展学习\n2.组织宣讲", "宣传部", "2025年5月底"),
        ("", "3.建立督学机制", "组织部", "持续坚持"),
        ("（二）转型不快", "制定方案", "发改局", "2025年10月"),
        ("二、基层党建方面（1个问题）",),
        ("（一）组织生活不规范", "开展整顿", "组织部", "2025年6月30日"),
    ]
    assert told(read(workbook(rows))) == [
        "落实决策部署方面 | （一）学习有差距 | 开展学习/宣传部///2025-05-31 ; 组织宣讲/宣传部///2025-05-31 ; 建立督学机制/组织部///",
        "落实决策部署方面 | （二）转型不快 | 制定方案/发改局///2025-10-31",
        "基层党建方面 | （一）组织生活不规范 | 开展整顿/组织部///2025-06-30",
    ]


def test_an_issue_alone_in_its_row_is_no_aspect() -> None:
    rows: Rows = [
        ("反馈问题", "整改措施", "责任单位", "时限"),
        ("一、学习不够深入",),
        ("", "集中学习", "宣传部", "2025年5月"),
        ("二、研究不够经常",),
        ("", "专题研究", "组织部", "2025年6月"),
    ]
    assert told(read(workbook(rows))) == [
        "一、学习不够深入 | 集中学习/宣传部///2025-05-31",
        "二、研究不够经常 | 专题研究/组织部///2025-06-30",
    ]


def test_a_list_printed_on_several_pages() -> None:
    rows: Rows = [
        ("某县整改台账",),
        HEADS,
        (1, "学习不够深入系统", "集中学习", "宣传部", "2025年6月"),
        ("第1页 共2页",),
        ("某县整改台账（续）",),
        HEADS,
        (2, "落实执行不力", "强化督查", "县委办", "2025年6月"),
        ("第2页 共2页",),
    ]
    assert told(read(workbook(rows, ["A1:E1", "A5:E5"]))) == [
        "1 | 学习不够深入系统 | 集中学习/宣传部///2025-06-30",
        "2 | 落实执行不力 | 强化督查/县委办///2025-06-30",
    ]


def test_each_aspect_with_a_heading_of_its_own() -> None:
    rows: Rows = [
        ("某县整改台账",),
        ("一、党的领导方面",),
        HEADS,
        (1, "学习不够深入系统", "集中学习", "宣传部", "2025年6月"),
        ("二、党的建设方面",),
        HEADS,
        (1, "组织生活不够规范", "开展整顿", "组织部", "2025年6月"),
    ]
    assert told(read(workbook(rows, ["A1:E1", "A2:E2", "A5:E5"]))) == [
        "党的领导方面 | 学习不够深入系统 | 集中学习/宣传部///2025-06-30",
        "党的建设方面 | 组织生活不够规范 | 开展整顿/组织部///2025-06-30",
    ]


def test_ditto_marks_say_what_the_row_above_says() -> None:
    rows: Rows = [
        HEADS,
        ("１．", "账目不清", "清理账目", "财政局", "２０２５年６月３０日"),
        ("２．", "资产闲置", "盘活资产", "同上", "同上"),
        ("３．", "程序不严", "规范程序", "组织部", "〃"),
    ]
    assert told(read(workbook(rows))) == [
        "1 | 账目不清 | 清理账目/财政局///2025-06-30",
        "2 | 资产闲置 | 盘活资产/财政局///2025-06-30",
        "3 | 程序不严 | 规范程序/组织部///2025-06-30",
    ]


def test_measures_in_several_columns() -> None:
    rows: Rows = [
        ("序号", "问题", "整改措施一", "整改措施二", "整改措施（三）", "责任单位", "完成时限"),
        (1, "学习不够", "集中学习", "1.研讨交流\n2.撰写心得", "开展检查", "宣传部", "2025年6月"),
        (2, "研究不够", "", "专题研究", "", "组织部", "2025年7月"),
    ]
    assert told(read(workbook(rows))) == [
        "1 | 学习不够 | " + " ; ".join(f"{text}/宣传部///2025-06-30" for text in ("集中学习", "研讨交流", "撰写心得", "开展检查")),
        "2 | 研究不够 | 专题研究/组织部///2025-07-31",
    ]


def test_a_period_ends_when_its_second_column_says() -> None:
    rows: Rows = [
        ("序号", "问题", "整改措施", "责任单位", "整改期限", ""),
        ("", "", "", "", "起", "止"),
        (1, "压减支出不力", "压减支出", "财政局", "2025年3月", "2025年9月"),
    ]
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1"]
    assert told(read(workbook(rows, merges))) == ["1 | 压减支出不力 | 压减支出/财政局///2025-09-30"]


def test_numbers_that_begin_anew_on_each_sheet_are_given_anew_on_all() -> None:
    def sheet(words: str) -> Rows:
        return [
            HEADS,
            (1, f"{words}学得不深", "集中学习", "宣传部", "2025年6月"),
            (2, f"{words}抓得不实", "专题研究", "组织部", "2025年6月"),
        ]

    tree = read(workbook(sheet("理论武装"), name="一、党的领导", more=[("二、党的建设", sheet("基层组织"))]))
    assert [line.split(" | ")[0] for line in told(tree)] == ["党的领导", "党的领导", "党的建设", "党的建设"]
    assert [finding.code for finding in tree.of_level(Level.NOTE)] == ["renumbered", "renumbered"]


def test_an_issue_worded_otherwise_on_another_sheet_is_the_same_one_and_told() -> None:
    issues: Rows = [("序号", "反馈问题"), (1, "学习不够深入系统"), (2, "产业转型升级步伐不快，结构不优"), (3, "组织生活不够规范")]
    tasks: Rows = [
        ("序号", "反馈问题", "整改任务", "责任单位", "时限"),
        (1, "学习不够深入系统", "集中学习", "宣传部", "2025年6月"),
        (2, "转型慢", "出台方案", "发改局", "2025年6月"),
        (3, "组织生活不够规范", "开展整顿", "组织部", "2025年6月"),
    ]
    tree = read(workbook(issues, name="问题清单", more=[("任务清单", tasks)]))
    assert told(tree)[1] == "2 | 产业转型升级步伐不快，结构不优 | 出台方案/发改局///2025-06-30"
    assert len(told(tree)) == 3
    assert said(tree) == [("reworded", "B3")]


def test_measures_counted_through_the_whole_list_have_no_place_within_their_issue() -> None:
    rows: Rows = [
        ("任务编号", "具体问题", "整改任务", "责任单位", "时限", "督办编号"),
        ("01", "账目不清", "清理账目", "财政局", "2025年6月", "D-7"),
        ("02", "资产闲置", "盘活资产", "财政局", "2025年6月", "D-8"),
    ]
    tree = read(workbook(rows))
    assert [measure.value("ordinal") for measure in tree.walk(Kind.MEASURE)] == [None, None]
    assert [issue.value("number") for issue in tree.walk(Kind.ISSUE)] == [None, None]
    rows = [
        ("序号", "问题", "编号", "整改任务", "单位", "时限"),
        (1, "甲问题", "1-1", "甲措施", "财政局", "2025年6月"),
        (2, "乙问题", "2-1", "乙措施", "财政局", "2025年6月"),
    ]
    assert [measure.value("ordinal") for measure in read(workbook(rows)).walk(Kind.MEASURE)] == [1, 1]


def test_numbers_with_letters_and_days_with_hours() -> None:
    rows: Rows = [
        HEADS,
        ("QT-001", "学习不规范", "制定制度", "宣传部", "2025-06-30 00:00:00"),
        ("QT-002", "交流不足", "修订办法", "组织部", "2025/12/31 0:00"),
    ]
    assert told(read(workbook(rows))) == [
        "1 | 学习不规范 | 制定制度/宣传部///2025-06-30",
        "2 | 交流不足 | 修订办法/组织部///2025-12-31",
    ]


def test_units_on_as_many_lines_as_measures_are_given_out_and_told() -> None:
    rows: Rows = [HEADS, (1, "学习不够", "1.集中学习\n2.专题研讨", "区宣传部\n区组织部", "2025年6月")]
    tree = read(workbook(rows))
    assert told(tree) == ["1 | 学习不够 | 集中学习/区宣传部///2025-06-30 ; 专题研讨/区组织部///2025-06-30"]
    assert said(tree) == [("by_lines", "D2")]


@pytest.mark.parametrize(
    ("words", "leads", "support"),
    [
        ("财政局牵头，审计局、发改局配合", "财政局", "审计局 发改局"),
        ("组织部、宣传部牵头，财政局参与", "组织部 宣传部", "财政局"),
        ("财政局牵头、审计局配合", "财政局", "审计局"),
        ("财政局（牵头）、审计局、发改局（配合）", "财政局", "审计局 发改局"),
        ("住建局会同财政局、审计局", "住建局", "财政局 审计局"),
        ("由财政局牵头，各乡镇配合", "财政局", "各乡镇"),
        ("财政局\n（牵头）\n审计局", "财政局", "审计局"),
        ("财政局、审计局等相关部门", "财政局 审计局 相关部门", ""),
        ("财政局、审计局", "财政局 审计局", ""),
    ],
)
def test_parts_of_units(words: str, leads: str, support: str) -> None:
    found = units_in(words)
    assert (" ".join(found.leads), " ".join(found.supporting)) == (leads, support)
