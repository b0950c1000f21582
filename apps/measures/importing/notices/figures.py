"""Figures of a text: value, unit, what is counted in the words beside it, and the day it is read as of."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from apps.measures.importing.notices.draft import Figure
from apps.measures.importing.notices.lines import Line
from apps.measures.numbers.days import Period
from apps.measures.numbers.numerals import Numeral, numerals_in
from apps.measures.numbers.phrases import AREA, MONEY, PEOPLE, RATIOS

SENTENCE = re.compile(r"[^。！？!?；;\n]{1,1500}[。！？!?；;\n]?|[。！？!?；;\n]")
"""Nobody writes longer sentences; one that is longer is cut, so that no text takes forever."""
CLAUSE = re.compile(r"[，,。；;：:！!？?、（）()\n]")
NAMING = re.compile(r"(?:制定|制订|出台|印发|修订|建立|研究|实施|纳入|完善|发布|下达|编制|落实|签订|召开|启动|开展|组织)$")
COMPARED = re.compile(r"(?:较|比|同比|相比|与)$")
NOW = re.compile(r"(?:截至|截止)?(?:目前|当前|今年)")
LEADING = re.compile(
    r"^(?:截至|截止|目前|累计|共计?|已经?|现已?|并|其中|共有|分别|涉及|对|将|由|年|度|以来|全年|今年来?|期间|有|均|又|"
    r"还|达到?|为|约(?![谈见束请])|超过?|近|"
    r"于|的|该|至|到(?![位账期岗户会])|各|等|和|与|及|后|中)+"
)
TRAILING = re.compile(
    r"(?:达到?|共计?|为|至|到|约|超过?|近|有|了|已|累计|等|的|提高到?|增长|下降|降低至?|降至|升至|上升|减少|增加|新增|完成|分别)+$"
)
NAME_LENGTH, SHORTEST_NAME = 40, 3
STOP = re.compile("[，,；;。]")
COUNTED = re.compile(r"[\u4e00-\u9fff](?<![岁号楼级版届之时点至到和与及的是为在比：])")
WINDOW = 100
"""How far from a number its name and its day are looked for."""


def figures_in(lines: Iterable[Line], published: dt.date | None = None) -> list[Figure]:
    """Every figure of these lines; a day after the notice's own is the name of a plan, not a day read as of.

    A number before words that are no known unit (17卷) comes without a unit: what it counts is for people to say.
    """
    found: list[Figure] = []
    for line in lines:
        for match in SENTENCE.finditer(line.text):
            if match[0].strip():
                found += _of_sentence(match[0], line.number, published)
    return found


def _of_sentence(sentence: str, line: int, published: dt.date | None) -> list[Figure]:
    numerals = numerals_in(sentence)
    told = [numeral for numeral in numerals if numeral.kind != "none"]
    days = deque(numeral for numeral in told if numeral.period and _dates_a_figure(numeral, sentence, published))
    now = NOW.search(sentence)
    before: Numeral | None = None
    found: list[Figure] = []
    for place, numeral in enumerate(told):
        if days and days[0] is numeral:
            before = days.popleft()
        elif numeral.kind == "quantity" and (numeral.unit or COUNTED.match(sentence, numeral.end)):
            said = _Said(before, _after(numeral, days[0], sentence) if days else None, "")
            if now and now.end() <= numeral.start:
                said = replace(said, now=now[0])
            left = told[place - 1].end if place else 0
            right = told[place + 1].start if place + 1 < len(told) else len(sentence)
            found.append(_figure(numeral, said, name_of(numeral, sentence, left, right), sentence, line))
    return found


@dataclass(frozen=True)
class _Said:
    """What a sentence says of the day of a figure: the last date before it, one right after it, or 目前."""

    before: Numeral | None
    after: Numeral | None
    now: str


def _after(numeral: Numeral, day: Numeral, sentence: str) -> Numeral | None:
    near = day.start - numeral.end <= WINDOW and not STOP.search(sentence, numeral.end, day.start)
    return day if near else None


def _dates_a_figure(numeral: Numeral, sentence: str, published: dt.date | None) -> bool:
    """Whether a date tells when something was read: no year in a plan's name, no day to come, no day without a year."""
    period = numeral.period
    if period is None or not period.has_year:
        return False
    left = sentence[max(0, numeral.start - WINDOW) : numeral.start]
    if COMPARED.search(left):
        return False
    if published and period.start > published:
        return False
    return not NAMING.search(left)


def _figure(numeral: Numeral, said: _Said, name: str, sentence: str, line: int) -> Figure:
    day = said.before or said.after
    period = day.period if day else None
    as_of = _as_of(period, sentence, day)
    written = day.written if day else said.now
    if as_of and day and sentence.endswith(("截至", "截止"), 0, day.start):
        written = f"截至{day.written}"
    return Figure(
        numeral.written,
        numeral.values,
        numeral.unit,
        numeral.scale,
        kind_of(numeral.unit),
        name,
        as_of,
        written,
        bool(as_of and said.before),
        numeral.about,
        line,
        sentence.strip(),
    )


def _as_of(period: Period | None, sentence: str, day: Numeral | None) -> dt.date | None:
    """The last day of the period; one that still runs (2024年以来) has none."""
    if period is None or day is None or period.since:
        return None
    whole_year = period.until - period.start > dt.timedelta(days=360)
    left = sentence[: day.start].strip()
    if whole_year and left and not left.endswith(("截至", "截止", "，", ",", "；", ";", "、", "。")):
        return None  # 2024年 within a clause names something (2024年积压线索) more often than the day of a count
    return period.until


def kind_of(unit: str) -> str:
    """The kind of an indicator that the unit speaks of."""
    for units, kind in ((MONEY, "money"), (PEOPLE, "people"), (AREA, "area"), (RATIOS, "ratio")):
        if unit in units:
            return kind
    return "count"


def name_of(numeral: Numeral, sentence: str, left_end: int, right_start: int) -> str:
    """What is counted: the words before the number in its clause, and those after it where too few stand before.

    ``left_end`` and ``right_start`` are where the numbers beside it end and begin.
    """
    first = max(left_end, numeral.start - WINDOW)
    start = max([first, *(match.end() for match in CLAUSE.finditer(sentence, first, numeral.start) if match[0] != "、")])
    last = min(right_start, numeral.end + WINDOW)
    stop = CLAUSE.search(sentence, numeral.end, last)
    end = stop.start() if stop else last
    left = TRAILING.sub("", LEADING.sub("", sentence[start : numeral.start].strip(' 、“”"（(')))
    right = sentence[numeral.end : end].strip(' 、“”"）)。；;')
    if len(left) >= SHORTEST_NAME:
        return left[-NAME_LENGTH:]
    joined = f"{left}{right}".strip("，,、") or sentence[max(0, numeral.start - NAME_LENGTH) : numeral.start].strip()
    return LEADING.sub("", joined)[:NAME_LENGTH] or numeral.written
