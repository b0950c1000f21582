"""In which order an import takes its locks and books, who may still write it, and which worker's result counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.measures.importing.tree import Tree
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure
from apps.measures.services import importing
from apps.measures.services.importing import applying
from apps.measures.services.importing.running import LEASE, MOST_TRIES
from apps.units.models import Unit, User
from tests import factories as make
from tests.lists import HEADINGS, Rows, applied, started, workbook

pytestmark = pytest.mark.django_db
ROWS: Rows = [
    HEADINGS,
    (1, "党建", "学习不深入", "制定计划", "区宣传部", "", "张三", "2099年底"),
    (2, "党建", "研究不够", "专题研究", "区宣传部", "", "李四", "2099年底"),
    (3, "党建", "督办不力", "每月督办", "区宣传部", "", "王五", "2099年底"),
]


@pytest.fixture
def office() -> User:
    make.unit("宣传部")
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def confirmed(office: User, inspection: Inspection, rows: Rows = ROWS) -> ImportRun:
    run = started(office, inspection, workbook(rows))
    return importing.ask_apply(actor=office, run=run, fingerprint=run.plan["fingerprint"], reason="按清单更新")


def test_all_that_changes_or_is_added_to_is_locked_before_any_book(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(office, started(office, inspection, workbook(ROWS)))
    rows = [
        HEADINGS,
        (1, "党建", "学习不深入", "制定计划", "区宣传部", "", "赵六", "2099年底"),
        (2, "党建", "研究不够", "再开一次专题会", "区宣传部", "", "李四", "2099年底"),
        (2, "党建", "研究不够", "专题研究", "区宣传部", "", "李四", "2099年底"),
        (3, "党建", "督办不力，没有闭环", "每月督办", "区宣传部", "", "王五", "2099年底"),
    ]
    run = confirmed(office, inspection, rows)
    asked: list[tuple[set[int], set[int]]] = []

    def noted(measures: Any, issues: Any = ()) -> None:
        asked.append((set(measures), set(issues)))

    monkeypatch.setattr(applying, "locked_many", noted)
    work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (ImportRun.State.APPLIED, "")
    changed = {Measure.objects.get(person="赵六").pk}
    assert asked == [(changed, set(inspection.issues.filter(number__in=(2, 3)).values_list("pk", flat=True)))]


def test_the_book_of_the_house_is_written_last(office: User, inspection: Inspection) -> None:
    run = started(office, inspection, workbook([HEADINGS, (1, "党建", "学习不深入", "制定计划", "区财政局", "区审计局", "", "2099年底")]))
    choices = {"区财政局": "new:government", "区审计局": "new:government"}
    importing.set_import(actor=office, run=run, choices={"units": choices})
    work(run.pk)
    run.refresh_from_db()
    run = applied(office, run)
    assert run.state == ImportRun.State.APPLIED, run.error
    entries = Entry.objects.filter(correlation=str(run.correlation)).order_by("pk")
    acts = list(entries.values_list("act", flat=True))
    assert acts[-3:] == ["measures.apply_import", "units.add_unit", "units.add_unit"]
    made = Unit.objects.filter(name__in=choices)
    assert {(row.subject_id, row.payload["changes"]["name"][1]) for row in entries.filter(act="units.add_unit")} == {
        (unit.pk, unit.name) for unit in made
    }


def begun(office: User, inspection: Inspection) -> ImportRun:
    """A run that a worker has begun to read."""
    run = importing.reread(actor=office, run=started(office, inspection, workbook(ROWS)))
    claimed = importing.claim_import(pk=run.pk)
    assert claimed is not None
    return claimed


def kept(run: ImportRun) -> ImportRun:
    """What a worker reads in the end: nothing at all."""
    return importing.keep_read(run=run, outline={}, tree=Tree(), plan=None, state=ImportRun.State.READY)


def test_a_second_message_does_not_begin_what_a_worker_is_at(office: User, inspection: Inspection) -> None:
    run = begun(office, inspection)
    for _message in range(MOST_TRIES + 1):
        assert importing.claim_import(pk=run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.attempts) == (ImportRun.State.READING, 1)
    ImportRun.objects.filter(pk=run.pk).update(begun_at=timezone.now() - LEASE)
    assert importing.claim_import(pk=run.pk) is not None, "the worker is gone"


def test_what_was_read_before_the_office_decided_otherwise_is_not_kept(office: User, inspection: Inspection) -> None:
    slow = begun(office, inspection)
    ImportRun.objects.filter(pk=slow.pk).update(state=ImportRun.State.READY, begun_at=None)
    importing.set_import(actor=office, run=slow, choices={"renumber": True})
    assert kept(slow).state == ImportRun.State.READING
    importing.fail_import(run=slow, error="太慢")
    quick = importing.claim_import(pk=slow.pk)
    assert quick is not None
    assert kept(slow).state == ImportRun.State.READING
    assert kept(quick).state == ImportRun.State.READY


def test_a_late_reading_does_not_take_back_what_was_confirmed(office: User, inspection: Inspection) -> None:
    slow = begun(office, inspection)
    ImportRun.objects.filter(pk=slow.pk).update(state=ImportRun.State.APPLYING)
    assert kept(slow).state == ImportRun.State.APPLYING


def test_what_a_disabled_account_confirmed_is_not_written(office: User, inspection: Inspection) -> None:
    run = confirmed(office, inspection)
    User.objects.filter(pk=office.pk).update(is_active=False)
    work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, inspection.issues.count()) == (ImportRun.State.READY, applying.DISABLED, 0)
    run = applied(make.office(), run)
    assert (run.state, inspection.issues.count()) == (ImportRun.State.APPLIED, 3)
