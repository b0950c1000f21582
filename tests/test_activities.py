"""Meetings and other activities: the list, what was decided, an item that becomes a measure, changes with before and after."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.issues.models import Activity, DecidedItem, Inspection, Issue
from apps.issues.services import amend_activity, fingerprint, record_activity
from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.measures.services import add_measures
from apps.measures.services.planning import MeasureDraft
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role
from tests import factories as make
from tests.api_world import client, refused, url

pytestmark = pytest.mark.django_db
LIST, LIMIT = "/activities/", 12


def meeting(inspection: Inspection | None = None, *, issue: Issue | None = None, **facts: Any) -> Activity:
    round_ = inspection or (issue.inspection if issue else make.inspection())
    values: dict[str, Any] = {"kind": "democratic_life", "title": "专题民主生活会", "held_on": make.days(-9)}
    values |= {"decided": "一、建账\n\n  逐条销号 \n按月调度"}
    return record_activity(actor=None, inspection=round_, issue=issue, **{**values, **facts})


def texts(row: Activity) -> list[tuple[int, str]]:
    return list(row.items.order_by("ordinal").values_list("ordinal", "text"))


def became(item: DecidedItem, issue: Issue) -> Measure:
    draft = MeasureDraft(text=item.text, nature="now", pace="limited", lead_unit=issue.lead_unit, due_on=make.days(30), decided_item=item)
    return add_measures(actor=make.office(), issue=issue, drafts=[draft])[0]


def amended(row: Activity, **values: Any) -> Activity:
    return amend_activity(actor=make.office(), activity=row, values=values, reason="按会议记录更正")


def test_each_line_is_an_item() -> None:
    assert texts(meeting()) == [(1, "一、建账"), (2, "逐条销号"), (3, "按月调度")]
    assert texts(meeting(decided="")) == []


def test_items_whose_words_stay_are_the_same_items() -> None:
    row = meeting()
    keys = {item.text: item.pk for item in row.items.all()}
    amended(row, decided="按月调度\n逐条对账销号\n一、建账\n新增一项")
    assert texts(row) == [(1, "按月调度"), (2, "逐条对账销号"), (3, "一、建账"), (4, "新增一项")]
    now = {item.text: item.pk for item in row.items.all()}
    assert (now["按月调度"], now["一、建账"], now["逐条对账销号"]) == (keys["按月调度"], keys["一、建账"], keys["逐条销号"])
    amended(row, decided="一、建账")
    assert texts(row) == [(1, "一、建账")]


def test_an_item_that_became_a_measure_may_be_reworded_but_not_dropped() -> None:
    issue = make.issue()
    row = meeting(issue.inspection)
    measure = became(row.items.get(ordinal=2), issue)
    amended(row, decided="一、建账\n逐条对账销号")
    measure.refresh_from_db()
    assert measure.decided_item is not None
    assert measure.decided_item.text == "逐条对账销号"
    with pytest.raises(ActRefused, match="已转为措施，不能删去") as refusal:
        amended(row, decided="")
    assert refusal.value.field == "decided"
    assert texts(row) == [(1, "一、建账"), (2, "逐条对账销号")]


def test_a_change_is_the_offices_with_a_reason_on_the_page_that_was_shown() -> None:
    row = meeting()
    seen = fingerprint(row)
    changed = amended(row, attendance="全体常委", kind="topic")
    payload = Entry.objects.filter(act="issues.amend_activity").latest("seq").payload
    assert payload == {"changes": {"attendance": ["", "全体常委"], "kind": ["专题民主生活会", "专题会"]}}
    office = make.office()
    for actor, values, reason, error, words in (
        (make.leader(), {"title": "别名"}, "理由", ActForbidden, "只有整改办"),
        (office, {"title": "别名"}, " ", ActRefused, "要写明理由"),
        (office, {"title": changed.title}, "理由", ActRefused, "没有变化"),
        (office, {"inspection": None}, "理由", ActRefused, "不能修改"),
        (office, {"issue": make.issue()}, "理由", ActRefused, "不属于本轮次"),
    ):
        with pytest.raises(error, match=words):
            amend_activity(actor=actor, activity=row, values=values, reason=reason)
    with pytest.raises(ActConflict, match="请刷新页面"):
        amend_activity(actor=office, activity=row, values={"title": "别名"}, reason="理由", seen=seen)
    other = meeting(row.inspection, title="第二次")
    with pytest.raises(ActConflict, match="已经登记"):
        amended(other, title=row.title, kind="topic")


def test_an_item_becomes_a_measure_of_an_issue_it_was_about() -> None:
    issue = make.issue()
    of_issue = meeting(issue=issue, title="专题会").items.get(ordinal=1)
    assert became(of_issue, issue).decided_item == of_issue
    assert Entry.objects.filter(act="measures.add_measure").latest("seq").payload["decided_item"] == "专题会 议定事项 1"
    with pytest.raises(ActRefused, match="另一个问题"):
        became(of_issue, make.issue(issue.category))
    with pytest.raises(ActRefused, match="不属于本轮次"):
        became(meeting().items.get(ordinal=1), issue)


class TestPages:
    def test_from_the_meeting_to_the_measure_and_back(self) -> None:
        issue, browser = make.issue(), make.signed_in(make.office())
        row = meeting(issue.inspection)
        item = row.items.get(ordinal=2)
        way = f"/decided/{item.pk}/measure/"
        assert "归入哪个问题" in browser.get(way).content.decode()
        assert browser.get(f"{way}?issue=0").status_code == 400
        onward = browser.get(f"{way}?issue={issue.pk}")
        assert onward.status_code == 302
        form = browser.get(onward["Location"]).content.decode()
        assert "逐条销号" in form
        assert "由议定事项转来：专题民主生活会，第 2 项" in form
        values = {
            "text": "逐条对账销号", "nature": "now", "pace": "limited", "lead_unit": issue.lead_unit_id, "deadline_rule": "fixed",
            "due_on": make.days(30), "version": issue.version,
        }  # fmt: skip
        assert browser.post(onward["Location"], values).status_code == 302
        measure = Measure.objects.get(decided_item=item)
        assert measure.number in browser.get(f"/activities/{row.pk}/").content.decode()
        assert "由会议议定" in browser.get(f"/measures/{measure.pk}/").content.decode()
        for wrong in ("?item=abc", f"?item={10**20}", "?item=-1"):
            assert browser.get(f"/issues/{issue.pk}/measures/new/{wrong}").status_code == 400, wrong
        assert browser.get(f"/issues/{issue.pk}/measures/new/?item=99999").status_code == 404
        foreign = meeting().items.get(ordinal=1)
        assert browser.get(f"/issues/{issue.pk}/measures/new/?item={foreign.pk}").status_code == 404

    def test_a_meeting_about_one_issue_asks_for_no_other(self) -> None:
        issue = make.issue()
        item = meeting(issue=issue).items.get(ordinal=1)
        answer = make.signed_in(make.office()).get(f"/decided/{item.pk}/measure/")
        assert answer["Location"] == f"/issues/{issue.pk}/measures/new/?item={item.pk}"

    def test_record_and_amend(self) -> None:
        inspection, browser = make.inspection(), make.signed_in(make.office())
        form = {"kind": "site", "title": "实地督查", "held_on": "2025-06-01", "attendance": "督查一组", "decided": "一\n二"}
        made = browser.post(f"/inspections/{inspection.pk}/activities/new/", form)
        page = browser.get(made["Location"]).content.decode()
        for words in ("实地督查", "督查一组", "2025-06-01", "转为措施"):
            assert words in page
        row = Activity.objects.get()
        change = {**form, "decided": "一\n二\n三", "reason": "补记", "seen": fingerprint(row)}
        assert browser.post(f"/activities/{row.pk}/amend/", {**change, "reason": ""}).status_code == 400
        assert browser.post(f"/activities/{row.pk}/amend/", change).status_code == 302
        assert browser.post(f"/activities/{row.pk}/amend/", {**change, "title": "又改"}).status_code == 409

    def test_filters_and_counts(self) -> None:
        issue = make.issue()
        meeting(issue.inspection, held_on="2025-06-19", attendance="全体常委")
        meeting(issue=issue, kind="dispatch", title="第一次调度", held_on="2025-07-01", decided="")
        meeting(issue.inspection, kind="inspection_work", title="日期不详的会议", held_on=None)
        browser = make.signed_in(make.office())
        page = browser.get(LIST).content.decode()
        assert "共 3 次" in page
        assert "调度会 1" in page
        for query, seen, unseen in (
            ("?kind=dispatch", "第一次调度", "专题民主生活会</a>"),
            ("?scope=round", "专题民主生活会</a>", "第一次调度"),
            ("?since=2025-06-20&until=2025-07-31", "第一次调度", "专题民主生活会</a>"),
            ("?q=全体常委", "专题民主生活会</a>", "第一次调度"),
        ):
            shown = browser.get(LIST + query).content.decode()
            assert seen in shown, query
            assert unseen not in shown, query
        for query in ("?since=2025-02-30", "?kind=party", "?x=1", "?page=7"):
            assert browser.get(LIST + query).status_code == 400, query
        assert "没有符合条件的会议活动" in browser.get(f"{LIST}?q=没有").content.decode()

    def test_who_sees_and_who_changes(self) -> None:
        issue = make.issue()
        own, whole = meeting(issue=issue, title="本问题的会"), meeting(issue.inspection, title="全轮的会")
        foreign = meeting(issue=make.issue(issue.category), title="别的问题的会")
        browser = make.signed_in(make.liaison(issue.lead_unit))
        page = browser.get(LIST).content.decode()
        assert "本问题的会" in page
        assert "全轮的会" in page
        assert "别的问题的会" not in page
        assert [browser.get(f"/activities/{row.pk}/").status_code for row in (own, whole, foreign)] == [200, 200, 404]
        assert browser.get(f"/activities/{own.pk}/amend/").status_code == 403
        assert browser.get(f"/decided/{own.items.get(ordinal=1).pk}/measure/").status_code == 403
        assert browser.get(f"/decided/{foreign.items.get(ordinal=1).pk}/measure/").status_code == 404
        assert make.signed_in(make.user(Role.AUDITOR)).get(LIST).status_code == 403
        assert "还没有您能查看的轮次" in make.signed_in(make.liaison()).get(LIST).content.decode()

    def test_measures_out_of_sight_are_not_named(self) -> None:
        issue, helper = make.issue(), make.unit()
        make.measure(issue, lead=helper)
        row = meeting(issue=issue)
        foreign = became(row.items.get(ordinal=1), issue)
        page = make.signed_in(make.liaison(helper)).get(f"/activities/{row.pk}/").content.decode()
        assert f"/measures/{foreign.pk}/" not in page

    def test_the_number_of_queries_does_not_grow(self) -> None:
        issue, browser = make.issue(), make.signed_in(make.office())
        row = meeting(issue=issue)

        def queries(address: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            return len(captured)

        became(row.items.get(ordinal=1), issue)
        few = queries(LIST), queries(f"/activities/{row.pk}/")
        for number in range(20):
            meeting(issue=issue, title=f"第{number}次")
        amended(row, decided="\n".join(f"事项{number}" for number in range(20)))
        for item in row.items.all():
            became(item, issue)
        assert (queries(LIST), queries(f"/activities/{row.pk}/")) == few
        assert max(few) <= LIMIT


def test_the_interface_lists_and_amends() -> None:
    row, office = meeting(), make.office()
    shown = client(office).get(url("activities", row.pk)).json()
    assert [item["text"] for item in shown["items"]] == ["一、建账", "逐条销号", "按月调度"]
    body = {"decided": "一、建账", "reason": "更正", "fingerprint": shown["fingerprint"]}
    answer = client(office).post(url("activities", row.pk, "amend"), body)
    assert (answer.status_code, len(answer.json()["items"])) == (200, 1)
    refused(client(office).post(url("activities", row.pk, "amend"), body), 409)
    refused(client(make.leader()).post(url("activities", row.pk, "amend"), body), 403)
    refused(client(office).post(url("activities", row.pk, "amend"), {"reason": "x", "fingerprint": "y"}), 400)
