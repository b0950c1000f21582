"""The text of a notice as it stands in each of its files, read by programs that know nothing of how they were made."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any

from docx import Document
from pypdf import PdfReader

from apps.measures.papers.official import IMPRINT
from apps.reports.content import Content, text_of

PAGE_NUMBER = re.compile(r"^— \d+ —$")
BESIDE = ("Title", "Subtitle", IMPRINT)
"""Styles of a paper that are not of the text."""
VOID = {"br", "img", "input", "link", "meta", "use", "path", "hr", "rect"}


def squeezed(words: str) -> str:
    """Without white space, and with one form of characters that look alike (⼀ and 一)."""
    return "".join(unicodedata.normalize("NFKC", words).split())


def docx_lines(data: bytes, *, style: str = "") -> list[str]:
    """The paragraphs of the text, or those of one style."""
    lines = Document(io.BytesIO(data)).paragraphs
    named = [(line.text, line.style.name if line.style else "") for line in lines]
    return [text for text, name in named if (name == style if style else name not in BESIDE)]


def docx_text(data: bytes) -> str:
    return squeezed("".join(docx_lines(data)))


def pdf_pages(data: bytes, mark: str = "") -> list[str]:
    """What stands on each page between its head and its number."""
    pages = []
    for page in PdfReader(io.BytesIO(data)).pages:
        lines = page.extract_text().splitlines()
        assert sum(bool(PAGE_NUMBER.match(line.strip())) for line in lines) == 1, lines
        kept = [line for line in lines if not PAGE_NUMBER.match(line.strip())]
        if mark:
            assert [line.strip() for line in kept].count(mark) == 1, kept
            kept = [line for line in kept if line.strip() != mark]
        pages.append("\n".join(kept))
    return pages


def pdf_text(data: bytes, content: Content, mark: str = "") -> str:
    """Between the title (with what a demonstration says of itself) and the imprint."""
    note = f"示例：{content['demonstration']}" if content["demonstration"] else ""
    text, before = squeezed("".join(pdf_pages(data, mark))), squeezed(content["title"] + note)
    assert text.startswith(before)
    return text.removeprefix(before).split(squeezed(imprint_begins(text)), 1)[0]


def imprint_begins(text: str) -> str:
    return "草稿：未经审定" if "草稿：未经审定" in text or squeezed("草稿：未经审定") in text else "第 1 版　20"


def json_text(data: bytes) -> str:
    return squeezed(text_of(json.loads(data)))


def csv_rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def csv_items(data: bytes) -> str:
    return squeezed("".join(row["条目"] + row["反馈问题"] + row["整改情况"] for row in csv_rows(data)))


class _Article(HTMLParser):
    """The words of the notice on its page: of the article, without sections that are not of the text."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        classes = (facts.get("class") or "").split()
        inside = self.open[-1][1] if self.open else False
        if tag == "article":
            inside = True
        if {"fbk", "imprint", "sr"} & set(classes) or tag in ("form", "button", "script", "svg", "aside", "footer", "details"):
            inside = False
        if tag not in VOID:
            self.open.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:  # as <path/> ends itself
            return
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][1]:
            self.words.append(data)


def page_text(html: str) -> str:
    reader = _Article()
    reader.feed(html)
    return squeezed("".join(reader.words))


def altered(content: Content) -> Content:
    """The same content but for one digit of one item."""
    copy: dict[str, Any] = json.loads(json.dumps(content))
    item = copy["sections"]["two"]["categories"][-1]["items"][-1]
    item["text"] = item["text"].replace("21", "22") if "21" in item["text"] else f"1{item['text']}"
    return copy
