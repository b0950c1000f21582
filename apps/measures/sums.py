"""Declared sums (应退 = 已退 + 待退; 91 = 2 + 46 + 43): whether the figures of one moment add up, before and after new ones.

Figures are compared where they speak of the same day: all parts read as of that day, the total as it stood then. An indicator that
was not read as of the day leaves the set incomplete, and an incomplete set is not comparable – unless whoever enters the figures
could have read it as well (``settled``): what they leave out has not changed, so its last value stands.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from apps.measures.models import Indicator, Progress, Reading

NOBODY: frozenset[int] = frozenset()


class Figure(NamedTuple):
    """A value of an indicator (by its key) as of a day, in base units."""

    indicator: int
    as_of: dt.date
    value: Decimal


@dataclass(frozen=True)
class Difference:
    """A total that is not the sum of its parts; ``as_of`` is the moment compared."""

    total: Indicator
    as_of: dt.date
    whole: Decimal
    parts: tuple[Decimal, ...]

    @property
    def sides(self) -> str:
        """Both sides: 合计 91，分项之和 90（2 + 46 + 42）."""
        shown = [f"{self.total.to_shown(value):f}" for value in (self.whole, sum(self.parts, Decimal(0)), *self.parts)]
        return f"合计 {shown[0]}，分项之和 {shown[1]}（{' + '.join(shown[2:])}）"

    @property
    def words(self) -> str:
        return f"“{self.total.name}”截至 {self.as_of}：{self.sides}，单位{self.total.unit}"


class Sums:
    """The declared sums among some indicators, and the figures that count."""

    def __init__(self, indicators: Iterable[Indicator], figures: Iterable[Figure]) -> None:
        rows = {row.pk: row for row in indicators}
        self.indicators = list(rows.values())
        parts: defaultdict[int, list[int]] = defaultdict(list)
        for row in rows.values():
            if row.total_id in rows:
                parts[row.total_id].append(row.pk)
        self.totals = {rows[total]: members for total, members in parts.items()}
        self.figures = list(figures)

    @classmethod
    def of(cls, issues: Iterable[int]) -> Sums:
        """Those of some issues, in two queries however many there are."""
        keys = list(issues)
        counting = Reading.objects.counting().filter(indicator__issue__in=keys).order_by("as_of", "pk")
        figures = [Figure(*row) for row in counting.values_list("indicator", "as_of", "value")]
        return cls(Indicator.objects.filter(issue__in=keys).order_by("pk"), figures)

    def broken_by(self, new: Iterable[Figure], settled: Collection[int] = NOBODY) -> list[Difference]:
        """The sums that do not hold at a moment the new figures speak of, or at a later one that held before them."""
        new = list(new)
        found = []
        for total, parts in self.totals.items():
            days = {figure.as_of for figure in new if figure.indicator in (total.pk, *parts)}
            if not days:
                continue
            before, after = self._figures_of(total, parts, ()), self._figures_of(total, parts, new)
            for day in sorted({figure.as_of for figures in after.values() for figure in figures}):
                broken = _compare(total, parts, after, day, settled if day in days else NOBODY)
                if broken and (day in days or (day > min(days) and _compare(total, parts, before, day, NOBODY) != broken)):
                    found.append(broken)
        return found

    def differing(self, new: Iterable[Figure] = ()) -> list[Difference]:
        """The totals that differ from their parts by what was read last, of whatever day: what closing goes by (``broken_sums``)."""
        found = []
        for total, parts in self.totals.items():
            figures = self._figures_of(total, parts, tuple(new))
            last = max((rows[-1].as_of for rows in figures.values() if rows), default=None)
            if last and (broken := _compare(total, parts, figures, last, parts)):
                found.append(broken)
        return found

    def _figures_of(self, total: Indicator, parts: list[int], new: Iterable[Figure]) -> dict[int, list[Figure]]:
        """By indicator, in the order in which they count: the later day, then the later entry."""
        found: dict[int, list[Figure]] = {key: [] for key in (total.pk, *parts)}
        for figure in sorted((*self.figures, *new), key=lambda figure: figure.as_of):
            if figure.indicator in found:
                found[figure.indicator].append(figure)
        return found


def _compare(
    total: Indicator, parts: list[int], figures: dict[int, list[Figure]], day: dt.date, settled: Collection[int]
) -> Difference | None:
    """The difference at that moment; None where the sides are equal or not comparable."""
    whole = _standing(figures[total.pk], day)
    pieces = [_standing(figures[part], day, exactly=part not in settled) for part in parts]
    values = tuple(piece.value for piece in pieces if piece is not None)
    if whole is None or len(values) < len(parts) or whole.value == sum(values, Decimal(0)):
        return None
    return Difference(total, day, whole.value, values)


def _standing(figures: list[Figure], day: dt.date, *, exactly: bool = False) -> Figure | None:
    """What was last read up to the day, or as of exactly that day."""
    last = next((figure for figure in reversed(figures) if figure.as_of <= day), None)
    return None if last is None or (exactly and last.as_of != day) else last


class Verdict(NamedTuple):
    """What approving a report would do to the declared sums: ``broken`` stand in the way, ``uneven`` are told."""

    broken: list[Difference]
    uneven: list[Difference]


class SumsOfReports:
    """The declared sums under each of several reports that wait for review, in two queries however many there are.

    ``readings`` of the reports, and their measures, are to be fetched already.
    """

    def __init__(self, reports: Iterable[Progress]) -> None:
        self.issues = {row.measure.issue_id for row in reports if row.readings.all()}

    @cached_property
    def _by_issue(self) -> dict[int, Sums]:
        rows: defaultdict[int, list[Indicator]] = defaultdict(list)
        figures: defaultdict[int, list[Figure]] = defaultdict(list)
        for row in Indicator.objects.filter(issue__in=self.issues).order_by("pk"):
            rows[row.issue_id].append(row)
        counting = Reading.objects.counting().filter(indicator__issue__in=self.issues).order_by("as_of", "pk")
        for issue, indicator, as_of, value in counting.values_list("indicator__issue", "indicator", "as_of", "value"):
            figures[issue].append(Figure(indicator, as_of, value))
        return {issue: Sums(these, figures[issue]) for issue, these in rows.items()}

    def of(self, report: Progress) -> Verdict:
        """The verdict on one of them; what its measure may report besides stands as last read."""
        new = [Figure(row.indicator_id, row.as_of, row.value) for row in report.readings.all()]
        sums = self._by_issue.get(report.measure.issue_id) if new else None
        if sums is None:
            return Verdict([], [])
        settled = {row.pk for row in sums.indicators if row.measure_id in (None, report.measure_id)}
        broken = sums.broken_by(new, settled)
        before = sums.differing()
        told = {row.total.pk for row in broken}
        return Verdict(broken, [row for row in sums.differing(new) if row.total.pk not in told and row not in before])
