"""Lines of a text as people broke them: noise out, hard-wrapped lines joined, a number that stands alone put before its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

LOOK_ALIKES = str.maketrans({"⼀": "一", "⼆": "二", "⼋": "八", "⼗": "十", "㈠": "㈠", "\u00a0": " ", "\u3000": " ", "\t": " "})
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")
PAGE_NUMBER = re.compile(r"^[-—–―─·\s]*(?:第\s*)?\d{1,3}\s*(?:页(?:\s*[/共，,]\s*(?:共\s*)?\d{1,3}\s*页?)?|/\s*\d{1,3})?[-—–―─·\s]*$")
ONLY_MARK = re.compile(r"^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,3}[.．、])$")
SPACE_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff，。、；：“”《》（）]) +(?=[\u3400-\u9fff，。、；：“”《》（）])")
SPACE_BY_DIGIT = re.compile(r"(?<=[\u4e00-\u9fff，。、；：“”《》（）]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff，。、；：“”《》（）%％])")
NUMBER_FIRST = re.compile(r"^\d{1,3}(?:[.．]\d{1,2}){0,3} +(?![年月日个家名项条件人次亩万亿元％%])")
"""Word processors put a space between figures and words; a number at the start of a line that is followed by one is numbering."""
SPACE_IN_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})((?: \d{3})+)(?=(?:\.\d+)? ?(?:[万亿]?(?:元|亩|人|户|平方)))")
ENDS = tuple("。！？；：.!?;:”」』）)】》…")
SENTENCE_ENDS = tuple("。！？.!?”」』）)】》…")
CUT_ADDRESS = re.compile(r"[\w@][.][a-z]$", re.ASCII)
STARTS = re.compile(
    r"[一二三四五六七八九十]{1,3}[、．]|[（(]\s*[一二三四五六七八九十\d]{1,3}\s*[）)]|\d{1,3}\s*[.．、]|[①-⑳]|第[一二三四五六七八九十]|"
    r"[一二三四五六七八九十]{1,2}是|[【\[]|[\u4e00-\u9fff]{0,4}问题\s*[\d一二三四五六七八九十]|[\u4e00-\u9fff]{2,8}[：:]"
)
ASCII_STOP = re.compile(
    r"(?<=[\u4e00-\u9fff”）)])(?<!^[一二三四五六七八九十])(?<!^[（(][一二三四五六七八九十][）)])[.．](?=[\u4e00-\u9fff“（(\d]|\s|$)"
)
WRAPPED_SHARE, WRAP_SLACK, SHORTEST_WRAP = 0.3, 4, 20


@dataclass(frozen=True)
class Line:
    """One line of the text. ``number`` is its place in the file, counted from one.

    ``heading``: the file says it is a heading. ``in_row``: it is of a table, whose cells nobody wraps into the next one.
    """

    number: int
    text: str
    heading: bool = False
    in_row: bool = False


def tidy(text: str) -> str:
    """Without what nobody sees; spaces between Chinese characters and beside figures are layout, not words."""
    plain = SPACE_IN_CHINESE.sub("", re.sub(r" {2,}", " ", INVISIBLE.sub("", text).translate(LOOK_ALIKES))).strip()
    numbering = NUMBER_FIRST.match(plain)
    first = numbering.end() if numbering else 0
    return plain[:first] + SPACE_BY_DIGIT.sub("", SPACE_IN_NUMBER.sub(lambda found: found[0].replace(" ", ""), plain[first:]))


def lines_of(text: str) -> list[Line]:
    """The lines of a plain text."""
    return usable(Line(number, line) for number, line in enumerate(re.split(r"\r\n?|\n", text), 1))


def usable(lines: Iterable[Line]) -> list[Line]:
    """Tidied lines without page numbers and empty ones, joined where a line was only broken by its width."""
    kept = [replace(line, text=words) for line in lines if (words := tidy(line.text)) and not is_page_number(line.text)]
    return _with_stops(_joined(_with_marks(kept)))


def _with_stops(lines: list[Line]) -> list[Line]:
    """A text whose sentences end in “.” gets full stops; numbers and addresses keep theirs."""
    text = "".join(line.text for line in lines)
    if text.count("。") * 4 > len(ASCII_STOP.findall(text)):
        return lines
    return [replace(line, text=ASCII_STOP.sub("。", line.text)) for line in lines]


def is_page_number(text: str) -> bool:
    """“— 3 —”, “第 3 页 共 9 页”; a bare number is one as well, a date or a number with words is none."""
    return bool(PAGE_NUMBER.match(text.strip()))


def _with_marks(lines: list[Line]) -> list[Line]:
    """A number that stands alone on its line belongs to the next one."""
    found: list[Line] = []
    waiting: Line | None = None
    for line in lines:
        whole = Line(waiting.number, waiting.text + line.text, line.heading) if waiting else line
        waiting = whole if ONLY_MARK.match(whole.text) else None
        if not waiting:
            found.append(whole)
    return [*found, waiting] if waiting else found


def _joined(lines: list[Line]) -> list[Line]:
    """Where most lines are cut at one width, a line without an end goes on in the next."""
    width = _wrap_width(lines)
    if not width:
        return lines
    found: list[Line] = []
    before = ""
    for line in lines:
        is_cut = len(before) >= width - WRAP_SLACK and (not before.endswith(SENTENCE_ENDS) or CUT_ADDRESS.search(before + line.text[:1]))
        if found and is_cut and not (found[-1].heading or found[-1].in_row or line.in_row) and not STARTS.match(line.text):
            found[-1] = Line(found[-1].number, found[-1].text + line.text, line.heading)
        else:
            found.append(line)
        before = line.text
    return found


def _wrap_width(lines: list[Line]) -> int:
    """The width at which the text was wrapped; 0 where it was not."""
    lengths = [len(line.text) for line in lines]
    if len(lengths) < 8:
        return 0
    longest = sorted(lengths)[int(len(lengths) * 0.95) - 1]
    full = [line for line in lines if len(line.text) >= longest - WRAP_SLACK]
    cut = [line for line in full if not line.text.endswith(ENDS)]
    wrapped = longest >= SHORTEST_WRAP and max(lengths) <= longest + 2 * WRAP_SLACK and len(cut) >= 4
    return longest if wrapped and len(full) >= WRAPPED_SHARE * len(lines) else 0
