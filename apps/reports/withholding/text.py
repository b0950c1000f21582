"""How a text is read for red flags: every character stays at its place, so that what is found in the reading is found in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
CHINESE_DIGITS = {ord(written): str(digit) for digit, written in enumerate("〇一二三四五六七八九")} | {ord("零"): "0", ord("幺"): "1"}
SPELLED = re.compile(r"[〇零幺一二三四五六七八九]{7,}")
# What separates the digits of one number: spaces of any kind, dashes, dots, characters that nobody sees.
GAP = r"[\s\-‐‑–—－·.\u00a0\u200b-\u200d\ufeff]"
SENTENCE_ENDS = re.compile(r"[。！？；\n]")


@dataclass(frozen=True)
class Reading:
    """A line as it is written, and as the rules read it: half-width, numbers spelled in Chinese digits as figures."""

    line: str
    plain: str

    def sentence_at(self, start: int, end: int) -> tuple[int, int]:
        """Where the sentence around a span begins and ends, its full stop included."""
        before = [found.end() for found in SENTENCE_ENDS.finditer(self.line, 0, start)]
        after = SENTENCE_ENDS.search(self.line, end)
        return (before[-1] if before else 0), (after.end() if after else len(self.line))

    def around(self, start: int, end: int) -> str:
        """The sentence around a span, as the rules read it."""
        first, last = self.sentence_at(start, end)
        return self.plain[first:last]


def read(line: str) -> Reading:
    """Marks of full width stay, except where they write a number or a letter: Chinese text is full of them."""
    letters = {full: half for full, half in FULL_WIDTH.items() if chr(half).isalnum() or chr(half) in "+-.*"}
    plain = line.translate(letters)
    return Reading(line, SPELLED.sub(lambda found: found[0].translate(CHINESE_DIGITS), plain))


def digits_of(written: str) -> str:
    return re.sub(r"[^0-9Xx]", "", written).upper()
