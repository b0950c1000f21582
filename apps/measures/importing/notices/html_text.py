"""The text of a saved web page: what is read, without navigation, scripts and what surrounds an article."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from apps.measures.importing.notices.grids import Cell, Grid, Words
from apps.measures.importing.notices.lines import Line, bold_level

HIDDEN = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "select", "button", "textarea", "object"))
AROUND = frozenset(("nav", "header", "footer", "aside"))
BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "li",
        "ol",
        "ul",
        "section",
        "article",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "tr",
        "table",
        "blockquote",
        "hr",
        "dd",
        "dt",
        "form",
        "center",
        "pre",
        "fieldset",
        "figure",
    ]
)
VOID = frozenset(["br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "area", "base", "embed", "param", "track"])
HEADINGS = {"h2": 2, "h3": 3, "h4": 4, "h5": 5}
MOST_DEPTH, MOST_TABLES = 400, 40
DECLARED, UNCLOSED = re.compile(r"<[!?][^<>]{0,400}>"), re.compile(r"<(?=[^<>]*(?:<|\Z))")
"""What no tag ends is a mark and no tag: looking for its end again and again would take forever."""
SHARE = 0.2
"""If less of the words is left without what surrounds an article, the page has put the article into it."""


class _Reader(HTMLParser):
    """Collects paragraphs; what stands in a table is kept by its cells until the table ends."""

    def __init__(self, skipped: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.skipped = skipped
        self.lines: list[Words] = []
        self.is_plain = False
        self.tables: list[tuple[Grid, Cell | None]] = []
        self.title = ""
        self.words: list[str] = []
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.hidden = 0
        self.counts: list[int] = []
        self.mark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "meta" and (facts.get("name") or "").lower() == "articletitle" and facts.get("content"):
            self.title = facts["content"] or ""
        if not self.hidden:
            if tag in BLOCKS:
                self._break()
            self._list(tag, facts)
            self._table(tag, facts)
        if tag not in VOID and len(self.open) < MOST_DEPTH:
            self.open.append(tag)
            self.count[tag] += 1
            self.hidden += tag in self.skipped

    def _list(self, tag: str, facts: dict[str, str | None]) -> None:
        if tag == "ol":
            begun = facts.get("start") or "1"
            self.counts.append(int(begun) - 1 if begun.isdecimal() and len(begun) < 4 else 0)
        elif tag == "ul":
            self.counts.append(-1)
        elif tag == "li" and self.counts and self.counts[-1] >= 0:
            self.counts[-1] += 1
            is_nested = sum(count >= 0 for count in self.counts) > 1
            self.mark = f"（{self.counts[-1]}）" if is_nested else f"{self.counts[-1]}."

    def _table(self, tag: str, facts: dict[str, str | None]) -> None:
        if tag == "table" and len(self.tables) < MOST_TABLES:
            self.tables.append((Grid(), None))
        elif self.tables and tag in ("tr", "td", "th"):
            self._break()
            grid, _cell = self.tables[-1]
            if tag == "tr" or not grid.rows:
                grid.rows.append([])
            cell = None
            if tag != "tr":
                cell = Cell(rows=_span(facts.get("rowspan")), columns=_span(facts.get("colspan")))
                grid.rows[-1].append(cell)
            self.tables[-1] = (grid, cell)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self.count[tag]:
            return
        was_hidden, heading = self.hidden, self._heading()
        while self.open:
            last = self.open.pop()
            self.count[last] -= 1
            self.hidden -= last in self.skipped
            if last == tag:
                break
        if was_hidden:
            return
        if tag in BLOCKS or tag in ("td", "th"):
            self._break(heading)
        if tag in ("ol", "ul") and self.counts:
            self.counts.pop()
        if tag in ("td", "th") and self.tables:
            self.tables[-1] = (self.tables[-1][0], None)
        if tag == "table" and self.tables:
            self._end_table()

    def _end_table(self) -> None:
        self._break()
        grid, _cell = self.tables.pop()
        if self.tables:
            self.tables[-1][0].holds_tables = True
        self._place().extend(grid.lines())

    def _place(self) -> list[Words]:
        """Where paragraphs go now: into the innermost open cell, else into the page."""
        return next((cell.lines for _grid, cell in reversed(self.tables) if cell is not None), self.lines)

    def handle_data(self, data: str) -> None:
        if self.count["title"] and not self.count["svg"]:
            self.title = self.title or data.strip()
        elif self.count["pre"] and not self.hidden:
            for line in data.splitlines(keepends=True):
                self.words.append(line.rstrip("\r\n"))
                if line != line.rstrip("\r\n"):
                    self._break()
        elif not self.hidden:
            self.words.append(re.sub(r"[\r\n]+\s*", "", data) if data.strip() else "")
            self.is_plain = self.is_plain or bool(data.strip() and not (self.count["b"] or self.count["strong"]))

    def _heading(self) -> int:
        """The level of the heading that is open; 0 for none."""
        return next((level for tag, level in HEADINGS.items() if self.count[tag]), 0)

    def _break(self, heading: int = 0) -> None:
        text = "".join(self.words).strip("\r\n ")
        bold, self.words, self.is_plain = not self.is_plain, [], False
        if text.strip():
            mark, self.mark = self.mark, ""
            level = heading or self._heading() or (bold_level(text) if bold and not mark else 0)
            self._place().append((f"{mark}{text}".replace("\t", " "), level))

    def close(self) -> None:
        super().close()
        self._break()
        while self.tables:
            self._end_table()


def _span(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 4 else 1


def html_lines(text: str) -> list[Line]:
    """The lines of a page, from its title on."""
    plain = UNCLOSED.sub("&lt;", DECLARED.sub("", _without_comments(text)))
    whole, inner = _read(plain, HIDDEN), _read(plain, HIDDEN | AROUND)
    reader = inner if _size(inner) >= SHARE * _size(whole) else whole
    lines = [Line(number, words, 0 if "\t" in words else heading) for number, (words, heading) in enumerate(reader.lines, 1)]
    return _from_title(lines, reader.title)


def _read(text: str, skipped: frozenset[str]) -> _Reader:
    reader = _Reader(skipped)
    reader.feed(text)
    reader.close()
    return reader


def _size(reader: _Reader) -> int:
    return sum(len(words) for words, _heading in reader.lines)


def _without_comments(text: str) -> str:
    """One pass, so that comments that never end cost no more than others; one that never ends hides nothing but its own mark."""
    first, *others = text.split("<!--")
    if not any("-->" in other for other in others):
        return "".join((first, *others))
    kept, waiting = [first], ""
    for other in others:
        _inside, end, after = other.partition("-->")
        kept.append(after if end else "")
        waiting = "" if end else waiting + other
    return "".join((*kept, waiting))


def _from_title(lines: list[Line], title: str) -> list[Line]:
    """Without what stands before the title of the article (menus, the place in the site)."""
    name = re.split(r"[-_—|]", re.sub(r"\s+", "", title))[0]
    places = [place for place, line in enumerate(lines) if len(name) > 6 and re.sub(r"\s+", "", line.text).startswith(name[:60])]
    short = [place for place in places if len(lines[place].text) < 2 * len(name) + 10]
    return lines[short[-1] if len(short) < 4 else short[0] :] if short else lines
