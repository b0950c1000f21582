"""Figures: the same one everywhere, none that does not fit, none that changes after its issue was closed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from apps.issues.services import apply_for_closure, decide_closure, record_activity
from apps.measures.models import Indicator, Measure
from apps.measures.services import FigureDraft, ReadingDraft, add_indicator, read_indicator
from apps.supervision import figures
from apps.supervision.models import SiteCheck
from apps.supervision.services import check_site
from apps.units.errors import ActConflict, ActRefused
from config.workbench.rounds import Completion
from tests import factories as make

pytestmark = pytest.mark.django_db


def indicator() -> Indicator:
    """Money of an issue, in hundreds of millions."""
    return add_indicator(actor=make.office(), issue=make.issue(), name="追回资金", kind=Indicator.Kind.MONEY, unit="亿元")


def test_the_workbench_rounds_a_rate_as_the_dashboard_does() -> None:
    for done, total in ((2, 3), (1999, 2000), (5, 5), (0, 0)):
        at_home = Completion({"done": done, "closed": 0, "doing": total - done}).percent
        assert at_home == figures.Tally(total=total, verified=done).percent("verified")


def test_the_whole_round_counts_issues_that_have_no_measure_yet() -> None:
    category = make.category()
    make.measure(make.issue(category))
    make.issue(category)
    measures = Measure.objects.filter(issue__inspection=category.inspection)
    assert figures.closures(category.inspection, measures, whole=True).total == 2
    assert figures.closures(category.inspection, measures, whole=False).total == 1


def test_a_value_too_long_for_its_column_is_refused_in_words() -> None:
    row = indicator()
    most = Decimal("99999999.9999")
    read_indicator(actor=make.office(), indicator=row, figures=[FigureDraft(most, make.today())])
    with pytest.raises(ActRefused, match="数值过大"):
        read_indicator(actor=make.office(), indicator=row, figures=[FigureDraft(most + 1, make.today())])
    with pytest.raises(ActRefused, match="数值过大"):
        make.report(make.measure(row.issue), readings=[ReadingDraft(row, most + 1, make.today())])


def test_a_closed_issue_keeps_the_figures_it_was_closed_with() -> None:
    row, office = indicator(), make.office()
    measure = make.measure(row.issue)
    liaison = make.liaison(measure.lead_unit)
    make.finish(measure, by=liaison, reviewer=office)
    closure = apply_for_closure(actor=liaison, issue=row.issue, reasons=make.answers(row.issue), statement="全部完成")
    decide_closure(actor=office, closure=closure, agree=True, opinion="")
    with pytest.raises(ActConflict, match="已销号"):
        read_indicator(actor=office, indicator=row, figures=[FigureDraft(Decimal(1), make.today())])
    with pytest.raises(ActConflict, match="已销号"):
        add_indicator(actor=office, issue=row.issue, name="另一项", kind="money", unit="元")


def test_the_latest_check_on_site_counts() -> None:
    measure, leader = make.measure(), make.leader()
    make.finish(measure)
    for finding, counted in ((SiteCheck.Finding.TRUE, 1), (SiteCheck.Finding.PARTLY, 0), (SiteCheck.Finding.TRUE, 1)):
        check_site(actor=leader, measure=measure, finding=finding, note="现场查看", checked_on=make.today())
        assert Measure.objects.checked().filter(pk=measure.pk).count() == counted


def test_a_meeting_of_a_day_counts_once() -> None:
    inspection, office = make.inspection(), make.office()
    for day in (make.days(-2), make.days(-1)):
        record_activity(actor=office, inspection=inspection, kind="topic", title="专题会", held_on=day)
    with pytest.raises(ActConflict, match="已经登记"):
        record_activity(actor=office, inspection=inspection, kind="topic", title="专题会", held_on=make.days(-1))
    assert inspection.activities.count() == 2
