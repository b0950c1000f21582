"""The records of one issue as one user sees them, read once for all its papers; and how evidence is numbered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, Prefetch

from apps.issues.models import Closure, Issue, SignOff
from apps.measures.models import Evidence, EvidenceVersion, Extension, Indicator, Measure, Progress, Reading, Regulation
from apps.measures.querysets import MeasureQuerySet
from apps.units.models import Role, User
from apps.units.policies import sees_all_business

EXAMPLE, PARTLY_EXAMPLE = "（示例）", "（部分示例）"


def example(flags: Iterable[bool]) -> str:
    """What a heading says of the data below it: all of it demonstration data, some, or none."""
    found = set(flags)
    if found == {True}:
        return EXAMPLE
    return PARTLY_EXAMPLE if True in found else ""


def headed(name: str, flags: Iterable[bool]) -> str:
    """The heading of a column, with what it says of the data below on a line of its own."""
    mark = example(flags)
    return f"{name}\n{mark}" if mark else name


def numbered(measure: Measure) -> list[tuple[str, Evidence]]:
    """The evidence of a measure with its numbers, “12-1-01”: in the order of registration, which never changes."""
    rows = sorted(measure.evidence.all(), key=lambda row: row.pk)
    return [(f"{measure.number}-{place:02d}", row) for place, row in enumerate(rows, start=1)]


def with_reports(measures: MeasureQuerySet) -> MeasureQuerySet:
    """With ``latest_reports``: the latest report of each measure, or none."""
    newest = Measure.objects.order_by().annotate(newest=Max("reports")).filter(newest__isnull=False).values("newest")
    rows = Progress.objects.filter(pk__in=newest).select_related("reported_by", "reviewed_by")
    return measures.prefetch_related(Prefetch("reports", rows, to_attr="latest_reports"))


def latest(measure: Measure) -> Progress | None:
    """The latest report (prefetched by :func:`with_reports`)."""
    found: list[Progress] = getattr(measure, "latest_reports", [])
    return found[0] if found else None


def told(report: Progress | None) -> str:
    """What a report says, with its cut-off; one that the office has not approved says so."""
    if report is None:
        return ""
    state = "" if report.counts else f"，{report.standing}"
    return f"（截至{report.as_of:%Y-%m-%d}{state}）{report.text}"


class IssueRecords:
    """One issue, its measures and all that hangs on them."""

    def __init__(self, issue: Issue, user: User) -> None:
        self.issue, self.user = issue, user
        self.today: dt.date = issue.inspection.today()
        self.author = author_of(issue)

    @cached_property
    def measures(self) -> list[Measure]:
        seen = Measure.objects.visible_to(self.user).filter(issue=self.issue).for_round(self.issue.inspection)
        rows = with_reports(seen).prefetch_related(
            Prefetch("evidence", Evidence.objects.order_by("pk")),
            Prefetch("evidence__versions", EvidenceVersion.objects.select_related("uploaded_by").order_by("number")),
            Prefetch("extensions", Extension.objects.select_related("requested_by", "endorsed_by", "decided_by").order_by("pk")),
            "site_checks__checked_by",
        )
        return list(rows)

    @cached_property
    def hidden(self) -> int:
        """How many measures of the issue the user does not see."""
        if sees_all_business(self.user) or (self.user.role == Role.LIAISON and self.user.unit_id == self.issue.lead_unit_id):
            return 0
        return self.issue.measures.count() - len(self.measures)

    @property
    def hidden_words(self) -> str:
        """Said on every paper that does not hold the whole issue: nobody shall take a part for the whole."""
        if not self.hidden:
            return ""
        return f"本表只列出打印人有权查看的 {len(self.measures)} 条措施，另有 {self.hidden} 条由其他单位承担"

    @cached_property
    def closures(self) -> list[Closure]:
        """The applications to close the issue, the latest first."""
        signed = SignOff.objects.select_related("body", "signed_by").order_by("pk")
        rows = self.issue.closures.select_related("applied_by__unit", "decided_by").order_by("-pk")
        return list(rows.prefetch_related(Prefetch("sign_offs", signed)))

    @property
    def closure(self) -> Closure | None:
        return self.closures[0] if self.closures else None

    @cached_property
    def indicators(self) -> list[Indicator]:
        """With ``latest`` readings that count."""
        return list(Indicator.objects.filter(issue=self.issue).with_latest().order_by("pk"))

    @cached_property
    def waiting_readings(self) -> dict[int, Reading]:
        """The latest value of an indicator that came with a report, in sight of the user, which waits for review."""
        waiting = Reading.objects.filter(progress__review=Progress.Review.PENDING, progress__measure__in=[row.pk for row in self.measures])
        rows = waiting.filter(indicator__issue=self.issue).select_related("indicator")
        return {row.indicator_id: row for row in rows.order_by("as_of", "pk")}

    @cached_property
    def regulations(self) -> list[Regulation]:
        return list(Regulation.objects.filter(issue=self.issue).select_related("unit").order_by("pk"))

    @property
    def extensions(self) -> list[Extension]:
        found = []
        for measure in self.measures:
            for row in measure.extensions.all():
                row.measure = measure
                found.append(row)
        return found

    def files(self) -> Iterator[tuple[Measure, str, Evidence, EvidenceVersion]]:
        """Every version of every piece of evidence: measure, number, evidence, version."""
        return files_of(self.measures)

    @cached_property
    def tally(self) -> dict[str, int]:
        """How many files of evidence the user would take along, and their bytes."""
        rows = list(self.files())
        return {"files": len(rows), "bytes": sum(version.size for *_rest, version in rows)}


def files_of(measures: Iterable[Measure]) -> Iterator[tuple[Measure, str, Evidence, EvidenceVersion]]:
    for measure in measures:
        for number, evidence in numbered(measure):
            for version in sorted(evidence.versions.all(), key=lambda row: row.number):
                yield measure, number, evidence, version


def author_of(issue: Issue) -> str:
    return f"{issue.inspection.inspected_body}整改办"


def figure_sums(indicators: list[Indicator]) -> dict[int, str]:
    """For each total that can be compared with its parts: whether they add up, in words, by the key of the total."""
    found = {}
    for total in indicators:
        values = [row.latest for row in indicators if row.total_id == total.pk]
        if not values or total.latest is None or any(value is None for value in values):
            continue
        whole = sum((value for value in values if value is not None), Decimal(0))
        shown = f"{total.to_shown(whole):f}"
        found[total.pk] = "合计等于分项之和" if whole == total.latest else f"不一致：分项之和 {shown}"
    return found


def shown(row: Indicator, value: Any) -> str:
    """A stored value in the indicator's unit; empty where there is none."""
    return "" if value is None else f"{row.to_shown(value):f}"


def counted_evidence(measures: MeasureQuerySet) -> int:
    """How many versions of evidence these measures have, in one query."""
    return EvidenceVersion.objects.filter(evidence__measure__in=measures.order_by().values("pk")).count()
