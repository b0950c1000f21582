"""The book: what verification finds, what the database refuses, and that an act and its entry stand or fall together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.querysets import EntryQuerySet
from apps.ledgers.services import BATCH, Deed, changes, house_book, open_book, record, record_many
from apps.measures.models import Act, Evidence, Measure, Progress
from apps.measures.services import approve, send_back
from apps.reports.models import Edition, Notice
from apps.units.models import Unit, User
from tests import append_only, factories

pytestmark = pytest.mark.django_db

LENGTH, TARGET = 6, 3
HASHED = (
    *("seq", "at", "actor_id", "actor_name", "actor_role", "actor_unit", "act", "act_label", "subject_type", "subject_id"),
    *("subject_label", "reason", "payload", "correlation", "prev_hash", "hash", "book_id"),
)


def written(length: int = LENGTH) -> Book:
    """A book of its own with that many entries; every column of each is filled."""
    book = open_book(slug=f"book-{uuid.uuid4().hex[:8]}", title="试验台账")
    actor = factories.liaison()
    for number in range(length):
        record(
            book, actor=actor, act=Act.REPORT, subject=actor, reason=f"理由{number}", payload={"changes": {"text": ["甲", f"乙{number}"]}}
        )
    return book


def one_byte_off(text: str) -> str:
    """The text with the lowest bit of its last byte turned."""
    raw = bytearray(text.encode())
    raw[-1] ^= 1
    return raw.decode()


def altered(entry: Entry, column: str) -> Any:
    """Another value for the column, as near to the old one as its type allows."""
    value = getattr(entry, column)
    if column == "book_id":
        return open_book(slug="another", title="另一本").pk
    if column == "actor_id":
        return factories.office().pk
    if column == "seq":
        return value + 100
    return nearest(value)


def nearest(value: Any) -> Any:
    if isinstance(value, dict):
        return {"changes": {"text": ["甲", one_byte_off(value["changes"]["text"][1])]}}
    if isinstance(value, uuid.UUID):
        return uuid.UUID(int=value.int ^ 1)
    if isinstance(value, str):
        return one_byte_off(value)
    return value + (dt.timedelta(microseconds=1) if isinstance(value, dt.datetime) else 1)


def forge(statement: str, *parameters: Any) -> None:
    """Run the statement with the triggers out of the way."""
    with append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def set_column(entry: Entry, column: str, value: Any) -> None:
    field = next(field for field in Entry._meta.concrete_fields if field.column == column)
    forge(f"UPDATE ledgers_entry SET {column} = %s WHERE id = %s", field.get_db_prep_save(value, connection), entry.pk)


def at(book: Book, seq: int) -> Entry:
    return Entry.objects.get(book=book, seq=seq)


def test_an_honest_book_verifies_and_so_does_an_empty_one() -> None:
    book = written()
    assert chain.verify(book) == chain.Verdict(book.slug, LENGTH)
    assert chain.verify(open_book(slug="empty", title="空")).holds
    verdict = chain.verify(house_book())
    assert verdict.holds
    assert verdict.entries == house_book().entries.count() > 0


def test_every_column_but_the_row_number_is_tried() -> None:
    assert {field.column for field in Entry._meta.concrete_fields} - {"id"} == set(HASHED)


@pytest.mark.parametrize("column", HASHED)
def test_one_byte_altered_in_an_old_entry_is_named(column: str) -> None:
    book = written()
    entry = at(book, TARGET)
    set_column(entry, column, getattr(entry, column))
    assert chain.verify(book).holds
    set_column(entry, column, altered(entry, column))
    verdict = chain.verify(book)
    assert verdict.broken_seq == TARGET
    assert f"第 {TARGET} 条" in verdict.problem


def test_a_removed_entry_is_named() -> None:
    book = written()
    forge("DELETE FROM ledgers_entry WHERE id = %s", at(book, TARGET).pk)
    assert chain.verify(book).broken_seq == TARGET


def test_two_entries_that_changed_places_are_named() -> None:
    book = written()
    first, second = at(book, TARGET), at(book, TARGET + 1)
    with append_only.lifted(connection):
        for entry, seq in ((first, 99), (second, TARGET), (first, TARGET + 1)):
            Entry.objects.filter(pk=entry.pk).update(seq=seq)
    assert chain.verify(book).broken_seq == TARGET


def test_an_entry_put_in_between_is_named() -> None:
    book = written()
    forged = at(book, TARGET)
    with append_only.lifted(connection):
        for entry in Entry.objects.filter(book=book, seq__gt=TARGET).order_by("-seq"):
            Entry.objects.filter(pk=entry.pk).update(seq=entry.seq + 1)
        forged.pk, forged.seq, forged.prev_hash = None, TARGET + 1, "f" * 64
        forged.hash = chain.hash_of(forged, book.slug)
        forged.save(force_insert=True)
    assert chain.verify(book).broken_seq == TARGET + 1


def test_an_entry_added_past_the_book_is_named() -> None:
    book = written()
    forged = at(book, LENGTH)
    forged.pk, forged.seq, forged.prev_hash = None, LENGTH + 1, forged.hash
    forged.hash = chain.hash_of(forged, book.slug)
    forged.save(force_insert=True)
    assert chain.verify(book).broken_seq == LENGTH + 1


@pytest.mark.parametrize("left", [LENGTH - 1, 2, 0])
def test_a_tail_that_was_cut_is_named(left: int) -> None:
    book = written()
    forge("DELETE FROM ledgers_entry WHERE book_id = %s AND seq > %s", book.pk, left)
    assert chain.verify(book).broken_seq == left + 1


@pytest.mark.parametrize(("seq", "broken"), [(1, 2), (TARGET, TARGET + 1), (LENGTH, LENGTH)])
def test_an_altered_entry_with_its_hash_made_anew_breaks_the_next_link(seq: int, broken: int) -> None:
    """Where there is no next entry, the head kept on the book tells."""
    book = written()
    entry = at(book, seq)
    entry.reason = "另一个理由"
    with append_only.lifted(connection):
        Entry.objects.filter(pk=entry.pk).update(reason=entry.reason, hash=chain.hash_of(entry, book.slug))
    assert chain.verify(book).broken_seq == broken


def test_a_head_that_was_altered_is_told() -> None:
    book = written()
    Book.objects.filter(pk=book.pk).update(head_hash="0" * 64)
    assert chain.verify(book).broken_seq == LENGTH


def test_an_entry_that_cannot_be_canonicalised_is_named_not_an_error() -> None:
    book = written()
    set_column(at(book, TARGET), "payload", {"amount": 2**60})
    assert chain.verify(book).broken_seq == TARGET


# -- the database refuses ---------------------------------------------------------------------------------------------

STATEMENTS = {
    "update one": "UPDATE ledgers_entry SET reason = 'x' WHERE seq = 2",
    "update all": "UPDATE ledgers_entry SET seq = seq",
    "delete one": "DELETE FROM ledgers_entry WHERE seq = 2",
    "delete all": "DELETE FROM ledgers_entry",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_database_refuses_to_change_an_entry(name: str) -> None:
    book = written()
    with pytest.raises(DatabaseError, match="ledgers_entry is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STATEMENTS[name])
    forge(STATEMENTS[name])  # the same statement passes once the triggers are aside
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.filter(book=written()).update(reason="x")
    assert Book.objects.filter(pk=book.pk).update(title="改名") == 1


def published() -> Edition:
    inspection, actor = factories.inspection(), factories.office()
    words = [field.name for field in Notice._meta.fields if field.get_internal_type() in ("CharField", "TextField") and not field.choices]
    facts: dict[str, Any] = dict.fromkeys(words, "文")
    notice = Notice.objects.create(inspection=inspection, drafted_by=actor, edited_by=actor, dated_on=factories.today(), **facts)
    return Edition.objects.create(
        notice=notice, inspection=inspection, number=1, content={"title": "通报"}, sha256="0" * 64, checkpoint_seq=1, published_by=actor
    )


@pytest.mark.parametrize("statement", ["UPDATE reports_edition SET sha256 = 'x'", "DELETE FROM reports_edition"])
def test_the_database_refuses_to_change_an_edition(statement: str) -> None:
    edition = published()
    with pytest.raises(DatabaseError, match="reports_edition is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    edition.refresh_from_db()
    forge(statement)
    assert not Edition.objects.filter(pk=edition.pk, sha256="0" * 64).exists()


@pytest.mark.once
def test_sqlite_refuses_to_replace_an_entry() -> None:
    """INSERT OR REPLACE deletes without a DELETE: the delete trigger sees it because triggers are recursive."""
    book = written()
    columns = "book_id, seq, at, actor_name, actor_role, actor_unit, act, act_label, subject_type, subject_label"
    rest = "reason, payload, correlation, prev_hash, hash"
    replace = (
        f"INSERT OR REPLACE INTO ledgers_entry (id, {columns}, {rest}) SELECT id, {columns}, '改过', payload, correlation, prev_hash, hash"
    )
    with pytest.raises(DatabaseError, match="ledgers_entry is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{replace} FROM ledgers_entry WHERE book_id = %s AND seq = 2", [book.pk])
    assert chain.verify(book).holds


@pytest.mark.postgres
def test_postgresql_refuses_to_truncate() -> None:
    written()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("ledgers_entry", "reports_edition"):
        with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_two_entries_cannot_follow_the_same_one() -> None:
    book = written()
    for changed in ({"seq": 77}, {"prev_hash": "0" * 64}):
        entry = at(book, TARGET)
        entry.pk = None
        for key, value in changed.items():
            setattr(entry, key, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save(force_insert=True)


# -- an act and its entry ---------------------------------------------------------------------------------------------


def fail_to_insert(*_args: Any, **_kwargs: Any) -> None:
    raise DatabaseError("disk full")


def act_add_unit() -> Callable[[], object]:
    return lambda: factories.unit("原子局")


def act_open_inspection() -> Callable[[], object]:
    return lambda: factories.inspection("原子轮次")


def act_report() -> Callable[[], object]:
    measure = factories.measure()
    by = factories.liaison(measure.lead_unit)
    return lambda: factories.report(measure, by=by, claim=Measure.State.DONE, files=[factories.evidence()])


def act_approve() -> Callable[[], object]:
    report, office = factories.report(factories.measure()), factories.office()
    return lambda: approve(actor=office, report=report)


def act_send_back() -> Callable[[], object]:
    report, office = factories.report(factories.measure()), factories.office()
    return lambda: send_back(actor=office, report=report, requirement="请补充")


def act_create_user() -> Callable[[], object]:
    return factories.office


def snapshot() -> list[Any]:
    """Every row that these acts could leave behind."""
    tables: tuple[type[models.Model], ...] = (Unit, User, Book, Measure, Progress, Evidence, Entry)
    return [list(model._default_manager.order_by("pk").values()) for model in tables]


ACTS = (act_add_unit, act_open_inspection, act_report, act_approve, act_send_back, act_create_user)


@pytest.mark.parametrize("prepare", ACTS)
def test_an_act_whose_entry_cannot_be_written_did_not_happen(prepare: Callable[[], Callable[[], object]], monkeypatch: Any) -> None:
    house_book()
    act = prepare()
    before = snapshot()
    with monkeypatch.context() as patch:
        patch.setattr(EntryQuerySet, "bulk_create", fail_to_insert)
        with pytest.raises(DatabaseError, match="disk full"):
            act()
    assert snapshot() == before
    act()
    assert snapshot() != before


# -- what is hashed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [{"x": 0.5}, {"x": [1, {"y": 1e9}]}, {"x": {1, 2}}, {"x": b"1"}])
def test_floats_and_other_values_without_one_spelling_are_refused(payload: dict[str, Any]) -> None:
    book = written(1)
    with pytest.raises(TypeError, match="台账不能记录"), transaction.atomic():
        record(book, actor=None, act=Act.REPORT, subject=factories.office(), payload=payload)
    assert book.entries.count() == 1


def test_plain_values_have_one_spelling() -> None:
    given = {"money": Decimal("40.4000"), "whole": Decimal("4E+5"), "day": dt.date(2025, 7, 31), 1: (True, None, "文", 3)}
    assert chain.plain(given) == {"money": "40.4", "whole": "400000", "day": "2025-07-31", "1": [True, None, "文", 3]}


VALUES = (
    r'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
    r'"string":"\u20ac$\u000F\u000aA'
    r"'\u0042\u0022\u005c\\\"\/"
    r'","literals":[null,true,false]}'
)
VALUES_CANONICAL = (
    r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    r'"string":"€$\u000f\nA'
    r"'B\"\\\\\"/"
    r'"}'
)
KEYS = r'{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}'
KEYS_CANONICAL = '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'


@pytest.mark.parametrize(("given", "canonical"), [(VALUES, VALUES_CANONICAL), (KEYS, KEYS_CANONICAL)])
def test_the_canonical_form_is_that_of_rfc_8785(given: str, canonical: str) -> None:
    """The examples of RFC 8785 §3.2.2 (values) and §3.2.3 (order of keys)."""
    assert chain.sha256_of(json.loads(given)) == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_reader_without_this_code_computes_the_same_hash() -> None:
    """From the columns alone: sorted keys, no white space, UTF-8, SHA-256; each entry names the one before."""
    book, previous = written(), ""
    for entry in Entry.objects.filter(book=book).order_by("seq"):
        moment = entry.at.astimezone(dt.UTC)
        body = {
            "format": 1,
            "book": book.slug,
            "seq": entry.seq,
            "at": moment.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"),
            "actor": {"id": entry.actor_id, "name": entry.actor_name, "role": entry.actor_role, "unit": entry.actor_unit},
            "act": entry.act,
            "act_label": entry.act_label,
            "subject": {"type": entry.subject_type, "id": entry.subject_id, "label": entry.subject_label},
            "reason": entry.reason,
            "payload": entry.payload,
            "correlation": str(entry.correlation),
            "prev_hash": previous,
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert entry.hash == previous
        assert entry.code == previous[:7]
    book.refresh_from_db()
    assert book.head_hash == previous


def test_changes_keeps_what_differs() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"changes": {"b": [2, 3]}}


def queries_for(book: Book, subject: User, count: int) -> int:
    deeds = [Deed(Act.REPORT, subject) for _ in range(count)]
    with CaptureQueriesContext(connection) as captured:
        record_many(book, actor=subject, deeds=deeds)
    return sum(1 for query in captured.captured_queries if "SAVEPOINT" not in query["sql"])


def test_many_entries_cost_queries_by_the_batch_only() -> None:
    """Lock and read the head, insert, move the head; SQLite takes fewer parameters in one statement than a batch has."""
    book, subject = written(1), factories.liaison()
    columns = [field for field in Entry._meta.concrete_fields if not field.primary_key]
    batch = min(BATCH, connection.ops.bulk_batch_size(columns, [Entry()] * BATCH))
    assert connection.vendor == "sqlite" or batch == BATCH
    assert [queries_for(book, subject, count) for count in (1, 2, batch, batch + 1)] == [3, 3, 3, 4]
    assert chain.verify(book).entries == 1 + 1 + 2 + batch + batch + 1
    assert record_many(book, actor=subject, deeds=[]) == []
    newest = Entry.objects.filter(book=book).order_by("-seq")[: batch + 2]
    assert [len({entry.correlation for entry in newest[:count]}) for count in (batch + 1, batch + 2)] == [1, 2]
