"""What must be true after every step of a history, told without the code that is tested: from raw rows and from the book alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import chinese_calendar
from django.db.models import F, Q

from apps.issues.models import Closure, Inspection, Issue, LookBack, SignOff
from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.replay import Clock
from apps.measures.as_of import inspection_as_of
from apps.measures.models import Evidence, Extension, Measure, Progress, Reading, Regulation
from apps.supervision.models import Escalation, Flag, Letter
from apps.units.models import Role
from tests.history import DEEDS, FLAGS, PROPOSALS, STAGES, House, Step
from tests.history_oracle_late import (
    LATE_KINDS,
    believed,
    flags_left_standing,
    letters_gone_wrong,
    unproposed,
    untrue_and_left,
    wrong_late_flags,
)
from tests.history_replay import FINISHED, IssueThen, Replay
from tests.snapshot import differences, kept

# Acts that may set a due date.
RE_DATING = {"measures.assign_measure", "measures.agree_extension", "measures.resume_stage"}
VERSIONED = {model._meta.label: model for model in kept() if any(column.name == "version" for column in model._meta.concrete_fields)}
# What may go: links between rows, and the schedule that another replaces.
GOING = {"measures.Instalment"}
TOLD_BY_THE_BOOK = ("text", "person", "due_on", "original_due_on", "progress", "stopped_on")
OF_A_MEASURE = ("progress", "due_on", "original_due_on", "stopped_on", "lead_unit_id", "pace")
OF_AN_ISSUE = ("closure", "round", "lead_unit_id")


class Broken(AssertionError):
    """Something that must always be true was not."""


class Oracle:
    """Looks at every step; remembers where the book stood and what it has told so far."""

    def __init__(self, house: House) -> None:
        self.house, self.replay, self.seq, self.hash = house, Replay(), 0, ""
        self.is_broken = False
        self.days: dict[dt.date, tuple[Any, Any]] = {}
        assert [*self._read_on(), *self._unlike_the_book()] == []

    def look_at(self, step: Step) -> None:
        if found := self.complaints(step):
            self.is_broken = True
            raise Broken(f"{'; '.join(found)} — after {step}")

    def complaints(self, step: Step) -> list[str]:
        """All that is wrong now. Where nothing was written, what was found true before still is."""
        found = list(self._mistold(step))
        if step.after is not step.before:
            found += [*self._read_on(), *self._unlike_the_book(), *lost_or_unversioned(step), *re_dated_silently(step)]
            found += [
                *closed_past_a_rule(step),
                *alone_with_four_eyes(),
                *clocks_gone_wrong(),
                *letters_gone_wrong(),
                *untrue_and_left(step),
                *flags_left_standing(),
            ]
            self.days[self.house.today] = states_now(self.house)
            found += unlike(self.days[self.house.today], states_by_the_book(self.house, self.house.today))
        if step.act == FLAGS:
            found += [*wrong_flags(self.house), *wrong_late_flags(self.house)]
        if step.act == PROPOSALS:
            found += unproposed(self.house)
        return found

    def at_the_end(self) -> None:
        for book in Book.objects.all():
            verdict = chain.verify(book)
            if not verdict.holds:
                raise Broken(f"the book {book.slug} does not verify: {verdict.problem}")
        for day, states in self.days.items():
            for words in unlike(states, states_by_the_book(self.house, day)):
                raise Broken(f"as of {day}: {words}")

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
        if acts != expected_acts(step):
            yield f"entered {acts}"
        if {entry.actor_id for entry in step.entries} - {self.house.people[step.who].pk if step.who else None}:
            yield "entered under another name"
        if len({entry.correlation for entry in step.entries}) > 1:
            yield "one act, but not one correlation id"

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
        proposed = Escalation.objects.filter(state="open", letter__inspection=inspection).values_list("letter", flat=True)
        yield from differing("proposal", dict.fromkeys(proposed, True), dict.fromkeys(replay.proposals, True))
        opened = Flag.objects.filter(cleared_on=None)
        flags = {flag.pk: (flag.measure_id, flag.kind, flag.due_on.isoformat()) for flag in opened}
        yield from differing("flag", flags, replay.flags)


def states_now(house: House) -> tuple[dict[int, Any], dict[int, Any]]:
    """What the product's own replay tells of measures and issues, from the rows."""
    measures = Measure.objects.filter(issue__inspection=house.inspection).values_list("pk", *OF_A_MEASURE)
    issues = Issue.objects.filter(inspection=house.inspection).values_list("pk", *OF_AN_ISSUE)
    return {pk: row for pk, *row in measures}, {pk: row for pk, *row in issues}


def states_by_the_book(house: House, day: dt.date) -> tuple[dict[int, Any], dict[int, Any]]:
    """The same from the book, by the product's own replay of a day."""
    found = inspection_as_of(house.inspection, day, clock=Clock.BOOK)
    measures = {pk: [getattr(state, name) for name in OF_A_MEASURE] for pk, state in found.measures.items()}
    return measures, {pk: [getattr(state, name) for name in OF_AN_ISSUE] for pk, state in found.issues.items()}


def unlike(states: tuple[dict[int, Any], dict[int, Any]], replayed: tuple[dict[int, Any], dict[int, Any]]) -> Iterator[str]:
    for what, now, then in zip(("the measure replayed", "the issue replayed"), states, replayed, strict=True):
        yield from differing(what, now, then)


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


ENDS_WAITING = ("supervision.answer_letter", "supervision.escalate_letter")


def expected_acts(step: Step) -> list[str]:
    """The entries that the act must have made, told from what it changed."""
    if step.act == FLAGS:
        return flag_acts(step)
    changed = [words for words in differences(step.before, step.after) if words.startswith("measures.Measure ")]
    if step.act == PROPOSALS:
        return [PROPOSALS] * len([words for words in differences(step.before, step.after) if words.startswith("supervision.Escalation ")])
    if step.act == STAGES:
        return [STAGES] * len(changed)
    deed = DEEDS[step.act]
    if deed.idle and not differences(step.before, step.after):
        return []
    acts = deed.entries(len(changed)) if deed.entries else [step.act]
    settled = [words for words in differences(step.before, step.after) if words.startswith("supervision.Flag ")]
    return [*acts, *["supervision.clear_flag"] * len(settled)] if step.act in ENDS_WAITING else acts


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
        if "_" not in label and label not in GOING:
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
        telling = [entry for entry in step.entries if entry.act in RE_DATING and entry.subject_id == row[0]]
        said = [entry.payload.get("changes", {}).get("due_on") for entry in telling]
        if said != [[chain.plain(row[due]), chain.plain(after[due])]]:
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
        yield from (f"measure {row.pk} {words}" for words in unfinished(row, issue.inspection.feedback_on))
    believed = Progress.objects.filter(measure__issue=issue, round=issue.round, review="approved", unfounded_on=None)
    if issue.round > 1 and not believed.exists():
        yield f"nothing was done in round {issue.round}"
    yield from broken_sums(issue)
    yield from unanswered(issue, rows)
    if issue.closure == "closed":
        yield from not_agreed(issue)


def unfinished(row: Measure, feedback_on: dt.date) -> Iterator[str]:
    reports = list(Progress.objects.filter(measure=row).order_by("pk"))
    approved = [report.claim for report in reports if believed(report)]
    if row.progress not in FINISHED or approved[-1:] != [row.progress]:
        yield f"is {row.progress}, approved were {approved}"
    if any(report.review == "pending" for report in reports):
        yield "has a report that waits"
    proof = [piece for piece in Evidence.objects.filter(measure=row) if piece.progress is None or believed(piece.progress)]
    if not any(piece.effective_on >= feedback_on for piece in proof):
        yield "has no evidence of the round"
    if Extension.objects.filter(measure=row, decision__in=("pending", "endorsed")).exists():
        yield "has a request for a later date that waits"
    if row.letters.filter(state__in=("sent", "signed")).exists():
        yield "has a letter that is not answered"
    if last_finding(row) == "false":
        yield "was found untrue on site"


def last_finding(row: Measure) -> str | None:
    checks = [check for check in row.site_checks.order_by("checked_on", "pk") if row.stopped_on and check.checked_on >= row.stopped_on]
    return checks[-1].finding if checks else None


def unanswered(issue: Issue, rows: list[Measure]) -> Iterator[str]:
    """Warnings that the application gives no reason for."""
    regulated = Regulation.objects.exclude(kind="abolished")
    findings = [last_finding(row) for row in rows]
    warnings = {
        "C-09": not issue.goal.strip(),
        "C-10": any(row.nature == "lasting" and not regulated.filter(Q(measure=row) | Q(issue=issue)).exists() for row in rows),
        "C-11": any(
            indicator.due_amount is not None and latest_figures(issue).get(indicator.pk, 0) < indicator.due_amount
            for indicator in issue.indicators.all()
        ),
        "C-12": any(row.progress == "stage_done" for row in rows),
        "C-13": not any(findings),
        "C-14": "partly" in findings,
        "C-15": any(
            believed(piece.progress)
            for piece in Evidence.objects.filter(measure__in=rows, progress__isnull=False, versions__number__gt=1)
            if piece.progress
        ),
    }
    application = Closure.objects.filter(issue=issue).latest("pk")
    for rule, warns in warnings.items():
        if warns and not application.reasons.get(rule, "").strip():
            yield f"no reason is given for {rule}"


def not_agreed(issue: Issue) -> Iterator[str]:
    """Closed by one who neither applied nor reviewed, after every body agreed to what was applied for."""
    closure = Closure.objects.filter(issue=issue, round=issue.round, decision="agreed").first()
    if closure is None:
        yield "nobody agreed"
        return
    for row in closure.sign_offs.all():
        if row.decision != "agreed" or row.content_hash != closure.content_hash:
            yield f"body {row.body_id} did not agree to it"


def latest_figures(issue: Issue) -> dict[int, Any]:
    latest: dict[int, Any] = {}
    for reading in Reading.objects.filter(indicator__issue=issue).select_related("progress").order_by("as_of", "pk"):
        if reading.progress is None or believed(reading.progress):
            latest[reading.indicator_id] = reading.value
    return latest


def broken_sums(issue: Issue) -> Iterator[str]:
    latest = latest_figures(issue)
    for total in issue.indicators.filter(total=None):
        parts = [part.pk for part in total.parts.all()]
        if parts and {total.pk, *parts} <= set(latest) and latest[total.pk] != sum(latest[pk] for pk in parts):
            yield f"{total.name} is {latest[total.pk]}, its parts are {[latest[pk] for pk in parts]}"


def decided_by_supervisors(model: Any) -> set[int]:
    """Dates that the office has endorsed, and reports that a check on site found untrue, which whoever checked returns."""
    if model is Extension:
        return set(Extension.objects.exclude(endorsed_by=None).values_list("pk", flat=True))
    untrue = Progress.objects.filter(review="returned", requirement__startswith="现场核查不实：")
    return set(untrue.values_list("pk", flat=True)) if model is Progress else set()


def alone_with_four_eyes() -> Iterator[str]:
    """Nobody decides what they asked for; reviews, closings and dates are the office's to decide, a date that it has endorsed is a
    leader's; who signs for a body neither applied nor closes."""
    decided: list[tuple[str, Any, str, str]] = [
        ("report", Progress, "reported_by", "reviewed_by"),
        ("application", Closure, "applied_by", "decided_by"),
        ("request", Extension, "requested_by", "decided_by"),
    ]
    for words, model, asks, decides in decided:
        rows = model.objects.exclude(**{decides: None})
        endorsed = decided_by_supervisors(model)
        for pk, asker, decider, role in rows.values_list("pk", asks, decides, f"{decides}__role"):
            if asker == decider or role != (Role.SUPERVISOR if pk in endorsed else Role.OFFICE):
                yield f"{words} {pk} of {asker} was decided by {decider}, {role}"
    for row in Extension.objects.exclude(endorsed_by=None):
        if row.endorsed_by_id in (row.requested_by_id, row.decided_by_id):
            yield f"request {row.pk} was endorsed by {row.endorsed_by}"
    for signed in SignOff.objects.exclude(signed_by=None).select_related("signed_by", "closure"):
        involved = (signed.closure.applied_by_id, signed.closure.decided_by_id)
        if signed.signed_by_id in involved or signed.signed_by is None or signed.signed_by.unit_id != signed.body_id:
            yield f"sign-off {signed.pk} was signed by {signed.signed_by}"
    if Closure.objects.filter(decision="pending").exclude(issue__closure="applied").exists():
        yield "an application waits for an issue that is not applied for"
    if LookBack.objects.filter(finding="relapsed", round__gte=F("issue__round")).exists():
        yield "a relapse of a round that goes on"


def clocks_gone_wrong() -> Iterator[str]:
    """The clock stands still from the report of completion on, while that is in review or approved, and at no other time; that of a
    stage that came back runs again."""
    for row in Measure.objects.prefetch_related("reports"):
        reports = sorted(row.reports.all(), key=lambda report: report.pk)
        counting = [report for report in reports if report.review != "returned"]
        last = counting[-1] if counting else None
        resumed = last is not None and last.review == "approved" and last.next_review_on is not None and row.next_review_on is None
        stopped = last is not None and last.claim in FINISHED and not resumed and last.unfounded_on is None
        if (row.stopped_on is not None) != stopped:
            yield f"measure {row.pk} ({row.progress}) stopped on {row.stopped_on}, last counting report {last}"
        if row.stopped_on is not None and row.stopped_on not in {report.reported_on for report in counting}:
            yield f"measure {row.pk} stopped on {row.stopped_on}, no day of a report"
        if (row.progress == "in_review") != any(report.review == "pending" for report in reports):
            yield f"measure {row.pk} is {row.progress}, its reports are {[report.review for report in reports]}"


GRAVE_DAYS, STALLED_DAYS, RETURNED_DAYS = 30, 60, 5


def wrong_flags(house: House) -> Iterator[str]:
    """Right after the job: an open flag for each running measure that is overdue, gravely so, or due soon, and no other of these; and of
    the rules about reports, each told anew from the rows."""
    today, meant = house.today, set()
    until = last_soon_day(today, Inspection.objects.get(pk=house.inspection.pk).soon_working_days)
    rows = Measure.objects.filter(issue__inspection=house.inspection, stopped_on=None).select_related("issue__inspection")
    for row in rows.prefetch_related("reports"):
        if row.due_on is not None and row.due_on <= until:
            meant.add((row.pk, "overdue" if row.due_on < today else "soon", row.due_on))
            if (today - row.due_on).days > GRAVE_DAYS:
                meant.add((row.pk, "grave", row.due_on))
        meant |= {(row.pk, kind, day) for kind, day in flags_of_reports(row, today)}
    told = Flag.objects.filter(cleared_on=None).exclude(kind__in=LATE_KINDS)
    found = set(told.values_list("measure", "kind", "due_on"))
    if found != meant:
        yield f"flags are {found}, not {meant}"


def flags_of_reports(row: Measure, today: dt.date) -> Iterator[tuple[str, dt.date]]:
    """停滞 and 退回未改 of a running measure, from its reports in the order in which they were made."""
    reports = sorted(row.reports.all(), key=lambda report: report.pk)
    moves = [row.assigned_on or row.issue.inspection.feedback_on]
    believed = [report for report in reports if report.review != "returned" and report.unfounded_on is None]
    counting = sorted((report.reported_on, report.pk, report) for report in believed)
    if counting:
        last = counting[-1][2]
        came_back = last.next_review_on is not None and last.next_review_on <= today
        moves.append(last.next_review_on if came_back and last.next_review_on else last.reported_on)
    full = max(moves) + dt.timedelta(days=STALLED_DAYS)
    if full <= today:
        yield "stalled", full
    back_on = (reports[-1].unfounded_on or (reports[-1].review == "returned" and reports[-1].reviewed_on)) if reports else None
    if back_on:
        allowed = last_soon_day(back_on, RETURNED_DAYS)
        if allowed < today:
            yield "returned", allowed


def last_soon_day(today: dt.date, count: int) -> dt.date:
    """The ``count``-th working day after today."""
    day = today
    while count:
        day += dt.timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day
