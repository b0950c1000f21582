"""What an office meets in its first hour: names of units asked for once, units of two levels told apart, words that say what is next."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from apps.issues.models import Inspection
from apps.measures.importing.directory import Directory
from apps.measures.importing.naming import kind_of, nearness
from apps.measures.importing.preview import Preview
from apps.measures.importing.tree import Kind, Tree
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure, RememberedUnit
from apps.measures.services import importing
from apps.units.models import Unit, User
from tests import factories as make
from tests.lists import HEADINGS, Rows, applied, chosen, started, workbook

pytestmark = pytest.mark.django_db

ROWS: Rows = [
    HEADINGS,
    (1, "党的领导", "学习不深入。", "制定计划", "县委办公室", "县审计局、各乡镇", "张三", "2025年8月底前"),
    (2, "党的领导", "研究不够。", "专题研究", "县委办", "", "李四", "尽快"),
]
SAID = {"县委办公室": "new:party", "县委办": "same:县委办公室", "县审计局": "new:government", "各乡镇": "skip"}


@pytest.fixture
def office() -> User:
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def page_of(user: User, run: ImportRun) -> str:
    return make.signed_in(user).get(reverse("measures:import", args=[run.pk])).content.decode()


def corrected(day: str = "2025年9月底前") -> bytes:
    return workbook([*ROWS[:2], (*ROWS[2][:7], day)])


def test_a_corrected_list_is_not_asked_about_again(office: User, inspection: Inspection) -> None:
    first = chosen(office, started(office, inspection, workbook(ROWS)), units=SAID)
    assert [finding[1] for finding in first.tree["findings"] + first.plan["findings"] if finding[0] == "error"] == ["due_unknown"]
    second = started(office, inspection, corrected())
    assert second.state == ImportRun.State.READY
    applied(office, second)
    assert started(office, inspection, corrected()).state == ImportRun.State.READY
    assert started(office, make.inspection(), corrected()).state == ImportRun.State.SETTING, "another round is another office's"


def test_two_spellings_of_one_new_unit_are_one_unit(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, corrected())
    unknown = {one.name: one.alike for one in Directory().unknown(Tree.from_json(run.tree))}
    assert unknown == {"县委办公室": [], "县审计局": [], "各乡镇": [], "县委办": ["县委办公室"]}
    applied(office, chosen(office, run, units=SAID))
    assert sorted(Unit.objects.values_list("name", flat=True)) == ["县委办公室", "县审计局"]
    assert {row.lead_unit.name for row in Measure.objects.all()} == {"县委办公室"}


def test_short_lines_of_deadlines_belong_to_their_measures(office: User, inspection: Inspection) -> None:
    """“三季度” is a line of three characters: the last day was taken for all three measures before."""
    row = (3, "党的领导", "整改缓慢。", "①查处；\n②建成；\n③检查；", "县委办公室", "", "", "立行立改\n三季度\n2025.11.30")
    run = started(office, inspection, workbook([HEADINGS, row]))
    (issue,) = Tree.from_json(run.tree).walk(Kind.ISSUE)
    found = [(one.text("pace"), one.text("due_on")) for one in issue.of_kind(Kind.MEASURE)]
    assert found == [("at_once", ""), ("", "2025-09-30"), ("", "2025-11-30")]


def test_spellings_that_differ_only_in_form_are_offered_as_one(office: User, inspection: Inspection) -> None:
    row = (3, "党的领导", "资产不清。", "清查", "县机关事务服务中心", "县机关事务中心、市机关事务中心", "王五", "2025年9月底前")
    run = started(office, inspection, workbook([*ROWS[:1], row]))
    found = {one.name: one.suggestion for one in Directory().unknown(Tree.from_json(run.tree))}
    assert found == {
        "县机关事务服务中心": "new:institution",
        "县机关事务中心": "same:县机关事务服务中心",
        "市机关事务中心": "new:institution",
    }


def test_names_that_mean_each_other_mean_nobody(office: User, inspection: Inspection) -> None:
    directory = Directory({"甲局": "same:乙局", "乙局": "same:甲局"})
    assert not directory.resolve("甲局").is_known


def test_a_name_that_is_left_out_says_so_in_the_preview(office: User, inspection: Inspection) -> None:
    run = chosen(office, started(office, inspection, corrected()), units=SAID)
    shown = Preview(run)
    node = next(Tree.from_json(run.tree).walk(Kind.ISSUE))
    assert dict(shown.shown(node).facts)["配合单位"] == "县审计局、各乡镇（不导入）"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("市财政局", "县财政局", False),
        ("市委宣传部", "中共清溪县委宣传部", False),
        ("区财政局", "三明市沙县区财政局", True),
        ("财政局", "县财政局", True),
        ("县工信局", "清溪县工业和信息化局", True),
        ("县市场监管局", "清溪县市场监督管理局", True),
        ("县工业园区管委会", "县开发区管委会", False),
    ],
)
def test_units_of_two_levels_are_not_taken_for_one(one: str, other: str, same: bool) -> None:
    """What is near enough is preselected."""
    assert (nearness(one, other) >= 0.85) is same


@pytest.mark.parametrize(("name", "kind"), [("县农业农村局", "government"), ("县乡村振兴局", "government"), ("城关镇党委", "township")])
def test_an_office_is_no_township_for_a_word_in_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_notice_with_units_that_nobody_knows_says_so_once_and_where_to_go(office: User, inspection: Inspection) -> None:
    text = """关于巡察整改进展情况的通报
一、党的领导方面
1.学习不深入。
整改情况：（1）制定学习计划。（2）开展检查。
责任单位：县委宣传部。
2.研究不够。
整改情况：（1）专题研究。（2）每月督办。
责任单位：县委宣传部。"""
    run = importing.start_notice(actor=office, inspection=inspection, text=text)
    work(run.pk)
    importing.accept_draft(actor=office, run=run, lead_unit=None, due_on=inspection.feedback_on + dt.timedelta(days=90))
    work(run.pk)
    run.refresh_from_db()
    assert {line[1] for line in run.plan["findings"] if line[0] == "error"} == {"unit_unknown"}
    page = page_of(office, run)
    assert "1 个单位认不出" in page
    assert "列对应" not in page


def test_what_was_imported_opens_in_its_own_round(office: User, inspection: Inspection) -> None:
    run = applied(office, chosen(office, started(office, inspection, corrected()), units=SAID))
    page = page_of(office, run)
    assert f"{reverse('measures:register')}?inspection={inspection.pk}" in page


def test_what_was_said_of_a_name_before_is_offered_first(office: User, inspection: Inspection) -> None:
    unit = make.unit("综合处")
    RememberedUnit.objects.create(name="县委办", unit=unit)
    run = started(office, inspection, corrected())
    found = {one.name: one.suggestion for one in Directory().unknown(Tree.from_json(run.tree))}
    assert found["县委办"] == str(unit.pk)
