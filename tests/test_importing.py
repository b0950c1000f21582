"""The life of an import: read, set right, previewed, applied wholly or not at all; the same file again changes nothing."""

from __future__ import annotations

import pytest

from apps.ledgers.models import Entry
from apps.measures.models import ImportRun, Measure
from tests import factories
from tests.lists import HEADINGS, applied, chosen, started, workbook

pytestmark = pytest.mark.django_db

ROWS = [
    ("某区整改台账",),
    HEADINGS,
    (1, "党的领导", "学习不深入。", "1.制定计划；2.开展检查", "区宣传部", "区办公室", "张三", "2025年8月底前"),
    (2, "党的领导", "研究不够。", "专题研究", "区办公室", "", "李四", "长期坚持"),
]


def test_a_list_is_read_and_applied_and_then_changes_nothing() -> None:
    office, inspection = factories.office(), factories.inspection()
    factories.unit("宣传部")
    factories.unit("办公室")
    run = started(office, inspection, workbook(ROWS))
    assert run.state == ImportRun.State.READY, (run.error, run.plan.get("findings"))
    run = applied(office, run)
    assert run.state == ImportRun.State.APPLIED, run.error
    measures = list(Measure.objects.filter(issue__inspection=inspection))
    assert [(row.number, row.text, row.lead_unit.name, str(row.due_on)) for row in measures] == [
        ("1-1", "制定计划", "区宣传部", "2025-08-31"),
        ("1-2", "开展检查", "区宣传部", "2025-08-31"),
        ("2-1", "专题研究", "区办公室", "None"),
    ]
    entries = Entry.objects.filter(book=inspection.book, correlation=run.correlation)
    assert entries.count() == 1 + 2 + 3 + 1
    again = started(office, inspection, workbook(ROWS))
    assert again.state == ImportRun.State.READY
    assert {line[2] for line in again.plan["lines"]} == {"same"}
