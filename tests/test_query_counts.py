"""Pages that must not slow down as the ledger grows: the same number of queries for ten times the data (issue 2, “done when”)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.issues.models import Issue
from apps.issues.services import record_activity
from apps.measures.services import FigureDraft, add_indicator, add_regulation, read_indicator
from apps.units.models import Unit, User
from tests import factories as make

pytestmark = pytest.mark.django_db
REGISTER_LIMIT, SHEET_LIMIT = 12, 15
CATEGORIES = 6


def queries(browser: Client, address: str) -> int:
    """How many the page takes when its session is warm."""
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(address)
    assert answer.status_code == 200
    return len(captured)


def ledger(lead: Unit, issues: int, each: int) -> list[Issue]:
    """A round with that many issues in six categories, each with that many measures."""
    inspection = make.inspection()
    categories = [make.category(inspection, number) for number in range(1, CATEGORIES + 1)]
    helper = make.unit()
    found = []
    for number in range(1, issues + 1):
        issue = make.issue(categories[number % CATEGORIES], lead=lead, number=number, supporting_units=[helper])
        make.measures(issue, each, supporting_units=(helper,), due_on=make.days(number % 40 - 5))
        found.append(issue)
    return found


def office_(_lead: Unit) -> User:
    return make.office()


def leader_(_lead: Unit) -> User:
    return make.leader()


WHO = (office_, make.liaison, leader_)


@pytest.mark.parametrize(("issues", "each"), [(90, 4), (180, 20)], ids=["360", "3600"])
def test_register(issues: int, each: int) -> None:
    lead = make.unit()
    made = ledger(lead, issues, each)
    make.report(made[0].measures.first() or pytest.fail("no measure"))
    filtered = f"?category={made[0].category_id}&unit={lead.pk}&progress=in_review&timeliness=normal&q=核实"
    for who in WHO:
        browser = make.signed_in(who(lead))
        for query in ("", filtered):
            assert queries(browser, f"/register/{query}") <= REGISTER_LIMIT, (who, query)


def test_register_needs_the_same_with_ten_times_the_data() -> None:
    small, large = make.unit(), make.unit()
    ledger(small, 12, 3)
    few = [queries(make.signed_in(who(small)), "/register/") for who in WHO]
    ledger(large, 120, 3)
    many = [queries(make.signed_in(who(large)), "/register/") for who in WHO]
    assert few == many


def fill(issue: Issue, count: int) -> Issue:
    """That many measures, reports, indicators with readings, regulations and activities."""
    for measure in make.measures(issue, count):
        make.finish(measure)
    for number in range(count):
        row = add_indicator(actor=None, issue=issue, name=f"收回资金{number}", kind="money", unit="万元")
        read_indicator(actor=None, indicator=row, figures=[FigureDraft(Decimal(5), make.today())])
        add_regulation(
            actor=None, inspection=issue.inspection, issue=issue, title=f"制度{issue.number}之{number}", kind="made", unit=issue.lead_unit
        )
        record_activity(actor=None, inspection=issue.inspection, issue=issue, kind="dispatch", title=f"调度{number}")
    return issue


def pages(address: Callable[[Issue], str], limit: int) -> None:
    lead = make.unit()
    inspection_category = make.category()
    small, large = (fill(make.issue(inspection_category, lead=lead), count) for count in (2, 20))
    for who in WHO:
        browser = make.signed_in(who(lead))
        few, many = (queries(browser, address(issue)) for issue in (small, large))
        assert few == many <= limit, who


def test_issue_sheet() -> None:
    pages(lambda issue: reverse("issues:sheet", args=(issue.pk,)), SHEET_LIMIT)


def test_measure_sheet_and_report_form_do_not_grow() -> None:
    def first(issue: Issue) -> int:
        return issue.measures.order_by("ordinal").values_list("pk", flat=True)[0]

    pages(lambda issue: reverse("measures:sheet", args=(first(issue),)), 24)


def test_review_queue_does_not_grow() -> None:
    lead = make.unit()
    issue = make.issue(lead=lead)
    browser = make.signed_in(make.office())
    for measure in make.measures(issue, 2):
        make.report(measure, files=[make.evidence()])
    few = queries(browser, "/reviews/")
    for measure in make.measures(issue, 20):
        make.report(measure, files=[make.evidence()])
    assert queries(browser, "/reviews/") == few
