"""The rules of the house that no linter knows: short functions and files, plain styles, no inline code in templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
PYTHON = ("apps", "config", "deploy", "scripts", "tests")
LONGEST_FUNCTION, USUAL_FUNCTION, USUAL_SHARE, LONGEST_FILE = 60, 40, 0.95, 450

# ui/README.md §4: Chromium 108 knows none of these.
BANNED = re.compile(
    r"oklch\(|oklab\(|color-mix\(|light-dark\(|(?:rgb|rgba|hsl|hsla)\(\s*from\b|\bsubgrid\b|text-wrap\s*:|\banchor-name\s*:|\banchor\("
    r"|\bposition-anchor\s*:|animation-timeline\s*:|scroll-timeline|view-timeline|view-transition|:popover-open|@layer\s+[^;{]*\{[^}]*&"
)
NESTED = re.compile(r"\{[^{}]*[;{]\s*(?:&|[.#:>+~][\w-]*[^;{}]*\{)")
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script": re.compile(r"<script\b(?![^>]*(?:\ssrc\s*=|\stype=\"application/json\"))", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "evaluated by htmx": re.compile(r"\shx-(?:on|vals\s*=\s*[\"']js)", re.IGNORECASE),
}


def python_files() -> list[Path]:
    files = [path for folder in PYTHON for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in files if "migrations" not in path.parts]


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Name and length in lines, decorators and docstring included, of every function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, (node.end_lineno or node.lineno) - start + 1


def function_of(lines: int) -> str:
    return "def long() -> None:\n" + "    pass\n" * (lines - 1)


def test_functions_are_short() -> None:
    files = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in python_files()}
    lengths = {f"{path}:{name}": length for path, source in files.items() for name, length in functions(source)}
    assert len(lengths) > 500
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert sum(length <= USUAL_FUNCTION for length in lengths.values()) / len(lengths) >= USUAL_SHARE


def test_functions_are_measured_to_the_line() -> None:
    assert list(functions(function_of(61))) == [("long", 61)]
    source = f"class A:\n    @property\n    async def x(self):\n        return 1\n{function_of(60)}"
    assert list(functions(source)) == [("long", 60), ("x", 3)]


def too_long(folders: tuple[str, ...], pattern: str) -> list[str]:
    files = [path for folder in folders for path in (ROOT / folder).rglob(pattern) if "migrations" not in path.parts]
    assert files
    return [str(path.relative_to(ROOT)) for path in files if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]


FILES = [(PYTHON, "*.py"), (("templates",), "*.html"), (("static",), "*.css"), (("static",), "*.js")]


@pytest.mark.parametrize(("folders", "pattern"), FILES)
def test_files_are_short(folders: tuple[str, ...], pattern: str) -> None:
    assert too_long(folders, pattern) == []


def test_long_files_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_house_rules.LONGEST_FILE", 100)
    assert "apps/measures/querysets.py" in too_long(("apps",), "*.py")


def banned_in(css: str) -> list[str]:
    rules = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return [found[0] for pattern in (BANNED, NESTED) for found in pattern.finditer(re.sub(r"@media[^{]*\{", "", rules))]


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda path: path.name)
def test_styles_keep_to_what_chromium_108_knows(path: Path) -> None:
    assert banned_in(path.read_text(encoding="utf-8")) == []


CSS = {
    "a { color: oklch(50% 0.1 20); }": True,
    "a { color: color-mix(in srgb, red, blue); }": True,
    "a { color: light-dark(#000, #fff); }": True,
    "a { color: rgb(from red r g b / 50%); }": True,
    "a { grid-template-rows: subgrid; }": True,
    "h1 { text-wrap: balance; }": True,
    "a { view-transition-name: x; }": True,
    "a { animation-timeline: scroll(); }": True,
    ".card { color: red; &:hover { color: blue; } }": True,
    ".card { color: red; .title { color: blue; } }": True,
    "@media (max-width: 40rem) { .card { color: red; } .title { color: blue; } }": False,
    "/* oklch() is not known */ a { color: rgb(1 2 3 / 50%); }": False,
    "a:has(b) { inset: 0; aspect-ratio: 1; } .b:hover { color: red; }": False,
}


@pytest.mark.parametrize("css", CSS)
def test_banned_styles_are_found(css: str) -> None:
    assert bool(banned_in(css)) is CSS[css]


def inline_in(html: str) -> list[str]:
    return [name for name, pattern in INLINE.items() if pattern.search(re.sub(r"\{#.*?#\}", "", html))]


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAPERS = ROOT / "templates" / "papers"
"""What PDFs are made of: no page of the site, so each carries its own style; nothing else of the list."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_hold_no_inline_code(path: Path) -> None:
    allowed = ["a style element"] if PAPERS in path.parents else []
    assert [name for name in inline_in(path.read_text(encoding="utf-8")) if name not in allowed] == []


HTML = {
    '<p style="color: red">': True,
    "<div class='a'\n  STYLE='x'>": True,
    "<style>a{}</style>": True,
    '<button onclick="go()">': True,
    '<a href="#" onMouseOver="go()">': True,
    "<script>go()</script>": True,
    '<script type="module">go()</script>': True,
    '<a href="javascript:go()">': True,
    '<div hx-on:click="go()">': True,
    """<div hx-vals='js:{a: go()}'>""": True,
    '<script src="{% static "js/app.js" %}" defer></script>': False,
    '<script type="application/json" id="figures">{}</script>': False,
    '<p class="style-guide" data-once="on">只在 onset 时</p>': False,
    '<div hx-get="/x" hx-vals=\'{"a": 1}\'>': False,
}


@pytest.mark.parametrize("html", HTML)
def test_inline_code_is_found(html: str) -> None:
    assert bool(inline_in(html)) is HTML[html]
