"""What becomes of a message of the public: received once, sealed where it reads like a tip, answered or set aside, its contact wiped.

No text enters a book: an entry can never be taken out again, and what the public writes may have to be.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.ledgers.models import Book
from apps.ledgers.services import SEALED, Deed, record, record_many, sealed_book
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.reports import workflow
from apps.reports.gate import Form, fingerprint
from apps.reports.models import Act, Edition, Feedback
from apps.reports.models.feedback import PURPOSE
from apps.reports.sealing import reads_like_a_tip
from apps.units.encryption import encrypted
from apps.units.errors import ActConflict, ActForbidden, ActRefused
from apps.units.models import Notification, Role, User
from apps.units.recipients import office_accounts
from apps.units.services import put_notifications
from apps.units.workflow import Transition, apply

HOUR = dt.timedelta(hours=1)
# Twelve digits, drawn: a sequence would tell the office that something it does not see came in between.
LEAST_KEY, MOST_KEY = 10**11, 10**12
LONGEST, LONGEST_CONTACT, LONGEST_ANSWER = 2000, 120, 2000
STALE = "这封来信在您打开页面之后有人办理过，请刷新页面，核对后再提交"


class QuotaReached(ActRefused):
    """The site takes no more within this hour (429)."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("现在反馈的人太多，系统暂时不能接收，请稍后再提交，或通过电话、信函反映")
        self.seconds = seconds


@dataclass(frozen=True)
class Received:
    """The row, and whether it was made by this call: the same form sent again gives the same row."""

    row: Feedback
    is_new: bool


@transaction.atomic
def receive_feedback(
    *, form: Form, edition: Edition, text: str, item_number: int | None = None, contact: str = "", chosen_sealed: bool = False
) -> Received:
    """Take a message, once a form. The caller has checked what stands before the form (``gate``, ``limits``).

    The book of sealed messages is locked first, also for open ones: one at a time can tell how many of its kind there were within the hour.
    """
    sealed = Book.objects.select_for_update(no_key=True).get(pk=sealed_book().pk)
    former = Feedback.objects.filter(once=fingerprint(form.nonce)).first()
    if former is not None:
        return Received(former, is_new=False)
    sealing = _sealing(text, chosen_sealed=chosen_sealed)
    _check_quota(sealing)
    inspection = edition.inspection
    row = Feedback.objects.create(
        pk=_free_key(),
        inspection=inspection,
        edition=edition,
        item_number=item_number,
        text=encrypted(PURPOSE, _checked(text, "text", "反馈内容", LONGEST)),
        contact=encrypted(PURPOSE, contact.strip()[:LONGEST_CONTACT]) if contact.strip() else "",
        code_hash=fingerprint(form.code),
        once=fingerprint(form.nonce),
        sealing=sealing,
        due_on=due_on(inspection.today()),
    )
    payload = {"edition": edition.number, "item": item_number, "due_on": row.due_on}
    record(sealed if row.is_sealed else inspection.book, actor=None, act=Act.RECEIVE_FEEDBACK, subject=row, payload=payload)
    tell_of(row, "收到密封来信" if row.is_sealed else "收到群众反馈")
    return Received(row, is_new=True)


@transaction.atomic
def answer_feedback(*, actor: User, feedback: Feedback, answer: str, version: int) -> Feedback:
    """Answer a message: whoever has its code reads it."""
    step = workflow.ANSWER_SEALED if feedback.is_sealed else workflow.ANSWER
    return _settled(actor, feedback, version, step, _checked(answer, "answer", "答复", LONGEST_ANSWER))


@transaction.atomic
def set_aside_feedback(*, actor: User, feedback: Feedback, reason: str, version: int) -> Feedback:
    """Nothing is done about a message; whoever has its code reads why. The reason of an open one stands in the book."""
    step = workflow.SET_ASIDE_SEALED if feedback.is_sealed else workflow.SET_ASIDE
    return _settled(actor, feedback, version, step, _checked(reason, "reason", "不予办理的理由", LONGEST_ANSWER))


@transaction.atomic
def wipe_contacts() -> int:
    """Wipe the contacts whose time is over; how many of them were of open messages (nobody is told the number of the others)."""
    now = timezone.localtime()
    until = dt.datetime.combine(now.date() - dt.timedelta(days=settings.FEEDBACK_CONTACT_DAYS), dt.time.min, now.tzinfo)
    rows = list(_locked_rows(Feedback.objects.exclude(contact="").filter(received_at__lt=until).values_list("pk", flat=True)))
    for row in rows:
        row.contact, row.contact_wiped_at = "", now
        row.version += 1
        row.save()
    _enter(rows, Act.WIPE_CONTACTS)
    return sum(not row.is_sealed for row in rows)


@transaction.atomic
def set_clocks() -> int:
    """Give messages their day where the calendar of its year was not loaded when they came, and is now; how many open ones got one."""
    calendar, found = WorkCalendar(), []
    for row in _locked_rows(Feedback.objects.to_answer().filter(due_on=None).values_list("pk", flat=True)):
        row.due_on = due_on(row.inspection.local_date(row.received_at), calendar)
        if row.due_on is not None:
            row.version += 1
            row.save()
            found.append(row)
    return sum(not row.is_sealed for row in found)


def due_on(received: dt.date, calendar: WorkCalendar | None = None) -> dt.date | None:
    """The last day for the answer; None where the working days of that year are not known, which is said and never guessed."""
    try:
        return clock_of(received, calendar)
    except CalendarNotLoaded:
        return None


def clock_of(received: dt.date, calendar: WorkCalendar | None = None) -> dt.date:
    """The last day for the answer; raises ``CalendarNotLoaded``."""
    return (calendar or WorkCalendar()).after(received, settings.FEEDBACK_WORKING_DAYS)


def _sealing(text: str, *, chosen_sealed: bool) -> str:
    if chosen_sealed:
        return Feedback.Sealing.CHOSEN
    return Feedback.Sealing.RULE if reads_like_a_tip(text) else Feedback.Sealing.OPEN


def _check_quota(sealing: str) -> None:
    """Open and sealed messages have a quota each: whoever fills that of the open ones learns nothing of the others."""
    kind = Q(sealing=Feedback.Sealing.OPEN)
    rows = Feedback.objects.filter(kind if sealing == Feedback.Sealing.OPEN else ~kind)
    within = rows.filter(received_at__gt=timezone.now() - HOUR).order_by("received_at").values_list("received_at", flat=True)
    if len(within) >= settings.FEEDBACK_PER_HOUR:
        raise QuotaReached(max(1, int((within[0] + HOUR - timezone.now()).total_seconds()) + 1))


def _free_key() -> int:
    while True:
        key = LEAST_KEY + secrets.randbelow(MOST_KEY - LEAST_KEY)
        if not Feedback.objects.filter(pk=key).exists():
            return key


def _checked(text: str, field: str, label: str, longest: int) -> str:
    text = text.strip()
    if not text:
        raise ActRefused(f"请填写{label}", field=field)
    if len(text) > longest:
        raise ActRefused(f"{label}最多 {longest} 个字，现在有 {len(text)} 个，请删减", field=field)
    return text


def tell_of(row: Feedback, words: str) -> None:
    """The office of an open message, the discipline role of a sealed one. The number is all that is said."""
    sealed = row.is_sealed
    put_notifications(
        recipients=User.objects.filter(role=Role.DISCIPLINE, is_active=True) if sealed else office_accounts(),
        kind=Notification.Kind.FEEDBACK,
        subject=row,
        day=row.inspection.today(),
        title=f"{words} {row.pk}",
        number=str(row.pk),
        path=reverse("reports:sealed-message" if sealed else "reports:message", args=(row.pk,)),
    )


def _settled(actor: User, feedback: Feedback, version: int, step: Transition, words: str) -> Feedback:
    row = locked_feedback(feedback.pk)
    if not Feedback.objects.visible_to(actor).filter(pk=row.pk).exists():
        raise ActForbidden(f"您的角色不能办理“{step.act.label}”")
    if version != row.version:
        raise ActConflict(STALE)
    apply(step, row, field="state", actor=actor, reason=words)
    row.answer, row.answered_by, row.answered_at = encrypted(PURPOSE, words), actor, timezone.now()
    row.version += 1
    row.save()
    aside = row.state == Feedback.State.SET_ASIDE and not row.is_sealed
    payload = {"item": row.item_number, "due_on": row.due_on, "late": row.is_late}
    record(_book_of(row), actor=actor, act=step.act, subject=row, reason=words if aside else "", payload=payload)
    return row


def locked_feedback(pk: int) -> Feedback:
    return _locked_rows([pk])[0]


def _locked_rows(keys: Iterable[int]) -> list[Feedback]:
    rows = Feedback.objects.select_for_update(of=("self",), no_key=True).select_related("inspection__book", "edition")
    return list(rows.filter(pk__in=keys).order_by("pk"))


def _enter(rows: Iterable[Feedback], act: Act) -> None:
    """One entry a row, each in its book; the sealed one first as in ``receive_feedback``, so that nobody waits in a circle."""
    by_book: dict[int, list[Feedback]] = defaultdict(list)
    books: dict[int, Book] = {}
    for row in rows:
        book = _book_of(row)
        books[book.pk] = book
        by_book[book.pk].append(row)
    for key in sorted(books, key=lambda key: (books[key].slug != SEALED, key)):
        record_many(books[key], actor=None, deeds=[Deed(act, row) for row in by_book[key]])


def _book_of(row: Feedback) -> Book:
    return sealed_book() if row.is_sealed else row.inspection.book
