"""What the page of an indicator shows, read in a number of queries that does not grow with its readings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from apps.issues.models import Issue
from apps.ledgers.models import Entry
from apps.measures.models import Evidence, Indicator, Measure, Progress, Reading
from apps.measures.schedules import BALANCE_FORMULA, FORMULA, Step, balance_words, steps, summary
from apps.measures.sums import Difference, Sums
from apps.units.models import Role, User

LINES = 100


@dataclass(frozen=True)
class ReadingRow:
    """A reading with where it came from; ``report`` is None for the office's own and for reports on measures not in sight."""

    reading: Reading
    report: Progress | None
    evidence: list[Evidence]
    who: str
    added: str
    counts: bool


class IndicatorPage:
    """One indicator (with its latest value) as one user sees it."""

    def __init__(self, row: Indicator, user: User) -> None:
        self.row, self.user = row, user
        self.inspection = row.issue.inspection
        self.today = self.inspection.today()

    @cached_property
    def _seen_measures(self) -> set[int]:
        return set(Measure.objects.visible_to(self.user).filter(issue=self.row.issue_id).values_list("pk", flat=True))

    @cached_property
    def _readings(self) -> list[Reading]:
        """All that count; of those that do not, the ones of reports in sight."""
        rows = self.row.readings.filter(
            Q(pk__in=Reading.objects.counting().filter(indicator=self.row).values("pk")) | Q(progress__measure__in=self._seen_measures)
        )
        related = rows.select_related("progress__measure__issue", "progress__reported_by__unit")
        found = list(related.prefetch_related("progress__evidence__versions").order_by("-as_of", "-pk"))
        for reading in found:
            reading.indicator = self.row
        return found

    @property
    def _counting(self) -> list[Reading]:
        return [row for row in self._readings if row.counts]

    @cached_property
    def readings(self) -> list[ReadingRow]:
        return [self._row_of(reading) for reading in self._readings]

    def _row_of(self, reading: Reading) -> ReadingRow:
        report = reading.progress if reading.progress and reading.progress.measure_id in self._seen_measures else None
        if report:
            who = f"{report.reported_by.unit.short_name if report.reported_by.unit else ''} {report.reported_by}".strip()
        else:
            who = "其他措施的填报" if reading.progress else self._entered_by.get((reading.value, str(reading.as_of)), "整改办")
        earlier = [row for row in self._counting if (row.as_of, row.pk) < (reading.as_of, reading.pk)]
        added = f"{self.row.to_shown(reading.value - earlier[0].value):+f}" if earlier else ""
        return ReadingRow(reading, report, list(report.evidence.all()) if report else [], who, added, reading.counts)

    @cached_property
    def _entered_by(self) -> dict[tuple[Decimal, str], str]:
        """Who entered which of the office's own readings, by the book."""
        found = {}
        for entry in reversed(self.entries):
            if entry.act == "measures.read_indicator":
                for said in entry.payload.get("readings", ()):
                    found[self.row.to_base(Decimal(said["value"])), said["as_of"]] = entry.actor_name
        return found

    @cached_property
    def entries(self) -> list[Entry]:
        return list(Entry.objects.filter(book=self.inspection.book_id).about([("indicator", [self.row.pk])])[:LINES])

    @cached_property
    def steps(self) -> list[Step]:
        planned = list(self.row.instalments.order_by("due_on"))
        for one in planned:
            one.indicator = self.row
        return steps(planned, [(reading.as_of, reading.value) for reading in reversed(self._counting)], self.today)

    @property
    def schedule_words(self) -> str:
        return summary(self.steps)

    @property
    def schedule_is_demonstration(self) -> bool:
        return any(step.instalment.is_demonstration for step in self.steps)

    @property
    def formula(self) -> str:
        return FORMULA

    @property
    def balance(self) -> str:
        return balance_words(self.row)

    @property
    def balance_formula(self) -> str:
        return BALANCE_FORMULA

    @cached_property
    def family(self) -> list[tuple[Indicator, list[Indicator]]]:
        """The sums this indicator is declared in: each total with its parts, all with their latest values."""
        rows = list(Indicator.objects.family_of(self.row).with_latest().order_by("pk"))
        totals = [row for row in rows if any(part.total_id == row.pk for part in rows)]
        return [(total, [part for part in rows if part.total_id == total.pk]) for total in totals]

    @cached_property
    def differences(self) -> list[Difference]:
        if not self.family:
            return []
        own = {total.pk for total, _parts in self.family}
        return [found for found in Sums.of([self.row.issue_id]).differing() if found.total.pk in own]

    @property
    def may(self) -> dict[str, bool]:
        """What the page offers; the services decide."""
        office = self.user.role == Role.OFFICE and self.row.issue.closure != Issue.ClosureState.CLOSED
        return {"amend": office, "read": office, "plan": office and self.row.kind != Indicator.Kind.RATIO}
