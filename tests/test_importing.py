"""The life of an import: read, set right, previewed, applied wholly or not at all; the same file again changes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from apps.issues.models import Inspection, Issue
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure, RememberedHeading, RememberedUnit
from apps.measures.services import add_measures, assign_measure, importing
from apps.measures.services.importing.running import LEASE, MOST_TRIES
from apps.measures.services.planning import MeasureDraft
from apps.measures.tables import workbook as register_workbook
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Source, Unit, User
from tests import factories as make
from tests.lists import HEADINGS, Rows, applied, chosen, started, workbook

pytestmark = pytest.mark.django_db

ROWS: Rows = [
    ("某区整改台账",),
    HEADINGS,
    (1, "党的领导", "学习不深入。", "1.制定计划；2.开展检查", "区宣传部", "区办公室", "张三", "2025年8月底前"),
    (2, "党的领导", "研究不够。", "专题研究", "区办公室", "", "李四", "长期坚持"),
]


@pytest.fixture
def office() -> User:
    make.unit("宣传部")
    make.unit("办公室")
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def changed(**cells: Any) -> Rows:
    """The rows with other cells in the second issue, by heading."""
    row = [cells.get(heading, value) for heading, value in zip(HEADINGS, ROWS[3], strict=True)]
    return [*ROWS[:3], tuple(row)]


def deals(run: ImportRun) -> set[str]:
    return {line[2] for line in run.plan["lines"]}


def codes(run: ImportRun, level: str = "error") -> list[tuple[str, str]]:
    """What is said at that level: the kind of it, and its cell."""
    findings = [*run.tree.get("findings", []), *run.plan.get("findings", [])]
    return [(found[1], f"{found[4][1]},{found[4][2]}") for found in findings if found[0] == level]


def test_a_list_becomes_rows_through_the_services(office: User, inspection: Inspection) -> None:
    run = applied(office, started(office, inspection, workbook(ROWS)))
    assert (run.state, run.error) == (ImportRun.State.APPLIED, "")
    rows = Measure.objects.filter(issue__inspection=inspection)
    assert [(row.number, row.text, row.lead_unit.name, str(row.due_on), row.pace, row.source) for row in rows] == [
        ("1-1", "制定计划", "区宣传部", "2025-08-31", "limited", Source.IMPORTED),
        ("1-2", "开展检查", "区宣传部", "2025-08-31", "limited", Source.IMPORTED),
        ("2-1", "专题研究", "区办公室", "None", "long_term", Source.IMPORTED),
    ]
    issue = inspection.issues.get(number=1)
    assert (issue.title, issue.finding, issue.category.title) == ("学习不深入", "学习不深入。", "党的领导")
    assert [unit.name for unit in rows[0].supporting_units.all()] == ["区办公室"]


def test_each_act_has_its_entry_and_all_have_one_correlation_id(office: User, inspection: Inspection) -> None:
    run = applied(office, started(office, inspection, workbook(ROWS)))
    acts = Entry.objects.filter(book=inspection.book, correlation=str(run.correlation)).order_by("seq").values_list("act", flat=True)
    assert list(acts) == [
        "issues.add_category",
        *["issues.add_issue"] * 2,
        *["measures.add_measure"] * 3,
        "measures.apply_import",
    ]
    assert chain.verify(inspection.book).holds


def test_the_same_file_again_changes_nothing(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    before = Entry.objects.count()
    again = started(office, inspection, workbook(ROWS))
    assert deals(again) == {"same"}
    with pytest.raises(ActRefused, match="一致"):
        importing.ask_apply(actor=office, run=again, fingerprint=again.plan["fingerprint"])
    assert Entry.objects.count() == before + 1  # that the file was handed in


def test_an_edited_file_shows_each_field_and_changes_it_with_a_reason(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    edited = changed(整改措施="每季度专题研究", 牵头单位="区宣传部", 责任人="王五", 整改时限="2025年12月底", 反馈问题="研究不够，督办少。")
    run = started(office, inspection, workbook(edited))
    told = {(line[3], change[0]): (change[1], change[2]) for line in run.plan["lines"] for change in line[7]}
    assert told == {
        ("2", "finding"): ("研究不够。", "研究不够，督办少。"),
        ("2", "lead_unit"): ("区办公室", "区宣传部"),
        ("2-1", "text"): ("专题研究", "每季度专题研究"),
        ("2-1", "lead_unit"): ("区办公室", "区宣传部"),
        ("2-1", "person"): ("李四", "王五"),
        ("2-1", "due_on"): ("", "2025-12-31"),
    }
    with pytest.raises(ActRefused, match="理由"):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])
    run = applied(office, run, reason="专题会议纪要")
    row = Measure.objects.get(issue__inspection=inspection, issue__number=2)
    assert (row.text, row.lead_unit.name, row.person, row.due_on) == ("每季度专题研究", "区宣传部", "王五", dt.date(2025, 12, 31))
    entries = Entry.objects.filter(correlation=str(run.correlation))
    assert {entry.reason for entry in entries} == {"专题会议纪要"}
    assert {entry.act for entry in entries} == {
        *("issues.amend_issue", "issues.assign_issue", "measures.amend_measure", "measures.assign_measure", "measures.apply_import")
    }
    assert deals(started(office, inspection, workbook(edited))) == {"same"}


def test_empty_cells_and_rows_that_are_missing_wipe_nothing(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    run = started(office, inspection, workbook([*ROWS[:2], changed(责任人="", 牵头单位="", 整改时限="")[3]]))
    assert deals(run) == {"same"}
    assert run.plan["unmentioned"] == {"issues": 1, "measures": 0}


def test_one_faulty_cell_keeps_the_whole_list_out(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook(changed(整改时限="尽快")))
    assert codes(run) == [("due_unknown", "4,8")]
    with pytest.raises(ActRefused, match="错误"):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])
    assert not Issue.objects.exists()


FAULTS = {
    "due_unknown": {"整改时限": "待定"},
    "due_early": {"整改时限": "2024年12月底"},
    "due_finished": {"整改时限": "已完成"},
    "no_due": {"整改时限": ""},
    "no_lead": {"牵头单位": ""},
    "broken": {"整改措施": "#REF!"},
    "too_long": {"责任人": "责" * 81},
    "unit_unknown": {"牵头单位": "区审计局"},
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_is_told_at_its_cell_with_what_to_do(office: User, inspection: Inspection, code: str) -> None:
    cells = FAULTS[code]
    run = started(office, inspection, workbook(changed(**cells)))
    column = HEADINGS.index(next(iter(cells))) + 1
    places = [place for found, place in codes(run) if found == code]
    # An empty cell has no place of its own: the row is named by its first cell that says anything.
    assert places
    assert all(place.startswith("4,") for place in places)
    assert code.startswith("no_") or f"4,{column}" in places
    findings = [found for found in (*run.tree["findings"], *run.plan["findings"]) if found[1] == code]
    assert all(found[2] and found[3] for found in findings)


def test_what_the_list_does_not_say_is_filled_in_once(office: User, inspection: Inspection) -> None:
    bare: Rows = [("序号", "反馈问题", "整改措施", "整改时限"), (1, "学习不深入", "制定计划", "立行立改"), (2, "研究不够", "专题研究", "")]
    run = started(office, inspection, workbook(bare))
    assert {code for code, _place in codes(run)} == {"no_lead", "no_due"}
    lead = Unit.objects.get(short_name="办公室")
    run = chosen(office, run, lead_unit=lead.pk, due_on="2025-12-31", at_once_on="2025-03-31", category="综合")
    run = applied(office, run)
    rows = Measure.objects.filter(issue__inspection=inspection)
    assert [(row.lead_unit, row.due_on, row.pace) for row in rows] == [
        (lead, dt.date(2025, 3, 31), "at_once"),
        (lead, dt.date(2025, 12, 31), "limited"),
    ]
    assert inspection.categories.get().title == "综合"


def test_unknown_units_are_asked_for_and_remembered(office: User, inspection: Inspection) -> None:
    rows = changed(牵头单位="某区办公室", 配合单位="区审计局、各乡镇")
    run = started(office, inspection, workbook(rows))
    assert run.state == ImportRun.State.SETTING
    unit = Unit.objects.get(short_name="办公室")
    choices = {"某区办公室": str(unit.pk), "区审计局": "new:government", "各乡镇": "skip"}
    importing.set_import(actor=office, run=run, choices={"units": choices}, units={"某区办公室": unit.pk})
    work(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.READY
    applied(office, run)
    row = Measure.objects.get(issue__inspection=inspection, issue__number=2)
    assert (row.lead_unit, [one.name for one in row.supporting_units.all()]) == (unit, ["区审计局"])
    assert Unit.objects.get(name="区审计局").source == Source.IMPORTED
    assert RememberedUnit.objects.get().unit == unit
    again = started(office, inspection, workbook(changed(牵头单位="某区办公室", 配合单位="区审计局")))
    assert deals(again) == {"same"}


def test_unknown_headings_are_asked_for_and_remembered(office: User, inspection: Inspection) -> None:
    odd: Rows = [tuple("谁来办" if head == "牵头单位" else head for head in HEADINGS), *ROWS[2:]]
    run = started(office, inspection, workbook(odd))
    assert run.state == ImportRun.State.SETTING
    choices = {"columns": {"整改台账": {"5": "lead_unit"}}}
    importing.set_import(actor=office, run=run, choices=choices, headings={"谁来办": "lead_unit"})
    work(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.READY
    assert RememberedHeading.objects.get().field == "lead_unit"
    assert started(office, inspection, workbook(odd)).state == ImportRun.State.READY


def test_three_lists_one_after_the_other(office: User, inspection: Inspection) -> None:
    issues: Rows = [("序号", "方面", "具体问题", "责任单位"), (1, "党建", "学习不深入", "区宣传部"), (2, "党建", "研究不够", "区办公室")]
    tasks: Rows = [("序号", "整改措施", "完成时限"), (1, "制定计划；开展检查", "2025.8.31"), (2, "专题研究", "长期坚持")]
    people: Rows = [("序号", "责任领导", "配合单位", "责任人"), (1, "李部长", "区办公室", "张三"), (2, "王主任", "", "李四")]
    for rows in (issues, tasks, people):
        applied(office, started(office, inspection, workbook(rows)))
    rows_made = Measure.objects.filter(issue__inspection=inspection)
    assert [(row.number, row.text, row.lead_unit.name) for row in rows_made] == [
        ("1-1", "制定计划", "区宣传部"),
        ("1-2", "开展检查", "区宣传部"),
        ("2-1", "专题研究", "区办公室"),
    ]
    assert [issue.lead_official for issue in inspection.issues.order_by("number")] == ["李部长", "王主任"]
    assert [unit.name for unit in inspection.issues.get(number=1).supporting_units.all()] == ["区办公室"]


def test_a_ledger_that_moves_after_the_preview_is_shown_anew(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    run = started(office, inspection, workbook(changed(责任人="王五")))
    importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"], reason="调整")
    row = Measure.objects.get(issue__inspection=inspection, issue__number=2)
    Measure.objects.filter(pk=row.pk).update(person="赵六", version=row.version + 1)
    work(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.READY
    assert "台账有变动" in run.error
    assert Measure.objects.get(pk=row.pk).person == "赵六"
    assert [change[1:3] for line in run.plan["lines"] for change in line[7]] == [["赵六", "王五"]]


def test_a_failure_half_way_leaves_nothing(office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    run = started(office, inspection, workbook(ROWS))
    importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])

    def broken(**_facts: Any) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("apps.measures.services.importing.applying.add_measures_to_many", broken)
    work(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.FAILED
    assert not Issue.objects.exists()
    assert not inspection.categories.exists()


def test_writing_twice_writes_once(office: User, inspection: Inspection) -> None:
    run = applied(office, started(office, inspection, workbook(ROWS)))
    importing.apply_import(run=run)
    work(run.pk)
    assert Measure.objects.count() == 3


def test_a_run_that_kills_its_worker_is_given_up(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook(ROWS))
    importing.reread(actor=office, run=run)
    for _try in range(MOST_TRIES):
        assert importing.claim_import(pk=run.pk) is not None
        ImportRun.objects.filter(pk=run.pk).update(begun_at=timezone.now() - LEASE)
    assert importing.claim_import(pk=run.pk) is None
    run.refresh_from_db()
    assert run.state == ImportRun.State.FAILED


def test_what_rests_is_left_alone_and_said(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    inspection.issues.filter(number=2).update(closure=Issue.ClosureState.CLOSED)
    run = started(
        office, inspection, workbook([*changed(责任人="王五"), (2, "党的领导", "研究不够。", "再研究一次", "区办公室", "", "", "2025年底")])
    )
    assert deals(run) == {"same", "rest"}
    assert [code for code, _place in codes(run, "warning")] == ["rests", "rests"]


def test_an_agreed_extension_is_not_undone_by_the_original_date(office: User, inspection: Inspection) -> None:
    rows = changed(整改时限="2025年9月30日")
    applied(office, started(office, inspection, workbook(rows)))
    Measure.objects.filter(issue__number=2).update(due_on=dt.date(2025, 12, 31))
    run = started(office, inspection, workbook(rows))
    assert deals(run) == {"same"}
    assert ("extended", "4,8") in codes(run, "note")


def test_a_number_of_quite_another_issue_is_no_silent_overwrite(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    run = started(office, inspection, workbook(changed(反馈问题="财政专项资金长期闲置没有盘活使用")))
    assert codes(run) == [("number_taken", "4,1")]
    run = chosen(office, run, renumber=True)
    assert run.state == ImportRun.State.READY
    run = applied(office, run)
    assert list(inspection.issues.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_the_exported_register_changes_nothing(office: User, inspection: Inspection) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    issue, lead = inspection.issues.get(number=1), make.unit("财政局")
    add_measures(
        actor=office,
        issue=issue,
        drafts=[make.draft(lead, text="1.追缴；2.入库，含区里、县里的", person=""), make.draft(lead, text="（二）另行研究")],
    )
    measures = Measure.objects.filter(issue__inspection=inspection).for_register(inspection.today(), inspection.today())
    data = register_workbook("台账", ["截至今天", "全部"], measures, inspection.today()).read()
    run = started(office, inspection, data)
    assert [change for line in run.plan["lines"] for change in line[7]] == []
    assert (run.state, deals(run), codes(run)) == (ImportRun.State.READY, {"same"}, [])


def test_only_the_office_brings_lists_in(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook(ROWS))
    for who in (make.liaison(), make.leader(), make.user("admin"), make.user("auditor")):
        with pytest.raises(ActForbidden):
            started(who, inspection, workbook(ROWS))
        with pytest.raises(ActForbidden):
            importing.ask_apply(actor=who, run=run, fingerprint=run.plan["fingerprint"])
        with pytest.raises(ActForbidden):
            importing.set_import(actor=who, run=run, choices={})
        with pytest.raises(ActForbidden):
            importing.drop_import(actor=who, run=run)


def test_a_stale_page_is_refused(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook(ROWS))
    with pytest.raises(ActConflict):
        importing.ask_apply(actor=office, run=run, fingerprint="0" * 64)
    with pytest.raises(ActConflict):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"], version=run.version - 1)
    importing.drop_import(actor=office, run=run)
    with pytest.raises(ActConflict):
        importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"])


def test_the_number_of_queries_does_not_grow_with_the_list(office: User, inspection: Inspection) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(count: int) -> int:
        of = make.inspection()
        rows = [
            HEADINGS,
            *(
                (number, "党建", f"第{number}个问题", f"措施{number}", "区宣传部", "区办公室", "张三", "2025年底")
                for number in range(1, count)
            ),
        ]
        run = started(office, of, workbook(rows))
        with CaptureQueriesContext(connection) as caught:
            applied(office, run)
        return len(caught)

    assert queries(60) <= queries(12) + 5


def test_a_day_within_the_words_of_a_measure_is_taken_when_the_words_are_new(office: User, inspection: Inspection) -> None:
    def listed(text: str) -> Rows:
        return [HEADINGS[:5], (1, "党建", "学习不深入", text, "区宣传部")]

    applied(office, started(office, inspection, workbook(listed("2099年8月底前制定计划"))))
    row = Measure.objects.get()
    draft = MeasureDraft(
        text=row.text, nature=row.nature, pace=row.pace, lead_unit=row.lead_unit, deadline_rule="fixed", due_on=dt.date(2099, 9, 30)
    )
    assign_measure(actor=office, measure=row, draft=draft, reason="会议议定")
    assert deals(started(office, inspection, workbook(listed("2099年8月底前制定计划")))) == {"same"}
    applied(office, started(office, inspection, workbook(listed("2099年10月底前制定计划"))))
    assert Measure.objects.get().due_on == dt.date(2099, 10, 31)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("2099年8月底前制定计划", "立行立改"),
        ("2099年8月底前制订计划", "限期整改"),
        ("2099年8月31日前，制订计划", "立行立改"),
    ],
    ids=["another type", "a typo", "the same day, written otherwise"],
)
def test_a_day_within_the_words_stays_a_guess_where_the_words_name_the_same_day(
    office: User, inspection: Inspection, words: str, kind: str
) -> None:
    """The day that a meeting decided on is not put back by whoever mends a word of the measure, or its type."""
    headings = (*HEADINGS[:5], "整改类型")

    def listed(text: str, kind: str) -> bytes:
        return workbook([headings, (1, "党建", "学习不深入", text, "区宣传部", kind)])

    first = [(*headings, "整改时限"), (1, "党建", "学习不深入", "2099年8月底前制定计划", "区宣传部", "限期整改", "2099-09-30")]
    applied(office, started(office, inspection, workbook(first)))
    applied(office, started(office, inspection, listed(words, kind)))
    row = Measure.objects.get()
    assert (row.text, row.get_pace_display(), row.due_on) == (words, kind, dt.date(2099, 9, 30))
    applied(office, started(office, inspection, listed("2099年10月底前制定计划", "限期整改")))
    assert Measure.objects.get().due_on == dt.date(2099, 10, 31), "the control: another day in the words"


def test_a_day_within_the_words_is_taken_by_what_had_none(office: User, inspection: Inspection) -> None:
    headings = (*HEADINGS[:5], "整改类型", "整改时限")
    row = (1, "党建", "学习不深入", "2099年8月底前制定计划", "区宣传部")
    applied(office, started(office, inspection, workbook([headings, (*row, "长期坚持", "长期坚持")])))
    assert Measure.objects.get().due_on is None
    applied(office, started(office, inspection, workbook([headings[:-1], (*row, "限期整改")])))
    assert Measure.objects.get().due_on == dt.date(2099, 8, 31)
