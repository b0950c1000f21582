"""Files of evidence, good and bad, built where they are needed: office packages, compound files, PDFs, pictures, archives."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import pikepdf
from PIL import Image

from apps.measures.services.content.ooxml import CONTENT_TYPES, SHEET, SLIDES, WORD

__all__ = ("CONTENT_TYPES", "SHEET", "SLIDES", "WORD")
SECTOR, FREE, END, FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SMALLEST_STREAM = 4096
"""Shorter streams would lie in the small-sector stream, which these files do not have."""


def package(*parts: str, size: int = 10, types: str = "", relations: str = "") -> bytes:
    """An office document with those parts, each of that many bytes; ``types`` and ``relations`` stand for what is in them."""
    content = {part: f"<Types>{types}</Types>" if part == CONTENT_TYPES else "x" * size for part in parts}
    if relations:
        content["word/_rels/settings.xml.rels"] = f"<Relationships>{relations}</Relationships>"
    return archive(content)


def document(body: str | bytes = "<w:document/>", **more: str | bytes) -> bytes:
    """A Word document with that main part; further parts by name, ``__`` for a slash and ``_`` before the ending for a dot."""
    named = {name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): content for name, content in more.items()}
    return archive({CONTENT_TYPES: "<Types/>", WORD: body, **named})


def archive(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def link(name: str = "合同.pdf", target: str = "/etc/passwd") -> bytes:
    """An archive with a symbolic link."""
    out, info = io.BytesIO(), zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(info, target)
    return out.getvalue()


def locked(data: bytes) -> bytes:
    """The package with its first member said to be encrypted, in the member's own header and in the directory."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[data.index(signature) + offset] |= 1
    return bytes(changed)


def lying(data: bytes, size: int) -> bytes:
    """The package with another unpacked size of its first member, in both places."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", changed, data.index(signature) + offset, size)
    return bytes(changed)


def overlapping(count: int, payload: bytes) -> bytes:
    """A directory that names the same member so many times (after Fifield's bomb)."""
    data = archive({"a.txt": payload})
    start = data.index(b"PK\x01\x02")
    finish = data.index(b"PK\x05\x06")
    entry = data[start:finish]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, start, 0)
    return data[:start] + entry * count + tail


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says it is so large, with hardly a byte of picture."""
    data = bytearray(picture("PNG"))
    struct.pack_into(">II", data, 16, width, height)
    struct.pack_into(">I", data, 29, zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def pdf(words: Mapping[str, Any] | None = None, **options: Any) -> bytes:
    """A PDF of one page with those keys in its catalogue."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        for key, value in (words or {}).items():
            made.Root[f"/{key}"] = value
        made.save(out, **options)
    return out.getvalue()


def pdf_with_attachment() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.attachments["a.txt"] = b"hidden"
        made.save(out)
    return out.getvalue()


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (OLE) with those streams; a slash in a name makes a storage around the stream."""
    rows: list[tuple[str, int, bytes]] = [("Root Entry", 5, b"")]
    children: dict[int, list[int]] = {0: []}
    for path, content in streams.items():
        folder = 0
        storage, slash, name = path.rpartition("/")
        if slash:
            rows.append((storage, 1, b""))
            children[folder].append(len(rows) - 1)
            folder = len(rows) - 1
            children[folder] = []
        rows.append((name, 2, content.ljust(SMALLEST_STREAM, b"\x00")))
        children[folder].append(len(rows) - 1)
    return _laid_out(rows, children)


def _laid_out(rows: list[tuple[str, int, bytes]], children: dict[int, list[int]]) -> bytes:
    """Sectors: one of the allocation table, then the directory, then the streams one after the other."""
    directory = -(-len(rows) * 128 // SECTOR)
    table = [FAT, *range(2, directory + 1), END]
    bodies, starts = b"", {}
    for number, (_name, kind, content) in enumerate(rows):
        if kind == 2:
            sectors = -(-len(content) // SECTOR)
            starts[number] = len(table)
            table += [*range(len(table) + 1, len(table) + sectors), END]
            bodies += content.ljust(sectors * SECTOR, b"\x00")
    assert len(table) <= SECTOR // 4
    entries = b"".join(_entry(number, rows, children, starts) for number in range(len(rows)))
    header = struct.pack(
        "<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, SMALLEST_STREAM, END, 0, END, 0
    )
    header += struct.pack("<109I", 0, *[FREE] * 108)
    fat = struct.pack(f"<{SECTOR // 4}I", *table, *[FREE] * (SECTOR // 4 - len(table)))
    return header + fat + entries.ljust(directory * SECTOR, b"\x00") + bodies


def _entry(number: int, rows: list[tuple[str, int, bytes]], children: dict[int, list[int]], starts: dict[int, int]) -> bytes:
    name, kind, content = rows[number]
    encoded = name.encode("utf-16-le")
    siblings = next((found for found in children.values() if number in found), [])
    later = siblings[siblings.index(number) + 1 :] if siblings else []
    child = children.get(number) or [FREE]
    return struct.pack(
        "<64sHBB3I36xIQ",
        encoded,
        len(encoded) + 2,
        kind,
        1,
        FREE,
        later[0] if later else FREE,
        child[0],
        starts.get(number, END if kind == 5 else 0),
        len(content),
    )
