"""Claims, reviews of many, the second level of extensions and the commitment by API: the same services, the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from apps.measures.models import Measure, Progress
from apps.measures.services import decide_extension, request_extension
from apps.units.models import User
from tests import factories as make
from tests.api_world import World, refused, world
from tests.test_api_acts import report_body

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world()


def post(who: User, path: str, body: dict[str, Any] | None = None) -> Any:
    return make.signed_in(who).post(f"/api/v1/{path}/", body or {}, content_type="application/json")


def test_a_report_is_claimed_taken_over_and_released(here: World) -> None:
    path, other = f"reports/{here.own.report.pk}", make.office()
    answer = post(here.office, f"{path}/claim")
    assert answer.status_code == 200
    assert answer.json()["claimed_by"] == str(here.office)
    assert answer.json()["claimed_at"]
    refused(post(other, f"{path}/claim"), 409)
    refused(post(other, f"{path}/approve"), 409)
    assert post(other, f"{path}/claim", {"take_over": True}).json()["claimed_by"] == str(other)
    refused(post(here.office, f"{path}/release"), 409)
    assert post(other, f"{path}/release").json()["claimed_by"] is None
    refused(post(here.own.liaison, f"{path}/claim"), 403)
    refused(post(here.other.liaison, f"{path}/claim"), 404)


def test_many_are_reviewed_and_the_skipped_say_why(here: World) -> None:
    own = make.report(make.measure(here.own.issue), by=here.office)
    body = {"reports": [here.own.report.pk, here.other.report.pk, own.pk], "decision": "approve", "opinion": "属实"}
    answer = post(here.office, "reports/review-many", body)
    assert answer.status_code == 200
    told = answer.json()
    assert told["done"] == [here.own.report.pk, here.other.report.pk]
    assert told["skipped"] == [{"id": own.pk, "reason": "填报人不能审核自己的填报，请换一位同事审核"}]
    assert told["correlation"]
    refused(post(here.office, "reports/review-many", {**body, "reports": [10**9]}), 400)
    refused(post(here.office, "reports/review-many", {**body, "reports": []}), 400)
    refused(post(here.office, "reports/review-many", {**body, "decision": "return", "opinion": " "}), 400)
    refused(post(here.office, "reports/review-many", {**body, "extra": 1}), 400)
    refused(post(here.leader, "reports/review-many", body), 403)
    refused(post(here.own.liaison, "reports/review-many", {**body, "reports": [here.other.report.pk]}), 400)


def test_a_second_extension_goes_up(here: World) -> None:
    measure = here.own.measures[1]
    decide_extension(actor=here.office, extension=here.own.extension, agree=True)
    second = request_extension(actor=here.own.liaison, measure=measure, new_due_on=make.days(60), reason="流标")
    path = f"extensions/{second.pk}"
    assert make.signed_in(here.office).get(f"/api/v1/{path}/").json()["needs_leader"] is True
    refused(post(here.office, f"{path}/decide", {"agree": True, "opinion": ""}), 400)
    refused(post(here.leader, f"{path}/endorse", {"opinion": "属实"}), 403)
    answer = post(here.office, f"{path}/endorse", {"opinion": "属实"})
    assert answer.json()["decision"]["code"] == "endorsed"
    assert answer.json()["endorsed_by"] == str(here.office)
    refused(post(here.office, f"{path}/decide", {"agree": True, "opinion": ""}), 403)
    assert post(here.leader, f"{path}/decide", {"agree": True, "opinion": "同意"}).json()["decision"]["code"] == "agreed"


def test_a_report_needs_the_commitment_and_a_stage_its_goal(here: World) -> None:
    measure = make.measure(here.own.issue, pace=Measure.Pace.LONG_TERM)
    path, liaison = f"measures/{measure.pk}/report", here.own.liaison
    body = report_body(measure, claim="stage_done", difficulties="长期")
    error = refused(post(liaison, path, {**body, "is_vouched_for": False}), 400)
    assert "is_vouched_for" in error["fields"]
    refused(post(liaison, path, {key: value for key, value in body.items() if key != "is_vouched_for"}), 400)
    assert "stage_goal" in refused(post(liaison, path, body), 400)["fields"]
    answer = post(liaison, path, {**body, "stage_goal": "巩固", "next_review_on": str(make.days(30))})
    assert answer.status_code == 201
    assert (answer.json()["is_vouched_for"], answer.json()["next_review_on"]) == (True, str(make.days(30)))
    assert Progress.objects.get(pk=answer.json()["id"]).stage_goal == "巩固"
