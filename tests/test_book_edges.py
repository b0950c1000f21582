"""The book at its edges: verification while others write, labels longer than their column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.issues.models import Act
from apps.ledgers import chain
from apps.ledgers.models import LABEL_LENGTH, Book, Entry
from apps.ledgers.services import record
from apps.measures.services import add_indicator
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_an_act_during_verification_is_no_alarm(monkeypatch: Any) -> None:
    inspection = make.inspection()
    in_order = chain._in_order

    def while_somebody_writes(book: Book) -> Iterator[Entry]:
        yield from in_order(book)
        record(book, actor=None, act=Act.AMEND_ISSUE, subject=inspection)

    monkeypatch.setattr(chain, "_in_order", while_somebody_writes)
    assert chain.verify(inspection.book).holds


def test_a_label_longer_than_its_column_is_cut_and_still_verifies() -> None:
    issue = make.issue(make.category(title="方" * LABEL_LENGTH), title="题" * 120)
    add_indicator(actor=make.office(), issue=issue, name="名" * 120, kind="money", unit="元")
    labels = Entry.objects.filter(subject_type__in=("indicator", "category")).values_list("subject_label", flat=True)
    assert [len(label) for label in labels] == [LABEL_LENGTH, LABEL_LENGTH]
    assert chain.verify(issue.inspection.book).holds
