"""One letter for each unit about all overdue measures of a list, with a preview of exactly what will go out.

The rules are those of one letter. What may not go into it is left out and named, with why; the rest is sent in one transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from apps.issues.models import Inspection
from apps.issues.services import locked_inspection
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.measures.services.bulk import GONE, MOST, STALE
from apps.supervision.ladder import Level, ladder_of, rank_in
from apps.supervision.models import Letter
from apps.supervision.policies import levels_for
from apps.supervision.services.letters import LetterDraft, drafted, refuse_other_roles, write_letter
from apps.units.errors import ActRefused
from apps.units.models import Unit, User

REVIEWING = "已提交填报，等待审核"


@dataclass
class UnitLetter:
    """What goes to one unit, and the letter once it is sent."""

    unit: Unit
    measures: list[Measure]
    letter: Letter | None = None


@dataclass(frozen=True)
class LeftOut:
    """A measure that goes into no letter, and why."""

    measure: Measure
    why: str


@dataclass
class LetterBatch:
    """Letters to many units, planned or sent. ``others`` counts the measures of the list that are not overdue, ``new_since`` those that
    have become so since the preview."""

    level: Level
    reply_by: dt.date | None = None
    units: list[UnitLetter] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    others: int = 0
    new_since: int = 0
    correlation: uuid.UUID | None = None

    @property
    def sent(self) -> list[Letter]:
        return [each.letter for each in self.units if each.letter]

    @property
    def count(self) -> int:
        return sum(len(each.measures) for each in self.units)

    @property
    def seen(self) -> dict[int, int]:
        """Which versions of which measures this showed."""
        rows = [*(row for each in self.units for row in each.measures), *(each.measure for each in self.left_out)]
        return {row.pk: row.version for row in rows}

    @property
    def changed(self) -> list[str]:
        """The numbers of those that changed under the sender's eyes."""
        return [each.measure.number for each in self.left_out if each.why in (STALE, GONE)]


def preview_letters(
    *, actor: User, inspection: Inspection, rows: MeasureQuerySet, level: str, requirement: str, reply_by: dt.date | None = None
) -> LetterBatch:
    """What :func:`send_letters` would send now about those of the rows that the actor works on; nothing is written or locked."""
    refuse_other_roles(actor)
    draft = drafted(ladder_of(inspection), level, requirement, reply_by, inspection.today())
    found, others = _overdue(actor, inspection, rows)
    batch = _planned(actor, inspection, _with_units(found), draft.level, others=others)
    batch.reply_by = draft.reply_by
    return batch


@transaction.atomic
def send_letters(
    *,
    actor: User,
    inspection: Inspection,
    rows: MeasureQuerySet,
    level: str,
    requirement: str,
    reply_by: dt.date | None = None,
    seen: Mapping[int, int] | None = None,
) -> LetterBatch:
    """Send them, one letter a unit, all under one correlation id. ``seen`` is what the preview showed (measure → version): only that is
    sent, and only where nothing changed since; what did is left out and named."""
    refuse_other_roles(actor)
    row = locked_inspection(inspection)
    plain = drafted(ladder_of(row), level, requirement, reply_by, row.today())
    keys, others = _overdue(actor, row, rows)
    chosen = [pk for pk in keys if seen is None or pk in seen]
    locked = _with_units(chosen, lock=True)
    # Under the lock it is asked again who is overdue: a report may have come in between.
    late = set(Measure.objects.filter(pk__in=chosen).overdue(row.today()).values_list("pk", flat=True))
    gone = set(seen or ()) - set(keys) | (set(chosen) - late)
    stale = [each for each in locked if each.pk in late and seen is not None and seen[each.pk] != each.version]
    fresh = [each for each in locked if each.pk in late and each not in stale]
    batch = _planned(actor, row, fresh, plain.level, others=others)
    batch.new_since, batch.correlation = len(keys) - len(chosen), uuid.uuid4()
    batch.left_out += [LeftOut(each, STALE) for each in stale] + _gone(actor, row, gone)
    draft: LetterDraft = replace(plain, correlation=batch.correlation)
    for each in batch.units:
        each.letter = write_letter(actor, row, each.unit, each.measures, draft)
    return batch


def _overdue(actor: User, inspection: Inspection, rows: MeasureQuerySet) -> tuple[list[int], int]:
    """The overdue ones of the rows, by key, and how many others there are. Rows that the actor does not work on are not there."""
    mine = Measure.objects.worked_on_by(actor).filter(pk__in=rows.order_by().values("pk"), issue__inspection=inspection)
    late = list(mine.overdue(inspection.today()).order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(late) > MOST:
        raise ActRefused(f"一次最多督办 {MOST} 条措施，请缩小筛选范围后分次办理")
    return late, mine.count() - len(late)


def _with_units(keys: Iterable[int], *, lock: bool = False) -> list[Measure]:
    rows = Measure.objects.filter(pk__in=list(keys)).select_related("issue", "lead_unit").order_by("pk")
    found: list[Measure] = list(rows.select_for_update(of=("self",), no_key=True) if lock else rows)
    return sorted(found, key=lambda row: (row.issue.number, row.ordinal))


def _planned(actor: User, inspection: Inspection, rows: Sequence[Measure], level: Level, *, others: int) -> LetterBatch:
    levels = ladder_of(inspection)
    batch, waiting = LetterBatch(level, others=others), _waiting(rows)
    units: dict[int, list[Measure]] = defaultdict(list)
    for row in rows:
        blocking = [letter for letter in waiting[row.pk] if rank_in(levels, letter.level) >= rank_in(levels, level.code)]
        if row.progress == Measure.State.IN_REVIEW:
            batch.left_out.append(LeftOut(row, REVIEWING))
        elif blocking:
            batch.left_out.append(LeftOut(row, f"已有{blocking[0]}等待回复"))
        else:
            units[row.lead_unit_id].append(row)
    for measures in sorted(units.values(), key=lambda found: found[0].lead_unit.name):
        _add_unit(batch, actor, inspection, measures, levels)
    return batch


def _add_unit(batch: LetterBatch, actor: User, inspection: Inspection, measures: list[Measure], levels: Sequence[Level]) -> None:
    unit = measures[0].lead_unit
    if batch.level in levels_for(actor, inspection, unit, levels):
        batch.units.append(UnitLetter(unit, measures))
    else:
        why = f"{batch.level.name}由{batch.level.sender_words}发出，您不能向{unit}发这一级"
        batch.left_out += [LeftOut(row, why) for row in measures]


def _waiting(rows: Collection[Measure]) -> Mapping[int, list[Letter]]:
    """By measure: its letters that wait for an answer."""
    links = Letter.measures.through.objects.filter(measure__in=rows, letter__state__in=Letter.WAITING).select_related("letter")
    found: defaultdict[int, list[Letter]] = defaultdict(list)
    for link in links.order_by("letter"):
        found[link.measure_id].append(link.letter)
    return found


def _gone(actor: User, inspection: Inspection, keys: set[int]) -> list[LeftOut]:
    """What the preview showed and is no longer overdue; numbers that the actor does not see are not mentioned."""
    rows = Measure.objects.worked_on_by(actor).filter(pk__in=sorted(keys)[:MOST], issue__inspection=inspection)
    return [LeftOut(row, GONE) for row in rows.select_related("issue")]
