"""Ledgers as offices really lay them out, each with what comes of it: aspect | finding | measures (text / lead / supporting / day)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from apps.measures.importing.listing import Round, Settings, layouts_of, tree_of
from apps.measures.importing.opening import opened
from apps.measures.importing.tree import Kind, Level, Tree
from apps.units.errors import ActRefused
from tests.lists import Rows, workbook

pytestmark = pytest.mark.once
FILES = Path(__file__).parent / "files"


def read(data: bytes, name: str = "台账.xlsx") -> Tree:
    return tree_of(layouts_of(opened(name, data), {}), Settings(), Round(dt.date(2025, 2, 20)))


def told(tree: Tree) -> list[str]:
    """A line an issue."""
    lines = []
    for category in tree.nodes:
        for issue in category.of_kind(Kind.ISSUE):
            measures = [
                "/".join(node.text(name) for name in ("text", "lead_unit", "supporting_units", "due_on")).rstrip("/")
                for node in issue.of_kind(Kind.MEASURE)
            ]
            number = issue.text("number")
            lines.append(" | ".join((f"{category.text('title')} {number}".strip(), issue.text("finding"), " ; ".join(measures))).strip())
    return lines


def codes(tree: Tree, level: Level = Level.ERROR) -> list[str]:
    return [finding.code for finding in tree.of_level(level)]


EIGHTEEN: Rows = [
    ("附件2",),
    ("某县委巡察反馈意见整改台账（截至２０２５年６月３０日）",),
    (),
    (
        "序号",
        "反馈问题\n（大类）",
        "具体问题",
        "整改\n目标",
        "整　改　措　施",
        "责任领导",
        None,
        "牵头单位\n（责任单位）",
        "配合单位",
        "整改类型",
        "完成时限",
    ),
    (None, None, None, None, None, "牵头", "分管"),
    (
        "１",
        "一、党的领导弱化",
        "学习制度落实不到位。",
        "形成机制",
        "１．制定计划；\n２．开展督查。",
        "书记",
        "部长",
        "县委办公室",
        "县委宣传部、县委组织部",
        "限期整改",
        "２０２５年６月底前",
    ),
    ("２", "二、作风建设不实", "形式主义突出", "减负", "清理工作群;精简会议", "县长", "", "县政府办", "", "立行立改", "2025.4.30"),
    ("填表人：张三", None, None, None, "审核人：李四"),
]


def test_a_ledger_of_eighteen_columns_with_titles_two_heading_rows_and_full_width_figures() -> None:
    tree = read(workbook(EIGHTEEN, ["A2:K2", "A4:A5", "B4:B5", "C4:C5", "D4:D5", "E4:E5", "F4:G4", "H4:H5"]))
    assert told(tree) == [
        "党的领导弱化 1 | 学习制度落实不到位。 | 制定计划/县委办公室/县委宣传部、县委组织部/2025-06-30 ; "
        "开展督查。/县委办公室/县委宣传部、县委组织部/2025-06-30",
        "作风建设不实 2 | 形式主义突出 | 清理工作群/县政府办//2025-04-30 ; 精简会议/县政府办//2025-04-30",
    ]
    assert [node.text("lead_official") for node in tree.walk(Kind.ISSUE)] == ["书记", "县长"]
    assert codes(tree) == []
    assert "passed" in codes(tree, Level.NOTE)


SECTIONS: list[Rows] = [
    [
        ("序号", "具体问题", "整改措施", "责任单位", "完成时限"),
        ("一、政治建设方面（2个问题）",),
        (1, "学习不够", "集中学习", "办公室", "2025年6月"),
    ],
    [("序号", "具体问题", "整改措施", "责任单位", "完成时限"), ("一", "政治建设方面"), (1, "学习不够", "集中学习", "办公室", "2025年6月")],
    [
        ("序号", "具体问题", "整改措施", "责任单位", "完成时限"),
        (None, "（一）政治建设方面"),
        (1, "学习不够", "集中学习", "办公室", "2025年6月"),
    ],
    [
        ("序号", "方面", "具体问题", "整改措施", "责任单位", "完成时限"),
        (1, "一、政治建设方面", "学习不够", "集中学习", "办公室", "2025年6月"),
    ],
]


@pytest.mark.parametrize("rows", SECTIONS)
def test_aspects_as_sections_or_as_a_column(rows: Rows) -> None:
    assert told(read(workbook(rows))) == ["政治建设方面 1 | 学习不够 | 集中学习/办公室//2025-06-30"]
    wide = [*rows[:1], rows[1]] if len(rows) > 2 else rows
    assert read(workbook(rows, ["A2:E2"] if wide[1][0] and len(wide[1]) == 1 else [])).count(Kind.CATEGORY) == 1


def test_an_aspect_written_once_holds_for_the_empty_cells_below_it_and_that_is_said() -> None:
    rows: Rows = [
        ("序号", "方面", "反馈问题", "整改措施", "牵头单位", "时限"),
        (1, "党的领导", "学习不够经常", "制定计划", "甲局", "2025年底"),
        (2, None, "研究不够深入", "修订规则", "甲局", "2025年底"),
        (3, "干部作风", "文山会海", "精简会议", "乙局", "2025年底"),
        (4, None, "督查过多", "合并督查", "乙局", "2025年底"),
    ]
    tree = read(workbook(rows))
    assert [line.split(" | ")[0] for line in told(tree)] == ["党的领导 1", "党的领导 2", "干部作风 3", "干部作风 4"]
    said = [(finding.code, str(finding.origin.row)) for finding in tree.of_level(Level.NOTE)]
    assert [line for line in said if line[0] == "category_above"] == [("category_above", "3"), ("category_above", "5")]


def test_numbers_that_count_rows_or_begin_anew_are_no_numbers_of_issues() -> None:
    heads = ("序号", "具体问题", "整改措施", "责任单位", "完成时限")
    counting: Rows = [
        heads,
        (1, "甲问题", "措施一", "办公室", "2025年6月"),
        (2, "甲问题", "措施二", "办公室", "2025年6月"),
        (3, "乙问题", "措施三", "办公室", "2025年6月"),
    ]
    tree = read(workbook(counting))
    assert told(tree) == ["| 甲问题 | 措施一/办公室//2025-06-30 ; 措施二/办公室//2025-06-30", "| 乙问题 | 措施三/办公室//2025-06-30"]
    assert codes(tree, Level.NOTE) == ["renumbered"]
    anew: Rows = [
        heads,
        ("一、甲方面",),
        (1, "甲问题", "措施一", "办公室", "2025年6月"),
        ("二、乙方面",),
        (1, "乙问题", "措施二", "办公室", "2025年6月"),
    ]
    assert told(read(workbook(anew))) == ["甲方面 | 甲问题 | 措施一/办公室//2025-06-30", "乙方面 | 乙问题 | 措施二/办公室//2025-06-30"]


def test_three_lists_on_three_sheets_are_one_tree() -> None:
    issues: Rows = [("问题清单",), ("序号", "问题类别", "存在的具体问题"), (1, "党建", "学习不够经常"), (2, "党建", "研究不够深入")]
    tasks: Rows = [
        ("序号", "存在问题", "整改措施", "完成时限"),
        (1, "学习不够经常", "制定计划；开展督查", "2025.8.31"),
        (2, "研究不够深入", "专题研究", "长期坚持"),
    ]
    owners: Rows = [
        ("序号", "责任领导", "责任单位", "具体责任人"),
        (1, "张部长", "宣传部", "李四"),
        (2, "王主任", "办公室、督查室", "赵六"),
    ]
    tree = read(workbook(issues, name="问题清单", more=[("任务清单", tasks), ("责任清单", owners), ("说明", [("本表一式三份",)])]))
    assert told(tree) == [
        "党建 1 | 学习不够经常 | 制定计划/宣传部//2025-08-31 ; 开展督查/宣传部//2025-08-31",
        "党建 2 | 研究不够深入 | 专题研究/办公室/督查室",
    ]
    assert codes(tree, Level.WARNING) == ["several_leads"]


def test_sheets_named_by_aspects_go_on_counting() -> None:
    heads = ("序号", "具体问题", "整改措施", "责任部门", "完成时间")
    first: Rows = [heads, (1, "学习不够", "集中学习", "办公室", dt.date(2025, 6, 30)), (2, "研究不够", "专题研究", "办公室", 45838)]
    second: Rows = [heads, (1, "作风不实", "改进作风", "机关党委", "2025/6/30")]
    tree = read(workbook(first, name="一、政治建设", more=[("二、作风建设", second)]))
    assert told(tree) == [
        "政治建设 | 学习不够 | 集中学习/办公室//2025-06-30",
        "政治建设 | 研究不够 | 专题研究/办公室//2025-06-30",
        "作风建设 | 作风不实 | 改进作风/机关党委//2025-06-30",
    ]


def test_units_and_days_that_are_numbered_go_with_their_measures() -> None:
    rows: Rows = [
        ("序号", "问题", "整改措施", "责任单位", "完成时限"),
        (1, "学习不够", "1.制定方案；2.集中研讨", "1.办公室\n2.宣传部", "1.2025年6月底\n2.长期坚持"),
    ]
    assert told(read(workbook(rows))) == ["1 | 学习不够 | 制定方案/办公室//2025-06-30 ; 集中研讨/宣传部"]


LEADS = {
    "甲局、乙局，丙局/丁局\n戊局": ("甲局", "乙局、丙局、丁局、戊局"),
    "甲财政局 乙教育局": ("甲财政局", "乙教育局"),
    "乙局、甲局（牵头）": ("甲局", "乙局"),
    "牵头单位：甲局；配合单位：乙局、丙局": ("甲局", "乙局、丙局"),
    "甲局牵头，乙局配合": ("甲局", "乙局"),
    "甲局（配合：乙局、丙局）": ("甲局", "乙局、丙局"),
    "甲财政局和乙教育局": ("甲财政局", "乙教育局"),
    "发展和改革局": ("发展和改革局", ""),
    "市场监督管理局（知识产权局）": ("市场监督管理局（知识产权局）", ""),
}


@pytest.mark.parametrize("words", LEADS)
def test_units_of_one_cell(words: str) -> None:
    tree = read(workbook([("序号", "问题", "措施", "责任单位", "时限"), (1, "甲问题", "一项措施", words, "2025年6月")]))
    (node,) = tree.walk(Kind.MEASURE)
    assert (node.text("lead_unit"), node.text("supporting_units")) == LEADS[words]


def test_csv_of_gb18030_is_read_as_the_workbook_is() -> None:
    text = '整改台账,,,,\n序号,问题,措施,责任单位,时限\n1,学习不够,"1.集中学习\n2.专题研讨",办公室,2025年6月\n'
    expected: Any = ["1 | 学习不够 | 集中学习/办公室//2025-06-30 ; 专题研讨/办公室//2025-06-30"]
    assert told(read(text.encode("gb18030"), "台账.csv")) == expected


def test_statistics_are_no_list() -> None:
    rows: Rows = [("责任单位", "问题数", "已完成数", "完成率"), ("办公室", 3, 1, "33%")]
    assert [layout for layout in layouts_of(opened("台账.xlsx", workbook(rows)), {}) if layout.is_list] == []


def test_every_finding_names_its_cell_and_what_to_do() -> None:
    rows: Rows = [
        ("序号", "问题", "措施", "责任单位", "时限"),
        (1, "甲问题", "1.一项 3.三项", "甲局、乙局", "尽快"),
        (2, "乙问题", "#REF!", "甲局", "3月"),
    ]
    tree = read(workbook(rows))
    assert {(finding.code, finding.origin.cell) for finding in tree.findings} == {
        *(("gap", "C2"), ("several_leads", "D2"), ("due_unknown", "E2"), ("broken", "C3")),
    }
    assert all(finding.message and finding.advice for finding in tree.findings)


def test_a_ledger_saved_by_libreoffice_is_read_like_one_of_any_program() -> None:
    """Made by LibreOffice 7 from an ODS with titles, two heading rows, merged cells, a serial number and a date without a year."""
    tree = read((FILES / "libreoffice.xlsx").read_bytes())
    assert told(tree) == [
        "党的领导方面 1 | 理论学习中心组学习不够经常，联系实际少，学用脱节。 | 制定年度学习计划/区委宣传部/区委办公室、组织部/2025-08-31 ; "
        "每季度开展一次督查/区委宣传部/区委办公室、组织部/2025-08-31 ; 建立学习台账。/区委宣传部/区委办公室、组织部/2025-08-31",
        "党的领导方面 2 | 重大事项研究不够深入，议而不决。 | 修订议事规则/区委办公室 ; "
        "建立督办台账。/区委办公室 ; 定期调度/区政府办公室//2025-06-20",
        "财政资金方面 3 | 专项资金结存时间长，使用效益不高。 | 清理结存资金/沙县区财政局/人社局、教育局 ; "
        "建立支出通报制度/沙县区财政局/人社局、教育局",
        "财政资金方面 4 | 政府采购程序不规范。 | 完善采购内控制度/县审计局/各乡镇（街道）/2025-08-31",
    ]
    assert set(codes(tree)) == {"due_unknown"}


def test_its_older_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(ActRefused, match="另存为 XLSX"):
        opened("台账.xls", (FILES / "libreoffice.xls").read_bytes())
