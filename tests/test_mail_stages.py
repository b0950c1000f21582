"""Sending e-mail while the other side hangs up at every stage: what was handed over is never sent twice, all else arrives once."""

from __future__ import annotations

import datetime as dt
import smtplib
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.supervision.models import Delivery
from apps.supervision.outgoing import mail
from apps.supervision.outgoing.outcomes import SENT
from apps.supervision.services import delivering, send_again, send_due
from apps.units.errors import ActConflict, ActForbidden
from apps.units.models import User
from tests import factories as make
from tests.mail_server import HOST, MailServer, mail_server_in_use

pytestmark = pytest.mark.django_db
State = Delivery.State
DAY = dt.timedelta(days=1)
BEFORE_THE_BODY = ("connect", "EHLO", "MAIL", "RCPT", "DATA")


server = pytest.fixture(mail_server_in_use)


@pytest.fixture
def delivery() -> Delivery:
    return waiting()


def waiting() -> Delivery:
    person = make.liaison()
    User.objects.filter(pk=person.pk).update(email=f"{person.username}@example.gov.cn")
    return Delivery.objects.create(recipient=person, day=make.today(), title="整改台账汇总", body=".退回补正 措施 1-1\n")


def after(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes))


def send_until_settled() -> None:
    """As the clock would, over two days."""
    for hours in range(0, 48, 5):
        with after(60 * hours):
            send_due()


def test_a_message_arrives_once_and_as_it_was_written(server: MailServer, delivery: Delivery) -> None:
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(server.kept)) == (State.SENT, 1, 1)
    assert delivery.sent_at is not None
    kept = server.kept[0]
    assert kept["Subject"] == "整改台账汇总"
    assert kept.get_content().replace("\r\n", "\n") == ".退回补正 措施 1-1\n"
    assert kept["Message-ID"] == delivery.message_id


@pytest.mark.parametrize("stage", BEFORE_THE_BODY)
@pytest.mark.parametrize("fault", ["drop", "451"])
def test_what_breaks_before_it_is_handed_over_is_tried_again_and_arrives_once(
    server: MailServer, delivery: Delivery, stage: str, fault: str
) -> None:
    server.faults = [(stage, fault)]
    if (stage, fault) == ("EHLO", "451"):
        server.faults = [("EHLO", "drop")]  # a refused EHLO is followed by HELO
    send_due()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, server.kept) == (State.WAITING, 1, [])
    assert delivery.next_try_at is not None
    assert delivery.error
    send_due()
    assert server.connections == 1, "not before its time"
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(server.kept)) == (State.SENT, 2, 1)


def test_a_connection_that_breaks_in_the_body_never_makes_two(server: MailServer, delivery: Delivery) -> None:
    """Whether the break is seen before the dot is a matter of microseconds: it is tried again, or left to a person."""
    server.faults = [("body", "drop")]
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, len(server.kept)) in ((State.SENT, 1), (State.UNCERTAIN, 0))


def test_what_was_handed_over_without_an_answer_is_not_sent_again(server: MailServer, delivery: Delivery) -> None:
    server.faults = [("dot", "drop")]
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(server.kept)) == (State.UNCERTAIN, 1, 1)
    assert "不知道是否送达" in delivery.error


def test_hanging_up_after_the_answer_changes_nothing(server: MailServer, delivery: Delivery) -> None:
    server.faults = [("answered", "drop")]
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, len(server.kept)) == (State.SENT, 1)


def naive_send(message: EmailMessage, to: str, port: int) -> None:
    with smtplib.SMTP(HOST, port, HOST, timeout=5) as smtp:
        smtp.send_message(message, to_addrs=[to])


def test_the_control_a_sender_that_retries_everything_sends_twice(server: MailServer) -> None:
    server.faults = [("dot", "drop")]
    message = mail.message(to="a@example.gov.cn", title="汇总", body="退回补正", message_id="<1@example>")
    for _try in range(2):
        with suppress(smtplib.SMTPException):
            naive_send(message, "a@example.gov.cn", server.port)
    assert server.ids() == ["<1@example>"] * 2


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "dot"])
def test_a_lasting_refusal_fails_at_once(server: MailServer, delivery: Delivery, stage: str) -> None:
    server.faults = [(stage, "550")]
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, server.kept) == (State.FAILED, 1, [])
    assert "550" in delivery.error


def test_a_passing_refusal_of_the_whole_message_is_tried_again(server: MailServer, delivery: Delivery) -> None:
    server.faults = [("dot", "452")]
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, len(server.kept)) == (State.SENT, 2, 1)


def test_retries_wait_longer_each_time_and_end(server: MailServer, delivery: Delivery) -> None:
    server.faults = [("connect", "drop")] * 20
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while True:
            send_due()
            delivery.refresh_from_db()
            if delivery.next_try_at is None:
                break
            waits.append((delivery.next_try_at - timezone.now()).total_seconds() / 60)
            clock.move_to(delivery.next_try_at)
    assert waits == [1, 5, 15, 60, 240]
    assert (delivery.state, delivery.attempts) == (State.FAILED, 6)


def test_a_dead_server_holds_up_nobody_but_its_own(server: MailServer) -> None:
    """One message that is refused, the next arrives in the same run."""
    first, second = waiting(), waiting()
    server.faults = [("RCPT", "550")]
    assert send_due()[State.SENT] == 1
    assert {row.pk: row.state for row in Delivery.objects.all()} == {first.pk: State.FAILED, second.pk: State.SENT}


def test_a_worker_that_died_between_claim_and_send_leaves_it_to_a_person(server: MailServer, delivery: Delivery) -> None:
    delivering.claim()
    with after(14):
        send_due()
    delivery.refresh_from_db()
    assert delivery.state == State.SENDING
    with after(16):
        send_due()
    delivery.refresh_from_db()
    assert (delivery.state, server.kept) == (State.UNCERTAIN, [])


def test_a_slow_worker_that_lives_still_says_what_became_of_it(server: MailServer, delivery: Delivery) -> None:
    """It was given up for dead, but nobody has decided anything since; a claim taken up anew is not its own any more."""
    claimed = delivering.claim()
    assert claimed is not None
    with after(16):
        send_due()
        assert delivering.settle(delivery=claimed, outcome=SENT).state == State.SENT
    Delivery.objects.filter(pk=delivery.pk).update(state=State.SENDING, claimed_at=timezone.now() + DAY)
    assert delivering.settle(delivery=claimed, outcome=SENT).state == State.SENDING


def test_an_error_nobody_thought_of_is_uncertain_not_sent_again(
    server: MailServer, delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(mail, "send", broken)
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.UNCERTAIN, 1)


def test_without_a_server_e_mail_waits(settings: Any, delivery: Delivery) -> None:
    settings.EMAIL_HOST = ""
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.WAITING, 0)


def test_who_has_left_gets_nothing(server: MailServer, delivery: Delivery) -> None:
    User.objects.filter(deliveries=delivery).update(is_active=False)
    send_until_settled()
    delivery.refresh_from_db()
    assert (delivery.state, server.connections) == (State.FAILED, 0)


def test_only_the_office_sends_again_and_only_what_did_not_arrive(server: MailServer, delivery: Delivery) -> None:
    office = make.office()
    with pytest.raises(ActConflict):
        send_again(actor=office, delivery=delivery)
    server.faults = [("dot", "drop")]
    send_due()
    with pytest.raises(ActForbidden):
        send_again(actor=make.leader(), delivery=delivery)
    send_again(actor=office, delivery=delivery)
    send_due()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert server.ids() == [delivery.message_id] * 2, "a person decided so, and the id says that it is the same one"
    with pytest.raises(ActConflict):
        send_again(actor=office, delivery=delivery)
