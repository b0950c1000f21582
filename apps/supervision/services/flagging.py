"""Deriving timeliness: flags are raised where a rule of the catalogue holds, and cleared where it no longer does.

A day of a round is derived in portions of ``PORTION`` measures, in the order of their keys, each one transaction with its own flags and
entries: what is committed stays, whatever becomes of the run. Begun again (a kill, the time limit, a second worker), it finds nothing
left to do in the portions that are done and goes on from there. Only then are people told and is the day noted as derived. The reads of
a portion do not depend on how many measures are in it; writes go in batches, and rows pass through one by one.

The job may run late, twice, or in two workers at once: the second waits for the lock on the inspection; should the lock ever fail, the
constraint ``flag_once`` refuses the second flag and the portion is undone.

Days on which the job did not run are made up for in their order, at most ``MOST_DAYS`` of them: what would have been raised on a day
is raised with that day, from what is known now.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import BATCH, Deed, record_stream
from apps.measures.deadlines import CalendarNotLoaded
from apps.measures.models import Measure
from apps.measures.services import resume_stages
from apps.supervision.coverage import Coverage, coverage_of
from apps.supervision.models import Act, Derivation, Flag, Thresholds
from apps.supervision.services.telling import tell, tell_of_pause
from apps.supervision.timeliness import CATALOGUE, Day, Found, Rule
from apps.supervision.timeliness.base import CHUNK, NOT_YET, Portion

log = logging.getLogger(__name__)
MOST_DAYS = 62
ONE_DAY = dt.timedelta(days=1)
PORTION = 200_000
"""Measures in one transaction, during which the round is held: whatever a round has in this world is one portion, and its reads are
constant. A larger one is no reason to run out of a task's time."""
MANY = 10_000
"""Beyond so many rows they are asked for by portion instead of by key."""
Key = tuple[int, dt.date, str]


@dataclass(frozen=True)
class Derived:
    """What one run did for one round, as of ``today``; ``kinds`` by kind of flag, ``paused`` the kinds whose working days are not known."""

    inspection: Inspection
    today: dt.date
    raised: int = 0
    reopened: int = 0
    cleared: int = 0
    kinds: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    paused: dict[str, int] = field(default_factory=dict)


@dataclass
class Change:
    """What is to be done about the flags of one rule: raise, open again (by the key of the flag), clear (flag, measure, matter)."""

    rule: Rule
    holds: list[Found] = field(default_factory=list)
    again: dict[Key, int] = field(default_factory=dict)
    over: list[tuple[int, int, str]] = field(default_factory=list)
    paused: int = 0

    @property
    def kind(self) -> str:
        return self.rule.kind.value

    @property
    def label(self) -> str:
        return str(self.rule.kind.label)


class Raised(NamedTuple):
    """A flag that is to be written, ``again`` where it was there before, with its measure as the book needs it (``NEEDED``)."""

    measure: Measure
    flag: Flag
    label: str
    again: bool


NEEDED = ("ordinal", "lead_unit", "issue__number", "issue__category")


def derive_timeliness(*, inspection: Inspection | None = None, today: dt.date | None = None) -> list[Derived]:
    """Bring the flags of one round, or of all, in line with the due dates.

    Before that, measures whose review day has come are put back in the round (``resume_stages``), in a transaction of its own.
    ``today`` is a local date, derived by hand and alone; without it each round goes on, in its own time zone, from the last day derived
    to its today. A measure due today is due soon, not overdue.
    A round that fails is logged, the others are still derived; the first failure is raised at the end. Where the time of the task is
    up it ends at once: portions that are done stay, and the next run goes on.
    """
    rounds = Inspection.objects.order_by("pk") if inspection is None else [inspection]
    found, failures = [], []
    for row in rounds:
        try:
            for day in _days(row) if today is None else [today]:
                resume_stages(inspection=row, on=day)
                found.append(_derive(row, day, by_hand=today is not None))
        except SoftTimeLimitExceeded:
            log.warning("timeliness of round %s not derived to its end, the next run goes on", row.pk)
            raise
        except Exception as failure:
            log.exception("timeliness of round %s not derived", row.pk)
            failures.append(failure)
    if failures:
        raise failures[0]
    return found


def _days(inspection: Inspection) -> list[dt.date]:
    """The days still to be derived, in order; today always is. A longer gap is not walked through day by day, its last days are."""
    today = inspection.today()
    last = Derivation.objects.filter(inspection=inspection).values_list("day", flat=True).first()
    if last is None or last >= today:
        return [today]
    first = max(last + ONE_DAY, today - (MOST_DAYS - 1) * ONE_DAY)
    return [first + n * ONE_DAY for n in range((today - first).days + 1)]


def _derive(inspection: Inspection, today: dt.date, *, by_hand: bool) -> Derived:
    """Portion after portion, under one correlation id; then the end of the day's run."""
    correlation = uuid.uuid4()
    done, after = Derived(inspection, today), 0
    while True:
        part, upto = _derive_portion(inspection, today, after, correlation)
        done = _added(done, part)
        if upto is None:
            break
        after = upto
    _finish(inspection, today, done.paused, by_hand=by_hand)
    return done


@transaction.atomic
def _derive_portion(inspection: Inspection, today: dt.date, after: int, correlation: uuid.UUID) -> tuple[Derived, int | None]:
    """What was done, and the last measure of the portion where there may be more after it."""
    row = locked_inspection(inspection)
    portion = _portion(row, after)
    thresholds = Thresholds.objects.filter(inspection=row).first() or Thresholds(inspection=row)
    day = Day(row, today, thresholds, portion=portion)
    changes = [_compared(rule(day)) for rule in CATALOGUE]
    _find_former(changes, day)
    _lock(changes, day)
    deeds = _Deeds(day, changes, coverage_of(row))
    # Closed while the transaction lasts: what is left open would close its cursor in somebody else's, where PostgreSQL knows it no more.
    with closing(deeds.all()) as stream:
        record_stream(row.book, actor=None, deeds=stream, correlation=correlation)
    return _summary(row, today, changes), portion.upto


def _portion(inspection: Inspection, after: int) -> Portion:
    rows = Measure.objects.filter(Portion(after).q(), issue__inspection=inspection).order_by("pk")
    ends = list(rows.values_list("pk", flat=True)[PORTION - 1 : PORTION + 1])
    return Portion(after, ends[0] if len(ends) > 1 else None)


@transaction.atomic
def _finish(inspection: Inspection, today: dt.date, paused: Mapping[str, int], *, by_hand: bool) -> None:
    """All portions are done: people are told of what was raised in them, or in earlier runs that told nobody: one that came to no end,
    a day made up for, a run by hand. Of these only what stands today, which the portions of today have just settled."""
    row = locked_inspection(inspection)
    if not by_hand and today == row.today():
        tell(row, today)
        tell_of_pause(row, today, {Flag.Kind(kind): year for kind, year in paused.items()})
    _remember(row, today, by_hand=by_hand)


def _compared(rule: Rule) -> Change:
    """What the rule finds against the flags that are open: what is new, and what is over."""
    change = Change(rule)
    here = rule.day.portion.q("measure")
    flags = Flag.objects.open().filter(here, kind=rule.kind, measure__issue__inspection=rule.day.inspection).order_by("pk")
    rows = flags.values_list("measure", "due_on", "matter", "pk").iterator(chunk_size=CHUNK)
    standing = {(measure, due_on, matter): pk for measure, due_on, matter, pk in rows}
    try:
        rule.check()
        change.holds = [found for found in rule.find() if standing.pop(found.key, None) is None]
    except CalendarNotLoaded as unknown:
        change.holds, change.paused = [], unknown.year
    change.over = [(pk, measure, matter) for (measure, _due_on, matter), pk in standing.items()]
    rule.prepare([(measure, matter) for _pk, measure, matter in change.over])
    return change


def _find_former(changes: list[Change], day: Day) -> None:
    """Flags that were cleared and hold again are the same flags: they are opened again, in place of a second one."""
    wanted = {change.kind: {found.key for found in change.holds} for change in changes}
    measures = {found.measure for change in changes for found in change.holds}
    if not measures:
        return
    rows = Flag.objects.filter(cleared_on__isnull=False, kind__in=[kind for kind, keys in wanted.items() if keys])
    rows = rows.filter(_of(measures, day, "measure"))
    by_kind = {change.kind: change for change in changes}
    for kind, measure, due_on, matter, pk in rows.values_list("kind", "measure", "due_on", "matter", "pk").iterator(chunk_size=CHUNK):
        if (measure, due_on, matter) in wanted[kind]:
            by_kind[kind].again[(measure, due_on, matter)] = pk


def _lock(changes: list[Change], day: Day) -> None:
    """Hold the measures whose flags change, in the order of their keys and before the book, as every act does: an act that is stopping a
    clock, or taking note of a flag, at this moment comes before or after, never in between. What has changed before the lock was had
    gets no flag."""
    measures = {found.measure for change in changes for found in change.holds}
    measures.update(measure for change in changes for _pk, measure, _matter in change.over)
    if not measures:
        return
    rows = Measure.objects.filter(_of(measures, day)).order_by("pk").select_for_update(of=("self",), no_key=True)
    facts = rows.values_list("pk", "stopped_on", "due_on").iterator(chunk_size=CHUNK)
    now = {pk: (stopped_on, due_on) for pk, stopped_on, due_on in facts if pk in measures}
    for change in changes:
        if change.rule.is_of_clock:
            dated = change.rule.kind in (Flag.Kind.SOON, Flag.Kind.OVERDUE, Flag.Kind.GRAVE)
            change.holds = [
                found for found in change.holds if now[found.measure][0] is None and (not dated or now[found.measure][1] == found.due_on)
            ]


def _of(measures: set[int], day: Day, measure: str = "pk") -> Q:
    """Of rows that call their measure so, those about these measures, and where these are too many about any of the portion."""
    if len(measures) <= MANY:
        return Q(**{f"{measure}__in": measures})
    return day.portion.q(measure) & Q(**{f"{'' if measure == 'pk' else 'measure__'}issue__inspection": day.inspection})


@dataclass
class _Deeds:
    """The entries of one run, made as they are written: what is over first, then what holds, in the order of the measures."""

    day: Day
    changes: list[Change]
    coverage: Coverage

    def all(self) -> Generator[Deed, None, None]:
        yield from self._clear()
        yield from self._raise()

    def _clear(self) -> Iterator[Deed]:
        over = {pk: change for change in self.changes for pk, _measure, _matter in change.over}
        if not over:
            return
        rows = Flag.objects.open().select_related("measure__issue").order_by("pk")
        here = Q(pk__in=over) if len(over) <= MANY else Q(self.day.portion.q("measure"), measure__issue__inspection=self.day.inspection)
        rows = rows.filter(here)
        by_reason: defaultdict[str, list[int]] = defaultdict(list)
        kept: set[int] = set()
        for flag in rows.iterator(chunk_size=CHUNK):
            change = over.get(flag.pk)
            if change is None:
                continue
            reason = change.rule.why_over(flag)
            if change.paused and reason == NOT_YET:
                kept.add(flag.pk)
                continue
            by_reason[reason].append(flag.pk)
            words = f"{change.label}解除：{reason}"
            yield Deed(Act.CLEAR_FLAG, flag.measure, reason=words, payload=self._payload(flag, flag.measure, change.label))
        for change in self.changes:
            change.over = [row for row in change.over if row[0] not in kept]
        for reason, flags in by_reason.items():
            for start in range(0, len(flags), BATCH):
                Flag.objects.filter(pk__in=flags[start : start + BATCH]).update(cleared_on=self.day.today, cleared_because=reason)

    def _raise(self) -> Iterator[Deed]:
        """Flags are written a batch at a time, so that no more than a batch of rows is held at once."""
        wanted: defaultdict[int, list[tuple[Change, Found]]] = defaultdict(list)
        for change in self.changes:
            for found in change.holds:
                wanted[found.measure].append((change, found))
        if not wanted:
            return
        batch: list[Raised] = []
        rows = Measure.objects.filter(_of(set(wanted), self.day)).order_by("pk").select_related("issue").only(*NEEDED)
        for measure in rows.iterator(chunk_size=CHUNK):
            for change, found in wanted.get(measure.pk, ()):
                batch.append(self._flag(measure, change, found))
                if len(batch) == BATCH:
                    yield from self._written(batch)
                    batch = []
        yield from self._written(batch)

    def _flag(self, measure: Measure, change: Change, found: Found) -> Raised:
        former = change.again.get(found.key)
        rule, facts = change.rule.explain(found)
        flag = Flag(
            pk=former,
            measure_id=measure.pk,
            kind=change.kind,
            due_on=found.due_on,
            matter=found.matter,
            rule=rule,
            facts=facts,
            raised_on=self.day.today,
            to_tell=True,
        )
        return Raised(measure, flag, change.label, former is not None)

    def _written(self, batch: list[Raised]) -> Iterator[Deed]:
        new, former = [one.flag for one in batch if not one.again], [one.flag for one in batch if one.again]
        if new:
            Flag.objects.bulk_create(new, batch_size=BATCH)
        if former:
            fields = ("cleared_on", "cleared_because", "rule", "facts", "acknowledged_by", "acknowledged_on", "note", "to_tell")
            Flag.objects.bulk_update(former, fields, batch_size=BATCH)
        for one in batch:
            words = f"{one.label}：{one.flag.rule}{'，再次提示' if one.again else ''}"
            yield Deed(Act.RAISE_FLAG, one.measure, reason=words, payload=self._payload(one.flag, one.measure, one.label))

    def _payload(self, flag: Flag, measure: Measure, label: str) -> dict[str, object]:
        names = self.coverage.names(measure.lead_unit_id, measure.issue.category_id)
        return {"flag": flag.pk, "kind": label, "due_on": flag.due_on, "groups": names}


def _remember(inspection: Inspection, today: dt.date, *, by_hand: bool) -> None:
    """Until which day the round is derived. A day asked for by hand tells nothing about the days before it."""
    now = Derivation(inspection=inspection, at=timezone.now(), day=today)
    kept = ["at"] if by_hand else ["at", "day"]
    if by_hand:
        now.day = None
    Derivation.objects.bulk_create([now], update_conflicts=True, unique_fields=["inspection"], update_fields=kept)


def _summary(inspection: Inspection, today: dt.date, changes: list[Change]) -> Derived:
    kinds = {
        change.kind: (len(change.holds) - len(_again(change)), len(_again(change)), len(change.over))
        for change in changes
        if change.holds or change.over
    }
    raised, reopened, cleared = (sum(numbers[place] for numbers in kinds.values()) for place in range(3))
    paused = {change.kind: change.paused for change in changes if change.paused}
    return Derived(inspection, today, raised, reopened, cleared, kinds, paused)


def _added(done: Derived, more: Derived) -> Derived:
    """Two portions of one day as one."""
    kinds = dict(done.kinds)
    for kind, (raised, reopened, cleared) in more.kinds.items():
        before = kinds.get(kind, (0, 0, 0))
        kinds[kind] = (before[0] + raised, before[1] + reopened, before[2] + cleared)
    return Derived(
        more.inspection,
        more.today,
        done.raised + more.raised,
        done.reopened + more.reopened,
        done.cleared + more.cleared,
        kinds,
        {**done.paused, **more.paused},
    )


def _again(change: Change) -> list[Found]:
    return [found for found in change.holds if found.key in change.again]
