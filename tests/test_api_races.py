"""Programs at the same time, on PostgreSQL: one idempotency key is one act, one event is one call, and a receiver is told one at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from apps.issues.models import Category
from apps.issues.services import amend_issue
from apps.ledgers.models import Entry
from apps.measures.services import save_view
from apps.supervision.models import Hook, HookCall
from apps.supervision.services import call_due, calling, make_hook
from apps.units import rest
from apps.units.models import KeptAnswer, User
from apps.units.services import answers
from tests import factories as make
from tests.api_world import client, url
from tests.at_once import PATIENCE, at_once
from tests.hook_receiver import Receiver, receiving_here
from tests.racing import hold_on

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ACT = "issues.add_category"


def send_twice(body: dict[str, Any], who: User, *keys: str) -> list[Any]:
    """The same request under each of these keys, all at once."""
    found: list[Any] = []
    start = threading.Barrier(len(keys))

    def sending(key: str) -> Callable[[], None]:
        def act() -> None:
            start.wait(PATIENCE)
            found.append(client(who).post(url("categories"), body, HTTP_IDEMPOTENCY_KEY=key))

        return act

    assert at_once(*(sending(key) for key in keys)) == []
    return sorted(found, key=lambda answer: (answer.status_code, answer.get("Idempotency-Replayed", "")))


def test_two_requests_with_one_key_are_one_act(monkeypatch: pytest.MonkeyPatch) -> None:
    office, inspection = make.office(), make.inspection()
    hold_on(monkeypatch)
    first, again = send_twice({"inspection": inspection.pk, "number": 7, "title": "方面七"}, office, "k", "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert again.json() == first.json()
    assert (Category.objects.filter(number=7).count(), KeptAnswer.objects.count()) == (1, 1)
    assert Entry.objects.filter(act=ACT).count() == 1


@pytest.mark.parametrize("watched", [True, False], ids=("as it is", "the control"))
def test_of_two_with_the_same_tag_one_is_too_late(monkeypatch: pytest.MonkeyPatch, *, watched: bool) -> None:
    office = make.office()
    row = save_view(actor=office, name="原来的名称", query="timeliness=overdue")
    address = url("saved-views", row.pk)
    tag, found, start = client(office).get(address)["ETag"], [], threading.Barrier(2)
    hold_on(monkeypatch)
    if not watched:
        monkeypatch.setattr(rest, "before_writing", lambda _compare: nullcontext())

    def amend(words: str) -> Callable[[], None]:
        def act() -> None:
            start.wait(PATIENCE)
            found.append(client(office).post(f"{address}amend/", {"name": words, "scope": row.scope}, HTTP_IF_MATCH=tag).status_code)

        return act

    assert at_once(amend("甲"), amend("乙")) == []
    assert sorted(found) == ([200, 412] if watched else [200, 200])


def test_two_requests_of_which_the_first_is_refused_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    office, inspection = make.office(), make.inspection()
    make.category(inspection, number=7)
    answers_ = send_twice({"inspection": inspection.pk, "number": 7, "title": "方面七"}, office, "k", "k")
    assert [answer.status_code for answer in answers_] == [409, 409]
    assert not KeptAnswer.objects.exists()


def test_the_control_without_waiting_for_the_key_both_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of the key only read, not claimed: both find none, and both do it."""
    office = make.office()
    both = threading.Barrier(2)

    def unclaimed(*, owner: User, key: str, asked: str) -> KeptAnswer:
        found = KeptAnswer.objects.filter(owner=owner, key=key).first()
        both.wait(PATIENCE)
        return found or KeptAnswer(owner=owner, key=key, asked=asked)

    monkeypatch.setattr("apps.units.services.claim_answer", unclaimed)
    monkeypatch.setattr("apps.units.services.keep_answer", lambda **_given: None)
    inspection = make.inspection()
    facts = {"inspection": inspection.pk, "kind": "topic", "title": "专题会", "decided": "议定"}
    found: list[Any] = []

    def act() -> None:
        found.append(client(office).post(url("activities"), facts, HTTP_IDEMPOTENCY_KEY="k").status_code)

    assert at_once(act, act) == []
    assert found == [201, 201]
    assert Entry.objects.filter(act="issues.record_activity").count() == 2
    assert answers.claim_answer is not unclaimed


receiver = pytest.fixture(receiving_here)


def hooked(receiver: Receiver, acts: int) -> Hook:
    office, issue = make.office(), make.issue()
    facts: dict[str, Any] = {"inspection": issue.inspection, "name": "平台", "address": receiver.address}
    hook, _secret = make_hook(actor=office, events=["issues.amend_issue"], **facts)
    for number in range(acts):
        amend_issue(actor=office, issue=issue, values={"title": f"第 {number} 次"}, reason="表述不准")
    return hook


def test_four_workers_tell_each_event_once_and_in_order(receiver: Receiver) -> None:
    hooked(receiver, 8)
    assert at_once(*[call_due] * 4) == []
    call_due()
    told = [json.loads(body)["seq"] for _headers, body in receiver.got]
    assert len(told) == 8
    assert told == sorted(told)
    assert set(HookCall.objects.values_list("state", "attempts")) == {(HookCall.State.DELIVERED, 1)}


def test_while_one_worker_tells_a_receiver_another_tells_it_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = hooked(receiver, 2)
    calling.make_calls(hook=hook.pk)
    found: list[HookCall | None] = []
    both = threading.Barrier(2)

    def claim() -> None:
        both.wait(PATIENCE)
        found.append(calling.claim_call())

    assert at_once(claim, claim) == []
    assert [row is None for row in found].count(True) == 1
    assert calling.claim_call() is None


def test_the_control_without_locks_two_workers_take_one_call(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = hooked(receiver, 1)
    calling.make_calls(hook=hook.pk)
    both = threading.Barrier(2)

    def without_lock(rows: QuerySet[Any], **_how: Any) -> QuerySet[Any]:
        return rows

    read = QuerySet.first

    def first(rows: QuerySet[Any]) -> Any:
        """Hands the call out only when both have read it."""
        found = read(rows)
        if rows.model is HookCall and found is not None:
            both.wait(PATIENCE)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", without_lock)
    monkeypatch.setattr(QuerySet, "first", first)
    found: list[HookCall | None] = []
    assert at_once(*[lambda: found.append(calling.claim_call())] * 2) == []
    assert [row is None for row in found] == [False, False]


def test_two_workers_that_read_the_book_at_once_make_one_call_of_each_entry(receiver: Receiver) -> None:
    hook = hooked(receiver, 5)
    both = threading.Barrier(2)

    def read() -> None:
        both.wait(PATIENCE)
        calling.make_calls(hook=hook.pk)

    assert at_once(read, read) == []
    assert HookCall.objects.count() == 5
    assert connection.vendor == "postgresql"
