"""Lines of a text as people broke them: noise out, hard-wrapped lines joined, a number that stands alone put before its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

SPACES = "\t\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
LOOK_ALIKES = str.maketrans({"⼀": "一", "⼆": "二", "⼋": "八", "⼗": "十", "㈠": "㈠", **dict.fromkeys(SPACES, " ")})
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]")
PAGE_NUMBER = re.compile(r"^[-—–―─·\s]*(?:第\s*)?\d{1,3}\s*(?:页(?:\s*[/共，,]\s*(?:共\s*)?\d{1,3}\s*页?)?|/\s*\d{1,3})?[-—–―─·\s]*$")
ONLY_MARK = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,3}[.．、]|PART\.?\s*\d{1,2})$", re.IGNORECASE
)
SPACE_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff，。、；：“”《》（）]) +(?=[\u3400-\u9fff，。、；：“”《》（）])")
SPACE_BY_DIGIT = re.compile(r"(?<=[\u4e00-\u9fff，。、；：“”《》（）]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff，。、；：“”《》（）%％])")
NUMBER_FIRST = re.compile(r"^\d{1,3}(?:[.．-]\d{1,2}){0,3} +(?!年(?![轻度终])|[月日个家名项条件人次亩万亿元％%])")
"""Word processors put a space between figures and words; a number at the start of a line that is followed by one is numbering."""
NARROW_IN_NUMBER = re.compile(r"(?<=\d)[\u2006\u2009\u202f](?=\d{3}(?!\d))")
ORDERED = r"(?<![\d.,第表图件题施务项号单比面组段次款类])(?<![第表图件题施务项号单比面组段次款类] )"
SPACE_IN_NUMBER = re.compile(
    rf"{ORDERED}(?:\d{{1,3}}(?: \d{{3}}){{1,4}}(?=(?:\.\d+)? ?[万亿]?(?:元|亩|人|户|平方))"
    r"|(?<=[\u4e00-\u9fff])\d{1,3}(?: \d{3}){1,4}(?=(?:\.\d+)? ?[\u4e00-\u9fff％%]))"
)
"""GB/T 15835 lets a narrow space stand between thousands: 处方8 600张. A number of something (措施1 200亩) is not of them."""
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
RUN, SIGNED_WITHIN = 150, 70
BOLD, LONGEST_BOLD = 9, 60
TITLE_RUN = re.compile(
    r".{0,40}?(?:关于|巡[视察]).{2,60}?(?:通报|公告|公示|报告)(?=一、|根据|按照?|经|为|现将|(?:20)\d\d年|[\u4e00-\u9fff、，]{2,24}[：:]|[省市县区校]委)"
)
SIGNED_RUN = re.compile(
    r"(?:^|(?<=[。！；])|(?<=\d)(?![年月日号个项条件人元]))(?P<who>[\u4e00-\u9fff（）]{2,36}?(?:委员会|党组|党委|工委|党支部|党总支|[省市县区旗州]委|办公室|公司))"
    r"\s*(?P<day>(?:20\d\d|二[〇○零0][一二三四五六七八九〇○零]{2})年.{1,3}月(?:.{1,4}日)?)$"
)
TITLE_END = re.compile(r"(?:关于|巡[视察]).{0,60}(?:通报|公告|公示|报告)$")
SPACED_LABEL = re.compile(
    r"^((?:反馈|存在|具体)问题|问题表现|整改(?:措施|情况|进展|结果|成效|状态|时限|完成情况)|"
    r"(?:责任|牵头|配合)单位|责任领导|责任人|完成时限) +(?=\S)"
)
"""A label that a space parts from its words."""
MISREAD = re.compile(r"^(?:[—–－-](?=、)|[（(][—–－-][）)])")
"""A number that a scanner took for a dash."""
SECOND = re.compile(r"^(?:二、|[（(]二[）)])")
CONTENTS, CONTENTS_WITHIN = re.compile(r"(?:[.．…·] ?){3,60}\d{1,3}$"), 90
"""A line of the list of contents."""
MARKDOWN = re.compile(r"^\s*#{1,6}\s+|^\s*\*\*(?P<bold>[^*\s][^*]*)\*\*(?=\s*$|[：:。])|^\s*\*\*(?P<label>[^*\s][^*]*[：:。])\*\*")
"""What editors of plain text put around headings; 李** is a name that is left out."""
WRAPPED_SHARE, WRAP_SLACK, SHORTEST_WRAP = 0.3, 4, 23


@dataclass(frozen=True)
class Line:
    """One line of the text. ``number`` is its place in the file, counted from one.

    ``heading``: the file says it is a heading, of this level (0: it is none).
    ``in_row``: it is of a table, whose cells nobody wraps into the next one.
    """

    number: int
    text: str
    heading: int = 0
    in_row: bool = False


def tidy(text: str) -> str:
    """Without what nobody sees; spaces between Chinese characters and beside figures are layout, not words."""
    shown = NARROW_IN_NUMBER.sub("", INVISIBLE.sub("", text)).translate(LOOK_ALIKES)
    shown = MARKDOWN.sub(lambda found: found["bold"] or found["label"] or "", shown)
    plain = SPACE_IN_CHINESE.sub("", SPACED_LABEL.sub(r"\1：", re.sub(r" {2,}", " ", shown).strip())).strip()
    numbering = NUMBER_FIRST.match(plain)
    first = numbering.end() if numbering else 0
    return plain[:first] + SPACE_BY_DIGIT.sub("", SPACE_IN_NUMBER.sub(lambda found: found[0].replace(" ", ""), plain[first:]))


def lines_of(text: str) -> list[Line]:
    """The lines of a plain text."""
    return usable(Line(number, line) for number, line in enumerate(re.split(r"\r\n?|\n", text), 1))


def usable(lines: Iterable[Line]) -> list[Line]:
    """Tidied lines without page numbers and empty ones, joined where a line was only broken by its width."""
    kept = [replace(line, text=words) for line in lines if (words := tidy(line.text)) and not is_page_number(line.text)]
    return _with_ends(_with_stops(_joined(_with_marks(_with_headings(_as_scanned(_without_contents(kept)))))))


def _without_contents(lines: list[Line]) -> list[Line]:
    """Without a list of contents; one line alone that ends in dots and a number is none."""
    listed = [bool(CONTENTS.search(line.text, max(0, len(line.text) - CONTENTS_WITHIN))) for line in lines]
    runs = [
        is_listed and (before or after) for before, is_listed, after in zip([False, *listed], listed, [*listed[1:], False], strict=False)
    ]
    return [line for line, is_contents in zip(lines, runs, strict=True) if not is_contents]


def _as_scanned(lines: list[Line]) -> list[Line]:
    """A dash where 一 was: only what a second number follows before the next dash; bullets are dashes too."""
    found, is_followed = list(lines), False
    for place in range(len(lines) - 1, -1, -1):
        text = lines[place].text
        if MISREAD.match(text):
            if is_followed:
                words = MISREAD.sub(lambda mark: re.sub("[—–－-]", "一", mark[0]), text)
                found[place] = replace(lines[place], text=words)
            is_followed = False
        elif SECOND.match(text):
            is_followed = True
    return found


def _with_headings(lines: list[Line]) -> list[Line]:
    """Lines in bold are headings where few are: a page that is all in bold says nothing by it."""
    bold = sum(line.heading == BOLD for line in lines)
    if bold * 3 <= len(lines):
        return lines
    return [replace(line, heading=0) if line.heading == BOLD else line for line in lines]


def bold_level(text: str) -> int:
    """The level of a paragraph that is bold as a whole; a sentence or a label in bold is no heading."""
    words = text.strip()
    return BOLD if 3 < len(words) <= LONGEST_BOLD and not words.endswith(("。", "；", "，", "：", ":", ";")) else 0


def _with_ends(lines: list[Line]) -> list[Line]:
    """Where all line breaks are gone, title and signature are parted from the run of words between them."""
    found = list(lines)
    if found and len(found[0].text) > RUN and (title := TITLE_RUN.match(found[0].text)):
        first = found[0]
        found[:1] = [Line(first.number, title[0]), Line(first.number, first.text[title.end() :])]
    if found and (signed := SIGNED_RUN.search(found[-1].text, max(0, len(found[-1].text) - SIGNED_WITHIN))):
        last = found[-1]
        parts = (last.text[: signed.start()].strip(), signed["who"].strip(), signed["day"])
        found[-1:] = [Line(last.number, words) for words in parts if words]
    return found


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
        is_cut = is_cut and not (STARTS.match(line.text) or TITLE_END.search(before))
        if found and is_cut and not (found[-1].heading or found[-1].in_row or line.in_row):
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
