"""The demonstration's source text and annotation, read once; and the demonstration loaded for one module, undone afterwards.

Loading it takes longer than most modules that look at it, so that each pytest worker loads it once and keeps its rows; its evidence
stays in the worker's data folder.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from apps.issues.models import Activity, Inspection, Issue
from apps.measures.models import Indicator, Measure, Reading, Regulation
from config.demo.annotation import Annotation, read_annotation
from config.demo.loader import SLUG, load
from config.demo.source import Item, Number, squeeze
from tests.kept_rows import KeptRows, all_rows

FOLDER = settings.BASE_DIR / "fixtures" / "shaxian-2025"


@cache
def annotation() -> Annotation:
    return read_annotation(FOLDER)


@cache
def items() -> dict[int, Item]:
    return {item.number: item for item in annotation().source.items}


# The rows of the demonstration by the day that it was loaded on: its dates hang on that day.
_kept: dict[dt.date, KeptRows] = {}


@contextmanager
def loaded() -> Iterator[Inspection]:
    """Inside, the demonstration is in the database."""
    with transaction.atomic():
        yield _put_back() if timezone.localdate() in _kept else _load_and_keep()
        transaction.set_rollback(True)


@contextmanager
def loaded_anew() -> Iterator[Inspection]:
    """The same, by the loader in any case."""
    with transaction.atomic():
        yield _load()
        transaction.set_rollback(True)


def _load() -> Inspection:
    inspection = load(FOLDER)
    assert inspection is not None
    connection.check_constraints()  # once here, or PostgreSQL checks every new row again at the end of each test
    return inspection


def _load_and_keep() -> Inspection:
    today, before = timezone.localdate(), all_rows()
    inspection = _load()
    _kept[today] = KeptRows(before, all_rows())
    return inspection


def _put_back() -> Inspection:
    _kept[timezone.localdate()].put_back()
    connection.check_constraints()
    return Inspection.objects.get(book__slug=SLUG)


def database_problems(inspection: Inspection) -> Iterator[str]:
    """What the rows of the database leave unquoted or uncounted of section 二, and what they quote that is not there.

    Written anew here, without the checker of the annotation: it asks the rows, not the files.
    """
    issues = {issue.number: issue for issue in inspection.issues.all()}
    for number, item in items().items():
        issue = issues.get(number)
        if issue is None or issue.title != item.title:
            yield f"{number}: no such issue"
            continue
        yield from (f"{number}: {problem}" for problem in _problems_of(issue, item))


def _problems_of(issue: Issue, item: Item) -> Iterator[str]:
    of_issue = Q(issue=issue) | Q(issue__isnull=True, inspection=issue.inspection)
    measures = list(Measure.objects.filter(issue=issue).values_list("quote", flat=True))
    rules = list(Regulation.objects.filter(of_issue).values_list("quote", flat=True))
    held = list(Activity.objects.filter(of_issue).values_list("quote", flat=True))
    indicators = list(Indicator.objects.filter(issue=issue).values_list("quote", flat=True))
    readings = list(Reading.objects.filter(indicator__issue=issue).select_related("indicator"))
    text = squeeze(f"{item.title}。{item.body}")
    own = [*measures, *rules, *indicators, *(reading.quote for reading in readings)]
    yield from (f"not in the text: {quote}" for quote in own if squeeze(quote) not in text)
    quoted = [squeeze(quote) for quote in (*own, *held) if quote]
    yield from (f"nobody quotes: {clause}" for clause in item.clauses if not any(squeeze(clause) in quote for quote in quoted))
    counted = Counter(held)
    valued = [(reading.quote, Decimal(reading.shown)) for reading in readings]
    valued += [(quote, Decimal(times)) for quote, times in counted.items() if times > 1]
    explained = [*rules, *(quote for quote, times in counted.items() if times == 1), *not_figures(issue.number)]
    for number in item.numbers:
        read = any(value == Decimal(number.value) and covers(quote, number, item.body) for quote, value in valued)
        if not read and not any(covers(quote, number, item.body) for quote in explained):
            yield f"nobody reads {number.written} at {number.start}"


def not_figures(number: int) -> list[str]:
    issue = next(issue for issue in annotation().issues if issue["number"] == number)
    return [entry["quote"] for entry in issue.get("not_a_figure") or [] if entry["reason"]]


def covers(quote: str, number: Number, body: str) -> bool:
    """Whether the quote, where it stands in the body, holds the number."""
    start = body.find(quote) if quote else -1
    while start >= 0:
        if start <= number.start and number.end <= start + len(quote):
            return True
        start = body.find(quote, start + 1)
    return False
