"""Bulk acts on the register: what is chosen, what changes, what is skipped and why; and that they are nothing but many single acts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.issues.models import Inspection, Issue
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import assign_measure, bulk_assign, preview_bulk
from apps.measures.services.bulk import GONE, STALE, BulkChange, Redate, Support
from apps.units.errors import ActForbidden, ActRefused
from apps.units.models import Role, Unit
from tests import factories as make

pytestmark = pytest.mark.django_db
BULK = "/register/bulk/"
KEPT = {"support": "keep", "person_choice": "keep", "redate": "keep", "basis_choice": "keep", "reason": "按第3次专题会议纪要"}


def every() -> Any:
    return Measure.objects.all()


def run(change: BulkChange, rows: Any = None, **more: Any) -> Any:
    return bulk_assign(actor=make.office(), rows=every() if rows is None else rows, change=change, reason="会议纪要", **more)


def skipped(bulk: Any) -> dict[str, str]:
    return {line.number: line.skipped for line in bulk.skipped}


def entries() -> Any:
    return Entry.objects.filter(act="measures.assign_measure").order_by("seq")


def closed(issue: Issue) -> Issue:
    Issue.objects.filter(pk=issue.pk).update(closure=Issue.ClosureState.CLOSED)
    return issue


def test_one_act_on_many_rows_has_one_reason_and_one_correlation_id_and_an_entry_for_each() -> None:
    issue = make.issue()
    rows, lead = make.measures(issue, 3), make.unit("财政局")
    done = run(BulkChange(lead_unit=lead, person="王科长"))
    assert (len(done.changing), done.skipped) == (3, [])
    assert set(Measure.objects.values_list("lead_unit", "person", "version")) == {(lead.pk, "王科长", 2)}
    made = list(entries())
    assert {entry.correlation for entry in made} == {done.correlation}
    assert {entry.reason for entry in made} == {"会议纪要"}
    assert [entry.subject_label for entry in made] == [f"措施 {row.number}" for row in rows]
    assert made[0].payload == {
        "changes": {"lead_unit": [issue.lead_unit.name, lead.name], "person": ["", "王科长"]},
        "state": {"lead_unit_id": [issue.lead_unit_id, lead.pk]},
    }
    assert chain.verify(issue.inspection.book).holds


def test_what_is_not_asked_for_stays() -> None:
    helper = make.unit()
    row = make.measure(make.issue(), supporting_units=(helper,), person="李主任", deadline_basis="反馈会要求", due_on=make.days(9))
    run(BulkChange(lead_unit=make.unit()))
    row.refresh_from_db()
    assert (row.person, row.deadline_basis, row.due_on, list(row.supporting_units.all())) == (
        "李主任",
        "反馈会要求",
        make.days(9),
        [helper],
    )
    with pytest.raises(ActRefused, match="每一项都是“不改变”"):
        run(BulkChange())


@pytest.mark.parametrize(
    ("support", "after"),
    [(Support.ADD, "abc"), (Support.REMOVE, "a"), (Support.REPLACE, "bc"), (Support.CLEAR, ""), (Support.KEEP, "ab")],
)
def test_supporting_units(support: str, after: str) -> None:
    units = {key: make.unit() for key in "abc"}
    row = make.measure(make.issue(), supporting_units=(units["a"], units["b"]))
    run(BulkChange(support=support, supporting_units=(units["b"], units["c"]), person="张三"))
    assert set(row.supporting_units.all()) == {units[key] for key in after}


def test_skipped_rows_say_why_and_stay_as_they_are() -> None:
    inspection = make.inspection()
    category = make.category(inspection)
    first, second = make.issue(category), make.issue(category)
    plain, reviewed, finished, long_term = make.measures(first, 4, due_on=make.days(10))
    resting = make.measure(second)
    closed(second)
    Measure.objects.filter(pk=long_term.pk).update(pace="long_term", due_on=None, deadline_rule="none")
    make.report(reviewed, claim=Measure.State.DONE, files=[make.evidence()])
    make.finish(finished)
    done = run(BulkChange(redate=Redate.SHIFT, shift=5))
    assert [line.number for line in done.changing] == ["1-1"]
    said = skipped(done)
    assert set(said) == {"1-2", "1-3", "1-4", "2-1"}
    for number, words in (("1-2", "等待审核"), ("1-3", "已经完成"), ("1-4", "没有整改时限"), ("2-1", "已销号")):
        assert words in said[number]
    assert Measure.objects.get(pk=plain.pk).due_on == make.days(15)
    assert Measure.objects.get(pk=plain.pk).original_due_on == make.days(10)
    assert Measure.objects.get(pk=resting.pk).due_on == make.days(60)
    assert entries().count() == 1


def test_further_reasons_to_skip() -> None:
    lead, other = make.unit(), make.unit()
    make.measure(make.issue(lead=lead), supporting_units=(other,))
    assert "分工和时限没有变化" in skipped(run(BulkChange(lead_unit=lead)))["1-1"]
    assert "牵头单位不能同时是配合单位" in skipped(run(BulkChange(lead_unit=other)))["1-1"]
    early = make.FEEDBACK - dt.timedelta(days=1)
    assert "不能早于反馈日期" in skipped(run(BulkChange(redate=Redate.FIXED, due_on=early)))["1-1"]
    assert "2050 年的节假日" in skipped(run(BulkChange(redate=Redate.WORKING_DAYS, start=dt.date(2050, 1, 3), count=5)))["1-1"]
    assert "超出范围" in skipped(run(BulkChange(redate=Redate.SHIFT, shift=9_000_000)))["1-1"]
    assert entries().count() == 0


def test_rules_count_from_the_feedback_unless_told_otherwise() -> None:
    row = make.measure(make.issue())
    run(BulkChange(redate=Redate.MONTHS, count=6))
    row.refresh_from_db()
    assert (row.deadline_rule, row.deadline_from, row.due_on) == ("months", make.FEEDBACK, dt.date(2025, 8, 20))
    run(BulkChange(redate=Redate.WORKING_DAYS, count=5, start=dt.date(2025, 9, 28)))
    row.refresh_from_db()
    assert row.due_on == dt.date(2025, 10, 11)


def test_the_preview_tells_what_the_act_then_does_and_writes_nothing() -> None:
    issue = make.issue()
    make.measures(issue, 2)
    make.report(make.measure(issue), claim=Measure.State.DONE, files=[make.evidence()])
    change, before = BulkChange(redate=Redate.FIXED, due_on=make.days(30)), Entry.objects.count()
    plan = preview_bulk(actor=make.office(), rows=every(), change=change)
    assert Entry.objects.filter(act="measures.assign_measure").count() == 0
    assert set(Measure.objects.values_list("due_on", "version")) == {(make.days(60), 1), (make.days(60), 2)}
    done = run(change, seen=plan.seen)
    assert [(line.number, line.changes, line.skipped) for line in done.lines] == [
        (line.number, line.changes, line.skipped) for line in plan.lines
    ]
    assert before < Entry.objects.count()


def test_rows_changed_since_the_preview_are_skipped_by_name_and_not_overwritten() -> None:
    issue = make.issue()
    first, second, third = make.measures(issue, 3)
    rows, change = Measure.objects.exclude(person="赵局长"), BulkChange(person="钱科长")
    plan = preview_bulk(actor=make.office(), rows=rows, change=change)
    lead, reason = issue.lead_unit, "分管调整"
    assign_measure(actor=make.office(), measure=first, draft=make.draft(lead, person="孙科长"), reason=reason)
    assign_measure(actor=make.office(), measure=second, draft=make.draft(lead, person="赵局长"), reason=reason)
    fourth = make.measure(issue)
    done = run(change, rows, seen=plan.seen)
    assert skipped(done) == {"1-1": STALE, "1-2": GONE}
    assert done.new_since == 1
    people = dict(Measure.objects.values_list("pk", "person"))
    assert people == {first.pk: "孙科长", second.pk: "赵局长", third.pk: "钱科长", fourth.pk: ""}


def test_only_the_office_acts_and_a_reason_is_needed() -> None:
    row = make.measure(make.issue())
    for who in (make.liaison(row.lead_unit), make.leader(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        for act in (preview_bulk, bulk_assign):
            more: dict[str, Any] = {"reason": "理由"} if act is bulk_assign else {}
            with pytest.raises(ActForbidden):
                act(actor=who, rows=every(), change=BulkChange(person="甲"), **more)
    with pytest.raises(ActRefused, match="写明理由"):
        bulk_assign(actor=make.office(), rows=every(), change=BulkChange(person="甲"), reason=" ")
    with pytest.raises(ActRefused, match="没有选中"):
        run(BulkChange(person="甲"), Measure.objects.none())


def test_one_round_at_a_time_and_not_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    make.measures(make.issue(), 2)
    monkeypatch.setattr("apps.measures.services.bulk.MOST", 1)
    with pytest.raises(ActRefused, match="最多办理 1 条"):
        run(BulkChange(person="甲"))
    monkeypatch.setattr("apps.measures.services.bulk.MOST", 10)
    make.measure(make.issue())
    with pytest.raises(ActRefused, match="一个轮次"):
        run(BulkChange(person="甲"))


def fill(count: int) -> Issue:
    issue, helper = make.issue(), make.unit()
    make.measures(issue, count, supporting_units=(helper,))
    return issue


def cost(issue: Issue, who: Any) -> int:
    rows, other = Measure.objects.filter(issue=issue), make.unit()
    change = BulkChange(lead_unit=make.unit(), support=Support.ADD, supporting_units=(other,), redate=Redate.WORKING_DAYS, count=90)
    with CaptureQueriesContext(connection) as captured:
        plan = preview_bulk(actor=who, rows=rows, change=change)
        done = bulk_assign(actor=who, rows=rows, change=change, reason="会议纪要", seen=plan.seen)
    assert len(done.changing) == issue.measures.count()
    return len(captured)


def test_360_rows_take_few_queries() -> None:
    who = make.office()
    few, many = cost(fill(40), who), cost(fill(360), who)
    assert many <= few + 20
    assert many <= 50


CHANGES = st.builds(
    BulkChange,
    lead_unit=st.sampled_from([None, 0, 1]),
    support=st.sampled_from(Support.values),
    supporting_units=st.sets(st.integers(0, 2)).map(tuple),
    person=st.sampled_from([None, "", "周科长"]),
    redate=st.sampled_from(Redate.values),
    due_on=st.just(make.days(45)),
    shift=st.integers(-400, 400),
    count=st.integers(1, 8),
    basis=st.sampled_from([None, "区委要求"]),
).filter(lambda change: not change.is_empty)
OF_AN_ENTRY = ("subject_label", "act", "reason", "payload")
OF_A_ROW = (
    "lead_unit__name",
    "person",
    "due_on",
    "original_due_on",
    "deadline_rule",
    "deadline_from",
    "deadline_count",
    "deadline_basis",
    "version",
    "demonstrated",
)


def twin(prefix: str) -> tuple[Inspection, list[Unit]]:
    """A round whose rows look the same under every prefix, in several states."""
    units = [make.unit(f"{prefix}{number}") for number in range(3)]
    inspection = make.inspection(f"{prefix}轮次")
    first, second = (make.issue(make.category(inspection, number), lead=units[number - 1]) for number in (1, 2))
    rows = make.measures(first, 3, supporting_units=(units[1],), person="吴科长") + make.measures(second, 2)
    make.report(rows[0], claim=Measure.State.DONE, files=[make.evidence()])
    make.finish(rows[1])
    make.measure(closed_later := make.issue(make.category(inspection, 3), lead=units[2]))
    closed(closed_later)
    return inspection, units


def without_keys(payload: dict[str, Any]) -> dict[str, Any]:
    """The units are named in the changes already; their keys differ between the twins."""
    return {**payload, "state": {name: pair for name, pair in payload.get("state", {}).items() if name != "lead_unit_id"}}


def state(inspection: Inspection, prefix: str) -> tuple[list[Any], list[Any]]:
    """Rows and entries, without what tells the twins apart."""
    rows = Measure.objects.filter(issue__inspection=inspection).order_by("issue__number", "ordinal")
    helpers = [sorted(row.supporting_units.values_list("name", flat=True)) for row in rows]
    made = [[*told, without_keys(payload)] for *told, payload in entries().filter(book=inspection.book).values_list(*OF_AN_ENTRY)]
    plain = repr([list(rows.values_list(*OF_A_ROW)), helpers]), repr(made)
    return [text.replace(prefix, "·") for text in plain], []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=CHANGES, picked=st.sets(st.integers(0, 5), min_size=1))
def test_a_bulk_act_is_the_same_as_its_single_acts(change: BulkChange, picked: set[int]) -> None:
    with transaction.atomic():
        worlds = {prefix: twin(prefix) for prefix in ("甲", "乙")}
        who, found = make.office(), {}
        for prefix, (inspection, units) in worlds.items():
            rows = list(Measure.objects.filter(issue__inspection=inspection).order_by("issue__number", "ordinal"))
            own = replace(
                change,
                lead_unit=None if change.lead_unit is None else units[int(str(change.lead_unit))],
                supporting_units=tuple(units[int(str(number))] for number in change.supporting_units),
            )
            if not own.is_empty:
                _act(who, prefix, [rows[number].pk for number in sorted(picked)], own)
            found[prefix] = state(inspection, prefix)
        assert found["甲"] == found["乙"]
        transaction.set_rollback(True)


def _act(who: Any, prefix: str, keys: list[int], change: BulkChange) -> None:
    """All at once in the first world; one after the other in the second, where the rules of the bulk allow."""
    rows = Measure.objects.filter(pk__in=keys)
    if prefix == "甲":
        bulk_assign(actor=who, rows=rows, change=change, reason="会议纪要")
        return
    for line in preview_bulk(actor=who, rows=rows, change=change).lines:
        row = Measure.objects.get(pk=line.measure.pk)
        barred = ("等待审核" in line.skipped) or ("已经完成" in line.skipped)
        if not barred:
            try:
                draft = change.draft_for(row, tuple(row.supporting_units.all()))
                assign_measure(actor=who, measure=row, draft=draft, reason="会议纪要")
            except ActRefused as refusal:
                assert refusal.message == line.skipped
            else:
                assert not line.skipped


def post(browser: Client, step: str, query: str = "", **fields: Any) -> Any:
    return browser.post(f"{BULK}{query}", {**KEPT, "step": step, **fields})


def test_the_page_previews_then_confirms_what_was_ticked() -> None:
    issue = make.issue()
    first, second = make.measures(issue, 2)
    browser = make.signed_in(make.office())
    fields = {"which": "picked", "row": str(first.pk), "person_choice": "set", "person": "郑科长"}
    page = post(browser, "preview", **fields)
    assert "1 条将改变，0 条跳过" in page.content.decode()
    answer = post(browser, "confirm", seen=page.context["seen"], **fields)
    assert answer.status_code == 302
    words = browser.get(answer["Location"]).content.decode()
    assert "改变了 1 条措施" in words
    assert "已改变 1 条措施，跳过 0 条" in words
    assert dict(Measure.objects.values_list("pk", "person")) == {first.pk: "郑科长", second.pk: ""}


def test_all_of_the_filter_is_read_anew_on_the_server() -> None:
    issue = make.issue()
    late, on_time = make.measure(issue, due_on=make.days(-3)), make.measure(issue)
    browser = make.signed_in(make.office())
    fields = {"which": "all", "row": str(on_time.pk), "redate": "fixed", "due_on": make.days(20).isoformat()}
    page = post(browser, "preview", "?timeliness=overdue", **fields)
    assert list(page.context["plan"].seen) == [late.pk]
    post(browser, "confirm", "?timeliness=overdue", seen=f"{late.pk}:1,{on_time.pk}:1", **fields)
    assert Measure.objects.get(pk=late.pk).due_on == make.days(20)
    assert Measure.objects.get(pk=on_time.pk).due_on == make.days(60)
    assert post(browser, "preview", "?timeliness=never", **fields).status_code == 400


def test_foreign_and_unknown_numbers_count_for_nothing_and_look_the_same() -> None:
    here, elsewhere = make.measure(make.issue()), make.measure(make.issue())
    shown, hidden = sorted((here, elsewhere), key=lambda row: row.issue.inspection_id, reverse=True)
    browser = make.signed_in(make.office())
    query = f"?inspection={shown.issue.inspection_id}"
    seen = []
    for other in (str(hidden.pk), "999999", "x", "9" * 30, ""):
        fields = {"which": "picked", "row": f"{shown.pk},{other}", "person_choice": "set", "person": "冯科长"}
        page = post(browser, "preview", query, **fields)
        seen.append((page.context["plan"].seen, page.status_code, page.context["chosen"]))
        post(browser, "confirm", query, seen=f"{shown.pk}:1,{hidden.pk}:1", **fields)
    assert all(one == ({shown.pk: version}, 200, 1) for one, version in zip(seen, (1, 2, 2, 2, 2), strict=True))
    assert Measure.objects.get(pk=hidden.pk).person == ""


def test_nobody_else_reaches_the_page() -> None:
    row = make.measure(make.issue())
    for who in (make.liaison(row.lead_unit), make.leader(), make.user(Role.ADMIN), make.user(Role.AUDITOR)):
        browser = make.signed_in(who)
        assert browser.get(BULK).status_code == 403
        answer = post(browser, "confirm", which="all", person_choice="set", person="甲", seen=f"{row.pk}:1")
        assert answer.status_code == 403
        if who.role in (Role.LIAISON, Role.SUPERVISOR):
            assert "data-bulk" not in browser.get("/register/").content.decode()
    assert Measure.objects.get(pk=row.pk).person == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "请至少选一项要改变的内容"),
        ({"person_choice": "set"}, "请填写新的责任人"),
        ({"basis_choice": "set"}, "请填写新的时限依据"),
        ({"support": "add"}, "请勾选配合单位"),
        ({"redate": "fixed"}, "请填写指定日期"),
        ({"redate": "shift", "shift": "0"}, "顺延天数"),
        ({"redate": "months"}, "请填写期数"),
        ({"person": "误填", "due_on": "2026-01-01"}, "请至少选一项要改变的内容"),
        ({"person_choice": "clear", "reason": ""}, "请填写办理理由"),
        ({"redate": "never"}, "没有“never”这一项"),
    ],
)
def test_what_is_missing_is_said_at_its_field(fields: dict[str, str], words: str) -> None:
    make.measure(make.issue())
    page = post(make.signed_in(make.office()), "preview", which="all", **fields)
    assert page.status_code == 400
    assert words in page.content.decode()


def test_confirming_without_a_preview_changes_nothing() -> None:
    row = make.measure(make.issue())
    answer = post(make.signed_in(make.office()), "confirm", which="all", person_choice="set", person="甲")
    assert answer.status_code == 302
    assert Measure.objects.get(pk=row.pk).person == ""


def test_the_ticked_rows_are_exported() -> None:
    first, _second = make.measures(make.issue(), 2)
    browser = make.signed_in(make.office())
    assert browser.post("/register/export.xlsx", {"row": [str(first.pk)]}).status_code == 200
    assert Entry.objects.get(act="measures.export_register").payload["rows"] == 1
    assert browser.post("/register/export.xlsx", {"row": ["999999"]}).status_code == 400
