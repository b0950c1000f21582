"""The head of every page names the round that the page is about, not always the latest."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse

from apps.issues.models import Inspection
from apps.ledgers.models import Entry
from apps.reports.services import draft_notice
from config.round_at_hand import ROWS
from tests import factories as make
from tests.supervision import letter
from tests.test_notice import prose

pytestmark = pytest.mark.django_db
EARLIER, LATEST = "区委 省委巡视2021年2月反馈", "区委 省委巡视2025年2月反馈"
# Numbers in addresses that lead to no round: people, units, what is one's own, the public's pages, what is never a page, what is sealed.
OF_NO_ROUND = {
    *("accounts-list/", "channels/", "deliveries/", "jobs/", "notifications/", "tokens/", "units/"),
    *("register/views/", "notices/words/", "notices/files/", "letters/files/", "photos/", "editions/", "clues/", "sealed/"),
}


def named(browser: Client, address: str) -> str:
    page = browser.get(address)
    assert page.status_code == 200, address
    return re.sub(r"<[^>]+>", "", page.content.decode().split('class="brand"')[1].split("</a>")[0].split("</b>")[1])


def two_rounds() -> tuple[Inspection, Inspection]:
    days: dict[str, Any] = {"on_site_from": dt.date(2020, 9, 1), "on_site_to": dt.date(2020, 11, 1), "feedback_on": dt.date(2021, 2, 20)}
    return make.inspection(**days), make.inspection()


def test_it_names_the_round_of_the_row_or_the_one_asked_for() -> None:
    earlier, latest = two_rounds()
    old, new = (make.measure(make.issue(make.category(row))) for row in (earlier, latest))
    office = make.office()
    sent = letter(old, by=office)
    notice = draft_notice(actor=office, inspection=earlier, prose=prose(), texts={})
    browser = make.signed_in(office)
    of_earlier = [
        reverse("measures:sheet", args=(old.pk,)),
        reverse("issues:sheet", args=(old.issue_id,)),
        reverse("issues:inspection", args=(earlier.pk,)),
        reverse("supervision:letter", args=(sent.pk,)),
        reverse("reports:check", args=(notice.pk,)),
        f"{reverse('supervision:send_letter')}?measure={old.pk}",
        f"{reverse('ledgers:book')}?book={earlier.book.slug}",
        *(f"{reverse(name)}?inspection={earlier.pk}" for name in ("workbench", "measures:register", "supervision:dashboard")),
    ]
    assert {address: named(browser, address) for address in of_earlier} == dict.fromkeys(of_earlier, EARLIER)
    of_latest = [reverse("measures:sheet", args=(new.pk,)), *map(reverse, ("workbench", "measures:register", "measures:reviews"))]
    assert {address: named(browser, address) for address in of_latest} == dict.fromkeys(of_latest, LATEST)


def test_the_end_of_the_book_beside_it_is_that_rounds_and_costs_no_query() -> None:
    earlier, _latest = two_rounds()
    measure = make.measure(make.issue(make.category(earlier)))
    for who in (make.office(), make.liaison(measure.lead_unit)):
        browser = make.signed_in(who)
        page = browser.get(reverse("measures:sheet", args=(measure.pk,))).content.decode()
        code = Entry.objects.filter(book=earlier.book).latest("seq").code
        assert f'<span class="mono">{code}</span>' in page.split('class="chain"')[1].split("</aside>")[0]
    asked, plain = (len(queries(browser, address)) for address in (f"/workbench/?inspection={earlier.pk}", "/workbench/"))
    assert asked == plain


def queries(browser: Client, address: str) -> list[Any]:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return captured.captured_queries


def test_a_round_out_of_sight_is_never_named() -> None:
    """A liaison who works in the latest round only asks for the other one."""
    earlier, latest = two_rounds()
    make.measure(make.issue(make.category(earlier)))
    own = make.measure(make.issue(make.category(latest)))
    browser = make.signed_in(make.liaison(own.lead_unit))
    for asked in (str(earlier.pk), "0", "abc", "9" * 30, "１"):
        assert named(browser, f"/workbench/?inspection={asked}") == LATEST


def test_every_address_with_a_number_is_known() -> None:
    """A new page on a row has to say which round it is about, or that it is about none."""
    found = {
        route.partition("<int:pk>")[0]
        for route in routes(get_resolver())
        if "<int:pk>" in route and not route.startswith(("api/", "admin/"))
    }
    assert found - OF_NO_ROUND == set(ROWS)
    for lookup in ROWS.values():
        assert not Inspection.objects.filter(**{lookup: 1}).exists()


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for part in resolver.url_patterns:
        route = before + str(part.pattern)
        yield from routes(part, route) if isinstance(part, URLResolver) else (route,)
