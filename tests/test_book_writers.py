"""Many writers at once on PostgreSQL: one chain without a gap, because each append locks the row of the book."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from apps.ledgers import chain
from apps.ledgers.models import Book, Entry
from apps.ledgers.services import open_book, record
from apps.measures.models import Act
from apps.units.models import User
from tests import factories

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS, APPENDS = 8, 20
PATIENCE = 30


def append_from_many_threads(book: Book, actor: User) -> list[Exception]:
    """Each thread appends so often; what was raised in any of them."""
    raised: list[Exception] = []
    ready = threading.Barrier(THREADS)

    def work(name: int) -> None:
        try:
            ready.wait(PATIENCE)
            for number in range(APPENDS):
                record(book, actor=actor, act=Act.REPORT, subject=actor, payload={"thread": name, "number": number})
        except Exception as error:  # whatever it is, the test looks at it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    assert not any(thread.is_alive() for thread in threads)
    return raised


@pytest.fixture
def book() -> Book:
    return open_book(slug="crowded", title="多人同时写")


@pytest.fixture
def actor() -> User:
    return factories.office()


def test_many_writers_make_one_chain_without_a_gap(book: Book, actor: User) -> None:
    assert append_from_many_threads(book, actor) == []
    verdict = chain.verify(book)
    assert verdict.holds
    assert verdict.entries == THREADS * APPENDS
    rows = list(Entry.objects.filter(book=book).order_by("seq").values_list("seq", "payload"))
    assert [seq for seq, _payload in rows] == list(range(1, THREADS * APPENDS + 1))
    for name in range(THREADS):
        assert [payload["number"] for _seq, payload in rows if payload["thread"] == name] == list(range(APPENDS))


def test_without_the_lock_the_same_writers_collide(book: Book, actor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control. Two writers are held until both have read the head; the constraint on ``seq`` then refuses one."""
    read_both, first = threading.Barrier(2), threading.local()
    hash_of: Callable[[Entry, str], str] = chain.hash_of

    def wait_after_the_first_read(entry: Entry, slug: str) -> str:
        if not hasattr(first, "done"):
            first.done = True
            read_both.wait(PATIENCE)
        return hash_of(entry, slug)

    def without_lock(rows: QuerySet[Any], **_options: Any) -> QuerySet[Any]:
        return rows

    monkeypatch.setattr(QuerySet, "select_for_update", without_lock)
    monkeypatch.setattr(chain, "hash_of", wait_after_the_first_read)
    raised = append_from_many_threads(book, actor)
    assert raised
    assert {type(error) for error in raised} == {IntegrityError}
    assert any("entry_one_per_seq" in str(error) or "entry_one_successor" in str(error) for error in raised)
