"""The public notice in a real browser: finding in it, its contents on a phone, and reading it without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser import PHONE
from tests.test_editions import published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_find_keeps_only_the_items_that_say_it(live_server: LiveServer, page: Page) -> None:
    published()
    page.goto(live_server.url)
    page.get_by_label("在通报中查找").fill("制定办法")
    expect(page.locator("#i1")).to_be_hidden()
    expect(page.locator("#i2")).to_be_visible()
    expect(page.locator(".find [role=status]")).to_have_text("第二部分有 1 条写到“制定办法”")
    page.keyboard.press("Escape")
    expect(page.locator("#i1")).to_be_visible()


def test_contents_on_a_phone_fold_after_a_choice(live_server: LiveServer, page: Page) -> None:
    published()
    page.set_viewport_size(PHONE)
    page.goto(live_server.url)
    page.locator(".toc-m summary").click()
    page.locator(".toc-m").get_by_text("三、下步打算").click()
    expect(page.locator(".toc-m nav")).to_be_hidden()
    expect(page.locator("#s3")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_javascript_the_whole_notice_is_there(live_server: LiveServer, chromium_browser: Browser) -> None:
    published()
    context = chromium_browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url)
    expect(page.locator("#i2")).to_contain_text("已制定办法。")
    expect(page.get_by_label("在通报中查找")).to_be_visible()
    page.get_by_role("link", name="如何核对").click()
    expect(page.locator("main")).to_contain_text("仍在链上")
    assert context.cookies() == []
    context.close()
