"""One digest per person and working day, and one per channel: kinds, numbers and links, nothing that is confidential (issue 4).

The digest of a day holds what was put between half past eight of the day of the digest before and half past eight of this day, whenever
the job comes round to make it: a late run, a second one or two workers at once make the same.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.supervision.models import Channel, Delivery
from apps.supervision.open_items import open_items
from apps.supervision.outgoing import mail
from apps.units.models import Notification, User
from apps.units.policies import sees_no_business

logger = logging.getLogger(__name__)

CUT = dt.time(8, 30)
LINES, CHANNEL_LINES = 50, 15
BATCH = 200
# What may stand for a matter outside: a word for its sort and a number. Anything else is left out, whoever put it.
NUMBER = re.compile(r"(?:措施|问题|督查单|督办单|调度会|实地督查)? ?(?:第 ?)?[\d〔〕\-—]{1,20}(?: ?[号次期])?")
END = "本消息由系统自动发送，只含编号和链接，请勿回复。"


@dataclass(frozen=True)
class Digested:
    """What a run has made; ``refused`` says why it could make nothing."""

    day: dt.date
    made: int = 0
    refused: str = ""


@dataclass(frozen=True)
class Window:
    """The digest of a day and until when it reads."""

    day: dt.date
    until: dt.datetime

    def since(self, last: dt.date | None) -> dt.datetime | None:
        """From when on: where the last digest stopped; None where there was none."""
        return cut_of(last) if last else None


def cut_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, CUT, timezone.get_default_timezone())


def build_digests(*, now: dt.datetime | None = None) -> Digested:
    """Make today's digests where it is a working day and half past eight has passed; those that are made already stay as they are.

    A year whose working days are not known is refused, not guessed: it is said in the log and on the page of deliveries.
    """
    local = timezone.localtime(now, timezone.get_default_timezone())
    day = local.date()
    if local < cut_of(day):
        return Digested(day)
    try:
        if not WorkCalendar().is_workday(day):
            return Digested(day)
    except CalendarNotLoaded as unknown:
        logger.error("No digests on %s: the working days of %s are not loaded.", day, unknown.year)
        return Digested(day, refused=unloaded(unknown.year))
    return Digested(day, _keep([*_to_persons(Window(day, cut_of(day))), *_to_channels(Window(day, cut_of(day)))]))


def unloaded(year: int) -> str:
    return f"{year} 年的节假日安排尚未载入，不知道今天是不是工作日，没有生成汇总。请先在“工作日调整”中登记"


@transaction.atomic
def _keep(rows: list[Delivery]) -> int:
    """Two workers at once make each row once: it is unique by whom it is for and the day."""
    before = Delivery.objects.count()
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return Delivery.objects.count() - before


def _to_persons(window: Window) -> Iterator[Delivery]:
    """Those in use with an e-mail address, who have unread notifications since the last digest, or something that waits for them."""
    if not mail.is_on():
        return
    persons = User.objects.filter(is_active=True).exclude(email="").annotate(last=Max("deliveries__day")).select_related("unit")
    waiting = list(persons.exclude(deliveries__day=window.day).order_by("pk"))
    unread = _unread(waiting, window)
    for person in waiting:
        new = _since(unread[person.pk], window.since(person.last))
        lines = [f"{_said(row)}：请登录查看 {_link(reverse('units:notification', args=(row.pk,)))}" for row in new]
        waits = [f"{item.word} {item.number} 项：{_link(item.path)}" for item in open_items(person)]
        if lines or waits:
            yield Delivery(recipient=person, day=window.day, title=_title(window.day, len(new)), body=_body(lines, waits, LINES))


def _to_channels(window: Window) -> Iterator[Delivery]:
    """What the audience of a channel has not read, each matter once, with a link that leads everyone to the matter itself."""
    channels = Channel.objects.filter(is_active=True).annotate(last=Max("deliveries__day")).prefetch_related("audience")
    for channel in channels.exclude(deliveries__day=window.day):
        audience = [person for person in channel.audience.all() if not sees_no_business(person)]
        unread = _unread(audience, window)
        new = [row for rows in unread.values() for row in _since(rows, window.since(channel.last)) if row.leads_inside]
        lines = list(dict.fromkeys(f"{_said(row)}：请登录查看 {_link(row.path)}" for row in sorted(new, key=lambda row: -row.pk)))
        if lines:
            yield Delivery(channel=channel, day=window.day, title=_title(window.day, len(lines)), body=_body(lines, [], CHANNEL_LINES))


def _unread(persons: Iterable[User], window: Window) -> dict[int, list[Notification]]:
    """By person: what was put before the cut and is not read yet, the newest first."""
    keepers = {person.pk for person in persons if sees_no_business(person)}
    rows = Notification.objects.unread().filter(recipient__in=list(persons), put_at__lt=window.until).order_by("-pk")
    found = defaultdict(list)
    for row in rows:
        if row.recipient_id not in keepers or row.kind in Notification.ABOUT_THE_HOUSE:
            found[row.recipient_id].append(row)
    return found


def _since(rows: list[Notification], moment: dt.datetime | None) -> list[Notification]:
    return [row for row in rows if moment is None or row.put_at >= moment]


def _said(row: Notification) -> str:
    """The word of its kind, and its number where that is a number and nothing more."""
    word = str(row.get_kind_display())
    return f"{word} {row.number}" if NUMBER.fullmatch(row.number) else word


def _link(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _title(day: dt.date, count: int) -> str:
    return f"整改台账 {day} 汇总：{count} 条新消息" if count else f"整改台账 {day} 汇总：有待办事项"


def _body(lines: list[str], waits: list[str], most: int) -> str:
    parts = []
    if lines:
        left = [f"另有 {len(lines) - most} 条，请登录查看：{_link(reverse('units:notifications'))}"] if len(lines) > most else []
        parts.append("\n".join(["新消息", *lines[:most], *left]))
    if waits:
        parts.append("\n".join(["待办", *waits]))
    return "\n\n".join([*parts, END]) + "\n"
