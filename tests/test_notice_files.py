"""The files of a notice: the same text in each, in the official format, with headings, marks and imprint; and what cannot be made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from pypdf import PdfReader
from pypdf.generic import Destination

from apps.measures.papers import pdf
from apps.reports.blocks import blocks_of
from apps.reports.content import Content, canonical, content_of, text_of
from apps.reports.models import Edition, RenderedFile, Rendering
from apps.reports.rendering.data import items_csv
from apps.reports.rendering.docx import notice_docx
from apps.reports.rendering.imprint import Imprint, imprint_of
from apps.reports.rendering.making import make
from apps.reports.rendering.pdf import notice_pdf
from apps.reports.rendering.title import title_lines
from apps.reports.views.downloads import SCHEMA
from apps.units.errors import ActConflict
from config.demo.source import read_source
from tests.notice_text import (
    PAGE_NUMBER,
    altered,
    csv_items,
    csv_rows,
    docx_lines,
    docx_text,
    json_text,
    page_text,
    pdf_text,
    squeezed,
)
from tests.test_editions import published
from tests.test_notice import drafted

pytestmark = pytest.mark.django_db
TITLE = "中共三明市沙县区委关于省委巡视整改进展情况的通报"
KINDS = ("docx", "pdf", "json", "csv")


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rendering]:
    """The whole published notice, with its real text, as the rendering of a first edition; nothing of it is in the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        content = content_of(drafted())
        transaction.set_rollback(True)
    yield rendering_of(with_source(content))


def with_source(content: Content) -> Content:
    """The texts of the source in place of the small ones."""
    source = read_source(Path("fixtures/shaxian-2025/notice.txt"))
    two: dict[str, Any] = {
        "title": "集中整改期内巡视整改进展情况",
        "categories": [
            {
                "number": number,
                "label": "一二三四五六"[number - 1],
                "title": title,
                "items": [
                    {"number": item.number, "title": item.title, "text": item.body} for item in source.items if item.category == number
                ],
            }
            for number, title in enumerate(source.categories, start=1)
        ],
    }
    one = {"title": "区委及主要负责人组织整改落实情况", "paragraphs": [parted(text) for text in source.section_one]}
    three = {"title": "对持续整改的工作打算", "paragraphs": [parted(text) for text in source.section_three]}
    sections = {"one": one, "two": two, "three": three}
    told = {"title": TITLE, "issuer": source.signature, "signature": source.signature, "lead": [source.lead], "sections": sections}
    return {**content, **told, "demonstration": "演示版本：文字取自已公开的通报。"}


def parted(text: str) -> dict[str, str]:
    head, stop, rest = text.partition("。")
    return {"head": head + stop, "text": rest} if text.startswith("（") else {"head": "", "text": text}


def rendering_of(content: Content, *, number: int | None = 1, audience: str = "society") -> Rendering:
    """A rendering of an edition, or without a number of a draft; not saved."""
    now = timezone.now()
    sha256 = hashlib.sha256(canonical(content)).hexdigest()
    edition = None
    if number:
        facts = {"checkpoint_seq": 7, "checkpoint_hash": "b" * 64, "published_at": now}
        edition = Edition(pk=5, number=number, audience=audience, content=content, sha256=sha256, **facts)
    return Rendering(edition=edition, audience=audience, content=content, sha256=sha256, asked_at=now)


@pytest.fixture(scope="module")
def files(whole: Rendering) -> dict[str, bytes]:
    return {kind: make(whole, kind).data for kind in KINDS}


# -- the same text everywhere -------------------------------------------------------------------------------------------


def items_text(content: Content) -> str:
    return squeezed("".join(block.line for block in blocks_of(content) if block.kind == "item"))


def texts_of(files: dict[str, bytes], content: Content, mark: str) -> dict[str, bool]:
    """Whether each file says what the content says."""
    text = squeezed(text_of(content))
    return {
        "docx": docx_text(files["docx"]) == text,
        "pdf": pdf_text(files["pdf"], content, mark) == text,
        "json": json_text(files["json"]) == text,
        "csv": csv_items(files["csv"]) == items_text(content),
    }


def test_every_file_says_the_same_as_the_content(whole: Rendering, files: dict[str, bytes]) -> None:
    assert len(text_of(whole.content)) > 8000
    assert texts_of(files, whole.content, "示例") == dict.fromkeys(KINDS, True)


def test_the_control_one_digit_that_differs_is_found_in_each(whole: Rendering, files: dict[str, bytes]) -> None:
    assert texts_of(files, altered(whole.content), "示例") == dict.fromkeys(KINDS, False)


def test_the_page_says_the_same(client: Client) -> None:
    edition = published()
    page = client.get(reverse("reports:edition", args=(edition.pk,))).content.decode()
    assert page_text(page) == squeezed(text_of(edition.content))
    assert page_text(page) != squeezed(text_of(altered(edition.content)))


def test_the_source_is_what_was_rendered(files: dict[str, bytes]) -> None:
    """Beside the source itself, not only beside our own content."""
    source, text = read_source(Path("fixtures/shaxian-2025/notice.txt")), docx_text(files["docx"])
    for item in source.items:
        assert squeezed(f"{item.number}.{item.title}。{item.body}") in text


# -- the official format ------------------------------------------------------------------------------------------------


def test_page_and_pitch(files: dict[str, bytes]) -> None:
    section = Document(io.BytesIO(files["docx"])).sections[0]
    shape = (section.page_width, section.page_height, section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(Mm(1) and length.mm) for length in shape if length] == [210, 297, 37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert 22 * 28.95 <= 225 / 25.4 * 72 < 23 * 28.95


def test_faces_and_sizes(files: dict[str, bytes]) -> None:
    styles = Document(io.BytesIO(files["docx"])).styles
    found = {}
    for name in ("Title", "Normal", "Heading 1", "Heading 2", "Heading 3", "Heading 2 Char"):
        style = styles[name]
        found[name] = (style.element.rPr.rFonts.get(qn("w:eastAsia")), style.font.size.pt)
    assert found == {
        "Title": ("方正小标宋简体", 22),
        "Normal": ("仿宋_GB2312", 16),
        "Heading 1": ("黑体", 16),
        "Heading 2": ("楷体_GB2312", 16),
        "Heading 3": ("仿宋_GB2312", 16),
        "Heading 2 Char": ("楷体_GB2312", 16),
    }
    normal = styles["Normal"]
    assert normal.paragraph_format.line_spacing == Pt(28.95)
    assert normal.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    spacing = int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (16 + spacing) <= 156 / 25.4 * 72 < 29 * (16 + spacing)
    assert styles["Title"].paragraph_format.line_spacing == Pt(35)


def test_headings_from_which_a_table_of_contents_is_built(whole: Rendering, files: dict[str, bytes]) -> None:
    made = Document(io.BytesIO(files["docx"]))
    for level in (1, 2, 3):
        style = made.styles[f"Heading {level}"].element
        assert style.pPr.find(qn("w:outlineLvl")).get(qn("w:val")) == str(level - 1)
        assert style.find(qn("w:link")).get(qn("w:val")) == f"Heading{level}Char"
    assert len(docx_lines(files["docx"], style="Heading 1")) == 3
    assert len(docx_lines(files["docx"], style="Heading 2")) == 6
    heads = [run.text for line in made.paragraphs for run in line.runs if run.style.name == "Heading 3 Char"]
    assert heads == [block.head for block in blocks_of(whole.content) if block.kind == "item"]
    assert len(heads) == 83


def test_title_breaks_between_words_and_the_properties_hold_it_whole(files: dict[str, bytes]) -> None:
    made = Document(io.BytesIO(files["docx"]))
    assert made.paragraphs[0].text == "中共三明市沙县区委\n关于省委巡视整改进展情况的通报"
    assert made.core_properties.title == TITLE
    assert made.core_properties.author == "中共三明市沙县区委"
    assert made.core_properties.language == "zh-CN"


def test_page_numbers_stand_outside(files: dict[str, bytes]) -> None:
    section = Document(io.BytesIO(files["docx"])).sections[0]
    sides = [(part.paragraphs[0].alignment, part.paragraphs[0].text) for part in (section.footer, section.even_page_footer)]
    assert sides == [(WD_ALIGN_PARAGRAPH.RIGHT, "—  —"), (WD_ALIGN_PARAGRAPH.LEFT, "—  —")]
    even = section.even_page_footer.paragraphs[0]
    assert even.paragraph_format.left_indent == Pt(14)  # one character in, and no first line further
    assert even.style is not None
    assert even.style.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "0"
    pages = PdfReader(io.BytesIO(files["pdf"])).pages
    assert [place_of_number(page) for page in pages[:4]] == ["right", "left", "right", "left"]


def place_of_number(page: Any) -> str:
    found = []

    def visit(text: str, cm: list[float], tm: list[float], _font: Any, _size: float) -> None:
        if PAGE_NUMBER.match(text.strip()):
            found.append(tm[4] * cm[0] + cm[4])

    page.extract_text(visitor_text=visit)
    (x,) = found
    return "right" if x > float(page.mediabox.width) / 2 else "left"


def test_signature_and_date_stand_in_from_the_right(files: dict[str, bytes]) -> None:
    lines = Document(io.BytesIO(files["docx"])).paragraphs
    organ, date = next((line, lines[place + 1]) for place, line in enumerate(lines) if line.text == "中共三明市沙县区委")
    assert date.text == "2025年12月25日"
    assert date.paragraph_format.right_indent == Pt(64)
    assert organ.paragraph_format.right_indent == Pt(48)  # nine characters, centred on seven
    assert organ.paragraph_format.keep_with_next


def test_pdf_has_bookmarks_tags_and_facts(files: dict[str, bytes]) -> None:
    reader = PdfReader(io.BytesIO(files["pdf"]))
    names = list(titles(reader.outline))
    assert names[:2] == [TITLE, "一、区委及主要负责人组织整改落实情况"]
    assert "63.追缴土地出让金和竞买违约保证金。" in names
    assert len(names) == 1 + 3 + 2 + 6 + 83 + 4
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert reader.metadata
    assert (reader.metadata.title, reader.metadata.author) == (TITLE, "中共三明市沙县区委")
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]


def titles(outline: list[Destination | list[Any]]) -> Iterator[str]:
    for line in outline:
        if isinstance(line, list):
            yield from titles(line)
        else:
            yield str(line.title)


# -- what a paper says beside the text ----------------------------------------------------------------------------------


def test_last_page_tells_edition_fingerprint_and_address(whole: Rendering, files: dict[str, bytes]) -> None:
    last = squeezed(PdfReader(io.BytesIO(files["pdf"])).pages[-1].extract_text())
    address = f"{settings.SITE_URL}{reverse('reports:verify', args=(5,))}"
    for part in ("第1版", whole.sha256, "b" * 64, address):
        assert part in last
    imprint = squeezed("".join(docx_lines(files["docx"], style="版记")))
    assert whole.sha256 in imprint
    assert address in imprint


def small(**facts: Any) -> tuple[Content, Imprint]:
    row = rendering_of(content_of(drafted()), **facts)
    return row.content, imprint_of(row)


def paper_words(content: Content, imprint: Imprint) -> list[str]:
    made = Document(io.BytesIO(notice_docx(content, imprint)))
    header = made.sections[0].header.paragraphs[0].text + made.sections[0].even_page_header.paragraphs[0].text
    return [header, squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(notice_pdf(content, imprint))).pages))]


def test_a_draft_says_so_on_every_page_and_has_no_address() -> None:
    content, imprint = small(number=None)
    header, words = paper_words(content, imprint)
    assert header == "草稿草稿"
    assert "草稿:未经审定,不得公开" in words
    assert "http" not in words
    assert texts_of(all_files(content, imprint), content, "草稿")["pdf"]


def all_files(content: Content, imprint: Imprint) -> dict[str, bytes]:
    papers = {"docx": notice_docx(content, imprint), "pdf": notice_pdf(content, imprint)}
    return {**papers, "json": canonical(content), "csv": items_csv(content)}


def test_an_edition_for_the_party_says_so_and_has_no_public_address() -> None:
    header, words = paper_words(*small(audience="party"))
    assert header == "党内通报党内通报"
    assert "第1版" in words
    assert "http" not in words


def test_a_real_notice_bears_no_mark() -> None:
    header, words = paper_words(*small())
    assert header == ""
    assert "示例" not in words


# -- data ---------------------------------------------------------------------------------------------------------------


def test_json_is_what_is_hashed_and_fits_its_schema(whole: Rendering, files: dict[str, bytes]) -> None:
    assert hashlib.sha256(files["json"]).hexdigest() == whole.sha256
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    validator.check_schema(validator.schema)
    assert not list(validator.iter_errors(json.loads(files["json"])))
    assert not list(validator.iter_errors(content_of(drafted())))


@pytest.mark.parametrize("spoilt", [{"format": 99}, {"date": "2025年"}, {"lead": "一段"}, {"secret": 1}, {"contact": {}}])
def test_the_control_the_schema_refuses_what_is_not_a_notice(whole: Rendering, spoilt: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    assert list(validator.iter_errors({**whole.content, **spoilt}))


def test_csv_has_a_row_for_each_item_and_no_formula(whole: Rendering, files: dict[str, bytes]) -> None:
    rows = csv_rows(files["csv"])
    assert [row["编号"] for row in rows] == [str(number) for number in range(1, 84)]
    assert rows[62]["方面"].startswith("（五）")
    assert rows[0]["说明"] == whole.content["demonstration"]
    content = content_of(drafted())
    content["sections"]["two"]["categories"][0]["items"][0]["text"] = '=HYPERLINK("http://x")'
    assert csv_rows(items_csv(content))[0]["整改情况"] == '\'=HYPERLINK("http://x")'


# -- titles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于巡视整改进展情况的通报", ["关于巡视整改进展情况的通报"]),
        (TITLE, ["中共三明市沙县区委", "关于省委巡视整改进展情况的通报"]),
        (
            "中共平潭综合实验区委员会关于2024年省委常规巡视集中整改进展情况的通报",
            ["中共平潭综合实验区委员会", "关于2024年省委常规巡视集中整改进展情况的通报"],
        ),
        ("关于十四届省委第九轮巡视反馈意见集中整改落实情况的通报", ["关于十四届省委第九轮巡视反馈", "意见集中整改落实情况的通报"]),
    ],
)
def test_where_titles_break(title: str, lines: list[str]) -> None:
    found = title_lines(title)
    assert "".join(found) == title
    assert found == lines or title.startswith("中共平潭")


def test_a_title_that_breaks_nowhere_stays_whole() -> None:
    assert title_lines("A" * 120) == ["A" * 120]
    assert title_lines("《" * 50) == ["《" * 50]


# -- machines that cannot ------------------------------------------------------------------------------------------------


def test_without_pango_the_row_says_so_and_the_other_files_are_made(monkeypatch: pytest.MonkeyPatch, whole: Rendering) -> None:
    class NoPango:
        def find_spec(self, name: str, *_rest: Any) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])
    made = make(whole, RenderedFile.Kind.PDF)
    assert not made.data
    assert "Pango" in made.note
    assert "DOCX" in made.note
    assert make(whole, RenderedFile.Kind.DOCX).data


FONTLESS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
PROGRAM = """
import django
django.setup()
from apps.measures.papers import pdf
from apps.units.errors import ActConflict
pdf.render_to_string = lambda *_rest: "<p>汉字</p>"
try:
    pdf.rendered_pdf("x", {})
    print("made")
except ActConflict as refused:
    print("refused: fonts" if refused.message == pdf.NO_GLYPHS else refused.message)
"""


def on_a_machine(**env: str) -> str:
    """What a process of its own says that makes a PDF with Chinese characters."""
    where = {**os.environ, **env, "DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=where, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.strip() or done.stderr


def test_without_chinese_fonts_no_pdf_with_boxes_is_handed_out(tmp_path: Path) -> None:
    font = next(Path(settings.BASE_DIR, ".venv").resolve().rglob("fontawesome-webfont.ttf"))
    (tmp_path / font.name).write_bytes(font.read_bytes())
    config = tmp_path / "fonts.conf"
    config.write_text(FONTLESS.format(fonts=tmp_path, cache=tmp_path / "cache"), encoding="utf-8")
    assert on_a_machine(FONTCONFIG_FILE=str(config)) == "refused: fonts"


def test_the_control_the_same_program_with_the_fonts_of_this_machine() -> None:
    assert on_a_machine() == "made"


def test_a_character_that_no_font_has_is_found_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "render_to_string", lambda *_rest: "<p>\U000f0000</p>")
    with pytest.raises(ActConflict, match="缺少文中的汉字"):
        pdf.rendered_pdf("x", {})
    monkeypatch.setattr(pdf, "render_to_string", lambda *_rest: "<p>汉字</p>")
    assert pdf.rendered_pdf("x", {}).startswith(b"%PDF")
