"""Sections of a text by its numbering. Several orders of the styles are tried; the one that leaves the fewest breaks is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from apps.measures.importing.notices.labels import INLINE, RESULT_LABEL
from apps.measures.importing.notices.lines import Line
from apps.measures.importing.notices.marks import ABOUT_FOLLOWS, FINDING_LABEL, Mark, Style, marks_in
from apps.measures.importing.notices.shapes import CLOSE, OPEN, about_of, is_problem

HEAD_LENGTH, LABEL_WITHIN, SEVERAL, SECOND = 90, 160, 2, 2
ABOUT_START = re.compile(rf"关于|针对|对于|(?:对|就|在)?[{OPEN}]|巡[视察](?:组)?反馈")
TOLD_AS_ENTRY = re.compile(rf"\s*(?:关于|针对|对“|{FINDING_LABEL.pattern})")
FINDING_BEFORE, NEAR = re.compile(r"问题[，,]$"), 8
"""针对“…”的问题，一是…"""
MOST_NESTED = 3
"""How many numbers of one style may be open within each other."""
LONG, MOST = 150, 0.4
"""A line that is so long, and so much of the text, is a text whose line breaks are gone."""
UNBROKEN = 120
"""A line longer than this may hold a heading without any end, followed by the next number."""


@dataclass
class Section:
    """A numbered part: its own text (``pieces``, without the number) and what is numbered below it."""

    style: Style | None
    number: int
    marker: str
    line: int
    pieces: list[Line] = field(default_factory=list)
    children: list[Section] = field(default_factory=list)
    parent: Section | None = None

    @property
    def head(self) -> str:
        """Its heading: the first sentence of its own text."""
        return head_of(self.pieces[0].text) if self.pieces else ""

    @property
    def own(self) -> str:
        return "\n".join(piece.text for piece in self.pieces)

    def walk(self) -> Iterator[Section]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def full(self) -> str:
        """All its words in their order, numbers of parts included."""
        return "\n".join((self.own, *(f"{child.marker}{child.full}" for child in self.children))).strip("\n")


@dataclass(frozen=True)
class Break:
    """A number that does not follow the one before it."""

    line: int
    written: str
    expected: int
    head: str
    style: Style


@dataclass
class Outline:
    root: Section
    breaks: list[Break]

    @property
    def lead(self) -> list[Line]:
        return self.root.pieces


ORDERS: tuple[dict[Style, float], ...] = (
    {},
    {Style.IN_CHINESE: 31},
    {Style.HEADING: 15},
    {Style.PROBLEM: 28},
    {Style.PROBLEM: 15},
    {Style.FIRST: 39},
    {Style.HEADING: 37},
    {Style.LABEL: 29},
    {Style.PART: 12},
    {Style.HALF_DIGIT: 32},
)
"""Where a style stands instead of where it usually does."""


def head_of(text: str) -> str:
    """The first sentence, or what stands before a label without a line break; a quoted finding of several sentences is one."""
    label = INLINE.search(text, 0, LABEL_WITHIN)
    text = text[: label.start()] if label else text
    about = about_of(text)
    if about and ABOUT_START.match(text):
        return text[: about.end()]
    depth = 0
    for place, character in enumerate(text):
        if character in "“「『（(《":
            depth += 1
        elif character in "”」』）)》":
            depth = max(0, depth - 1)
        elif character in "。！？!?；;\n" and not depth:
            return text[: place + 1].rstrip("\n")
    return text if depth == 0 or len(text) <= HEAD_LENGTH else text[:HEAD_LENGTH]


def outline_of(lines: Sequence[Line]) -> Outline:
    """The sections of the text."""
    whole = sum(len(line.text) for line in lines)
    marks = [marks_in(line, is_unbroken=len(line.text) > max(LONG, whole * MOST)) for line in lines]
    marks = _with_levels(lines, marks)
    if sum(mark.style == Style.HEADING and not mark.boundary for found in marks for mark in found) < SEVERAL:
        marks = [[mark for mark in found if mark.style != Style.HEADING or mark.boundary] for found in marks]
    bare = [mark for found in marks for mark in found if mark.style == Style.BARE]
    numbered = sum(mark.style == Style.CHINESE and mark.sure for found in marks for mark in found)
    if len(bare) < SEVERAL or numbered >= SEVERAL:
        marks = [[mark for mark in found if mark.style != Style.BARE] for found in marks]
    styles = {mark.style for found in marks for mark in found}
    builders = [_Builder(lines, marks, order) for order in ORDERS if styles.issuperset(order)]
    best = min(builders, key=lambda builder: builder.cost)
    return Outline(best.root, best.breaks)


def _with_levels(lines: Sequence[Line], marks: list[list[Mark]]) -> list[list[Mark]]:
    """Headings without numbers of which the file says that they stand below others."""
    levels = [line.heading for line, found in zip(lines, marks, strict=True) if found and found[0].style == Style.HEADING and line.heading]
    return (
        [
            [
                replace(mark, style=Style.SUBHEADING) if mark.style == Style.HEADING and line.heading > min(levels) else mark
                for mark in found
            ]
            for line, found in zip(lines, marks, strict=True)
        ]
        if levels
        else marks
    )


class _Builder:
    """One pass over the text under one order of the styles."""

    def __init__(self, lines: Sequence[Line], marks: Sequence[list[Mark]], order: dict[Style, float]) -> None:
        self.order = order
        self.root = Section(None, 0, "", lines[0].number if lines else 1)
        self.stack = [self.root]
        self.last: dict[Style, int] = {}
        self.below: set[tuple[Style, Style]] = set()
        self.breaks: list[Break] = []
        self.odd = 0.0
        self.result_said = False
        self.following = _following([mark for found in marks for mark in found])
        self.place = 0
        for line, found in zip(lines, marks, strict=True):
            self._read(line, found)
        self.odd += 0.3 * (len({(section.style, section.parent.style) for section in self.root.walk() if section.parent}) - len(self.last))

    @property
    def cost(self) -> float:
        return len(self.breaks) + self.odd + (0.1 if self.order else 0)

    def _read(self, line: Line, marks: list[Mark]) -> None:
        begun = 0
        for index, mark in enumerate(marks):
            self.place += 1
            words = line.text[mark.end : marks[index + 1].start if index + 1 < len(marks) else None]
            if not self._stands(mark, line, words):
                continue
            self._take(line, line.text[begun : mark.start])
            self._open(mark, head_of(words.strip()))
            begun = mark.end
        self._take(line, line.text[begun:])

    def _take(self, line: Line, words: str) -> None:
        if words.strip():
            self.stack[-1].pieces.append(Line(line.number, words.strip(), line.heading))
            self.result_said = self.result_said or bool(RESULT_LABEL.search(words))

    def _open_level(self, style: Style, number: int) -> int | None:
        """The deepest open level at which the number follows."""
        found = [level for level, section in enumerate(self.stack) if section.style == style and section.number + 1 == number]
        return found[-1] if found else None

    def _stands(self, mark: Mark, line: Line, words: str) -> bool:
        """Whether a candidate is a number of the text's numbering."""
        if mark.sure and mark.boundary:
            return True
        if mark.style in (Style.HEADING, Style.SUBHEADING, Style.LABEL, Style.BARE):
            return mark.sure
        if not mark.boundary and not mark.sure and mark.style == Style.FIRST:
            before = line.text[max(0, mark.start - NEAR) : mark.start]
            follows = mark.number > 1 and self.stack[-1].style == Style.FIRST and self.stack[-1].number + 1 == mark.number
            begins = mark.number == 1 and self.stack[-1].style != Style.FIRST and self._is_followed() and FINDING_BEFORE.search(before)
            return follows or (mark.number == 1 and bool(ABOUT_FOLLOWS.match(words))) or bool(begins)
        if not mark.boundary and not mark.sure and len(line.text) < UNBROKEN:
            return False
        follows = self._open_level(mark.style, mark.number) is not None
        is_open = any(section.style == mark.style for section in self.stack)
        goes_on = not is_open and mark.number > 1 and self.last.get(mark.style) == mark.number - 1
        return follows or goes_on or (mark.number == 1 and (self._is_followed() or bool(TOLD_AS_ENTRY.match(words))))

    def _is_followed(self) -> bool:
        """Whether a second one of its kind comes before another first one."""
        return self.following[self.place - 1] == SECOND

    def _open(self, mark: Mark, head: str) -> None:
        level = self._level(mark, head)
        for style in {section.style for section in self.stack[1:level] if section.style is not None} - {mark.style}:
            self.below.add((mark.style, style))
        del self.stack[level:]
        section = Section(mark.style, mark.number, mark.written, mark.line, parent=self.stack[-1])
        self.stack[-1].children.append(section)
        self.stack.append(section)
        if mark.number:
            self.last[mark.style] = mark.number
        self.result_said = False

    def _level(self, mark: Mark, head: str) -> int:
        """Where on the stack the new section goes; everything from there on is closed."""
        open_at = [level for level, section in enumerate(self.stack) if section.style == mark.style]
        if open_at and not mark.number:
            return open_at[-1]
        following = [level for level in open_at if self.stack[level].number + 1 == mark.number]
        if following:
            alike = [level for level in following if is_problem(self.stack[level].head) == is_problem(head)]
            return (alike or following)[-1]
        if open_at and mark.number == 1 and len(open_at) < MOST_NESTED and self._is_nested(self.stack[open_at[-1]], head):
            return len(self.stack)
        if open_at:
            self._note(mark, head, self.stack[open_at[-1]].number + 1)
            return open_at[-1]
        level = len(self.stack)
        while level > 1 and self._is_below(self.stack[level - 1].style, mark.style):
            level -= 1
        if mark.number > 1 and self.last.get(mark.style) != mark.number - 1:
            self._note(mark, head, 1)
        return level

    def _is_nested(self, outer: Section, head: str) -> bool:
        return self.result_said or (is_problem(outer.head) and not is_problem(head))

    def _is_below(self, one: Style | None, other: Style) -> bool:
        if one is None:
            return False
        if (one, other) in self.below:
            return True
        if (other, one) in self.below:
            return False
        return self.order.get(one, one) > self.order.get(other, other)

    def _note(self, mark: Mark, head: str, expected: int) -> None:
        if mark.style == Style.FIRST or mark.number == 1 == expected:
            self.odd += 0.2
            return
        self.breaks.append(Break(mark.line, mark.written, expected, head, mark.style))


def _following(marks: Sequence[Mark]) -> list[int]:
    """For each mark, the number of the next one of its style that is a first or a second; 0 for none."""
    found, coming = [0] * len(marks), dict[Style, int]()
    for place in range(len(marks) - 1, -1, -1):
        mark = marks[place]
        found[place] = coming.get(mark.style, 0)
        if mark.number <= SECOND:
            coming[mark.style] = mark.number
    return found


def marked(section: Section) -> str:
    """Its number and heading, as the screen names it."""
    return f"{section.marker}{re.sub(rf'[{CLOSE}]$', '”', section.head)}"[:60]
