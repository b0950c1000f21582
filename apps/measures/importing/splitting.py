"""Several measures in one cell, told apart: numbered (1. （1） ① 一是 一、 第一), by semicolons, or a line each.

A numbering counts only where it runs from one without a gap and stands where an item can begin; “1.5 亿元”, “2025.8.31” and numbers
inside an item are none. Nothing of the text is lost: what stands before the first number is kept with the first item.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DIGITS = "零一二三四五六七八九"
CIRCLED = {char: number for number, char in enumerate("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", start=1)}
CIRCLED |= {char: number for number, char in enumerate("❶❷❸❹❺❻❼❽❾❿", start=1)}
BRACKETED = {char: number for number, char in enumerate("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇", start=1)}
DOTTED = {char: number for number, char in enumerate("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛", start=1)}
CHINESE = r"[一二三四五六七八九十]{1,3}"
LEADS = re.compile(r"[:：]\s*$")
SHORTEST = 4


@dataclass(frozen=True)
class Split:
    """The items of a cell. ``how``: numbered, semicolons, lines, or whole; ``lead``: words before the first number that were set aside;
    ``gap``: a numbering that begins but does not run on, so that the cell should be looked at."""

    items: list[str]
    how: str = "whole"
    lead: str = ""
    gap: str = ""


@dataclass(frozen=True)
class Mark:
    """A number where an item can begin."""

    start: int
    end: int
    number: int


@dataclass(frozen=True)
class Style:
    """A way of numbering."""

    pattern: re.Pattern[str]
    number: Callable[[str], int]
    anywhere: bool = False
    """Whether the mark is nothing else but a number of an item, wherever it stands."""


def chinese_number(words: str) -> int:
    """Up to ninety-nine; zero where it is none."""
    if "十" in words:
        tens, _ten, ones = words.partition("十")
        if len(tens) > 1 or len(ones) > 1:
            return 0
        return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)
    return DIGITS.index(words) if len(words) == 1 and words in DIGITS else 0


def _figure(words: str) -> int:
    return int(unicodedata.normalize("NFKC", words))


def _either(words: str) -> int:
    return chinese_number(words) if words[0] in DIGITS + "十" else _figure(words)


STYLES = (
    Style(re.compile(r"第(" + CHINESE + r")(?:[,，、:：.．]|是)\s*"), chinese_number),
    Style(
        re.compile(r"(?<![0-9０-９第.．])([0-9０-９]{1,2})\s*(?:[、．]|\.(?:(?![0-9０-９])|(?=20\d\d\s*年))|[,，](?![0-9０-９]))\s*"),
        _figure,
    ),
    Style(re.compile(r"[(（]\s*([0-9０-９]{1,2})\s*[)）]\s*[、.．,，]?\s*"), _figure, anywhere=True),
    Style(re.compile(r"(?<![0-9０-９(（])([0-9０-９]{1,2})\s*[)）]\s*[、.．]?\s*"), _figure),
    Style(re.compile("([" + "".join(CIRCLED) + r"])\s*[、.．]?\s*"), CIRCLED.__getitem__, anywhere=True),
    Style(re.compile("([" + "".join(BRACKETED) + r"])\s*[、.．]?\s*"), BRACKETED.__getitem__, anywhere=True),
    Style(re.compile("([" + "".join(DOTTED) + r"])\s*"), DOTTED.__getitem__, anywhere=True),
    Style(re.compile(r"(" + CHINESE + r")\s*是(?:要)?\s*(?=[^一-鿿]|[一-鿿])"), chinese_number),
    Style(re.compile(r"[(（]\s*(" + CHINESE + r")\s*[)）]\s*[、.．,，]?\s*"), chinese_number),
    Style(re.compile(r"(?<![一二三四五六七八九十])(" + CHINESE + r")\s*[、．.]\s*"), chinese_number),
    Style(re.compile(r"(?:措施|任务|举措)([0-9０-９]{1,2}|" + CHINESE + r")\s*[:：、.．]\s*"), _either),
)
BEGINS = "。；;！!？?：:，,、…”’）)】》\n\r\t \u3000\u00a0"


def split(text: str, *, semicolons: bool = True) -> Split:
    """The items of a cell; one where it holds one."""
    plain = text.strip()
    if numbered := _numbered(plain):
        return numbered
    gap = _began(plain)
    if semicolons and not gap:
        for how, parts in (("lines", _lines(plain)), ("semicolons", _semicolons(plain))):
            if len(parts) > 1:
                return Split(parts, how)
    return Split([plain] if plain else [], gap=gap)


def numbered_items(text: str) -> list[str]:
    """The items of a numbered cell; none where it is not numbered."""
    found = _numbered(text.strip())
    return found.items if found else []


def _numbered(text: str) -> Split | None:
    """By the style whose first number stands first: what is numbered within an item is part of it."""
    chains = [chain for style in STYLES if len(chain := _chain(text, style)) > 1]
    if not chains:
        return None
    marks = min(chains, key=lambda chain: (chain[0].start, -len(chain)))
    lead = text[: marks[0].start].strip()
    bounds = [*(mark.start for mark in marks[1:]), len(text)]
    items = [_trimmed(text[mark.end : end]) for mark, end in zip(marks, bounds, strict=True)]
    if any(len(item) < 2 for item in items):
        return None
    if lead and not _is_heading(lead):
        items[0] = f"{lead}{'' if lead[-1] in '，,：:。；;' else '：'}{items[0]}"
        lead = ""
    return Split(items, "numbered", lead)


def _chain(text: str, style: Style) -> list[Mark]:
    """The numbers of a style, from one on without a gap, each at the first place where it can stand.

    A cell that begins with “1.” may go on without any mark between the items (1.修订办法2.开展培训).
    """
    chain = _run(_marks(text, style))
    if len(chain) == 1 and chain[0].start == 0:
        return _run(_marks(text, style, loose=True))
    return chain


def _run(marks: Iterator[Mark]) -> list[Mark]:
    chain: list[Mark] = []
    for mark in marks:
        if mark.number == len(chain) + 1:
            chain.append(mark)
    return chain


def _marks(text: str, style: Style, *, loose: bool = False) -> Iterator[Mark]:
    for found in style.pattern.finditer(text):
        before = text[: found.start()]
        number = style.number(found[1])
        begins = style.anywhere or not before.strip() or before[-1] in BEGINS
        follows = loose and bool(re.match(r"[一-鿿《“]", text[found.end() : found.end() + 1])) and "是" not in found[0]
        if number and (begins or follows):
            yield Mark(found.start(), found.end(), number)


def without_number(text: str) -> str:
    """The text of a row without the number that the list gave it (“2.开展培训”, “（3）…”, “②…”)."""
    for style in STYLES[1:7]:
        found = style.pattern.match(text)
        if found and style.number(found[1]) and len(text) - found.end() > 1:
            return text[found.end() :]
    return text


def _began(text: str) -> str:
    """The first number of a numbering that does not run on (1. … 3. …), as it stands there."""
    for style in STYLES[1:7]:
        marks = list(_marks(text, style))
        if len(marks) > 1 and marks[0].start == 0 and marks[0].number == 1:
            return f"{text[marks[0].start : marks[0].end].strip()}…{text[marks[1].start : marks[1].end].strip()}"
    return ""


def _lines(text: str) -> list[str]:
    """A line each, where every line but the last ends a sentence, or begins with a bullet."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return []
    if all(re.match(r"[-—–•·●○◆◇■□★▪▲*]", line) for line in lines):
        return [_trimmed(re.sub(r"^[-—–•·●○◆◇■□★▪▲*]+\s*", "", line)) for line in lines]
    if all(line[-1] in "。；;.！" for line in lines[:-1]) and all(len(line) > SHORTEST for line in lines):
        return [_trimmed(line) for line in lines]
    return []


def _semicolons(text: str) -> list[str]:
    """At semicolons outside of brackets and quotation marks."""
    parts, depth, last = [], 0, 0
    for place, char in enumerate(text):
        depth = max(0, depth + (char in "（(《“【[") - (char in "）)》”】]"))
        if char in "；;" and depth == 0:
            parts.append(text[last:place])
            last = place + 1
    parts = [_trimmed(part) for part in (*parts, text[last:]) if part.strip()]
    return parts if len(parts) > 1 and all(len(part) >= SHORTEST for part in parts) else []


def _trimmed(item: str) -> str:
    """Without the mark that parted it from the next one; a full stop stays."""
    joined = re.sub(r"[ \t\u3000]*\n\s*", "\n", item.strip())
    return joined.rstrip("；;，,、 \u3000\n")


def _is_heading(lead: str) -> bool:
    """“整改措施：” and the like say nothing of their own."""
    return bool(LEADS.search(lead)) and len(lead) <= 20 and bool(re.search(r"措施|任务|举措|做法|如下|工作|方面", lead))
