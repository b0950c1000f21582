"""The bulk assignment over the API: a dry run is the preview, the act is the same act."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.measures.models import Measure
from tests import factories as make

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/measures/bulk-assign/"


def post(browser: Client, query: str = "", **given: Any) -> Any:
    return browser.post(f"{ADDRESS}{query}", {"reason": "会议纪要", **given}, content_type="application/json")


def test_a_dry_run_then_the_act() -> None:
    issue = make.issue()
    late, on_time = make.measure(issue, due_on=make.days(-3)), make.measure(issue)
    browser = make.signed_in(make.office())
    plan = post(browser, "?timeliness=overdue", all=True, person="王科长", dry_run=True).json()
    assert (plan["correlation"], plan["changing"]) == (None, 1)
    assert plan["lines"] == [{"id": late.pk, "number": "1-1", "version": 1, "changes": {"person": ["", "王科长"]}, "skipped": ""}]
    assert Measure.objects.get(pk=late.pk).person == ""
    rows = [{"id": line["id"], "version": line["version"]} for line in plan["lines"]]
    done = post(browser, rows=rows, person="王科长").json()
    assert done["correlation"]
    assert dict(Measure.objects.values_list("pk", "person")) == {late.pk: "王科长", on_time.pk: ""}
    again = post(browser, rows=rows, person="李科长").json()
    assert (again["changing"], again["lines"][0]["skipped"]) == (0, "预览之后被别人修改过，没有改动，请重新预览")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"all": True},
        {"all": True, "rows": [{"id": 1, "version": 1}], "person": "甲"},
        {"all": True, "redate": "fixed"},
        {"all": True, "support": "add"},
        {"all": True, "person": "甲", "reason": " "},
        {"all": True, "colour": "red"},
        {"rows": [{"id": 999999, "version": 1}], "person": "甲"},
    ],
)
def test_what_is_incomplete_is_refused(given: dict[str, Any]) -> None:
    make.measure(make.issue())
    assert post(make.signed_in(make.office()), **given).status_code == 400


def test_only_the_office() -> None:
    row = make.measure(make.issue())
    for who in (make.liaison(row.lead_unit), make.leader()):
        for dry_run in (True, False):
            assert post(make.signed_in(who), all=True, person="甲", dry_run=dry_run).status_code == 403
    assert post(make.signed_in(make.office()), "?colour=red", all=True, person="甲").status_code == 400
    assert Measure.objects.get(pk=row.pk).person == ""
