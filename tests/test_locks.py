"""Two acts at once on PostgreSQL: none waits for the other in a circle, and the slower one is told so in words.

A foreign key is checked when a transaction ends, that is while it holds the book. A lock that shuts out such checks, held by
somebody who waits for the book, would close the circle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.issues.services import add_issue
from apps.ledgers.services import record
from apps.measures.services import add_indicator, figures, reporting
from apps.units import services as accounts
from apps.units.errors import ActConflict
from apps.units.models import Act, Role
from tests import factories as make
from tests.at_once import HEAD_START, PATIENCE, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class Meeting:
    """Holds the one who has the book until the other has locked a row and reaches for the book, too."""

    def __init__(self) -> None:
        self.has_book, self.reaches = threading.Event(), threading.Event()

    def after_writing(self, record: Callable[..., Any]) -> Callable[..., Any]:
        def writing(*args: Any, **kwargs: Any) -> Any:
            entry = record(*args, **kwargs)
            self.has_book.set()
            # Where the other one waits for a row of this act instead, nobody comes.
            self.reaches.wait(PATIENCE / 10)
            threading.Event().wait(HEAD_START)
            return entry

        return writing

    def before_writing(self, record: Callable[..., Any]) -> Callable[..., Any]:
        def writing(*args: Any, **kwargs: Any) -> Any:
            self.reaches.set()
            return record(*args, **kwargs)

        return writing


def test_an_indicator_is_added_while_a_unit_reports(monkeypatch: Any) -> None:
    office, issue = make.office(), make.issue()
    measure = make.measure(issue)
    liaison, meeting = make.liaison(measure.lead_unit), Meeting()
    monkeypatch.setattr(figures, "record", meeting.after_writing(record))
    monkeypatch.setattr(reporting, "record", meeting.before_writing(record))

    def report() -> None:
        meeting.has_book.wait(PATIENCE)
        make.report(measure, by=liaison)

    assert at_once(lambda: add_indicator(actor=office, issue=issue, name="退款", kind="money", unit="元"), report) == []


def test_an_account_is_amended_while_its_owner_signs_in(monkeypatch: Any) -> None:
    admin, owner, meeting = make.user(Role.ADMIN), make.office(), Meeting()

    def in_turn(*args: Any, **kwargs: Any) -> Any:
        met = meeting.before_writing if kwargs["act"] == Act.AMEND_USER else meeting.after_writing
        return met(record)(*args, **kwargs)

    monkeypatch.setattr(accounts, "record", in_turn)

    def sign_in() -> None:
        with transaction.atomic():
            accounts.record_sign_in(user=owner)

    def amend() -> None:
        meeting.has_book.wait(PATIENCE)
        accounts.amend_user(actor=admin, user=owner, values={"phone": "0598-1"}, reason="补电话")

    assert at_once(sign_in, amend) == []


def test_one_of_two_who_take_the_same_number_is_told_so() -> None:
    office, category, unit = make.office(), make.category(), make.unit()
    both = threading.Barrier(2)

    def add() -> None:
        both.wait(PATIENCE)
        add_issue(actor=office, category=category, number=7, title="事项", finding="问题", lead_unit=unit)

    assert [type(error) for error in at_once(add, add)] == [ActConflict]
