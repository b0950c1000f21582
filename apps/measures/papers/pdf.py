"""A page of HTML as a PDF, by WeasyPrint. Nothing is fetched from anywhere: the templates carry their own style.

WeasyPrint needs the library Pango on the machine. It is loaded when a first PDF is asked for, so a machine without it runs and says so.
"""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from apps.units.errors import ActConflict

SERIF = "FangSong_GB2312, 仿宋_GB2312, FangSong, 仿宋, STFangsong, 'Noto Serif CJK SC', 'Songti SC', serif"
SANS = "SimHei, 黑体, 'Noto Sans CJK SC', 'PingFang SC', sans-serif"


def rendered_pdf(template: str, context: dict[str, Any]) -> bytes:
    """The PDF of a template, whose ``<style>`` is its own. Raises ActConflict where the machine cannot make PDFs."""
    try:
        from weasyprint import HTML
    except OSError as missing:
        raise ActConflict("本机缺少生成 PDF 需要的组件（Pango），请联系系统管理员安装；DOCX 版本仍可下载") from missing
    page = render_to_string(template, {**context, "serif": SERIF, "sans": SANS})
    made: bytes = HTML(string=page, url_fetcher=_refuse).write_pdf()
    return made


def _refuse(address: str, **_options: Any) -> dict[str, Any]:
    """No address is fetched, not even of a file: what a page shows is in its words."""
    raise ValueError(f"a paper fetches nothing: {address[:80]}")
