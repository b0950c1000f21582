"""Telling receivers of hooks what was done, at least once each.

The entries of a round's book are taken in their order, and the cursor moves on in the same transaction as their calls are written: none
is lost and none is made twice, whoever dies when. A call is claimed in a transaction of its own before it leaves, its outcome kept in
another; one whose worker died is tried again, for the receiver knows a repetition by its id.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections import Counter

from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from apps.ledgers.models import Entry
from apps.supervision.hook_events import body_of
from apps.supervision.models import Hook, HookCall
from apps.supervision.outgoing import hooks
from apps.supervision.outgoing.hooks import Answer
from apps.supervision.services.hooking import ADDRESS, SECRET, STOPPED
from apps.units import encryption

logger = logging.getLogger(__name__)

BACK_OFF = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
STUCK_AFTER = dt.timedelta(minutes=5)
KEPT = dt.timedelta(days=30)
ENTRIES_A_TIME = 500
# Below the soft time limit of a task; what is left is told at the next minute.
SECONDS_A_RUN = 120.0
State = HookCall.State
UNREADABLE = "地址或密钥读不出来（站点密钥可能更换过），请重新填写地址并更换密钥"


def call_due(*, seconds: float = SECONDS_A_RUN) -> Counter[str]:
    """Make the calls that new entries ask for, then tell what is due, until nothing is or the time is up."""
    for pk in Hook.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        while make_calls(hook=pk) == ENTRIES_A_TIME:
            pass
    found: Counter[str] = Counter()
    take_up_stuck()
    end = time.monotonic() + seconds
    while time.monotonic() < end and (row := claim_call()) is not None:
        found[settle_call(call=row, answer=_told(row)).state] += 1
    forget_old()
    return found


@transaction.atomic
def make_calls(*, hook: int) -> int:
    """Calls for the entries after the cursor; how many entries were looked at. They lie in the book in the order of their numbers, each
    visible only when all before it are: none can turn up behind the cursor."""
    row = Hook.objects.select_for_update(of=("self",), no_key=True).select_related("inspection").get(pk=hook)
    if not row.is_active:
        return 0
    entries = list(Entry.objects.filter(book=row.inspection.book_id, seq__gt=row.cursor).order_by("seq")[:ENTRIES_A_TIME])
    calls = []
    for entry in entries:
        if entry.act in row.events:
            key = uuid.uuid4()
            calls.append(HookCall(hook=row, key=key, event=entry.act, seq=entry.seq, body=body_of(key, row.inspection_id, entry)))
    HookCall.objects.bulk_create(calls)
    if entries:
        row.cursor = entries[-1].seq
        row.save(update_fields=("cursor",))
    return len(entries)


@transaction.atomic
def claim_call() -> HookCall | None:
    """The next call that is due, for this worker alone. A receiver is told one thing at a time, whoever tells it, in the order of the
    book; one that did not answer is left in peace until its time comes."""
    now = timezone.now()
    is_due, at_peace = Q(next_try_at=None) | Q(next_try_at__lte=now), Q(quiet_until=None) | Q(quiet_until__lte=now)
    due = HookCall.objects.filter(is_due, state=State.WAITING, hook__in=Hook.objects.filter(at_peace, is_active=True))
    for pk in due.order_by().values("hook").annotate(first=Min("pk")).order_by("first").values_list("hook", flat=True):
        hooks_to_tell = Hook.objects.filter(at_peace, pk=pk, is_active=True)
        hook = hooks_to_tell.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
        if hook is None or hook.calls.filter(state=State.SENDING).exists():
            continue
        row = hook.calls.filter(is_due, state=State.WAITING).order_by("pk").first()
        if row is not None:
            row.state, row.claimed_at, row.attempts = State.SENDING, now, row.attempts + 1
            row.save(update_fields=("state", "claimed_at", "attempts"))
            return row
    return None


@transaction.atomic
def settle_call(*, call: HookCall, answer: Answer) -> HookCall:
    """Keep what became of it. A claim that somebody else has taken up since is theirs to settle."""
    hook = Hook.objects.select_for_update(of=("self",), no_key=True).get(pk=call.hook_id)
    row: HookCall = HookCall.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)
    if row.state != State.SENDING or row.claimed_at != call.claimed_at:
        return row
    now = timezone.now()
    row.status_code, row.milliseconds, row.error, row.next_try_at = answer.status, answer.milliseconds, answer.error, None
    if answer.is_delivered:
        row.state, row.delivered_at, hook.quiet_until = State.DELIVERED, now, None
    elif not hook.is_active:
        row.state, row.error = State.FAILED, STOPPED
    elif row.attempts <= len(BACK_OFF):
        row.state, row.next_try_at = State.WAITING, now + BACK_OFF[row.attempts - 1]
        hook.quiet_until = row.next_try_at
    else:
        row.state = State.FAILED
    row.save()
    hook.save(update_fields=("quiet_until",))
    return row


@transaction.atomic
def take_up_stuck() -> int:
    """Claims of workers that are gone wait again, unless nothing more is told to the receiver."""
    stuck = HookCall.objects.filter(state=State.SENDING, claimed_at__lt=timezone.now() - STUCK_AFTER)
    stuck.filter(hook__is_active=False).update(state=State.FAILED, error=STOPPED)
    return stuck.update(state=State.WAITING, error="推送进程中断，重新推送")


@transaction.atomic
def forget_old() -> int:
    """What was settled long ago leaves the log; the book still says what was done."""
    settled = HookCall.objects.filter(state__in=(State.DELIVERED, State.FAILED))
    gone, _rows = settled.filter(made_at__lt=timezone.now() - KEPT).delete()
    return gone


def _told(row: HookCall) -> Answer:
    hook = row.hook
    address, secret = encryption.decrypted(ADDRESS, hook.address), encryption.decrypted(SECRET, hook.secret)
    if address is None or secret is None:
        return Answer(None, 0, UNREADABLE)
    former = encryption.decrypted(SECRET, hook.former) if hook.signs_twice else None
    at = int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Jiandi-Hook/1",
        "Jiandi-Event": row.event,
        "Jiandi-Delivery": str(row.key),
        "Jiandi-Signature": hooks.signature([secret, former] if former else [secret], row.body, at),
    }
    try:
        return hooks.post(address, row.body, headers)
    except Exception:
        logger.exception("Call %s broke off.", row.pk)
        return Answer(None, 0, "推送时出错，请系统管理员查看日志")
