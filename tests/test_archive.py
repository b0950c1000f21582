"""The archive of an issue: everything in it, its fingerprints hold and a changed byte is found, safe names, size, who may take it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.issues.models import Issue
from apps.ledgers import chain
from apps.ledgers.models import Entry
from apps.measures.models import EvidenceVersion
from apps.measures.papers.archive import MANIFEST, README, SUMS, build, safe_name
from apps.measures.papers.records import IssueRecords
from apps.measures.services import EvidenceDraft, request_extension
from apps.units.errors import ActConflict
from tests import factories as make

pytestmark = pytest.mark.django_db


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def take(issue: Issue, browser: Client | None = None) -> bytes:
    answer = (browser or make.signed_in(make.office())).get(reverse("measures:archive", args=(issue.pk,)))
    assert answer.status_code == 200
    return whole(answer)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def wrong(files: dict[str, bytes]) -> list[str]:
    """Names of the files that differ from the list of sums, as ``sha256sum -c`` would find them."""
    lines = [line.partition("  ") for line in files[SUMS].decode().splitlines()]
    return [name for digest, _gap, name in lines if hashlib.sha256(files.get(name, b"")).hexdigest() != digest]


@pytest.fixture
def issue() -> Issue:
    made = make.issue(title="追缴土地出让金")
    late, done = make.measures(made, 2, due_on=make.days(5))
    request_extension(actor=make.liaison(made.lead_unit), measure=late, new_due_on=make.days(30), reason="=1+1 分期缴纳")
    make.finish(done)
    return made


def test_everything_is_in_it(issue: Issue) -> None:
    files = unpacked(take(issue))
    number = issue.number
    assert sorted(files) == sorted(
        [
            f"01_文书/问题{number}_销号申请表.docx",
            f"01_文书/问题{number}_对账销号单.docx",
            f"01_文书/{number}-1_延期申请表_01.docx",
            f"01_文书/问题{number}_佐证材料目录.xlsx",
            f"02_佐证材料/{number}-2-01_缴款回单/第1版_回单.pdf",
            "04_台账流水/流水.csv",
            "04_台账流水/流水.jsonl",
            README,
            MANIFEST,
            SUMS,
        ]
    )
    assert files[f"02_佐证材料/{number}-2-01_缴款回单/第1版_回单.pdf"] == make.PDF
    words = files[README].decode("utf-8-sig")
    assert "certutil -hashfile" in words
    assert "sha256sum -c SHA256SUMS.txt" in words
    assert "{" not in words.replace("{ $h", "").replace('{ "不符', "")


def test_fingerprints_hold_and_a_turned_byte_is_found(issue: Issue) -> None:
    files = unpacked(take(issue))
    assert wrong(files) == []
    listed = {line.partition("  ")[2] for line in files[SUMS].decode().splitlines()}
    assert listed == set(files) - {SUMS}
    manifest = json.loads(files[MANIFEST])
    assert {row["name"] for row in manifest["files"]} == set(files) - {SUMS, MANIFEST, README}
    for row in manifest["files"]:
        assert (row["size"], row["sha256"]) == (len(files[row["name"]]), hashlib.sha256(files[row["name"]]).hexdigest())
    for name in listed:
        data = files[name]
        turned = data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
        assert wrong({**files, name: turned}) == [name]


def test_entries_of_the_book_can_be_recomputed(issue: Issue) -> None:
    files = unpacked(take(issue))
    lines = [json.loads(line) for line in files["04_台账流水/流水.jsonl"].splitlines()]
    acts = [line["act"] for line in lines]
    assert {
        "issues.add_issue",
        "measures.add_measure",
        "measures.request_extension",
        "measures.report_progress",
        "measures.approve",
    } <= set(acts)
    for line in lines:
        stated = line.pop("hash")
        assert chain.sha256_of(line) == stated
        assert stated == Entry.objects.get(book__inspection=issue.inspection, seq=line["seq"]).hash
    assert json.loads(files[MANIFEST])["book"]["head_seq"] >= max(line["seq"] for line in lines)
    lines[0]["reason"] += "改"
    assert chain.sha256_of(lines[0]) != Entry.objects.get(book__inspection=issue.inspection, seq=lines[0]["seq"]).hash


def test_the_table_of_entries_is_for_excel(issue: Issue) -> None:
    text = unpacked(take(issue))["04_台账流水/流水.csv"].decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[0][:3] == ["序号", "时间", "操作人"]
    reasons = [row[7] for row in rows[1:] if "分期" in row[7]]
    assert reasons == ["'=1+1 分期缴纳"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_entries_of_other_issues_stay_out(issue: Issue) -> None:
    other = make.issue(issue.category, title="别家的事")
    make.finish(make.measure(other, text="别家的措施"))
    files = unpacked(take(issue))
    assert "别家" not in files["04_台账流水/流水.jsonl"].decode()


def test_every_version_goes_along(issue: Issue) -> None:
    first = EvidenceVersion.objects.get(evidence__measure__issue=issue)
    data = b"%PDF-1.4 second"
    digest = hashlib.sha256(data).hexdigest()
    storages["evidence"].save(f"{digest[:2]}/{digest}", io.BytesIO(data))
    EvidenceVersion.objects.create(
        evidence=first.evidence, number=2, filename="补.pdf", media_type="x", size=len(data), sha256=digest, uploaded_by=first.uploaded_by
    )
    files = unpacked(take(issue))
    assert files[f"02_佐证材料/{issue.number}-2-01_缴款回单/第2版_补.pdf"] == data


def test_the_archive_is_an_act_in_the_book(issue: Issue) -> None:
    who = make.liaison(issue.lead_unit)
    answer: Any = make.signed_in(who).get(reverse("measures:archive", args=(issue.pk,)))
    data = whole(answer)
    assert answer["Content-Type"] == "application/zip"
    assert int(answer["Content-Length"]) == len(data)
    assert answer["X-Content-Type-Options"] == "nosniff"
    name = unquote(answer["Content-Disposition"].removeprefix("attachment; filename*=UTF-8''"))
    assert name == f"问题{issue.number}_追缴土地出让金_整改档案.zip"
    entry = Entry.objects.get(act="measures.export_archive")
    assert entry.actor == who
    assert entry.payload == {"name": name, "rows": 10, "sha256": hashlib.sha256(data).hexdigest()}


def test_only_those_who_answer_for_the_issue_take_it() -> None:
    helper = make.unit()
    issue = make.issue(supporting_units=[helper])
    make.measure(issue)
    address = reverse("measures:archive", args=(issue.pk,))
    for who in (make.office(), make.leader(), make.liaison(issue.lead_unit)):
        assert make.signed_in(who).get(address).status_code == 200
    browser = make.signed_in(make.liaison(helper))
    assert browser.get(address).status_code == 403
    assert "导出整份档案" not in browser.get(reverse("measures:issue-papers", args=(issue.pk,))).content.decode()
    assert make.signed_in(make.liaison()).get(address).status_code == 404


def test_too_large_is_refused_with_words(issue: Issue, settings: Any) -> None:
    settings.ARCHIVE_MAX_BYTES = len(make.PDF)
    browser = make.signed_in(make.office())
    address, page = reverse("measures:archive", args=(issue.pk,)), reverse("measures:issue-papers", args=(issue.pk,))
    assert browser.get(address).status_code == 200
    settings.ARCHIVE_MAX_BYTES = len(make.PDF) - 1
    answer = browser.get(address)
    assert answer.status_code == 400
    for words in (answer.content.decode(), browser.get(page).content.decode()):
        assert "的上限" in words
        assert "分批下载" in words
    assert Entry.objects.filter(act="measures.export_archive").count() == 1


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_store_that_does_not_hold_is_said_and_nothing_is_left_behind(issue: Issue, damage: str) -> None:
    issue = make.issue()
    data = make.PDF + damage.encode()
    draft = EvidenceDraft(name="回单", file=make.upload("回单.pdf", data), effective_on=make.today())
    make.report(make.measure(issue), files=[draft])
    version = EvidenceVersion.objects.get(evidence__measure__issue=issue)
    place = Path(storages["evidence"].path(version.storage_name))
    place.chmod(0o600)
    if damage == "missing":
        place.unlink()
    else:
        place.write_bytes(data[:-1] + b"X")
    before = list(Path(settings.UPLOAD_DIR).iterdir())
    with pytest.raises(ActConflict, match="没有导出"):
        build(IssueRecords(issue, make.office()))
    assert list(Path(settings.UPLOAD_DIR).iterdir()) == before
    answer = make.signed_in(make.office()).get(reverse("measures:archive", args=(issue.pk,)))
    assert answer.status_code == 409
    place.unlink(missing_ok=True)


def test_memory_does_not_grow_with_the_evidence() -> None:
    issue = make.issue()
    size = 8 * 1024 * 1024
    drafts = [
        EvidenceDraft(name=f"大件{number}", file=make.upload(f"{number}.pdf", make.PDF + bytes([number]) * size), effective_on=make.today())
        for number in range(4)
    ]
    make.report(make.measure(issue), files=drafts)
    records = IssueRecords(issue, make.office())
    tracemalloc.start()
    made = build(records)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with made.file:
        made.file.seek(0, 2)
        assert made.file.tell() > 4 * size
    assert peak < size


def test_queries_do_not_grow() -> None:
    who = make.office()
    counts = []
    for count in (2, 12):
        issue = make.issue()
        for measure in make.measures(issue, count):
            make.finish(measure, reviewer=who)
        browser = make.signed_in(who)
        with CaptureQueriesContext(connection) as captured:
            take(issue, browser)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 40


@given(st.text(max_size=300))
def test_names_are_safe_everywhere(words: str) -> None:
    name = safe_name(words)
    assert name
    assert len(name) <= 81
    assert not set(name) & set('<>:"/\\|?*\r\n\t\x00')
    assert name == name.strip(" .")


@pytest.mark.parametrize(
    ("given_", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("回单.pdf", "回单.pdf"),
        ("回单\u202efdp.exe", "回单fdp.exe"),
        ("CON.pdf", "_CON.pdf"),
        ("", "文件"),
        ("...", "文件"),
        ("a" * 200 + ".pdf", "a" * 76 + ".pdf"),
    ],
)
def test_names_that_would_do_harm(given_: str, safe: str) -> None:
    assert safe_name(given_) == safe
