"""The published notice of the demonstration as the public reads it: whole, with its figures, every part within reach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.reports.content import text_of
from apps.reports.finding import asked_in, find
from apps.reports.models import Audience, Edition
from config.demo.source import squeeze
from tests import demonstration
from tests.test_public_site import body, words

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def edition(django_db_setup: None, django_db_blocker: Any) -> Iterator[Edition]:
    with django_db_blocker.unblock(), demonstration.loaded() as inspection:
        yield inspection.editions.get(audience=Audience.SOCIETY)


def test_whole_notice_is_on_the_page(client: Client, edition: Edition) -> None:
    article = body(client, "/").split("<article", 1)[1].split("</article>", 1)[0]
    shown = words(article.split(">", 1)[1].split('<section class="fbk"', 1)[0])
    assert shown == squeeze(text_of(edition.content))


def test_figures_up_front_occur_in_the_text(client: Client, edition: Edition) -> None:
    page = body(client, "/")
    front = page.split('<dl class="pfig">', 1)[1].split("</dl>", 1)[0]
    shown = re.findall(r"<dd>(\d+)<small>(.)", re.sub(r"\s+(?=<)", "", front))
    assert [value for value, _ in shown] == ["83", "360", "115", "3"]
    assert all(f"{value}{unit}" in text_of(edition.content) for value, unit in shown)


def test_contents_lead_to_every_part(client: Client, edition: Edition) -> None:
    page = body(client, "/")
    anchors = set(re.findall(r'href="#([^"]+)"', page)) - {"main"}
    assert {f"i{number}" for number in range(1, 84)} < anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
    assert all(span in page for span in ("1–6", "7–22", "23–35", "36–43", "44–69", "70–83"))


def test_categories_words_and_widths(edition: Edition) -> None:
    content = edition.content

    def found(query: dict[str, str]) -> list[int]:
        return [int(item[0].place.removeprefix("item:")) for stretch in find(content, asked_in(query)) for item in stretch.items]

    assert found({"category": "2"}) == list(range(7, 23))
    assert found({"q": "土地 出让金"}) == [2, 63]
    assert found({"q": "土地 出让金", "category": "5"}) == [63]
    assert found({"q": "３１５５.25"}) == found({"q": "3155.25"}) == [63]
    assert found({"category": "7"}) == found({"q": "没有这样的词"}) == []


def test_page_reads_a_handful_of_rows(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) <= 4
