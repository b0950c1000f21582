"""Reads of measures, reports, figures and regulations that compose. Timeliness is derived here and nowhere stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, Subquery, Value, When

from apps.issues.policies import visible_issues
from apps.issues.querysets import rows_where
from apps.measures import policies
from apps.measures.closing import contents_of, facts_for_closing, last_findings_of
from apps.measures.tracks import TrackCounts, counts_of, counts_of_rows

if TYPE_CHECKING:
    from apps.issues.models import Inspection
    from apps.measures.cadence import Period
    from apps.measures.models import Evidence, Extension, Indicator, Measure, Progress, Reading, Regulation
    from apps.units.models import User

FINISHED = ("done", "stage_done")
RUNNING = Q(stopped_on__isnull=True, due_on__isnull=False)
MARKS = ("closed", "done", "review", "doing", "soon", "none", "over")
"""Where only one mark fits, in the order of the strip (ui/README.md §3, §5)."""


def not_unfounded(report: str = "") -> Q:
    """Reports that no check on site found untrue. ``report`` is the path to them, with its underscores; a row without one passes."""
    return Q(**{f"{report}unfounded_on__isnull": True})


def counts_by_report(report: str = "") -> Q:
    """Reports that count: approved, and not found untrue on site. What hangs on a report – its evidence, its readings – counts with it,
    whatever asks: completion, money, closing, the latest value, what a notice is drawn from. It stays on record either way."""
    return Q(**{f"{report}review": "approved"}) & not_unfounded(report)


def counts_by_its_report() -> Q:
    """What was entered without a report, or with one that counts."""
    return Q(progress__isnull=True) | counts_by_report("progress__")


def counts_by_mark(pairs: list[tuple[str, int]]) -> dict[str, int]:
    """A count for every mark, zero included, in the fixed order."""
    found = dict(pairs)
    return {mark: found.get(mark, 0) for mark in MARKS}


def mark_on(today: dt.date, until: dt.date) -> Case:
    """The one mark of a measure: 逾期 before 临期 before the stored status; finished measures of closed issues are 已销号."""
    return Case(
        When(RUNNING & Q(due_on__lt=today), then=Value("over")),
        When(RUNNING & Q(due_on__lte=until), then=Value("soon")),
        When(Q(issue__closure="closed", progress__in=FINISHED), then=Value("closed")),
        When(progress__in=FINISHED, then=Value("done")),
        When(progress="in_review", then=Value("review")),
        When(progress="ongoing", then=Value("doing")),
        default=Value("none"),
        output_field=CharField(),
    )


class MeasureQuerySet(models.QuerySet["Measure"]):
    """Measures in the order of their numbers. ``today`` is a local date of the inspection (``Inspection.today()``)."""

    def visible_to(self, user: User) -> Self:
        return rows_where(self, policies.visible_measures(user))

    def worked_on_by(self, user: User) -> Self:
        """What the user sees, less what their unit only reviews: the subject of register, dashboards, checks and letters."""
        return rows_where(self, policies.working_measures(user))

    def finished(self) -> Self:
        """Done or stage-complete, as verified by the office."""
        return self.filter(progress__in=FINISHED)

    def unfinished(self) -> Self:
        return self.exclude(progress__in=FINISHED)

    def overdue(self, today: dt.date) -> Self:
        """Running and due before today: a measure due today is not late."""
        return self.filter(RUNNING, due_on__lt=today)

    def due_soon(self, today: dt.date, until: dt.date) -> Self:
        """Running and due from today until the day the calendar gives (``deadlines.soon_until``)."""
        return self.filter(RUNNING, due_on__gte=today, due_on__lte=until)

    def on_time(self, today: dt.date, until: dt.date) -> Self:
        """Neither overdue nor due soon."""
        return self.exclude(RUNNING & Q(due_on__lte=max(until, today - dt.timedelta(days=1))))

    def of_units(self, units: Iterable[Any]) -> Self:
        """Led or supported by one of the units; a join would double rows."""
        supported = self.model.supporting_units.through.objects.filter(unit__in=units).values("measure")
        return self.filter(Q(lead_unit__in=units) | Q(pk__in=supported))

    def awaiting_review_by(self, user: User) -> Self:
        """With a report that this user may take up: nobody reviews what they reported themselves or another has claimed."""
        from apps.measures.models import Progress

        pending = Progress.objects.pending().exclude(reported_by=user.pk).filter(Q(claimed_by__isnull=True) | Q(claimed_by=user.pk))
        return self.filter(pk__in=pending.order_by().values("measure")) if user.role == "office" else self.none()

    def with_mark(self, today: dt.date, until: dt.date) -> Self:
        """Annotate ``mark`` (:func:`mark_on`)."""
        return self.annotate(mark=mark_on(today, until))

    def mark_counts(self, today: dt.date, until: dt.date) -> dict[str, int]:
        """How many measures carry each mark; the figures of strips, dashboards and notices come from here."""
        rows = self.order_by().values(shown=mark_on(today, until)).annotate(n=Count("pk", distinct=True))
        return counts_by_mark([(row["shown"], row["n"]) for row in rows])

    def tally(self, today: dt.date, until: dt.date, **counted: Self) -> list[dict[str, Any]]:
        """One row for each issue, mark and state, whatever the number of measures: ``n`` of them, ``sent_back`` whose latest
        report was returned, and for each of ``counted``, all of which are among these, how many. All counts of the register come from
        here.

        Each is counted by a query of its own, all in one statement. As conditions of one count they would be sub-selects asked row by
        row, which a database that takes a table for empty answers by reading the whole of it each time (minutes for 3 600 measures).
        """
        groups = {"n": self, "sent_back": self.returned(), **counted}
        first, *others = (rows._grouped(name, today, until) for name, rows in groups.items())
        found: dict[tuple[int, str, str], dict[str, Any]] = {}
        for name, issue, mark, progress, count in first.union(*others, all=True):
            row = {"issue": issue, "mark": mark, "progress": progress, **dict.fromkeys(groups, 0)}
            found.setdefault((issue, mark, progress), row)[name] = count
        return list(found.values())

    def _grouped(self, name: str, today: dt.date, until: dt.date) -> models.QuerySet[Measure, tuple[str, int, str, str, int]]:
        groups = self.order_by().values("issue", "progress", shown=mark_on(today, until))
        counted = groups.annotate(n=Count("pk", distinct=True), name=Value(name, output_field=CharField()))
        return counted.values_list("name", "issue", "shown", "progress", "n")

    def for_register(self, today: dt.date, until: dt.date) -> Self:
        """With all that a row of the register shows: the mark, the latest report, whether it was returned, the evidence count."""
        from_latest = self._latest_report()
        return (
            self.with_mark(today, until)
            .select_related("issue__category", "issue__inspection", "issue__lead_unit", "lead_unit")
            .prefetch_related("supporting_units")
            .annotate(
                last_text=Subquery(from_latest.values("text")[:1]),
                last_as_of=Subquery(from_latest.values("as_of")[:1]),
                last_review=Subquery(from_latest.values("review")[:1]),
                last_unfounded_on=Subquery(from_latest.values("unfounded_on")[:1]),
                evidence_count=Count("evidence", filter=not_unfounded("evidence__progress__"), distinct=True),
                is_soon=Case(When(RUNNING & Q(due_on__gte=today, due_on__lte=until), then=Value(value=True)), default=Value(value=False)),
            )
            .order_by("issue__number", "ordinal")
        )

    def for_round(self, inspection: Inspection) -> Self:
        """``for_register`` by the inspection's own today and its working days; for pages of lower rooms, which know no calendar."""
        from apps.measures.deadlines import window

        return self.for_register(*window(inspection))

    def returned(self) -> Self:
        """Running measures whose latest report was sent back: by the office, or by a check on site that found it untrue."""
        fate = Case(When(unfounded_on__isnull=False, then=Value("returned")), default=F("review"), output_field=CharField())
        latest = self._latest_report().annotate(fate=fate).values("fate")[:1]
        return self.annotate(latest_review=Subquery(latest)).filter(latest_review="returned").unfinished()

    def checked(self) -> Self:
        """Finished, and found true on site by a supervision group since: the third track of completion. The latest check counts."""
        return self.finished().annotate(found_on_site=self.last_findings()).filter(found_on_site="true")

    def last_findings(self) -> Subquery:
        """For a query over measures: the finding of the latest site check since completion."""
        return last_findings_of(self.model._default_manager.all())

    def reported(self) -> Self:
        """Completion claimed by the unit, reviewed or not: the first track of completion."""
        return self.filter(Q(progress__in=FINISHED) | Q(progress="in_review", stopped_on__isnull=False))

    def owing(self, period: Period) -> Self:
        """Measures that owe a report for the period and have none: 本期应报 of the current one, 漏报 of earlier ones.

        The rule in words is in ``cadence.py``. A measure whose stage was complete in the period, or came back in it, owes nothing.
        """
        from apps.measures.models import Progress

        of_measure = Progress.objects.filter(measure=OuterRef("pk"))
        reported = of_measure.filter(reported_on__gte=period.start, reported_on__lte=period.end)
        staged = of_measure.counting().filter(claim="stage_done")
        resting = staged.filter(reported_on__lte=period.end, next_review_on__gte=period.start)
        running = Q(stopped_on__isnull=True) | Q(stopped_on__gt=period.end)
        return self.filter(running, ~Exists(reported), ~Exists(resting), assigned_on__lt=period.start)

    def to_resume(self, on: dt.date) -> Self:
        """Stage-complete measures whose next review day has come, of issues in work: those of a closed issue rest, those of an issue
        applied for wait for the decision, which would else be about something that has changed by itself."""
        return self.filter(progress="stage_done", next_review_on__lte=on, issue__closure="open")

    def resumed(self) -> Self:
        """Back in the round for the next stage, and not finished since."""
        return self.exclude(progress__in=(*FINISHED, "not_started")).exclude(stage_goal="").filter(next_review_on__isnull=True)

    def for_closing(self) -> Self:
        """With the facts that the rules for closing an issue ask for (``closing.facts_for_closing``), in the order of the measures."""
        return self.annotate(**facts_for_closing(self.model._default_manager.all())).order_by("ordinal")

    def seen_by(self, user: User) -> Self:
        """Annotate ``seen``: whether the user sees the measure; for pages whose rules ask about all measures of an issue."""
        visible = self.model._default_manager.visible_to(user).order_by().values("pk")
        return self.annotate(seen=Case(When(pk__in=visible, then=Value(value=True)), default=Value(value=False)))

    def contents_for_closure(self, rows: Iterable[Measure]) -> list[dict[str, Any]]:
        """What an application to close the issue stands for, of these of its measures."""
        return contents_of(rows)

    def track_counts(self, rows: Iterable[Measure] | None = None) -> TrackCounts:
        """On the three tracks of completion; ``rows`` were read with ``for_closing`` already."""
        return counts_of(self) if rows is None else counts_of_rows(rows)

    def _latest_report(self) -> models.QuerySet[Progress]:
        """For sub-selects. The sum keeps PostgreSQL from walking back through the reports of all measures in the order of their keys,
        which it prefers to the index of the measure where it takes the table for empty."""
        from apps.measures.models import Progress

        return Progress.objects.filter(measure=OuterRef("pk")).order_by((F("pk") + 0).desc())


class ProgressQuerySet(models.QuerySet["Progress"]):
    """Reports, newest first."""

    def pending(self) -> Self:
        return self.filter(review="pending")

    def counting(self) -> Self:
        return self.filter(counts_by_report())

    def visible_to(self, user: User) -> Self:
        """Reports go with their measure."""
        return rows_where(self, policies.visible_measures(user, "measure__"))

    def for_queue(self) -> Self:
        """The review queue: the longest waiting first, with what a row shows."""
        return (
            self.select_related("measure__issue__inspection", "measure__lead_unit", "reported_by", "claimed_by", "resubmits__reviewed_by")
            .prefetch_related("evidence__versions", "readings__indicator")
            .order_by("reported_on", "pk")
        )


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Requests for a later due date."""

    def visible_to(self, user: User) -> Self:
        """Requests go with their measure."""
        return rows_where(self, policies.visible_measures(user, "measure__"))

    def open(self) -> Self:
        return self.filter(decision__in=("pending", "endorsed"))

    def waiting_for(self, user: User) -> Self:
        """What this user decides next: the office the first level, a leader what the office has endorsed."""
        if user.role == "office":
            return self.filter(decision="pending")
        return self.filter(decision="endorsed") if user.is_leader else self.none()

    def later(self) -> Self:
        """Requests on measures that were extended before: two levels of approval."""
        return self.filter(self._extended_before())

    def for_list(self) -> Self:
        """With all that a row shows, and ``needs_leader`` annotated; the newest first."""
        people = ("requested_by", "endorsed_by", "decided_by")
        rows = self.select_related("measure__issue__inspection", "measure__lead_unit", *people)
        return rows.annotate(needs_leader=self._extended_before()).order_by("-requested_on", "-pk")

    def _extended_before(self) -> Exists:
        agreed = self.model._default_manager.filter(measure=OuterRef("measure"), decision="agreed")
        return Exists(agreed.filter(pk__lt=OuterRef("pk")))


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Pieces of evidence, in the order in which they were handed in."""

    def visible_to(self, user: User) -> Self:
        """Evidence goes with its measure."""
        return rows_where(self, policies.visible_measures(user, "measure__"))

    def counting(self) -> Self:
        """What proves something: entered without a report or with one that counts. That of a returned report, or of one that was found
        untrue on site, proves nothing."""
        return self.filter(counts_by_its_report())


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    """Indicators and what they last read."""

    def visible_to(self, user: User) -> Self:
        """Figures go with their issue."""
        return rows_where(self, visible_issues(user, "issue__"))

    def reported_by(self, measure: Measure) -> Self:
        """What a report on the measure may give values for: its own indicators and those of the whole issue."""
        return self.filter(Q(measure=measure.pk) | Q(measure__isnull=True), issue=measure.issue_id)

    def family_of(self, row: Indicator) -> Self:
        """The indicators that stand in a declared sum with it, itself included: its total and all of that one's parts, its own parts."""
        keys = [row.pk, *([row.total_id] if row.total_id else ())]
        return self.filter(Q(pk__in=keys) | Q(total__in=keys))

    def with_latest(self) -> Self:
        """Annotate ``latest`` (base units) and ``latest_as_of`` of the latest reading that counts."""
        from apps.measures.models import Reading

        latest = Reading.objects.counting().filter(indicator=OuterRef("pk")).order_by("-as_of", "-pk")
        return self.annotate(latest=Subquery(latest.values("value")[:1]), latest_as_of=Subquery(latest.values("as_of")[:1]))

    def broken_sums(self, rows: list[Indicator] | None = None) -> list[tuple[Indicator, list[Indicator], tuple[str, str]]]:
        """Totals that differ from the sum of their parts by the latest readings: (total, parts, (total shown, sum shown)).

        A total is compared once it and all its parts have been read. ``rows`` were read ``with_latest`` already.
        """
        rows = list(self.with_latest()) if rows is None else rows
        broken = []
        for total in rows:
            parts = [row for row in rows if row.total_id == total.pk]
            values: list[Decimal | None] = [row.latest for row in (total, *parts)]
            if not parts or any(value is None for value in values):
                continue
            whole, pieces = values[0], sum((value for value in values[1:] if value is not None), Decimal(0))
            if whole is not None and whole != pieces:
                broken.append((total, parts, (f"{total.to_shown(whole):f}", f"{total.to_shown(pieces):f}")))
        return broken


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Values of indicators."""

    def counting(self) -> Self:
        """Readings entered by the office and those of reports that count; those of reports in review do not count yet."""
        return self.filter(counts_by_its_report())

    def standing(self) -> Self:
        """Those that count and whose report no check on site has found untrue: what a notice may say."""
        return self.counting().filter(progress__unfounded_on__isnull=True)


class RegulationQuerySet(models.QuerySet["Regulation"]):
    """Rules made in the round."""

    def in_force(self) -> Self:
        """Made or revised (健全完善): what notices and dashboards count. Abolished ones are on the register but not in the count."""
        return self.exclude(kind="abolished")

    def visible_to(self, user: User) -> Self:
        """Regulations go with their issue; those of the whole round are for the office and leaders."""
        return rows_where(self, visible_issues(user, "issue__"))
