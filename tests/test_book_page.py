"""The book page: who reads which book, filters, paging, verification; and the command that verifies."""

from __future__ import annotations

from http import HTTPStatus
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.ledgers.models import Book, Entry
from apps.ledgers.services import sealed_book
from apps.ledgers.words import act_of, lines_of, subject_of
from apps.measures.services import approve, send_back
from apps.supervision.services import derive_timeliness
from apps.units.models import Role
from tests import append_only, factories
from tests.factories import signed_in

pytestmark = pytest.mark.django_db

BOOK = "/book/"


def auditor() -> Client:
    return signed_in(factories.user(Role.AUDITOR))


def business_book() -> Book:
    """The book of a round in which a report was sent back, and another approved."""
    first, second = factories.measures(factories.issue(), 2)
    office = factories.office()
    send_back(actor=office, report=factories.report(first), requirement="请补传缴款回单。")
    approve(actor=office, report=factories.report(second))
    return first.issue.inspection.book


def broken(book: Book, seq: int) -> None:
    """Alter the entry by raw SQL, with the trigger out of the way."""
    with append_only.lifted(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE ledgers_entry SET reason = 'x' WHERE book_id = %s AND seq = %s", [book.pk, seq])


@pytest.mark.parametrize(
    ("role", "house", "business"),
    [
        (Role.OFFICE, False, True),
        (Role.LIAISON, False, False),
        (Role.SUPERVISOR, False, True),
        (Role.ADMIN, True, False),
        (Role.AUDITOR, True, True),
        (Role.DISCIPLINE, False, False),
    ],
)
def test_who_reads_which_book(role: str, house: bool, business: bool) -> None:
    book = business_book()
    sealed_book()
    user = factories.liaison() if role == Role.LIAISON else factories.user(role)
    client = signed_in(user)
    reads = house or business or role == Role.DISCIPLINE  # a book of its own
    expected = {True: HTTPStatus.OK, False: HTTPStatus.NOT_FOUND if reads else HTTPStatus.FORBIDDEN}
    assert client.get(BOOK, {"book": "house"}).status_code == expected[house]
    assert client.get(BOOK, {"book": book.slug}).status_code == expected[business]


def test_a_supervisor_in_a_group_reads_no_whole_book() -> None:
    book = business_book()
    supervisor = factories.user(Role.SUPERVISOR)
    unit = factories.unit()
    book.inspection.supervision_groups.create(number=1, name="一组", lead_unit=unit).members.add(supervisor)
    assert signed_in(supervisor).get(BOOK).status_code == HTTPStatus.FORBIDDEN


def test_entries_are_shown_newest_first_with_reason_and_hash() -> None:
    book = business_book()
    response = auditor().get(BOOK, {"book": book.slug})
    seqs = [line.entry.seq for line, _ in response.context["rows"]]
    assert seqs == list(range(book.entries.count(), 0, -1))
    page = response.content.decode()
    assert "请补传缴款回单。" in page
    assert book.entries.latest("seq").hash in page


@pytest.mark.parametrize(
    ("params", "acts"),
    [
        ({"act": "measures.approve"}, {"measures.approve"}),
        ({"q": "缴款回单"}, {"measures.send_back"}),
        ({"q": "措施 1-2", "act": "measures.approve"}, {"measures.approve"}),
        ({"actor": "不存在的人"}, set()),
        ({"until": "2001-01-01"}, set()),
    ],
)
def test_filters(params: dict[str, str], acts: set[str]) -> None:
    book = business_book()
    response = auditor().get(BOOK, {"book": book.slug, **params})
    assert response.status_code == HTTPStatus.OK
    assert {line.entry.act for line, _ in response.context["rows"]} == acts
    assert len(response.context["chips"]) == len(params)
    if not acts:
        assert "没有符合这些条件的记录" in response.content.decode()


def test_filters_by_unit_and_day() -> None:
    book = business_book()
    reporter = book.entries.filter(act="measures.report_progress")[0]
    today = f"{factories.today():%Y-%m-%d}"
    response = auditor().get(BOOK, {"book": book.slug, "unit": reporter.actor_unit, "since": today, "until": today})
    assert {line.entry.actor_unit for line, _ in response.context["rows"]} == {reporter.actor_unit}


def test_a_chip_leads_to_the_page_without_it() -> None:
    book = business_book()
    page = auditor().get(BOOK, {"book": book.slug, "q": "措施", "actor": "姓名", "page": "1"}).content.decode()
    assert f'href="?book={book.slug}&amp;actor=%E5%A7%93%E5%90%8D"' in page


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"since": "昨天"}, "请按“2025-12-31”的格式填写日期"),
        ({"act": "no.such"}, "这本台账里没有这个动作"),
        ({"colour": "red"}, "不认识筛选条件“colour”"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "起始日期不能晚于截止日期"),
        ({"q": "长" * 101}, "对象或理由"),
        ({"q": "a\x00b"}, "对象或理由"),
    ],
)
def test_a_broken_filter_is_named(params: dict[str, str], sentence: str) -> None:
    book = business_book()
    response = auditor().get(BOOK, {"book": book.slug, **params})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert sentence in response.content.decode()


@pytest.mark.parametrize("number", ["99", "x", "-1", "1e9"])
def test_a_page_that_is_not_there_is_said_to_be_so(number: str) -> None:
    book = business_book()
    response = auditor().get(BOOK, {"book": book.slug, "page": number})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert "没有这一页" in response.content.decode()
    assert f'href="?book={book.slug}"' in response.content.decode()


def test_what_an_entry_holds_is_said_in_chinese() -> None:
    book = business_book()
    page = auditor().get(BOOK, {"book": book.slug}).content.decode()
    for words in ("申报进展：", "截至：", "签发人："):
        assert words in page
    assert "&quot;claim&quot;" not in page
    assert lines_of({"strange_key": 1, "items": [{"title": "甲"}], "measures": ["1-1", "1-2"], "note": None}).split("\n") == [
        "strange_key：1",
        "条目：",
        "　第 1 项",
        "　　标题：甲",
        "措施：1-1、1-2",
        "说明：（空）",
    ]


def test_a_timeline_names_the_flag_and_does_not_repeat_words() -> None:
    measure = factories.measure(due_on=factories.days(-2))
    derive_timeliness()
    flag = Entry.objects.get(act="supervision.raise_flag")
    added = Entry.objects.get(act="measures.add_measure")
    assert (act_of(flag), subject_of(flag)) == ("逾期提示", f"措施 {measure.number}")
    assert (act_of(added), subject_of(added)) == ("制定措施", measure.number)


def test_the_auditor_is_told_which_book_an_entry_is_in() -> None:
    book = business_book()
    assert f"<small>{book.title} · 第 {Book.objects.get(pk=book.pk).head_seq} 条</small>" in (
        auditor().get(reverse("workbench")).content.decode()
    )


def test_a_book_that_is_not_there() -> None:
    business_book()
    assert auditor().get(BOOK, {"book": "no-such"}).status_code == HTTPStatus.NOT_FOUND


def test_before_the_first_round_readers_are_told_so_and_others_are_refused() -> None:
    page = signed_in(factories.office()).get(BOOK)
    assert (page.status_code, "还没有台账" in page.content.decode()) == (HTTPStatus.OK, True)
    assert signed_in(factories.liaison(factories.unit())).get(BOOK).status_code == HTTPStatus.FORBIDDEN


def test_queries_do_not_grow_with_the_entries() -> None:
    book = business_book()
    client = auditor()
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(BOOK, {"book": book.slug})
    factories.measures(factories.issue(book.inspection.categories.get()), 40)
    with CaptureQueriesContext(connection) as many:
        client.get(BOOK, {"book": book.slug})
    assert len(many) == len(few)


def test_verification_on_demand() -> None:
    book = business_book()
    client = auditor()
    assert client.get(BOOK, {"book": book.slug}).context.get("verdict") is None
    response = client.get(BOOK, {"book": book.slug, "verify": "1"})
    assert response.context["verdict"].holds
    assert f"重新计算了全部 {book.entries.count()} 条的指纹" in response.content.decode()


def test_verification_names_the_first_entry_that_was_altered() -> None:
    book = business_book()
    broken(book, 3)
    response = auditor().get(BOOK, {"book": book.slug, "verify": "1"})
    assert "第 3 条起不可信" in response.content.decode()


def test_the_side_bar_sees_an_altered_last_entry() -> None:
    book = business_book()
    broken(book, book.entries.count())
    page = signed_in(factories.office()).get(reverse("workbench")).content.decode()
    assert '<span class="bad">异常</span>' in page


def test_command_passes_sound_books() -> None:
    book = business_book()
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == Book.objects.count()
    assert f"{book.slug}《{book.title}》：核对 {book.entries.count()} 条，链完整" in lines


def test_command_names_the_broken_entry_and_fails() -> None:
    book = business_book()
    broken(book, 2)
    out = StringIO()
    with pytest.raises(CommandError, match="1 本台账不完整"):
        call_command("verify_ledger", book.slug, stdout=out)
    assert "在第 2 条断开" in out.getvalue()


def test_command_refuses_an_unknown_book() -> None:
    with pytest.raises(CommandError, match="没有这本台账：nothing"):
        call_command("verify_ledger", "nothing")
