"""The office goes through the figures of a draft: the Party's text takes the ledger's number, a unit is asked for another."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from apps.reports import services
from tests import factories as make
from tests.browser import PHONE
from tests.test_deciding import drafted
from tests.test_walk_drafting import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_partys_number_is_mended_and_the_unit_asked(live_server: LiveServer, chromium_browser: Browser) -> None:
    clerk = make.office()
    notice = drafted(clerk, "已收回土地出让金46万元，走访群众418户。")
    item = notice.items.get()
    make.liaison(item.issue.lead_unit)
    services.amend_item(actor=clerk, item=item, title=item.title, text=item.text, party_text="已收回土地出让金47万元。")
    problems: list[str] = []
    page = signed_in(chromium_browser, live_server, clerk, problems)
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + reverse("reports:check", args=(notice.pk,)))
    expect(page.locator(".chk").first).to_contain_text("418户")
    page.get_by_role("button", name=f"请{item.issue.lead_unit.name}补登").click()
    expect(page.locator(".chk").first).to_contain_text(f"已请{item.issue.lead_unit}补登")
    expect(page.get_by_role("button", name=f"再催{item.issue.lead_unit.name}补登")).to_be_visible()
    page.get_by_role("link", name="党内通报").first.click()
    expect(page.locator(".chk").first).to_contain_text("47万元")
    page.get_by_role("button", name="改用 46万元").click()
    expect(page.get_by_text("没有待核的数字")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert problems == []
