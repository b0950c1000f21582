"""ZIP packages, read without trusting what they say of themselves (security.md S-42).

The directory is read by the standard library; every member is unpacked by hand and counted while it streams, so that a header
that lies, members that share their bytes, or a bomb are found before anything of them is used.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from apps.measures.services.content.verdict import NotThisKind, refusal

SIGNATURE = b"PK\x03\x04"
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 2000
MAX_RATIO = 100
MIN_BOMB = 10 * 1024 * 1024
"""Below this, a file that packs well is no danger: an empty sheet packs better than a bomb."""
CHUNK = 256 * 1024
LOCAL_HEADER = struct.Struct("<4s22xHH")
UTF8_NAME, ENCRYPTED, STRONGLY = 0x800, 0x1, 0x40
AES = 99
TOO_LARGE = "文件展开后过大，请拆分后再传"


class Budget:
    """How much may still be unpacked of one upload, packages inside packages included."""

    def __init__(self) -> None:
        self.bytes, self.parts = MAX_UNPACKED, MAX_PARTS

    def take(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise refusal(TOO_LARGE)

    def open(self, parts: int) -> None:
        self.parts -= parts
        if self.parts < 0:
            raise refusal(TOO_LARGE)


@dataclass(frozen=True)
class Member:
    """One member: its name as people read it, its packed bytes, what the directory says of it."""

    name: str
    packed: memoryview
    info: zipfile.ZipInfo

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


class Package:
    """The members of a package, in the order of their bytes."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        if not data.startswith(SIGNATURE):
            raise NotThisKind
        self.budget, self._unpacked, self._size = budget, 0, len(data)
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            rows = sorted(package.infolist(), key=lambda info: info.header_offset)
        budget.open(len(rows))
        if sum(info.file_size for info in rows) > budget.bytes:
            raise refusal(TOO_LARGE)
        self.members = list(_members(memoryview(data), rows))

    def chunks(self, member: Member) -> Iterator[bytes]:
        """What the member unpacks to, counted; it must be what the directory says."""
        size, checksum = 0, 0
        for chunk in _inflated(member):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
            self._count(len(chunk))
            yield chunk
        if (size, checksum) != (member.info.file_size, member.info.CRC):
            raise NotThisKind

    def content(self, member: Member, limit: int) -> bytes:
        """All of the member, which is refused where it is longer than that."""
        found = bytearray()
        for chunk in self.chunks(member):
            found += chunk
            if len(found) > limit:
                raise refusal(TOO_LARGE)
        return bytes(found)

    def _count(self, size: int) -> None:
        self.budget.take(size)
        self._unpacked += size
        if self._unpacked > max(MIN_BOMB, MAX_RATIO * self._size):
            raise refusal(TOO_LARGE)


def is_zip(data: bytes) -> bool:
    """Whether a ZIP reader would find a directory in the bytes, wherever it begins."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return bool(package.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, struct.error):
        return False


def _members(data: memoryview, rows: list[zipfile.ZipInfo]) -> Iterator[Member]:
    end = 0
    for info in rows:
        if info.flag_bits & (ENCRYPTED | STRONGLY) or info.compress_type == AES:
            raise refusal("文件或压缩包设有密码，请去掉密码后再传")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise refusal("压缩包里有快捷方式（符号链接），请换成文件本身后再传")
        start = info.header_offset
        if start < end:
            raise NotThisKind
        signature, name_length, extra_length = LOCAL_HEADER.unpack(data[start : start + LOCAL_HEADER.size])
        name_at = start + LOCAL_HEADER.size
        begin = name_at + name_length + extra_length
        end = begin + info.compress_size
        raw = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8_NAME else "cp437")
        if signature != SIGNATURE or bytes(data[name_at : name_at + name_length]) != raw or end > len(data):
            raise NotThisKind
        yield Member(_safe_name(_decoded(raw)), data[begin:end], info)


def _decoded(raw: bytes) -> str:
    """Names are in UTF-8 or, from Chinese Windows, in GBK, whatever the flag says."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotThisKind


def _safe_name(name: str) -> str:
    plain = name.replace("\\", "/")
    if "\x00" in plain:
        raise NotThisKind
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/"):
        raise refusal("压缩包里的路径指向包外，请重新压缩后再传")
    return plain


def _inflated(member: Member) -> Iterator[bytes]:
    if member.info.compress_type == zipfile.ZIP_STORED:
        for start in range(0, len(member.packed), CHUNK):
            yield bytes(member.packed[start : start + CHUNK])
        return
    if member.info.compress_type != zipfile.ZIP_DEFLATED:
        raise refusal("压缩包用了少见的压缩方法，请用系统自带的压缩功能重新压缩成 ZIP 后再传")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    left: bytes | memoryview = member.packed
    while not stream.eof:
        chunk = stream.decompress(left, CHUNK)
        left = stream.unconsumed_tail
        if not chunk and not left and not stream.eof:
            raise NotThisKind
        yield chunk
    if stream.unused_data or left:
        raise NotThisKind
