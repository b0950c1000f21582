"""Imports and workbooks in two hands at once, on PostgreSQL: what was confirmed is written once, whoever takes it up."""

from __future__ import annotations

import datetime as dt
import threading
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.issues.models import Inspection, Issue
from apps.ledgers import chain
from apps.ledgers import services as books
from apps.ledgers.models import Entry
from apps.measures.importing.working import work
from apps.measures.models import ImportRun, Measure, Progress
from apps.measures.services import amend_measure, importing, take_workbook
from apps.measures.services.importing import applying, running
from apps.units.models import User
from tests import factories as make
from tests.api_world import client, url
from tests.at_once import HEAD_START, PATIENCE, at_once
from tests.filling import begun, looked_at
from tests.lists import Rows, started, workbook
from tests.racing import Ask, hold_on, run

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROWS: list[tuple[Any, ...]] = [("序号", "反馈问题", "整改措施", "牵头单位", "时限")]
ROWS += [(number, f"问题{number}表现突出", "集中整治；建立机制", "某某局", "2099年底") for number in range(1, 6)]


def ready(office: User, inspection: Inspection, rows: Rows = ROWS) -> ImportRun:
    found = started(office, inspection, workbook(rows))
    assert found.state == ImportRun.State.READY, found.plan
    return found


def confirmed(office: User, inspection: Inspection) -> ImportRun:
    found = ready(office, inspection)
    return importing.ask_apply(actor=office, run=found, fingerprint=found.plan["fingerprint"])


@pytest.fixture
def office() -> User:
    make.unit("某某局")
    return make.office()


@pytest.fixture
def inspection() -> Inspection:
    return make.inspection()


def applied() -> int:
    return Entry.objects.filter(act="measures.apply_import").count()


@pytest.fixture
def begun_writing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A name for each worker that has begun to write."""
    found: list[str] = []
    write = applying._Writer.write

    def counted(self: Any) -> None:
        found.append(threading.current_thread().name)
        write(self)

    monkeypatch.setattr(applying._Writer, "write", counted)
    monkeypatch.setattr(running, "LEASE", dt.timedelta(0))  # both take it up, as after a worker that was too slow
    return found


def test_two_workers_write_one_import_once(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch, begun_writing: list[str]
) -> None:
    row = confirmed(office, inspection)
    hold_on(monkeypatch)
    assert at_once(lambda: work(row.pk), lambda: work(row.pk)) == []
    row.refresh_from_db()
    assert (row.state, row.error, applied(), len(begun_writing)) == (ImportRun.State.APPLIED, "", 1, 1)
    assert (Issue.objects.count(), Measure.objects.count()) == (5, 10)
    assert chain.verify(inspection.book).holds


def test_without_the_locks_both_workers_would_write(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch, begun_writing: list[str]
) -> None:
    """The control."""
    row = confirmed(office, inspection)
    hold_on(monkeypatch)
    plain: Any = ImportRun.objects.select_related("inspection__book", "made_by", "applied_by")
    monkeypatch.setattr(applying, "locked", lambda found: plain.get(pk=found.pk))
    monkeypatch.setattr(applying, "locked_inspection", lambda found: Inspection.objects.get(pk=found.pk))
    at_once(lambda: work(row.pk), lambda: work(row.pk))
    assert len(set(begun_writing)) == 2


def test_the_same_list_in_two_runs_is_written_once_and_the_other_shown_anew(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [confirmed(office, inspection) for _turn in range(2)]
    hold_on(monkeypatch)
    assert at_once(*(lambda pk=row.pk: work(pk) for row in rows)) == []
    states = sorted(ImportRun.objects.values_list("state", "error"))
    assert states == [("applied", ""), ("ready", applying.MOVED)]
    assert (Issue.objects.count(), applied()) == (5, 1)
    waiting = ImportRun.objects.get(state="ready")
    assert {line[2] for line in waiting.plan["lines"]} == {"same"}


@pytest.mark.parametrize("ordered", [True, False], ids=("as it is", "the control"))
def test_an_import_and_an_act_on_its_last_measure_do_not_wait_for_each_other(
    office: User, inspection: Inspection, monkeypatch: pytest.MonkeyPatch, *, ordered: bool
) -> None:
    """The act has locked what the import comes to last, and wants the book that the import holds by then if it has not locked all first."""
    work(confirmed(office, inspection).pk)
    row = ready(office, inspection, [(*line, "张三" if line is not ROWS[0] else "责任人") for line in ROWS])
    importing.ask_apply(actor=office, run=row, fingerprint=row.plan["fingerprint"], reason="按清单更新")
    last, held, booked, write = Measure.objects.order_by("issue__number", "ordinal")[9], Event(), Event(), books.record_many

    def watched(*given: Any, **named: Any) -> Any:
        if not held.is_set():
            held.set()
            booked.wait(HEAD_START)
            return write(*given, **named)
        made = write(*given, **named)
        booked.set()
        return made

    monkeypatch.setattr(books, "record_many", watched)
    if not ordered:
        monkeypatch.setattr(applying, "locked_many", lambda *_rows: None)

    def written() -> None:
        held.wait(PATIENCE)
        work(row.pk)

    amend = partial(amend_measure, actor=office, measure=last, values={"text": "另行整治"}, reason="议定")
    wrong = at_once(amend, written)
    row.refresh_from_db()
    went = (wrong, row.state, Measure.objects.filter(person="张三").count(), Measure.objects.get(pk=last.pk).text)
    assert (went == ([], ImportRun.State.APPLIED, 10, "另行整治")) == ordered, went
    assert ordered or row.state == ImportRun.State.FAILED or "deadlock" in str(wrong), went


def test_two_confirm_the_same_preview(office: User, inspection: Inspection) -> None:
    row = ready(office, inspection)
    body = {"fingerprint": row.plan["fingerprint"], "version": row.version}
    address = url("imports", row.pk, "apply")
    assert [answer.status_code for answer in run((Ask(office, address, body), Ask(make.office(), address, body)))] == [200, 409]


def test_two_submit_the_same_rows_of_a_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = make.measure()
    unit, inspection = measure.lead_unit, measure.issue.category.inspection
    people = (make.liaison(unit), make.office())
    filling = begun(people[0], inspection, unit)
    filling.report(measure)
    taken = take_workbook(actor=people[0], file=filling.upload())
    (row,) = looked_at(taken, people[0]).rows
    body = {"rows": [{"measure": measure.pk, "token": row.token}]}
    hold_on(monkeypatch)
    asks = (Ask(people[0], url("workbooks", taken.pk, "submit"), body), Ask(people[1], url("workbooks", taken.pk, "submit"), body))
    assert [answer.status_code for answer in run(asks)] == [200, 409]
    assert Progress.objects.count() == 1


def test_the_same_workbook_handed_in_twice_at_once_is_kept_once() -> None:
    measure = make.measure()
    who = make.liaison(measure.lead_unit)
    filling = begun(who, measure.issue.category.inspection, measure.lead_unit)
    filling.report(measure)
    data = filling.saved()

    def hand_in() -> None:
        answer = client(who).post(url("workbooks"), {"file": SimpleUploadedFile("填报.xlsx", data)}, format="multipart")
        assert answer.status_code == 201

    assert at_once(hand_in, hand_in) == []
    assert client(who).get(url("workbooks")).json()["count"] == 1
