"""PDF: whole, without a password, without scripts, programs to start or files inside (security.md S-43)."""

from __future__ import annotations

import io
import re

import pikepdf

from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import is_zip

SIGNATURE = b"%PDF-"
MAX_OBJECTS = 500_000
STRINGS = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
NAMES = re.compile(rb"/(JavaScript|JS|Launch|ImportData|EmbeddedFiles?|EF|RichMedia|GoToE)(?![^\s()<>\[\]{}/%])")
SCRIPTS = frozenset({b"JavaScript", b"JS", b"Launch", b"ImportData"})
LOCKED = "PDF 设有密码或使用限制，请解除后另存再传"


def check(data: bytes) -> None:
    """Every object is looked at, whether a page leads to it or not; names are compared as the reader will understand them."""
    if not data.startswith(SIGNATURE) or is_zip(data):
        raise NotThisKind
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as document:
            if document.is_encrypted:
                raise refusal(LOCKED)
            if not len(document.pages) or len(document.objects) > MAX_OBJECTS:
                raise NotThisKind
            for row in document.objects:
                _check_object(row)
    except pikepdf.PasswordError as error:
        raise refusal(LOCKED) from error
    except pikepdf.PikepdfError as error:
        raise NotThisKind from error


def _check_object(row: pikepdf.Object) -> None:
    written = row.stream_dict.unparse() if isinstance(row, pikepdf.Stream) else row.unparse(resolved=True)
    if not NAMES.search(written):
        return
    found = {match[1] for match in NAMES.finditer(STRINGS.sub(b"()", written))}
    if found & SCRIPTS:
        raise refusal("PDF 带有脚本或会启动程序的动作，请用“打印成 PDF”另存后再传")
    if found:
        raise refusal("PDF 里夹带了别的文件，请另存为不带附件的 PDF，附件单独上传")
