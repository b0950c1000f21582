"""Visits and dispatch meetings by API."""

from __future__ import annotations

import pytest

from apps.supervision import services
from apps.supervision.models import SiteCheck, Visit
from apps.units.models import Role, User
from tests import factories as make
from tests.api_world import client, refused, url
from tests.supervision import group, supervisor
from tests.test_dispatches import World as Meetings
from tests.test_visits import World as Visits

pytestmark = pytest.mark.django_db


def test_a_visit_is_planned_checked_and_held() -> None:
    here = Visits()
    caller, today = client(here.member), make.today().isoformat()
    body = {"inspection": here.issue.inspection_id, "group": here.group.pk, "title": "看台账", "planned_on": today}
    made = caller.post(url("visits"), {**body, "measures": [here.measure.pk]}, format="json")
    assert made.status_code == 201
    visit = made.json()
    assert (visit["measures"], visit["state"]["code"]) == ([here.measure.pk], "planned")
    held = {"version": visit["version"], "held_on": today}
    assert "1-1" in refused(caller.post(url("visits", visit["id"], "hold"), held, format="json"), 400)["message"]
    check = {"measure": here.measure.pk, "visit": visit["id"], "finding": "true", "note": "属实", "checked_on": today}
    assert caller.post(url("site-checks"), check, format="json").json()["visit"] == visit["id"]
    assert caller.post(url("visits", visit["id"], "hold"), held, format="json").json()["state"]["code"] == "held"
    assert (Visit.objects.get().state, SiteCheck.objects.count()) == ("held", 1)


def test_others_do_not_see_it() -> None:
    here = Visits()
    visit, stranger = here.plan(), supervisor()
    group(here.issue.inspection, units=[make.unit()], members=[stranger], name="督查二组")
    for who, status in ((here.member, 200), (make.office(), 200), (stranger, 404), (make.liaison(here.unit), 404)):
        assert client(who).get(url("visits", visit.pk)).status_code == status, who
    body = {"measure": here.measure.pk, "visit": visit.pk, "finding": "true", "note": "属实", "checked_on": make.today().isoformat()}
    assert list(refused(client(stranger).post(url("site-checks"), body, format="json"), 400)["fields"]) == ["measure", "visit"]


def test_a_group_not_in_sight_answers_as_one_that_does_not_exist() -> None:
    """The control: the caller's own group, and any group for the office, are taken."""
    here = Visits()
    hidden, nowhere = group(here.issue.inspection, units=[make.unit()], members=[supervisor()], name="督查九组"), 987654
    body = {
        "inspection": here.issue.inspection_id,
        "title": "看台账",
        "planned_on": make.today().isoformat(),
        "measures": [here.measure.pk],
    }

    def said(who: User, asked: int) -> tuple[int, str]:
        answer = client(who).post(url("visits"), {**body, "group": asked}, format="json")
        said = answer.content.decode().replace(f'"group":["无效主键 “{asked}”', '"group":["无效主键 “?”')
        return answer.status_code, said if answer.status_code != 201 else ""

    for stranger in (here.member, make.liaison(here.unit), make.user(Role.AUDITOR)):
        assert said(stranger, hidden.pk) == said(stranger, nowhere), stranger
        assert said(stranger, hidden.pk)[0] in (400, 403)
    assert said(here.member, hidden.pk)[0] == 400
    assert "督查九组" not in said(here.member, hidden.pk)[1]
    assert said(here.member, here.group.pk)[0] == 201
    assert said(make.office(), here.group.pk)[0] == 201


def test_a_decision_is_recorded_and_a_stale_one_refused() -> None:
    here = Meetings()
    made, items = here.under_way()
    caller, address = client(here.member), url("dispatch-items", items[0].pk, "decide")
    assert [row["id"] for row in caller.get(url("dispatches")).json()["results"]] == [made.pk]
    answer = caller.post(address, {"version": 1, "decision": "月底办结", "asked_by": make.days(9).isoformat()}, format="json")
    assert (answer.status_code, answer.json()["decision"], answer.json()["version"]) == (200, "月底办结", 2)
    late = caller.post(address, {"version": 1, "decision": "两周内"}, format="json")
    assert "月底办结" in refused(late, 409)["message"]
    services.close_dispatch(actor=here.member, dispatch=made, summary=f"{here.late.number} 未议")
    refused(caller.post(address, {"version": 2, "decision": "再改"}, format="json"), 409)
