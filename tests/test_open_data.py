"""Open data: what was published for society, listed for programs, with its files, the schema and the licence; nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from django.test import Client

from apps.reports.models import Audience, Edition
from apps.reports.rendering import making
from tests.test_editions import published
from tests.test_notice_rendering import party_edition, rendered

pytestmark = pytest.mark.django_db
ADDRESS = "/editions/data.json"


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "notice_pdf", lambda *_facts: b"%PDF-1.7 stand-in")


def path_of(address: str, settings: Any) -> str:
    assert address.startswith(settings.SITE_URL)
    return urlsplit(address).path


def test_editions_are_listed_with_files_that_are_there(client: Client, settings: Any) -> None:
    first = published()
    second = published(first.inspection)
    rendered(second)
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    found = answer.json()
    assert [row["id"] for row in found["editions"]] == [second.pk, first.pk]
    latest = found["editions"][0]
    assert latest["sha256"] == second.sha256
    assert {row["kind"] for row in latest["files"]} == {"docx", "pdf", "json", "csv"}
    for row in latest["files"]:
        file = client.get(path_of(row["url"], settings))
        assert file.status_code == 200, row
        assert file["Content-Type"] == row["media_type"]
        assert len(file.getvalue()) == row["size"]
    assert client.get(path_of(latest["page"], settings)).status_code == 200
    assert client.get(path_of(found["feed"], settings)).status_code == 200
    data = next(row for row in latest["files"] if row["kind"] == "json")
    schema = client.get(path_of(found["schema"], settings)).json()
    jsonschema.validate(client.get(path_of(data["url"], settings)).json(), schema)


def test_the_licence_is_that_of_the_house_everywhere(client: Client, settings: Any) -> None:
    settings.DATA_LICENCE, settings.DATA_LICENCE_URL = "署名即可使用", "https://example.gov.cn/licence"
    edition = published()
    rendered(edition)
    assert client.get(ADDRESS).json()["licence"] == {"text": "署名即可使用", "url": "https://example.gov.cn/licence"}
    assert "署名即可使用" in client.get("/editions/feed.atom").content.decode()
    assert "署名即可使用" in client.get(f"/editions/{edition.pk}/").content.decode()
    assert "署名即可使用" in str(client.get(f"/api/v1/editions/{edition.pk}/").json()["licence"])


def test_what_the_party_alone_is_told_is_not_listed(client: Client) -> None:
    edition = published()
    hidden = party_edition(edition)
    assert Edition.objects.filter(audience=Audience.PARTY).count() == 1
    assert [row["id"] for row in client.get(ADDRESS).json()["editions"]] == [edition.pk]
    assert client.get(f"/editions/{hidden.pk}/").status_code == 404


def test_before_anything_is_published_the_list_is_empty(client: Client) -> None:
    assert client.get(ADDRESS).json()["editions"] == []
