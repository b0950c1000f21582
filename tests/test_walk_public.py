"""The public's way through the notice: reading, finding, downloading and checking, without an account."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser


def shown_fingerprint(page: Page) -> str:
    return re.sub(r"\s", "", page.locator(".fp").first.inner_text())


def test_notice_reads_without_javascript(visit: Visit) -> None:
    page = visit(scripts=False)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("关于省委巡视整改进展情况的通报")
    assert page.locator("article .it").count() == 83
    expect(page.locator("#i63")).to_contain_text("3155.25")
    for words in ("83", "360", "115"):
        expect(page.locator("header + dl, .pfig").first).to_contain_text(words)
    expect(page.get_by_role("heading", name="意见反馈").first).to_be_visible()
    assert page.context.cookies() == []


def test_contents_lead_to_their_places(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    links = page.get_by_role("navigation", name="目录", exact=True).get_by_role("link")
    anchors = [link.get_attribute("href") or "" for link in links.all()]
    assert len(anchors) >= 3 + 6
    assert all(anchor.startswith("#") and page.locator(anchor).count() == 1 for anchor in anchors)
    links.last.click()
    expect(page.locator(anchors[-1])).to_be_in_viewport()


def test_item_has_a_permanent_link(visit: Visit) -> None:
    page = visit()
    page.goto("/#i83")
    expect(page.locator("#i83")).to_be_in_viewport()
    page.get_by_role("link", name="第 61 条的链接", exact=True).click()
    expect(page).to_have_url(re.compile("#i61$"))


def test_words_are_found_in_the_notice(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    page.get_by_label("在通报中查找").fill("土地出让金")
    expect(page.locator("[data-find] [role=status]")).to_contain_text(re.compile(r"\d"))


def test_download_has_the_fingerprint_that_is_shown(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    fingerprint = shown_fingerprint(page)
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == fingerprint
    page.get_by_role("link", name="如何核对").first.click()
    assert shown_fingerprint(page) == fingerprint
    for verdict in ("一致", "仍在链上"):
        expect(page.get_by_text(verdict, exact=True)).to_be_visible()
    page.goto("/editions/")
    expect(page.get_by_role("row").nth(1)).to_contain_text(fingerprint[:16])
    assert page.context.cookies() == []


def test_print_leaves_the_text(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.locator("#i1")).to_be_visible()
    expect(page.locator(".imprint")).to_be_visible()
    for gone in (page.get_by_role("navigation", name="目录", exact=True), page.get_by_role("link", name="JSON"), page.locator(".ptop")):
        expect(gone).to_be_hidden()
    size = page.locator("#i1 p").first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size == pytest.approx(16 * 96 / 72, abs=0.5)


def test_phone_folds_the_contents(visit: Visit) -> None:
    page = visit(viewport=PHONE)
    page.goto("/")
    page.get_by_text("目录（").click()
    page.get_by_role("navigation", name="目录（可折叠）").get_by_role("link").nth(3).click()
    expect(page).to_have_url(re.compile("#"))


def test_business_pages_ask_for_a_sign_in(visit: Visit, demo_site: DemoSite) -> None:
    page = visit()
    for path in ("/workbench/", "/register/", f"/issues/{demo_site.ask('SELECT min(id) FROM issues_issue')}/", "/book/", "/notices/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("登录")
