"""What the API shows to whom: every list and every row, for every role; filters, order and pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.measures.models import Measure
from tests import factories as make
from tests.api_world import BUSINESS, CANARY, World, client, url, world

pytestmark = pytest.mark.django_db
SEES_ALL = ("office", "leader")
SEES_OWN = ("own liaison", "supervisor")
SEES_NOTHING = ("admin", "auditor", "discipline")


@pytest.fixture
def here() -> World:
    return world()


def listed(answer: Any) -> set[int]:
    return {row["id"] for row in answer.json()["results"]}


@pytest.mark.parametrize("who", [*SEES_ALL, *SEES_OWN, "other liaison", *SEES_NOTHING])
def test_lists_counts_and_rows_follow_visibility(here: World, who: str) -> None:
    caller = client(here.person(who))
    for address, own in here.own.rows().items():
        other = here.other.rows()[address]
        seen = {
            **{name: [*own, *other] for name in SEES_ALL},
            **dict.fromkeys(SEES_OWN, own),
            "other liaison": other,
        }.get(who, [])
        answer = caller.get(url(address))
        assert answer.status_code == 200, (address, answer.content)
        assert listed(answer) == {row.pk for row in seen}, address
        assert answer.json()["count"] == len(seen), address
        assert own and other, address
        for row in (*own, *other):
            assert caller.get(url(address, row.pk)).status_code == (200 if row in seen else 404), (address, row)


@pytest.mark.parametrize("who", SEES_NOTHING)
def test_administrators_and_auditors_see_no_round(here: World, who: str) -> None:
    caller = client(here.person(who))
    assert caller.get(url("inspections")).json()["count"] == 0
    assert caller.get(url("inspections", here.inspection.pk)).status_code == 404
    assert caller.get(url("units")).json()["count"] == 2


def test_a_round_in_which_nothing_is_seen_does_not_exist(here: World) -> None:
    stranger = client(make.liaison())
    assert all(stranger.get(url(address)).json()["count"] == 0 for address in BUSINESS)
    assert stranger.get(url("inspections", here.inspection.pk)).status_code == 404
    assert client(here.own.liaison).get(url("inspections")).json()["count"] == 1


def test_anonymous_callers_are_asked_to_sign_in() -> None:
    for address in (*BUSINESS, "units", "notices"):
        for place in (url(address), url(address, 1)):
            answer = client().get(place)
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"] == "Token"
            assert answer.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize("who", SEES_OWN)
def test_nothing_of_another_unit_occurs_anywhere(here: World, who: str) -> None:
    caller = client(here.person(who))
    for address, own in here.own.rows().items():
        pages = [caller.get(url(address)), caller.get(url(address), {"page_size": 1}), *(caller.get(url(address, row.pk)) for row in own)]
        pages += [caller.get(url(address, row.pk)) for row in here.other.rows()[address]]
        assert all(CANARY not in json.dumps(page.json(), ensure_ascii=False) for page in pages), address
    for words in (CANARY, f"{CANARY}事项", f"{CANARY}进展"):
        for address in ("issues", "measures"):
            assert caller.get(url(address), {"q": words}).json()["count"] == 0


def test_the_canary_would_be_heard(here: World) -> None:
    caller = client(here.office)
    for address, rows in here.other.rows().items():
        assert all(CANARY in json.dumps(caller.get(url(address, row.pk)).json(), ensure_ascii=False) for row in rows), address


def test_filtering_by_a_hidden_row_is_like_filtering_by_one_that_does_not_exist(here: World) -> None:
    caller = client(here.own.liaison)
    hidden = {"category": here.other.category.pk, "issue": here.other.issue.pk, "measure": here.other.measures[0].pk}
    for address, field in (
        ("issues", "category"),
        ("measures", "issue"),
        ("closures", "issue"),
        ("reports", "measure"),
        ("flags", "measure"),
    ):
        assert caller.get(url(address), {field: hidden[field]}).json()["count"] == 0
    answers = [caller.get(url("measures"), {"category": number}) for number in (hidden["category"], 10**12)]
    assert len({(answer.status_code, answer.json()["error"]["code"]) for answer in answers}) == 1


def test_an_earlier_issue_that_may_not_be_seen_is_not_named(here: World) -> None:
    address = url("issues", here.own.issue.pk)
    assert client(here.own.liaison).get(address).json()["prior_issue"] is None
    assert client(here.office).get(address).json()["prior_issue"] == here.other.issue.pk


def test_a_measure_as_it_is_read(here: World) -> None:
    late, soon, long = here.own.measures
    caller = client(here.own.liaison)
    shown = caller.get(url("measures", late.pk)).json()
    assert shown["number"] == f"{here.own.issue.number}-1"
    assert shown["nature"] == {"code": "now", "display": "当下改"}
    assert shown["progress"] == {"code": "not_started", "display": "未启动"}
    assert shown["timeliness"] == {"code": "overdue", "display": "逾期"}
    assert shown["days_late"] == 3
    assert shown["due_on"] == make.days(-3).isoformat()
    assert shown["lead_unit"]["id"] == here.own.unit.pk
    assert caller.get(url("measures", soon.pk)).json()["timeliness"]["code"] == "soon"
    shown = caller.get(url("measures", long.pk)).json()
    assert (shown["timeliness"]["code"], shown["days_late"], shown["evidence_count"]) == ("normal", 0, 1)


def test_a_report_as_it_is_read(here: World) -> None:
    shown = client(here.own.liaison).get(url("reports", here.own.report.pk)).json()
    assert shown["review"] == {"code": "pending", "display": "待审核"}
    reading = shown["readings"][0]
    assert (reading["value"], reading["indicator"]["unit"], reading["as_of"]) == ("46.5", "万元", make.today().isoformat())
    version = shown["evidence"][0]["versions"][0]
    assert version["filename"] == "回单.pdf"
    assert len(version["sha256"]) == 64


FILTERS: list[tuple[str, dict[str, Any], int]] = [
    ("measures", {"timeliness": "overdue"}, 2),
    ("measures", {"timeliness": "soon"}, 2),
    ("measures", {"timeliness": "normal"}, 4),
    ("measures", {"progress": ["in_review", "done"]}, 4),
    ("measures", {"closure": "applied"}, 2),
    ("measures", {"q": CANARY}, 4),
    ("issues", {"closure": "applied"}, 2),
    ("issues", {"q": CANARY}, 2),
    ("reports", {"review": "pending"}, 2),
    ("reports", {"claim": "done"}, 2),
    ("extensions", {"decision": "pending"}, 2),
    ("closures", {"decision": "agreed"}, 0),
    ("flags", {"kind": "overdue", "open": "true"}, 2),
    ("flags", {"open": "false"}, 0),
    ("letters", {"state": "sent"}, 2),
    ("site-checks", {"finding": "true"}, 0),
    ("units", {"q": "区"}, 2),
    ("inspections", {"kind": "xunshi"}, 1),
]


def test_filters(here: World) -> None:
    for address, params, count in FILTERS:
        answer = client(here.office).get(url(address), params)
        assert answer.status_code == 200, answer.content
        assert answer.json()["count"] == count, (address, params)


def test_filters_by_row(here: World) -> None:
    caller, own = client(here.office), here.own
    assert caller.get(url("measures"), {"issue": own.issue.pk}).json()["count"] == 3
    assert caller.get(url("measures"), {"unit": own.unit.pk}).json()["count"] == 4
    assert caller.get(url("issues"), {"unit": own.unit.pk}).json()["count"] == 2
    assert caller.get(url("flags"), {"unit": own.unit.pk}).json()["count"] == 2
    assert client(own.liaison).get(url("measures"), {"mine": "1"}).json()["count"] == 4


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("measures", {"unit_id": "1"}, "unit_id"),
    ("issues", {"status": "open"}, "status"),
    ("units", {"search": "区"}, "search"),
    ("measures", {"timeliness": "late"}, "timeliness"),
    ("measures", {"category": "abc"}, "category"),
    ("measures", {"issue": "abc"}, "issue"),
    ("measures", {"q": "长" * 101}, "q"),
    ("measures", {"q": "\x00"}, "q"),
    ("issues", {"number": "1.5"}, "number"),
    ("issues", {"closure": "closed'--"}, "closure"),
    ("issues", {"closure": ["open", "closed"]}, "closure"),
    ("flags", {"kind": "late"}, "kind"),
    ("issues", {"ordering": "finding"}, "ordering"),
    ("measures", {"ordering": "issue__lead_unit__users__password"}, "ordering"),
    ("issues", {"page_size": "0"}, "page_size"),
    ("issues", {"page_size": "201"}, "page_size"),
    ("issues", {"page_size": "-1"}, "page_size"),
    ("issues", {"page_size": "all"}, "page_size"),
    ("editions", {"state": "draft"}, "state"),
]


def test_a_broken_or_unknown_parameter_is_refused(here: World) -> None:
    for address, params, field in BROKEN:
        answer = client(here.office).get(url(address), params)
        assert answer.status_code == 400, (address, params, answer.content)
        error = answer.json()["error"]
        assert list(error["fields"]) == [field]
        assert error["message"]


def test_an_unknown_page_is_not_found(here: World) -> None:
    for page in ("0", "99", "-1", "x"):
        answer = client(here.office).get(url("issues"), {"page": page})
        assert answer.status_code == 404
        assert answer.json()["error"]["message"] == "没有这一页，请从第一页重新读取"


def test_numbers_that_no_row_has(here: World) -> None:
    caller = client(here.office)
    for number in (10**30, 0, "abc", "1e3", "-1"):
        assert caller.get(url("issues", number)).status_code == 404
    assert caller.get(url("closures"), {"issue": 2**63 - 1}).json()["count"] == 0
    assert caller.get(url("closures"), {"issue": 10**30}).status_code == 400


def test_pages_follow_each_other_without_gap_or_overlap(here: World) -> None:
    caller = client(here.office)
    address, numbers = f"{url('measures')}?page_size=3&ordering=progress", []
    while address:
        page = caller.get(address).json()
        numbers += [row["id"] for row in page["results"]]
        address = page["next"]
    assert sorted(numbers) == sorted(Measure.objects.values_list("pk", flat=True))
    assert len(numbers) == page["count"] == 8


def test_order(here: World) -> None:
    caller = client(here.office)
    rows = caller.get(url("measures"), {"ordering": "-due_on"}).json()["results"]
    days = [row["due_on"] for row in rows]
    assert days == sorted(days, reverse=True)
    numbers = [(row["issue"]["number"], row["ordinal"]) for row in caller.get(url("measures")).json()["results"]]
    assert numbers == sorted(numbers)


def queries(address: str, caller: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert caller.get(url(address), {"page_size": 200}).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["office", "own liaison", "supervisor"])
def test_the_number_of_queries_does_not_grow_with_the_rows(here: World, who: str) -> None:
    before = {address: queries(address, client(here.person(who))) for address in BUSINESS}
    for _ in range(10):
        issue = make.issue(here.own.category, lead=here.own.unit, supporting_units=[here.other.unit])
        for measure in make.measures(issue, 3, supporting_units=(here.other.unit,)):
            make.report(measure, by=here.own.liaison, files=[make.evidence()])
    after = {address: queries(address, client(here.person(who))) for address in BUSINESS}
    assert after == before
    assert max(after.values()) <= 12, after
