"""Bulk acts on the register: assign, re-date, change the person of many measures, with a preview of exactly what will happen.

The rules are those of one assignment. On top of them: a measure in review keeps its unit and its date until the review is done, and the
date of a finished one moves no more. What nobody asked to change stays: nothing is ever wiped by an empty field.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction

from apps.issues.services import require_office
from apps.measures.deadlines import WorkCalendar
from apps.measures.models import Act, Measure
from apps.measures.querysets import MeasureQuerySet
from apps.measures.services.many import Line, assigned, locked_many, with_units, write_assignments
from apps.measures.services.planning import MeasureDraft
from apps.units.errors import ActRefused
from apps.units.models import Unit, User

MOST = 2000
OF_AN_ISSUE = re.compile(r"^问题 \d+ ")
STALE = "预览之后被别人修改过，没有改动，请重新预览"
GONE = "预览之后不再符合筛选条件，没有改动"


class Support(models.TextChoices):
    """What happens to the supporting units."""

    KEEP = "keep", "不改变"
    ADD = "add", "增加"
    REMOVE = "remove", "去掉"
    REPLACE = "replace", "改为"
    CLEAR = "clear", "全部去掉"


class Redate(models.TextChoices):
    """What happens to the due date."""

    KEEP = "keep", "不改变"
    FIXED = "fixed", "改为指定日期"
    SHIFT = "shift", "在现时限上顺延或提前若干天"
    MONTHS = "months", "自起算日起若干个月"
    WORKING_DAYS = "working_days", "自起算日起若干个工作日"


@dataclass(frozen=True)
class BulkChange:
    """What changes on every chosen measure; None and KEEP leave a field as it is. ``start`` None is the day of the feedback."""

    lead_unit: Unit | None = None
    support: str = Support.KEEP
    supporting_units: tuple[Unit, ...] = ()
    person: str | None = None
    redate: str = Redate.KEEP
    due_on: dt.date | None = None
    shift: int = 0
    start: dt.date | None = None
    count: int | None = None
    basis: str | None = None

    @property
    def is_empty(self) -> bool:
        kept = self.support == Support.KEEP and self.redate == Redate.KEEP
        return kept and self.lead_unit is None and self.person is None and self.basis is None

    def draft_for(self, row: Measure, supporting: tuple[Unit, ...]) -> MeasureDraft:
        """The measure as it is to be, for the rules of an assignment."""
        return MeasureDraft(
            text=row.text,
            nature=row.nature,
            pace=row.pace,
            lead_unit=self.lead_unit or row.lead_unit,
            supporting_units=self._supporting(supporting),
            person=row.person if self.person is None else self.person,
            deadline_basis=row.deadline_basis if self.basis is None else self.basis,
            **self._deadline(row),
        )

    def _supporting(self, so_far: tuple[Unit, ...]) -> tuple[Unit, ...]:
        if self.support == Support.KEEP:
            return so_far
        if self.support == Support.ADD:
            return tuple(dict.fromkeys((*so_far, *self.supporting_units)))
        if self.support == Support.REMOVE:
            return tuple(unit for unit in so_far if unit not in self.supporting_units)
        return () if self.support == Support.CLEAR else self.supporting_units

    def _deadline(self, row: Measure) -> dict[str, Any]:
        if self.redate == Redate.KEEP:
            kept = ("deadline_rule", "deadline_from", "deadline_count", "due_on")
            return {name: getattr(row, name) for name in kept}
        if self.redate in (Redate.MONTHS, Redate.WORKING_DAYS):
            return {
                "deadline_rule": str(self.redate),
                "deadline_from": self.start or row.issue.inspection.feedback_on,
                "deadline_count": self.count,
            }
        fixed = self.due_on if self.redate == Redate.FIXED else self._shifted(row)
        return {"deadline_rule": Measure.DeadlineRule.FIXED, "due_on": fixed}

    def _shifted(self, row: Measure) -> dt.date:
        if row.due_on is None:
            raise ActRefused("没有整改时限，不能顺延，请改为指定日期")
        try:
            return row.due_on + dt.timedelta(days=self.shift)
        except OverflowError as error:
            raise ActRefused("顺延后的日期超出范围，请核对天数") from error


@dataclass
class Bulk:
    """An act on many measures, planned or done: what changes, what is left alone and why, what matches only since the preview."""

    lines: list[Line] = field(default_factory=list)
    new_since: int = 0
    correlation: uuid.UUID | None = None

    @property
    def changing(self) -> list[Line]:
        return [line for line in self.lines if not line.skipped]

    @property
    def skipped(self) -> list[Line]:
        return [line for line in self.lines if line.skipped]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why measures are skipped, the most frequent reason first; that of several closed issues is one."""
        return Counter(OF_AN_ISSUE.sub("所属问题", line.skipped) for line in self.skipped).most_common()

    @property
    def seen(self) -> dict[int, int]:
        """Which versions of which measures this showed."""
        return {line.measure.pk: line.version for line in self.lines}


def preview_bulk(*, actor: User, rows: MeasureQuerySet, change: BulkChange) -> Bulk:
    """What :func:`bulk_assign` would do now to those of the rows that the actor sees; nothing is written or locked."""
    require_office(actor, Act.ASSIGN_MEASURE)
    return Bulk(_planned(with_units(Measure.objects.filter(pk__in=_keys(actor, rows, change))), change, actor))


@transaction.atomic
def bulk_assign(*, actor: User, rows: MeasureQuerySet, change: BulkChange, reason: str, seen: Mapping[int, int] | None = None) -> Bulk:
    """Change those of the rows that the actor sees, one entry each under one correlation id; the others are skipped, with the reason.

    ``seen`` is what the preview showed (measure → version): only that is changed, and only where nobody was faster.
    """
    require_office(actor, Act.ASSIGN_MEASURE)
    if not reason.strip():
        raise ActRefused("批量办理要写明理由", field="reason")
    keys = _keys(actor, rows, change)
    chosen = keys if seen is None else [key for key in keys if key in seen]
    locked = locked_many(chosen)
    stale = [row for row in locked if seen is not None and seen[row.pk] != row.version]
    fresh = [row for row in locked if row not in set(stale)]
    lines = _planned(fresh, change, actor, reason) + [Line(row, row.version, skipped=STALE) for row in stale]
    lines += _gone(actor, set(seen or ()) - set(keys), locked)
    done = Bulk(sorted(lines, key=lambda line: (line.measure.issue.number, line.measure.ordinal)), len(keys) - len(chosen), uuid.uuid4())
    write_assignments(done.lines, actor=actor, reason=reason, correlation=done.correlation or uuid.uuid4())
    return done


def _keys(actor: User, rows: MeasureQuerySet, change: BulkChange) -> list[int]:
    """The measures meant, all of one round: rows that the actor does not see are not there."""
    if change.is_empty:
        raise ActRefused("没有要改变的内容：每一项都是“不改变”，请至少选一项")
    seen = Measure.objects.visible_to(actor).filter(pk__in=rows.order_by().values("pk"))
    found = list(seen.order_by("pk").values_list("pk", "issue__inspection")[: MOST + 1])
    if not found:
        raise ActRefused("没有选中任何措施，请回到台账勾选，或调整筛选条件")
    if len(found) > MOST:
        raise ActRefused(f"一次最多办理 {MOST} 条措施，请缩小筛选范围后分次办理")
    if len({inspection for _pk, inspection in found}) > 1:
        raise ActRefused("一次只能办理一个轮次的措施，请先选定轮次", field="inspection")
    return [pk for pk, _inspection in found]


def _planned(rows: list[Measure], change: BulkChange, actor: User, reason: str = "—") -> list[Line]:
    """A line for each row. A plan has no reason yet, so it takes one for granted: the act itself asks for it."""
    calendar = WorkCalendar()
    return [assigned(row, change.draft_for, actor=actor, reason=reason, calendar=calendar, ruling=_settled) for row in rows]


def _settled(row: Measure, changes: dict[str, list[Any]]) -> None:
    """Whoever reviews a report reviews it against the unit and the date under which it was written; what is finished was in time or not."""
    if row.progress == Measure.State.IN_REVIEW and {"lead_unit", "due_on"} & set(changes):
        raise ActRefused("有填报等待审核，审核之后再调整牵头单位和时限")
    if row.is_finished and "due_on" in changes:
        raise ActRefused("已经完成，时限不再调整")


def _gone(actor: User, keys: set[int], locked: list[Measure]) -> list[Line]:
    """What the preview showed and the filter does not find any more; numbers that the actor does not see are not mentioned."""
    if not keys or not locked:
        return []
    inspection = locked[0].issue.inspection_id
    rows = Measure.objects.visible_to(actor).filter(pk__in=sorted(keys)[:MOST], issue__inspection=inspection).select_related("issue")
    return [Line(row, row.version, skipped=GONE) for row in rows]
