"""Acts by API: each does what the page does, and each refusal has its status and its sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import EvidenceVersion, Measure, Progress
from apps.measures.services import add_indicator
from apps.units.models import Role
from tests import factories as make
from tests.api_world import World, client, refused, url, workday, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world()


def version_of(row: Measure | Issue) -> int:
    return type(row).objects.get(pk=row.pk).version


def report_body(measure: Measure, **more: Any) -> dict[str, Any]:
    words = {"claim": "ongoing", "text": "已核实三项。", "as_of": make.today().isoformat(), "signed_by": "张局长", "is_vouched_for": True}
    return {**words, "version": version_of(measure), **more}


@dataclass(frozen=True)
class Case:
    """One act: where, by whom, with what; who may see the row but not act; what a slip in the body looks like."""

    address: Callable[[World], str]
    body: Callable[[World], dict[str, Any]]
    who: str
    wrong_role: str
    slip: dict[str, Any]
    status: int = 200
    stranger: str = "other liaison"

    def call(self, here: World, who: str, **changed: Any) -> Any:
        body = {key: value for key, value in {**self.body(here), **changed}.items() if value is not None}
        return client(here.person(who)).post(self.address(here), body)


CASES = {
    "report": Case(
        lambda w: url("measures", w.own.measures[0].pk, "report"),
        lambda w: report_body(w.own.measures[0]),
        "own liaison",
        "leader",
        {"as_of": "2025-02-30"},
        201,
    ),
    "amend measure": Case(
        lambda w: url("measures", w.own.measures[0].pk, "amend"),
        lambda w: {"text": "改过的措施", "reason": "表述不准", "version": version_of(w.own.measures[0])},
        "office",
        "own liaison",
        {"reason": "  "},
    ),
    "assign measure": Case(
        lambda w: url("measures", w.own.measures[0].pk, "assign"),
        lambda w: {"due_on": make.days(40).isoformat(), "reason": "会议研究确定", "version": version_of(w.own.measures[0])},
        "office",
        "own liaison",
        {"lead_unit": 10**12},
    ),
    "request extension": Case(
        lambda w: url("measures", w.own.measures[2].pk, "request-extension"),
        lambda w: {"new_due_on": make.days(120).isoformat(), "reason": "招标流标", "version": version_of(w.own.measures[2])},
        "own liaison",
        "office",
        {"new_due_on": "9999-12-31"},
        201,
    ),
    "decide extension": Case(
        lambda w: url("extensions", w.own.extension.pk, "decide"),
        lambda _w: {"agree": True},
        "office",
        "own liaison",
        {"agree": "也许"},
    ),
    "approve": Case(
        lambda w: url("reports", w.own.report.pk, "approve"), lambda _w: {}, "office", "own liaison", {"opinion": "好" * 10_001}
    ),
    "send back": Case(
        lambda w: url("reports", w.own.report.pk, "send-back"),
        lambda _w: {"requirement": "请附回单"},
        "office",
        "own liaison",
        {"requirement": ""},
    ),
    "amend issue": Case(
        lambda w: url("issues", w.own.issue.pk, "amend"),
        lambda w: {"title": "改过的事项", "reason": "表述不准", "version": version_of(w.own.issue)},
        "office",
        "own liaison",
        {"title": "长" * 121},
    ),
    "assign issue": Case(
        lambda w: url("issues", w.own.issue.pk, "assign"),
        lambda w: {
            "lead_unit": w.own.unit.pk,
            "supporting_units": [w.other.unit.pk],
            "reason": "会议研究确定",
            "version": version_of(w.own.issue),
        },
        "office",
        "own liaison",
        {"supporting_units": "全部"},
        stranger="admin",
    ),
    "decide closure": Case(
        lambda w: url("closures", w.own.closure.pk, "decide"),
        lambda _w: {"agree": True, "opinion": "同意销号"},
        "office",
        "own liaison",
        {"agree": None},
    ),
    "sign letter": Case(lambda w: url("letters", w.own.letter.pk, "sign"), lambda _w: {}, "own liaison", "office", {"signed_by": 1}),
}
VERSIONED = ("report", "amend measure", "assign measure", "request extension", "amend issue", "assign issue")


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest, here: World) -> Case:
    if request.param == "request extension":
        # The third measure waits for review; an extension is asked for while it is in work.
        client(here.office).post(url("reports", here.own.report.pk, "send-back"), {"requirement": "请补正"})
    return CASES[request.param]


def test_an_act_is_done_and_entered_in_the_book(here: World, case: Case) -> None:
    before = Entry.objects.count()
    answer = case.call(here, case.who)
    assert answer.status_code == case.status, answer.content
    assert "id" in answer.json()
    entry = Entry.objects.latest("pk")
    assert Entry.objects.count() == before + 1
    assert entry.actor == here.person(case.who)


def test_who_may_see_but_not_act_is_forbidden(here: World, case: Case) -> None:
    before = Entry.objects.count()
    assert refused(case.call(here, case.wrong_role), 403)["code"] == "forbidden"
    assert Entry.objects.count() == before


def test_who_may_not_see_finds_nothing(here: World, case: Case) -> None:
    before = Entry.objects.count()
    for who in (case.stranger, "admin", "auditor", "discipline"):
        assert refused(case.call(here, who), 404)["code"] == "not_found"
    refused(client().post(case.address(here), case.body(here)), 401)
    assert Entry.objects.count() == before


def test_a_slip_is_named(here: World, case: Case) -> None:
    before = Entry.objects.count()
    error = refused(case.call(here, case.who, **case.slip), 400)
    assert list(error["fields"]) == list(case.slip)
    assert Entry.objects.count() == before


def test_unknown_fields_are_refused_not_ignored(here: World, case: Case) -> None:
    error = refused(case.call(here, case.who, closure="closed", is_staff=True), 400)
    assert set(error["fields"]) == {"closure", "is_staff"}


def test_a_body_that_is_no_object_is_refused(here: World, case: Case) -> None:
    for body in ("[1]", '"x"', "1", "null", "[{}]"):
        answer = client(here.person(case.who)).post(case.address(here), body, content_type="application/json")
        refused(answer, 400)


def test_acting_twice_is_a_conflict(here: World, case: Case) -> None:
    body = case.body(here)
    caller = client(here.person(case.who))
    assert caller.post(case.address(here), body).status_code == case.status
    assert refused(caller.post(case.address(here), body), 409)["code"] == "conflict"


@pytest.mark.parametrize("name", VERSIONED)
def test_a_stale_or_missing_version_is_refused(here: World, name: str) -> None:
    if name == "request extension":
        client(here.office).post(url("reports", here.own.report.pk, "send-back"), {"requirement": "请补正"})
    case = CASES[name]
    assert refused(case.call(here, case.who, version=99), 409)["code"] == "conflict"
    assert "version" in refused(case.call(here, case.who, version=None), 400)["fields"]
    assert "version" in refused(case.call(here, case.who, version="一"), 400)["fields"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_acts_are_posts(here: World, method: str) -> None:
    for case in CASES.values():
        answer = getattr(client(here.person(case.who)), method)(case.address(here))
        assert refused(answer, 405)["code"] == "method_not_allowed"
        assert "POST" in answer["Allow"]


def test_a_report_with_a_file_and_readings(here: World) -> None:
    measure = here.own.measures[0]
    readings = [{"indicator": here.own.indicator.pk, "value": "86.4", "as_of": make.today().isoformat()}]
    body = report_body(measure, claim="done", readings=json.dumps(readings), file=make.upload("缴款 回单.pdf"), evidence_name="缴款回单")
    answer = client(here.own.liaison).post(url("measures", measure.pk, "report"), body, format="multipart")
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert shown["readings"][0]["value"] == "86.4"
    assert shown["evidence"][0]["name"] == "缴款回单"
    assert EvidenceVersion.objects.get(sha256=shown["evidence"][0]["versions"][0]["sha256"], evidence__measure=measure)
    assert client(here.own.liaison).get(url("measures", measure.pk)).json()["progress"]["code"] == "in_review"


def test_a_report_without_a_file_brings_readings_as_json(here: World) -> None:
    measure = here.own.measures[0]
    readings = [{"indicator": here.own.indicator.pk, "value": 12, "as_of": make.today().isoformat()}]
    answer = client(here.own.liaison).post(url("measures", measure.pk, "report"), report_body(measure, readings=readings))
    assert answer.status_code == 201, answer.content
    assert answer.json()["readings"][0]["value"] == "12"


SLIPS: list[tuple[Any, str]] = [
    ("[", "readings"),
    ("[" * 100_000, "readings"),
    ('{"a": 1}', "readings"),
    ([1], "readings.0"),
    ([{}], "readings.0.indicator"),
    ([{"indicator": "OWN", "value": "-1", "as_of": "2025-06-01"}], "readings.0.value"),
    ([{"indicator": "OWN", "value": "NaN", "as_of": "2025-06-01"}], "readings.0.value"),
    ([{"indicator": "OWN", "value": "9999999999999", "as_of": "2025-06-01"}], "readings.0.value"),
    ([{"indicator": "OWN", "value": "1", "as_of": "1025-06-01"}], "readings.0.as_of"),
    ([{"indicator": "OTHER", "value": "1", "as_of": "2025-06-01"}], "readings.0.indicator"),
    ([{"indicator": "OWN", "value": "1", "as_of": "2098-06-01"}], "readings"),
    ([{"indicator": "OWN", "value": "1", "as_of": "2025-06-01"}] * 101, "readings"),
]


def test_readings_with_a_slip(here: World) -> None:
    measure, caller = here.own.measures[0], client(here.own.liaison)
    for readings, field in SLIPS:
        given = json.dumps(readings) if isinstance(readings, list) else readings
        given = given.replace('"OWN"', str(here.own.indicator.pk)).replace('"OTHER"', str(here.other.indicator.pk))
        answer = caller.post(url("measures", measure.pk, "report"), report_body(measure, readings=given), format="multipart")
        error = refused(answer, 400)
        assert field in error["fields"], error
    assert not measure.reports.exists()


FILES = [("回单.exe", b"MZ\x90"), ("回单.pdf", b""), ("回单.pdf", b"<html>"), ("回单.docx", make.PDF), ("回单.png", b"\x89PNG\r\n\x1a\n")]


def test_a_file_that_is_not_accepted(here: World) -> None:
    measure, caller = here.own.measures[0], client(here.own.liaison)
    for name, data in FILES:
        body = report_body(measure, file=SimpleUploadedFile(name, data))
        error = refused(caller.post(url("measures", measure.pk, "report"), body, format="multipart"), 400)
        assert list(error["fields"]) == ["file"], name
    assert not measure.reports.exists()


def test_a_file_that_is_too_large(here: World, settings: Any) -> None:
    settings.EVIDENCE_MAX_BYTES, settings.EVIDENCE_MAX_FILES = 1024, 1
    measure, address = here.own.measures[0], url("measures", here.own.measures[0].pk, "report")
    body = report_body(measure, file=SimpleUploadedFile("大.pdf", make.PDF + b"0" * 2048))
    assert "file" in refused(client(here.own.liaison).post(address, body, format="multipart"), 400)["fields"]
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 512
    body = report_body(measure, file=SimpleUploadedFile("大.pdf", make.PDF + b"0" * 2048))
    assert refused(client(here.own.liaison).post(address, body, format="multipart"), 413)["code"] == "too_large"
    assert refused(client(here.own.liaison).post(address, report_body(measure, text="长" * 600)), 413)["code"] == "too_large"


def test_text_that_cannot_be_kept(here: World) -> None:
    measure, caller = here.own.measures[0], client(here.own.liaison)
    for text in ("\x00", "坏\ud800", "  ", ""):
        body = json.dumps(report_body(measure, text=text))
        answer = caller.post(url("measures", measure.pk, "report"), body, content_type="application/json")
        assert list(refused(answer, 400)["fields"]) == ["text"], ascii(text)


def test_what_is_left_out_of_an_assignment_stays(here: World) -> None:
    measure = here.own.measures[0]
    version = version_of(measure)
    shown = (
        client(here.office)
        .post(url("measures", measure.pk, "assign"), {"person": "李主任", "reason": "人员调整", "version": version})
        .json()
    )
    assert shown["person"] == "李主任"
    assert shown["due_on"] == make.days(-3).isoformat()
    assert shown["version"] == version + 1


def test_a_due_date_before_the_feedback_is_refused(here: World) -> None:
    measure = here.own.measures[0]
    body = {"due_on": "2024-01-01", "reason": "提前", "version": version_of(measure)}
    assert list(refused(client(here.office).post(url("measures", measure.pk, "assign"), body), 400)["fields"]) == ["due_on"]
    body = {"deadline_rule": "months", "deadline_from": "2099-12-31", "deadline_count": 1000, "reason": "x", "version": version_of(measure)}
    assert list(refused(client(here.office).post(url("measures", measure.pk, "assign"), body), 400)["fields"]) == ["deadline_count"]


def test_an_amendment_without_content_is_refused(here: World) -> None:
    body = {"reason": "没有内容", "version": version_of(here.own.issue)}
    assert "至少" in refused(client(here.office).post(url("issues", here.own.issue.pk, "amend"), body), 400)["message"]


def test_the_way_to_closure(here: World) -> None:
    issue = make.issue(here.own.category, lead=here.own.unit)
    measure = make.measure(issue)
    address = url("issues", issue.pk, "apply-closure")
    liaison, office = client(here.own.liaison), client(here.office)
    body: dict[str, Any] = {"statement": "全部完成", "version": version_of(issue)}
    assert "没有完成" in refused(liaison.post(address, body), 400)["message"]
    make.finish(measure, by=here.own.liaison, reviewer=here.office)
    body["version"] = version_of(issue)
    assert "请说明理由：C-09" in refused(liaison.post(address, body), 400)["message"]
    body["reasons"] = make.answers(issue)
    refused(office.post(address, body), 403)
    refused(client(here.other.liaison).post(address, body), 404)
    refused(liaison.post(address, {**body, "version": 99}), 409)
    made = liaison.post(address, body)
    assert made.status_code == 201
    assert made.json()["decision"]["code"] == "pending"
    decided = office.post(url("closures", made.json()["id"], "decide"), {"agree": False, "opinion": "请补充清单"})
    assert decided.json()["decision"]["code"] == "returned"
    assert office.get(url("issues", issue.pk)).json()["closure"] == {"code": "open", "display": "整改中"}


def test_letters_are_sent_signed_and_answered(here: World) -> None:
    supervisor, liaison = client(here.person("supervisor")), client(here.own.liaison)
    body = {
        "inspection": here.inspection.pk,
        "unit": here.own.unit.pk,
        "measures": [here.own.measures[1].pk],
        "level": "orange",
        "requirement": "请于期限内报送整改情况",
        "reply_by": workday().isoformat(),
    }
    hidden = {**body, "measures": [here.other.measures[0].pk]}
    assert list(refused(supervisor.post(url("letters"), hidden), 400)["fields"]) == ["measures"]
    refused(liaison.post(url("letters"), body), 403)
    refused(client(here.person("admin")).post(url("letters"), body), 400)
    sent = supervisor.post(url("letters"), body)
    assert sent.status_code == 201, sent.content
    refused(supervisor.post(url("letters"), body), 409)
    answer = url("letters", sent.json()["id"], "answer")
    refused(liaison.post(answer, {"answer": "已办理"}), 409)
    assert liaison.post(url("letters", sent.json()["id"], "sign"), {}).json()["state"]["code"] == "signed"
    refused(liaison.post(answer, {"answer": " "}), 400)
    assert liaison.post(answer, {"answer": "已办理"}).json()["state"]["code"] == "answered"


def test_site_checks(here: World) -> None:
    body = {"measure": here.own.measures[1].pk, "finding": "true", "note": "现场查看，与填报一致", "checked_on": make.today().isoformat()}
    made = client(here.person("supervisor")).post(url("site-checks"), body)
    assert made.status_code == 201, made.content
    assert made.json()["finding"] == {"code": "true", "display": "属实"}
    refused(client(here.own.liaison).post(url("site-checks"), body), 403)
    hidden = {**body, "measure": here.other.measures[0].pk}
    assert list(refused(client(here.person("supervisor")).post(url("site-checks"), hidden), 400)["fields"]) == ["measure"]
    assert list(refused(client(here.leader).post(url("site-checks"), {**body, "checked_on": "2098-01-01"}), 400)["fields"]) == [
        "checked_on"
    ]


def test_nobody_reviews_their_own_report(here: World) -> None:
    measure = here.own.measures[0]
    made = client(here.office).post(url("measures", measure.pk, "report"), report_body(measure))
    assert made.status_code == 201
    refused(client(here.office).post(url("reports", made.json()["id"], "approve"), {}), 403)
    colleague = client(make.user(Role.OFFICE))
    assert colleague.post(url("reports", made.json()["id"], "approve"), {}).json()["review"]["code"] == "approved"


def test_an_indicator_of_another_issue_is_unknown(here: World) -> None:
    other = add_indicator(actor=here.office, issue=here.own.finished, name="件数", kind="count", unit="件")
    measure = here.own.measures[0]
    readings = [{"indicator": other.pk, "value": "1", "as_of": make.today().isoformat()}]
    error = refused(client(here.own.liaison).post(url("measures", measure.pk, "report"), report_body(measure, readings=readings)), 400)
    assert list(error["fields"]) == ["readings.0.indicator"]
    assert not Progress.objects.filter(measure=measure).exists()


def test_what_the_framework_says_badly_is_said_in_our_words(here: World) -> None:
    caller, address = client(here.office), url("issues", here.own.issue.pk, "amend")
    unseen = refused(caller.post(address, {"title": "a\x00", "reason": "x", "version": 1}), 400)["fields"]
    assert unseen == {"title": ["含有看不见的字符，请删去后重新输入"]}
    assert refused(caller.post(address, {"title": "题", "version": 1}), 400)["fields"] == {"reason": ["请填写这一项"]}
    assert refused(caller.get("/api/v1/issues/", {"number": 2**70}), 400)["fields"] == {"number": ["没有这个编号，请核对"]}
