"""Handovers 新官不理旧账: exactly the open items move, each with its entry; the clock of the re-feedback; who sees them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Issue
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import Handover, Measure
from apps.measures.services import amend_measure, hand_over, record_refeedback
from apps.measures.services.handing_over import Giver, givers, open_items
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, Unit
from tests import factories as make

pytestmark = pytest.mark.django_db
PERSON, OFFICIAL = Handover.Kind.PERSON, Handover.Kind.OFFICIAL
HANDED = dt.date(2026, 3, 2)
NEW = "/handovers/new/"


def person(unit: Unit, name: str = "赵科长") -> Giver:
    return Giver(PERSON, name, unit)


def move(of: Issue, giver: Giver, to_name: str = "钱科长", **more: Any) -> Handover:
    values = {"handed_on": HANDED, "reason": "任前公示〔2026〕3号", **more}
    return hand_over(actor=make.office(), inspection=of.inspection, giver=giver, to_name=to_name, **values)


def people() -> dict[str, str]:
    return {row.number: row.person for row in Measure.objects.select_related("issue")}


def test_a_persons_open_measures_move_and_nothing_else() -> None:
    issue = make.issue()
    lead = issue.lead_unit
    running, in_review, done, staged, other = make.measures(issue, 5, person="赵科长", lead=lead)
    elsewhere = make.measure(issue, lead=make.unit(), person="赵科长")
    amend_measure(actor=make.office(), measure=other, values={"person": "孙科长"}, reason="另有分工")
    make.report(in_review)
    make.finish(done)
    Measure.objects.filter(pk=staged.pk).update(pace="long_term", progress="stage_done", stopped_on=make.today())
    resting = make.issue(issue.category, lead=lead)
    make.measure(resting, person="赵科长")
    Issue.objects.filter(pk=resting.pk).update(closure="closed")
    foreign = make.measure(make.issue(lead=lead), person="赵科长")
    handover = move(issue, person(lead))
    moved = {row.number for row in (running, in_review, staged)}
    of_round = Measure.objects.filter(issue__inspection=issue.inspection).select_related("issue")
    assert {row.number for row in of_round if row.person == "钱科长"} == moved
    assert {row["number"] for row in handover.items} == moved
    assert {Measure.objects.get(pk=row.pk).person for row in (done, elsewhere, foreign)} == {"赵科长"}
    assert Measure.objects.get(issue=resting).person == "赵科长"
    made = Entry.objects.filter(book=issue.inspection.book).order_by("-seq")[:4]
    assert [entry.act for entry in made] == ["measures.hand_over", *["measures.assign_measure"] * 3]
    assert len({entry.correlation for entry in made}) == 1
    assert {entry.reason for entry in made} == {"任前公示〔2026〕3号"}
    assert made[1].payload == {"changes": {"person": ["赵科长", "钱科长"]}}
    assert chain.verify(issue.inspection.book).holds


def test_the_list_to_sign_keeps_what_was_handed_over() -> None:
    issue = make.issue(title="规范缴款")
    row = make.measure(issue, person="赵科长", text="追缴欠款", due_on=make.days(30))
    handover = move(issue, person(issue.lead_unit))
    amend_measure(actor=make.office(), measure=row, values={"text": "改过的文字"}, reason="改错字")
    assert Handover.objects.get(pk=handover.pk).items == [
        {"number": "1-1", "title": "规范缴款", "text": "追缴欠款", "state": "未启动", "due_on": make.days(30).isoformat()}
    ]


def test_a_leading_officials_issues_move() -> None:
    category = make.category()
    first, second, third = (make.issue(category, lead_official="李副区长") for _ in range(3))
    kept = make.issue(category, lead_official="周副区长")
    Issue.objects.filter(pk=second.pk).update(closure="applied")
    Issue.objects.filter(pk=third.pk).update(closure="closed")
    handover = move(first, Giver(OFFICIAL, "李副区长"), "吴副区长")
    leading = dict(Issue.objects.values_list("pk", "lead_official"))
    assert leading == {first.pk: "吴副区长", second.pk: "吴副区长", third.pk: "李副区长", kept.pk: "周副区长"}
    assert [item["number"] for item in handover.items] == ["1", "2"]
    made = Entry.objects.filter(act="issues.amend_issue")
    assert {entry.correlation for entry in made} == {Entry.objects.get(act="measures.hand_over").correlation}
    assert made[0].payload == {"changes": {"lead_official": ["李副区长", "吴副区长"]}}


def test_givers_are_named_with_their_counts() -> None:
    issue = make.issue(lead_official="李副区长")
    make.measures(issue, 2, person="赵科长")
    make.finish(make.measure(issue, person="赵科长"))
    make.measure(issue)
    found = [(giver.kind, giver.name, giver.unit, giver.count) for giver in givers(issue.inspection)]
    assert found == [(PERSON, "赵科长", issue.lead_unit, 2), (OFFICIAL, "李副区长", None, 1)]
    assert [row.number for row in open_items(issue.inspection, person(issue.lead_unit))] == ["1-1", "1-2"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " "}, "写明原因"),
        ({"to_name": " "}, "填写接收人"),
        ({"to_name": "赵科长"}, "接收人与移交人相同"),
        ({"handed_on": make.FEEDBACK - dt.timedelta(days=1)}, "不能早于反馈日期"),
        ({"handed_on": make.days(1)}, "不能晚于今天"),
        ({"refeedback_by": HANDED - dt.timedelta(days=1)}, "不能早于移交日期"),
        ({"giver": Giver(PERSON, "无此人", None)}, "指明单位"),
    ],
)
def test_odd_handovers_are_refused(changed: dict[str, Any], words: str) -> None:
    issue = make.issue()
    make.measure(issue, person="赵科长")
    values = {"giver": person(issue.lead_unit), **changed}
    with pytest.raises(ActRefused, match=words):
        move(issue, values.pop("giver"), **values)
    with pytest.raises(ActRefused, match="没有未办结的事项"):
        move(issue, person(issue.lead_unit, "无此人"))
    assert Handover.objects.count() == 0
    assert people() == {"1-1": "赵科长"}


def test_the_clock_runs_twenty_working_days_by_the_statutory_calendar() -> None:
    issue = make.issue()
    make.measure(issue, person="赵科长")
    assert move(issue, person(issue.lead_unit)).refeedback_by == dt.date(2026, 3, 30)


def test_a_calendar_that_ends_before_is_said_and_the_office_enters_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.measures.services.handing_over.REFEEDBACK_WORKING_DAYS", 20_000)
    issue = make.issue()
    make.measure(issue, person="赵科长")
    with pytest.raises(ActRefused, match=r"尚未载入.*自行填写再反馈期限") as refusal:
        move(issue, person(issue.lead_unit))
    assert refusal.value.field == "refeedback_by"
    assert move(issue, person(issue.lead_unit), refeedback_by=dt.date(2026, 4, 1)).refeedback_by == dt.date(2026, 4, 1)


def test_refeedback_stops_the_clock_once() -> None:
    issue = make.issue()
    make.measure(issue, person="赵科长")
    handover, office = move(issue, person(issue.lead_unit)), make.office()
    assert handover.is_overdue(dt.date(2026, 3, 31))
    assert not handover.is_overdue(dt.date(2026, 3, 30))
    for day, words in ((HANDED - dt.timedelta(days=1), "不能早于移交日期"), (make.days(1), "不能晚于今天")):
        with pytest.raises(ActRefused, match=words):
            record_refeedback(actor=office, handover=handover, on=day, note="已当面反馈")
    with pytest.raises(ActRefused, match="写明"):
        record_refeedback(actor=office, handover=handover, on=HANDED, note=" ")
    with pytest.raises(ActForbidden):
        record_refeedback(actor=make.liaison(issue.lead_unit), handover=handover, on=HANDED, note="已反馈")
    done = record_refeedback(actor=office, handover=handover, on=dt.date(2026, 4, 1), note="已当面反馈")
    assert (done.days_late(make.today()), done.is_overdue(make.today())) == (2, False)
    assert Entry.objects.get(act="measures.refeed").payload["days_late"] == 2
    with pytest.raises(ActConflict):
        record_refeedback(actor=office, handover=handover, on=HANDED, note="再次")


def test_a_list_that_changed_since_the_preview_is_shown_again_before_anything_moves() -> None:
    issue = make.issue()
    row = make.measure(issue, person="赵科长")
    browser = make.signed_in(make.office())
    fields = {
        "giver": f"person:{issue.lead_unit_id}:赵科长",
        "to_name": "钱科长",
        "handed_on": HANDED.isoformat(),
        "reason": "任前公示",
        "refeedback_by": "",
    }
    page = browser.post(NEW, {**fields, "step": "preview"})
    assert "1 项将移交给钱科长" in page.content.decode()
    assert "2026-03-30" in page.content.decode()
    make.measure(issue, person="赵科长")
    again = browser.post(NEW, {**fields, "step": "confirm", "seen": page.context["seen"]})
    assert again.status_code == 409
    assert "2 项将移交给钱科长" in again.content.decode()
    assert people() == {"1-1": "赵科长", "1-2": "赵科长"}
    done = browser.post(NEW, {**fields, "step": "confirm", "seen": again.context["seen"]})
    assert done.status_code == 302
    words = browser.get(done["Location"]).content.decode()
    assert "交接清单" in words
    assert row.text in words
    assert set(people().values()) == {"钱科长"}


@pytest.mark.parametrize("fields", [{}, {"giver": "person:1:无此人"}, {"giver": "x"}])
def test_an_incomplete_form_says_what_is_missing(fields: dict[str, str]) -> None:
    make.measure(make.issue(), person="赵科长")
    page = make.signed_in(make.office()).post(NEW, {**fields, "step": "confirm"})
    assert page.status_code == 400
    assert Handover.objects.count() == 0


def test_who_sees_which_handover() -> None:
    issue = make.issue(lead_official="李副区长")
    make.measure(issue, person="赵科长")
    of_person, of_official = move(issue, person(issue.lead_unit)), move(issue, Giver(OFFICIAL, "李副区长"), "吴副区长")
    supervisor = make.user(Role.SUPERVISOR)
    seen = {
        make.office(): {of_person, of_official},
        make.leader(): {of_person, of_official},
        make.liaison(issue.lead_unit): {of_person},
        make.liaison(): set(),
        make.user(Role.ADMIN): set(),
        make.user(Role.AUDITOR): set(),
    }
    for who, rows in seen.items():
        assert set(Handover.objects.visible_to(who)) == rows, who
        browser = make.signed_in(who)
        separated = who.role in (Role.ADMIN, Role.AUDITOR)
        assert browser.get("/handovers/").status_code == (403 if separated else 200)
        for row in (of_person, of_official):
            expected = 403 if separated else 200 if row in rows else 404
            assert browser.get(f"/handovers/{row.pk}/").status_code == expected, (who, row)
        allowed = who.role == Role.OFFICE
        assert browser.get(NEW).status_code == (200 if allowed else 403)
        assert (browser.get(f"/handovers/{of_person.pk}/refeed/").status_code == 200) == allowed
    assert supervisor.is_leader


def test_list_says_the_clock_in_words_and_marks_what_is_overdue() -> None:
    issue = make.issue()
    make.measure(issue, person="赵科长")
    late = move(issue, person(issue.lead_unit))
    move(issue, person(issue.lead_unit, "钱科长"), "孙科长", handed_on=make.today(), refeedback_by=make.days(9))
    browser = make.signed_in(make.office())
    words = browser.get("/handovers/").content.decode()
    assert f"逾期 {late.days_late(make.today())} 天" in words
    assert "还剩 9 天" in words
    assert "f-over" in words
    assert [line.row for line in browser.get("/handovers/?clock=overdue").context["page"].object_list] == [late]
    assert browser.get("/handovers/?clock=never").status_code == 400
    desk = browser.get("/workbench/").content.decode()
    assert "再反馈已逾期：赵科长 → 钱科长" in desk
    assert "再反馈到期：钱科长 → 孙科长" in desk


def test_list_does_not_grow_in_queries() -> None:
    issue = make.issue()
    make.measure(issue, person="甲0")
    browser = make.signed_in(make.office())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/handovers/").status_code == 200
        return len(captured)

    move(issue, person(issue.lead_unit, "甲0"), "甲1")
    few = queries()
    for number in range(1, 12):
        move(issue, person(issue.lead_unit, f"甲{number}"), f"甲{number + 1}")
    assert queries() == few
