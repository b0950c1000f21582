"""What people do to a workbook besides filling it in: rows deleted, added, moved; locked words changed; formulas gone wrong."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.issues.models import Issue
from apps.measures.services import amend_measure
from apps.measures.workbooks.comparing import Standing
from apps.measures.workbooks.layout import MEASURES
from apps.units.models import User
from tests import factories as make
from tests.filling import liaison_of, looked_at, row_of, start, submitted

pytestmark = pytest.mark.django_db


issue = pytest.fixture(make.issue)
who = pytest.fixture(liaison_of)


def test_locked_words_that_were_changed_are_told_and_not_taken(issue: Issue, who: User) -> None:
    first, second = make.measures(issue, 2, text="逐项核实，\n建立台账")
    filling = start(who, issue)
    for measure, words in ((first, "改成别的措施"), (second, "逐项核实，\r\n建立台账 ")):
        filling.report(measure, 整改措施=words)
    taken = filling.taken(who)
    assert [(row.measure, row.is_altered, row.standing) for row in looked_at(taken, who).rows] == [
        (first, True, Standing.NEW),
        (second, False, Standing.NEW),
    ]
    page = make.signed_in(who).get(reverse("measures:workbook", args=(taken.pk,))).content.decode()
    assert page.count("被改动过") == 1
    submitted(taken, who)
    first.refresh_from_db()
    assert first.text == "逐项核实，\n建立台账"
    amend_measure(actor=make.office(), measure=second, values={"text": "台账里改了"}, reason="订正")
    filling = start(who, issue)
    amend_measure(actor=make.office(), measure=second, values={"text": "又改了"}, reason="订正")
    filling.report(second)
    assert not row_of(filling.taken(who), who, second).is_altered, "the ledger has moved, not the workbook"


def test_a_formula_that_went_wrong_is_no_report(issue: Issue, who: User) -> None:
    measure = make.measure(issue)
    filling = start(who, issue)
    filling.report(measure)
    filling.file(measure, "回单.pdf")
    cell = filling.sheet(MEASURES).cell(row=filling.row_of(MEASURES, "编号", measure.number), column=filling.places(MEASURES)["本期进展"])
    cell.value, cell.data_type = "#VALUE!", "e"
    row = row_of(filling.taken(who), who, measure)
    assert row.standing == Standing.WRONG
    assert any("公式出错" in problem.message for problem in row.problems)


def test_a_row_that_was_added_or_taken_out_or_moved(issue: Issue, who: User) -> None:
    """Three measures: the row of the second is deleted, that of the third moved to the end, and one written below that is no measure."""
    first, second, third = make.measures(issue, 3)
    filling = start(who, issue)
    filling.report(first)
    filling.report(third)
    sheet = filling.sheet(MEASURES)
    at = filling.row_of(MEASURES, "编号", third.number)
    values = [cell.value for cell in sheet[at]]
    for row in (at, filling.row_of(MEASURES, "编号", second.number)):
        sheet.delete_rows(row)
    for column, value in enumerate(values, start=1):
        sheet.cell(row=30, column=column).value = value
    filling.put(MEASURES, 32, {"整改措施": "单位自己加的措施", "本期进展": "做了"})
    taken = filling.taken(who)
    seen = looked_at(taken, who)
    assert {(row.measure, row.standing) for row in seen.rows} == {(first, Standing.NEW), (third, Standing.NEW)}
    assert [(problem.place, problem.given) for problem in seen.problems] == [("B32", "做了")]
    assert "没有措施编号" in seen.problems[0].message
    assert {made.measure for made in submitted(taken, who)} == {first, third}
