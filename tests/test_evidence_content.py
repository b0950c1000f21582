"""Kinds of files told by content (security.md S-40…S-46): each refusal beside a control that differs in one thing and is accepted."""

from __future__ import annotations

import resource
import socket
import struct
import time
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.measures.services.content import ACCEPTED, MAIN_PARTS, checked_type, pdf, pictures, zips
from apps.measures.services.content.names import plain_name
from apps.units.errors import ActRefused
from tests import corpus, factories
from tests.corpus import CONTENT_TYPES, SHEET, SLIDES, WORD, archive, compound, document, package

MISMATCH, LOCKED, ACTIVE, LARGE = "内容与扩展名不符", "密码", "宏或嵌入对象", "展开后过大"
DOCX = document()
SCRIPT = pikepdf.Dictionary({"/S": pikepdf.Name("/JavaScript"), "/JS": "app.alert(1)"})
LAUNCH = pikepdf.Dictionary({"/S": pikepdf.Name("/Launch"), "/F": "cmd.exe"})
LINK = pikepdf.Dictionary({"/S": pikepdf.Name("/URI"), "/URI": "https://example.org/(/JS)/Launch"})
FIELD = "<w:document><w:instrText>{}</w:instrText><w:r/><w:instrText>{}</w:instrText></w:document>"
GBK = "关于清退津补贴的情况说明\r\n".encode("gb18030")


def word_file(flags: int = 0, **more: bytes) -> bytes:
    streams = {"WordDocument": struct.pack("<5HH", 0xA5EC, 0xC1, 0, 0, 0, flags)}
    return compound({**streams, **{name.replace("__", "/"): content for name, content in more.items()}})


def sheet_file(*records: bytes) -> bytes:
    return compound({"Workbook": struct.pack("<HH", 0x0809, 0) + b"".join(records)})


def sheet_entry(kind: int) -> bytes:
    """The record that names a sheet of that kind."""
    return struct.pack("<HHIBBB", 0x0085, 7, 0, 0, kind, 0)


def slides_file(*records: bytes, user: bytes = b"") -> bytes:
    body = b"".join(records)
    streams = {"PowerPoint Document": struct.pack("<HHI", 0xF, 0x03E8, len(body)) + body}
    return compound({**streams, "Current User": user} if user else streams)


GOOD: dict[str, bytes] = {
    "汇报.docx": DOCX,
    "台账.xlsx": package(CONTENT_TYPES, SHEET),
    "汇报.pptx": package(CONTENT_TYPES, SLIDES),
    "旧.wps": word_file(),
    "旧.et": sheet_file(sheet_entry(0)),
    "旧.dps": slides_file(),
    "新.wps": DOCX,
    "新.et": package(CONTENT_TYPES, SHEET),
    "新.dps": package(CONTENT_TYPES, SLIDES),
    "回单.pdf": factories.PDF,
    "照片.jpg": corpus.picture("JPEG"),
    "照片.png": corpus.picture("PNG"),
    "说明.txt": "情况说明\n".encode(),
    "说明BOM.txt": "情况说明\n".encode("utf-8-sig"),
    "说明GBK.txt": GBK,
    "打包.zip": archive({"甲/回单.pdf": factories.PDF, "甲/": b"", "说明.txt": GBK, "汇报.docx": DOCX}),
    "未压缩.zip": archive({"回单.pdf": factories.PDF}, zipfile.ZIP_STORED),
    "带图表.pptx": archive({CONTENT_TYPES: "<Types/>", SLIDES: "<p/>", "ppt/embeddings/表.xlsx": package(CONTENT_TYPES, SHEET)}),
}


def packed() -> bytes:
    return GOOD["打包.zip"]


def text_in_zip() -> bytes:
    return archive({"b.txt": b"MZ"})


def typed(kind: str) -> bytes:
    """A workbook that declares a part of that kind."""
    return package(CONTENT_TYPES, SHEET, types=f'<Override ContentType="application/vnd.ms-excel.{kind}+xml"/>')


Maker = Callable[[], bytes]
# case: name, content, words of the refusal, and what differs in one thing (a name, a content) and is accepted
BAD: dict[str, tuple[str, Maker, str, str, Maker]] = {
    # S-40, S-41: the name and the content
    "program": ("a.exe", lambda: factories.PDF, "不接受这种文件", "a.pdf", lambda: factories.PDF),
    "page": ("a.html", lambda: b"<html>", "不接受这种文件", "a.txt", lambda: b"<html>"),
    "drawing": ("a.svg", lambda: b"<svg/>", "不接受这种文件", "a.txt", lambda: b"<svg/>"),
    "old word": ("a.doc", word_file, "不接受这种文件", "a.wps", word_file),
    "macro ending": ("a.docm", lambda: DOCX, "不接受这种文件", "a.docx", lambda: DOCX),
    "two endings": ("a.exe.pdf", lambda: factories.PDF, "两个扩展名", "a.最终.pdf", lambda: factories.PDF),
    "php in the middle": ("a.php.jpg", lambda: corpus.picture("JPEG"), "两个扩展名", "a.jpg", lambda: corpus.picture("JPEG")),
    "php at the end": ("a.jpg.php", lambda: corpus.picture("JPEG"), "不接受这种文件", "a.jpg.jpg", lambda: corpus.picture("JPEG")),
    "turned round": ("通知\u202efdp.docx", lambda: DOCX, "改变文字方向", "通知fdp.docx", lambda: DOCX),
    "hidden": ("a\u200b.pdf", lambda: factories.PDF, "看不见", "a.pdf", lambda: factories.PDF),
    "zero byte": ("a.docx\x00.pdf", lambda: factories.PDF, "看不见", "a.docx.pdf", lambda: factories.PDF),
    "line break": ("a\r\nX.pdf", lambda: factories.PDF, "看不见", "a X.pdf", lambda: factories.PDF),
    "pdf as docx": ("a.docx", lambda: factories.PDF, "看起来是 PDF", "a.pdf", lambda: factories.PDF),
    "utf-7 page as pdf": ("a.pdf", lambda: b"+ADw-script+AD4-", MISMATCH, "a.txt", lambda: b"+ADw-script+AD4-"),
    "pdf with an archive behind": (
        *("a.pdf", lambda: factories.PDF + archive({"a.txt": "x"}), MISMATCH),
        *("a.pdf", lambda: factories.PDF + b"\n"),
    ),
    "picture with a page behind": (
        *("a.jpg", lambda: corpus.picture("JPEG") + b"<html><script>alert(1)</script>", MISMATCH),
        *("a.jpg", lambda: corpus.picture("JPEG") + b"\x00" * 20),
    ),
    "picture with an archive behind": (
        *("a.png", lambda: corpus.picture("PNG") + archive({"a.txt": "x"}), MISMATCH),
        *("a.png", lambda: corpus.picture("PNG")),
    ),
    "archive behind a program": ("a.zip", lambda: b"MZ" + packed(), MISMATCH, "a.zip", packed),
    "slides as words": ("a.docx", lambda: GOOD["汇报.pptx"], MISMATCH, "a.pptx", lambda: GOOD["汇报.pptx"]),
    "wps words as wps table": ("a.et", word_file, MISMATCH, "a.wps", word_file),
    "nothing but a compound file": ("a.wps", lambda: compound({"Other": b"x"}), MISMATCH, "a.wps", word_file),
    "control bytes in a text": ("a.txt", lambda: b"a\x00b", MISMATCH, "a.txt", lambda: b"a\tb"),
    "no encoding at all": ("a.txt", lambda: b"\xff\xff\xff", MISMATCH, "a.txt", lambda: GBK),
    "utf-16 text": ("a.txt", lambda: "说明".encode("utf-16"), "UTF-16", "a.txt", "说明".encode),
    "pdf as text": ("a.txt", lambda: b"%PDF-1.4 x", MISMATCH, "a.txt", lambda: b"PDF-1.4 x"),
    # passwords
    "locked zip": ("a.zip", lambda: corpus.locked(GOOD["未压缩.zip"]), LOCKED, "a.zip", lambda: GOOD["未压缩.zip"]),
    "locked docx": ("a.docx", lambda: compound({"EncryptedPackage": b"x"}), "打开密码", "a.docx", lambda: DOCX),
    "locked wps package": ("a.wps", lambda: compound({"EncryptedPackage": b"x"}), "打开密码", "a.wps", word_file),
    "locked wps": ("a.wps", lambda: word_file(0x0100), "打开密码", "a.wps", lambda: word_file(0x0200)),
    "locked et": ("a.et", lambda: sheet_file(struct.pack("<HHH", 0x2F, 2, 0)), "打开密码", "a.et", lambda: sheet_file(b"")),
    "locked dps": (
        *("a.dps", lambda: slides_file(user=struct.pack("<4I", 0, 0, 20, 0xF3D1C4DF)), "打开密码"),
        *("a.dps", lambda: slides_file(user=struct.pack("<4I", 0, 0, 20, 0xE391C05F))),
    ),
    "locked pdf": (
        *("a.pdf", lambda: corpus.pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "密码或使用限制"),
        *("a.pdf", corpus.pdf),
    ),
    "limited pdf": (
        *("a.pdf", lambda: corpus.pdf(encryption=pikepdf.Encryption(owner="o", user="")), "密码或使用限制"),
        *("a.pdf", corpus.pdf),
    ),
    # S-43: what acts by itself
    "macro part": ("a.pptx", lambda: package(CONTENT_TYPES, SLIDES, "ppt/vbaProject.bin"), ACTIVE, "a.pptx", lambda: GOOD["汇报.pptx"]),
    "macro under another name": (
        *("a.docx", lambda: document(word__data_bin=word_file()), ACTIVE),
        *("a.docx", lambda: document(word__data_bin=b"settings of a printer")),
    ),
    "macro sheet": (
        *(
            "a.xlsx",
            lambda: typed("macrosheet"),
            ACTIVE,
        ),
        *("a.xlsx", lambda: typed("sheet")),
    ),
    "macros in wps": ("a.wps", lambda: word_file(Macros__VBA=b"x"), ACTIVE, "a.wps", lambda: word_file(Data=b"x")),
    "macros in et": (
        *("a.et", lambda: compound({"Workbook": b"\0" * 8, "_VBA_PROJECT_CUR/VBA": b"x"}), ACTIVE),
        *("a.et", lambda: compound({"Workbook": b"\0" * 8, "ETExtData": b"x"})),
    ),
    "macro sheet in et": ("a.et", lambda: sheet_file(sheet_entry(1)), ACTIVE, "a.et", lambda: sheet_file(sheet_entry(2))),
    "macros in dps": (
        *("a.dps", lambda: slides_file(struct.pack("<HHI", 0xF, 0x03FF, 0)), ACTIVE),
        *("a.dps", lambda: slides_file(struct.pack("<HHI", 0xF, 0x03FE, 0))),
    ),
    "object in wps": ("a.wps", lambda: word_file(ObjectPool__x=b"x"), ACTIVE, "a.wps", lambda: word_file(Pool__x=b"x")),
    "dde": (
        "a.docx",
        lambda: document(FIELD.format("D", "DE c:\\x ")),
        "DDE",
        "a.docx",
        lambda: document(FIELD.format("D", "ATE ")),
    ),
    "dde in one attribute": (
        *("a.docx", lambda: document('<w:document><w:fldSimple w:instr="DDE Excel x"/></w:document>'), "DDE"),
        *("a.docx", lambda: document('<w:document><w:fldSimple w:instr="PAGE x"/></w:document>')),
    ),
    "dde in a table": (
        *("a.xlsx", lambda: archive({CONTENT_TYPES: "<Types/>", SHEET: "<x/>", "xl/externalLinks/1.xml": "<a><ddeLink/></a>"}), "DDE"),
        *("a.xlsx", lambda: archive({CONTENT_TYPES: "<Types/>", SHEET: "<x/>", "xl/externalLinks/1.xml": "<a><book/></a>"})),
    ),
    "script in pdf": ("a.pdf", lambda: corpus.pdf({"OpenAction": SCRIPT}), "脚本", "a.pdf", lambda: corpus.pdf({"OpenAction": LINK})),
    "script under an escaped name": (
        *("a.pdf", lambda: corpus.pdf({"OpenAction": SCRIPT}).replace(b"/JavaScript", b"/Java#53cript").replace(b"/JS", b"/#4aS"), "脚本"),
        *("a.pdf", lambda: corpus.pdf({"OpenAction": LINK})),
    ),
    "program in pdf": ("a.pdf", lambda: corpus.pdf({"OpenAction": LAUNCH}), "启动程序", "a.pdf", lambda: corpus.pdf({"OpenAction": LINK})),
    "file in pdf": ("a.pdf", corpus.pdf_with_attachment, "夹带", "a.pdf", corpus.pdf),
    # S-42: what unpacks to too much, and archives
    "nested archive": ("a.zip", lambda: archive({"b.zip": packed()}), "还有压缩包“b.zip”", "a.zip", packed),
    "archive under another name": (
        "a.zip",
        lambda: archive({"b.txt": packed()}),
        "压缩包里的“b.txt”",
        "a.zip",
        lambda: GOOD["打包.zip"],
    ),
    "program in an archive": (
        "a.zip",
        lambda: archive({"b.exe": b"MZ"}),
        "压缩包里的“b.exe”：不接受",
        "a.zip",
        lambda: archive({"b.txt": b"MZ"}),
    ),
    "macro in an archive": (
        *("a.zip", lambda: archive({"b.docx": package(CONTENT_TYPES, WORD, "word/vbaProject.bin")}), "压缩包里的“b.docx”：文件带有宏"),
        *("a.zip", lambda: archive({"b.docx": DOCX})),
    ),
    "path out of the archive": ("a.zip", lambda: archive({"../b.txt": "x"}), "指向包外", "a.zip", lambda: archive({"..b.txt": "x"})),
    "path from the root": ("a.zip", lambda: archive({"/etc/b.txt": "x"}), "指向包外", "a.zip", lambda: archive({"etc/b.txt": "x"})),
    "path on a drive": ("a.zip", lambda: archive({"C:\\b.txt": "x"}), "指向包外", "a.zip", lambda: archive({"C/b.txt": "x"})),
    "symbolic link": ("a.zip", lambda: corpus.link("b.txt"), "符号链接", "a.zip", lambda: archive({"b.txt": "/etc/passwd"})),
    "no member": ("a.zip", lambda: archive({}), MISMATCH, "a.zip", lambda: archive({"b.txt": "x"})),
    "rare method": (
        *("a.zip", lambda: archive({"b.txt": "x"}, zipfile.ZIP_LZMA), "少见的压缩方法"),
        *("a.zip", lambda: archive({"b.txt": "x"}, zipfile.ZIP_STORED)),
    ),
    "package in a package in a package": (
        *("a.docx", lambda: document(word__a_bin=document(word__b_bin=DOCX)), "一层套一层"),
        *("a.docx", lambda: document(word__a_bin=DOCX)),
    ),
    "overlapping members": (
        "a.zip",
        lambda: corpus.overlapping(50, b"x"),
        MISMATCH,
        "a.zip",
        lambda: corpus.overlapping(1, b"x" * 99),
    ),
    "understated size": (
        *("a.zip", lambda: corpus.lying(archive({"b.txt": b"x" * 5000}), 50), MISMATCH),
        *("a.zip", lambda: corpus.lying(archive({"b.txt": b"x" * 5000}), 5000)),
    ),
    # S-44, S-45
    "entities in a part": (
        *("a.docx", lambda: document('<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]><x>&a;</x>'), MISMATCH),
        *("a.docx", lambda: document("<?xml version='1.0' encoding='UTF-8'?><!-- DOCTYPE --><x/>")),
    ),
    "xml in utf-16": (
        "a.docx",
        lambda: document("<x/>".encode("utf-16")),
        MISMATCH,
        "a.docx",
        lambda: document("<x/>".encode("utf-8-sig")),
    ),
    "pixel flood": ("a.png", lambda: corpus.huge_png(60_000, 60_000), "5000 万像素", "a.png", lambda: corpus.picture("PNG", (600, 600))),
    "just too many pixels": (
        "a.png",
        lambda: corpus.picture("PNG", (8000, 6251)),
        "像素",
        "a.png",
        lambda: corpus.picture("PNG", (8000, 6250)),
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_accepted_kind(name: str) -> None:
    assert checked_type(name, GOOD[name]) == ACCEPTED[name.rpartition(".")[2]]


def test_every_kind_that_is_accepted_is_tried() -> None:
    assert {name.rpartition(".")[2] for name in GOOD} == set(ACCEPTED) - {"jpeg"}
    assert set(MAIN_PARTS) <= set(ACCEPTED)


@pytest.mark.parametrize("case", BAD)
def test_refused_and_its_accepted_twin(case: str) -> None:
    name, make, sentence, twin, make_twin = BAD[case]
    with pytest.raises(ActRefused, match=sentence) as refused:
        checked_type(name, make())
    assert (refused.value.status, refused.value.field) == (400, "file")
    assert checked_type(twin, make_twin()) == ACCEPTED[twin.rpartition(".")[2]]


def refused_fast(name: str, data: bytes) -> str:
    """The words of the refusal, which takes less than a second and less than 100 MB."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ActRefused) as refused:
        checked_type(name, data)
    assert time.process_time() - began < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    return refused.value.message


def test_bombs_are_refused_before_they_go_off() -> None:
    """S-42: by the directory where it tells the truth, by the bytes that stream where it does not."""
    bomb = archive({"a.txt": b"\n" * (50 * 1024 * 1024)})
    assert LARGE in refused_fast("a.zip", bomb)
    assert LARGE in refused_fast("a.zip", corpus.lying(bomb, 100))
    assert LARGE in refused_fast("a.docx", document(word__media__a_bin=b"\0" * (50 * 1024 * 1024)))
    assert LARGE in refused_fast("a.zip", archive({"b.docx": document(word__media__a_bin=b"\0" * (50 * 1024 * 1024))}))
    assert LARGE in refused_fast("a.zip", archive({f"{number}.txt": b"x" for number in range(zips.MAX_PARTS + 1)}))
    assert checked_type("a.zip", archive({"a.txt": b"\n" * 5_000_000}))


def test_packages_inside_packages_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each document alone would pass; together, and each of them counted inside the archive as well, they are too much."""
    monkeypatch.setattr(zips, "MAX_UNPACKED", 400_000)
    one = document(word__media__a_bin=b"\0" * 150_000)
    assert checked_type("a.zip", archive({"1.docx": one, "2.docx": one}))
    with pytest.raises(ActRefused, match=LARGE):
        checked_type("a.zip", archive({"1.docx": one, "2.docx": one, "3.docx": one}))


def test_nothing_is_fetched_while_a_file_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """S-44: entities that point elsewhere open no connection."""

    def no_connection(*_args: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", no_connection)
    for case in ("entities in a part", "xml in utf-16"):
        with pytest.raises(ActRefused):
            checked_type("a.docx", BAD[case][1]())


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 100_000), st.binary(max_size=6), st.integers(0, 12))
def test_damage_is_refused_in_words_or_harmless(name: str, place: int, put: bytes, cut: int) -> None:
    data = GOOD[name]
    place %= len(data)
    try:
        checked_type(name, data[:place] + put + data[place + cut :])
    except ActRefused as refused:
        assert refused.field == "file"


@given(st.sampled_from(sorted(set(ACCEPTED))), st.binary(min_size=1, max_size=3000))
def test_noise_is_no_document(ending: str, noise: bytes) -> None:
    try:
        checked_type(f"a.{ending}", noise)
    except ActRefused:
        return
    assert ending == "txt"


def test_limits_are_what_the_tests_stand_on() -> None:
    assert (pictures.MAX_PIXELS, zips.MAX_RATIO, zips.MAX_PARTS, zips.MAX_UNPACKED) == (50_000_000, 100, 2000, 200 * 1024 * 1024)
    assert pdf.MAX_OBJECTS == 500_000
    assert plain_name("..\\a/b.pdf") == "b.pdf"
