"""What must always be true of letters, proposals, site checks and the flags 漏报, 催办未复, 分期未到账, told from the rows alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import F

from apps.issues.models import Inspection
from apps.measures.models import Indicator, Measure, Progress, Reading
from apps.supervision.models import Escalation, Flag, Letter, Reply, SiteCheck
from apps.units.models import Role
from tests.history import House, Step

LATE_KINDS = ("missed", "unanswered", "unpaid")
Told = tuple[int, str, dt.date, str]


def letters_gone_wrong() -> Iterator[str]:
    """Nobody checks their own answer; an answered letter waits for its check and no other does; one matter is followed up once, by a
    letter of its own; numbers have no gap."""
    for row in Letter.objects.select_related("answered_by", "closed_by"):
        waiting = row.replies.filter(accepted=None).count()
        if waiting != (row.state == "answered"):
            yield f"letter {row.pk} is {row.state} with {waiting} answers to check"
        if row.state == "closed" and (row.closed_by is None or row.closed_by.role not in (Role.OFFICE, Role.SUPERVISOR)):
            yield f"letter {row.pk} was closed by {row.closed_by}"
        if (row.state == "escalated") != Letter.objects.filter(escalated_from=row).exists():
            yield f"letter {row.pk} is {row.state}, its follow-up says otherwise"
    if Reply.objects.filter(checked_by=F("answered_by")).exists():
        yield "an answer was checked by the one who gave it"
    if Escalation.objects.filter(state="open").exclude(letter__state__in=("sent", "signed")).exists():
        yield "a proposal is open for a letter that does not wait"
    numbers = sorted(Letter.objects.values_list("inspection", "year", "number"))
    years: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for inspection, year, number in numbers:
        years[inspection, year].append(number)
    yield from (f"letters of {year} are numbered {found}" for year, found in years.items() if found != [*range(1, len(found) + 1)])


def unproposed(house: House) -> Iterator[str]:
    """Right after the job: every letter that is late and not of the highest level has a proposal, open or declined."""
    late = Letter.objects.filter(state__in=("sent", "signed"), reply_by__lt=house.today).exclude(level="talk")
    yield from (f"letter {row.pk} is late without a proposal" for row in late.exclude(escalation__state__in=("open", "declined")))


def untrue_and_left(step: Step) -> Iterator[str]:
    """What was just found untrue on site is not claimed any more, unless its issue is closed or the claim came after that day."""
    if step.act != "supervision.check_site" or step.refusal is not None or step.row is None:
        return
    check = SiteCheck.objects.filter(measure=step.row.pk).order_by("pk").last()
    row = Measure.objects.select_related("issue").get(pk=step.row.pk)
    if check is None or check.finding != "false" or row.issue.closure == "closed":
        return
    waiting = row.reports.filter(review="pending", reported_on__lte=check.checked_on).exists()
    if (row.stopped_on is not None and row.stopped_on <= check.checked_on) or (waiting and row.stopped_on is None):
        yield f"measure {row.pk} was found untrue on {check.checked_on} and is {row.progress} since {row.stopped_on}"


def flags_left_standing() -> Iterator[str]:
    """At any time: a letter that waits no longer has left no flag open."""
    for flag in Flag.objects.filter(kind="unanswered", cleared_on=None):
        letter = Letter.objects.get(pk=int(flag.matter.partition(":")[2]))
        if letter.state not in ("sent", "signed"):
            yield f"measure {flag.measure_id} is flagged for letter {letter.pk}, which is {letter.state}"


def wrong_late_flags(house: House) -> Iterator[str]:
    """Right after the job: these flags stand, and no others of their kinds."""
    meant = {*missed(house), *unanswered_letters(house), *unpaid(house)}
    rows = Flag.objects.filter(cleared_on=None, kind__in=LATE_KINDS, measure__issue__inspection=house.inspection)
    found = set(rows.values_list("measure", "kind", "due_on", "matter"))
    if found != meant:
        yield f"late flags are {found}, not {meant}"


def missed(house: House) -> Iterator[Told]:
    """漏报: running; led by its unit since before the month that is over began; nothing reported in that month or since, and no stage
    rested on a day of it. The rounds of these histories report month by month; the first month begins on the day of the feedback."""
    inspection = Inspection.objects.get(pk=house.inspection.pk)
    end = house.today.replace(day=1) - dt.timedelta(days=1)
    start = max(end.replace(day=1), inspection.feedback_on)
    if inspection.report_every != "month" or end < inspection.feedback_on:
        return
    for row in Measure.objects.filter(issue__inspection=inspection, stopped_on=None).prefetch_related("reports"):
        reports = list(row.reports.all())
        rested = any(
            believed(report) and report.claim == "stage_done" and report.next_review_on and _touch(report, start, end) for report in reports
        )
        if row.assigned_on and row.assigned_on < start and not rested and all(report.reported_on < start for report in reports):
            yield row.pk, "missed", end, ""


def _touch(report: Progress, start: dt.date, end: dt.date) -> bool:
    return report.reported_on <= end and report.next_review_on is not None and report.next_review_on >= start


def unanswered_letters(house: House) -> Iterator[Told]:
    """催办未复: the day of a letter that waits has passed, and the unit it went to leads the measure still."""
    for letter in Letter.objects.filter(inspection=house.inspection, state__in=("sent", "signed"), reply_by__lt=house.today):
        for row in letter.measures.all():
            if row.lead_unit_id == letter.unit_id:
                yield row.pk, "unanswered", letter.reply_by, f"letter:{letter.pk}"


def unpaid(house: House) -> Iterator[Told]:
    """分期未到账: what was read last and counts does not reach what was to have come by the day of an instalment that has passed. It is
    told of the measure of the indicator, else of the one that last reported it, else of the first of the issue."""
    for indicator in Indicator.objects.filter(issue__inspection=house.inspection).select_related("issue"):
        readings = [
            reading
            for reading in Reading.objects.filter(indicator=indicator).select_related("progress").order_by("as_of", "pk")
            if reading.progress is None or believed(reading.progress)
        ]
        reported = [reading.progress.measure_id for reading in readings if reading.progress is not None]
        first = indicator.issue.measures.order_by("ordinal").first()
        about = indicator.measure_id or (reported[-1] if reported else first.pk if first else None)
        latest, upto = readings[-1].value if readings else Decimal(0), Decimal(0)
        for instalment in indicator.instalments.order_by("due_on"):
            upto += instalment.amount
            if about is not None and instalment.due_on < house.today and latest < upto:
                yield about, "unpaid", instalment.due_on, f"instalment:{instalment.pk}"


def believed(report: Progress) -> bool:
    """Approved, and not found untrue on site since."""
    return report.review == "approved" and report.unfounded_on is None
