"""The public site from the shipped nginx.conf: whole with the application down, and out of the application's way while it is up."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.reports.publishing import writing
from scripts.servers import HOST, free_port
from tests import nginx
from tests.test_editions import published

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(address: str, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture
def public(settings: Settings, tmp_path: Path) -> Path:
    settings.PUBLIC_DIR = tmp_path / "public"
    return tmp_path / "public"


@pytest.fixture
def down(public: Path, tmp_path: Path) -> Iterator[str]:
    """nginx, and nobody behind it."""
    with nginx.serving(tmp_path, application=f"{HOST}:{free_port()}", public=public, static=tmp_path) as address:
        yield address


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(f"application {self.command} {self.path}".encode())

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def up(public: Path, tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer((HOST, 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with nginx.serving(tmp_path, application=f"{HOST}:{server.server_port}", public=public, static=tmp_path) as address:
            yield address
    finally:
        server.shutdown()
        server.server_close()


class TestApplicationDown:
    def test_every_page_is_there_with_the_same_bytes_and_headers(self, down: str, client: Client) -> None:
        edition = published()
        writing.publish_site()
        of_edition = [reverse(f"reports:{name}", args=(edition.pk,)) for name in ("edition", "edition-json")]
        for path in ("/", "/editions/", "/robots.txt", "/sitemap.xml", *of_edition):
            told, here = ask(down, path), client.get(path)
            assert (told.status, told.body) == (200, here.content), path
            assert told.headers["Content-Type"] == here["Content-Type"], path
            policies = [set(answer["Content-Security-Policy"].split("; ")) for answer in (told.headers, here)]
            assert policies[0] == policies[1], path
            for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
                assert told.headers[name] == here[name], (path, name)
            assert told.headers["Cross-Origin-Opener-Policy"] == here["Cross-Origin-Opener-Policy"]
            assert "Set-Cookie" not in told.headers
            if not path.endswith(".json"):
                assert [told.headers[name] for name in ("ETag", "Last-Modified", "Cache-Control")] == [
                    here[name] for name in ("ETag", "Last-Modified", "Cache-Control")
                ]
        assert ask(down, of_edition[1]).headers["Content-Disposition"] == "attachment"
        assert "Content-Disposition" not in ask(down, "/").headers

    def test_compressed_and_unchanged(self, down: str, client: Client) -> None:
        published()
        writing.publish_site()
        packed, here = ask(down, "/", accept_encoding="gzip"), client.get("/", headers={"accept-encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == client.get("/").content
        assert packed.headers["ETag"] == here["ETag"]
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert ask(down, "/", accept_encoding="gzip", if_none_match=here["ETag"]).status == 304

    def test_what_needs_the_application_says_so(self, down: str) -> None:
        edition = published()
        writing.publish_site()
        for path in ("/workbench/", reverse("reports:verify", args=(edition.pk,)), "/editions/999/", "/-"):
            answer = ask(down, path)
            assert answer.status == 503, path
            assert "暂时打不开" in answer.body.decode()
        assert ask(down, "/", method="POST").status == 503
        # a question that only the application can answer gets the whole page
        assert ask(down, "/?q=1").body == ask(down, "/").body
        assert ask(down, "/down.html").status == 404

    def test_new_site_is_served_from_the_moment_it_is_in_place(self, down: str) -> None:
        # control: without files there is nothing to serve
        assert ask(down, "/").status == 503
        first = published()
        writing.publish_site()
        assert "第 1 版" in ask(down, "/").body.decode()
        published(first.inspection)
        writing.publish_site()
        assert "第 2 版" in ask(down, "/").body.decode()

    def test_nothing_beside_the_pages_is_served(self, down: str) -> None:
        published()
        writing.publish_site()
        for path in ("/../site.json", "/site.json", "/%2e%2e/site.json", "/../../lock", "/current/"):
            assert ask(down, path).status in (400, 503), path


class TestApplicationUp:
    def test_pages_are_files_and_the_rest_is_the_applications(self, up: str) -> None:
        published()
        writing.publish_site()
        assert "第 1 版" in ask(up, "/").body.decode()
        for path in ("/?q=1&category=2", "/workbench/", "/editions/999/", "/editions/1/verify/"):
            assert ask(up, path).body.decode() == f"application GET {path}"
        assert ask(up, "/", method="POST").body == b"application POST /"

    def test_the_applications_own_policy_is_left_alone(self, up: str) -> None:
        answer = ask(up, "/workbench/")
        assert answer.headers.get_all("Content-Security-Policy") == ["default-src 'self'"]

    def test_reading_is_not_limited_and_the_application_is(self, up: str) -> None:
        published()
        writing.publish_site()
        assert {ask(up, "/").status for _ in range(200)} == {200}
        assert 429 in {ask(up, "/workbench/").status for _ in range(200)}
