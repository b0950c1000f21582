"""What must be true after every step of a history, told without the code that is tested: from raw rows and from the book alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import chinese_calendar
from django.db.models import F

from apps.issues.models import Closure, Inspection, Issue, LookBack
from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.measures.models import Evidence, Extension, Measure, Progress, Reading
from apps.supervision.models import Flag, Letter
from apps.units.models import Role
from tests.history import FLAGS, House, Step
from tests.history_replay import FINISHED, IssueThen, Replay
from tests.snapshot import differences

# Acts that may set a due date.
RE_DATING = {"measures.assign_measure", "measures.agree_extension"}
VERSIONED = {"issues.Inspection": Inspection, "issues.Issue": Issue, "measures.Measure": Measure}
TOLD_BY_THE_BOOK = ("text", "person", "due_on", "original_due_on", "progress", "stopped_on")


class Broken(AssertionError):
    """Something that must always be true was not."""


class Oracle:
    """Looks at every step; remembers where the book stood and what it has told so far."""

    def __init__(self, house: House) -> None:
        self.house, self.replay, self.seq, self.hash = house, Replay(), 0, ""
        assert [*self._read_on(), *self._unlike_the_book()] == []

    def look_at(self, step: Step) -> None:
        if found := self.complaints(step):
            raise Broken(f"{'; '.join(found)} — after {step}")

    def complaints(self, step: Step) -> list[str]:
        """All that is wrong now. Where nothing was written, what was found true before still is."""
        found = list(self._mistold(step))
        if step.after is not step.before:
            found += [*self._read_on(), *self._unlike_the_book(), *lost_or_unversioned(step), *re_dated_silently(step)]
            found += [*closed_past_a_rule(step), *alone_with_four_eyes(), *clocks_gone_wrong()]
        if step.act == FLAGS:
            found += wrong_flags(self.house)
        return found

    def at_the_end(self) -> None:
        for book in Book.objects.all():
            verdict = chain.verify(book)
            if not verdict.holds:
                raise Broken(f"the book {book.slug} does not verify: {verdict.problem}")

    def _mistold(self, step: Step) -> Iterator[str]:
        """A refusal has its words and leaves no trace; what is done is entered once, under the name of somebody whose act it is."""
        if step.refusal is not None:
            if not step.refusal.message or step.refusal.status not in (400, 403, 409):
                yield "refused without words"
            if changed := differences(step.before, step.after):
                yield f"refused, but changed {changed}"
            return
        if step.who not in step.by:
            yield "done by somebody whose act it is not"
        acts = [entry.act for entry in step.entries]
        if acts != (flag_acts(step) if step.act == FLAGS else [step.act]):
            yield f"entered {acts}"
        elif step.who and step.entries[0].actor_id != self.house.people[step.who].pk:
            yield "entered under another name"

    def _read_on(self) -> Iterator[str]:
        """The chain goes on where it was left: numbers without a gap, each hash over its entry and the hash before."""
        book = Book.objects.get(pk=self.house.inspection.book_id)
        for entry in Entry.objects.filter(book=book, seq__gt=self.seq).order_by("seq"):
            if (entry.seq, entry.prev_hash) != (self.seq + 1, self.hash):
                yield f"entry {entry.seq} does not follow {self.seq}"
            if entry.hash != chain.hash_of(entry, book.slug):
                yield f"entry {entry.seq} does not match its hash"
            self.seq, self.hash = entry.seq, entry.hash
            self.replay.fold(entry)
        if (book.head_seq, book.head_hash) != (self.seq, self.hash):
            yield "the head of the book is not its last entry"

    def _unlike_the_book(self) -> Iterator[str]:
        """The rows say what the book says."""
        inspection, replay = self.house.inspection, self.replay
        yield from differing("measure", measures_now(self.house), {pk: then.told() for pk, then in replay.measures.items()})
        yield from differing("issue", issues_now(self.house), replay.issues)
        yield from differing("letter", dict(Letter.objects.filter(inspection=inspection).values_list("pk", "state")), replay.letters)
        opened = Flag.objects.filter(cleared_on=None)
        flags = {flag.pk: (flag.measure_id, flag.kind, flag.due_on.isoformat()) for flag in opened}
        yield from differing("flag", flags, replay.flags)


def differing(what: str, now: dict[int, Any], then: dict[int, Any]) -> Iterator[str]:
    for pk in sorted({*now, *then}):
        if now.get(pk) != then.get(pk):
            yield f"{what} {pk} is {now.get(pk)}, by the book {then.get(pk)}"


def measures_now(house: House) -> dict[int, dict[str, Any]]:
    asking = Extension.objects.filter(decision__in=("pending", "endorsed")).values_list("measure", "new_due_on")
    asked = {pk: day.isoformat() for pk, day in asking}
    rows = Measure.objects.filter(issue__inspection=house.inspection).select_related("lead_unit")
    return {
        row.pk: {
            **{name: chain.plain(getattr(row, name)) for name in TOLD_BY_THE_BOOK},
            "lead_unit": row.lead_unit.name,
            "asked": asked.get(row.pk),
        }
        for row in rows
    }


def issues_now(house: House) -> dict[int, IssueThen]:
    planned: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for row in LookBack.objects.filter(finding="planned"):
        planned[row.issue_id].add((row.round, row.planned_on.isoformat()))
    rows = Issue.objects.filter(inspection=house.inspection).select_related("lead_unit")
    return {row.pk: IssueThen(row.lead_unit.name, row.closure, row.round, planned[row.pk]) for row in rows}


def flag_acts(step: Step) -> list[str]:
    """One entry for each flag that opened or cleared: those cleared first."""
    place = column(Flag, "cleared_on")
    was, now = ({row[0] for row in rows["supervision.Flag"] if row[place] is None} for rows in (step.before, step.after))
    return ["supervision.clear_flag"] * len(was - now) + ["supervision.raise_flag"] * len(now - was)


def column(model: type[Any], name: str) -> int:
    return [each.attname for each in model._meta.concrete_fields].index(name)


def lost_or_unversioned(step: Step) -> Iterator[str]:
    """No act takes a row away (links between rows excepted), and a row with a version never changes without a higher one."""
    for label, rows in step.before.items():
        now = {row[0]: row for row in step.after[label]}
        if "_" not in label:
            yield from (f"{label} {row[0]} is gone" for row in rows if row[0] not in now)
        if label in VERSIONED:
            place = column(VERSIONED[label], "version")
            changed = [row for row in rows if now.get(row[0], row) != row]
            yield from (f"{label} {row[0]} changed, its version did not grow" for row in changed if now[row[0]][place] <= row[place])


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


def clocks_gone_wrong() -> Iterator[str]:
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
