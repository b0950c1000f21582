"""A page of the system's Chromium. A test that uses it fails on a script or console error, a policy violation, a missing asset."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, ViewportSize, expect, sync_playwright

from scripts.needs import chromium

# In a container without a user namespace, and without calls home.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The bar for addresses keeps two pages of its own ready in every context: more work than most pages of ours. The last list of
    # features counts, so that it repeats the names of Playwright's own that a page could meet.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,"
    "OptimizationHints,PaintHolding,PreconnectToSearch,ThirdPartyStoragePartitioning,DestroyProfileOnBrowserClose,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,AvoidCorsURLLoaderRestartOnRedirect,NetworkTimeServiceQuerying",
)
DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
# Milliseconds: a machine that runs other tests beside this browser is slow.
PATIENCE = 15_000
ASSETS = ("script", "stylesheet", "image", "font")


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    program = chromium()
    assert program, "Chromium was not found; name its path in JIANDI_CHROMIUM."
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; Django would take the tests' own queries for asynchronous ones.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium_browser: Browser) -> Iterator[BrowserContext]:
    context = chromium_browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport=DESKTOP)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    problems: list[str] = []
    yield watched(browser_context.new_page(), problems)
    assert not problems, problems


def watched(page: Page, problems: list[str]) -> Page:
    """The page; its script and console errors (so policy violations), missing assets and server errors go into ``problems``."""

    def on_console(message: ConsoleMessage) -> None:
        # A refused page or form is no fault of the browser's; a missing asset is noted below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(f"{page.url}: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type in ASSETS):
            problems.append(f"{page.url}: {response.status} {response.url}")

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    return page


def downloaded(page: Page, link: Locator) -> tuple[str, bytes]:
    """What a click hands over: its name and its bytes."""
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()
