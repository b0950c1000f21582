"""Hooks: what was done is told once it is done, signed, in order, at least once, and to nobody inside the house."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from apps.issues.models import Issue
from apps.issues.services import amend_issue
from apps.ledgers.models import Entry
from apps.reports.models import Act as ReportAct
from apps.supervision.hook_events import EVENTS, PUBLISH
from apps.supervision.models import Hook, HookCall
from apps.supervision.outgoing.hooks import Answer
from apps.supervision.services import amend_hook, call_again, call_due, make_hook, ping_hook, rotate_secret, stop_hook
from apps.supervision.services.calling import BACK_OFF, claim_call, make_calls, settle_call
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Role, User
from tests import factories as make
from tests.api_world import client, refused, url
from tests.hook_receiver import Receiver, receiving_here

pytestmark = pytest.mark.django_db

AMENDED = "issues.amend_issue"
FAILED, WAITING, DELIVERED = HookCall.State.FAILED, HookCall.State.WAITING, HookCall.State.DELIVERED

receiver = pytest.fixture(receiving_here)
office = pytest.fixture(make.office)
issue = pytest.fixture(make.issue)


def hooked(office: User, issue: Issue, receiver: Receiver, *events: str) -> tuple[Hook, str]:
    address, chosen = receiver.address, events or (AMENDED,)
    return make_hook(actor=office, inspection=issue.inspection, name="监督平台", address=address, events=chosen)


def amend(office: User, issue: Issue, title: str = "改过的事项") -> None:
    amend_issue(actor=office, issue=issue, values={"title": title}, reason="表述不准")


def signatures(headers: dict[str, str]) -> tuple[int, list[str]]:
    parts = [part.split("=", 1) for part in headers["Jiandi-Signature"].split(",")]
    return int(parts[0][1]), [value for name, value in parts if name == "v1"]


def signed(secret: str, at: int, body: str) -> str:
    return hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()


def test_an_act_is_told_signed_and_without_a_word_of_what_it_was(office: User, issue: Issue, receiver: Receiver) -> None:
    _hook, secret = hooked(office, issue, receiver)
    amend(office, issue, "只在系统里看的事项")
    assert call_due() == {DELIVERED: 1}
    ((headers, body),) = receiver.got
    told = json.loads(body)
    entry = Entry.objects.get(act=AMENDED)
    assert (told["event"], told["seq"], told["inspection"]) == (AMENDED, entry.seq, issue.inspection_id)
    assert told["subject"]["id"] == issue.pk
    assert told["subject"]["url"].endswith(f"/api/v1/issues/{issue.pk}/")
    assert "只在系统里看的事项" not in body
    assert office.name not in body
    at, (only,) = signatures(headers)
    assert only == signed(secret, at, body)
    assert headers["Jiandi-Delivery"] == told["id"]
    assert abs(at - timezone.now().timestamp()) < 60


def test_only_chosen_events_of_the_round_from_now_on_in_order(office: User, issue: Issue, receiver: Receiver) -> None:
    amend(office, issue, "之前的事")
    hooked(office, issue, receiver)
    other = make.issue(make.category(make.inspection()))
    amend(office, other, "别的轮次")
    make.measure(issue)
    for number in range(3):
        amend(office, issue, f"第 {number} 次")
    call_due()
    seqs = [json.loads(body)["seq"] for _headers, body in receiver.got]
    assert len(seqs) == 3
    assert seqs == sorted(seqs)
    call_due()
    assert len(receiver.got) == 3


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_told_to_nobody(office: User, issue: Issue, receiver: Receiver) -> None:
    hooked(office, issue, receiver)
    with pytest.raises(RuntimeError), transaction.atomic():
        amend(office, issue)
        raise RuntimeError
    call_due()
    assert receiver.got == []


def test_a_receiver_that_does_not_take_it_is_asked_again_later_and_less_and_less(office: User, issue: Issue, receiver: Receiver) -> None:
    hooked(office, issue, receiver)
    amend(office, issue)
    receiver.status, now = 500, timezone.now()
    for wait in BACK_OFF:
        with time_machine.travel(now, tick=False):
            assert call_due() == {WAITING: 1}
            assert call_due() == {}
        row = HookCall.objects.get()
        assert row.next_try_at == now.replace(microsecond=now.microsecond) + wait
        assert (row.status_code, row.error) == (500, "对方没有接受（500）")
        now += wait + dt.timedelta(seconds=1)
    with time_machine.travel(now, tick=False):
        assert call_due() == {FAILED: 1}
    keys = {headers["Jiandi-Delivery"] for headers, _body in receiver.got}
    assert (len(receiver.got), len(keys)) == (len(BACK_OFF) + 1, 1)
    receiver.status = 200
    call_again(actor=office, call=HookCall.objects.get())
    assert call_due() == {DELIVERED: 1}
    with pytest.raises(ActConflict):
        call_again(actor=office, call=HookCall.objects.get())


def test_while_a_receiver_is_away_nothing_else_is_tried_on_it_and_nothing_is_lost(office: User, issue: Issue, receiver: Receiver) -> None:
    hooked(office, issue, receiver)
    receiver.status = 503
    for number in range(3):
        amend(office, issue, f"第 {number} 次")
    call_due()
    assert len(receiver.got) == 1
    receiver.status = 200
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2)):
        call_due()
    assert sorted({json.loads(body)["seq"] for _headers, body in receiver.got}) == list(
        HookCall.objects.order_by("seq").values_list("seq", flat=True)
    )
    assert set(HookCall.objects.values_list("state", flat=True)) == {DELIVERED}


def test_a_call_whose_worker_died_is_told_again_under_the_same_id(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, _secret = hooked(office, issue, receiver)
    amend(office, issue)
    make_calls(hook=hook.pk)
    claimed = claim_call()
    assert claimed is not None
    assert claim_call() is None
    assert call_due() == {}
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        assert call_due() == {DELIVERED: 1}
    assert receiver.got[0][0]["Jiandi-Delivery"] == str(claimed.key)


def test_for_a_day_after_a_rotation_both_secrets_sign(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, old = hooked(office, issue, receiver)
    _hook, new = rotate_secret(actor=office, hook=hook)
    amend(office, issue)
    call_due()
    headers, body = receiver.got[-1]
    at, found = signatures(headers)
    assert found == [signed(new, at, body), signed(old, at, body)]
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        ping_hook(actor=office, hook=hook)
        call_due()
        headers, body = receiver.got[-1]
        at, found = signatures(headers)
    assert found == [signed(new, at, body)]


def test_within_that_day_there_is_no_third_secret(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, old = hooked(office, issue, receiver)
    _hook, new = rotate_secret(actor=office, hook=hook)
    browser = make.signed_in(office)
    assert "更换密钥</button>" not in browser.get(f"/hooks/{hook.pk}/").content.decode()
    for answer in (browser.post(f"/hooks/{hook.pk}/rotate/"), client(office).post(url("hooks", hook.pk, "rotate-secret"))):
        assert answer.status_code == 409
        assert "之前原密钥仍有效" in answer.content.decode()
    ping_hook(actor=office, hook=hook)
    call_due()
    headers, body = receiver.got[-1]
    at, found = signatures(headers)
    assert found == [signed(new, at, body), signed(old, at, body)], "what was promised"
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        browser.force_login(office)
        assert browser.post(f"/hooks/{hook.pk}/rotate/").status_code == 200, "the control: the day is over"


def test_secrets_and_addresses_lie_nowhere_readable(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, secret = hooked(office, issue, receiver)
    stored = " ".join(str(value) for value in Hook.objects.values().get(pk=hook.pk).values())
    entries = " ".join(str(entry.payload) for entry in Entry.objects.filter(act__startswith="supervision."))
    shown = client(office).get(url("hooks", hook.pk)).content.decode()
    browser = make.signed_in(office)
    shown += browser.get(f"/hooks/{hook.pk}/").content.decode()
    for text in (stored, entries, shown):
        assert secret not in text
        assert "from=jiandi" not in text


def test_a_redirection_is_followed_nowhere(office: User, issue: Issue, receiver: Receiver) -> None:
    hooked(office, issue, receiver)
    amend(office, issue)
    receiver.status, receiver.headers = 307, {"Location": receiver.address}
    assert call_due() == {WAITING: 1}
    assert len(receiver.got) == 1
    assert "不跟随" in HookCall.objects.get().error


@pytest.mark.parametrize(
    "address",
    [
        "https://10.0.0.8/hook",
        "http://example.com/hook",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https:///hook",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_is_none_or_leads_inside_is_refused(office: User, issue: Issue, address: str) -> None:
    with pytest.raises(ActRefused) as refusal:
        make_hook(actor=office, inspection=issue.inspection, name="内部", address=address, events=[AMENDED])
    assert refusal.value.field == "address"


def test_the_office_alone_keeps_hooks(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, _secret = hooked(office, issue, receiver)
    leader = make.leader()
    with pytest.raises(ActForbidden):
        stop_hook(actor=leader, hook=hook)
    browser = make.signed_in(leader)
    assert browser.get("/hooks/").status_code == 403
    refused(client(leader).get(url("hooks")), 403)
    refused(client(make.user(Role.ADMIN)).get(url("hook-calls")), 403)


def test_a_stopped_hook_tells_nothing_and_begins_anew_from_then_on(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, _secret = hooked(office, issue, receiver)
    stop_hook(actor=office, hook=hook)
    amend(office, issue, "停用时的事")
    call_due()
    amend_hook(actor=office, hook=hook, name="监督平台", events=[AMENDED])
    amend(office, issue, "启用后的事")
    assert call_due() == {DELIVERED: 1}
    assert [entry.act for entry in Entry.objects.filter(book__slug="house", act__contains="hook").order_by("pk")] == [
        "supervision.make_hook",
        "supervision.stop_hook",
        "supervision.amend_hook",
    ]


def test_what_is_under_way_when_a_hook_is_stopped_is_not_sent_later(office: User, issue: Issue, receiver: Receiver) -> None:
    hook, _secret = hooked(office, issue, receiver)
    amend(office, issue, "停用前的事")
    make_calls(hook=hook.pk)
    call = claim_call()
    assert call is not None
    stop_hook(actor=office, hook=hook)
    settle_call(call=call, answer=Answer(503, 1, "对方答复 503"))
    amend_hook(actor=office, hook=hook, name="监督平台", events=[AMENDED])
    assert call_due() == {}
    call.refresh_from_db()
    assert (call.state, call.error) == (FAILED, "推送已停用")


def test_by_api_and_in_the_browser(office: User, issue: Issue, receiver: Receiver) -> None:
    body = {"inspection": issue.inspection_id, "name": "平台", "address": receiver.address, "events": [AMENDED]}
    made = client(office).post(url("hooks"), body)
    assert made.status_code == 201
    hook = made.json()
    assert re.fullmatch(r"[0-9a-f]{64}", hook["secret"])
    assert client(office).post(url("hooks", hook["id"], "ping")).status_code == 201
    assert call_due() == {DELIVERED: 1}
    listed = client(office).get(url("hook-calls"), {"state": "delivered"}).json()["results"]
    assert [row["event"] for row in listed] == ["ping"]
    browser = make.signed_in(office)
    posted = {**body, "name": "第二个平台"}
    page = browser.post("/hooks/new/", posted)
    assert page.status_code == 200
    assert re.search(r"[0-9a-f]{64}", page.content.decode())
    assert browser.post("/hooks/new/", posted).status_code == 409
    row = Hook.objects.get(name="第二个平台")
    for act in ("ping", "rotate", "stop"):
        assert browser.post(f"/hooks/{row.pk}/{act}/").status_code in (200, 302)
    assert browser.get(f"/hooks/{row.pk}/").status_code == 200
    assert browser.get("/hooks/").status_code == 200


def test_what_is_told_are_acts_and_nothing_sealed() -> None:
    assert (str(ReportAct.PUBLISH.value), str(ReportAct.PUBLISH.label)) == PUBLISH
    assert not [code for code in EVENTS if "clue" in code or "feedback" in code or code.startswith("units.")]
