"""What a dispatch meeting is about: measures that are overdue, were returned or are due soon, the worst first, each with how it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from apps.measures.deadlines import window
from apps.measures.models import Measure, Progress
from apps.measures.querysets import MeasureQuerySet
from apps.supervision.figures import urgings
from apps.supervision.models import Dispatch, DispatchItem
from apps.supervision.onsite_policies import measures_of
from apps.units.models import User

MOST_CANDIDATES = 100
LONGEST = 80
Why = DispatchItem.Why
ORDER = (Why.OVERDUE, Why.RETURNED, Why.SOON, Why.CHOSEN)


@dataclass(frozen=True)
class Topic:
    """A measure as it would stand on the agenda today."""

    measure: Measure
    why: str
    standing: str
    days_late: int

    @property
    def label(self) -> str:
        return str(Why(self.why).label)

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The worst first: the longest overdue, then what was returned, then what is due soonest."""
        row = self.measure
        due = row.due_on.toordinal() if row.due_on else 0
        return (ORDER.index(Why(self.why)), due, row.issue.number, row.ordinal)


def candidates(user: User, dispatch: Dispatch) -> list[Topic]:
    """What the rules of timeliness put forward, in the scope of the meeting; a fixed number of queries."""
    today, until = window(dispatch.inspection)
    rows = measures_of(user, dispatch.inspection, dispatch.group)
    returned = rows.returned().order_by().values("pk")
    wanted = rows.filter(Q(stopped_on__isnull=True, due_on__lte=until) | Q(pk__in=returned))
    worst = wanted.for_register(today, until).order_by("due_on", "issue__number", "ordinal")[:MOST_CANDIDATES]
    return sorted(_topics(user, dispatch, worst), key=lambda topic: topic.rank)


def topics_of(user: User, dispatch: Dispatch, measures: Iterable[Measure]) -> list[Topic]:
    """These measures, in this order, as they stand today; those out of scope are left out."""
    keys = [measure.pk for measure in measures]
    rows = measures_of(user, dispatch.inspection, dispatch.group).filter(pk__in=keys)
    found = {topic.measure.pk: topic for topic in _topics(user, dispatch, rows.for_register(*window(dispatch.inspection)))}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def _topics(user: User, dispatch: Dispatch, rows: MeasureQuerySet) -> list[Topic]:
    measures = list(rows)
    urged = urgings(user, [measure.pk for measure in measures])
    return [_topic(measure, dispatch, urged[measure.pk].letters if measure.pk in urged else 0) for measure in measures]


def _topic(measure: Measure, dispatch: Dispatch, letters: int) -> Topic:
    today = dispatch.inspection.today()
    late = measure.days_late(today) if measure.stopped_on is None else 0
    if late:
        why, words = Why.OVERDUE, f"逾期 {late} 天"
    elif measure.last_review == "returned" and not measure.is_finished:
        why, words = Why.RETURNED, "填报被退回，还没有补正"
    elif measure.last_unfounded_on and not measure.is_finished:
        why, words = Why.RETURNED, "核查不实退回，还没有重新填报"
    elif measure.is_soon and measure.due_on is not None:
        left = (measure.due_on - today).days
        why, words = Why.SOON, f"还剩 {left} 天到期" if left else "今天到期"
    else:
        why, words = Why.CHOSEN, f"{measure.get_progress_display()}，{f'时限 {measure.due_on}' if measure.due_on else '长期坚持'}"
    urged = f"已发 {letters} 次督查单" if letters else "还没有发过督查单"
    return Topic(measure, why.value, f"{words}，{urged}，{_progress(measure)}", late)


def _progress(measure: Measure) -> str:
    if not measure.last_text:
        return "还没有填报过进展"
    line = " ".join(measure.last_text.split())
    said = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    untrue = f"，{Progress.UNFOUNDED}" if measure.last_unfounded_on else ""
    return f"最近进展（截至 {measure.last_as_of}{untrue}）：{said}"
