"""The acts that had no address before: each is done by whoever may, and the book says so; the others are refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from apps.issues.models import LookBack
from apps.ledgers.models import Entry
from apps.measures.models import Handover, Measure, SavedView
from apps.reports.services import draft_notice
from apps.supervision.models import Dispatch, Group, Visit
from apps.units.models import Role, Unit, User
from tests import factories as make
from tests.api_world import World, client, refused, url, workday, world
from tests.test_notice import prose

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world()


def last() -> str:
    return Entry.objects.latest("pk").act


def post(who: User, body: dict[str, Any] | None = None, *parts: object, status: int = 200) -> dict[str, Any]:
    answer = client(who).post(url(*parts), body or {})
    assert answer.status_code == status, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def test_a_round_is_set_up_by_api_from_nothing() -> None:
    office, liaison = make.office(), make.liaison()
    facts = {"level": "county", "kind": "xuncha", "inspecting_body": "区委巡察组", "inspected_body": "某局党组"}
    days = {"on_site_from": "2025-01-06", "on_site_to": "2025-02-10", "feedback_on": "2025-02-20"}
    made = post(office, {"name": "第三轮巡察", **facts, **days}, "inspections", status=201)
    assert last() == "issues.open_inspection"
    category = post(office, {"inspection": made["id"], "number": 1, "title": "方面一"}, "categories", status=201)
    unit = post(office, {"name": "区某某局", "short_name": "某某局", "kind": "government"}, "units", status=201)
    words = {"number": 1, "title": "事项", "finding": "反馈的问题", "lead_unit": unit["id"]}
    issue = post(office, {"category": category["id"], **words}, "issues", status=201)
    draft = {"text": "建立台账", "nature": "long", "pace": "timed", "lead_unit": unit["id"], "due_on": make.days(30).isoformat()}
    draft |= {"nature": Measure.Nature.values[0], "pace": next(pace for pace in Measure.Pace.values if pace != Measure.Pace.LONG_TERM)}
    body = {"issue": issue["id"], "version": issue["version"], "measures": [draft, {**draft, "text": "逐项核实"}]}
    measures = post(office, body, "measures", status=201)["measures"]
    assert [row["number"] for row in measures] == ["1-1", "1-2"]
    refused(client(office).post(url("measures"), body), 409)
    refused(client(liaison).post(url("measures"), body), 400)
    meeting = {"inspection": made["id"], "kind": "topic", "title": "专题会", "held_on": make.today().isoformat(), "decided": "一项\n两项"}
    assert len(post(office, meeting, "activities", status=201)["items"]) == 2


def test_a_look_back_is_held(here: World) -> None:
    issue = here.own.finished
    post(here.office, {"agree": True}, "closures", here.own.closure.pk, "decide")
    row = LookBack.objects.filter(issue=issue).earliest("planned_on")
    listed = client(here.office).get(url("look-backs"), {"show": "planned"}).json()
    assert row.pk in [one["id"] for one in listed["results"]]
    refused(client(here.own.liaison).post(url("look-backs", row.pk, "hold"), {"relapsed": False, "note": "巩固"}), 403)
    assert post(here.leader, {"relapsed": True, "note": "又出现了"}, "look-backs", row.pk, "hold")["finding"]["code"] == "relapsed"
    assert last() == "issues.reopen"


def test_items_are_handed_over_with_a_preview(here: World) -> None:
    measure = make.measure(here.own.issue, person="甲科长")
    asked: dict[str, str | float] = {"inspection": here.inspection.pk, "kind": "person", "from_name": "甲科长", "unit": here.own.unit.pk}
    refused(client(here.leader).get(url("handovers", "open-items"), asked), 403)
    names = client(here.office).get(url("handovers", "givers"), {"inspection": here.inspection.pk}).json()["givers"]
    assert "甲科长" in [row["name"] for row in names]
    items = client(here.office).get(url("handovers", "open-items"), asked).json()["items"]
    seen = [{"id": row["id"], "version": row["version"]} for row in items]
    assert seen == [{"id": measure.pk, "version": 1}]
    body = {**asked, "to_name": "乙科长", "reason": "调任", "refeedback_by": make.days(20).isoformat(), "seen": seen}
    stale = [{"id": measure.pk, "version": 9}]
    refused(client(here.office).post(url("handovers"), {**body, "seen": stale}), 409)
    made = post(here.office, body, "handovers", status=201)
    post(here.office, {"on": make.today().isoformat(), "note": "已再反馈"}, "handovers", made["id"], "refeed")
    assert Handover.objects.get().refed_on == make.today()


def test_views_are_saved_shared_and_removed(here: World) -> None:
    row = post(here.own.liaison, {"name": "逾期", "query": "timeliness=overdue"}, "saved-views", status=201)
    refused(client(here.own.liaison).post(url("saved-views"), {"name": "错", "query": "nonsense=1"}), 400)
    post(here.own.liaison, {"is_default": True}, "saved-views", row["id"], "set-default")
    assert client(here.own.liaison).delete(url("saved-views", row["id"])).status_code == 204
    assert not SavedView.objects.exists()
    refused(client(here.person("admin")).get(url("saved-views")), 403)


def test_a_visit_and_a_meeting_from_plan_to_end(here: World) -> None:
    measure, member = here.own.measures[0], here.person("supervisor")
    group = Group.objects.get()
    day = make.today().isoformat()
    plan = {"inspection": here.inspection.pk, "group": group.pk, "title": "实地督查", "planned_on": day, "measures": [measure.pk]}
    visit = post(member, plan, "visits", status=201)
    changed = post(member, {"place": "现场", "version": visit["version"]}, "visits", visit["id"], "amend")
    post(member, {"reason": "改期", "version": changed["version"]}, "visits", visit["id"], "cancel")
    assert Visit.objects.get().state == Visit.State.CANCELLED
    call = {"inspection": here.inspection.pk, "group": group.pk, "title": "调度会", "held_on": day, "chair": "书记"}
    meeting = post(member, call, "dispatches", status=201)
    meeting = post(member, {"title": "第二次调度会", "version": meeting["version"]}, "dispatches", meeting["id"], "amend")
    meeting = post(member, {"measures": [measure.pk], "version": meeting["version"]}, "dispatches", meeting["id"], "set-agenda")
    meeting = post(member, {"version": meeting["version"]}, "dispatches", meeting["id"], "begin")
    post(member, {"decision": "月底前办结", "version": 1}, "dispatch-items", meeting["items"][0], "decide")
    post(member, {"version": meeting["version"]}, "dispatches", meeting["id"], "close")
    assert Dispatch.objects.get().state == Dispatch.State.CLOSED


def test_many_letters_are_previewed_and_sent(here: World) -> None:
    body = {"inspection": here.inspection.pk, "level": "orange", "requirement": "请限期办结", "reply_by": workday().isoformat()}
    address = f"{url('letters', 'send-many')}?timeliness=overdue"
    plan = client(here.office).post(address, {**body, "all": True, "dry_run": True}).json()
    assert len(plan["units"]) == 2
    assert {row["letter"] for row in plan["units"]} == {None}
    refused(client(here.own.liaison).post(address, {**body, "all": True}), 403)
    refused(client(here.office).post(f"{url('letters', 'send-many')}?nonsense=1", {**body, "all": True}), 400)
    sent = post(here.office, {**body, "rows": plan["seen"]}, "letters", "send-many")
    assert None not in {row["letter"] for row in sent["units"]}


def test_groups_rules_and_ladder(here: World) -> None:
    member = make.user(Role.SUPERVISOR)
    team = {"name": "第二督查组", "lead_unit": here.other.unit.pk, "members": [member.username], "units": [here.other.unit.pk]}
    made = post(here.office, {"inspection": here.inspection.pk, **team}, "groups", status=201)
    post(here.office, {**team, "name": "督查二组", "reason": "调整", "version": made["version"]}, "groups", made["id"], "reform")
    rules = client(here.office).get(url("supervision-rules", here.inspection.pk)).json()
    days = {"grave_days": 20, "stalled_days": 40, "returned_working_days": 3, "reason": "从严", "version": rules["version"]}
    post(here.office, days, "supervision-rules", here.inspection.pk, "set-thresholds")
    levels = [{**row, "reply_working_days": row["reply_working_days"] + 1} for row in rules["ladder"]]
    body = {"levels": levels, "shown": rules["ladder_fingerprint"], "reason": "放宽"}
    refused(client(here.leader).post(url("supervision-rules", here.inspection.pk, "set-ladder"), body), 403)
    post(here.office, body, "supervision-rules", here.inspection.pk, "set-ladder")
    assert last() == "supervision.set_ladder"
    refused(client(here.office).post(url("supervision-rules", here.inspection.pk, "set-ladder"), body), 409)


def test_accounts_are_the_administrators(here: World) -> None:
    admin = here.person("admin")
    refused(client(here.office).get(url("accounts")), 403)
    made = post(admin, {"username": "zhao", "name": "赵宁", "role": "office"}, "accounts", status=201)
    assert len(made["one_time_password"]) == 19
    assert "one_time_password" not in client(admin).get(url("accounts", made["id"])).json()
    post(admin, {"name": "赵宁宁", "reason": "更正", "version": 1}, "accounts", made["id"], "amend")
    post(admin, {"reason": "调离"}, "accounts", made["id"], "disable")
    post(admin, {"reason": "回来"}, "accounts", made["id"], "enable")
    assert post(admin, {}, "accounts", made["id"], "reset-password")["one_time_password"] != made["one_time_password"]
    refused(client(admin).post(url("accounts", admin.pk, "reset-password")), 403)
    unit = Unit.objects.first()
    assert unit is not None
    post(admin, {"short_name": "新简称", "version": unit.version}, "units", unit.pk, "amend")


def test_the_book_is_read_and_verified_by_its_readers(here: World) -> None:
    auditor = here.person("auditor")
    books = client(auditor).get(url("books")).json()["results"]
    round_book = next(row for row in books if row["title"] == here.inspection.book.title)
    assert client(auditor).get(url("books", round_book["id"], "verify")).json()["holds"]
    listed = client(auditor).get(url("book-entries"), {"book": round_book["slug"], "act": "measures.report_progress"}).json()
    assert listed["count"] == Entry.objects.filter(book=here.inspection.book, act="measures.report_progress").count() > 0
    refused(client(here.own.liaison).get(url("book-entries")), 403)
    house = client(here.office).get(url("book-entries"), {"book": "house"}).json()
    assert house["count"] == 0


def test_files_are_handed_out_and_entered(here: World) -> None:
    evidence = here.own.report.evidence.get()
    answer = client(here.own.liaison).get(url("evidence", evidence.pk, "file"))
    assert answer.status_code == 200
    assert b"".join(getattr(answer, "streaming_content", ())) == make.PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert last() == "measures.download_evidence"
    refused(client(here.other.liaison).get(url("evidence", evidence.pk, "file")), 404)
    refused(client(here.own.liaison).get(url("evidence", evidence.pk, "file"), {"number": 7}), 404)


def test_what_is_owed_is_as_on_the_page(here: World) -> None:
    owed = client(here.office).get(url("missing-reports"), {"inspection": here.inspection.pk}).json()
    assert sum(row["owed"] for row in owed["units"]) == len(owed["measures"])
    own = client(here.own.liaison).get(url("missing-reports")).json()
    assert {row["lead_unit"]["id"] for row in own["measures"]} <= {here.own.unit.pk}
    refused(client(here.office).get(url("missing-reports"), {"period": "never"}), 400)
    refused(client(here.person("admin")).get(url("missing-reports")), 403)


def test_a_working_day_is_set_apart(here: World) -> None:
    day = (make.today() + dt.timedelta(days=3)).isoformat()
    post(here.office, {"day": day, "is_workday": True, "note": "调休"}, "calendar-overrides", status=201)
    assert last() == "measures.override_calendar"
    refused(client(here.leader).post(url("calendar-overrides"), {"day": day, "is_workday": False, "note": "x"}), 403)


def test_a_notice_goes_from_draft_to_its_files(here: World) -> None:
    """Through circulation, check and exceptions: what the pages of issue 5 do."""
    head = make.liaison(here.own.unit)
    User.objects.filter(pk=head.pk).update(heads_unit=True)
    facts = {"issuer": "中共某区委", "title": "关于整改进展情况的通报", "dated_on": make.today().isoformat()}
    words = {"lead": "现将整改进展情况公布如下。", "section_one_title": "组织整改", "section_one": "（一）提高站位。压实责任。"}
    words |= {"section_two_title": "整改情况", "section_three_title": "下步打算", "section_three": "（一）持续用力。常抓不懈。"}
    contact = {
        "invitation": "欢迎监督。",
        "phone": "0598-0000000",
        "address": "某路 1 号",
        "postcode": "350000",
        "email": "a@example.gov.cn",
    }
    notice = post(here.office, {"inspection": here.inspection.pk, **facts, **words, **contact}, "notices", status=201)
    assert last() == "reports.draft_notice"
    refused(client(here.own.liaison).post(url("notices"), {"inspection": here.inspection.pk, **facts, **words, **contact}), 403)
    pk = notice["id"]
    notice = post(here.office, {"title": "整改进展情况通报", "version": notice["version"]}, "notices", pk, "amend")
    notice = post(here.office, {"layout": "answered", "reason": "", "version": notice["version"]}, "notices", pk, "set-layout")
    refused(client(here.office).post(url("notices", pk, "add-items")), 400)
    items = client(here.office).get(url("notice-items"), {"notice": pk}).json()["results"]
    text = "已收回12万元，联系人13905980000。"
    for item in items:
        told = text if item["issue"] == here.own.issue.pk else "已整改到位。"
        post(here.office, {"title": item["title"], "text": told, "version": item["version"]}, "notice-items", item["id"], "amend")
    figures = client(here.leader).get(url("notices", pk, "figures")).json()["findings"]
    found = next(row for row in figures if row["written"].startswith("12"))
    place = {name: found[name] for name in ("place", "sentence_hash", "written", "occurrence")}
    refused(client(here.office).post(url("notices", pk, "ask-registration"), {**place, "sentence_hash": "0" * 64}), 409)
    decision = post(here.office, {**place, "verdict": "accepted", "reason": "已核"}, "notices", pk, "decide-figure", status=201)
    post(here.office, {"reason": "再核"}, "figure-decisions", decision["id"], "withdraw")
    refused(client(here.office).post(url("notices", pk, "adopt-ledger"), {**place, "instead": "13万元"}), 409)
    flag = next(row for row in client(here.office).get(url("notices", pk, "withheld")).json()["findings"] if row["rule"] == "phone")
    asked = {
        "rule": "phone",
        **{name: flag[name] for name in ("place", "sentence_hash", "fragment")},
        "ground": "sensitive",
        "reason": "热线",
    }
    exception = post(here.office, asked, "notices", pk, "ask-exception", status=201)
    refused(client(here.office).post(url("withheld-exceptions", exception["id"], "approve")), 403)
    post(here.leader, {}, "withheld-exceptions", exception["id"], "approve")
    post(here.leader, {"reason": "改写"}, "withheld-exceptions", exception["id"], "withdraw")
    word = post(here.office, {"word": "未公布的项目"}, "watch-words", status=201)
    post(here.office, {"reason": "已公布"}, "watch-words", word["id"], "retire")
    made = post(here.office, {}, "notices", pk, "render", status=201)
    assert client(here.leader).get(url("renderings", made["id"])).json()["state"]["code"] == "waiting"
    refused(client(here.office).get(url("renderings", made["id"], "file"), {"kind": "pdf"}), 404)


def test_heads_answer_for_the_items_of_their_unit(here: World) -> None:
    head = make.liaison(here.own.unit)
    User.objects.filter(pk=head.pk).update(heads_unit=True)
    notice = told_notice(here)
    refused(client(here.own.liaison).get(url("items-to-review")), 403)
    post(here.office, {}, "notices", notice, "circulate")
    refused(client(here.office).post(url("notices", notice, "remind")), 409)
    items = client(User.objects.get(pk=head.pk)).get(url("items-to-review")).json()["results"]
    assert {row["issue"] for row in items} == {here.own.issue.pk, here.own.finished.pk}
    answer = {"verdict": "agreed", "content_hash": items[0]["content_hash"]}
    post(User.objects.get(pk=head.pk), answer, "items-to-review", items[0]["id"], "review")
    standing = client(here.leader).get(url("notices", notice, "circulation")).json()["standings"]
    assert "agreed" in {row["state"]["code"] for row in standings_of(standing, here)}
    post(here.office, {"unit": here.own.unit.pk, "reason": "已电话核对"}, "notices", notice, "pass-over")


def standings_of(rows: list[dict[str, Any]], here: World) -> list[dict[str, Any]]:
    return [row for row in rows if row["unit"]["id"] == here.own.unit.pk]


def told_notice(here: World) -> int:
    """A draft of which nothing stands in the way."""
    texts = dict.fromkeys(here.inspection.issues.values_list("number", flat=True), "已整改到位。")
    return draft_notice(actor=here.office, inspection=here.inspection, prose=prose(), texts=texts).pk
