"""What closing an issue asks of its measures: the facts behind the rule catalogue, and the content that an application stands for.

The rules themselves live with the issues (``apps/issues/rules``), which reach these rows by ``issue.measures.for_closing()``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value

if TYPE_CHECKING:
    from apps.measures.models import Measure
    from apps.measures.querysets import MeasureQuerySet

UNANSWERED = ("sent", "signed")
UNDECIDED = ("pending", "endorsed")


def facts_for_closing(every: MeasureQuerySet) -> dict[str, Exists | Subquery]:
    """What the closing rules ask of each measure, as annotations of the query that reads it; ``every`` are all measures there are."""
    from apps.measures.models import Evidence, Extension, Progress, Regulation

    mine = OuterRef("pk")
    proof = Evidence.objects.counting().filter(measure=mine)
    reports = Progress.objects.filter(measure=mine)
    made = Regulation.objects.in_force().filter(Q(measure=mine) | Q(issue=OuterRef("issue_id")))
    return {
        "has_evidence": Exists(proof),
        "has_timely_evidence": Exists(proof.filter(effective_on__gte=OuterRef("issue__inspection__feedback_on"))),
        "has_later_version": Exists(proof.filter(progress__isnull=False, versions__number__gt=1)),
        "has_regulation": Exists(made),
        "has_open_letter": Exists(every.filter(pk=mine, letters__state__in=UNANSWERED)),
        "asks_for_extension": Exists(Extension.objects.filter(measure=mine, decision__in=UNDECIDED)),
        "has_report_waiting": Exists(reports.filter(review="pending")),
        "was_done_in_round": Exists(reports.counting().filter(round=OuterRef("issue__round"))),
        "last_finding": every.last_findings(),
        "is_reported": Exists(every.reported().filter(pk=mine)),
        "is_checked": Exists(every.checked().filter(pk=mine)),
    }


def contents_of(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """What an application to close stands for, of each measure: its words, its state, its reports and its evidence that count.

    One query, whatever the number of measures.
    """
    from apps.measures.models import Evidence, EvidenceVersion, Progress

    rows = list(measures)
    of_these: list[int] = [row.pk for row in rows]
    counting = Progress.objects.counting().filter(measure__in=of_these).order_by()
    proof = Evidence.objects.counting().filter(measure__in=of_these)
    files = EvidenceVersion.objects.filter(evidence__in=proof.order_by().values("pk")).order_by()
    told = counting.annotate(what=Value("reports", CharField())).values_list("measure_id", "what", "pk", "content_hash")
    shown = files.annotate(what=Value("evidence", CharField())).values_list("evidence__measure_id", "what", "pk", "sha256")
    found: defaultdict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for measure, what, pk, digest in told.union(shown, all=True):
        found[measure, what].append((pk, digest))
    return [
        {
            "number": row.ordinal,
            "text": row.text,
            "progress": row.progress,
            **{what: [digest for _pk, digest in sorted(found[row.pk, what])] for what in ("reports", "evidence")},
        }
        for row in rows
    ]


def last_findings_of(every: MeasureQuerySet) -> Subquery:
    """For each measure of the outer query: what the latest check on site since its completion found (None: nobody looked)."""
    since = every.filter(pk=OuterRef("pk"), site_checks__checked_on__gte=F("stopped_on"))
    return Subquery(since.order_by("-site_checks__checked_on", "-site_checks__pk").values("site_checks__finding")[:1])
