"""A citizen checks a notice: in the page, by keyboard, without JavaScript, and offline with the files of the page (R-36)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE
from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
EDITION = "SELECT max(id) FROM reports_edition WHERE audience = 'society'"


def saved(page: Page, link: str, folder: Path) -> Path:
    """The file that a link of the page gives, under the name it comes with."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def verdict(page: Page) -> Page:
    page.wait_for_url("**/verify/?sha256=*")
    return page


def test_notice_and_proof_are_verified_offline(visit: Visit, demo_site: DemoSite, tmp_path: Path) -> None:
    page = visit()
    page.goto(f"/editions/{demo_site.ask(EDITION)}/verify/")
    notice, proof, program = (saved(page, link, tmp_path) for link in ("全文数据", "发布凭据", "核验程序 verify.py"))
    command = page.locator(".cmd code", has_text="--notice").inner_text().split()
    assert command[1:] == [program.name, proof.name, "--notice", notice.name]

    def run() -> subprocess.CompletedProcess[str]:
        # isolated: nothing of this project can be imported, and no address is asked
        return subprocess.run(
            [sys.executable, "-I", *command[1:]], cwd=tmp_path, env={}, capture_output=True, text=True, check=False, encoding="utf-8"
        )

    assert "核验通过" in run().stdout
    notice.write_bytes(notice.read_bytes().replace(b"3155.25", b"3155.26"))
    changed = run()
    assert (changed.returncode, "全文被改动过" in changed.stdout) == (1, True)
    assert page.context.cookies() == []


def test_a_file_is_hashed_in_the_page_and_not_sent(visit: Visit, demo_site: DemoSite, tmp_path: Path) -> None:
    page = visit(viewport=PHONE)
    page.goto(f"/editions/{demo_site.ask(EDITION)}/verify/")
    notice = saved(page, "全文数据", tmp_path)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.goto("/verify/")
    page.locator("#file").set_input_files(notice)
    expect(verdict(page).get_by_role("heading", name="是本站发布的，现行有效")).to_be_visible()
    notice.write_bytes(notice.read_bytes() + b" ")
    page.locator("#file").set_input_files(notice)
    expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
    assert set(asked) == {"GET"}


def test_words_copied_from_the_page_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.goto("/")
    words = page.locator("#i63").inner_text()
    page.goto("/verify/")
    page.get_by_label("粘贴全文").fill(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(verdict(page).get_by_text("第 63 条的文字")).to_be_visible()


def test_fingerprint_is_pasted_without_javascript(visit: Visit, demo_site: DemoSite) -> None:
    page = visit(scripts=False)
    page.goto("/verify/")
    expect(page.locator("[data-verify]")).to_be_hidden()
    page.get_by_label("文件的 SHA-256").fill(demo_site.ask(f"SELECT sha256 FROM reports_edition WHERE id = ({EDITION})").upper())
    page.get_by_role("button", name="核对指纹").click()
    expect(page.get_by_role("heading", name="是本站发布的，现行有效")).to_be_visible()
