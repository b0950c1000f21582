"""Pictures: JPEG and PNG as Pillow knows them, whole, of a size that can be shown (security.md S-41, S-45)."""

from __future__ import annotations

import io
import re

from PIL import Image

from apps.measures.services.content.verdict import NotThisKind, refusal
from apps.measures.services.content.zips import is_zip

FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
"""By Pillow's name of the format. Many phones write JPEG files that hold a second picture (MPO)."""
MAX_PIXELS = 50_000_000
MARKUP = re.compile(rb"<script|<html[ >]|<\?php |<!doctype ", re.IGNORECASE)
TOO_MANY = f"图片超过 {MAX_PIXELS // 10_000} 万像素，请缩小后再传"


def check(data: bytes, media_type: str) -> None:
    """The picture is of that kind; a page or an archive that hides in it is refused, and one that floods the memory is not opened."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise refusal(TOO_MANY)
            image.verify()
            kind = FORMATS.get(image.format or "")
    except Image.DecompressionBombError as error:
        raise refusal(TOO_MANY) from error
    if kind != media_type or MARKUP.search(data) or is_zip(data):
        raise NotThisKind
