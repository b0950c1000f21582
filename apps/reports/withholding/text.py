"""How a text is read for red flags: every character stays at its place, so that what is found in the reading is found in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Behind the first two planes there are no digits, and every process that starts would look through them.
FIGURES = {
    code: str(unicodedata.digit(chr(code)))
    for code in range(0x80, 0x20000)
    if unicodedata.digit(chr(code), None) is not None and code not in FULL_WIDTH
}
"""Digits of every script, circled, raised and in brackets: ③, ⁵, 𝟗, ٣."""
CHINESE_DIGITS = {ord(written): str(digit) for digit, written in enumerate("〇一二三四五六七八九")}
CHINESE_DIGITS |= {ord(written): str(digit) for digit, written in enumerate("零壹贰叁肆伍陆柒捌玖")} | {ord("幺"): "1", ord("○"): "0"}
# What separates the digits of one number: spaces of any kind, dashes, dots, characters that nobody sees.
HIDDEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
)
GAP = rf"[\s\-‐‑‒–—―－·.．•_~{HIDDEN}]{{0,3}}"
SPELT = "[〇零○幺一二三四五六七八九壹贰叁肆伍陆柒捌玖0-9]"
SPELLED = re.compile(rf"{SPELT}(?:{GAP}{SPELT}){{6,}}")
LETTERS: dict[int, int | str] = {full: half for full, half in FULL_WIDTH.items() if chr(half).isalnum() or chr(half) in "+-.*@"}
LETTERS |= FIGURES
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
    plain = line.translate(LETTERS)
    return Reading(line, SPELLED.sub(lambda found: found[0].translate(CHINESE_DIGITS), plain))


def digits_of(written: str) -> str:
    return re.sub(r"[^0-9Xx]", "", written).upper()


UNSEEN = re.compile(rf"[{HIDDEN}\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff]+")


def hidden_characters(reading: Reading) -> Iterator[tuple[int, int]]:
    """What no reader sees, and digits of other scripts: neither is written into a notice by hand."""
    yield from (found.span() for found in UNSEEN.finditer(reading.line))
    for at, sign in enumerate(reading.line):
        if sign.isdecimal() and not sign.isascii() and ord(sign) not in FULL_WIDTH:
            yield at, at + 1
