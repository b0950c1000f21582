"""The auditor's page: by subject, number and batch, with counts by act, and nothing of it slower as the book grows."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.ledgers.models import Book, Entry
from apps.ledgers.templatetags.book_ui import line_of
from apps.units.models import Role
from tests import factories as make

pytestmark = pytest.mark.django_db
BOOK = "/book/"


def auditor() -> Client:
    return make.signed_in(make.user(Role.AUDITOR))


def business_book() -> Book:
    """Issues 6 and 63 with two measures each; 63-2 is finished."""
    of = make.category()
    make.measures(make.issue(of, number=6), 2)
    second = make.measures(make.issue(of, number=63), 2)[1]
    make.finish(second)
    return of.inspection.book


def found(**params: str) -> list[Entry]:
    response = auditor().get(BOOK, params)
    assert response.status_code == HTTPStatus.OK
    return [line.entry for line, _content in response.context["rows"]]


def test_by_number_of_a_measure_or_an_issue() -> None:
    book = business_book().slug
    assert {entry.subject_label for entry in found(book=book, number="63-2")} == {"措施 63-2"}
    assert {entry.subject_label for entry in found(book=book, number="63－2 ")} == {"措施 63-2"}
    assert {entry.subject_label for entry in found(book=book, number="6")} == {"问题 6 整改事项6"}
    assert found(book=book, number="7") == []


def test_by_kind_of_subject() -> None:
    book = business_book().slug
    assert {entry.subject_type for entry in found(book=book, kind="issue")} == {"issue"}
    page = auditor().get(BOOK, {"book": book}).content.decode()
    assert '<option value="measure">整改措施</option>' in page


def test_by_batch_of_one_act() -> None:
    book = business_book()
    batch = book.entries.filter(subject_label="措施 6-1")[0].correlation
    assert {entry.subject_label for entry in found(book=book.slug, batch=str(batch))} == {"措施 6-1", "措施 6-2"}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"kind": "dragon"}, "没有这类对象"),
        ({"batch": "no-uuid"}, "批次编号不对"),
        ({"number": "6" * 21}, "编号"),
        ({"number": "6\x00"}, "编号"),
    ],
)
def test_a_broken_filter_is_named(params: dict[str, str], sentence: str) -> None:
    response = auditor().get(BOOK, {"book": business_book().slug, **params})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert sentence in response.content.decode()


def test_counts_by_act_are_those_of_the_entries_found() -> None:
    book = business_book()
    response = auditor().get(BOOK, {"book": book.slug, "kind": "measure"})
    counted = {row["act"]: row["n"] for row in response.context["by_act"]}
    assert counted == {"measures.add_measure": 4, "measures.report_progress": 1, "measures.approve": 1}
    assert f'href="?book={book.slug}&amp;kind=measure&amp;act=measures.approve"' in response.content.decode()


def test_each_entry_says_before_and_after_in_words() -> None:
    book = business_book()
    report, review = (book.entries.get(act=f"measures.{act}") for act in ("report_progress", "approve"))
    assert [(change.name, change.before, change.after) for change in line_of(report).changes] == [
        ("进展状态", "未启动", "待审核"),
        ("办结日期", "（空）", str(make.today())),
    ]
    assert [(change.name, change.before, change.after) for change in line_of(review).changes] == [("进展状态", "待审核", "已完成")]


def test_who_acted_is_said_with_the_role_of_that_day() -> None:
    measure = make.measure()
    make.report(measure)
    page = make.signed_in(make.office()).get(f"/measures/{measure.pk}/").content.decode()
    assert "（单位联络员）" in page


def test_queries_do_not_grow_with_filters_and_entries() -> None:
    book = business_book()
    client = auditor()
    params = {"book": book.slug, "kind": "measure", "number": "6-1", "q": "措施"}
    with CaptureQueriesContext(connection) as few:
        client.get(BOOK, params)
    make.measures(make.issue(book.inspection.categories.get()), 60)
    with CaptureQueriesContext(connection) as many:
        client.get(BOOK, params)
    assert len(many) == len(few) <= 12
