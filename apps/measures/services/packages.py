"""What an office document (OOXML) says about itself: its parts, their types, what they point at. Nothing else of it is unpacked.

Refused (security.md S-42…S-44): macros, ActiveX and embedded objects, templates and objects fetched from elsewhere, XML with
entities, packages that claim to be huge.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from defusedxml.ElementTree import ParseError, fromstring

from apps.units.errors import ActRefused

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAIN_PART = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
CONTENT_TYPES = "[Content_Types].xml"
ACTIVE_TYPES = ("macroenabled", "vbaproject", "activex", "oleobject")
FETCHED = ("attachedTemplate", "oleObject", "frame", "subDocument")
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 2000
MAX_DECLARED = 4 * 1024 * 1024
"""How much of content types and relations is read, whatever length the package states."""
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, ParseError, OSError, ValueError, EOFError, RuntimeError, struct.error)
"""What reading a damaged, encrypted or booby-trapped package raises."""


def is_package(media_type: str, data: bytes) -> bool:
    """Whether the bytes are a document of that type; one that is active or too large is refused in words."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = package.infolist()
        names = {part.filename for part in parts}
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise ActRefused("文件展开后过大，请拆分后再传", field="file")
        if CONTENT_TYPES not in names or MAIN_PART[media_type] not in names:
            return False
        declared = dict(_declared(package, [CONTENT_TYPES, *(name for name in sorted(names) if name.endswith(".rels"))]))
    if any(name.lower().endswith("vbaproject.bin") for name in names) or _is_active(declared.pop(CONTENT_TYPES)):
        raise ActRefused("文件带有宏或嵌入对象，请另存为不带宏的 DOCX 或 XLSX 后再传", field="file")
    if any(_fetches(relations) for relations in declared.values()):
        raise ActRefused("文件引用了外部模板或对象，请去掉后另存为 DOCX 或 XLSX 再传", field="file")
    return True


def _declared(package: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[str, bytes]]:
    left = MAX_DECLARED
    for name in names:
        with package.open(name) as part:
            text = part.read(left + 1)
        left -= len(text)
        if left < 0:
            raise zipfile.BadZipFile(name)
        yield name, text


def _is_active(content_types: bytes) -> bool:
    stated = (part.get("ContentType", "").lower() for part in fromstring(content_types))
    return any(word in words for words in stated for word in ACTIVE_TYPES)


def _fetches(relations: bytes) -> bool:
    """Whether the document fetches a part of itself from elsewhere; a link that somebody may click is none of these."""
    outside = (row for row in fromstring(relations) if row.get("TargetMode") == "External")
    return any(row.get("Type", "").rpartition("/")[2] in FETCHED for row in outside)
