"""How long it takes to derive the flags of a round with very many measures, against the bare SQL that finds the same rows.

The first run writes a flag and an entry of the book for every second measure, a transaction for each portion of them; what it takes on
the processor is printed beside the time by the clock, which depends on what else the machine does. The next run writes nothing.

Run it as in README.md. The measures are written straight into a scratch database (``bulk_create``): they are no acts of anybody.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.issues.models import Inspection

ROOT = Path(__file__).resolve().parent.parent
ISSUES = 500
UNITS = 40
SHARE = 2  # every second measure is overdue
DAY = dt.date(2026, 6, 10)
BARE = (
    "SELECT m.id, m.due_on FROM measures_measure m JOIN issues_issue i ON i.id = m.issue_id "
    "WHERE i.inspection_id = %s AND m.stopped_on IS NULL AND m.due_on < %s ORDER BY m.id"
)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with tempfile.TemporaryDirectory(prefix="jiandi-benchmark-") as folder:
        os.environ["DATA_DIR"] = folder
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        measure(count)


def measure(count: int) -> None:
    from django.db import connection, reset_queries
    from django.db.backends.utils import CursorWrapper

    from apps.supervision.services import derive_timeliness

    inspection = fill(count)
    asked: list[str] = []

    def counting(execute: Callable[..., CursorWrapper], sql: str, *rest: object) -> CursorWrapper:
        asked.append(sql.split(" ", 1)[0])
        return execute(sql, *rest)

    def bare() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [inspection.pk, DAY])
            return len(cursor.fetchall())

    def derive() -> int:
        (done,) = derive_timeliness(inspection=inspection, today=DAY)
        return done.raised

    bare()
    base, found = timed(bare)
    say(f"{count} measures on {connection.vendor}; the bare SQL finds {found} overdue in {base:.2f} s")
    for name in ("first run", "next run"):
        asked.clear()
        reset_queries()
        with connection.execute_wrapper(counting):
            working = time.process_time()
            seconds, raised = timed(derive)
            working = time.process_time() - working
        reads = sum(word in ("SELECT", "DECLARE") for word in asked)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        say(
            f"{name}: {raised} raised in {seconds:.2f} s ({working:.2f} s on the processor), {seconds / base:.1f} times the bare SQL; "
            f"{reads} reads, {len(asked) - reads} writes; at most {peak} MiB"
        )


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def timed(work: Callable[[], int]) -> tuple[float, int]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def fill(count: int) -> Inspection:
    """A round with so many running measures, half of them overdue on ``DAY``, assigned so late that no other rule holds."""
    from apps.issues.models import Inspection, Issue
    from apps.issues.services import add_category, open_inspection
    from apps.ledgers.services import BATCH
    from apps.measures.models import Measure
    from apps.units.models import Unit

    units = Unit.objects.bulk_create([Unit(name=f"区单位{n}", short_name=f"单位{n}", kind=Unit.Kind.values[0]) for n in range(UNITS)])
    inspection = open_inspection(
        actor=None,
        name="基准",
        level=Inspection.Level.COUNTY,
        kind=Inspection.Kind.XUNCHA,
        inspecting_body="巡察组",
        inspected_body="区委",
        on_site_from=DAY - dt.timedelta(days=200),
        on_site_to=DAY - dt.timedelta(days=150),
        feedback_on=DAY - dt.timedelta(days=100),
    )
    category = add_category(actor=None, inspection=inspection, number=1, title="方面")
    issues = Issue.objects.bulk_create(
        [
            Issue(inspection=inspection, category=category, number=n, title=f"问题{n}", finding="问题", lead_unit=units[n % UNITS])
            for n in range(1, ISSUES + 1)
        ]
    )
    for start in range(0, count, 10_000):
        Measure.objects.bulk_create(
            [
                Measure(
                    issue=issues[n % ISSUES],
                    ordinal=n // ISSUES + 1,
                    text="逐项核实并建立台账",
                    nature=Measure.Nature.NOW,
                    pace=Measure.Pace.LIMITED,
                    lead_unit=units[n % UNITS],
                    due_on=DAY + dt.timedelta(days=-3 if n % SHARE else 60),
                    original_due_on=DAY + dt.timedelta(days=60),
                    assigned_on=DAY - dt.timedelta(days=8),
                )
                for n in range(start, min(start + 10_000, count))
            ],
            batch_size=BATCH,
        )
    return inspection


if __name__ == "__main__":
    main()
