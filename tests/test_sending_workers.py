"""Several workers and a killed one on PostgreSQL: each delivery leaves once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest
from django.conf import settings as project
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.supervision.models import Delivery
from apps.supervision.services import delivering, send_due
from apps.supervision.services.delivering import STUCK_AFTER
from apps.units.models import User
from tests import factories as make
from tests.at_once import at_once
from tests.mail_server import HOST, MailServer, mail_server_in_use
from tests.workers import environment, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
State = Delivery.State
DELIVERIES = 12


server = pytest.fixture(mail_server_in_use)


def waiting(count: int) -> list[Delivery]:
    people = [make.liaison() for _one in range(count)]
    for person in people:
        User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.gov.cn")
    return [Delivery.objects.create(recipient=person, day=make.today(), title="汇总", body="退回补正\n") for person in people]


def test_four_workers_at_once_send_each_once(server: MailServer) -> None:
    rows = waiting(DELIVERIES)
    assert at_once(*[send_due] * 4) == []
    send_due()
    assert Counter(server.ids()) == Counter(row.message_id for row in Delivery.objects.all())
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}
    assert len(server.kept) == len(rows)


def test_the_control_without_the_claim_they_send_twice(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers that read the row before either has said that it is taken, as they would without the lock."""
    waiting(1)
    both = threading.Barrier(2)

    def without_lock(rows: QuerySet[Any], **_how: Any) -> QuerySet[Any]:
        return rows

    read = QuerySet.first

    def first(rows: QuerySet[Any]) -> Any:
        """Hands the row out only when both have read it."""
        found = read(rows)
        if rows.model is Delivery and found is not None:
            both.wait(10)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", without_lock)
    monkeypatch.setattr(QuerySet, "first", first)

    def once() -> None:
        row = delivering.claim()
        assert row is not None
        delivering.settle(delivery=row, outcome=delivering._sent(row))

    at_once(once, once)
    assert len(server.kept) == 2


SENDER = "import django; django.setup(); from apps.supervision.services import send_due; send_due()"


def test_a_worker_killed_while_it_sends_leaves_nothing_to_be_sent_twice(server: MailServer) -> None:
    """It is killed after the message was taken and before it knew so."""
    (row,) = waiting(1)
    server.faults = [("dot", "hold")]
    env = environment() | {"EMAIL_HOST": HOST, "EMAIL_PORT": str(server.port), "EMAIL_TLS": "none", "EMAIL_FROM": "a@example.gov.cn"}
    worker = subprocess.Popen([sys.executable, "-c", SENDER], env=env, cwd=project.BASE_DIR)
    wait_until(lambda: server.kept, "the message")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    row.refresh_from_db()
    assert row.state == State.SENDING
    send_due()
    assert len(server.kept) == 1
    Delivery.objects.update(claimed_at=timezone.now() - STUCK_AFTER - STUCK_AFTER)
    send_due()
    send_due()
    row.refresh_from_db()
    assert (row.state, len(server.kept)) == (State.UNCERTAIN, 1)


def test_a_claim_of_another_is_passed_over_without_waiting(server: MailServer) -> None:
    """While one worker holds the row of a claim, the next one takes the next row."""
    first, second = waiting(2)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Delivery.objects.select_for_update(no_key=True).get(pk=first.pk)
            held.set()
            done.wait(20)

    def take() -> None:
        held.wait(20)
        claimed = delivering.claim()
        done.set()
        assert claimed is not None
        assert claimed.pk == second.pk

    assert at_once(hold, take) == []
    assert Delivery.objects.get(pk=first.pk).state == State.WAITING
