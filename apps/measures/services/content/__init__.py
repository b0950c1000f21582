"""What kind a file is, told by its content and not by its name; one file a kind.

Accepted is what is whole, of the kind that its ending says, and does nothing by itself (security.md S-40…S-45). Whatever a
library raises over damaged bytes means “not this kind”; it never reaches the user as an error.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

import puremagic
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError

from apps.measures.services.content import archives, ole, ooxml, pdf, pictures, text
from apps.measures.services.content.names import ending_of
from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import Budget

PDF = "application/pdf"
OOXML = "application/vnd.openxmlformats-officedocument"
ACCEPTED = {
    "pdf": PDF,
    "docx": f"{OOXML}.wordprocessingml.document",
    "xlsx": f"{OOXML}.spreadsheetml.sheet",
    "pptx": f"{OOXML}.presentationml.presentation",
    "wps": "application/wps-office.wps",
    "et": "application/wps-office.et",
    "dps": "application/wps-office.dps",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain",
    "zip": "application/zip",
}
ACCEPTED_WORDS = "PDF、DOCX、XLSX、PPTX、WPS、ET、DPS、JPG、PNG、TXT、ZIP"
SHOWN = frozenset({PDF, "image/jpeg", "image/png"})
"""The kinds that a browser may show in the viewer; everything else is only handed out."""
MAIN_PARTS = {
    "docx": ooxml.WORD,
    "xlsx": ooxml.SHEET,
    "pptx": ooxml.SLIDES,
    "wps": ooxml.WORD,
    "et": ooxml.SHEET,
    "dps": ooxml.SLIDES,
}
DAMAGED = (
    *(NotThisKind, zipfile.BadZipFile, zlib.error, lzma.LZMAError, ParseError, DefusedXmlException, struct.error, SyntaxError),
    *(OSError, ValueError, EOFError, RuntimeError, LookupError, TypeError, AttributeError, OverflowError),
)
"""What the libraries raise over damaged, cut or booby-trapped bytes; Pillow calls a broken PNG chunk a SyntaxError."""


def checked_type(name: str, data: bytes, budget: Budget | None = None) -> str:
    """The media type of a file of that name with those bytes; ActRefused (field ``file``) where it is not accepted."""
    ending = ending_of(name)
    media_type = ACCEPTED.get(ending)
    if media_type is None:
        raise refusal(f"不接受这种文件，请上传 {ACCEPTED_WORDS}")
    if not data:
        raise refusal("文件是空的，请检查后重新选择")
    try:
        _check(ending, media_type, data, budget or Budget())
    except DAMAGED as error:
        raise refusal(f"文件内容与扩展名不符{_looks_like(data)}或已损坏，请用原软件另存为 {ACCEPTED_WORDS} 后再传") from error
    return media_type


def _check(ending: str, media_type: str, data: bytes, budget: Budget) -> None:
    if ending == "pdf":
        pdf.check(data)
    elif ending == "txt":
        text.check(data)
    elif ending == "zip":
        archives.check(data, budget, checked_type)
    elif media_type.startswith("image/"):
        pictures.check(data, media_type)
    elif data.startswith(ole.SIGNATURE):
        _check_compound(ending, data)
    else:
        ooxml.check(data, (MAIN_PARTS[ending],), budget)


def _check_compound(ending: str, data: bytes) -> None:
    if ending in ole.STREAMS:
        ole.check(data, ending)
    elif ole.is_locked_package(data):
        raise refusal(ole.LOCKED)
    else:
        raise NotThisKind


def _looks_like(data: bytes) -> str:
    """What the content seems to be, where the signature is known."""
    try:
        found = puremagic.magic_string(data[:4096])
    except (puremagic.PureError, ValueError, LookupError):
        return ""
    ending = found[0].extension.lstrip(".") if found and found[0].confidence > 0.3 else ""
    return f"（看起来是 {ending.upper()}）" if ending in ("pdf", "png", "jpg", "gif", "exe", "zip", "rtf", "html") else ""
