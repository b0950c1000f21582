"""Finding in the public notice without JavaScript: by word, by category, with a way back and the words marked."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.reports.finding import Asked, marked
from tests.test_editions import published
from tests.test_public_site import body

pytestmark = pytest.mark.django_db


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'/#i(\d+)"', page)]


def test_only_matching_items_are_shown_with_count_and_way_back(client: Client) -> None:
    edition = published()
    full = reverse("reports:edition", args=(edition.pk,))
    for path in (f"{full}?q=制定办法", "/?q=制定办法", "/?q=%20制定办法%20&utm=1"):
        page = body(client, path)
        assert numbers(page) == [2]
        assert "找到 <b>1</b> 条" in page
        assert f'href="{full}">返回全文' in page
        assert '<meta name="robots" content="noindex">' in page
        assert client.get(path)["X-Robots-Tag"] == "noindex"
        assert "<mark>制定办法</mark>" in page
        assert not client.get(path).cookies


@pytest.mark.parametrize("query", ["?q=", "?q=&category=", "?other=1"])
def test_asking_for_nothing_is_the_whole_page(client: Client, query: str) -> None:
    published()
    assert client.get(f"/{query}").content == client.get("/").content


@pytest.mark.parametrize("category", ["x", "-1", "99999", "1 OR 1", "²"])
def test_what_is_no_number_is_refused(client: Client, category: str) -> None:
    published()
    assert client.get("/", {"category": category}).status_code == 400
    assert client.get("/", {"category": "9999"}).status_code == 200


def test_nothing_found_says_what_to_do(client: Client) -> None:
    published()
    assert "没有符合条件的条目" in body(client, "/?q=没有这样的词")


def test_nothing_published_has_nothing_to_find(client: Client) -> None:
    assert "还没有发布过通报" in body(client, "/?q=1")
    assert client.get("/editions/1/?q=1").status_code == 404


def test_what_is_asked_and_found_is_escaped(client: Client) -> None:
    published()
    page = body(client, "/?q=<script>1</script>")
    assert "<script>1" not in page
    assert marked("<b>土地</b>", Asked(("土地", "b"), None, "土地 b")) == "&lt;<mark>b</mark>&gt;<mark>土地</mark>&lt;/<mark>b</mark>&gt;"
