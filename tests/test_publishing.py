"""The public site as files: whole or not at all, the same bytes as the application's, from published editions only."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import celery
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from kombu.exceptions import OperationalError as BrokerAway
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.ledgers.models import Entry
from apps.reports import services, tasks
from apps.reports.models import Edition, Notice
from apps.reports.publishing import pages, serving, writing
from apps.reports.services import site
from tests import factories
from tests.secrecy import reviewed
from tests.test_editions import approved, published, rewrite

pytestmark = pytest.mark.django_db

CANARY = "金丝雀内部文字"


@pytest.fixture(autouse=True)
def public(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.PUBLIC_DIR = tmp_path / "public"
    yield tmp_path / "public"


def root() -> Path:
    release = writing.current_release()
    assert release is not None
    return release / writing.ROOT


def names() -> set[str]:
    return {str(path.relative_to(root())) for path in root().rglob("*") if path.is_file() and path.suffix not in (".gz", ".br")}


class TestWriting:
    def test_every_public_page_is_a_file_with_its_compressed_forms(self) -> None:
        first = published()
        second = published(first.inspection)
        writing.publish_site()
        told = {f"editions/{row.pk}{ending}" for row in (first, second) for ending in ("/index.html", ".json")}
        assert names() == {"index.html", "editions/index.html", "robots.txt", "sitemap.xml", "down.html", *told}
        for name in names():
            body = (root() / name).read_bytes()
            assert gzip.decompress((root() / f"{name}.gz").read_bytes()) == body
            assert brotli.decompress((root() / f"{name}.br").read_bytes()) == body

    def test_nginx_may_read_them_whatever_the_mask(self) -> None:
        published()
        old = os.umask(0o077)
        try:
            writing.publish_site()
        finally:
            os.umask(old)
        below = [root(), *root().rglob("*")]
        above = [root().parent, *list(root().parents)[1:3]]
        assert {path.stat().st_mode & 0o777 for path in [*below, *above] if path.is_dir()} == {0o755}
        assert {path.stat().st_mode & 0o777 for path in below if path.is_file()} == {0o644}

    def test_killed_run_leaves_the_old_site_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = published()
        writing.publish_site()
        before = {name: (root() / name).read_bytes() for name in names()}
        published(first.inspection)
        written: list[str] = []

        def killed(place: Path, file: pages.PublicFile, old: Path | None) -> None:
            if len(written) == 3:
                raise KeyboardInterrupt
            written.append(file.name)
            whole(place, file, old)

        whole = writing.write
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(writing, "write", killed)
            writing.publish_site()
        assert {name: (root() / name).read_bytes() for name in names()} == before
        # control: a run that ends puts the new edition in place, and clears what the dead one left
        writing.publish_site()
        assert (root() / "index.html").read_bytes() != before["index.html"]
        assert len(list(root().parent.parent.iterdir())) == 2

    def test_unchanged_pages_keep_their_date(self) -> None:
        first = published()
        writing.publish_site()
        for path in root().rglob("*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))
        published(first.inspection)
        writing.publish_site()
        assert int((root() / f"editions/{first.pk}.json").stat().st_mtime) == 1_700_000_000
        assert int((root() / "index.html").stat().st_mtime) > 1_700_000_000
        assert int((root() / f"editions/{first.pk}/index.html").stat().st_mtime) > 1_700_000_000

    def test_older_edition_is_written_again_with_its_banner(self) -> None:
        first = published()
        writing.publish_site()
        assert "已有更新的版本" not in page(first)
        second = published(first.inspection)
        writing.publish_site()
        assert "已有更新的版本" in page(first)
        statement = "UPDATE reports_edition SET corrects_id = %s, correction = %s WHERE id = %s"
        rewrite(statement, first.pk, "第 5 条数字有误", second.pk)
        writing.publish_site()
        assert "更正理由：第 5 条数字有误" in page(first)
        assert "更正" not in page(second).split("<header", 2)[2].split("</header>")[0]

    def test_publishing_asks_for_the_site_after_the_commit(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        sent: list[str] = []
        monkeypatch.setattr(celery.current_app, "send_task", lambda name, **_given: sent.append(name))
        notice = approved()
        with django_capture_on_commit_callbacks(execute=True):
            services.publish(actor=factories.office(), notice=notice)
            assert not sent
        assert sent.count(site.TASK) == 1
        tasks.publish_site()
        assert writing.stands()

    def test_without_a_broker_the_clock_makes_it_good(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        def away(*_args: Any, **_given: Any) -> None:
            raise BrokerAway

        monkeypatch.setattr(celery.current_app, "send_task", away)
        notice = approved()
        with django_capture_on_commit_callbacks(execute=True):
            services.publish(actor=factories.office(), notice=notice)
        assert not writing.stands()
        assert writing.keep_site() > 0
        assert writing.keep_site() == 0

    def test_command_says_how_much_it_wrote(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("publish_site")
        assert "共 5 个文件" in capsys.readouterr().out


class TestServing:
    def test_file_and_live_page_are_the_same_bytes(self, client: Client) -> None:
        edition = published()
        paths = ["/", "/editions/", reverse("reports:edition", args=(edition.pk,)), "/robots.txt", "/sitemap.xml"]
        live = {path: client.get(path).content for path in paths}
        writing.publish_site()
        with CaptureQueriesContext(connection) as queries:
            kept = {path: client.get(path).content for path in paths}
        assert kept == live
        assert len(queries) == len(paths)
        assert all("FROM (SELECT" in query["sql"] or "reports_edition" in query["sql"] for query in queries)

    def test_forms_are_negotiated(self, client: Client) -> None:
        published()
        writing.publish_site()
        whole = client.get("/").content
        cases = {"gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "identity": None, "": None}
        for accepted, coding in cases.items():
            response = client.get("/", headers={"accept-encoding": accepted})
            assert response.get("Content-Encoding") == coding
            assert "Accept-Encoding" in response["Vary"]
            unpacked = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding or "", bytes)(response.content)
            assert unpacked == whole

    def test_unchanged_page_is_not_sent_twice(self, client: Client) -> None:
        first = published()
        writing.publish_site()
        before = client.get("/")
        by_tag = client.get("/", headers={"if-none-match": before["ETag"]})
        by_date = client.get("/", headers={"if-modified-since": before["Last-Modified"]})
        assert (by_tag.status_code, by_date.status_code) == (304, 304)
        # control: after a publication the tag is another one, while the files are old and once they are new
        published(first.inspection)
        for _ in range(2):
            after = client.get("/", headers={"if-none-match": before["ETag"]})
            assert after.status_code == 200
            assert "第 2 版".encode() in after.content
            writing.publish_site()

    def test_live_page_has_a_tag_too(self, client: Client) -> None:
        published()
        assert client.get("/", headers={"if-none-match": client.get("/")["ETag"]}).status_code == 304

    def test_database_that_is_away_leaves_the_site_readable(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        published()
        writing.publish_site()

        def away() -> str:
            raise DatabaseError

        monkeypatch.setattr(serving, "state_now", away)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        assert not queries.captured_queries

    def test_headers(self, client: Client) -> None:
        edition = published()
        for _ in range(2):
            for path in ("/", "/editions/", reverse("reports:edition", args=(edition.pk,)), "/sitemap.xml"):
                response = client.get(path)
                assert response["Cache-Control"] == "max-age=30"
                assert "Cookie" not in response["Vary"]
                assert response["X-Frame-Options"] == "DENY"
                assert response["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in response["Content-Security-Policy"]
                assert not response.cookies
            writing.publish_site()

    @pytest.mark.parametrize("name", ["public", "editions", "edition", "verify", "edition-json", "robots", "sitemap"])
    def test_who_is_signed_in_is_not_asked(self, name: str) -> None:
        edition = published()
        staff = factories.signed_in(factories.office())
        path = reverse(f"reports:{name}", args=(edition.pk,) if name in ("edition", "verify", "edition-json") else ())
        with CaptureQueriesContext(connection) as queries:
            response = staff.get(path)
        told = " ".join(query["sql"] for query in queries)
        assert "django_session" not in told
        assert "units_user" not in told
        assert not response.cookies
        assert response.content == Client().get(path).content
        # control: a page of the house asks
        with CaptureQueriesContext(connection) as queries:
            staff.get("/workbench/")
        assert "django_session" in " ".join(query["sql"] for query in queries)

    def test_foreign_host_is_refused(self, client: Client) -> None:
        published()
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
        assert client.get("/").status_code == 200

    def test_party_edition_is_no_public_page(self, client: Client) -> None:
        edition = published()
        rewrite("UPDATE reports_edition SET audience = %s WHERE id = %s", "party", edition.pk)
        writing.publish_site()
        assert names() == {"index.html", "editions/index.html", "robots.txt", "sitemap.xml", "down.html"}
        for name in ("edition", "verify", "edition-json"):
            assert client.get(reverse(f"reports:{name}", args=(edition.pk,))).status_code == 404

    def test_unknown_address_is_answered_among_the_public_pages(self, client: Client) -> None:
        response = client.get("/editions/999/")
        assert response.status_code == 404
        assert 'class="pub"' in response.content.decode()
        assert 'content="noindex"' in response.content.decode()


class TestNothingInternal:
    def test_no_internal_text_on_any_page(self, client: Client) -> None:
        """Security.md C-62: every text of the house carries a canary; none is on a page or in a file."""
        notice = approved()
        services.return_notice(actor=factories.office(), notice=notice, reason=f"{CANARY}退回理由")
        item = notice.items.first()
        assert item is not None
        notice.items.update(party_text=f"{CANARY}党内", internal_text=f"{CANARY}内部")
        item.issue.category.issues.update(finding=f"{CANARY}问题原文")
        services.submit_notice(actor=factories.office(), notice=Notice.objects.get(pk=notice.pk))
        reviewed(services.approve_notice(actor=factories.leader(), notice=notice))
        edition = services.publish(actor=factories.office(), notice=notice)
        rewrite(f"""UPDATE reports_edition SET proof = '["{CANARY}"]', exceptions = '["{CANARY}"]' WHERE id = %s""", edition.pk)
        writing.publish_site()
        paths = [
            "/",
            "/editions/",
            "/?q=1",
            *(reverse(f"reports:{name}", args=(edition.pk,)) for name in ("edition", "verify", "edition-json")),
        ]
        told = {path: client.get(path).content.decode() for path in paths}
        told |= {name: (root() / name).read_text() for name in names()}
        # every person of the tests is named 姓名…
        assert not [place for place, text in told.items() if CANARY in text or "姓名" in text]
        # control: the house has it, so a page that looked there would show it
        assert CANARY in str(Edition.objects.get(pk=edition.pk).proof)
        assert Entry.objects.filter(reason__contains=CANARY).exists()


def page(edition: Edition) -> str:
    return (root() / pages.edition_name(edition.pk)).read_text()
