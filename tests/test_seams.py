"""Where parts of the house meet: what one part writes and another reads, what a wider view may not reach, odd input between steps."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from docx import Document

from apps.issues.models import Issue, SignOff
from apps.issues.services import assign_issue, decide_closure, draw_look_backs, hold_look_back, sign_off
from apps.issues.services.content import content_hash
from apps.issues.services.drawing import candidates_of
from apps.measures.models import Handover, Indicator, Measure, Regulation
from apps.measures.owed import Owed
from apps.measures.papers.handing_over import handover as handover_paper
from apps.measures.papers.records import IssueRecords
from apps.measures.services import ReadingDraft, add_indicator, add_regulation, amend_indicator, amend_regulation
from apps.measures.services.bulk import BulkChange, bulk_assign
from apps.measures.services.handing_over import Giver, hand_over
from apps.measures.services.planning import assign_measure
from apps.measures.services.regulations import open_regulation_file
from apps.supervision.models import Flag
from apps.units.errors import ActConflict
from apps.units.models import Role, User
from tests import factories as make
from tests.supervision import group

pytestmark = pytest.mark.django_db


def test_a_new_lead_unit_answers_from_the_day_of_a_bulk_act_as_of_a_single_one() -> None:
    issue, office = make.issue(), make.office()
    alone, among = make.measures(issue, 2, assigned_on=make.FEEDBACK)
    new = make.unit()
    assign_measure(actor=office, measure=alone, draft=make.draft(new, alone.due_on, text=alone.text), reason="分工调整")
    bulk_assign(actor=office, rows=Measure.objects.filter(pk=among.pk), change=BulkChange(lead_unit=new), reason="分工调整")
    assert [Measure.objects.get(pk=row.pk).assigned_on for row in (alone, among)] == [make.today(), make.today()]


def test_a_drawn_look_back_of_an_earlier_round_does_not_keep_an_issue_out_of_later_draws() -> None:
    issue = make.issue()
    measure = make.measure(issue)
    office, other = make.office(), make.office()
    make.finish(measure)
    decide_closure(actor=office, closure=make.application(issue), agree=True, opinion="同意")
    draw_look_backs(actor=office, inspection=issue.inspection, size=1, planned_on=make.days(10), seed="a")
    planned = issue.look_backs.filter(draw__isnull=True).earliest("planned_on")
    hold_look_back(actor=other, look_back=planned, relapsed=True, note="又出现同样问题")
    issue.refresh_from_db()
    measure.refresh_from_db()
    make.finish(measure)
    decide_closure(actor=office, closure=make.application(issue), agree=True, opinion="同意")
    assert [row["number"] for row in candidates_of(issue.inspection, make.days(20))] == [issue.number]


def test_reports_owed_do_not_include_what_a_supervisors_unit_only_reviews() -> None:
    body = make.unit("纪委")
    inspection = make.inspection(reviewing_bodies=[body])
    category = make.category(inspection)
    issue = make.issue(category)
    make.finish(make.measure(issue, assigned_on=make.FEEDBACK))
    other = make.measure(issue, assigned_on=make.FEEDBACK)
    make.finish(other)
    who = make.user(Role.SUPERVISOR, of=body)
    group(inspection, members=[who])
    make.application(issue)
    closure = issue.closures.get()
    sign_off(actor=make.liaison(body), sign_off=closure.sign_offs.get(), agree=False, requirement="请补充整改前后的对比数据材料")
    decide_closure(actor=make.office(), closure=closure, agree=False, opinion="请补充")
    make.measure(Issue.objects.get(pk=issue.pk), assigned_on=make.FEEDBACK)
    assert Measure.objects.visible_to(who).count() == 3
    assert [row.count for row in Owed(who, inspection, make.today()).counts(1)] == [0]


def test_a_paper_shows_no_waiting_figure_of_a_measure_out_of_sight() -> None:
    issue = make.issue()
    mine, theirs = make.measure(issue, lead=make.unit()), make.measure(issue)
    indicator = add_indicator(actor=make.office(), issue=issue, name="追缴资金", kind=Indicator.Kind.MONEY, unit="万元")
    make.report(theirs, readings=[ReadingDraft(indicator, Decimal(5), make.today())])
    assert IssueRecords(issue, make.liaison(mine.lead_unit)).waiting_readings == {}
    assert set(IssueRecords(issue, make.liaison(theirs.lead_unit)).waiting_readings) == {indicator.pk}


def test_a_body_that_has_become_the_lead_unit_does_not_agree_to_its_own_application() -> None:
    body = make.unit("纪委")
    issue = make.issue(make.category(make.inspection(reviewing_bodies=[body])))
    make.finish(make.measure(issue))
    closure = make.application(issue)
    assign_issue(actor=make.office(), issue=issue, lead_unit=body, supporting_units=[], reason="分工调整")
    with pytest.raises(ActConflict):
        sign_off(actor=make.liaison(body), sign_off=closure.sign_offs.get(), agree=True)
    assert SignOff.objects.get().decision == SignOff.Decision.PENDING


def test_what_is_reviewed_covers_the_file_and_date_of_a_rule_and_what_is_due() -> None:
    issue, office = make.issue(), make.office()
    make.finish(make.measure(issue))
    rule = add_regulation(actor=office, inspection=issue.inspection, issue=issue, title="办法", kind="new", unit=issue.lead_unit)
    indicator = add_indicator(
        actor=office, issue=issue, name="追缴资金", kind=Indicator.Kind.MONEY, unit="万元", due_amount=Decimal(100), target=Decimal(1)
    )
    hashes = [content_hash(issue)]
    rule = amend_regulation(actor=office, regulation=rule, values={}, reason="补文件", file=make.upload("办法.pdf"))
    hashes.append(content_hash(issue))
    amend_regulation(actor=office, regulation=rule, values={"issued_on": dt.date(2025, 3, 1)}, reason="补日期")
    hashes.append(content_hash(issue))
    indicator = amend_indicator(actor=office, indicator=indicator, values={"due_amount": Decimal(5)}, reason="更正")
    hashes.append(content_hash(issue))
    amend_indicator(actor=office, indicator=indicator, values={"target": Decimal(2)}, reason="更正")
    hashes.append(content_hash(issue))
    assert len(set(hashes)) == 5


def test_more_ticked_rows_than_a_page_holds_are_not_exported() -> None:
    make.measure()
    many = ",".join(str(n) for n in range(1, 300_010))
    assert make.signed_in(make.office()).post(reverse("measures:export"), {"row": many}).status_code == 400


def test_flags_on_a_supervisors_first_page_are_of_what_the_groups_cover() -> None:
    body = make.unit("纪委")
    inspection = make.inspection(reviewing_bodies=[body])
    issue = make.issue(make.category(inspection))
    made = make.measure(issue)
    make.finish(made)
    make.application(issue)
    Flag.objects.create(measure=made, kind=Flag.Kind.UNPAID, due_on=make.today(), raised_on=make.today())
    who = make.user(Role.SUPERVISOR, of=body)
    own = group(inspection, members=[who])
    assert first_page_of(who)["flags"] == {}
    own.units.add(issue.lead_unit)
    assert first_page_of(who)["flags"] == {Flag.Kind.UNPAID: 1}


def first_page_of(who: User) -> Any:
    return make.signed_in(who).get(reverse("workbench")).context


def test_a_rules_file_that_was_changed_in_the_store_is_handed_to_nobody() -> None:
    issue, office = make.issue(), make.office()
    facts: dict[str, Any] = {"title": "办法", "kind": "new", "unit": issue.lead_unit, "file": make.upload("办法.pdf")}
    rule = add_regulation(actor=office, inspection=issue.inspection, issue=issue, **facts)
    with open_regulation_file(rule) as file:
        assert file.read() == make.PDF
    Regulation.objects.filter(pk=rule.pk).update(sha256="0" * 64)
    rule.refresh_from_db()
    storages["evidence"].delete(f"00/{'0' * 64}")
    storages["evidence"].save(f"00/{'0' * 64}", ContentFile(b"%PDF-"))
    answer = make.signed_in(office).get(reverse("measures:regulation-file", args=(rule.pk,)))
    assert answer.status_code == 409


def test_the_list_to_sign_names_each_measure_and_gives_issues_no_due_date() -> None:
    issue, office = make.issue(lead_official="李副区长"), make.office()
    make.measure(issue, text="全面清查欠费", person="赵科长")
    make.measure(issue, text="修订管理办法", person="赵科长")
    facts: dict[str, Any] = {"actor": office, "inspection": issue.inspection, "to_name": "钱科长", "reason": "职务调整"}
    facts |= {"handed_on": dt.date(2025, 3, 3), "refeedback_by": dt.date(2025, 4, 1)}
    person = hand_over(giver=Giver(Handover.Kind.PERSON, "赵科长", issue.lead_unit), **facts)
    official = hand_over(giver=Giver(Handover.Kind.OFFICIAL, "李副区长"), **facts)
    of_measures, of_issues = (words_of_paper(handover_paper(row).as_bytes()) for row in (person, official))
    assert all(words in of_measures for words in (issue.title, "全面清查欠费", "修订管理办法"))
    assert issue.finding in of_issues
    assert "长期坚持" not in of_issues


def words_of_paper(data: bytes) -> str:
    paper = Document(io.BytesIO(data))
    return "\n".join(cell.text for table in paper.tables for row in table.rows for cell in row.cells)


@pytest.mark.parametrize("field", ["row", "seen"])
def test_more_numbers_than_a_database_takes_are_no_fault_of_the_house(field: str) -> None:
    measure = make.measure()
    many = ",".join(str(n) for n in range(10, 300_010)) if field == "row" else ",".join(f"{n}:1" for n in range(1, 300_010))
    change = {"support": "keep", "redate": "keep", "basis_choice": "keep", "person_choice": "set", "person": "李四", "reason": "分工调整"}
    form = {**change, "step": "confirm", "row": str(measure.pk), "seen": f"{measure.pk}:1", field: many}
    answer = make.signed_in(make.office()).post(reverse("measures:bulk"), form)
    assert answer.status_code == (400 if field == "row" else 302)
