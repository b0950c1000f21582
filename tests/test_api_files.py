"""Files by API: handed out whole to those who may read their row, entered in the book, and found by nobody else."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from apps.ledgers.models import Entry
from apps.measures.services import add_regulation
from apps.reports import tasks
from apps.reports.models import Audience
from apps.reports.rendering import making
from apps.reports.services import ask_rendering
from apps.supervision.services import answer_letter, sign_letter
from tests import factories as make
from tests.api_world import World, client, refused, url, world
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> World:
    return world()


def taken(answer: Any) -> bytes:
    """What was handed out, as a download that no cache keeps and no browser runs."""
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    data = b"".join(answer.streaming_content)
    assert answer["Content-Length"] == str(len(data))
    return data


def test_a_regulation(here: World) -> None:
    facts: dict[str, Any] = {"inspection": here.inspection, "issue": here.own.issue, "unit": here.own.unit, "kind": "made"}
    row = add_regulation(actor=here.office, title="管理办法", file=make.upload(), **facts)
    shown = client(here.own.liaison).get(url("regulations", row.pk)).json()
    data = taken(client(here.own.liaison).get(url("regulations", row.pk, "file")))
    assert (data, hashlib.sha256(data).hexdigest()) == (make.PDF, shown["sha256"])
    entry = Entry.objects.latest("pk")
    assert (entry.act, entry.actor_id, entry.subject_id) == ("measures.download_regulation", here.own.liaison.pk, row.pk)
    refused(client(here.other.liaison).get(url("regulations", row.pk, "file")), 404)
    bare = here.own.issue.regulations.exclude(pk=row.pk)[0]
    refused(client(here.own.liaison).get(url("regulations", bare.pk, "file")), 404)
    refused(client().get(url("regulations", row.pk, "file")), 401)


def test_an_attachment_of_a_reply(here: World) -> None:
    letter = here.own.letter
    sign_letter(actor=here.own.liaison, letter=letter)
    answer_letter(actor=here.own.liaison, letter=letter, answer="已督促。", files=[make.upload("回复.pdf")])
    (row,) = client(here.office).get(url("attachments")).json()["results"]
    data = taken(client(here.office).get(url("attachments", row["id"], "file")))
    assert (data, hashlib.sha256(data).hexdigest()) == (make.PDF, row["sha256"])
    entry = Entry.objects.latest("pk")
    assert (entry.act, entry.actor_id) == ("supervision.download_attachment", here.office.pk)
    refused(client(here.other.liaison).get(url("attachments", row["id"], "file")), 404)
    refused(client(here.person("admin")).get(url("attachments", row["id"], "file")), 404)


def test_the_files_of_a_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "notice_pdf", lambda *_facts: b"%PDF-1.7 stand-in")
    notice = drafted()
    row = ask_rendering(actor=notice.drafted_by, notice=notice, audience=Audience.SOCIETY)
    reader = client(notice.drafted_by)
    refused(reader.get(url("renderings", row.pk, "file"), {"kind": "docx"}), 404)
    tasks.render(row.pk)
    shown = reader.get(url("renderings", row.pk)).json()
    assert {file["kind"]["code"] for file in shown["files"]} >= {"docx", "pdf"}
    for file in shown["files"]:
        data = taken(reader.get(url("renderings", row.pk, "file"), {"kind": file["kind"]["code"]}))
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
        entry = Entry.objects.latest("pk")
        assert (entry.act, entry.payload["sha256"]) == ("measures.export_paper", file["sha256"])
    refused(reader.get(url("renderings", row.pk, "file"), {"kind": "exe"}), 400)
    refused(reader.get(url("renderings", row.pk, "file")), 400)
    refused(client(make.liaison()).get(url("renderings", row.pk, "file"), {"kind": "docx"}), 404)
