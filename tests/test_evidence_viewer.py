"""Seeing and fetching evidence: who may, what the browser is told, what the book and the auditor know of it."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.ledgers.models import Entry
from apps.measures.models import Act, EvidenceVersion
from apps.measures.services import EvidenceDraft
from apps.measures.views.files import PASS_SECONDS
from apps.units.models import Role, User
from config.demo.paper import example_pdf
from tests import corpus
from tests import factories as make
from tests.workers import wait_until

pytestmark = pytest.mark.django_db
KINDS = {
    "回单.pdf": make.PDF,
    "现场.jpg": corpus.picture("JPEG"),
    "现场.png": corpus.picture("PNG"),
    "纪要.docx": corpus.document(),
    "说明.txt": b"<script>alert(1)</script>",
    "打包.zip": corpus.archive({"a.txt": "x"}),
}
SHOWN = ("回单.pdf", "现场.jpg", "现场.png")


def version_of(name: str, data: bytes | None = None) -> EvidenceVersion:
    file = make.upload(name, KINDS[name] if data is None else data)
    make.report(make.measure(), files=[EvidenceDraft("缴款回单", file, make.today())])
    return EvidenceVersion.objects.latest("pk")


def view(version: EvidenceVersion) -> str:
    return reverse("measures:evidence-view", args=(version.pk,))


def shown_in(page: str) -> str:
    """The address of the file in the viewer's page."""
    found = page.partition('src="/evidence/')[2].partition('"')[0]
    return f"/evidence/{found}"


@pytest.mark.parametrize("name", SHOWN)
def test_pictures_and_pdfs_are_shown_in_a_shut_room_and_entered_in_the_book(name: str) -> None:
    version, reader = version_of(name), make.office()
    browser = make.signed_in(reader)
    page = browser.get(view(version))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    entry = Entry.objects.get(act=Act.PREVIEW_EVIDENCE)
    assert (entry.actor, entry.subject_id) == (reader, version.evidence.measure_id)
    assert entry.payload == {"name": "缴款回单", "file": name, "edition": 1, "sha256": version.sha256}
    answer = browser.get(shown_in(page.content.decode()))
    assert answer.getvalue() == KINDS[name]
    assert answer["Content-Type"] == version.media_type
    assert answer["Content-Disposition"].startswith("inline;")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'self'"
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "SAMEORIGIN")
    assert "no-store" in answer["Cache-Control"]
    assert Entry.objects.filter(act=Act.PREVIEW_EVIDENCE).count() == 1


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(SHOWN)))
def test_everything_else_is_only_handed_out(name: str) -> None:
    """S-47: also for whoever knows the address of the viewer's file and holds a pass."""
    version = version_of(name)
    browser = make.signed_in(make.office())
    page = browser.get(view(version)).content.decode()
    assert "不能在线预览" in page
    assert "<iframe" not in page
    assert not Entry.objects.filter(act=Act.PREVIEW_EVIDENCE).exists()
    fetched = browser.get(reverse("measures:evidence", args=(version.pk,)))
    assert fetched["Content-Disposition"].startswith("attachment;")
    assert fetched["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Entry.objects.filter(act=Act.DOWNLOAD_EVIDENCE).count() == 1


def test_a_kind_that_is_written_wrongly_in_the_record_is_not_shown() -> None:
    """What the browser may show is what the bytes are, not what a column says of them."""
    version = version_of("说明.txt")
    EvidenceVersion.objects.filter(pk=version.pk).update(media_type="application/pdf", filename="说明.pdf")
    page = make.signed_in(make.office()).get(view(version)).content.decode()
    assert "<iframe" not in page
    assert "内容与扩展名不符" in page


def test_a_file_is_shown_only_from_its_page() -> None:
    """Without the pass, with that of another version or reader, or with an old one, the way leads to the page and its entry."""
    version, other = version_of("回单.pdf"), version_of("现场.png")
    reader, stranger = make.office(), make.office()
    browser, mine = make.signed_in(reader), shown_in(make.signed_in(reader).get(view(version)).content.decode())
    bare = mine.partition("?")[0]
    swapped = mine.replace(f"/{version.pk}/", f"/{other.pk}/")
    for address, who in ((bare, browser), (f"{bare}?pass=x", browser), (swapped, browser), (mine, make.signed_in(stranger))):
        answer = who.get(address)
        assert (answer.status_code, answer["Location"][-6:]) == (302, "/view/"), address
    assert browser.get(mine).status_code == 200
    later = timezone.now().timestamp() + PASS_SECONDS + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: later)
        assert browser.get(mine).status_code == 302


def test_who_may_see_a_file_is_who_sees_its_measure() -> None:
    version = version_of("回单.pdf")
    mine = shown_in(make.signed_in(make.office()).get(view(version)).content.decode())
    for stranger in (make.liaison(), make.user(Role.AUDITOR), make.user(Role.ADMIN)):
        browser = make.signed_in(stranger)
        assert {browser.get(address).status_code for address in (view(version), mine, f"/evidence/{version.pk}/")} == {404}
    lead = make.signed_in(make.liaison(version.evidence.measure.lead_unit))
    assert lead.get(view(version)).status_code == 200


def test_the_auditor_reads_who_saw_and_fetched_what() -> None:
    version, reader = version_of("回单.pdf"), make.office()
    browser = make.signed_in(reader)
    browser.get(view(version))
    browser.get(reverse("measures:evidence", args=(version.pk,)))
    auditor = make.signed_in(make.user(Role.AUDITOR))
    slug = version.evidence.measure.issue.inspection.book.slug
    page = auditor.get(reverse("ledgers:book"), {"book": slug}).content.decode()
    for said in ("查阅佐证材料", "预览佐证材料", reader.name_in_book, "回单.pdf", version.sha256):
        assert said in page


def test_a_name_cannot_break_the_header() -> None:
    version = version_of("回单.pdf")
    EvidenceVersion.objects.filter(pk=version.pk).update(filename='a"; filename=x.html\r\nX: 1😀.pdf')
    answer = make.signed_in(make.office()).get(f"/evidence/{version.pk}/")
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%3B%20filename%3Dx.html%0D%0AX%3A%201%F0%9F%98%80.pdf"
    assert "X" not in answer.headers


def signed_page(page: Page, live_server: LiveServer, who: User) -> Page:
    cookie = make.signed_in(who).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_chromium_shows_pdfs_and_pictures_and_runs_nothing(page: Page, live_server: LiveServer) -> None:
    """The built-in viewer draws the page inside the frame although the answer is sandboxed; a document of another kind is saved."""
    pdf = example_pdf("材料", "1-1").read()
    signed_page(page, live_server, make.office())
    page.goto(live_server.url + view(version_of("回单.pdf", pdf)))
    expect(page.locator("iframe")).to_be_visible()
    wait_until(lambda: colours(page.locator("iframe").screenshot()) > 3, "the viewer to draw")
    page.goto(live_server.url + view(version_of("现场.png", corpus.picture("PNG", (300, 200)))))
    assert page.locator(".viewer img").evaluate("image => image.naturalWidth") == 300
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    assert download.value.suggested_filename == "现场.png"


def colours(picture: bytes) -> int:
    with Image.open(io.BytesIO(picture)) as drawn:
        return len(drawn.convert("RGB").getcolors(maxcolors=drawn.width * drawn.height) or ())
