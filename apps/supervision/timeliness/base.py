"""What a rule of timeliness is given, finds and says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q

from apps.issues.models import Inspection
from apps.measures.deadlines import CalendarNotLoaded, WorkCalendar
from apps.measures.models import Measure
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.models import Flag, Thresholds

CHUNK = 2000
FINISHED = "已经整改办审核通过"
SUBMITTED = "单位已申报完成，等待审核"
NOT_YET = "按核对日期和工作日安排，尚未到提示的时候"
RULES_CHANGED = "提示规则或分工已调整，按现行规则不再提示"


@dataclass(frozen=True)
class Portion:
    """The measures whose keys come after ``after``, up to ``upto`` itself; without it, up to the last."""

    after: int = 0
    upto: int | None = None

    def __contains__(self, measure: int) -> bool:
        return measure > self.after and (self.upto is None or measure <= self.upto)

    def q(self, measure: str = "pk") -> Q:
        """Of rows that call their measure so, those about its measures."""
        after = Q(**{f"{measure}__gt": self.after})
        return after if self.upto is None else after & Q(**{f"{measure}__lte": self.upto})


@dataclass(frozen=True)
class Day:
    """One round on one of its local days, the thresholds it goes by and the working days; the portion of its measures looked at."""

    inspection: Inspection
    today: dt.date
    thresholds: Thresholds
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    portion: Portion = field(default_factory=Portion)

    @property
    def measures(self) -> MeasureQuerySet:
        return Measure.objects.filter(self.portion.q(), issue__inspection=self.inspection).order_by("pk")


class Found(NamedTuple):
    """A measure that carries the flag on that day; ``facts`` is what the rule needs to explain itself."""

    measure: int
    due_on: dt.date
    matter: str = ""
    facts: tuple[Any, ...] = ()

    @property
    def key(self) -> tuple[int, dt.date, str]:
        """What the flag is unique by, beside its kind."""
        return self.measure, self.due_on, self.matter


class Rule:
    """One rule on one day. ``is_of_clock``: it speaks of running measures only, so that it ends on the day the clock stops.

    ``check`` raises ``CalendarNotLoaded`` where the rule counts working days that nobody has told: it then finds nothing, and clears
    only what is over for another reason.
    """

    kind: ClassVar[Flag.Kind]
    is_of_clock: ClassVar[bool] = True

    def __init__(self, day: Day) -> None:
        self.day = day
        self.today = day.today

    def check(self) -> None:
        """Whether the rule can be applied on that day; most need no working days."""

    def find(self) -> Iterator[Found]:
        raise NotImplementedError  # said by each rule; Rule is no ABC, since its other hooks may stay empty

    def explain(self, found: Found) -> tuple[str, dict[str, Any]]:
        """The rule in a sentence, and the dates and numbers it used."""
        raise NotImplementedError  # said by each rule; Rule is no ABC, since its other hooks may stay empty

    def prepare(self, flags: list[tuple[int, str]]) -> None:
        """Read what ``why_over`` has to know about these flags (measure, matter) that no longer hold."""

    def why_over(self, flag: Flag) -> str:
        """Why a flag no longer holds, in one of few fixed sentences; ``NOT_YET`` where only the calendar could say."""
        measure = flag.measure
        if self.is_of_clock and measure.stopped_on is not None:
            return FINISHED if measure.is_finished else SUBMITTED
        return self.why_over_though_running(flag)

    def why_over_though_running(self, flag: Flag) -> str:
        raise NotImplementedError  # said by each rule; Rule is no ABC, since its other hooks may stay empty


def pause_on(inspection: Inspection, today: dt.date, rules: Iterable[type[Rule]]) -> str:
    """In words which kinds rest in a round on that day; empty where all run. The thresholds decide nothing of it."""
    day = Day(inspection, today, Thresholds(inspection=inspection))
    return pause_words(paused(day, [rule(day) for rule in rules]))


def pause_words(resting: Mapping[Flag.Kind, int]) -> str:
    """What rests, and the year whose working days nobody has told."""
    if not resting:
        return ""
    kinds = "、".join(str(kind.label) for kind in resting)
    count = f"{'两' if len(resting) == 2 else len(resting)}类" if len(resting) > 1 else ""
    return f"{max(resting.values())} 年的节假日安排尚未载入，{kinds}{count}提示暂停"


def paused(day: Day, rules: list[Rule]) -> dict[Flag.Kind, int]:
    """The kinds that rest on that day, and the year whose working days are not loaded."""
    found = {}
    for rule in rules:
        try:
            rule.check()
        except CalendarNotLoaded as unknown:
            found[rule.kind] = unknown.year
    return found
