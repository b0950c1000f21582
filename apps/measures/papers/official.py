"""A page of the official format GB/T 9704-2012 (domain.md §2.5), filled from above like a form.

Fonts are named, never embedded: 方正小标宋简体 and the _GB2312 faces are not ours to hand on, and every office has them. Each style
names the Chinese face for East Asian text and Times New Roman for Latin letters and digits.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

TITLE_FONT, BODY_FONT, LEVEL_ONE, LEVEL_TWO, PAGE_FONT = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
PITCH, TABLE_PITCH = Pt(28.95), Pt(19)
SMALL_PITCH = Pt(16)
TITLE_SIZE, BODY_SIZE, TABLE_SIZE, SMALL_SIZE, PAGE_SIZE = Pt(22), Pt(16), Pt(12), Pt(10.5), Pt(14)
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
TURNED = {"top": 28, "bottom": 26, "left": 35, "right": 37}
"""A turned sheet keeps its binding edge: what was left is now on top."""
WIDTH, TURNED_WIDTH = 156, 225
CHARACTERS = 28
CELL, SMALL, HEAD, SMALL_HEAD = "表格文字", "表格小字", "表格标题", "表格小标题"
IMPRINT = "版记"
RED = RGBColor(0xC0, 0x00, 0x00)
"""Of the head of an official paper (红头), and of nothing else."""
HEAD_SIZE, HEAD_PITCH, NARROW_AT = Pt(34), Pt(46), 14
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LEFTOVERS = ("/docProps/thumbnail.jpeg", "/customXml/item1.xml", "/docProps/app.xml", "/word/stylesWithEffects.xml")


def clean(words: Any) -> str:
    """Words as an XML document may hold them."""
    return NOT_XML.sub("", "" if words is None else str(words))


def day(value: dt.date | None) -> str:
    """2025年6月30日, as official documents write a date; empty where there is none."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def iso(value: dt.date | None) -> str:
    """2025-06-30, for narrow columns."""
    return value.isoformat() if value else ""


def said(decision: str, words: str) -> str:
    """A decision with its opinion; one that only repeats the decision is said once."""
    return f"{decision}：{words}" if words.strip() not in ("", decision) else decision


SIGN = "（签字）　　　　　　　　年　　月　　日"
UNIT_SIGNS = "（签字、盖章）　　　　　　　　年　　月　　日"


class Paper:
    """One document, written from top to bottom. Widths are millimetres of the type area."""

    def __init__(self, title: str, author: str, *, turned: bool = False, head: tuple[str, str] | None = None) -> None:
        self.document: DocumentObject = Document()
        self.width = TURNED_WIDTH if turned else WIDTH
        _drop_leftovers(self.document)
        _set_page(self.document.sections[0], turned=turned)
        _set_styles(self.document)
        self.document.settings.odd_and_even_pages_header_footer = True
        _number_pages(self.document.sections[0])
        facts = self.document.core_properties
        facts.title, facts.author, facts.last_modified_by = clean(title), clean(author), clean(author)
        facts.comments, facts.language = "", "zh-CN"
        facts.created = facts.modified = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
        if head:
            self._red_head(*head)
        self._line(title, "Title")

    def set_grid(self) -> None:
        """22 lines of 28 characters. 28 characters of size 3 are wider than the type area, so each is set a little closer; not by a grid
        of characters, in which LibreOffice gives each of them two cells."""
        grid = self.document.sections[0]._sectPr.find(qn("w:docGrid"))
        for key, value in (("type", "lines"), ("linePitch", round(PITCH.pt * 20))):
            grid.set(qn(f"w:{key}"), str(value))
        twips = math.floor((Mm(self.width).pt / CHARACTERS - BODY_SIZE.pt) * 20)
        letters = self.document.styles["Normal"].element.get_or_add_rPr()
        letters.insert_element_before(_element("w:spacing", val=str(twips)), "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang")

    def mark(self, words: str) -> None:
        """A word at the head of every page, such as 草稿."""
        section = self.document.sections[0]
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            line = header.paragraphs[0]
            line.text, line.style, line.alignment = clean(words), "Header", WD_ALIGN_PARAGRAPH.CENTER

    def _red_head(self, organ: str, number: str) -> None:
        """The organ's name in red, the number of the paper under it, and the red line that parts both from the text."""
        name = self.document.add_paragraph(style="Title")
        run = name.add_run(clean(organ))
        run.font.color.rgb, run.font.size = RED, HEAD_SIZE if len(organ) <= NARROW_AT else TITLE_SIZE
        name.paragraph_format.line_spacing = HEAD_PITCH
        line = self.document.add_paragraph(clean(number), style="Normal")
        line.alignment, line.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(24)
        _unindent(line)
        _rule(line, "bottom", width=18, color=str(RED))

    def addressee(self, words: str) -> None:
        """受文单位, from the margin on."""
        _unindent(self.document.add_paragraph(clean(words), style="Normal"))

    def signed(self, organ: str, date: str) -> None:
        """The organ and the date at the foot, four characters in from the right; they stay with the text above them."""
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        for place, words in enumerate(("", organ, date)):
            line = self.document.add_paragraph(clean(words), style="Normal")
            line.alignment, line.paragraph_format.right_indent = WD_ALIGN_PARAGRAPH.RIGHT, Pt(BODY_SIZE.pt * 4)
            line.paragraph_format.keep_with_next = place < 2
            _unindent(line)

    def note(self, words: str) -> None:
        """A line under the title, or above a table."""
        self._line(words, "Subtitle")

    def heading(self, words: str, level: int = 1) -> None:
        self._line(words, f"Heading {level}")

    def run_in(self, head: str, words: str, level: int) -> None:
        """A paragraph that begins with its heading: the style of characters is the one linked to the heading, so that Word's table of
        contents takes up the head and not the paragraph."""
        line = self.document.add_paragraph(style="Normal")
        line.add_run(clean(head), style=f"Heading {level} Char")
        line.add_run(clean(words))

    def imprint(self, lines: Sequence[str]) -> None:
        """版记: small lines between two rules at the end, kept together."""
        for place, words in enumerate(lines):
            line = self.document.add_paragraph(clean(words), style=IMPRINT)
            line.paragraph_format.keep_with_next = place < len(lines) - 1
            if place == 0:
                line.paragraph_format.space_before = PITCH
                _rule(line, "top")
        _rule(self.document.paragraphs[-1], "bottom")

    def body(self, words: str) -> None:
        for line in clean(words).splitlines() or [""]:
            self._line(line, "Normal")

    def _line(self, words: str, style: str) -> None:
        self.document.add_paragraph(clean(words), style=style)

    def facts(self, rows: Sequence[Sequence[tuple[str, Any]]]) -> Table:
        """A form: each row is one or two pairs of a label and what is filled in; a single pair takes the whole width."""
        label = 26
        widths = (label, self.width // 2 - label, label, self.width - self.width // 2 - label)
        table = self._table(widths)
        for pairs in rows:
            row = _add_row(table)
            for place, (name, value) in enumerate(pairs):
                _fill(row.cells[2 * place], name, HEAD)
                last = row.cells[3] if len(pairs) == 1 else row.cells[2 * place + 1]
                cell = row.cells[2 * place + 1]
                _fill(cell if cell is last else cell.merge(last), value, CELL)
        return table

    def grid(self, heads: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> Table:
        """A list with a heading row that is repeated on every page."""
        table = self._table(widths)
        first = _add_row(table)
        first._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, head in zip(first.cells, heads, strict=True):
            _fill(cell, head, SMALL_HEAD)
        for values in rows:
            for cell, value in zip(_add_row(table).cells, values, strict=True):
                _fill(cell, value, SMALL)
        return table

    def boxes(self, rows: Iterable[tuple[str, str, str]]) -> Table:
        """Boxes for opinions: whose, what it says, and the line of signature and date at its foot."""
        table = self._table((26, self.width - 26))
        for label, words, foot in rows:
            row = _add_row(table)
            row.height, row.height_rule = Mm(17), WD_ROW_HEIGHT_RULE.AT_LEAST
            _fill(row.cells[0], label, HEAD)
            _fill(row.cells[1], words, CELL)
            line = row.cells[1].add_paragraph(clean(foot), style=CELL)
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        return table

    def signatures(self, labels: Sequence[str]) -> Table:
        """A row of people who sign by hand, without borders; it never stands alone on a page."""
        above = [line for cell in self.document.tables[-1].rows[-1].cells for line in cell.paragraphs]
        table = self._table([self.width // len(labels)] * len(labels), borders=False)
        for line in (*above, self.document.paragraphs[-1]):
            line.paragraph_format.keep_with_next = True
        row = _add_row(table)
        row.height, row.height_rule = Mm(16), WD_ROW_HEIGHT_RULE.AT_LEAST
        for cell, label in zip(row.cells, labels, strict=True):
            _fill(cell, f"{label}（签字）：\n　　　　年　　月　　日", CELL)
        return table

    def as_bytes(self) -> bytes:
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()

    def _table(self, widths: Sequence[int], *, borders: bool = True) -> Table:
        """Two tables that touch would run together as one, so that a thin line of its own parts them."""
        body = self.document.element.body
        last = [child for child in body if not child.tag.endswith("sectPr")][-1]
        if last.tag.endswith("}tbl"):
            gap = self.document.add_paragraph(style=CELL)
            gap.paragraph_format.line_spacing = Pt(6)
        table: Table = self.document.add_table(rows=0, cols=len(widths))
        if borders:
            table.style = "Table Grid"
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        return table


def _add_row(table: Table) -> _Row:
    """A row that does not split over two pages, its cells as wide as the columns."""
    row: _Row = table.add_row()
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width
    return row


def _fill(cell: _Cell, words: Any, style: str) -> None:
    lines = clean(words).splitlines() or [""]
    first = cell.paragraphs[0]
    first.text, first.style = lines[0], style
    for line in lines[1:]:
        cell.add_paragraph(line, style=style)


def _set_page(section: Section, *, turned: bool) -> None:
    margins = TURNED if turned else MARGINS
    width, height = (297, 210) if turned else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if turned else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin = Mm(margins["top"]), Mm(margins["bottom"])
    section.left_margin, section.right_margin = Mm(margins["left"]), Mm(margins["right"])
    section.header_distance, section.footer_distance = Mm(15), Mm(margins["bottom"] - 10)


def _set_styles(document: DocumentObject) -> None:
    """The built-in styles, so that Word's own outline and navigation know them, and two of ours for tables."""
    styles = document.styles
    normal = _style(document, "Normal", BODY_FONT, BODY_SIZE)
    normal.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _indent(normal, 2)
    title = _style(document, "Title", TITLE_FONT, TITLE_SIZE, pitch=Pt(35))
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(6)
    _indent(title, 0)
    note = _style(document, "Subtitle", LEVEL_TWO, TABLE_SIZE, pitch=TABLE_PITCH)
    note.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    note.paragraph_format.space_after = Pt(6)
    _indent(note, 0)
    for level, font in ((1, LEVEL_ONE), (2, LEVEL_TWO), (3, BODY_FONT)):
        heading = _style(document, f"Heading {level}", font, BODY_SIZE)
        _indent(heading, 2)
        heading.paragraph_format.keep_with_next = True
        heading.element.get_or_add_pPr().append(_element("w:outlineLvl", val=str(level - 1)))
        _letters(styles[f"Heading {level} Char"], font, BODY_SIZE)
    for name in ("Heading 3", "Heading 3 Char"):
        styles[name].font.bold = True
    for name in (CELL, SMALL, HEAD, SMALL_HEAD):
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = None
        is_head = name in (HEAD, SMALL_HEAD)
        size, pitch = (SMALL_SIZE, SMALL_PITCH) if name in (SMALL, SMALL_HEAD) else (TABLE_SIZE, TABLE_PITCH)
        own = _style(document, name, LEVEL_ONE if is_head else BODY_FONT, size, pitch=pitch)
        own.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_head else WD_ALIGN_PARAGRAPH.LEFT
    _indent(_style(document, "Footer", PAGE_FONT, PAGE_SIZE, pitch=Pt(18)), 0)
    _indent(_style(document, "Header", LEVEL_TWO, TABLE_SIZE, pitch=TABLE_PITCH), 0)
    styles.add_style(IMPRINT, WD_STYLE_TYPE.PARAGRAPH).base_style = None
    _style(document, IMPRINT, BODY_FONT, SMALL_SIZE, pitch=SMALL_PITCH).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for name in ("Subtitle", IMPRINT):
        shape = styles[name].element.get_or_add_pPr()
        shape.insert_element_before(_element("w:snapToGrid", val="0"), "w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")


def _style(document: DocumentObject, name: str, font: str, size: Length, *, pitch: Length = PITCH) -> ParagraphStyle:
    """The style with this Chinese face and a fixed line pitch, without what the template had given it."""
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(name)
    for old in style.element.xpath("./w:pPr"):
        style.element.remove(old)
    _letters(style, font, size)
    shape = style.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
    shape.space_before = shape.space_after = Pt(0)
    shape.widow_control = False
    return style


def _letters(style: CharacterStyle, font: str, size: Length) -> None:
    """Face and size of a style, in black, and nothing else of what it had."""
    for old in style.element.xpath("./w:rPr"):
        style.element.remove(old)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script, face in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", font)):
        fonts.set(qn(f"w:{script}"), face)
    style.font.size, style.font.color.rgb = size, RGBColor(0, 0, 0)
    style.font.bold = style.font.italic = False


def _element(tag: str, **values: str) -> Any:
    made = OxmlElement(tag)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _rule(line: Paragraph, side: str, *, width: int = 4, color: str = "auto") -> None:
    """A line above or below the paragraph, as wide as the type area."""
    shape = line._p.get_or_add_pPr()
    border = shape.find(qn("w:pBdr"))
    if border is None:
        border = OxmlElement("w:pBdr")
        shape.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")
    border.append(_element(f"w:{side}", val="single", sz=str(width), space="6", color=color))


def _unindent(line: Paragraph) -> None:
    """No indent of the first line, in characters either."""
    line.paragraph_format.first_line_indent = Pt(0)
    line._p.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), "0")


def _indent(style: ParagraphStyle, characters: int) -> None:
    """First line in by whole characters of the style; the measure in points is for programs that know no characters."""
    size = style.font.size or BODY_SIZE
    style.paragraph_format.first_line_indent = Pt(size.pt * characters)
    style.element.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), str(100 * characters))


def _number_pages(section: Section) -> None:
    """— 1 —, a character in from the outer edge: right on odd pages, left on even ones."""
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style = "Footer"
        odd = side == "right"
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT if odd else WD_ALIGN_PARAGRAPH.LEFT
        setattr(line.paragraph_format, f"{side}_indent", PAGE_SIZE)
        line.add_run("— ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), "PAGE")
        line._p.append(field)
        line.add_run(" —")


def _drop_leftovers(document: DocumentObject) -> None:
    """What python-docx's template brings along: a thumbnail, an empty custom part, the name of a program of somebody else's machine."""
    for source in (document.part.package, document.part):
        for key, relation in list(source.rels.items()):
            if not relation.is_external and str(relation.target_part.partname) in LEFTOVERS:
                del source.rels[key]
