"""Papers taken along from the pages: each button hands over a whole document under its Chinese name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo_site import DemoSite, Visit

pytestmark = pytest.mark.browser
ISSUE = "SELECT id FROM issues_issue WHERE number = {}"
ASKED = "SELECT min(measure_id) FROM measures_extension WHERE decision = 'endorsed'"
HANDOVER = "SELECT min(id) FROM measures_handover"


def taken(page: Page, button: Locator, folder: Path, name: str) -> zipfile.ZipFile:
    """DOCX, XLSX and ZIP are all packages; one that is cut off does not open."""
    with page.expect_download() as waiting:
        button.click()
    given = waiting.value
    assert re.search(name, given.suggested_filename), given.suggested_filename
    place = folder / given.suggested_filename
    given.save_as(place)
    package = zipfile.ZipFile(place)
    assert package.testzip() is None
    return package


def test_an_issue_gives_its_papers_and_its_archive(visit: Visit, demo_site: DemoSite, tmp_path: Path) -> None:
    page = visit("office")
    issue = demo_site.ask(ISSUE.format(40))
    page.goto(f"/issues/{issue}/papers/")
    papers = page.get_by_role("table", name="可以打印的文书")
    for row, name in (
        ("销号申请表", r"销号申请表.*\.docx$"),
        ("对账销号单", r"对账销号单.*\.docx$"),
        ("佐证材料目录", r"佐证材料目录.*\.xlsx$"),
    ):
        taken(page, papers.get_by_role("link", name=re.compile(row)).first, tmp_path, name)
    archive = taken(page, page.locator(f'a[href$="/issues/{issue}/papers/archive.zip"]').first, tmp_path, r"\.zip$")
    assert any(name.endswith("manifest.json") for name in archive.namelist())
    page.goto(f"/issues/{issue}/")
    expect(page.get_by_text("导出档案").first).to_be_visible()


def test_requests_and_handovers_are_printed_from_their_pages(visit: Visit, demo_site: DemoSite, tmp_path: Path) -> None:
    page = visit("office")
    page.goto(f"/measures/{demo_site.ask(ASKED)}/")
    taken(page, page.get_by_role("link", name="打印延期申请表").first, tmp_path, r"延期申请表.*\.docx$")
    page.goto(f"/handovers/{demo_site.ask(HANDOVER)}/")
    taken(page, page.locator('a[href$="/paper.docx"]').first, tmp_path, r"交接清单.*\.docx$")


def test_the_lists_follow_the_filters(visit: Visit, tmp_path: Path) -> None:
    page = visit("office")
    page.goto("/register/papers/?progress=done")
    for kind in ("ledger", "issues", "tasks", "duties", "evidence"):
        button = page.locator(f'a[href*="/register/papers/{kind}.xlsx"]').first
        taken(page, button, tmp_path, r"\.xlsx$")
