"""Dates as offices write them: “2025年8月底前”, “6月20日”, “长期坚持”, “3个月内”, serial numbers of spreadsheets.

A period means its last day. What cannot be told is said to be unknown, never guessed; a year that was not written is reckoned from the
day of the feedback and marked as reckoned.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from apps.measures.importing.sheets import Plain, plain_text

EARLIEST, LATEST = 2000, 2100
SERIALS = range(36526, 73051)
"""Days of spreadsheets from 2000 to 2099."""
EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Deadline:
    """What a cell says of the time: a day, a number of months or working days from the feedback, or none (长期坚持).

    ``at_once``: to be done without delay (立行立改); ``reckoned``: the year was not written.
    """

    due_on: dt.date | None = None
    months: int = 0
    working_days: int = 0
    days: int = 0
    long_term: bool = False
    at_once: bool = False
    reckoned: bool = False
    finished: bool = False

    @property
    def is_known(self) -> bool:
        return bool(self.due_on or self.months or self.working_days or self.days or self.long_term)


UNKNOWN = Deadline()
LONG_TERM = re.compile(
    r"长期|常态|持续(?:推进|坚持|整改|抓好|用力|深化|巩固|落实|开展|跟进|加强)|坚持不懈|一以贯之|常抓不懈|贯穿始终|久久为功|^持续$|^坚持$|日常工作|经常性"
)
AT_ONCE = re.compile(r"立行立改|即知即改|即行即改|立即|马上|立改立行|边查边改|立整立改|即查即改|立查立改")
FINISHED = re.compile(r"已(?:经)?(?:全部)?(?:完成|整改|办结|销号|落实|到位)|完成整改")
CONCENTRATED = re.compile(r"集中整改(?:期|阶段|期限)")
CHINESE = {
    "零": 0,
    "〇": 0,
    "○": 0,
    "Ο": 0,
    "O": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
NUMERAL = r"[零〇○一二两三四五六七八九十]"

YEAR = r"(?P<year>(?:20)?\d{2}|今|本|明|次|当|去)\s*年度?"
MONTH = r"(?<!\d)(?P<month>1[0-2]|0?[1-9])\s*月份?"
DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)\s*[日号]"
RANGE = re.compile(r"\s*(?:-{1,2}|—+|–|~|至|到|起至)\s*")


def deadline_of(value: Plain | None, feedback_on: dt.date, concentrated_months: int = 6) -> Deadline:
    """What the cell says; ``feedback_on`` gives a year to days that have none, the concentrated period (集中整改期) has so many months."""
    if isinstance(value, dt.datetime):
        return _day(value.date())
    if isinstance(value, dt.date):
        return _day(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value)
    words = tidied(plain_text(value))
    if not words:
        return UNKNOWN
    found = _of_words(words, feedback_on)
    if not found.is_known and CONCENTRATED.search(words):
        found = Deadline(months=concentrated_months)
    long_term = bool(LONG_TERM.search(words))
    at_once = bool(AT_ONCE.search(words))
    finished = bool(FINISHED.search(words)) and not found.is_known
    return replace(found, long_term=long_term, at_once=at_once, finished=finished)


def tidied(words: str) -> str:
    """Half-width digits and marks, no blanks between, Chinese numerals of dates as digits."""
    plain = re.sub(r"(?<=\d)[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$", "", unicodedata.normalize("NFKC", words).strip())
    plain = re.sub(r"\s+", "", plain.replace("\u200b", ""))
    plain = re.sub(r"[零〇○Ο一二三四五六七八九]{4}(?=年)", _year_digits, plain)
    plain = re.sub(NUMERAL + r"{2}(?=年[^内以之])", lambda found: _year_digits(found) if "十" not in found[0] else found[0], plain)
    return re.sub(NUMERAL + r"{1,3}(?=个|月|日|号|周|天|年内|季度|工作日)", _small_number, plain)


def _year_digits(found: re.Match[str]) -> str:
    return "".join(str(CHINESE[char]) for char in found[0])


def _small_number(found: re.Match[str]) -> str:
    """Up to ninety-nine: 十, 十二, 二十, 二十八, 三."""
    words = found[0]
    if "十" not in words:
        return "".join(str(CHINESE[char]) for char in words)
    tens, _ten, ones = words.partition("十")
    return str(CHINESE.get(tens, 1) * 10 + CHINESE.get(ones, 0))


def _day(day: dt.date, *, reckoned: bool = False) -> Deadline:
    return Deadline(due_on=day, reckoned=reckoned) if EARLIEST <= day.year <= LATEST else UNKNOWN


def _of_number(value: float) -> Deadline:
    """20250831, a serial number, or 2025.8, which a program took for a number."""
    if not math.isfinite(value):
        return UNKNOWN
    whole = int(value)
    if value == whole and re.fullmatch(r"20\d{6}", str(whole)):
        return _built(whole // 10000, whole // 100 % 100, whole % 100)
    if whole in SERIALS:
        return _day(EPOCH + dt.timedelta(days=whole))
    month = re.fullmatch(r"(20\d\d)\.(\d{1,2})", f"{value:.10g}")
    if month and month[2] != "1":  # 2025.1 may have been 2025.10
        return _month_end(int(month[1]), int(month[2]))
    return UNKNOWN


def _of_words(words: str, feedback_on: dt.date) -> Deadline:
    pieces = [piece for piece in RANGE.split(words) if piece] if _is_range(words) else [words]
    if len(pieces) > 1:
        last = _single(pieces[-1], feedback_on, year_of=_year_in(pieces[0]))
        if last.is_known:
            return last
    return _single(words, feedback_on)


def _is_range(words: str) -> bool:
    """“2025年3月-8月” and not “2025-08-31”."""
    return (
        bool(re.search(r"[年月日号\d](?:起)?(?:至|到|—+|–|~|--)\S*\d", words))
        or bool(re.search(r"[年月日号]-\d", words))
        or bool(re.search(r"\d[./]\d+(?:[./]\d+)?-\d+[./]\d", words))
    )


def _year_in(words: str) -> int | None:
    found = re.search(r"(20\d\d)(?:\s*年|[./-])", words)
    return int(found[1]) if found else None


def _single(words: str, feedback_on: dt.date, *, year_of: int | None = None) -> Deadline:
    return next((found for find in FINDERS if (found := find(words, feedback_on, year_of)).is_known), UNKNOWN)


def _numeric(words: str, _feedback_on: dt.date, _year_of: int | None) -> Deadline:
    """2025-08-31, 2025/8/31, 2025.8.31, 20250831, 2025-08."""
    found = _last(r"(?<!\d)(20\d\d)[-./](\d{1,2})[-./](\d{1,2})(?!\d)", words)
    if found:
        return _built(int(found[1]), int(found[2]), int(found[3]))
    found = _last(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)", words)
    if found:
        return _built(int(found[1]), int(found[2]), int(found[3]))
    found = _last(r"(?<!\d)(20\d\d)[-./](\d{1,2})(?![\d./-])", words)
    if found:
        return _month_end(int(found[1]), int(found[2]))
    serial = re.fullmatch(r"(\d{5})(?:\.0+)?", words)
    return _of_number(int(serial[1])) if serial else UNKNOWN


def _with_year(words: str, feedback_on: dt.date, _year_of: int | None) -> Deadline:
    """2025年8月31日, 2025年8月底, 2025年8月中旬, 2025年第三季度, 2025年上半年, 2025年底."""
    found = _last(YEAR, words)
    if found is None:
        return UNKNOWN
    year, reckoned = _year(found["year"], feedback_on)
    rest = words[found.end() :]
    if not EARLIEST <= year <= LATEST or re.match(r"(?:内|以内|之内|左右)", rest):
        return UNKNOWN
    return _within_year(rest, year, reckoned=reckoned, whole=True)


def _last(pattern: str, words: str) -> re.Match[str] | None:
    """The last place: of several stages, the end of the last one counts."""
    return next(reversed(list(re.finditer(pattern, words))), None)


def _within_year(rest: str, year: int, *, reckoned: bool, whole: bool) -> Deadline:
    """The part of a year that the words name; the whole year where they name none and ``whole``."""
    half = re.match(r"(上|下)半年", rest)
    if half:
        return _day(dt.date(year, 6, 30) if half[1] == "上" else dt.date(year, 12, 31), reckoned=reckoned)
    quarter = re.match(r"第?([1-4])季度", rest)
    if quarter:
        return _month_end(year, int(quarter[1]) * 3, reckoned=reckoned)
    days = list(re.finditer(MONTH + r"(?:" + DAY + r")?", rest))
    if days:
        found = days[-1]
        month, day = int(found["month"]), found["day"]
        if day:
            return _built(year, month, int(day), reckoned=reckoned)
        return _part_of_month(rest[found.end() :], year, month, reckoned=reckoned)
    if whole and re.match(r"(?:年?底|年?末|底|末|内|前|以前|之前|全年|终|$|[(,，。;；、])", rest):
        return _day(dt.date(year, 12, 31), reckoned=reckoned)
    return UNKNOWN


def _without_year(words: str, feedback_on: dt.date, year_of: int | None) -> Deadline:
    """6月20日, 8月底前, 第三季度, 年底前, 上半年: the first such day that is not before the feedback."""
    rest = re.search(r"(?:第?[1-4]季度|[上下]半年|(?<!\d)(?:1[0-2]|0?[1-9])月(?!内|以内|之内))", words)
    if rest is None:
        numeric = re.fullmatch(r"(1[0-2]|0?[1-9])[./-](3[01]|[12]\d|0?[1-9])(?:前|之前|以前)?", words)
        if numeric:
            return _next(lambda year: _built(year, int(numeric[1]), int(numeric[2])), feedback_on, year_of)
        if re.search(r"(?:年底|年末|年终|岁末)", words):
            return _next(lambda year: _built(year, 12, 31), feedback_on, year_of)
        return UNKNOWN
    return _next(lambda year: _within_year(words[rest.start() :], year, reckoned=True, whole=False), feedback_on, year_of)


def _counted(words: str, _feedback_on: dt.date, _year_of: int | None) -> Deadline:
    """3个月内, 15个工作日内, 反馈后半年内, 30日内, 一年内."""
    found = re.search(r"(\d{1,3})个?工作日", words)
    if found:
        return Deadline(working_days=int(found[1]))
    found = re.search(r"(\d{1,2})个月|(?<!\d)(\d{1,2})月(?:内|以内|之内)", words)
    if found:
        return Deadline(months=int(found[1] or found[2]))
    if re.search(r"半年(?:内|以内|之内|$)", words):
        return Deadline(months=6)
    found = re.search(r"(?<!\d)([1-5])年(?:内|以内|之内)", words)
    if found:
        return Deadline(months=12 * int(found[1]))
    found = re.search(r"(?<!\d)(\d{1,3})[日天](?:内|以内|之内)", words)
    if found:
        return Deadline(days=int(found[1]))
    found = re.search(r"(?<!\d)(\d{1,2})(?:周|个星期)(?:内|以内|之内)", words)
    return Deadline(days=7 * int(found[1])) if found else UNKNOWN


Finder = Callable[[str, dt.date, int | None], Deadline]
FINDERS: tuple[Finder, ...] = (_numeric, _with_year, _counted, _without_year)


def _year(words: str, feedback_on: dt.date) -> tuple[int, bool]:
    if words in ("今", "本", "当"):
        return feedback_on.year, True
    if words in ("明", "次"):
        return feedback_on.year + 1, True
    if words == "去":
        return feedback_on.year - 1, True
    return (int(words) if len(words) == 4 else 2000 + int(words)), False


def _next(made: Callable[[int], Deadline], feedback_on: dt.date, year_of: int | None) -> Deadline:
    if year_of:
        found = made(year_of)
        return replace(found, reckoned=False) if found.due_on else UNKNOWN
    for year in (feedback_on.year, feedback_on.year + 1):
        found = made(year)
        if found.due_on and found.due_on >= feedback_on:
            return _day(found.due_on, reckoned=True)
    return UNKNOWN


def _part_of_month(rest: str, year: int, month: int, *, reckoned: bool) -> Deadline:
    part = re.match(r"份?(上|中|下)旬|份?(初|中)(?!旬)", rest)
    if part is None or part[1] == "下":
        return _month_end(year, month, reckoned=reckoned)
    if part[2]:
        return _built(year, month, 10 if part[2] == "初" else 15, reckoned=reckoned)
    return _built(year, month, 10 if part[1] == "上" else 20, reckoned=reckoned)


def _month_end(year: int, month: int, *, reckoned: bool = False) -> Deadline:
    if not 1 <= month <= 12:
        return UNKNOWN
    return _built(year, month, calendar.monthrange(year, month)[1], reckoned=reckoned)


def _built(year: int, month: int, day: int, *, reckoned: bool = False) -> Deadline:
    try:
        return _day(dt.date(year, month, day), reckoned=reckoned)
    except ValueError:
        return UNKNOWN
