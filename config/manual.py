"""The manual of ``docs/manual``, read as pages with sections: what help shows, searches and leads to.

Markdown without HTML. Links between pages and to pictures are rewritten to the addresses of help; other relative links, which would
lead out of the manual, lose their address and keep their words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

MANUAL: Path = settings.BASE_DIR / "docs" / "manual"
FIRST = "readme"
ORDER = (
    FIRST,
    "office",
    "liaison",
    "workbooks",
    "supervisor",
    "flags",
    "dashboard",
    "notices",
    "wall",
    "admin",
    "auditor",
    "discipline",
    "public",
)
PICTURES = {".png": "image/png", ".jpg": "image/jpeg"}
OUTSIDE = ("http://", "https://", "mailto:")
EXCERPT = 60


@dataclass(frozen=True)
class Section:
    """A part of a page under a heading; ``text`` is what can be searched."""

    anchor: str
    title: str
    level: int
    text: str


@dataclass(frozen=True)
class ManualPage:
    """One page: its title apart, so that it becomes the heading of the screen."""

    slug: str
    title: str
    body: SafeString
    sections: list[Section] = field(default_factory=list)

    @property
    def href(self) -> str:
        return reverse("help-page", args=(self.slug,))


@dataclass(frozen=True)
class Hit:
    """A section in which the words were found."""

    page: ManualPage
    section: Section
    excerpt: str

    @property
    def href(self) -> str:
        return f"{self.page.href}#{self.section.anchor}" if self.section.anchor else self.page.href


def slugs() -> list[str]:
    """The pages that are there, in the order of the house; pages it does not know come last."""
    found = {path.stem.lower() for path in MANUAL.glob("*.md")}
    return [slug for slug in ORDER if slug in found] + sorted(found - set(ORDER))


def page_of(slug: str) -> ManualPage | None:
    """The page with that slug; None where there is none."""
    path = next((path for path in MANUAL.glob("*.md") if path.stem.lower() == slug), None)
    return _read(path, path.stat().st_mtime_ns) if path else None


def pages() -> list[ManualPage]:
    return [page for page in map(page_of, slugs()) if page is not None]


def picture(name: str) -> Path | None:
    """A picture of the manual: one of the files that lie in its folder, by name alone."""
    found = {path.name: path for path in (MANUAL / "pictures").glob("*") if path.suffix in PICTURES}
    return found.get(name)


def search(words: str, among: Sequence[ManualPage]) -> list[Hit]:
    """Sections that contain all the words, in the order of the pages."""
    wanted = [word for word in words.lower().split() if word]
    hits = []
    for page in among:
        for section in page.sections:
            text = f"{section.title} {section.text}"
            if wanted and all(word in text.lower() for word in wanted):
                hits.append(Hit(page, section, _excerpt(section.text, wanted[0])))
    return hits


def _excerpt(text: str, word: str) -> str:
    at = max(0, text.lower().find(word) - EXCERPT // 2)
    part = text[at : at + EXCERPT * 2]
    return f"{'…' if at else ''}{part}{'…' if at + EXCERPT * 2 < len(text) else ''}"


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> ManualPage:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(path.read_text(encoding="utf-8"))
    title, rest = _without_title(tokens, path.stem)
    sections = _sections(rest, title)
    _rewrite(rest)
    env: dict[str, Any] = {}
    for kind in ("table_open", "table_close"):
        reader.add_render_rule(kind, globals()[f"_{kind}"])
    body = SafeString(reader.renderer.render(rest, reader.options, env))
    return ManualPage(path.stem.lower(), title, body, sections)


def _without_title(tokens: list[Token], stem: str) -> tuple[str, list[Token]]:
    """The first heading of the first level is the page's title."""
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            return _words(tokens[place + 1]), tokens[:place] + tokens[place + 3 :]
    return stem, tokens


def _sections(tokens: list[Token], title: str) -> list[Section]:
    """Headings get their anchors, tables the heading above as their caption; what stands under each is gathered for the search."""
    found = [("", title, 1, list[str]())]
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = _words(tokens[place + 1])
            anchor = _anchor(words, [row[0] for row in found])
            token.attrSet("id", anchor)
            found.append((anchor, words, int(token.tag[1]), []))
        elif token.type == "table_open":
            token.meta["caption"] = found[-1][1]
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type in ("inline", "fence", "code_block") and tokens[place - 1].type != "heading_open":
            found[-1][3].append(_words(token))
    return [Section(anchor, words, level, " ".join(texts)) for anchor, words, level, texts in found]


def _words(token: Token) -> str:
    """The text of a token without its marks."""
    if not token.children:
        return token.content
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children)


def _anchor(words: str, taken: list[str]) -> str:
    """As code hosts make them, so that the links of the manual lead to the same places there and here."""
    anchor = re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-") or "section"
    again = sum(other == anchor or other.startswith(f"{anchor}-") for other in taken)
    return f"{anchor}-{again}" if anchor in taken else anchor


def _rewrite(tokens: list[Token]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                _lead(child)
            elif child.type == "image":
                _show(child)


def _lead(link: Token) -> None:
    """Where a link of the manual leads inside the house."""
    target = str(link.attrGet("href") or "")
    place, _hash, anchor = target.partition("#")
    slug = place.removeprefix("./").removesuffix(".md").lower()
    if not place or target.startswith(OUTSIDE):
        return
    if place.endswith(".md") and "/" not in slug and slug in slugs():
        link.attrSet("href", reverse("help-page", args=(slug,)) + (f"#{anchor}" if anchor else ""))
    else:
        link.attrs.pop("href", None)


def _show(image: Token) -> None:
    """A picture by its address inside the house; one that is not there is left to its words."""
    name = str(image.attrGet("src") or "").removeprefix("./").removeprefix("pictures/")
    if picture(name):
        image.attrSet("src", reverse("help-picture", args=(name,)))
        image.attrSet("loading", "lazy")
    else:
        image.type, image.tag, image.content = "text", "", f"（图：{image.content}）"


def _table_open(_renderer: object, tokens: Sequence[Token], place: int, _options: object, _env: object) -> str:
    caption = escape(tokens[place].meta.get("caption", ""))
    frame = f'<div class="scroll" tabindex="0" role="group" aria-label="{caption}">'
    return f'{frame}<table class="table"><caption class="sr">{caption}</caption>'


def _table_close(*_arguments: object) -> str:
    return "</table></div>"
