"""Sending what is to be sent, each at most once (issue 4, security.md R-21, R-22).

A row is claimed in a transaction of its own before anything leaves; then it is sent outside any transaction; then the outcome is kept.
Whoever is killed in between leaves a row that says SENDING: after a quarter of an hour it is UNCERTAIN, and a person decides.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.issues.services import require_office
from apps.ledgers.services import house_book, record
from apps.supervision.models import Act, Delivery
from apps.supervision.outgoing import channels, mail
from apps.supervision.outgoing.outcomes import Fate, Outcome
from apps.units.errors import ActConflict
from apps.units.models import User

logger = logging.getLogger(__name__)

BACK_OFF = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
STUCK_AFTER = dt.timedelta(minutes=15)
# Below the soft time limit of a task; what is left is sent at the next minute.
SECONDS_A_RUN = 120.0
State = Delivery.State
FATES = {Fate.SENT: State.SENT, Fate.REFUSED: State.FAILED, Fate.UNCERTAIN: State.UNCERTAIN}


def send_due(*, seconds: float = SECONDS_A_RUN) -> Counter[str]:
    """Send what is due, one after the other, until nothing is or the time is up; how many came to which state."""
    found: Counter[str] = Counter()
    found[State.UNCERTAIN] += give_up_stuck()
    end = time.monotonic() + seconds
    while time.monotonic() < end and (row := claim()) is not None:
        found[settle(delivery=row, outcome=_sent(row)).state] += 1
    return found


@transaction.atomic(durable=True)
def claim() -> Delivery | None:
    """Take the next one that is due, for this worker alone; the claim is on the disk before anything is sent."""
    now = timezone.now()
    due = Delivery.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state=State.WAITING)
    if not mail.is_on():
        due = due.filter(recipient=None)
    row = due.select_for_update(skip_locked=True, of=("self",), no_key=True).select_related("recipient", "channel").order_by("pk").first()
    if row is None:
        return None
    row.state, row.claimed_at, row.attempts = State.SENDING, now, row.attempts + 1
    row.message_id = row.message_id or f"<delivery-{row.pk}@{urlsplit(settings.SITE_URL).hostname}>"
    row.save(update_fields=("state", "claimed_at", "attempts", "message_id"))
    return row


@transaction.atomic(durable=True)
def settle(*, delivery: Delivery, outcome: Outcome) -> Delivery:
    """Keep what became of it. A claim that somebody else has taken up since is theirs to settle."""
    row: Delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if row.claimed_at != delivery.claimed_at or row.state not in (State.SENDING, State.UNCERTAIN):
        return row
    put_outcome(row, outcome, timezone.now())
    row.save(update_fields=("error", "state", "next_try_at", "sent_at"))
    return row


def put_outcome(row: Delivery, outcome: Outcome, at: dt.datetime) -> None:
    """What an attempt makes of a claimed row: sent, to be tried again later, or over."""
    row.error = outcome.error
    if outcome.fate == Fate.RETRY and row.attempts <= len(BACK_OFF):
        row.state, row.next_try_at = State.WAITING, at + BACK_OFF[row.attempts - 1]
    else:
        row.state, row.next_try_at = FATES.get(outcome.fate, State.FAILED), None
    if row.state == State.SENT:
        row.sent_at = at


@transaction.atomic
def give_up_stuck() -> int:
    """Claims of workers that are gone: nobody knows how far they came."""
    rows = Delivery.objects.filter(state=State.SENDING, claimed_at__lt=timezone.now() - STUCK_AFTER)
    return rows.update(state=State.UNCERTAIN, error="发送进程在得到结果之前中断，不知道是否送达")


@transaction.atomic
def send_again(*, actor: User, delivery: Delivery) -> Delivery:
    """A person decides to send what failed, or what may have arrived already, once more."""
    require_office(actor, Act.SEND_AGAIN)
    row: Delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if row.state not in (State.FAILED, State.UNCERTAIN):
        raise ActConflict(f"这条通知现在是“{row.get_state_display()}”，不需要重新发送，请刷新页面")
    payload = {"result": str(row.get_state_display()), "day": row.day, "attempts": row.attempts}
    row.state, row.attempts, row.next_try_at, row.claimed_at, row.error = State.WAITING, 0, None, None, ""
    row.save(update_fields=("state", "attempts", "next_try_at", "claimed_at", "error"))
    record(house_book(), actor=actor, act=Act.SEND_AGAIN, subject=row, payload=payload)
    return row


def _sent(row: Delivery) -> Outcome:
    """Send a claimed row. Whatever goes wrong in a way that nobody thought of may have gone wrong after it had left."""
    try:
        return _tried(row)
    except Exception:
        logger.exception("Delivery %s broke off.", row.pk)
        return Outcome(Fate.UNCERTAIN, "发送时出错，不知道是否送达，请系统管理员查看日志")


def _tried(row: Delivery) -> Outcome:
    if row.channel is not None:
        if not row.channel.is_active:
            return Outcome(Fate.REFUSED, "渠道已停用")
        return channels.send(row.channel.secret, title=row.title, body=row.body)
    person = row.recipient
    if person is None or not person.is_active or not person.email:
        return Outcome(Fate.REFUSED, "账号已停用，或没有邮箱地址")
    try:
        letter = mail.message(to=person.email, title=row.title, body=row.body, message_id=row.message_id)
    except ValueError:
        return Outcome(Fate.REFUSED, "邮箱地址不对，请系统管理员更正")
    return mail.send(letter, person.email)
