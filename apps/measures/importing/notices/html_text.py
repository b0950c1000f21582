"""The text of a saved web page: what is read, without navigation, scripts and what surrounds an article."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from apps.measures.importing.notices.lines import Line

SKIPPED = frozenset(
    ("script", "style", "nav", "header", "footer", "aside", "form", "button", "select", "noscript", "template", "svg", "iframe")
)
BLOCKS = frozenset(
    (
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
    )
)
VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "wbr", "source", "col", "area", "base", "embed", "param", "track"))
HEADINGS = frozenset(("h2", "h3", "h4", "h5"))
MOST_DEPTH = 400


class _Reader(HTMLParser):
    """Collects lines; a row of a table is one line whose cells are told apart by tabs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.rows: list[list[str]] = []
        self.tables: list[tuple[int, list[list[str]]]] = []
        self.title = ""
        self.words: list[str] = []
        self.open: list[str] = []
        self.counts: list[int] = []
        self.in_cell = 0
        self.line = 1
        self.mark = ""
        self.heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "meta" and (facts.get("name") or "").lower() == "articletitle" and facts.get("content"):
            self.title = facts["content"] or ""
        if self._skipping():
            if tag not in VOID and len(self.open) < MOST_DEPTH:
                self.open.append(tag)
            return
        if tag in BLOCKS:
            self._break()
        self._list(tag, facts)
        if tag in ("td", "th"):
            self.in_cell += 1
            self.words.append("\t")
        if tag in HEADINGS:
            self.heading = True
        if tag not in VOID and len(self.open) < MOST_DEPTH:
            self.open.append(tag)

    def _list(self, tag: str, facts: dict[str, str | None]) -> None:
        if tag == "ol":
            begun = facts.get("start") or "1"
            self.counts.append(int(begun) - 1 if begun.isdigit() and len(begun) < 4 else 0)
        elif tag == "ul":
            self.counts.append(-1)
        elif tag == "li" and self.counts and self.counts[-1] >= 0:
            self.counts[-1] += 1
            self.mark = f"{self.counts[-1]}."

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in self.open:
            return
        was_skipping = self._skipping()
        while self.open and self.open.pop() != tag:
            pass
        if was_skipping:
            return
        if tag in BLOCKS:
            self._break()
        if tag in ("ol", "ul") and self.counts:
            self.counts.pop()
        if tag in ("td", "th"):
            self.in_cell = max(0, self.in_cell - 1)
        if tag in HEADINGS:
            self.heading = False

    def _skipping(self) -> bool:
        return any(tag in SKIPPED for tag in self.open)

    def handle_data(self, data: str) -> None:
        if "title" in self.open and not self.title:
            self.title = data.strip()
        elif not self._skipping() and "title" not in self.open:
            self.words.append(re.sub(r"[\r\n]+\s*", "", data) if data.strip() else "")

    def _break(self) -> None:
        if self.in_cell:
            return
        text = "".join(self.words).strip("\r\n ")
        self.words = []
        if text.strip():
            mark, self.mark = self.mark, ""
            self.lines.append(Line(self.line, f"{mark}{text}", self.heading and "\t" not in text))
            self.line += 1

    def close(self) -> None:
        super().close()
        self.in_cell = 0
        self._break()


def html_lines(text: str) -> list[Line]:
    """The lines of a page, from its title on."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return _from_title(reader.lines, reader.title)


def _from_title(lines: list[Line], title: str) -> list[Line]:
    """Without what stands before the title of the article (menus, the place in the site)."""
    name = re.split(r"[-_—|]", re.sub(r"\s+", "", title))[0]
    places = [place for place, line in enumerate(lines) if len(name) > 6 and re.sub(r"\s+", "", line.text).startswith(name[:60])]
    short = [place for place in places if len(lines[place].text) < 2 * len(name) + 10]
    return lines[short[-1] if len(short) < 4 else short[0] :] if short else lines
