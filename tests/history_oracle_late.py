"""What must always be true of letters, proposals and site checks, told from the rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import F

from apps.measures.models import Measure
from apps.supervision.models import Escalation, Letter, Reply, SiteCheck
from apps.units.models import Role
from tests.history import House, Step


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
