"""A notice as PDF in the official format: the same blocks, bookmarks for each heading and item, tags for reading aloud."""

from __future__ import annotations

import segno

from apps.measures.papers.pdf import rendered_pdf
from apps.reports.content import Content
from apps.reports.rendering.imprint import EXAMPLE, Imprint
from apps.reports.rendering.outline import closing_of, lines_of
from apps.reports.rendering.title import NOTE_FITS, title_lines, width_of


def notice_pdf(content: Content, imprint: Imprint) -> bytes:
    """Raises ActConflict where the machine cannot make it: Pango or Chinese fonts missing."""
    said = closing_of(content)
    context = {
        "content": content,
        "title_lines": title_lines(content["title"]),
        "note_lines": title_lines(f"{EXAMPLE}：{content['demonstration']}", NOTE_FITS) if content["demonstration"] else [],
        "lines": lines_of(content),
        "said": said,
        "organ_indent": max(4 + (width_of(said["date"]) - width_of(said["signature"])) / 2, 0),
        "imprint": imprint,
        "qr": qr_of(imprint.address) if imprint.address else "",
    }
    return rendered_pdf("papers/notice.html", context, pdf_variant="pdf/ua-1", pdf_identifier=imprint.sha256.encode())


def qr_of(address: str) -> str:
    """The address as a square to be photographed (SVG)."""
    return segno.make(address, error="m", micro=False).svg_inline(scale=1, border=2, omitsize=True, lineclass=None, svgclass=None)
