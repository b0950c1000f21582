"""Deriving timeliness: flags are raised where a measure is due soon or overdue, and cleared where that no longer holds.

One transaction per inspection. The number of reads does not depend on the number of measures; writes go in batches.
The job may run late, twice, or in two workers at once: the second run waits for the lock on the inspection and then finds
nothing left to do; should the lock ever fail, the constraint ``flag_once`` refuses the second flag and the run is undone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import BATCH, Deed, record_many
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Measure
from apps.measures.services import resume_stages
from apps.supervision.models import Act, Derivation, Flag, Group

log = logging.getLogger(__name__)
Key = tuple[int, str, dt.date]
"""What a flag is unique by: measure, kind, due date."""

FINISHED = "已经整改办审核通过"
SUBMITTED = "单位已申报完成，等待审核"
NO_DUE_DATE = "已改为长期坚持，不设时限"
RE_DATED = "整改时限已调整"
PASSED = "已过时限，转为逾期"
NOT_YET = "按核对日期和工作日安排，尚未到提示的时候"


@dataclass(frozen=True)
class Derived:
    """What one run did for one round, as of ``today``."""

    inspection: Inspection
    today: dt.date
    raised: int
    reopened: int
    cleared: int


def derive_timeliness(*, inspection: Inspection | None = None, today: dt.date | None = None) -> list[Derived]:
    """Bring the flags of one round, or of all, in line with the due dates.

    Before that, measures whose review day has come are put back in the round (``resume_stages``), in a transaction of its own.
    ``today`` is a local date; without it each round counts in its own time zone. A measure due today is due soon, not overdue.
    A round that fails is undone and logged, the others are still derived; the first failure is raised at the end.
    """
    rounds = Inspection.objects.order_by("pk") if inspection is None else [inspection]
    found, failures = [], []
    for row in rounds:
        try:
            resume_stages(inspection=row, on=today)
            found.append(_derive(row, today))
        except Exception as failure:
            log.exception("timeliness of round %s not derived", row.pk)
            failures.append(failure)
    if failures:
        raise failures[0]
    return found


@transaction.atomic
def _derive(inspection: Inspection, today: dt.date | None) -> Derived:
    row = locked_inspection(inspection)
    today = today or row.today()
    due = _due_measures(row, today)
    flags = {_key(flag): flag for flag in _current_flags(row)}
    cleared = [flag for key, flag in flags.items() if flag.cleared_on is None and key not in due]
    reopened = [flag for key, flag in flags.items() if flag.cleared_on is not None and key in due]
    raised = [Flag(measure=due[key], kind=key[1], due_on=key[2], raised_on=today) for key in due if key not in flags]
    deeds = [*_clear(cleared, today, row), *_raise(raised, reopened, due, row)]
    record_many(row.book, actor=None, deeds=deeds, correlation=uuid.uuid4())
    now = Derivation(inspection=row, at=timezone.now())
    Derivation.objects.bulk_create([now], update_conflicts=True, unique_fields=["inspection"], update_fields=["at"])
    return Derived(row, today, len(raised), len(reopened), len(cleared))


def _due_measures(inspection: Inspection, today: dt.date) -> dict[Key, Measure]:
    """The measures that must carry a flag today, by the key of that flag.

    They are locked: an act that is stopping a clock at this moment comes before or after, never in between. Locks are taken
    in the order of the keys and before that of the book, as by every other act.
    """
    until = WorkCalendar().soon_until(today, inspection.soon_working_days)
    measures = Measure.objects.filter(issue__inspection=inspection)
    rows = (measures.overdue(today) | measures.due_soon(today, until)).select_related("issue").order_by("pk")
    found: dict[Key, Measure] = {}
    for measure in rows.select_for_update(of=("self",), no_key=True):
        if measure.due_on is not None:
            kind = Flag.Kind.OVERDUE if measure.due_on < today else Flag.Kind.SOON
            found[(measure.pk, kind.value, measure.due_on)] = measure
    return found


def _current_flags(inspection: Inspection) -> Iterable[Flag]:
    """Open flags, and cleared ones that still speak of the measure's due date and may have to be opened again."""
    speaks_of_now = Q(cleared_on__isnull=True) | Q(due_on=F("measure__due_on"))
    return Flag.objects.filter(speaks_of_now, measure__issue__inspection=inspection).select_related("measure__issue")


def _key(flag: Flag) -> Key:
    return (flag.measure_id, flag.kind, flag.due_on)


def _raise(raised: list[Flag], reopened: list[Flag], due: dict[Key, Measure], inspection: Inspection) -> Iterator[Deed]:
    if not raised and not reopened:
        return
    Flag.objects.bulk_create(raised, batch_size=BATCH)
    for batch in _batches(reopened):
        Flag.objects.filter(pk__in=batch).update(cleared_on=None, cleared_because="")
    groups = groups_by_unit(inspection)
    again = {flag.pk for flag in reopened}
    for flag in (*raised, *reopened):
        measure = due[_key(flag)]
        yield Deed(
            Act.RAISE_FLAG,
            measure,
            reason=f"{flag.get_kind_display()}：整改时限 {flag.due_on}{'，再次提示' if flag.pk in again else ''}",
            payload=_payload(flag, groups.get(measure.lead_unit_id, [])),
        )


def _clear(flags: list[Flag], today: dt.date, inspection: Inspection) -> Iterator[Deed]:
    if not flags:
        return
    by_reason: defaultdict[str, list[Flag]] = defaultdict(list)
    for flag in sorted(flags, key=lambda flag: flag.pk):
        by_reason[_why_cleared(flag, today)].append(flag)
    groups = groups_by_unit(inspection)
    for reason, these in by_reason.items():
        for batch in _batches(these):
            Flag.objects.filter(pk__in=batch).update(cleared_on=today, cleared_because=reason)
        for flag in these:
            payload = _payload(flag, groups.get(flag.measure.lead_unit_id, []))
            yield Deed(Act.CLEAR_FLAG, flag.measure, reason=f"{flag.get_kind_display()}解除：{reason}", payload=payload)


def _why_cleared(flag: Flag, today: dt.date) -> str:
    """One of six fixed sentences, so that clearing takes at most six updates a batch."""
    measure = flag.measure
    if measure.stopped_on is not None:
        return FINISHED if measure.is_finished else SUBMITTED
    if measure.due_on is None:
        return NO_DUE_DATE
    if measure.due_on != flag.due_on:
        return RE_DATED
    return PASSED if flag.kind == Flag.Kind.SOON and measure.due_on < today else NOT_YET


def _payload(flag: Flag, groups: list[str]) -> dict[str, object]:
    return {"flag": flag.pk, "kind": flag.get_kind_display(), "due_on": flag.due_on, "groups": groups}


def groups_by_unit(inspection: Inspection) -> dict[int, list[str]]:
    """The names of the groups that cover each unit, in the order of their numbers."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    pairs = Group.objects.filter(inspection=inspection, units__isnull=False).order_by("number").values_list("units", "name")
    for unit, name in pairs:
        found[unit].append(name)
    return found


def _batches(flags: list[Flag]) -> Iterator[list[int]]:
    keys = iter([flag.pk for flag in flags])
    while batch := list(itertools.islice(keys, BATCH)):
        yield batch
