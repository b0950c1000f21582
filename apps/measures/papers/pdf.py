"""A page of HTML as a PDF, by WeasyPrint. Nothing is fetched from anywhere: the templates carry their own style.

WeasyPrint needs the library Pango and a font with Chinese characters on the machine. It is loaded when a first PDF is asked for, so a
machine without them runs and says so: a PDF with boxes in place of characters is handed to nobody.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template.loader import render_to_string

from apps.units.errors import ActConflict

SERIF = "FangSong_GB2312, 仿宋_GB2312, FangSong, 仿宋, STFangsong, 'Noto Serif CJK SC', 'Songti SC', serif"
SANS = "SimHei, 黑体, 'Noto Sans CJK SC', 'PingFang SC', sans-serif"
KAI = "KaiTi_GB2312, 楷体_GB2312, KaiTi, 楷体, STKaiti, 'Noto Serif CJK SC', serif"
NOTDEF = re.compile(r"^\.notdef glyph rendered")
NO_PANGO = "本机缺少生成 PDF 需要的组件（Pango），请联系系统管理员安装；DOCX 版本仍可下载"
NO_GLYPHS = "本机的字体缺少文中的汉字，生成的 PDF 会有空框，请联系系统管理员安装中文字体；DOCX 版本仍可下载"


def rendered_pdf(template: str, context: dict[str, Any], **options: Any) -> bytes:
    """The PDF of a template, whose ``<style>`` is its own. Raises ActConflict where the machine cannot make PDFs. ``options`` are
    those of WeasyPrint."""
    try:
        from weasyprint import HTML
    except OSError as missing:
        raise ActConflict(NO_PANGO) from missing
    page = render_to_string(template, {**context, "serif": SERIF, "sans": SANS, "kai": KAI})
    with _no_boxes():
        made: bytes = HTML(string=page, url_fetcher=_refuse).write_pdf(**options)
    return made


@contextmanager
def _no_boxes() -> Iterator[None]:
    """ActConflict where WeasyPrint had no glyph for a character: it says so in its log and goes on."""
    listener, log = _Listener(), logging.getLogger("weasyprint")
    log.addHandler(listener)
    try:
        yield
    finally:
        log.removeHandler(listener)
    if listener.heard:
        raise ActConflict(NO_GLYPHS)


class _Listener(logging.Handler):
    """Whether the log spoke of a missing glyph, in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard, self.thread_id = False, threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread_id and NOTDEF.match(str(record.msg)):
            self.heard = True


def _refuse(address: str, **_options: Any) -> dict[str, Any]:
    """No address is fetched, not even of a file: what a page shows is in its words."""
    raise ValueError(f"a paper fetches nothing: {address[:80]}")
