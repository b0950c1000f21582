"""What PostgreSQL makes of the counts of the register where its statistics say that the tables are empty."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test.utils import CaptureQueriesContext

from apps.measures.models import Measure, Progress
from apps.measures.querysets import MeasureQuerySet
from tests import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
BACKWARD = "Index Scan Backward using measures_progress_pkey"


def taken_for_empty() -> None:
    """As after statistics were taken while the rows of a transaction that was undone still filled the pages; undone with the test.
    There are thousands of pages then; reading the few of this test from end to end, which is cheaper still, is ruled out."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE relname IN ('measures_progress', 'measures_measure')")


def reported() -> MeasureQuerySet:
    factories.report(factories.measure())
    taken_for_empty()
    return Measure.objects.all()


def test_the_counts_do_not_walk_through_the_reports_of_all_measures() -> None:
    rows = reported()
    with CaptureQueriesContext(connection) as seen:
        rows.tally(factories.today(), factories.days(7), hits=rows)
    (statement,) = [query["sql"] for query in seen.captured_queries]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "measures_progress" in plan
    assert BACKWARD not in plan


def test_the_control_in_the_plain_order_of_their_keys_they_would() -> None:
    latest = Progress.objects.filter(measure=OuterRef("pk")).order_by("-pk")
    rows = reported().annotate(review=Subquery(latest.values("review")[:1])).filter(review="returned")
    assert BACKWARD in rows.explain()
