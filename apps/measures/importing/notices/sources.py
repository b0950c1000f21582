"""From the bytes of a file, or pasted words, to lines. What cannot be read is refused in words that say what to do."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from apps.measures.importing.notices.docx_text import docx_lines
from apps.measures.importing.notices.html_text import html_lines
from apps.measures.importing.notices.lines import Line, lines_of, usable
from apps.measures.importing.notices.tables import with_tables
from apps.measures.services.content import DAMAGED, ole
from apps.measures.services.content.verdict import refusal
from apps.measures.services.content.zips import SIGNATURE as ZIP

MOST_BYTES, MOST_CHARACTERS = 20 * 1024 * 1024, 400_000
EMPTY = "没有读到文字，请检查文件，或把正文粘贴到文本框里"
BROKEN = "文件不完整或已损坏，请用 Word 或 WPS 打开检查，另存为 DOCX 后重新上传"
OLD = "这是旧版 Word 文件（DOC），请用 Word 或 WPS 另存为 DOCX 后再上传"
PDF = "PDF 无法可靠地读出段落，请用原来的 DOCX，或把正文粘贴到文本框里"
TOO_LONG = "文字太长，通报正文一般在几万字以内，请检查是不是选错了文件"
NOT_TEXT = "这不是文本、网页或 DOCX 文件，请把正文粘贴到文本框里"
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
IS_HTML = re.compile(r"<(?:!doctype\s+html|html|body|div|p|table|span|br)\b", re.IGNORECASE)
WIDE_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def lines_in(data: bytes) -> list[Line]:
    """The lines of a file: what it is, its bytes say and not its name. Raises ActRefused (field ``file``)."""
    if not data:
        raise refusal(EMPTY)
    if len(data) > MOST_BYTES:
        raise refusal(TOO_LONG)
    if data.startswith(ole.SIGNATURE):
        raise refusal(_compound(data))
    if data.startswith(b"%PDF"):
        raise refusal(PDF)
    if data.startswith(ZIP):
        try:
            told = docx_lines(data)
        except DAMAGED as error:
            raise refusal(BROKEN) from error
        if sum(len(line.text) for line in told) > MOST_CHARACTERS:
            raise refusal(TOO_LONG)
        lines = usable(with_tables(told))
    else:
        lines = lines_of_text(decoded(data))
    if not lines:
        raise refusal(EMPTY)
    return lines


def _compound(data: bytes) -> str:
    """What an old Office file, or one with a password, is told."""
    try:
        return ole.LOCKED if ole.is_locked_package(data) else OLD
    except DAMAGED:
        return OLD


def lines_of_text(text: str) -> list[Line]:
    """The lines of a text or of the source of a page. Raises ActRefused."""
    if len(text) > MOST_CHARACTERS:
        raise refusal(TOO_LONG)
    if len(IS_HTML.findall(text[:200_000])) > 2:
        return usable(with_tables(html_lines(text)))
    if any("\t" in line for line in text.split("\n")):
        lines = [Line(number, line) for number, line in enumerate(text.splitlines(), 1)]
        return usable(
            with_tables([line if line.text.count("\t") > 1 else Line(line.number, line.text.replace("\t", " ")) for line in lines])
        )
    return lines_of(text)


def decoded(data: bytes) -> str:
    """The words: by their mark, as UTF-8, as the page says, as GB 18030, or as it looks most like."""
    for mark, encoding in WIDE_MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    said = CHARSET.search(data[:4096])
    for encoding in ("utf-8", said[1].decode("ascii") if said else "", "gb18030"):
        try:
            if encoding:
                return _words(data.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    best = from_bytes(data[:200_000]).best()
    if best is None:
        raise refusal(NOT_TEXT)
    return _words(data.decode(best.encoding, errors="replace"))


def _words(text: str) -> str:
    if text[:2000].count("\x00") > 1 or sum(character < " " and character not in "\r\n\t\f" for character in text[:5000]) > 20:
        raise refusal(NOT_TEXT)
    return text
