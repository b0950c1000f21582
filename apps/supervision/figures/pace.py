"""Which unfinished measures will miss their date if their unit goes on at its own pace; and how far the same rule was right before.

The rule, in the same words as on the screen (``RULE``): a unit's pace is what it finished in the eight weeks up to a day. Its unfinished
measures that have a date stand in line by that date. The k-th is expected when k measures have been finished at that pace. It will
miss its date if it is expected after it. What is overdue already is in the line, but is no forecast. A unit that finished nothing in
those weeks gets no forecast: nobody knows.

The back-test asks the rule on earlier days, with only what the book knew on them, about dates that have passed since.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from apps.measures.rates import percent

PACE_WEEKS = 8
PACE_DAYS = PACE_WEEKS * 7
LOOK_BACKS = (4, 8, 12)
FEW_FINISHED, FEW_KNOWN = 3, 10
THIN = "样本不足"
NO_PACE = "没有办结记录，不作预测"
RULE = (
    f"办结速度 = 单位在截至当日的 {PACE_WEEKS} 周内申报完成的措施数 ÷ {PACE_WEEKS}（条/周）；该单位有时限而未完成的措施按时限先后排队，"
    "第 k 条预计完成日 = 当日 + k ÷ 办结速度（周）；预计完成日晚于整改时限的，预测会逾期。已经逾期的排在队里但不再预测，"
    f"{PACE_WEEKS} 周内一条也没有完成的单位不作预测，完成不足 {FEW_FINISHED} 条的注明“{THIN}”"
)
TEST_RULE = (
    "回测：站在以前的那一天，只用台账当时已经记下的时限和完成情况，按同一规则预测；只看时限已经过去、结果已知的措施；"
    "当时单位没有办结速度的另列为未作预测；"
    "预测会逾期而真的逾期 = 命中；预测会逾期而没有逾期 = 误报；没有预测到而逾期 = 漏测；时限以当时的为准，后来批准延期的也算没有按期；"
    f"准确率 = 命中 ÷ 预测会逾期，查全率 = 命中 ÷ 实际逾期；结果已知不足 {FEW_KNOWN} 条的注明“{THIN}”"
)


class Task(NamedTuple):
    """A measure as it was known on a day: ``stopped_on`` the day on which its unit claimed completion, if it had by then."""

    pk: int
    unit: int
    due_on: dt.date | None
    stopped_on: dt.date | None
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Pace:
    """What a unit finished in the weeks up to a day."""

    finished: int

    @property
    def per_week(self) -> Decimal:
        return Decimal(self.finished) / PACE_WEEKS

    @property
    def shown(self) -> str:
        return f"{self.per_week.quantize(Decimal('0.01'))}"

    @property
    def is_thin(self) -> bool:
        return 0 < self.finished < FEW_FINISHED

    def expected(self, day: dt.date, place: int) -> dt.date:
        """When the one at that place in the line is expected to be finished."""
        return day + dt.timedelta(days=-(-place * PACE_DAYS // self.finished))


@dataclass(frozen=True)
class Expectation:
    """One unfinished measure in its unit's line; ``expected_on`` None: no pace, no forecast."""

    task: Task
    place: int
    expected_on: dt.date | None
    due_on: dt.date
    was_late: bool

    @property
    def will_miss(self) -> bool:
        """Forecast to be late: not late yet, and expected after its date."""
        return not self.was_late and self.expected_on is not None and self.expected_on > self.due_on

    @property
    def days_after(self) -> int:
        return (self.expected_on - self.due_on).days if self.expected_on else 0


@dataclass(frozen=True)
class UnitForecast:
    """A unit's pace and its line."""

    unit: int
    pace: Pace
    line: list[Expectation]

    @property
    def ahead(self) -> int:
        """In the line and not overdue: what can be forecast at all."""
        return sum(not one.was_late for one in self.line)

    @property
    def overdue(self) -> int:
        return len(self.line) - self.ahead

    @property
    def missing(self) -> list[Expectation]:
        return [one for one in self.line if one.will_miss]

    @property
    def words(self) -> str:
        if not self.pace.finished:
            return NO_PACE
        return THIN if self.pace.is_thin else ""


def forecast(tasks: Iterable[Task], day: dt.date) -> list[UnitForecast]:
    """The units that have something left with a date, the most forecast to be late first."""
    lines: defaultdict[int, list[Task]] = defaultdict(list)
    finished: defaultdict[int, int] = defaultdict(int)
    since = day - dt.timedelta(days=PACE_DAYS)
    for task in tasks:
        if task.stopped_on is not None and task.stopped_on <= day:
            finished[task.unit] += task.stopped_on > since
        elif task.due_on is not None:
            lines[task.unit].append(task)
    found = [UnitForecast(unit, Pace(finished[unit]), _line(line, Pace(finished[unit]), day)) for unit, line in lines.items()]
    return sorted(found, key=lambda one: (-len(one.missing), -one.overdue, one.unit))


def _line(tasks: list[Task], pace: Pace, day: dt.date) -> list[Expectation]:
    dated = sorted((task.due_on, task.place, task.pk, task) for task in tasks if task.due_on is not None)
    return [
        Expectation(task, place, pace.expected(day, place) if pace.finished else None, due_on, due_on < day)
        for place, (due_on, _place, _pk, task) in enumerate(dated, start=1)
    ]


@dataclass(frozen=True)
class BackTest:
    """What the rule said on a day about dates that have passed since, and what came of it."""

    day: dt.date
    known: int
    silent: int
    predicted: int
    missed: int
    hits: int

    @property
    def false_alarms(self) -> int:
        return self.predicted - self.hits

    @property
    def unforeseen(self) -> int:
        return self.missed - self.hits

    @property
    def precision(self) -> Decimal | None:
        return percent(self.hits, self.predicted)

    @property
    def recall(self) -> Decimal | None:
        return percent(self.hits, self.missed)

    @property
    def words(self) -> str:
        return THIN if self.known < FEW_KNOWN else ""


def back_test(then: Iterable[Task], stopped_since: Mapping[int, dt.date | None], day: dt.date, today: dt.date) -> BackTest:
    """``then``: what was known on the day. ``stopped_since``: when each measure's clock stopped, as known today.

    Only measures due from the day on and before today are asked about: of others nothing is known. Those of units without a pace are
    counted apart (``silent``): for them nothing was forecast.
    """
    known = [one for unit in forecast(then, day) for one in unit.line if not one.was_late and one.due_on < today]
    asked = [one for one in known if one.expected_on]
    missed = {one.task.pk for one in asked if (stopped := stopped_since.get(one.task.pk)) is None or stopped > one.due_on}
    predicted = {one.task.pk for one in asked if one.will_miss}
    return BackTest(day, len(asked), len(known) - len(asked), len(predicted), len(missed), len(predicted & missed))
