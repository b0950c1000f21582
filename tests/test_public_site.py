"""The public site: readable by anybody, without cookies, as it was published, and checkable."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from apps.reports.models import Edition
from apps.units.models import Source
from config.demo.source import squeeze
from tests import factories
from tests.test_editions import published, rewrite

pytestmark = pytest.mark.django_db


def body(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def words(page: str) -> str:
    """What a reader sees, without white space."""
    return squeeze(unescape(strip_tags(page)))


class TestReading:
    def test_nothing_published_yet(self, client: Client) -> None:
        assert "还没有发布过通报" in body(client, "/")
        assert "还没有发布过通报" in body(client, "/editions/")

    def test_demonstration_is_marked_and_a_real_notice_is_not(self, client: Client) -> None:
        assert "演示版本" not in body(client, reverse("reports:edition", args=(published().pk,)))
        inspection = factories.inspection(source=Source.DEMONSTRATION)
        factories.issue(factories.category(inspection))
        marked = body(client, reverse("reports:edition", args=(published(inspection).pk,)))
        assert "演示版本" in marked
        assert 'class="demo"' in marked

    def test_text_is_escaped(self, client: Client) -> None:
        edition = published()
        rewrite("UPDATE reports_edition SET content = %s WHERE id = %s", canonical_with(edition, "<script>1</script>"), edition.pk)
        assert "<script>1" not in body(client, "/")

    def test_older_edition_names_the_newer(self, client: Client) -> None:
        first = published()
        second = published(first.inspection)
        assert "本轮次已有更新的版本" in body(client, reverse("reports:edition", args=(first.pk,)))
        assert "本轮次已有更新的版本" not in body(client, reverse("reports:edition", args=(second.pk,)))
        assert "第 2 版" in body(client, "/")
        history = body(client, "/editions/")
        assert history.index("第 2 版") < history.index("第 1 版")


class TestNoCookies:
    @pytest.mark.parametrize("name", ["public", "editions", "edition", "verify", "edition-json"])
    def test_no_cookie_and_no_sign_in(self, client: Client, name: str) -> None:
        edition = published()
        response = client.get(reverse(f"reports:{name}", args=() if name in ("public", "editions") else (edition.pk,)))
        assert response.status_code == 200
        assert not response.cookies

    @pytest.mark.parametrize("path", ["/", "/editions/"])
    def test_empty_house_sets_none_either(self, client: Client, path: str) -> None:
        assert not client.get(path).cookies

    def test_no_inline_script_or_style(self, client: Client) -> None:
        edition = published()
        for name in ("edition", "verify"):
            page = body(client, reverse(f"reports:{name}", args=(edition.pk,)))
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


class TestChecking:
    def test_download_hashes_to_the_fingerprint_shown(self, client: Client) -> None:
        edition = published()
        response = client.get(reverse("reports:edition-json", args=(edition.pk,)))
        digest = hashlib.sha256(response.content).hexdigest()
        assert response["Content-Type"] == "application/json"
        assert response["ETag"] == f'"{digest}"'
        for path in ("/", reverse("reports:verify", args=(edition.pk,))):
            assert digest in words(body(client, path)).replace("SHA-256：", "")

    def test_unchanged_download_is_not_sent_twice(self, client: Client) -> None:
        path = reverse("reports:edition-json", args=(published().pk,))
        again = client.get(path, headers={"if-none-match": client.get(path)["ETag"]})
        assert again.status_code == 304

    def test_page_says_what_the_check_finds(self, client: Client) -> None:
        edition = published()
        path = reverse("reports:verify", args=(edition.pk,))
        assert "仍在链上" in body(client, path)
        rewrite("UPDATE reports_edition SET content = %s WHERE id = %s", canonical_with(edition, "别的标题"), edition.pk)
        assert "保存的文本与发布时的指纹不同" in body(client, path)


class TestBadAddresses:
    @pytest.mark.parametrize("path", ["/editions/999/", "/editions/999/verify/", "/editions/999.json", "/editions/99999999999999999999/"])
    def test_unknown_edition_is_404(self, client: Client, path: str) -> None:
        assert client.get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/", "/editions/"])
    def test_posting_is_405(self, client: Client, path: str) -> None:
        assert client.post(path).status_code == 405


def canonical_with(edition: Edition, title: str) -> str:
    """The content with another title, as JSON."""
    return json.dumps({**edition.content, "title": title})
