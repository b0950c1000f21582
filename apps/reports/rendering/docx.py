"""A notice as DOCX in the official format GB/T 9704-2012, with real headings, so that Word and WPS build its table of contents."""

from __future__ import annotations

import datetime as dt

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from apps.measures.papers.official import BODY_SIZE, PITCH, Paper, clean
from apps.reports.content import Content
from apps.reports.rendering.imprint import EXAMPLE, Imprint
from apps.reports.rendering.outline import Line, closing_of, lines_of
from apps.reports.rendering.title import NOTE_FITS, title_lines, width_of

DATE_IN = 4
"""Characters between the date and the right margin; the organ is centred on the date."""


def notice_docx(content: Content, imprint: Imprint) -> bytes:
    paper = Paper("\n".join(title_lines(content["title"])), content["issuer"])
    paper.set_grid()
    if imprint.mark:
        paper.mark(imprint.mark)
    if content.get("demonstration"):
        paper.note("\n".join(title_lines(f"{EXAMPLE}：{content['demonstration']}", NOTE_FITS)))
    paper.document.paragraphs[-1].paragraph_format.space_after = PITCH
    for line in lines_of(content):
        _write(paper, line)
    _sign(paper, closing_of(content))
    paper.imprint(imprint.lines)
    _set_facts(paper, content, imprint)
    return paper.as_bytes()


def _write(paper: Paper, line: Line) -> None:
    if line.is_heading:
        paper.heading(line.block.line, line.level)
    elif line.level:
        paper.run_in(line.block.head, line.block.text, line.level)
    else:
        paper.body(line.block.line)


def _sign(paper: Paper, said: dict[str, str]) -> None:
    """署名 and 成文日期, as they stand without a seal; a long organ does not leave the type area."""
    paper.signed(said["signature"], said["date"])
    # A page with nothing but the imprint would be one without text.
    paper.document.paragraphs[-1].paragraph_format.keep_with_next = True
    organ = next(line for line in reversed(paper.document.paragraphs) if line.text == clean(said["signature"]))
    organ.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    indent = DATE_IN + (width_of(said["date"]) - width_of(said["signature"])) / 2
    organ.paragraph_format.right_indent = Pt(BODY_SIZE.pt * max(indent, 0))


def _set_facts(paper: Paper, content: Content, imprint: Imprint) -> None:
    """Properties of the document, by which it can be told without being opened."""
    facts = paper.document.core_properties
    facts.title, facts.subject = clean(content["title"]), clean(content["inspection"]["name"])
    facts.category, facts.content_status = "党务公开", imprint.marks[0] if imprint.number is None else "定稿"
    facts.keywords = "；".join(filter(None, ("巡视整改", *imprint.marks)))
    facts.identifier, facts.version = f"sha256:{imprint.sha256}", str(imprint.number or "")
    facts.comments = "\n".join(imprint.lines)
    facts.created = facts.modified = imprint.made_at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
