"""By API: own notifications, channels, links for screens, the back-scheduled chart: who may what, and what is never told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.ledgers.models import Entry
from apps.measures.models import Measure
from apps.supervision.models import Channel, Group, ScreenLink
from apps.supervision.services import make_screen, set_channel
from apps.units.models import Notification, User
from apps.units.services import put_notifications
from tests import factories as make
from tests.api_world import CANARY, World, client, refused, url, world

pytestmark = pytest.mark.django_db
SECRET = "abcdefgh-1234-1234-1234-abcdefghijkl"
ADDRESS = f"feishu://{SECRET}/"
EVERYBODY = ("office", "leader", "supervisor", "own liaison", "other liaison", "admin", "auditor")
MAY = {
    "notifications": set(EVERYBODY),
    "channels": {"office"},
    "screens": {"office", "leader", "supervisor"},
    "back-schedule": {"office", "leader", "supervisor", "own liaison", "other liaison"},
}


@pytest.fixture
def here() -> World:
    return world()


def caller(here: World, who: str) -> APIClient:
    return client(here.person(who))


def notify(*people: User, kind: str = Notification.Kind.LETTER, title: str = "请签收") -> None:
    for person in people:
        put_notifications(
            recipients=[person], kind=kind, subject=person, day=make.today(), title=f"{title}{person.pk}", number="1 号", path="/letters/"
        )


@pytest.mark.parametrize("address", MAY)
def test_each_role_reads_what_its_pages_show(here: World, address: str) -> None:
    for who in EVERYBODY:
        answer = caller(here, who).get(url(address))
        if who in MAY[address]:
            assert answer.status_code == 200, (who, answer.content)
        else:
            refused(answer, 403)
        refused(caller(here, who).get(url(address), {"nothing": "1"}), 400 if who in MAY[address] else 403)
    refused(client().get(url(address)), 401)


# -- notifications ----------------------------------------------------------------------------------------------------


def test_everybody_reads_their_own_notifications_and_nobody_elses(here: World) -> None:
    Notification.objects.all().delete()
    people = {who: here.person(who) for who in EVERYBODY}
    notify(*people.values())
    notify(*people.values(), kind=Notification.Kind.FAILURE, title="任务失败")
    for who, person in people.items():
        rows = caller(here, who).get(url("notifications"), {"ordering": "put_at"}).json()["results"]
        words = ["任务失败"] if who in ("admin", "auditor") else ["请签收", "任务失败"]  # keepers of the house see what is of the house
        assert [row["title"] for row in rows] == [f"{word}{person.pk}" for word in words], who
        other = Notification.objects.exclude(recipient=person).latest("pk")
        refused(caller(here, who).get(url("notifications", other.pk)), 404)
        refused(caller(here, who).post(url("notifications", other.pk, "read")), 404)
    assert not Notification.objects.exclude(read_at=None).exists()


def test_notifications_are_marked_read_one_by_one_or_up_to_what_was_seen(here: World) -> None:
    Notification.objects.all().delete()
    office, api = here.office, caller(here, "office")
    notify(office)
    notify(office, kind=Notification.Kind.FLAG)
    first, second = Notification.objects.order_by("pk")
    assert api.post(url("notifications", first.pk, "read")).json()["read_at"]
    assert [row["id"] for row in api.get(url("notifications"), {"unread": "true"}).json()["results"]] == [second.pk]
    assert [row["id"] for row in api.get(url("notifications"), {"kind": first.kind}).json()["results"]] == [first.pk]
    assert api.post(url("notifications", "read-all"), {"until": first.pk}).json() == {"marked": 0}
    assert api.post(url("notifications", "read-all"), {"until": second.pk, "kind": first.kind}).json() == {"marked": 0}
    assert api.post(url("notifications", "read-all"), {"until": second.pk}).json() == {"marked": 1}
    assert list(refused(api.post(url("notifications", "read-all"), {}), 400)["fields"]) == ["until"]
    assert list(refused(api.post(url("notifications", "read-all"), {"until": 1, "all": 1}), 400)["fields"]) == ["all"]


# -- channels ---------------------------------------------------------------------------------------------------------


def body(here: World, **more: Any) -> dict[str, Any]:
    return {"name": "工作群", "address": ADDRESS, "audience": [here.office.username], **more}


def test_the_office_keeps_channels_and_no_answer_tells_the_address(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.supervision.outgoing.addresses.refuse_inside", lambda _channel: None)
    api = caller(here, "office")
    made = api.post(url("channels"), body(here), format="json")
    assert made.status_code == 201, made.content
    row = Channel.objects.get()
    assert made.json() == {
        "id": row.pk,
        "name": "工作群",
        "kind": "飞书群机器人",
        "audience": [here.office.username],
        "is_active": True,
        "version": 1,
    }
    kept = row.secret
    amend = url("channels", row.pk, "amend")
    changed = api.post(amend, {"version": 1, "name": "改名", "audience": [here.office.username, here.leader.username]}, format="json")
    assert (changed.json()["name"], changed.json()["version"]) == ("改名", 2)
    row.refresh_from_db()
    assert row.secret == kept
    refused(api.post(amend, {"version": 1, "name": "又改", "audience": [here.office.username]}, format="json"), 409)
    stopped = api.post(url("channels", row.pk, "stop"))
    assert stopped.json()["is_active"] is False
    refused(api.post(url("channels", row.pk, "stop")), 409)
    assert api.get(url("channels"), {"is_active": "true"}).json()["count"] == 0
    told = [made.content, changed.content, stopped.content, api.get(url("channels")).content, api.get(url("channels", row.pk)).content]
    assert not any(word in answer for answer in told for word in (SECRET.encode(), row.secret.encode(), b"address", b"secret"))
    assert SECRET not in str(list(Entry.objects.values_list("payload", flat=True)))
    assert Entry.objects.filter(act="supervision.set_channel").count() == 2
    assert Entry.objects.filter(act="supervision.stop_channel").count() == 1


@pytest.mark.parametrize("who", [who for who in EVERYBODY if who != "office"])
def test_nobody_else_has_channels(here: World, who: str) -> None:
    row = set_channel(actor=here.office, name="工作群", address=ADDRESS, audience=[here.office])
    api = caller(here, who)
    refused(api.get(url("channels", row.pk)), 403)
    # What is wrong with the input is not even looked at.
    refused(api.post(url("channels"), {}, format="json"), 403)
    refused(api.post(url("channels", row.pk, "amend"), {}, format="json"), 403)
    refused(api.post(url("channels", row.pk, "stop")), 403)
    row.refresh_from_db()
    assert row.is_active


def test_a_slip_in_a_channel_is_named(here: World) -> None:
    api = caller(here, "office")
    slips: list[tuple[str, Any]] = [
        ("address", "https://10.0.0.1/"),
        ("address", ""),
        ("name", ""),
        ("audience", []),
        ("audience", [here.person("admin").username]),
        ("audience", ["没有这个人"]),
    ]
    for field, value in slips:
        error = refused(api.post(url("channels"), body(here, **{field: value}), format="json"), 400)
        assert [name.split(".")[0] for name in error["fields"]] == [field], (field, value, error)
    assert not Channel.objects.exists()


# -- links for screens ------------------------------------------------------------------------------------------------


def screen(here: World, **more: Any) -> dict[str, Any]:
    return {"inspection": here.inspection.pk, "name": "三楼", "hours": 8, **more}


def test_a_link_is_shown_once_opens_the_wall_and_goes_dark_when_it_is_revoked(here: World) -> None:
    api, visitor = caller(here, "office"), Client()
    made = api.post(url("screens"), screen(here))
    assert made.status_code == 201, made.content
    found = re.fullmatch(r"http://testserver(/.+/)", made.json()["address"])
    assert found
    token = found[1].strip("/").split("/")[-1]
    assert visitor.get(found[1]).status_code == 200
    row = ScreenLink.objects.get()
    for answer in (api.get(url("screens")), api.get(url("screens", row.pk))):
        assert token not in answer.content.decode()
        assert row.token_hash not in answer.content.decode()
        assert "address" not in answer.content.decode()
    gone = api.post(url("screens", row.pk, "revoke"))
    assert (gone.json()["state"], gone.json()["revoked_by"]) == ("已停用", str(here.office))
    assert visitor.get(found[1]).status_code == 404
    refused(api.post(url("screens", row.pk, "revoke")), 409)


def test_a_supervisor_keeps_the_links_of_the_own_group(here: World) -> None:
    own = Group.objects.get()
    whole, _token = make_screen(actor=here.office, inspection=here.inspection, group=None, name="全轮", hours=1)
    api = caller(here, "supervisor")
    refused(api.post(url("screens"), screen(here)), 403)
    made = api.post(url("screens"), screen(here, group=own.pk))
    assert made.status_code == 201, made.content
    assert [row["id"] for row in api.get(url("screens")).json()["results"]] == [made.json()["id"]]
    assert api.get(url("screens"), {"group": own.pk}).json()["count"] == 1
    refused(api.get(url("screens", whole.pk)), 404)
    refused(api.post(url("screens", whole.pk, "revoke")), 404)
    assert caller(here, "leader").get(url("screens")).json()["count"] == 2
    for field, value in (("hours", 0), ("hours", 24 * 91), ("group", own.pk + 99), ("inspection", here.inspection.pk + 99), ("name", "")):
        error = refused(caller(here, "office").post(url("screens"), screen(here, **{field: value})), 400)
        assert list(error["fields"]) == [field]


# -- the chart --------------------------------------------------------------------------------------------------------


def test_the_chart_has_the_rows_and_steps_of_the_page(here: World) -> None:
    own = {"unit": here.own.unit.pk}
    # Long enough for steps, and within years whose calendar is loaded whenever this runs.
    Measure.objects.filter(pk=here.own.measures[0].pk).update(assigned_on=make.days(-60))
    found = caller(here, "office").get(url("back-schedule"), own).json()
    page = make.signed_in(here.office).get(reverse("supervision:chart"), own).context["chart"]
    assert [row["measure"] for row in found["chart"]["rows"]] == [row.measure.pk for part in page.sections for row in part.rows]
    steps = [[one["day"] for one in row["steps"]] for row in found["chart"]["rows"]]
    nodes = [[str(node.day) for node in (row.bar.nodes if row.bar else ())] for part in page.sections for row in part.rows]
    assert steps == nodes
    assert any(steps)
    assert {row["mark"] for row in found["chart"]["rows"]} >= {"over", "done"}
    assert caller(here, "office").get(url("back-schedule")).json()["chart"] is None


@pytest.mark.parametrize("who", ["own liaison", "supervisor"])
def test_the_chart_names_nobody_elses_measures(here: World, who: str) -> None:
    api = caller(here, who)
    assert CANARY not in api.get(url("back-schedule")).content.decode()
    assert CANARY not in api.get(url("back-schedule"), {"unit": here.own.unit.pk}).content.decode()
    refused(api.get(url("back-schedule"), {"unit": here.other.unit.pk}), 400)
    refused(caller(here, "office").get(url("back-schedule"), {"unit": here.own.unit.pk, "category": here.own.category.pk}), 400)
    assert CANARY in caller(here, "office").get(url("back-schedule")).content.decode()
