"""The text of a Word document, with the numbers that Word only shows (automatic numbering) written out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from apps.measures.importing.notices.grids import Cell, Grid, Words
from apps.measures.importing.notices.lines import Line, bold_level
from apps.measures.numbers.digits import in_chinese
from apps.measures.services.content import ooxml
from apps.measures.services.content.verdict import NotThisKind
from apps.measures.services.content.zips import Budget, Member, Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
MOST_XML = 40 * 1024 * 1024
LEVELS = range(9)
"""Word has nine levels of a list; what names another names none."""
CHINESE_FORMATS = (
    "chineseCounting",
    "chineseCountingThousand",
    "ideographTraditional",
    "japaneseCounting",
    "chineseLegalSimplified",
    "taiwaneseCounting",
)
CIRCLED_FORMATS = ("decimalEnclosedCircle", "decimalEnclosedCircleChinese")
CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
WRAPPERS = tuple(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "smartTag", "customXml"))
"""What may stand around paragraphs without being one."""
HEADING = re.compile(r"(?:heading|标题)\s*(\d)?", re.IGNORECASE)
LEFT_OUT = (f"{W}del", f"{W}moveFrom", FALLBACK, f"{W}footnoteReference", f"{W}instrText", f"{W}delText", f"{W}pPr", f"{W}rPr")


@dataclass
class _Numbering:
    """Formats of the numbered lists of a document, and how far each has counted."""

    levels: dict[tuple[str, int], tuple[str, str, int]] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def next(self, list_id: str, level: int) -> str:
        """The number of the next paragraph of that list and level, as Word would show it."""
        form = self.levels.get((list_id, level))
        if form is None or form[0] in ("bullet", "none"):
            return ""
        self.counts[list_id, level] = self.counts.get((list_id, level), form[2] - 1) + 1
        for deeper in range(level + 1, len(LEVELS)):
            self.counts.pop((list_id, deeper), None)
        text = form[1]
        for place in range(level + 1):
            known = self.levels.get((list_id, place), ("decimal", "", 1))
            text = text.replace(f"%{place + 1}", _written(self.counts.get((list_id, place), known[2]), known[0]))
        return text


def _written(number: int, form: str) -> str:
    if form in CHINESE_FORMATS:
        return in_chinese(number)
    if form in CIRCLED_FORMATS and 0 < number <= len(CIRCLES):
        return CIRCLES[number - 1]
    return str(number)


def docx_lines(data: bytes) -> list[Line]:
    """The paragraphs, and the rows of tables with their cells told apart by tabs. Raises what a damaged package raises."""
    ooxml.check(data, (ooxml.WORD,), Budget())
    package = Package(data, Budget())
    parts = {member.name: member for member in package.members}
    body = fromstring(package.content(parts[ooxml.WORD], MOST_XML)).find(f"{W}body")
    if body is None:
        raise NotThisKind
    numbering = _numbering(package, parts)
    styles = _styles(package, parts)
    lines: list[Words] = []
    for text, heading in _blocks(body, numbering, styles):
        lines += _paragraphs(text, heading)
    return [Line(number, text, heading) for number, (text, heading) in enumerate(lines, 1)]


def _blocks(body: Element, numbering: _Numbering, styles: dict[str, tuple[int, str, int]]) -> Iterator[Words]:
    for element in body:
        if element.tag == f"{W}p":
            yield _paragraph(element, numbering, styles)
        elif element.tag == f"{W}tbl":
            yield from _grid(element, numbering, styles).lines()
        elif element.tag in WRAPPERS:
            yield from _blocks(element, numbering, styles)


def _grid(table: Element, numbering: _Numbering, styles: dict[str, tuple[int, str, int]]) -> Grid:
    """The table; cells merged with the one above (vMerge) and those over several columns (gridSpan) are told as such."""
    grid = Grid(holds_tables=table.find(f"{W}tr/{W}tc/{W}tbl") is not None)
    for row in _inside(table, f"{W}tr"):
        cells = []
        for one in _inside(row, f"{W}tc"):
            merged, span = one.find(f"{W}tcPr/{W}vMerge"), one.find(f"{W}tcPr/{W}gridSpan")
            columns = span.get(f"{W}val", "1") if span is not None else "1"
            told = [line for text, heading in _blocks(one, numbering, styles) for line in _paragraphs(text, heading)]
            goes_on = merged is not None and merged.get(f"{W}val", "continue") != "restart"
            cells.append(Cell(told, columns=int(columns) if columns.isdecimal() else 1, goes_on=goes_on))
        grid.rows.append(cells)
    return grid


def _inside(element: Element, tag: str) -> Iterator[Element]:
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from _inside(child, tag)


def _paragraphs(text: str, heading: int) -> list[Words]:
    """Lines that were broken within a paragraph; a row of a table within a table stays one."""
    return [(part, heading) for part in text.split("\n") if part.strip()]


def _paragraph(paragraph: Element, numbering: _Numbering, styles: dict[str, tuple[int, str, int]]) -> Words:
    text = "".join(_words(paragraph))
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    heading, list_id, level = styles.get(style.get(f"{W}val", "") if style is not None else "", (0, "", 0))
    own = paragraph.find(f"{W}pPr/{W}numPr")
    if own is not None:
        found, depth = own.find(f"{W}numId"), own.find(f"{W}ilvl")
        list_id = found.get(f"{W}val", "") if found is not None else list_id
        level = _level(depth, level)
    mark = numbering.next(list_id, level) if list_id and text.strip() else ""
    heading = heading or (bold_level(text) if _is_bold(paragraph) else 0)
    return f"{mark}{text}", 0 if mark else heading


def _is_bold(paragraph: Element) -> bool:
    """Whether all its words are bold."""
    runs = [run for run in paragraph.iter(f"{W}r") if any((told.text or "").strip() for told in run.iter(f"{W}t"))]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(marks) and all(mark is not None and mark.get(f"{W}val", "1") not in ("0", "false") for mark in marks)


def _level(depth: Element | None, otherwise: int) -> int:
    level = int(depth.get(f"{W}val", "0")) if depth is not None else otherwise
    return level if level in LEVELS else otherwise


def _words(element: Element) -> Iterator[str]:
    for child in element:
        if child.tag in LEFT_OUT:
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag == f"{W}tab":
            yield " "
        elif child.tag in (f"{W}br", f"{W}cr"):
            yield "\n"
        else:
            yield from _words(child)
            if child.tag == f"{W}p":
                yield "\n"


def _numbering(package: Package, parts: Mapping[str, Member]) -> _Numbering:
    found = _Numbering()
    root = _part(package, parts, "word/numbering.xml")
    if root is None:
        return found
    abstract = {one.get(f"{W}abstractNumId", ""): one for one in root.findall(f"{W}abstractNum")}
    for num in root.findall(f"{W}num"):
        link = num.find(f"{W}abstractNumId")
        one = abstract.get(link.get(f"{W}val", "") if link is not None else "")
        for level in one.findall(f"{W}lvl")[: len(LEVELS)] if one is not None else ():
            place = int(level.get(f"{W}ilvl", "0"))
            if place not in LEVELS:
                continue
            form, text, start = (level.find(f"{W}{name}") for name in ("numFmt", "lvlText", "start"))
            found.levels[num.get(f"{W}numId", ""), place] = (
                form.get(f"{W}val", "decimal") if form is not None else "decimal",
                text.get(f"{W}val", "") if text is not None else "",
                int(start.get(f"{W}val", "1")) if start is not None else 1,
            )
    return found


def _styles(package: Package, parts: Mapping[str, Member]) -> dict[str, tuple[int, str, int]]:
    """For each style: its level as a heading, and the list it numbers by."""
    root = _part(package, parts, "word/styles.xml")
    found = {}
    for style in root.findall(f"{W}style") if root is not None else ():
        name = style.find(f"{W}name")
        num, depth = style.find(f"{W}pPr/{W}numPr/{W}numId"), style.find(f"{W}pPr/{W}numPr/{W}ilvl")
        called = HEADING.match(name.get(f"{W}val", "")) if name is not None else None
        found[style.get(f"{W}styleId", "")] = (
            int(called[1] or 1) if called else 0,
            num.get(f"{W}val", "") if num is not None else "",
            _level(depth, 0),
        )
    return found


def _part(package: Package, parts: Mapping[str, Member], name: str) -> Element | None:
    return fromstring(package.content(parts[name], MOST_XML)) if name in parts else None
