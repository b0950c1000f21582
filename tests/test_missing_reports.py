"""Who owes a report: the unit on its own pages, the office by unit and period, with a workbook of the same rows."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from apps.issues.models import Inspection, Issue
from apps.ledgers.models import Entry
from apps.measures.cadence import Period, periods
from apps.measures.models import Measure
from apps.measures.owed import Owed
from apps.measures.services import approve, assign_measure, send_back
from apps.units.models import Role, User
from tests import factories as make

pytestmark = pytest.mark.django_db
PAGE, EXPORT = reverse("measures:missing"), reverse("measures:missing-export")


@pytest.fixture
def issue() -> Issue:
    return make.issue()


def spans(issue: Issue) -> tuple[Period, Period]:
    """The current period and the one before."""
    current, last, *_earlier = periods(issue.inspection, make.today())
    return current, last


def old(issue: Issue, count: int = 1) -> list[Measure]:
    """Measures for which the unit has long answered."""
    return make.measures(issue, count, assigned_on=make.FEEDBACK)


def owed(who: User, issue: Issue) -> list[int]:
    return [row.count for row in Owed(who, issue.inspection, make.today()).counts(2)]


def test_a_measure_owes_this_period_and_missed_the_last(issue: Issue) -> None:
    old(issue, 2)
    make.measure(issue)
    assert owed(make.office(), issue) == [2, 2]


def test_any_report_counts_whatever_became_of_it(issue: Issue) -> None:
    approved, returned, waiting, none = old(issue, 4)
    office = make.office()
    approve(actor=office, report=make.report(approved))
    send_back(actor=office, report=make.report(returned), requirement="请补充")
    make.report(waiting)
    current, _last = spans(issue)
    assert list(Measure.objects.owing(current)) == [none]


def test_paper_reports_count_for_the_period_of_their_own_day(issue: Issue) -> None:
    _current, last = spans(issue)
    row = old(issue)[0]
    make.report(row, by=make.office(), on=last.start, as_of=last.start)
    assert owed(make.office(), issue) == [1, 0]


def test_another_unit_begins_anew_and_another_person_does_not(issue: Issue) -> None:
    row, other = old(issue, 2)
    office = make.office()
    assign_measure(actor=office, measure=row, draft=make.draft(row.lead_unit, due_on=row.due_on, person="李四"), reason="换人")
    assert owed(office, issue) == [2, 2]
    assign_measure(actor=office, measure=other, draft=make.draft(make.unit(), due_on=other.due_on), reason="换单位")
    assert owed(office, issue) == [1, 1]
    other.refresh_from_db()
    assert other.assigned_on == make.today()


def test_the_unit_sees_its_own_and_the_supporting_unit_owes_nothing(issue: Issue) -> None:
    old(issue, 2)
    helper = make.unit()
    make.measures(issue, 1, lead=helper, supporting_units=(issue.lead_unit,), assigned_on=make.FEEDBACK)
    own = make.liaison(issue.lead_unit)
    assert owed(own, issue) == [2, 2]
    page = make.signed_in(own).get(reverse("workbench")).content.decode()
    assert "应报和漏报" in page
    listed = make.signed_in(own).get(PAGE).content.decode()
    assert helper.short_name not in listed
    assert "填报<" in listed


def test_the_office_sees_counts_by_unit_and_filters(issue: Issue) -> None:
    old(issue, 2)
    other = make.unit()
    make.measures(issue, 1, lead=other, assigned_on=make.FEEDBACK)
    browser = make.signed_in(make.office())
    current, last = spans(issue)
    page = browser.get(PAGE)
    assert page.context["asked"].period == last
    assert [(name, count) for _pk, name, count in page.context["asked"].units] == [(issue.lead_unit.short_name, 2), (other.short_name, 1)]
    text = page.content.decode()
    assert f"{last.label}漏报" in text
    one = browser.get(f"{PAGE}?period={current.key}&unit={other.pk}")
    assert one.context["page"].paginator.count == 1
    assert f"{current.label}本期应报" in one.content.decode()
    for query in ("period=x", "unit=x", f"unit={make.unit().pk}", "what=1", "page=9", "inspection=x"):
        assert browser.get(f"{PAGE}?{query}").status_code == 400, query


def test_rows_of_others_stay_out_of_sight(issue: Issue) -> None:
    old(issue, 2)
    stranger = make.issue(issue.category)
    member = make.signed_in(make.liaison(stranger.lead_unit))
    assert member.get(PAGE).context["page"].paginator.count == 0
    assert member.get(f"{PAGE}?unit={issue.lead_unit_id}").status_code == 400
    assert "没有单位欠报" in member.get(PAGE).content.decode()
    for role in (Role.ADMIN, Role.AUDITOR):
        for path in (PAGE, EXPORT):
            assert make.signed_in(make.user(role)).get(path).status_code == 403


def test_without_a_round_the_page_says_so() -> None:
    assert "没有应报的进展" in make.signed_in(make.office()).get(PAGE).content.decode()
    assert make.signed_in(make.office()).get(EXPORT).status_code == 400


def test_the_workbook_holds_the_same_rows_and_enters_the_book(issue: Issue) -> None:
    rows = old(issue, 2)
    Measure.objects.filter(pk=rows[0].pk).update(text="=1+1")
    _current, last = spans(issue)
    answer = make.signed_in(make.office()).get(f"{EXPORT}?period={last.key}&unit={issue.lead_unit_id}")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][0] == f"{last.label}漏报清单"
    assert "编号" in cells[3]
    numbers = [row[cells[3].index("编号")] for row in cells[4:]]
    assert numbers == [row.number for row in rows]
    formula = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
    assert formula.data_type == "s"
    entry = Entry.objects.get(act="measures.export_register")
    assert entry.payload == {"rows": 2, "filters": {"清单": f"{last.label}漏报清单", "单位": issue.lead_unit.short_name}}


def test_pages_stay_flat_as_measures_reports_and_periods_grow() -> None:
    def queries(issue: Issue, path: str, who: User) -> int:
        browser = make.signed_in(who)
        browser.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    def filled(count: int, feedback: dt.date) -> Issue:
        issue = make.issue(make.category(make.inspection(feedback_on=feedback, report_every=Inspection.Cadence.HALF_MONTH)))
        for unit in [make.unit() for _ in range(count)]:
            make.measures(issue, 2, lead=unit, assigned_on=feedback)
        return issue

    office = make.office()
    small, large = filled(2, make.days(-100)), filled(15, make.FEEDBACK)
    for path in (PAGE, EXPORT, reverse("workbench")):
        few, many = (queries(issue, f"{path}?inspection={issue.inspection.pk}", office) for issue in (small, large))
        assert few == many, path
    assert queries(large, f"{PAGE}?inspection={large.inspection.pk}", office) <= 14
