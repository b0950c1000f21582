"""Names of files that people hand in: one plain name with one ending that says what the file is (security.md S-41, S-46)."""

from __future__ import annotations

import re
import unicodedata

from apps.measures.services.content.verdict import refusal

LONGEST = 160
HIDDEN = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that cannot be seen, and those that turn the reading direction, so that “fdp.exe” reads “exe.pdf”."""
PROGRAMS = re.compile(
    r"exe|com|bat|cmd|scr|pif|msi|dll|jar|jse?|vb[se]|ws[fh]|hta|psm?1|sh|py|pl|php\d?|phtml|aspx?|jsp|cgi|lnk|url|reg|cpl"
    r"|x?html?|shtml|svg|xml|mht|swf|do[ct]m|xl[st]m|xlam|p[op]tm|ppsm|iso|img"
)
"""Endings of what a computer would run or a browser would render."""


def plain_name(given: str) -> str:
    """The last part of a path, at most so long, with its end kept."""
    return given.replace("\\", "/").rpartition("/")[2][-LONGEST:]


def ending_of(name: str) -> str:
    """The ending in lower case; empty where there is none. A name that would deceive its reader is refused."""
    if any(char in HIDDEN or unicodedata.category(char) == "Cc" for char in name):
        raise refusal("文件名里有看不见的或改变文字方向的字符，请重新命名后再传")
    stem, dot, ending = name.rpartition(".")
    inner = [part.strip().lower() for part in stem.split(".")[1:]]
    if any(PROGRAMS.fullmatch(part) for part in inner):
        raise refusal(f"文件名“{name}”有两个扩展名，容易误认，请重新命名后再传")
    return ending.lower() if dot and stem.strip() else ""
