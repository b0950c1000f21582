"""Where the title of a notice breaks: into lines of about the same length, between words, as a typist would (domain.md §2.5)."""

from __future__ import annotations

import itertools
import math

FITS = 20
"""Characters of size 2 in a line of the type area: 156 mm at 22 pt."""
NOTE_FITS = 36
"""The same of a note at 12 pt."""
OPENING, CLOSING = "“‘《〈（〔【", "”’》〉）〕】，。、；：！？"
WORDS = (
    *("关于", "中共", "省委", "市委", "区委", "县委", "党组", "巡视", "巡察", "整改", "进展", "情况", "通报", "公告", "报告", "反馈"),
    *("标题", "版次", "发布", "时间", "台账", "序号", "示例", "数据", "演示", "版本", "文字", "公开", "正式"),
    *("意见", "问题", "集中", "落实", "专项", "以来", "工作", "委员会", "领导", "小组", "办公室"),
)
TURN = "关于"
TURN_IS_WORTH = 24


def title_lines(title: str, fits: int = FITS) -> list[str]:
    """The lines of a title. What is short enough stays on one line; 关于 begins a line where that costs little balance."""
    count = math.ceil(width_of(title) / fits)
    if count < 2:
        return [title]
    places = [place for place in range(1, len(title)) if _may_break(title, place)]
    found = [_cut(title, breaks) for breaks in itertools.combinations(places, count - 1)]
    fitting = [lines for lines in found if max(map(width_of, lines)) <= fits]
    return min(fitting, key=_ugliness) if fitting else [title]


def width_of(words: str) -> float:
    """In characters; Latin letters and digits are half as wide."""
    return sum(0.5 if character.isascii() else 1 for character in words)


def _may_break(title: str, place: int) -> bool:
    before, after = title[place - 1], title[place]
    if before in OPENING or after in CLOSING or (before.isascii() and after.isascii()) or after == "的":
        return False
    return not any(title.startswith(word, start) for word in WORDS for start in range(max(0, place - len(word) + 1), place))


def _cut(title: str, breaks: tuple[int, ...]) -> list[str]:
    return [title[start:end] for start, end in itertools.pairwise((0, *breaks, len(title)))]


def _ugliness(lines: list[str]) -> float:
    widths = [width_of(line) for line in lines]
    mean = sum(widths) / len(widths)
    return sum((width - mean) ** 2 for width in widths) - TURN_IS_WORTH * sum(line.startswith(TURN) for line in lines[1:])
