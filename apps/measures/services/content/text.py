"""Plain text: UTF-8 or GB18030 (which holds GBK), without control bytes."""

from __future__ import annotations

from apps.measures.services.content.verdict import NotThisKind, refusal

ENCODINGS = ("utf-8-sig", "gb18030")
CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f")) + b"\x7f"
OTHERS = (b"%PDF-", b"{\\rtf")
"""Formats that are written in plain characters."""


def check(data: bytes) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refusal("文本文件是 Unicode（UTF-16）编码，请在记事本里另存为 UTF-8 后再传")
    if data.lstrip().startswith(OTHERS) or data.translate(None, CONTROLS) != data:
        raise NotThisKind
    for encoding in ENCODINGS:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return
    raise NotThisKind
