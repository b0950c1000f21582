"""What must be true after every step of a history, told without the code that is tested: from raw rows and from the book alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import chinese_calendar
from django.db.models import F

from apps.issues.models import Closure, Issue, LookBack
from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.measures.models import Evidence, Extension, Measure, Progress, Reading
from apps.supervision.models import Flag, Letter
from apps.units.models import Role
from tests.history import FLAGS, House, Step

FINISHED = ("stage_done", "done")
CLAIMS = {"推进中": "ongoing", "阶段性完成": "stage_done", "已完成": "done"}
FLAG_KINDS = {"临期": "soon", "逾期": "overdue"}
# Acts that may set a due date, and those that may change a row of a table without the row's version telling.
RE_DATING = {"measures.assign_measure", "measures.agree_extension", "measures.add_measure"}
TOLD_BY_THE_BOOK = ("text", "person", "due_on", "original_due_on", "progress", "stopped_on")
VERSIONED = {"issues.Issue": Issue, "measures.Measure": Measure, "issues.Inspection": None}


# -- the round as its book has it ------------------------------------------------------------------------------------


@dataclass
class MeasureThen:
    text: str
    person: str
    lead_unit: str
    due_on: str | None
    original_due_on: str | None
    progress: str = "not_started"
    stopped_on: str | None = None
    asked: str | None = None
    waiting: tuple[str, str] | None = None
    approved: list[tuple[str, str]] = field(default_factory=list)

    def verified(self) -> tuple[str, str | None]:
        """The claim approved last, and the first day of its unbroken run where it is one of completion."""
        if not self.approved or self.approved[-1][0] == "ongoing":
            return "ongoing", None
        claim = self.approved[-1][0]
        run = [day for place, (_claim, day) in enumerate(self.approved) if all(later == claim for later, _day in self.approved[place:])]
        return claim, run[0]


@dataclass
class IssueThen:
    lead_unit: str
    closure: str = "open"
    round: int = 1
    planned: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class Replay:
    """The state of the round folded from its entries, one after the other."""

    measures: dict[int, MeasureThen] = field(default_factory=dict)
    issues: dict[int, IssueThen] = field(default_factory=dict)
    letters: dict[int, str] = field(default_factory=dict)
    flags: set[tuple[int, int, str, str]] = field(default_factory=set)

    def fold(self, entry: Entry) -> None:
        read = READERS.get(entry.act)
        if read is not None:
            read(self, entry.subject_id, entry.payload)


Reader = Callable[[Replay, int, dict[str, Any]], None]
READERS: dict[str, Reader] = {}


def reads(*acts: str) -> Callable[[Reader], Reader]:
    def entered(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(acts, reader))
        return reader

    return entered


@reads("issues.add_issue")
def _add_issue(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk] = IssueThen(said["lead_unit"])


@reads("issues.assign_issue")
def _assign_issue(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk].lead_unit = _after(said, "lead_unit", replay.issues[pk].lead_unit)


@reads("issues.apply_closure")
def _apply(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.issues[pk].closure = "applied"


@reads("issues.return_closure")
def _return(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.issues[pk].closure = "open"


@reads("issues.agree_closure")
def _agree(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    issue = replay.issues[pk]
    issue.closure = "closed"
    issue.planned |= {(said["round"], day) for day in said["look_backs"]}


@reads("issues.hold_look_back")
def _look_back(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.issues[pk].planned.discard((said["round"], said["planned_on"]))


@reads("issues.reopen")
def _reopen(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    issue = replay.issues[pk]
    issue.planned.discard((issue.round, said["planned_on"]))
    issue.closure, issue.round = "open", issue.round + 1


@reads("measures.add_measure")
def _add_measure(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.measures[pk] = MeasureThen(said["text"], said["person"], said["lead_unit"], said["due_on"], said["due_on"])


@reads("measures.amend_measure", "measures.assign_measure", "measures.agree_extension")
def _change(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    for name in ("text", "person", "lead_unit", "due_on"):
        setattr(measure, name, _after(said, name, getattr(measure, name)))
    measure.original_due_on = measure.original_due_on or measure.due_on
    if _after(said, "due_on", None) == measure.asked:
        measure.asked = None


@reads("measures.report_progress")
def _report(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    measure, claim = replay.measures[pk], CLAIMS[said["claim"]]
    verified, stopped = measure.verified()
    measure.waiting, measure.progress = (claim, said["reported_on"]), "in_review"
    measure.stopped_on = stopped if stopped and claim == verified else said["reported_on"] if claim in FINISHED else None


@reads("measures.approve")
def _approve(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    assert measure.waiting is not None
    measure.approved.append(measure.waiting)
    measure.progress, measure.waiting = measure.waiting[0], None


@reads("measures.send_back")
def _send_back(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    measure = replay.measures[pk]
    measure.waiting = None
    measure.progress, measure.stopped_on = measure.verified()


@reads("measures.request_extension")
def _ask(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.measures[pk].asked = said["new_due_on"]


@reads("measures.refuse_extension")
def _refuse(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.measures[pk].asked = None


@reads("supervision.send_letter")
def _send(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "sent"


@reads("supervision.sign_letter")
def _sign(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "signed"


@reads("supervision.answer_letter")
def _answer(replay: Replay, pk: int, _said: dict[str, Any]) -> None:
    replay.letters[pk] = "answered"


@reads("supervision.raise_flag")
def _raise(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.flags.add((said["flag"], pk, FLAG_KINDS[said["kind"]], said["due_on"]))


@reads("supervision.clear_flag")
def _clear(replay: Replay, pk: int, said: dict[str, Any]) -> None:
    replay.flags.remove((said["flag"], pk, FLAG_KINDS[said["kind"]], said["due_on"]))


def _after(said: dict[str, Any], name: str, kept: Any) -> Any:
    return said.get("changes", {}).get(name, (None, kept))[1]


# -- the oracle ------------------------------------------------------------------------------------------------------


class Broken(AssertionError):
    """Something that must always be true was not."""


def hold(condition: object, words: str) -> None:
    if not condition:
        raise Broken(words)


class Oracle:
    """Looks at every step; remembers where the book stood and what it has told so far."""

    def __init__(self, house: House) -> None:
        self.house, self.replay, self.seq, self.hash = house, Replay(), 0, ""
        self._read_on()
        self._same_as_the_book()

    def look_at(self, step: Step) -> None:
        try:
            self._told_and_entered(step)
            if step.after is step.before:
                # Nothing was written: all that follows was found true before.
                return
            self._read_on()
            self._same_as_the_book()
            for words in self._wrong(step):
                raise Broken(words)
        except Broken as broken:
            raise Broken(f"{broken} — after {step}") from broken

    def at_the_end(self) -> None:
        for book in Book.objects.all():
            verdict = chain.verify(book)
            hold(verdict.holds, f"the book {book.slug} does not verify: {verdict.problem}")

    def _told_and_entered(self, step: Step) -> None:
        """A refusal has its words and leaves no trace; what is done is entered once, under the name of somebody whose act it is."""
        acts = [entry.act for entry in step.entries]
        if step.refusal is not None:
            hold(step.refusal.message and step.refusal.status in (400, 403, 409), "refused without words")
            hold(not self.house.changed(step), f"refused, but changed {self.house.changed(step)}")
            return
        hold(step.who in step.by, "done by somebody whose act it is not")
        if step.act == FLAGS:
            hold(acts == self._flag_acts(step), f"flags changed, but entered {acts}")
            return
        hold(acts == [step.act], f"entered {acts}")
        hold(step.entries[0].actor_id == self.house.people[step.who].pk, "entered under another name")

    def _flag_acts(self, step: Step) -> list[str]:
        """One entry for each flag that opened or cleared: those cleared first."""
        place = column(Flag, "cleared_on")
        was, now = ({row[0] for row in rows["supervision.Flag"] if row[place] is None} for rows in (step.before, step.after))
        gone, new = was - now, now - was
        return ["supervision.clear_flag"] * len(gone) + ["supervision.raise_flag"] * len(new)

    def _read_on(self) -> None:
        """The chain goes on where it was left: numbers without a gap, each hash over its entry and the hash before."""
        book = Book.objects.get(pk=self.house.inspection.book_id)
        for entry in Entry.objects.filter(book=book, seq__gt=self.seq).order_by("seq"):
            hold((entry.seq, entry.prev_hash) == (self.seq + 1, self.hash), f"entry {entry.seq} does not follow {self.seq}")
            hold(entry.hash == chain.hash_of(entry, book.slug), f"entry {entry.seq} does not match its hash")
            self.seq, self.hash = entry.seq, entry.hash
            self.replay.fold(entry)
        hold((book.head_seq, book.head_hash) == (self.seq, self.hash), "the head of the book is not its last entry")

    def _same_as_the_book(self) -> None:
        """The rows say what the book says."""
        inspection = self.house.inspection
        asking = Extension.objects.filter(decision__in=("pending", "endorsed")).values_list("measure", "new_due_on")
        asked = {pk: day.isoformat() for pk, day in asking}
        for measure in Measure.objects.filter(issue__inspection=inspection).select_related("lead_unit"):
            then = self.replay.measures.get(measure.pk)
            hold(then is not None, f"the book does not know measure {measure.pk}")
            now = {name: chain.plain(getattr(measure, name)) for name in TOLD_BY_THE_BOOK}
            now |= {"lead_unit": measure.lead_unit.name, "asked": asked.get(measure.pk)}
            by_the_book = {name: getattr(then, name) for name in now}
            hold(now == by_the_book, f"measure {measure.pk} is {now}, by the book {by_the_book}")
        waiting: dict[int, set[tuple[int, str]]] = defaultdict(set)
        for look_back in LookBack.objects.filter(finding="planned"):
            waiting[look_back.issue_id].add((look_back.round, look_back.planned_on.isoformat()))
        for issue in Issue.objects.filter(inspection=inspection).select_related("lead_unit"):
            found = IssueThen(issue.lead_unit.name, issue.closure, issue.round, waiting[issue.pk])
            hold(found == self.replay.issues.get(issue.pk), f"issue {issue.pk} is {found}, by the book {self.replay.issues.get(issue.pk)}")
        letters = dict(Letter.objects.filter(inspection=inspection).values_list("pk", "state"))
        hold(letters == self.replay.letters, f"letters are {letters}, by the book {self.replay.letters}")
        flags = {(row.pk, row.measure_id, row.kind, row.due_on.isoformat()) for row in Flag.objects.filter(cleared_on=None)}
        hold(flags == self.replay.flags, f"flags are {flags}, by the book {self.replay.flags}")

    def _wrong(self, step: Step) -> Iterator[str]:
        yield from lost_or_unversioned(step)
        yield from re_dated_silently(step)
        yield from closed_past_a_rule(step)
        yield from alone_with_four_eyes()
        yield from stopped_clocks()
        if step.act == FLAGS:
            yield from wrong_flags(self.house)


def column(model: type[Any], name: str) -> int:
    return [each.attname for each in model._meta.concrete_fields].index(name)


def lost_or_unversioned(step: Step) -> Iterator[str]:
    """No act takes a row away (links between rows excepted), and a row with a version never changes without a higher one."""
    for label, rows in step.before.items():
        now = {row[0]: row for row in step.after[label]}
        if "_" not in label:
            yield from (f"{label} {row[0]} is gone" for row in rows if row[0] not in now)
        model = VERSIONED.get(label)
        if model is None:
            continue
        place = column(model, "version")
        for row in rows:
            if now[row[0]] != row and now[row[0]][place] <= row[place]:
                yield f"{label} {row[0]} changed, its version did not grow"


def re_dated_silently(step: Step) -> Iterator[str]:
    """A due date changes by an act that says so, with the date before and after; the original one never does, once set."""
    due, original = column(Measure, "due_on"), column(Measure, "original_due_on")
    now = {row[0]: row for row in step.after["measures.Measure"]}
    for row in step.before["measures.Measure"]:
        after = now[row[0]]
        if row[original] is not None and row[original] != after[original]:
            yield f"measure {row[0]}: the original due date changed"
        if row[due] == after[due]:
            continue
        said = [entry.payload.get("changes", {}).get("due_on") for entry in step.entries if entry.subject_id == row[0]]
        if step.act not in RE_DATING or said != [[chain.plain(row[due]), chain.plain(after[due])]]:
            yield f"measure {row[0]}: due {row[due]} became {after[due]}, said was {said}"


def closed_past_a_rule(step: Step) -> Iterator[str]:
    """An issue is applied for and closed only while every blocking rule holds."""
    place = column(Issue, "closure")
    was = {row[0]: row[place] for row in step.before["issues.Issue"]}
    for pk, closure in Issue.objects.order_by("pk").values_list("pk", "closure"):
        if closure != was.get(pk, "open") and closure in ("applied", "closed"):
            yield from (f"issue {pk} became {closure} although {words}" for words in in_the_way(Issue.objects.get(pk=pk)))


def in_the_way(issue: Issue) -> Iterator[str]:
    """The blocking rules of the catalogue, told anew from raw rows."""
    rows = list(Measure.objects.filter(issue=issue))
    if not rows:
        yield "it has no measure"
    for row in rows:
        reports = list(Progress.objects.filter(measure=row).order_by("pk"))
        approved = [report.claim for report in reports if report.review == "approved"]
        if row.progress not in FINISHED or approved[-1:] != [row.progress]:
            yield f"measure {row.pk} is {row.progress}, approved were {approved}"
        if any(report.review == "pending" for report in reports):
            yield f"a report on measure {row.pk} waits"
        if not Evidence.objects.filter(measure=row).exists():
            yield f"measure {row.pk} has no evidence"
    if issue.round > 1 and not Progress.objects.filter(measure__issue=issue, round=issue.round, review="approved").exists():
        yield f"nothing was done in round {issue.round}"
    yield from broken_sums(issue)
    if issue.closure == "closed" and not Closure.objects.filter(issue=issue, round=issue.round, decision="agreed").exists():
        yield "nobody agreed"


def broken_sums(issue: Issue) -> Iterator[str]:
    latest: dict[int, Any] = {}
    for reading in Reading.objects.filter(indicator__issue=issue).select_related("progress").order_by("as_of", "pk"):
        if reading.progress is None or reading.progress.review == "approved":
            latest[reading.indicator_id] = reading.value
    for total in issue.indicators.filter(total=None):
        parts = [part.pk for part in total.parts.all()]
        if parts and {total.pk, *parts} <= set(latest) and latest[total.pk] != sum(latest[pk] for pk in parts):
            yield f"{total.name} is {latest[total.pk]}, its parts are {[latest[pk] for pk in parts]}"


def alone_with_four_eyes() -> Iterator[str]:
    """Nobody decides what they asked for, and reviews, closings and dates are the office's to decide."""
    decided: list[tuple[str, Any, str, str]] = [
        ("report", Progress, "reported_by", "reviewed_by"),
        ("application", Closure, "applied_by", "decided_by"),
        ("request", Extension, "requested_by", "decided_by"),
    ]
    for words, model, asks, decides in decided:
        for pk, asker, decider, role in model.objects.exclude(**{decides: None}).values_list("pk", asks, decides, f"{decides}__role"):
            if asker == decider or role != Role.OFFICE:
                yield f"{words} {pk} of {asker} was decided by {decider}, {role}"
    if Closure.objects.filter(decision="pending").exclude(issue__closure="applied").exists():
        yield "an application waits for an issue that is not applied for"
    if LookBack.objects.filter(finding="relapsed", round__gte=F("issue__round")).exists():
        yield "a relapse of a round that goes on"


def stopped_clocks() -> Iterator[str]:
    """The clock stands still from the report of completion on, while that is in review or approved, and at no other time."""
    for row in Measure.objects.prefetch_related("reports"):
        reports = sorted(row.reports.all(), key=lambda report: report.pk)
        counting = [report for report in reports if report.review != "returned"]
        last = counting[-1] if counting else None
        stopped = last is not None and last.claim in FINISHED
        if (row.stopped_on is not None) != stopped:
            yield f"measure {row.pk} ({row.progress}) stopped on {row.stopped_on}, last counting report {last}"
        if row.stopped_on is not None and row.stopped_on not in {report.reported_on for report in counting}:
            yield f"measure {row.pk} stopped on {row.stopped_on}, no day of a report"
        if (row.progress == "in_review") != any(report.review == "pending" for report in reports):
            yield f"measure {row.pk} is {row.progress}, its reports are {[report.review for report in reports]}"


def wrong_flags(house: House) -> Iterator[str]:
    """Right after the job: an open flag for each running measure that is overdue or due soon, and no other."""
    today, meant = house.today, set()
    until = last_soon_day(today, house.inspection.soon_working_days)
    for row in Measure.objects.filter(issue__inspection=house.inspection, stopped_on=None).exclude(due_on=None):
        assert row.due_on is not None
        if row.due_on <= until:
            meant.add((row.pk, "overdue" if row.due_on < today else "soon", row.due_on))
    found = set(Flag.objects.filter(cleared_on=None).values_list("measure", "kind", "due_on"))
    if found != meant:
        yield f"flags are {found}, not {meant}"


def last_soon_day(today: dt.date, count: int) -> dt.date:
    """The ``count``-th working day after today."""
    day = today
    while count:
        day += dt.timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day
