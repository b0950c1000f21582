"""What a page may tell in passing: in its frame, its checklists, its links to other rows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from apps.issues.services import assign_issue
from apps.measures.models import Measure
from apps.measures.services import amend_measure, assign_measure
from apps.units.models import Role, User
from tests import factories as make
from tests.api_world import CANARY, World, world

pytestmark = pytest.mark.django_db


def shown_to(user: User, name: str, *args: int) -> str:
    answer = make.signed_in(user).get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("person", ["own liaison", "supervisor"])
def test_an_issue_does_not_tell_of_the_earlier_issue_of_another_unit(person: str) -> None:
    here = world()
    assert CANARY not in shown_to(here.person(person), "issues:sheet", here.own.issue.pk)
    assert here.other.issue.title in shown_to(here.office, "issues:sheet", here.own.issue.pk)


@pytest.mark.parametrize("person", ["own liaison", "supervisor"])
def test_a_round_shows_the_categories_in_which_the_user_sees_an_issue(person: str) -> None:
    here = world()
    assert CANARY not in shown_to(here.person(person), "issues:inspection", here.inspection.pk)
    assert here.other.category.title in shown_to(here.office, "issues:inspection", here.inspection.pk)


@pytest.mark.parametrize("person", ["own liaison", "supervisor", "admin"])
def test_the_frame_of_a_page_names_no_round_that_the_user_is_not_in(person: str) -> None:
    here = world()
    make.inspection(feedback_on=dt.date(2026, 1, 5), inspected_body="邻区区委")
    assert "邻区区委" not in shown_to(here.person(person), "workbench")
    assert "邻区区委" in shown_to(here.office, "workbench")


def handed_over(here: World) -> Measure:
    """The measure of a letter, now another unit's, which words it anew."""
    issue, old, unit = here.own.issue, here.own.measures[0], make.unit()
    plan = make.draft(unit, old.due_on)
    assign_measure(actor=here.office, measure=old, draft=plan, reason="职能调整")
    assign_issue(actor=here.office, issue=issue, lead_unit=unit, supporting_units=[], reason="职能调整")
    return amend_measure(actor=here.office, measure=old, values={"text": CANARY}, reason="职能调整")


def test_a_letter_shows_a_measure_that_was_handed_over_by_its_number_only() -> None:
    here = world()
    measure = handed_over(here)
    text = shown_to(here.person("own liaison"), "supervision:letter", here.own.letter.pk)
    assert CANARY not in text
    assert measure.number in text
    assert CANARY in shown_to(here.office, "supervision:letter", here.own.letter.pk)


def test_the_closing_rules_name_no_measure_that_the_user_does_not_see() -> None:
    issue, helper = make.issue(number=61), make.unit()
    make.measure(issue, lead=helper)
    hidden = make.measure(issue)
    assert hidden.number not in shown_to(make.liaison(helper), "issues:sheet", issue.pk)
    for user in (make.liaison(issue.lead_unit), make.user(Role.OFFICE)):
        assert hidden.number in shown_to(user, "issues:sheet", issue.pk)


def test_the_issues_before_and_after_are_those_that_the_user_sees() -> None:
    category, unit = make.category(), make.unit()
    issues = [make.issue(category, lead=lead) for lead in (make.unit(), unit, unit, make.unit())]
    links = [f'个问题 {issue.number}"' for issue in issues]
    first, last = (shown_to(make.liaison(unit), "issues:sheet", issue.pk) for issue in issues[1:3])
    assert [link in first for link in links] == [False, False, True, False]
    assert [link in last for link in links] == [False, True, False, False]


PAGES = (
    "workbench",
    "measures:register",
    "supervision:dashboard",
    "supervision:dashboard-progress",
    "supervision:dashboard-units",
    "supervision:dashboard-outcomes",
    "supervision:dashboard-forecast",
    "supervision:flags",
    "supervision:letters",
    "supervision:groups",
    "units:list",
)


@pytest.mark.parametrize("person", ["own liaison", "supervisor"])
def test_no_list_says_a_word_of_another_unit(person: str) -> None:
    here = world()
    browser = make.signed_in(here.person(person))
    for name in PAGES:
        answer = browser.get(reverse(name))
        assert answer.status_code in (200, 403), name
        assert CANARY not in answer.content.decode(), name
    assert CANARY in shown_to(here.office, "measures:register")


def test_the_dashboard_of_a_group_counts_only_what_it_covers() -> None:
    here = world()
    context = make.signed_in(here.person("supervisor")).get(reverse("supervision:dashboard")).context
    assert context["closures"].total == 2
    assert make.signed_in(here.office).get(reverse("supervision:dashboard")).context["closures"].total == 4
