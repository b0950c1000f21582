"""The round a home page speaks of, and what more than one role's page says about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from apps.issues.models import Closure, Inspection, Issue, SignOff
from apps.ledgers.models import Entry
from apps.ledgers.words import act_of, subject_of
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Extension, Handover, Measure
from apps.measures.owed import Owed, PeriodCount
from apps.measures.querysets import MeasureQuerySet
from apps.measures.rates import percent
from apps.reports.models import Feedback, Notice
from apps.reports.policies import why_not_approve
from apps.supervision.models import Escalation, Letter
from apps.units.models import User

FEED = 6
DATES = 5
# Entries on these are links to their page; others only say what they are about.
SHEETS = {"measure": "measures:sheet", "issue": "issues:sheet", "letter": "supervision:letter"}


@dataclass(frozen=True)
class Round:
    """One inspection as one user sees it today."""

    user: User
    inspection: Inspection
    others: list[Inspection]
    calendar: WorkCalendar

    @cached_property
    def today(self) -> dt.date:
        return self.inspection.today()

    @cached_property
    def until(self) -> dt.date:
        """The last day that counts as due soon."""
        return self.calendar.soon_until(self.today, self.inspection.soon_working_days)

    @property
    def measures(self) -> MeasureQuerySet:
        return Measure.objects.worked_on_by(self.user).filter(issue__inspection=self.inspection)

    @property
    def days_since_feedback(self) -> int:
        return (self.today - self.inspection.feedback_on).days

    def waited(self, since: dt.date) -> str:
        return self.calendar.waited(since, self.today)


def round_of(request: HttpRequest, user: User) -> Round | None:
    """The round asked for by ``?inspection=``, else the latest that the user sees."""
    rounds = list(Inspection.objects.visible_to(user).select_related("book"))
    if not rounds:
        return None
    asked = request.GET.get("inspection")
    chosen = next((row for row in rounds if str(row.pk) == asked), rounds[0])
    return Round(user, chosen, [row for row in rounds if row != chosen], WorkCalendar())


@dataclass(frozen=True)
class Completion:
    """The verified track: measures the office has found finished, of all that are counted."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def finished(self) -> int:
        return self.counts["closed"] + self.counts["done"]

    @property
    def percent(self) -> Decimal | None:
        return percent(self.finished, self.total)


@dataclass(frozen=True)
class NewsLine:
    """One entry of the book as a feed shows it."""

    entry: Entry
    href: str

    @property
    def act(self) -> str:
        return act_of(self.entry)

    @property
    def subject(self) -> str:
        return subject_of(self.entry)


def news(entries: Iterable[Entry]) -> list[NewsLine]:
    return [NewsLine(entry, address_of(entry)) for entry in entries]


def address_of(entry: Entry) -> str:
    name = SHEETS.get(entry.subject_type)
    return reverse(name, args=(entry.subject_id,)) if name and entry.subject_id else ""


def latest_entries(now: Round) -> list[NewsLine]:
    return news(Entry.objects.filter(book=now.inspection.book).order_by("-seq")[:FEED])


@dataclass(frozen=True)
class Step:
    """What comes next for a late measure: it depends on what has been done about it."""

    words: str
    href: str
    history: str


def next_steps(measures: Iterable[Measure]) -> dict[int, Step]:
    """By measure: send a letter where there is none, else look at the last one."""
    rows = list(measures)
    links = Letter.measures.through.objects.filter(measure__in=rows).select_related("letter").order_by("letter_id")
    letters: dict[int, list[Letter]] = {row.pk: [] for row in rows}
    for link in links:
        letters[link.measure_id].append(link.letter)
    return {pk: _step(pk, sent) for pk, sent in letters.items()}


def _step(measure: int, sent: list[Letter]) -> Step:
    if not sent:
        return Step("发督查单", f"{reverse('supervision:send_letter')}?measure={measure}", "尚未发督查单")
    last = sent[-1]
    words = "查看回复" if last.state == Letter.State.ANSWERED else "查看督查单"
    return Step(words, reverse("supervision:letter", args=(last.pk,)), f"已发督查单 {len(sent)} 份，{last.get_state_display()}")


@dataclass(frozen=True)
class Row:
    """A measure in a list, with what the list says beside it."""

    measure: Any
    note: str = ""
    step: Step | None = None


def owed_reports(now: Round) -> list[PeriodCount]:
    """What is owed for the current period and for the one before."""
    return Owed(now.user, now.inspection, now.today).counts(2)


def extensions_to_decide(now: Round) -> list[Extension]:
    """Requests of this round whose next decision is the user's."""
    rows = Extension.objects.visible_to(now.user).waiting_for(now.user).filter(measure__issue__inspection=now.inspection)
    return list(rows.for_list().order_by("pk"))


def open_proposals(now: Round) -> list[Escalation]:
    """Letters of this round left without an answer that somebody has to follow up, the longest late first."""
    letters = Letter.objects.visible_to(now.user).filter(inspection=now.inspection)
    rows = Escalation.objects.filter(letter__in=letters, state=Escalation.State.OPEN).select_related("letter__unit", "letter__inspection")
    return list(rows.order_by("letter__reply_by", "pk"))


def late_rows(now: Round, count: int) -> list[Row]:
    """The longest overdue measures and what comes next for each."""
    late = list(now.measures.for_register(now.today, now.until).overdue(now.today).order_by("due_on", "issue__number", "ordinal")[:count])
    steps = next_steps(late)
    return [Row(measure, steps[measure.pk].history, steps[measure.pk]) for measure in late]


@dataclass(frozen=True)
class Date:
    """A coming day and what falls on it."""

    day: dt.date
    words: str
    is_today: bool

    @property
    def label(self) -> str:
        return "今天" if self.is_today else f"{self.day:%m-%d} 周{'一二三四五六日'[self.day.weekday()]}"


def coming_dates(now: Round) -> list[Date]:
    """The next days on which measures fall due or letters are to be answered, and the next review of a stage, however far."""
    running = now.measures.filter(stopped_on__isnull=True, due_on__gte=now.today)
    due = running.order_by("due_on").values_list("due_on").annotate(n=Count("pk"))[:DATES]
    letters = Letter.objects.visible_to(now.user).filter(inspection=now.inspection, reply_by__gte=now.today)
    replies = letters.waiting().order_by("reply_by").values_list("reply_by").annotate(n=Count("pk"))[:DATES]
    found = [(day, f"{n} 条措施到期") for day, n in due] + [(day, f"{n} 份督查单应回复") for day, n in replies] + refeedbacks(now)
    resting = now.measures.filter(progress=Measure.State.STAGE_DONE, next_review_on__gte=now.today).order_by("next_review_on")
    reviews = resting.values_list("next_review_on").annotate(n=Count("pk"))[:1]
    found = sorted(found)[:DATES] + [(day, f"{n} 条阶段性完成的措施到复核日") for day, n in reviews]
    return [Date(day, words, day == now.today) for day, words in sorted(found)]


def refeedbacks(now: Round) -> list[tuple[dt.date, str]]:
    """The clocks of handovers that run: what is overdue comes first of all dates, and says so."""
    running = Handover.objects.visible_to(now.user).filter(inspection=now.inspection).awaiting_refeedback().order_by("refeedback_by")
    return [
        (row.refeedback_by, f"再反馈{'已逾期' if row.is_overdue(now.today) else '到期'}：{row.from_name} → {row.to_name}")
        for row in running[:DATES]
    ]


@dataclass(frozen=True)
class Waiting:
    """Messages of the public that wait for an answer, and how many of them are overdue."""

    count: int
    late: int


def feedback_to_answer(now: Round) -> Waiting:
    days = Feedback.objects.visible_to(now.user).to_answer().filter(inspection=now.inspection).values_list("due_on", flat=True)
    return Waiting(len(days), sum(day is not None and day < now.today for day in days))


def notices_to_approve(now: Round) -> list[Notice]:
    """Notices of the round that wait for an approval which this user may give."""
    waiting = Notice.objects.visible_to(now.user).filter(inspection=now.inspection, state=Notice.State.SUBMITTED).for_page()
    return [notice for notice in waiting if not why_not_approve(now.user, notice)]


def closures_to_sign(now: Round) -> list[SignOff]:
    """Applications of the round that wait for the signature of the user's unit, the longest waiting first."""
    waiting = SignOff.objects.waiting_for(now.user).filter(closure__issue__inspection=now.inspection)
    return list(waiting.select_related("closure__issue__lead_unit", "body").order_by("closure__applied_on", "pk"))


def closures_to_decide(now: Round) -> int:
    """Applications on which every reviewing body has said what it has to say."""
    pending = Closure.objects.pending().filter(issue__inspection=now.inspection)
    return pending.exclude(sign_offs__decision=SignOff.Decision.PENDING).count()


def issues_to_close(now: Round) -> tuple[int, int]:
    """Issues whose measures are all finished and that nobody has applied to close; and those that wait for the decision."""
    issues = Issue.objects.visible_to(now.user).filter(inspection=now.inspection)
    return _ready(now).count(), issues.filter(closure=Issue.ClosureState.APPLIED).count()


def issues_to_apply_for(now: Round) -> list[Issue]:
    """Issues led by the user's unit that it may apply to close, as far as the measures go; the other rules stand on the issue's page."""
    return list(_ready(now).filter(lead_unit=now.user.unit_id).order_by("number"))


def _ready(now: Round) -> QuerySet[Issue]:
    unfinished = Measure.objects.filter(issue__inspection=now.inspection).unfinished().values("issue")
    issues = Issue.objects.visible_to(now.user).filter(inspection=now.inspection, closure=Issue.ClosureState.OPEN)
    return issues.filter(measures__isnull=False).exclude(pk__in=unfinished).distinct()
