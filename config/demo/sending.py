"""A channel and a hook of the demonstration: set up, used on paper only, and stopped, so that nothing of it ever leaves the house."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone

from apps.issues.models import Inspection
from apps.measures.models import Act
from apps.supervision.hook_events import EVENTS, body_of_ping
from apps.supervision.models import HookCall
from apps.supervision.outgoing.outcomes import SENT, Fate, Outcome
from apps.supervision.services import retell_delivery, retell_hook, set_channel, stop_channel
from config.demo.people import People

NAME, ADDRESS = "整改办工作群（示例）", "feishu://00000000-0000-0000-0000-000000000000/"
NOT_TAKEN = Outcome(Fate.RETRY, "示例：渠道没有接受（502）")
# How many days ago, and what became of the attempts, one after the other.
DIGESTS = ((3, (SENT,)), (2, (NOT_TAKEN, NOT_TAKEN, SENT)), (1, (NOT_TAKEN,) * 6))
FIRST_TRY = dt.time(8, 31)
BODY = "新消息\n督查单 {number}：请登录查看\n\n示例，没有真的发出。\n"


def add_channel(people: People, today: dt.date) -> None:
    office = people.reviewer
    channel = set_channel(actor=office, name=NAME, address=ADDRESS, audience=[office, people.clerk])
    for ago, outcomes in DIGESTS:
        day = today - dt.timedelta(days=ago)
        retell_delivery(
            actor=office,
            channel=channel,
            title=f"整改台账 {day} 汇总：1 条新消息（示例）",
            body=BODY.format(number=f"〔{day.year}〕1号"),
            begun=dt.datetime.combine(day, FIRST_TRY, timezone.get_default_timezone()),
            outcomes=outcomes,
        )
    stop_channel(actor=office, channel=channel)


def add_hook(people: People, inspection: Inspection) -> None:
    """A receiver whose name nobody has (RFC 2606), with what it would have been told: a try that came through, and one that did not."""
    now = timezone.now()
    key = uuid.uuid4()
    body = body_of_ping(key, inspection.pk, now.isoformat())
    state = HookCall.State
    told = [
        HookCall(key=key, event="ping", body=body, state=state.DELIVERED, attempts=1, delivered_at=now, status_code=204, milliseconds=180),
        HookCall(
            event=str(Act.REPORT.value),
            body=body,
            state=state.FAILED,
            seq=1,
            claimed_at=now,
            attempts=8,
            status_code=502,
            milliseconds=95,
            error="示例：对方没有接受（502）",
        ),
    ]
    chosen = [code for code in EVENTS if code.startswith("measures.")]
    name, address = "市级监督平台（示例）", "https://platform.example/jiandi"
    retell_hook(actor=people.reviewer, inspection=inspection, name=name, address=address, events=chosen, told=told)
