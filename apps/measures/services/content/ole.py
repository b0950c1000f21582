"""WPS files in the older compound format (OLE): which program wrote them, and whether they hold macros, objects or a password."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile

from apps.measures.services.content.verdict import NotThisKind, refusal

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = {"wps": ("WordDocument",), "et": ("Workbook", "Book"), "dps": ("PowerPoint Document",)}
"""The stream that holds the document itself."""
MACROS = frozenset({"macros", "vba", "_vba_project", "_vba_project_cur", "vba_project"})
OBJECTS = ("objectpool", "\x01ole10native", "\x01ole", "\x03objinfo")
LOCKED = "文件设有打开密码，请去掉密码后另存再传"
ACTIVE = "文件带有宏或嵌入对象，请去掉后另存再传"
# [MS-DOC] 2.5.2: bit fEncrypted of the flags at offset 10
WORD_FLAGS, WORD_ENCRYPTED = 10, 0x0100
# [MS-XLS] records
BOUND_SHEET, FILE_PASS, MACRO_SHEET, VBA_SHEET = 0x0085, 0x002F, 0x01, 0x06
# [MS-PPT] records
VBA_INFO, OBJECT_STORAGE, CONTAINER, ENCRYPTED_TOKEN = 0x03FF, 0x1011, 0xF, 0xF3D1C4DF


def is_locked_package(data: bytes) -> bool:
    """Whether this is an office document of the package format behind a password: such a one is wrapped in a compound file."""
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        return bool(file.exists("EncryptedPackage"))


def check(data: bytes, ending: str) -> None:
    """The bytes are a compound file of that program, without macros, embedded objects or a password."""
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        paths = [[part.lower() for part in path] for path in file.listdir(streams=True, storages=True)]
        if file.exists("EncryptedPackage"):
            raise refusal(LOCKED)
        main = next((name for name in STREAMS[ending] if file.exists(name)), None)
        if main is None:
            raise NotThisKind
        if any(part in MACROS for path in paths for part in path):
            raise refusal(ACTIVE)
        if any(_is_object(path) for path in paths):
            raise refusal(ACTIVE)
        body = file.openstream(main).read()
        user = file.openstream("Current User").read() if file.exists("Current User") else b""
    {"wps": _check_word, "et": _check_sheet, "dps": _check_slides}[ending](body, user)


def _is_object(path: list[str]) -> bool:
    """An object inside: Word pools them, spreadsheets keep them in storages named MBD…; an empty pool holds none."""
    if path == ["objectpool"]:
        return False
    return path[0] in OBJECTS or path[-1] in OBJECTS or (path[0].startswith("mbd") and len(path) > 1)


def _check_word(body: bytes, _user: bytes) -> None:
    (flags,) = struct.unpack_from("<H", body, WORD_FLAGS)
    if flags & WORD_ENCRYPTED:
        raise refusal(LOCKED)


def _check_sheet(body: bytes, _user: bytes) -> None:
    for kind, content in _sheet_records(body):
        if kind == FILE_PASS:
            raise refusal(LOCKED)
        if kind == BOUND_SHEET and len(content) > 5 and content[5] in (MACRO_SHEET, VBA_SHEET):
            raise refusal(ACTIVE)


def _sheet_records(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(body):
        kind, length = struct.unpack_from("<HH", body, at)
        yield kind, body[at + 4 : at + 4 + length]
        at += 4 + length


def _check_slides(body: bytes, user: bytes) -> None:
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == ENCRYPTED_TOKEN:
        raise refusal(LOCKED)
    at = 0
    while at + 8 <= len(body):
        version, kind, length = struct.unpack_from("<HHI", body, at)
        if kind in (VBA_INFO, OBJECT_STORAGE):
            raise refusal(ACTIVE)
        # A container is entered, anything else stepped over.
        at += 8 if version & 0xF == CONTAINER else 8 + length
