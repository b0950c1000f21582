"""The trying of cells itself: whatever a table or a service could get wrong is found."""

from __future__ import annotations

from typing import Any

import pytest

from apps.issues import workflow
from apps.issues.models import Issue
from apps.issues.services import amend_issue
from apps.units.errors import ActForbidden
from apps.units.models import User
from tests import factories as make
from tests.api_world import url
from tests.cells import Inside, Outside, Scene, Trial, assert_complete, assert_table_is_tried, read_table, scene, wrong_cells

pytestmark = pytest.mark.django_db

TABLE = """
act                | from         | to | office lead foreign
issues.amend_issue | open applied | =  | done   403  404
                   | closed       | -  | 409    403  404
"""


def amend(here: Scene, **changed: Any) -> Trial:
    def act(by: User) -> object:
        return amend_issue(actor=by, issue=here.issue, values={"goal": "新目标"}, reason="订正")

    def door() -> tuple[str, dict[str, Any]]:
        return url("issues", here.issue.pk, "amend"), {"goal": "新目标", "reason": "订正", "version": 2}

    states = {state: [(here.issue, {"closure": state})] for state in Issue.ClosureState.values}
    return Trial(**{"row": here.issue, "column": "closure", "states": states, "act": act, "door": door, **changed})


def wrong(table: str, here: Scene, trial: Trial) -> list[str]:
    return wrong_cells(read_table(table), {"issues.amend_issue": trial}, here.people, Inside())


def test_a_table_as_it_is_and_what_was_tried_is_undone() -> None:
    here = scene()
    assert wrong(TABLE, here, amend(here)) == []
    assert (here.issue.goal, Issue.objects.get().goal, Issue.objects.get().closure) == ("", "", "open")


def test_a_wrong_word_a_wrong_target() -> None:
    here = scene()
    assert wrong(TABLE.replace("409", "403"), here, amend(here)) == ["issues.amend_issue | closed | office: told 409, not 403"]
    found = wrong(TABLE.replace("=", "closed"), here, amend(here))
    assert found == [f"issues.amend_issue | {state} | office: became {state}, not closed" for state in ("open", "applied")]


def test_what_is_not_theirs_to_see_is_hidden_outside_and_refused_inside() -> None:
    here, table = scene(), TABLE.replace("404", "403")
    outside = Outside(here.people.values())
    found = wrong_cells(read_table(table), {"issues.amend_issue": amend(here)}, here.people, outside)
    assert found == [f"issues.amend_issue | {state} | foreign: told 404, not 403" for state in ("open", "closed")]
    assert wrong(TABLE.replace("404", "done"), here, amend(here))[0].endswith("foreign: told 403, not done")


def test_a_service_that_writes_before_it_refuses() -> None:
    here = scene()

    def act(by: User) -> object:
        Issue.objects.filter(pk=here.issue.pk).update(goal="已改")
        raise ActForbidden("不能办理")

    found = wrong(TABLE.replace("done", "403"), here, amend(here, act=act))
    assert f"issues.amend_issue | open | lead: refused, but changed: issues.Issue {here.issue.pk}" in found


def test_a_service_that_enters_nothing_or_under_another_name() -> None:
    here, other = scene(), make.office()

    def silent(by: User) -> object:
        if by.role == "office":
            return Issue.objects.filter(pk=here.issue.pk).update(goal="已改")
        raise ActForbidden("不能办理")

    def under_another_name(by: User) -> object:
        return amend(here).act(other if by.role == "office" else by)

    assert "issues.amend_issue | open | office: entered []" in wrong(TABLE, here, amend(here, act=silent))
    found = wrong(TABLE, here, amend(here, act=under_another_name))
    assert found[0] == f"issues.amend_issue | open | office: entered [('issues.amend_issue', {other.pk})]"


def test_a_service_that_takes_no_reason_for_one() -> None:
    here = scene()
    assert "without a reason told done, not 400" in wrong(TABLE, here, amend(here, bare=amend(here).act))[0]


def test_a_state_or_a_transition_left_out() -> None:
    here = scene()
    trials = {"issues.amend_issue": amend(here, bare=amend(here).act)}
    assert_complete(read_table(TABLE), trials)
    assert_table_is_tried(read_table(TABLE), trials, [workflow.AMEND])
    for table in (TABLE.replace(" applied", ""), TABLE.replace("closed ", "closed open"), TABLE.replace("amend_issue", "amend")):
        with pytest.raises(AssertionError):
            assert_complete(read_table(table), trials)
    with pytest.raises(AssertionError):
        assert_table_is_tried(read_table(TABLE.replace("done", "409")), trials, [workflow.AMEND])
    with pytest.raises(AssertionError):
        assert_table_is_tried(read_table(TABLE), {"issues.amend_issue": amend(here)}, [workflow.AMEND])
    with pytest.raises(AssertionError):
        assert_table_is_tried(read_table(TABLE), trials, [workflow.AMEND, workflow.ASSIGN])
