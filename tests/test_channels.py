"""Channels of the office: whose they are, where they may lead, what of them is ever shown, and that a message goes out once."""

from __future__ import annotations

import datetime as dt
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.supervision.models import Channel, Delivery
from apps.supervision.outgoing import addresses
from apps.supervision.services import send_due, set_channel, stop_channel
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from tests import factories as make

pytestmark = pytest.mark.django_db
State = Delivery.State
TOKEN = "abcdefgh-1234-1234-1234-abcdefghijkl"
FEISHU = f"feishu://{TOKEN}/"
DAY = 24 * 60


class Robot:
    """A web hook: answers with the statuses it is told to, then 200; a 0 takes the message and hangs up."""

    def __init__(self) -> None:
        robot = self
        self.statuses: list[int] = []
        self.got: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = robot.statuses.pop(0) if robot.statuses else 200
                if status in (0, 200):
                    robot.got.append(json.loads(body))
                if status:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, *_words: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://robot:{TOKEN}@127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def robot(settings: Any) -> Iterator[Robot]:
    settings.CHANNEL_SCHEMES, settings.CHANNEL_PRIVATE_HOSTS = ["json"], True
    running = Robot()
    yield running
    running.server.shutdown()
    running.server.server_close()


def waiting(channel: Channel) -> Delivery:
    return Delivery.objects.create(channel=channel, day=make.today(), title="整改台账汇总", body="退回补正 措施 1-1")


def send_over_a_day() -> None:
    for minutes in (0, 2, 10, 30, 100, 400, DAY):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
            send_due()


# -- sending ----------------------------------------------------------------------------------------------------------


def test_a_message_arrives_once(robot: Robot) -> None:
    delivery = waiting(make.channel(make.office(), robot.address))
    send_over_a_day()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.SENT, 1)
    assert [row["message"] for row in robot.got] == ["退回补正 措施 1-1"]


def test_what_was_not_accepted_is_tried_again_and_shown(robot: Robot) -> None:
    office = make.office()
    delivery = waiting(make.channel(office, robot.address))
    robot.statuses = [500, 503]
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (State.WAITING, "渠道没有接受（500）")
    page = make.signed_in(office).get("/deliveries/").content.decode()
    assert page.count("渠道没有接受（500）") == 2, "beside the channel and in the list"
    assert TOKEN not in page
    send_over_a_day()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(robot.got)) == (State.SENT, 3, 1)


def test_what_was_taken_without_an_answer_is_not_sent_again(robot: Robot) -> None:
    delivery = waiting(make.channel(make.office(), robot.address))
    robot.statuses = [0]
    send_over_a_day()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(robot.got)) == (State.UNCERTAIN, 1, 1)


def test_a_robot_that_is_not_there_is_asked_again_and_names_no_secret(robot: Robot, caplog: pytest.LogCaptureFixture) -> None:
    delivery = waiting(make.channel(make.office(), robot.address))
    robot.server.shutdown()
    robot.server.server_close()
    with caplog.at_level(logging.DEBUG):
        send_over_a_day()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.FAILED, 6)
    assert "连不上" in delivery.error
    assert TOKEN not in delivery.error + caplog.text


def test_a_stopped_channel_sends_nothing(robot: Robot) -> None:
    office = make.office()
    channel = make.channel(office, robot.address)
    delivery = waiting(channel)
    stop_channel(actor=office, channel=channel)
    send_over_a_day()
    delivery.refresh_from_db()
    assert (delivery.state, robot.got) == (State.FAILED, [])
    with pytest.raises(ActConflict):
        stop_channel(actor=office, channel=channel)


def test_another_key_of_the_site_is_said(robot: Robot, settings: Any) -> None:
    delivery = waiting(make.channel(make.office(), robot.address))
    settings.SECRET_KEY = "another-key-of-the-site"
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, "重新填写地址" in delivery.error, robot.got) == (State.FAILED, True, [])


# -- the secret -------------------------------------------------------------------------------------------------------


def test_the_address_is_kept_encrypted_and_never_shown(settings: Any) -> None:
    office = make.office()
    channel = make.channel(office, FEISHU)
    assert TOKEN not in channel.secret
    assert addresses.decrypted(channel.secret) == FEISHU
    browser = make.signed_in(office)
    for address in ("/deliveries/", f"/channels/{channel.pk}/"):
        assert TOKEN not in browser.get(address).content.decode()
    assert all(TOKEN not in str(row) for row in Entry.objects.values_list("payload", "reason", "subject_label"))


def test_changing_a_channel_leaves_its_address_and_takes_it_back_into_use() -> None:
    office = make.office()
    channel = make.channel(office, FEISHU)
    stop_channel(actor=office, channel=channel)
    browser = make.signed_in(office)
    sent = {"name": "新名字", "address": "", "audience": [office.pk], "version": 2}
    assert browser.post(f"/channels/{channel.pk}/", {**sent, "version": 1}).status_code == 409
    assert browser.post(f"/channels/{channel.pk}/", sent).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.is_active, channel.version) == ("新名字", True, 3)
    assert addresses.decrypted(channel.secret) == FEISHU
    entry = Entry.objects.latest("pk")
    assert (entry.act_label, entry.payload["new_address"], entry.payload["changes"]["name"][1]) == ("设置通知渠道", False, "新名字")


PASTED = {
    f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}": "wecombot",
    f"https://oapi.dingtalk.com/robot/send?access_token={'a' * 64}": "dingtalk",
    f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}": "feishu",
    f"https://open.larksuite.com/open-apis/bot/v2/hook/{TOKEN}": "lark",
    f"  {FEISHU}?retry=5&overflow=split ": "feishu",
}


@pytest.mark.parametrize("pasted", PASTED)
def test_what_the_robots_own_pages_show_can_be_pasted(pasted: str) -> None:
    kind, kept = addresses.read(pasted)
    assert kind == PASTED[pasted]
    assert kept.startswith(f"{kind}://")
    assert "?" not in kept, "how often it is tried is decided here"


@pytest.mark.parametrize(
    "address",
    ["nonsense", "file:///etc/passwd", "json://example.com/", "mailto://a:b@example.com", "https://example.com/hook", "a\x00b", "://"],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ActRefused, match="认不出这个地址"):
        addresses.read(address)


INSIDE = (
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "169.254.169.254",
    "172.16.0.1",
    "100.64.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "2130706433",
)


@pytest.mark.parametrize("host", INSIDE)
def test_addresses_inside_the_house_are_refused(host: str, settings: Any) -> None:
    settings.CHANNEL_SCHEMES = ["json"]
    with pytest.raises(ActRefused):
        addresses.read(f"json://{host}/hook")
    settings.CHANNEL_PRIVATE_HOSTS = True
    if host in ("127.0.0.1", "localhost"):
        assert addresses.read(f"json://{host}/hook")[0] == "json"


def test_a_name_that_leads_inside_is_refused_when_sending_too(robot: Robot, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It led elsewhere when it was set up."""
    delivery = waiting(make.channel(make.office(), robot.address.replace("127.0.0.1", "robot.example")))
    settings.CHANNEL_PRIVATE_HOSTS = False
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.9", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_how: inside)
    send_due()
    delivery.refresh_from_db()
    assert ("内部网络" in delivery.error, robot.got) == (True, [])


# -- whose they are ---------------------------------------------------------------------------------------------------


def test_channels_are_the_offices() -> None:
    office, others = make.office(), [make.leader(), make.liaison(), make.user("admin"), make.user("auditor")]
    channel = make.channel(office)
    for person in others:
        with pytest.raises(ActForbidden):
            set_channel(actor=person, name="群", address=FEISHU, audience=[office])
        with pytest.raises(ActForbidden):
            stop_channel(actor=person, channel=channel)
        browser = make.signed_in(person)
        assert browser.get("/channels/new/").status_code == 403
        assert browser.post(f"/channels/{channel.pk}/stop/").status_code == 403
        assert browser.get("/deliveries/").status_code == (200 if person.role == "admin" else 403)


def test_the_administrator_sees_deliveries_and_no_channels() -> None:
    office = make.office()
    waiting(make.channel(office))
    page = make.signed_in(make.user("admin")).get("/deliveries/").content.decode()
    assert "发送记录" in page
    assert "新增渠道" not in page
    assert "重新发送" not in page
    assert "退回补正" not in page


def test_what_is_missing_is_said_at_its_field() -> None:
    office = make.office()
    make.channel(office)
    name = Channel.objects.get().name
    browser = make.signed_in(office)
    good = {"name": "群", "address": FEISHU, "audience": [office.pk]}
    for wrong, status, words in (
        ({"name": ""}, 400, "请填写名称"),
        ({"name": name}, 409, "请换一个名称"),
        ({"address": "x"}, 400, "认不出这个地址"),
        ({"audience": []}, 400, "请选择汇总哪些人的消息"),
    ):
        answer = browser.post("/channels/new/", {**good, **wrong})
        assert (answer.status_code, words in answer.content.decode()) == (status, True), wrong
    assert browser.post("/channels/new/", good).status_code == 302
    with pytest.raises(ActRefused, match="没有业务消息"):
        set_channel(actor=office, name="另一个", address=FEISHU, audience=[make.user("auditor")])


def test_sending_again_from_the_page() -> None:
    office = make.office()
    delivery = waiting(make.channel(office))
    Delivery.objects.update(state=State.UNCERTAIN, attempts=1, error="不知道是否送达")
    browser = make.signed_in(office)
    assert "重发会收到两份" in browser.get("/deliveries/?state=uncertain").content.decode()
    assert make.signed_in(make.user("admin")).post(f"/deliveries/{delivery.pk}/again/").status_code == 403
    assert browser.post(f"/deliveries/{delivery.pk}/again/").status_code == 302
    assert browser.post(f"/deliveries/{delivery.pk}/again/").status_code == 409
    entry = Entry.objects.latest("pk")
    assert (entry.act_label, entry.payload["result"]) == ("重新发送通知", "结果不明")
