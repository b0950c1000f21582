"""Files of evidence: what is accepted, told by content; each refusal beside a file that differs in one thing and is accepted."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from apps.ledgers.models import Entry
from apps.measures.models import Act, Evidence, EvidenceVersion, Measure, Progress
from apps.measures.services import EvidenceDraft, log_download, open_file
from apps.measures.services.content import ACCEPTED, PDF, ooxml, zips
from apps.measures.services.files import keep_file
from apps.units.errors import ActRefused
from tests import corpus, factories
from tests.corpus import CONTENT_TYPES, SHEET, WORD, package, picture

DOCX, XLSX = ACCEPTED["docx"], ACCEPTED["xlsx"]
MISMATCH = "内容与扩展名不符"


def relation(kind: str, mode: str = "External") -> str:
    """A relation of that kind to another server, or (``Internal``) to another part."""
    type_ = f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"
    return f'<Relationship Id="r1" Type="{type_}" Target="https://example.org/frame/attachedTemplate" TargetMode="{mode}"/>'


def described(types: str = "", relations: str = "") -> bytes:
    return package(CONTENT_TYPES, WORD, types=types, relations=relations)


def damaged(data: bytes, at: int) -> bytes:
    """The data with one byte turned."""
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


DOCUMENT = package(CONTENT_TYPES, WORD)
WORKBOOK = package(CONTENT_TYPES, SHEET)
PNG, JPEG = picture("PNG"), picture("JPEG")


def phone_picture() -> bytes:
    """A JPEG with a second, smaller picture in it, as many phones write them."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (20, 15))])
    return out.getvalue()


GOOD: dict[str, tuple[bytes, str]] = {
    "回单.pdf": (factories.PDF, PDF),
    "回单.PDF": (factories.PDF, PDF),
    "会议纪要.docx": (DOCUMENT, DOCX),
    "台账.xlsx": (WORKBOOK, XLSX),
    "现场.png": (PNG, "image/png"),
    "现场.jpg": (JPEG, "image/jpeg"),
    "现场.jpeg": (JPEG, "image/jpeg"),
    "手机.jpg": (phone_picture(), "image/jpeg"),
    "archive.tar.pdf": (factories.PDF, PDF),
}

# name, content, words of the refusal, and the name and content that differ in one thing and are accepted
BAD: dict[str, tuple[str, Callable[[], bytes], str, str, bytes]] = {
    "empty": ("a.pdf", lambda: b"", "文件是空的", "a.pdf", factories.PDF),
    "unknown extension": ("a.exe", lambda: factories.PDF, "不接受这种文件", "a.pdf", factories.PDF),
    "no extension": ("pdf", lambda: factories.PDF + b"% no dot\n", "不接受这种文件", "a.pdf", factories.PDF),
    "double extension": ("a.pdf.html", lambda: factories.PDF, "不接受这种文件", "a.2025.pdf", factories.PDF),
    "macro extension": ("a.docm", lambda: DOCUMENT, "不接受这种文件", "a.docx", DOCUMENT),
    "old binary format": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, "不接受这种文件", "a.docx", DOCUMENT),
    "program as pdf": ("a.pdf", lambda: b"MZ\x90\x00" + b"\x00" * 200, MISMATCH, "a.pdf", factories.PDF),
    "page as pdf": ("a.pdf", lambda: b"<html><script>alert(1)</script></html>", MISMATCH, "a.pdf", factories.PDF),
    "text as docx": ("a.docx", lambda: b"plain words", MISMATCH, "a.docx", DOCUMENT),
    "old binary as docx": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64, MISMATCH, "a.docx", DOCUMENT),
    "workbook as docx": ("a.docx", lambda: WORKBOOK, MISMATCH, "a.xlsx", WORKBOOK),
    "document as xlsx": ("a.xlsx", lambda: DOCUMENT, MISMATCH, "a.docx", DOCUMENT),
    "zip as docx": ("a.docx", lambda: package(WORD), MISMATCH, "a.docx", package(WORD, CONTENT_TYPES)),
    "macro in docx": (
        "a.docx",
        lambda: package(CONTENT_TYPES, WORD, "word/vbaProject.bin"),
        "文件带有宏",
        "a.docx",
        package(CONTENT_TYPES, WORD, "word/vba.xml"),
    ),
    "macro in xlsx": (
        "a.xlsx",
        lambda: package(CONTENT_TYPES, SHEET, "xl/vbaProject.bin"),
        "文件带有宏",
        "a.xlsx",
        package(CONTENT_TYPES, SHEET, "xl/styles.xml"),
    ),
    "macro under another name": (
        "a.docx",
        lambda: described(types='<Override PartName="/word/a.bin" ContentType="application/vnd.ms-office.vbaProject"/>'),
        "宏",
        "a.docx",
        described(types='<Override PartName="/word/a.xml" ContentType="application/xml"/>'),
    ),
    "macro document renamed": (
        "a.docx",
        lambda: described(types='<Override PartName="/a" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'),
        "宏",
        "a.docx",
        described(types=f'<Override PartName="/a" ContentType="{DOCX}.main+xml"/>'),
    ),
    "template from elsewhere": (
        "a.docx",
        lambda: described(relations=relation("attachedTemplate")),
        "外部模板",
        "a.docx",
        described(relations=relation("hyperlink")),
    ),
    "object from elsewhere": (
        "a.docx",
        lambda: described(relations=relation("oleObject")),
        "外部模板",
        "a.docx",
        described(relations=relation("image", "Internal")),
    ),
    "entities": (
        "a.docx",
        lambda: described(types="<!DOCTYPE x>"),
        MISMATCH,
        "a.docx",
        DOCUMENT,
    ),
    "relations without end": (
        "a.docx",
        lambda: described(relations=" " * ooxml.MAX_DECLARED),
        MISMATCH,
        "a.docx",
        described(relations=" " * 1000),
    ),
    "cut zip": ("a.docx", lambda: DOCUMENT[:-40], MISMATCH, "a.docx", DOCUMENT),
    "damaged zip directory": ("a.docx", lambda: DOCUMENT.replace(b"PK\x01\x02", b"PK\x01\x00"), MISMATCH, "a.docx", DOCUMENT),
    "zip bomb": (
        "a.docx",
        lambda: package(CONTENT_TYPES, WORD, size=zips.MAX_UNPACKED + 1),
        "展开后过大",
        "a.docx",
        package(CONTENT_TYPES, WORD, size=5000),
    ),
    "too many parts": (
        "a.docx",
        lambda: package(CONTENT_TYPES, WORD, *map(str, range(zips.MAX_PARTS - 1)), size=0),
        "展开后过大",
        "a.docx",
        package(CONTENT_TYPES, WORD, *map(str, range(zips.MAX_PARTS - 2)), size=0),
    ),
    "png as jpg": ("a.jpg", lambda: PNG, MISMATCH, "a.png", PNG),
    "jpg as png": ("a.png", lambda: JPEG, MISMATCH, "a.jpg", JPEG),
    "gif as png": ("a.png", lambda: picture("GIF"), MISMATCH, "a.png", PNG),
    "pdf as png": ("a.png", lambda: factories.PDF, MISMATCH, "a.pdf", factories.PDF),
    "png with a damaged chunk": ("a.png", lambda: damaged(PNG, PNG.index(b"IDAT") + 6), MISMATCH, "a.png", PNG),
    "cut png": ("a.png", lambda: PNG[: PNG.index(b"IDAT") + 6], MISMATCH, "a.png", PNG),
    "cut jpg": ("a.jpg", lambda: JPEG[:30], MISMATCH, "a.jpg", JPEG),
    "damaged png header": ("a.png", lambda: damaged(PNG, 20), MISMATCH, "a.png", PNG),
}


@pytest.mark.parametrize("name", GOOD)
def test_accepted_files_are_kept_under_their_fingerprint(name: str) -> None:
    data, media_type = GOOD[name]
    kept = keep_file(factories.upload(name, data))
    digest = hashlib.sha256(data).hexdigest()
    assert (kept.filename, kept.media_type, kept.size, kept.sha256) == (name, media_type, len(data), digest)
    assert (Path(settings.EVIDENCE_DIR) / digest[:2] / digest).read_bytes() == data


@pytest.mark.parametrize("case", BAD)
def test_refused_files_and_their_accepted_twins(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, make, sentence, twin, twin_data = BAD[case]
    monkeypatch.setattr(zips, "MAX_UNPACKED", zips.MAX_UNPACKED if case != "zip bomb" else 10_000)
    data = make()
    with pytest.raises(ActRefused, match=sentence) as refused:
        keep_file(factories.upload(name, data))
    assert (refused.value.status, refused.value.field) == (400, "file")
    digest = hashlib.sha256(data).hexdigest()
    assert not (Path(settings.EVIDENCE_DIR) / digest[:2] / digest).exists() or data in [good for good, _type in GOOD.values()]
    assert keep_file(factories.upload(twin, twin_data)).size == len(twin_data)


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 10_000), st.binary(max_size=6), st.integers(0, 12))
def test_a_damaged_file_is_accepted_or_refused_in_words_never_an_error(name: str, place: int, put: bytes, cut: int) -> None:
    data, media_type = GOOD[name]
    place %= len(data)
    mangled = data[:place] + put + data[place + cut :]
    try:
        kept = keep_file(factories.upload(name, mangled))
    except ActRefused as refused:
        assert refused.field == "file"
    else:
        assert (kept.media_type, kept.size) == (media_type, len(mangled))


@pytest.mark.parametrize("extra", [0, 1])
def test_the_size_limit_is_exact(extra: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 1024 * 1024
    monkeypatch.setattr(settings, "EVIDENCE_MAX_BYTES", limit)
    data = factories.PDF + b"\n" * (limit - len(factories.PDF) + extra)
    if extra:
        with pytest.raises(ActRefused, match="超过 1 MB 上限，请压缩或拆分后再传") as refused:
            keep_file(factories.upload("a.pdf", data))
        assert refused.value.field == "file"
    else:
        assert keep_file(factories.upload("a.pdf", data)).size == limit


@pytest.mark.parametrize("given", ["../../etc/passwd.pdf", "C:\\用户\\桌面\\passwd.pdf", "/abs/passwd.pdf"])
def test_only_the_last_part_of_a_name_is_kept(given: str) -> None:
    upload = factories.upload("a.pdf")
    upload.__dict__["_name"] = given
    assert keep_file(upload).filename == "passwd.pdf"


def test_a_long_name_keeps_its_end() -> None:
    kept = keep_file(factories.upload("长" * 300 + ".pdf"))
    assert len(kept.filename) == 160
    assert kept.filename.endswith("长.pdf")


def stored() -> set[Path]:
    return {path for path in Path(settings.EVIDENCE_DIR).rglob("*") if path.is_file()}


@pytest.mark.django_db
def test_the_same_file_is_stored_once_however_often_it_is_handed_in() -> None:
    data = factories.PDF + b"% handed in twice\n"
    first, second = factories.measure(), factories.measure()
    before = stored()
    for measure, name in ((first, "甲.pdf"), (second, "乙.pdf")):
        factories.report(measure, files=[EvidenceDraft("回单", factories.upload(name, data), factories.today())])
    assert len(stored() - before) == 1
    versions = EvidenceVersion.objects.order_by("pk")
    assert [version.filename for version in versions] == ["甲.pdf", "乙.pdf"]
    assert len({version.sha256 for version in versions}) == 1
    assert {open_file(version).read() for version in versions} == {data}
    other = EvidenceDraft("回单", factories.upload("甲.pdf", data + b"\n"), factories.today())
    factories.report(factories.measure(), files=[other])
    assert len(stored() - before) == 2


@pytest.mark.django_db
def test_evidence_knows_its_day_its_report_and_its_uploader() -> None:
    measure = factories.measure()
    day = factories.days(-20)
    report = factories.report(measure, files=[EvidenceDraft("缴款回单", factories.upload(), day)])
    evidence, version = Evidence.objects.get(), EvidenceVersion.objects.get()
    assert (evidence.measure, evidence.progress, evidence.name, evidence.effective_on) == (measure, report, "缴款回单", day)
    assert (version.number, version.uploaded_by, version.extension) == (1, report.reported_by, "PDF")
    entry = Entry.objects.get(act=Act.REPORT)
    assert entry.payload["evidence"] == [{"name": "缴款回单", "sha256": version.sha256}]


@pytest.mark.django_db
def test_a_bad_file_leaves_nothing_of_its_report() -> None:
    measure, entries = factories.measure(), Entry.objects.count
    lead = factories.liaison(measure.lead_unit)
    before = entries()
    good = factories.evidence()
    bad = EvidenceDraft("坏", factories.upload("a.pdf", b"no"), factories.today())
    with pytest.raises(ActRefused, match=MISMATCH):
        factories.report(measure, by=lead, claim=Measure.State.DONE, files=[good, bad])
    assert (Progress.objects.count(), Evidence.objects.count(), entries()) == (0, 0, before)
    measure.refresh_from_db()
    assert (measure.progress, measure.version) == (Measure.State.NOT_STARTED, 1)


@pytest.mark.django_db
def test_a_download_is_entered_in_the_book() -> None:
    measure, reader = factories.measure(), factories.office()
    factories.report(measure, files=[factories.evidence()])
    version = EvidenceVersion.objects.get()
    log_download(actor=reader, version=version)
    entry = Entry.objects.get(act=Act.DOWNLOAD_EVIDENCE)
    assert (entry.book, entry.actor, entry.subject_id) == (measure.issue.inspection.book, reader, measure.pk)
    assert entry.payload == {"name": "缴款回单", "file": "回单.pdf", "edition": 1, "sha256": version.sha256}


def test_an_encrypted_package_is_refused_in_words() -> None:
    with pytest.raises(ActRefused, match="设有密码，请去掉密码后再传"):
        keep_file(factories.upload("a.docx", corpus.locked(DOCUMENT)))


def test_the_rest_of_a_write_that_was_cut_off_is_replaced() -> None:
    place = Path(settings.EVIDENCE_DIR) / (digest := keep_file(factories.upload()).sha256)[:2] / digest
    place.write_bytes(factories.PDF[:9])
    keep_file(factories.upload())
    assert place.read_bytes() == factories.PDF


@pytest.mark.django_db
def test_a_file_that_is_gone_is_said_to_be_gone() -> None:
    measure = factories.measure()
    data = factories.PDF + b"gone"
    factories.report(measure, files=[EvidenceDraft(name="回单", file=factories.upload("回单.pdf", data), effective_on=factories.today())])
    version = EvidenceVersion.objects.get(evidence__measure=measure)
    (Path(settings.EVIDENCE_DIR) / version.storage_name).unlink()
    answer = factories.signed_in(factories.office()).get(f"/evidence/{version.pk}/")
    assert answer.status_code == 409
    assert "从备份恢复" in answer.content.decode()
