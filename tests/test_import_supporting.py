"""Supporting units of an issue when a merged ledger comes in again: what it says beside the measures, or in one cell for all of them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.issues.models import Inspection, Issue
from apps.issues.services import assign_issue
from apps.ledgers.models import Entry
from apps.measures.models import ImportRun, Measure
from apps.units.models import Unit, User
from tests import factories as make
from tests.lists import HEADINGS, Rows, applied, started, workbook

pytestmark = pytest.mark.django_db
NAMES = ("宣传部", "办公室", "审计局", "财政局")


@pytest.fixture
def office() -> User:
    for name in NAMES:
        make.unit(name)
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def ledger(*supporting: str, lead: str = "宣传部") -> Rows:
    """One issue with a measure for each cell of supporting units."""
    texts = ("制定计划", "开展检查", "通报结果")
    rows = [(1, "党建", "学习不深入", text, lead, cell, "", "2099年底") for text, cell in zip(texts, supporting, strict=False)]
    return [HEADINGS, *rows]


def told(run: ImportRun) -> dict[tuple[str, str], tuple[str, str]]:
    return {(line[3], change[0]): (change[1], change[2]) for line in run.plan["lines"] for change in line[7]}


def names(row: Any) -> set[str]:
    return {unit.short_name for unit in row.supporting_units.all()}


@pytest.mark.parametrize(
    ("before", "after", "issue"),
    [
        (("办公室",), ("办公室、审计局",), {"办公室", "审计局"}),
        (("办公室", "办公室"), ("审计局", "审计局"), {"审计局"}),
        (("办公室", "办公室"), ("办公室", "审计局"), {"办公室", "审计局"}),
        (("办公室", "审计局"), ("财政局", "审计局"), {"财政局"}),
        (("办公室", "审计局"), ("办公室", "财政局"), {"办公室"}),
        (("", ""), ("", "审计局"), {"审计局"}),
        (("办公室",), ("办公室", "审计局"), {"办公室"}),
        (("办公室", "审计局"), ("", ""), {"办公室"}),
    ],
    ids=("more", "others", "one of two", "as the first", "not as the second", "none yet", "a new measure", "empty"),
)
def test_the_issue_goes_with_its_measures(
    office: User, inspection: Inspection, before: tuple[str, ...], after: tuple[str, ...], issue: set[str]
) -> None:
    applied(office, started(office, inspection, workbook(ledger(*before))))
    was = names(Issue.objects.get())
    run = started(office, inspection, workbook(ledger(*after)))
    changes = told(run)
    assert (("1", "supporting_units") in changes) == (issue != was)
    if "add" in {line[2] for line in run.plan["lines"]} or changes:
        run = applied(office, run)
        assert (run.state, run.error) == (ImportRun.State.APPLIED, "")
    assert names(Issue.objects.get()) == issue
    assert told(started(office, inspection, workbook(ledger(*after)))) == {}


def test_it_is_shown_before_and_after_and_entered_with_its_reason(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ledger("办公室", "办公室"))))
    run = started(office, inspection, workbook(ledger("办公室", "审计局")))
    assert told(run)["1", "supporting_units"] == ("区办公室", "区办公室、区审计局")
    assert [finding[2] for finding in run.plan["findings"]] == ["问题 1 的配合单位原来就是各条措施的配合单位，随清单里的措施一起改"]
    applied(office, run, "书记专题会议定")
    (entry,) = Entry.objects.filter(act="issues.assign_issue")
    assert entry.reason == "书记专题会议定"
    assert entry.payload["changes"]["supporting_units"] == [["区办公室"], ["区办公室", "区审计局"]]


def test_what_the_office_gave_the_issue_besides_is_left_alone(office: User, inspection: Inspection) -> None:
    """The control: its supporting units are not those of its measures."""
    applied(office, started(office, inspection, workbook(ledger("办公室", "办公室"))))
    issue = Issue.objects.get()
    own = Unit.objects.filter(short_name__in=("办公室", "财政局"))
    assign_issue(actor=office, issue=issue, lead_unit=issue.lead_unit, supporting_units=own, reason="会议议定")
    run = applied(office, started(office, inspection, workbook(ledger("审计局", "审计局"))))
    assert (run.state, names(Issue.objects.get())) == (ImportRun.State.APPLIED, {"办公室", "财政局"})
    assert [names(row) for row in Measure.objects.all()] == [{"审计局"}] * 2


def test_lead_and_supporting_unit_change_places(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ledger("办公室"))))
    run = applied(office, started(office, inspection, workbook(ledger("宣传部", lead="办公室"))))
    issue = Issue.objects.get()
    assert (run.state, issue.lead_unit.short_name, names(issue)) == (ImportRun.State.APPLIED, "办公室", {"宣传部"})


def test_one_cell_for_all_measures_is_of_the_issue(office: User, inspection: Inspection) -> None:
    """Whether the lead units share a cell too, or not."""
    applied(office, started(office, inspection, workbook(ledger("办公室", "办公室"), ("F2:F3",))))
    issue = Issue.objects.get()
    assign_issue(
        actor=office, issue=issue, lead_unit=issue.lead_unit, supporting_units=Unit.objects.filter(short_name="财政局"), reason="议定"
    )
    run = started(office, inspection, workbook(ledger("审计局", "审计局"), ("F2:F3",)))
    assert told(run)["1", "supporting_units"] == ("区财政局", "区审计局")
    applied(office, run)
    assert names(Issue.objects.get()) == {"审计局"}


def test_an_unknown_unit_in_a_merged_cell_is_one_error_at_that_cell(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook(ledger("没有的局", "没有的局", "没有的局"), ("F2:F4",)))
    errors = [finding for finding in run.plan["findings"] if finding[0] == "error"]
    assert [(finding[1], finding[4][1:3], finding[5]) for finding in errors] == [("unit_unknown", [2, 6], "没有的局")]
    apart = started(office, inspection, workbook(ledger("没有的局", "没有的局", "没有的局")))
    assert len([finding for finding in apart.plan["findings"] if finding[0] == "error"]) == 3, "the control: three cells"
