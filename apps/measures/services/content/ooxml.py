"""Office documents in the package format (docx, xlsx, pptx, newer WPS files): parts, their types, what they point at.

Refused (security.md S-42…S-44): macros, ActiveX and embedded objects, DDE, templates and objects fetched from elsewhere, XML with
a document type, packages that unpack to too much.
"""

from __future__ import annotations

import html
import re

from defusedxml.ElementTree import fromstring

from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import SIGNATURE, Budget, Member, Package

WORD, SHEET, SLIDES = "word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"
MAIN_PARTS = (WORD, SHEET, SLIDES)
CONTENT_TYPES = "[Content_Types].xml"
ACTIVE_TYPES = ("macroenabled", "vbaproject", "activex", "oleobject", "macrosheet")
FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument")
MAX_DECLARED = 4 * 1024 * 1024
"""How much of content types and relations is read, whatever length the package states."""
MAX_SEARCHED = 32 * 1024 * 1024
MAX_PROLOGUE = 64 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
INSTRUCTION = re.compile(rb"<(?:[\w.-]+:)?instrText\b[^>]*>(.*?)</|\b(?:[\w.-]+:)?instr\s*=\s*[\"']([^\"']*)", re.DOTALL)
DDE = re.compile(r"\bDDE(?:AUTO)?\s", re.IGNORECASE)
ACTIVE = "文件带有宏或嵌入对象，请另存为不带宏的 DOCX、XLSX 或 PPTX 后再传"
LINKED = "文件引用了外部模板或对象，请去掉后另存为 DOCX、XLSX 或 PPTX 再传"
DYNAMIC = "文件带有动态数据交换（DDE）域，请去掉该域后另存再传"


def check(data: bytes, main_parts: tuple[str, ...], budget: Budget, *, nested: bool = False) -> None:
    """The bytes are a document with one of those main parts, and nothing in it acts by itself."""
    package = Package(data, budget)
    by_name = {member.name: member for member in package.members}
    if CONTENT_TYPES not in by_name or not any(part in by_name for part in main_parts):
        raise NotThisKind
    if len(by_name) != len(package.members):
        raise NotThisKind
    _check_declared(package)
    for member in package.members:
        _check_part(package, member, nested=nested)


def _check_declared(package: Package) -> None:
    """What the package declares: the types of its parts, and where they point."""
    if any(member.name.lower().endswith("vbaproject.bin") for member in package.members):
        raise refusal(ACTIVE)
    left = MAX_DECLARED
    for member in package.members:
        if member.name != CONTENT_TYPES and not member.name.endswith(".rels"):
            continue
        if member.info.file_size > left:
            raise NotThisKind
        text = package.content(member, MAX_DECLARED)
        left -= len(text)
        if member.name == CONTENT_TYPES and _is_active(text):
            raise refusal(ACTIVE)
        if member.name != CONTENT_TYPES and _fetches(text):
            raise refusal(LINKED)


def _check_part(package: Package, member: Member, *, nested: bool) -> None:
    name = member.name.lower()
    if name.endswith(".rels") or member.name == CONTENT_TYPES:
        return
    if (name.startswith("word/") and name.endswith(".xml")) or name.startswith("xl/externallinks/"):
        _check_words(package.content(member, MAX_SEARCHED), name)
        return
    start = b""
    inner = bytearray()
    for chunk in package.chunks(member):
        start = start or chunk[:MAX_PROLOGUE]
        if start.startswith(SIGNATURE):
            inner += chunk
    if start.startswith(OLE):
        raise refusal(ACTIVE)
    if name.endswith((".xml", ".vml")):
        check_prologue(start)
    if inner:
        if nested:
            raise refusal("文件里一层套一层地嵌入了文件，请拆开后分别上传")
        check(bytes(inner), MAIN_PARTS, package.budget, nested=True)


def _check_words(text: bytes, name: str) -> None:
    check_prologue(text[:MAX_PROLOGUE])
    if name.startswith("xl/"):
        if b"ddeLink" in text or b"oleLink" in text:
            raise refusal(DYNAMIC)
        return
    instructions = "".join(_instruction(found) for found in INSTRUCTION.finditer(text))
    if DDE.search(instructions):
        raise refusal(DYNAMIC)


def _instruction(found: re.Match[bytes]) -> str:
    """The words of a field; pieces of one field follow each other, a field written in one attribute stands by itself."""
    piece = found[1].decode("utf-8", "replace").replace("<![CDATA[", "").replace("]]>", "") if found[1] is not None else ""
    whole = f" {found[2].decode('utf-8', 'replace')} " if found[2] is not None else ""
    return html.unescape(piece + whole)


def check_prologue(start: bytes) -> None:
    """XML in UTF-8 without a document type: entities cannot be declared (security.md S-44)."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start[:4]:
        raise NotThisKind
    rest = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!--")):
        closing = b"?>" if rest.startswith(b"<?") else b"-->"
        head, found, rest = rest.partition(closing)
        encoding = re.search(rb"encoding\s*=\s*[\"']([^\"']+)", head) if head.startswith(b"<?xml") else None
        if not found or (encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")):
            raise NotThisKind
        rest = rest.lstrip()
    if rest.startswith(b"<!"):
        raise NotThisKind


def _is_active(content_types: bytes) -> bool:
    stated = (part.get("ContentType", "").lower() for part in fromstring(content_types, forbid_dtd=True))
    return any(word in words for words in stated for word in ACTIVE_TYPES)


def _fetches(relations: bytes) -> bool:
    """Whether the document fetches a part of itself from elsewhere; a link that somebody may click is none of these."""
    outside = (row for row in fromstring(relations, forbid_dtd=True) if row.get("TargetMode") == "External")
    return any(row.get("Type", "").rpartition("/")[2] in FETCHED for row in outside)
