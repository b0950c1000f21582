"""Deriving timeliness: flags are raised where a rule of the catalogue holds, and cleared where it no longer does.

One transaction per round and day. The number of reads does not depend on the number of measures; writes go in batches, and rows pass
through one by one. The job may run late, twice, or in two workers at once: the second run waits for the lock on the inspection and
then finds nothing left to do; should the lock ever fail, the constraint ``flag_once`` refuses the second flag and the run is undone.

Days on which the job did not run are made up for in their order, at most ``MOST_DAYS`` of them: what would have been raised on a day
is raised with that day, from what is known now.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.ledgers.services import BATCH, Deed, record_stream
from apps.measures.deadlines import CalendarNotLoaded
from apps.measures.models import Measure
from apps.measures.services import resume_stages
from apps.supervision.coverage import Coverage, coverage_of
from apps.supervision.models import Act, Derivation, Flag, Thresholds
from apps.supervision.services.telling import Told, tell, tell_of_pause
from apps.supervision.timeliness import CATALOGUE, Day, Found, Rule
from apps.supervision.timeliness.base import CHUNK, NOT_YET

log = logging.getLogger(__name__)
MOST_DAYS = 62
ONE_DAY = dt.timedelta(days=1)
MANY = 1000
"""Beyond so many rows they are asked for by round instead of by key."""
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


def derive_timeliness(*, inspection: Inspection | None = None, today: dt.date | None = None) -> list[Derived]:
    """Bring the flags of one round, or of all, in line with the due dates.

    Before that, measures whose review day has come are put back in the round (``resume_stages``), in a transaction of its own.
    ``today`` is a local date, derived by hand and alone; without it each round goes on, in its own time zone, from the last day derived
    to its today. A measure due today is due soon, not overdue.
    A round that fails is undone and logged, the others are still derived; the first failure is raised at the end.
    """
    rounds = Inspection.objects.order_by("pk") if inspection is None else [inspection]
    found, failures = [], []
    for row in rounds:
        try:
            for day in _days(row) if today is None else [today]:
                resume_stages(inspection=row, on=day)
                found.append(_derive(row, day, by_hand=today is not None))
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


@transaction.atomic
def _derive(inspection: Inspection, today: dt.date, *, by_hand: bool) -> Derived:
    row = locked_inspection(inspection)
    day = Day(row, today, Thresholds.objects.filter(inspection=row).first() or Thresholds(inspection=row))
    changes = [_compared(rule(day)) for rule in CATALOGUE]
    _find_former(changes, row)
    _lock(changes, row)
    coverage = coverage_of(row)
    told: Told | None = None if by_hand or today != row.today() else []
    deeds = _Deeds(row, day, changes, coverage, told)
    record_stream(row.book, actor=None, deeds=deeds.all(), correlation=uuid.uuid4())
    if told is not None:
        tell(row, today, told, coverage, day.calendar)
        tell_of_pause(row, today, {change.rule.kind: change.paused for change in changes if change.paused})
    _remember(row, today, by_hand=by_hand)
    return _summary(row, today, changes)


def _compared(rule: Rule) -> Change:
    """What the rule finds against the flags that are open: what is new, and what is over."""
    change = Change(rule)
    flags = Flag.objects.open().filter(kind=rule.kind, measure__issue__inspection=rule.day.inspection).order_by("pk")
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


def _find_former(changes: list[Change], inspection: Inspection) -> None:
    """Flags that were cleared and hold again are the same flags: they are opened again, in place of a second one."""
    wanted = {change.kind: {found.key for found in change.holds} for change in changes}
    measures = {found.measure for change in changes for found in change.holds}
    if not measures:
        return
    rows = Flag.objects.filter(cleared_on__isnull=False, kind__in=[kind for kind, keys in wanted.items() if keys])
    rows = rows.filter(measure__in=measures) if len(measures) <= MANY else rows.filter(measure__issue__inspection=inspection)
    by_kind = {change.kind: change for change in changes}
    for kind, measure, due_on, matter, pk in rows.values_list("kind", "measure", "due_on", "matter", "pk").iterator(chunk_size=CHUNK):
        if (measure, due_on, matter) in wanted[kind]:
            by_kind[kind].again[(measure, due_on, matter)] = pk


def _lock(changes: list[Change], inspection: Inspection) -> None:
    """Hold the measures that get a flag, in the order of their keys and before the book, as every act does: an act that is stopping a
    clock at this moment comes before or after, never in between. What has changed before the lock was had gets none."""
    measures = {found.measure for change in changes for found in change.holds}
    if not measures:
        return
    rows = _of(measures, inspection).select_for_update(of=("self",), no_key=True).values_list("pk", "stopped_on", "due_on")
    now = {pk: (stopped_on, due_on) for pk, stopped_on, due_on in rows.iterator(chunk_size=CHUNK) if pk in measures}
    for change in changes:
        if change.rule.is_of_clock:
            dated = change.rule.kind in (Flag.Kind.SOON, Flag.Kind.OVERDUE, Flag.Kind.GRAVE)
            change.holds = [
                found for found in change.holds if now[found.measure][0] is None and (not dated or now[found.measure][1] == found.due_on)
            ]


def _of(measures: set[int], inspection: Inspection) -> Any:
    rows = Measure.objects.order_by("pk")
    return rows.filter(pk__in=measures) if len(measures) <= MANY else rows.filter(issue__inspection=inspection)


@dataclass
class _Deeds:
    """The entries of one run, made as they are written: what is over first, then what holds, in the order of the measures."""

    inspection: Inspection
    day: Day
    changes: list[Change]
    coverage: Coverage
    told: Told | None

    def all(self) -> Iterator[Deed]:
        yield from self._clear()
        yield from self._raise()

    def _clear(self) -> Iterator[Deed]:
        over = {pk: change for change in self.changes for pk, _measure, _matter in change.over}
        if not over:
            return
        rows = Flag.objects.open().select_related("measure__issue").order_by("pk")
        rows = rows.filter(pk__in=over) if len(over) <= MANY else rows.filter(measure__issue__inspection=self.inspection)
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
            words = f"{flag.get_kind_display()}解除：{reason}"
            yield Deed(Act.CLEAR_FLAG, flag.measure, reason=words, payload=self._payload(flag, flag.measure))
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
        batch: list[tuple[Flag, bool]] = []
        for measure in _of(set(wanted), self.inspection).select_related("issue").iterator(chunk_size=CHUNK):
            for change, found in wanted.get(measure.pk, ()):
                batch.append(self._flag(measure, change, found))
                if len(batch) == BATCH:
                    yield from self._written(batch)
                    batch = []
        yield from self._written(batch)

    def _flag(self, measure: Measure, change: Change, found: Found) -> tuple[Flag, bool]:
        former = change.again.get(found.key)
        rule, facts = change.rule.explain(found)
        flag = Flag(pk=former, measure=measure, kind=change.kind, due_on=found.due_on, matter=found.matter, raised_on=self.day.today)
        flag.rule, flag.facts = rule, facts
        if self.told is not None:
            self.told.append((measure, change.rule.kind))
        return flag, former is not None

    def _written(self, batch: list[tuple[Flag, bool]]) -> Iterator[Deed]:
        new, former = [flag for flag, again in batch if not again], [flag for flag, again in batch if again]
        if new:
            Flag.objects.bulk_create(new, batch_size=BATCH)
        if former:
            fields = ("cleared_on", "cleared_because", "rule", "facts", "acknowledged_by", "acknowledged_on", "note")
            Flag.objects.bulk_update(former, fields, batch_size=BATCH)
        for flag, again in batch:
            words = f"{flag.get_kind_display()}：{flag.rule}{'，再次提示' if again else ''}"
            yield Deed(Act.RAISE_FLAG, flag.measure, reason=words, payload=self._payload(flag, flag.measure))

    def _payload(self, flag: Flag, measure: Measure) -> dict[str, object]:
        names = self.coverage.names(measure.lead_unit_id, measure.issue.category_id)
        return {"flag": flag.pk, "kind": flag.get_kind_display(), "due_on": flag.due_on, "groups": names}


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
    total: Counter[int] = Counter()
    for numbers in kinds.values():
        total.update(dict(enumerate(numbers)))
    paused = {change.kind: change.paused for change in changes if change.paused}
    return Derived(inspection, today, total[0], total[1], total[2], kinds, paused)


def _again(change: Change) -> list[Found]:
    return [found for found in change.holds if found.key in change.again]
