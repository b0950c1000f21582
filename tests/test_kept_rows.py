"""What is kept of a database and put back is what was there, and work goes on on top of it."""

from __future__ import annotations

import pytest
from django.db import transaction

from apps.ledgers.chain import verify
from apps.ledgers.models import Book, Entry
from apps.units.models import Unit
from tests import factories as make
from tests.append_only import lifted
from tests.kept_rows import KeptRows, all_rows

pytestmark = pytest.mark.django_db


def kept() -> KeptRows:
    """Of a small ledger that was taken back."""
    before = all_rows()
    with transaction.atomic():
        make.finish(make.measure())
        rows = KeptRows(before, all_rows())
        transaction.set_rollback(True)
    assert all_rows() == before
    return rows


def test_the_rows_are_the_same_and_the_book_goes_on() -> None:
    rows = kept()
    rows.put_back()
    assert all_rows() == rows.after != rows.before
    units = set(Unit.objects.values_list("pk", flat=True))
    make.finish(make.measure())
    assert set(Unit.objects.values_list("pk", flat=True)) > units
    assert all(verify(book).holds for book in Book.objects.all())


def test_a_row_that_is_another_is_seen() -> None:
    rows = kept()
    rows.put_back()
    with lifted(transaction.get_connection()):
        Entry.objects.filter(pk=Entry.objects.latest("pk").pk).update(reason="另一个理由")
    assert all_rows() != rows.after
