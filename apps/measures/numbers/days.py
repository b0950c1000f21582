"""Dates and periods in a text: 2025年2月20日, 截至2025年7月, 2025年1-7月, 2024年以来, 2025年上半年, 二〇二五年, 6月19日, 一季度."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.measures.numbers.digits import narrow, value_of

CN = "[零〇○一二两三四五六七八九十]"
YEAR = rf"(?:(?:19|20)\d\d|[一二]{CN}{{3}})年"
MONTH = r"(?:\d{1,2}|十?[一二三四五六七八九十])月份?"
DAY = rf"(?:\d{{1,2}}|{CN}{{1,3}})[日号]"
TO = r"(?:至|到|[-—–－~～]{1,2})"
SPAN = re.compile(
    rf"(?P<iso>(?:19|20)\d\d-\d{{1,2}}-\d{{1,2}})"
    rf"|(?P<year>{YEAR})度?(?P<month>{MONTH})(?P<day>{DAY})?(?:{TO}(?P<year2>{YEAR})?(?P<month2>{MONTH})(?P<day2>{DAY})?)?(?P<tail>以来|来|底|末|初)?"
    rf"|(?P<yearm>{YEAR})(?P<from>\d{{1,2}}){TO}(?P<until>{MONTH})(?P<tailm>以来)?"
    rf"|(?P<years>(?:19|20)\d\d年?){TO}(?P<yeare>{YEAR})度?"
    rf"|(?P<yearh>{YEAR})度?(?P<half>上半年|下半年|前?第?[一二三四1234]个?季度|年底|年末|年初|底|末|初|以来|来(?!自|源|访|电|信)|起)?"
    rf"|(?P<monthd>(?<!\d){MONTH})(?P<dayd>{DAY})(?:{TO}(?P<monthe>{MONTH})?(?P<daye>{DAY}))?"
    rf"|(?P<quarter>第?[一二三四]季度)"
    rf"|(?P<monthf>(?<!\d)\d{{1,2}}){TO}(?P<montht>{MONTH})"
    rf"|(?P<montho>(?<![\d个]){MONTH})(?P<tailo>以来|底|末|初)?"
)
QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


@dataclass(frozen=True)
class Period:
    """``start`` and ``until`` are inclusive; without a year both are in the year 4 (``has_year`` False). ``since``: it still runs."""

    place: tuple[int, int]
    start: dt.date
    until: dt.date
    has_year: bool = True
    since: bool = False

    @property
    def key(self) -> tuple[dt.date, dt.date, bool, bool]:
        """What makes two written dates the same."""
        return (self.start, self.until, self.has_year, self.since)


NO_YEAR = 4
"""A leap year, so that 29 February can stand without a year."""


def periods_in(text: str) -> Iterator[Period]:
    """Every date and period of the text in its order; what is no date (13月, 2月30日) is left to the other numbers."""
    for match in SPAN.finditer(narrow(text)):
        try:
            period = _period(match)
        except ValueError:
            continue
        yield period


def _period(match: re.Match[str]) -> Period:
    found = match.groupdict()
    if found["iso"]:
        day = dt.date(*map(int, found["iso"].split("-")))
        return Period(match.span(), day, day)
    if found["year"]:
        return _of_months(match)
    if found["yearm"]:
        year = _number(found["yearm"])
        return Period(match.span(), dt.date(year, int(found["from"]), 1), _end(year, _number(found["until"])))
    if found["years"]:
        return Period(match.span(), dt.date(_number(found["years"]), 1, 1), dt.date(_number(found["yeare"]), 12, 31))
    if found["yearh"]:
        return _of_year(match.span(), _number(found["yearh"]), found["half"] or "")
    return _without_year(match)


def _of_months(match: re.Match[str]) -> Period:
    found = match.groupdict()
    year, month, tail = _number(found["year"]), _number(found["month"]), found["tail"] or ""
    start, until = _bounds(year, month, found["day"])
    if found["month2"]:
        until = _bounds(_number(found["year2"]) if found["year2"] else year, _number(found["month2"]), found["day2"])[1]
    return Period(match.span(), start, until, since=tail in ("以来", "来"))


def _of_year(place: tuple[int, int], year: int, half: str) -> Period:
    months = {"上半年": (1, 6), "下半年": (7, 12)}.get(half, (1, 12))
    if half.endswith("季度"):
        quarter = QUARTERS[re.sub("[前第个季度]", "", half)]
        months = (1 if half.startswith("前") else quarter * 3 - 2, quarter * 3)
    return Period(place, dt.date(year, months[0], 1), _end(year, months[1]), since=half in ("以来", "来", "起"))


def _without_year(match: re.Match[str]) -> Period:
    found = match.groupdict()
    if found["monthd"]:
        start, until = _bounds(NO_YEAR, _number(found["monthd"]), found["dayd"])
        if found["daye"]:
            until = _bounds(NO_YEAR, _number(found["monthe"] or found["monthd"]), found["daye"])[1]
        return Period(match.span(), start, until, has_year=False)
    if found["quarter"]:
        quarter = QUARTERS[found["quarter"][-3]]
        return Period(match.span(), dt.date(NO_YEAR, quarter * 3 - 2, 1), _end(NO_YEAR, quarter * 3), has_year=False)
    first = _number(found["monthf"] or found["montho"])
    last = _number(found["montht"] or found["montho"])
    return Period(match.span(), dt.date(NO_YEAR, first, 1), _end(NO_YEAR, last), has_year=False, since=found["tailo"] == "以来")


def _bounds(year: int, month: int, day: str | None) -> tuple[dt.date, dt.date]:
    if day:
        one = dt.date(year, month, _number(day))
        return one, one
    return dt.date(year, month, 1), _end(year, month)


def _end(year: int, month: int) -> dt.date:
    if not 1 <= month <= 12:
        raise ValueError(f"没有 {month} 月")
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _number(written: str) -> int:
    value = value_of(written.rstrip("年月份日号"))
    if value is None:
        raise ValueError(f"不是数字：{written}")
    return int(value)
