"""The public site in a real browser: the filter, the reader's settings, the keyboard, narrow windows, and no request to anybody else."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
"""1280 px at 400 % (WCAG 1.4.10)."""


def wide(page: Page) -> int:
    """How far the page goes beyond the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def shown(page: Page) -> int:
    page.wait_for_load_state()
    return page.locator("article .it:visible").count()


class TestFilter:
    def test_at_once_with_marks_a_count_and_a_way_back(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        status = page.locator("[data-find] [role=status]")
        page.get_by_label("在通报中查找").fill("土地 出让金")
        expect(status).to_contain_text("条写到")
        found = shown(page)
        assert 0 < found < 83
        expect(status).to_have_text(f"第二部分有 {found} 条写到“土地 出让金”")
        marks = page.locator("article mark").all_inner_texts()
        assert {"土地", "出让金"} == set(marks)
        text = page.locator("#i63").text_content()
        page.get_by_role("button", name="显示全部").click()
        expect(page.locator("article .it:visible")).to_have_count(83)
        expect(page.locator("article mark")).to_have_count(0)
        assert page.locator("#i63").text_content() == text
        expect(status).to_be_empty()

    def test_by_category(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        page.get_by_label("方面", exact=True).select_option("2")
        expect(page.locator("article .it:visible")).to_have_count(16)
        expect(page.locator("article .cat:visible")).to_have_count(1)

    def test_a_link_leads_to_an_item_that_is_hidden(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        page.get_by_label("方面", exact=True).select_option("2")
        expect(page.locator("#i63")).to_be_hidden()
        page.evaluate("window.location.hash = '#i63'")
        expect(page.locator("#i63")).to_be_in_viewport()
        expect(page.locator("article .it:visible")).to_have_count(83)

    def test_without_javascript(self, visit: Visit) -> None:
        page = visit(scripts=False)
        page.goto("/")
        page.get_by_label("方面", exact=True).select_option("5")
        page.get_by_label("在通报中查找").fill("土地")
        page.get_by_role("button", name="筛选").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("筛选结果")
        count = int(page.locator(".lead b").inner_text())
        assert count == shown(page) > 0
        expect(page.locator("meta[name=robots]")).to_have_attribute("content", "noindex")
        assert set(page.locator("mark").all_inner_texts()) == {"土地"}
        page.get_by_role("link", name=re.compile("^在全文中看")).first.click()
        expect(page).to_have_url(re.compile(r"/editions/\d+/#i\d+$"))
        page.go_back()
        page.get_by_role("link", name="返回全文").first.click()
        expect(page.locator("article .it")).to_have_count(83)
        assert page.context.cookies() == []


class TestHowTheReaderSeesIt:
    def test_large_text_and_contrast_without_javascript(self, visit: Visit) -> None:
        page = visit(scripts=False)
        page.goto("/")
        widths = []
        for choice in ("标准", "大", "特大"):
            page.locator(".see summary").click()
            page.get_by_label(choice, exact=True).check()
            widths.append(page.locator("#i1 > a").first.evaluate("node => node.getBoundingClientRect().width"))
            page.locator(".see summary").click()
        assert widths == sorted(set(widths))
        page.locator(".see summary").click()
        page.get_by_label("高对比度").check()
        expect(page.locator("article p").first).to_have_css("color", "rgb(0, 0, 0)")

    def test_choice_is_remembered_without_a_cookie(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        before = page.locator("#i1 > a").first.evaluate("node => node.getBoundingClientRect().width")
        page.locator(".see summary").click()
        page.get_by_label("特大", exact=True).check()
        page.get_by_label("高对比度").check()
        page.goto("/editions/")
        expect(page.locator("#size-3")).to_be_checked()
        expect(page.locator("#contrast")).to_be_checked()
        page.goto("/")
        assert page.locator("#i1 > a").first.evaluate("node => node.getBoundingClientRect().width") > before
        assert page.context.cookies() == []
        assert [line for line in Axe().run(page).response["violations"] if line["impact"] in ("serious", "critical")] == []

    @pytest.mark.parametrize("size", [1, 2, 3])
    @pytest.mark.parametrize(
        "window", [NARROW, PHONE, {"width": 768, "height": 900}, {"width": 1440, "height": 900}], ids=lambda one: str(one["width"])
    )
    def test_nothing_runs_off_sideways(self, visit: Visit, demo_site: DemoSite, size: int, window: dict[str, int]) -> None:
        page = visit()
        page.add_init_script(f"localStorage.setItem('see', JSON.stringify({json.dumps({'size': str(size)})}))")
        page.set_viewport_size({"width": window["width"], "height": window["height"]})
        edition = demo_site.ask("SELECT max(id) FROM reports_edition")
        for path in ("/", "/editions/", f"/editions/{edition}/verify/", "/?q=土地", "/editions/99999/"):
            page.goto(path)
            assert wide(page) <= 0, path

    def test_no_motion_for_those_who_want_none(self, visit: Visit) -> None:
        page = visit()
        page.emulate_media(reduced_motion="reduce")
        page.goto("/")
        moving = (
            "Array.from(document.querySelectorAll('body *')).filter(n => parseFloat(getComputedStyle(n).transitionDuration) > 0).length"
        )
        assert page.evaluate(moving) == 0


class TestKeyboard:
    @pytest.mark.parametrize("path", ["/", "/editions/", "/?q=土地", "/editions/99999/"])
    def test_everything_is_reached_in_order_and_seen(self, visit: Visit, path: str) -> None:
        page = visit()
        page.goto(path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        before = -1
        for _ in range(12):
            page.keyboard.press("Tab")
            told = page.evaluate(
                """() => {
                    const here = document.activeElement;
                    const all = Array.from(document.querySelectorAll('*'));
                    const style = getComputedStyle(here);
                    const ring = [style.outlineStyle, style.boxShadow].some((one) => one !== 'none');
                    return { tag: here.tagName, place: all.indexOf(here), ring };
                }"""
            )
            if told["tag"] == "BODY":
                break
            assert told["place"] > before
            assert told["ring"], told
            before = told["place"]

    def test_skip_link_leads_to_the_text(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"

    def test_settings_without_a_mouse(self, visit: Visit) -> None:
        page = visit()
        page.goto("/")
        page.locator(".see summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#size-2")).to_be_checked()
        page.keyboard.press("Escape")
        expect(page.locator(".see form")).to_be_hidden()
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


class TestNobodyElseIsAsked:
    def test_pages_ask_this_site_only_and_keep_nothing(self, visit: Visit, demo_site: DemoSite) -> None:
        page = visit()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        edition = demo_site.ask("SELECT max(id) FROM reports_edition")
        for path in ("/", "/editions/", f"/editions/{edition}/", f"/editions/{edition}/verify/", "/?q=1", "/editions/99999/"):
            page.goto(path, wait_until="networkidle")
        assert len(asked) > 6
        assert [url for url in asked if not url.startswith(f"{demo_site.address}/")] == []
        assert page.context.cookies() == []
        # control: a page that asks somebody else is noticed
        other = page.context.new_page()
        other.on("request", lambda request: asked.append(request.url))
        other.set_content("<img src='http://127.0.0.2:9/spy.gif'>")
        assert any("spy.gif" in url for url in asked)


def test_landmarks_and_headings_tell_the_page(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    for landmark in ("banner", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    expect(page.get_by_role("search")).to_have_count(1)
    levels = [int(tag[1]) for tag in page.locator("h1, h2, h3, h4").evaluate_all("nodes => nodes.map(node => node.tagName)")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_paper_carries_the_address_as_a_code(visit: Visit, demo_site: DemoSite) -> None:
    page = visit()
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.locator(".imprint .qr")).to_be_visible()
    for gone in (".lefts", ".qrbox", ".see"):
        expect(page.locator(gone)).to_be_hidden()
    line = page.locator("#i1 p").first.evaluate("node => parseFloat(getComputedStyle(node).lineHeight)")
    assert line == pytest.approx(28 * 96 / 72, abs=0.5)
    assert "style=" not in page.locator(".imprint .qr").evaluate("node => node.outerHTML")
