"""Dates and periods of a text: against the days of the round, the words of the records, and the as-of dates of the figures they govern."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from apps.measures.numbers.days import Period
from apps.reports.proving.evidence import Day, Fact, Ledger, Words
from apps.reports.proving.findings import Status, Verdict
from apps.reports.proving.places import CLAUSE_ENDS, Located, covered, located

MATCHES, DIFFERS = 3, 6
"""How many characters next to a date of a record must be the same to confirm it, and how many to contradict it."""
A_YEAR = dt.timedelta(days=364)
BASE = re.compile(r"(?:较|比|与|同)$")
"""较2020年上升39名: the year that a figure is compared with is not the one it was read in."""
UNTIL_NOW = re.compile(r"(?:截至|截止到?)$")


@dataclass(frozen=True)
class Governed:
    """A figure that a date speaks of (it follows in the same sentence): its fact and the reading that it was matched with."""

    fact: Fact
    as_of: dt.date
    is_latest: bool


def dated(number: Located, right: str, governed: list[Governed], words: Iterable[Words], ledger: Ledger) -> Verdict:
    """The verdict on one date. ``right``: the text from it to the next date or the end of the sentence."""
    period = number.numeral.period
    if period is None:
        raise ValueError(f"没有日期：{number.numeral.written}")
    settled = _of_round(number, period, right, ledger) or _late(number, period, ledger)
    if settled:
        return settled
    compared_with = BASE.search(number.sentence[: number.numeral.start - number.sentence_start])
    said, read = _of_words(number, period, words), None if compared_with else _of_figures(number, period, governed)
    if read and read.status == "matched" and not (said and said[0].status == "contradicted" and said[1].until == period.until):
        return read
    return (said[0] if said else None) or read or Verdict("unsupported", "台账中没有写到这个日期的记录")


def _late(number: Located, period: Period, ledger: Ledger) -> Verdict | None:
    """截至 a day before the day that the notice is to have its figures until."""
    inside = number.numeral.start - number.sentence_start
    asked = ledger.asked_until
    if asked and period.has_year and not period.since and period.until < asked and UNTIL_NOW.search(number.sentence[:inside]):
        return Verdict("older", f"早于这份通报的数据截止日期 {asked}", as_of=asked)
    return None


def _of_round(number: Located, period: Period, right: str, ledger: Ledger) -> Verdict | None:
    """A day of the round whose words follow the date, before the next one."""
    clause = CLAUSE_ENDS.split(right, maxsplit=1)[0]
    for day in ledger.days:
        meant = _names(day, clause, right)
        if meant:
            return _on_day(number, period, day)
    return None


def _names(day: Day, clause: str, right: str) -> bool:
    if day.key.startswith("activity:"):
        return covered(day.name, clause) >= 0.6
    if day.key == "round:on_site":
        return bool(re.search("(?:开展|进行)了?(?:[^，。；]{0,6})(?:巡视|巡察)|进驻", right[:40])) and "反馈" not in right[:12]
    return clause.startswith(day.words) or bool(re.match(r"[^，。；]{0,14}(?:反馈了|反馈意见|向[^，。；]{1,16}反馈)", clause))


def _on_day(number: Located, period: Period, day: Day) -> Verdict:
    written = long(day)
    start, until = (day.start, day.until) if period.has_year else (day.start.replace(year=4), day.until.replace(year=4))
    part = start == until and period.start <= start <= period.until and _is_month_or_year(period)
    if (period.start, period.until) == (start, until) or part:
        return Verdict("matched", f"台账登记的{day.name}是 {written}", day.key, day.name, written, day.until)
    instead = written if period.has_year else f"{day.start.month}月{day.start.day}日"
    words = f"台账登记的{day.name}是 {written}，草稿写 {number.numeral.written}"
    return Verdict("contradicted", words, day.key, day.name, written, day.until, instead=instead)


def _is_month_or_year(period: Period) -> bool:
    """A day may be told by its month or its year; not by a half of it, nor by all that has been since."""
    one_month = (period.start.year, period.start.month) == (period.until.year, period.until.month) and period.start.day == 1
    return not period.since and (one_month or (period.has_year and period.until - period.start >= A_YEAR))


def _of_words(number: Located, period: Period, words: Iterable[Words]) -> tuple[Verdict, Period] | None:
    """The record whose words around a date are most like those around this one says the same date, or another one.

    A record's words may be older than the reading that the draft gives, so they do not overrule its as-of date; but where both end on the
    same day and begin on another (1-7月, 2-7月), the draft is wrong.
    """
    best: tuple[int, bool, Words, Located] | None = None
    for line in words:
        for other in located(line.text):
            if other.numeral.period is None:
                continue
            common, whole = number.anchor.common(other.anchor), number.anchor.holds(other.anchor)
            same = other.numeral.period.key == period.key
            if (common >= DIFFERS or whole or (same and common >= MATCHES)) and (best is None or (common, same) > best[:2]):
                best = (common, same, line, other)
    if best is None:
        return None
    _common, same, line, other = best
    written, there = other.numeral.written, other.numeral.period or period
    if same:
        return Verdict("matched", f"{line.label}的文字写的也是 {written}", line.key, line.label, written), there
    said = f"{line.label}的文字写的是 {written}，草稿写 {number.numeral.written}"
    return Verdict("contradicted", said, line.key, line.label, written, instead=written), there


def _of_figures(number: Located, period: Period, governed: list[Governed]) -> Verdict | None:
    """The as-of date of a figure that follows. It proves where a period ends, and that it began with the year; no other beginning."""
    if not period.has_year or not governed:
        return None
    for one in governed:
        given = (one.fact.key, one.fact.name, one.as_of.isoformat(), one.as_of, 0, one.fact.measure, one.fact.issue)
        if period.since and period.start == dt.date(one.as_of.year, 1, 1):
            return Verdict("derived", f"所说的“{one.fact.name}”截至 {one.as_of}", *given)
        if not period.since and period.until == one.as_of and _begins(period):
            status: Status = "matched" if one.is_latest else "older"
            return Verdict(status, f"与“{one.fact.name}”的截至日期一致", *given)
    one, inside = governed[0], number.numeral.start - number.sentence_start
    within = period.until - period.start < A_YEAR and period.until != one.as_of
    if period.since or not (within or UNTIL_NOW.search(number.sentence[:inside])):
        return None
    instead = f"{one.as_of.year}年{one.as_of.month}月" + ("" if ends_month(one.as_of) else f"{one.as_of.day}日")
    words = f"所说的“{one.fact.name}”在台账中截至 {one.as_of}，草稿写 {number.numeral.written}"
    fact = one.fact
    return Verdict(
        "contradicted", words, fact.key, fact.name, one.as_of.isoformat(), one.as_of, 0, fact.measure, fact.issue, instead=instead
    )


def _begins(period: Period) -> bool:
    """With the year, or all of one month or day: 2025年1-7月, 2025年上半年, 2025年7月; not 2025年2-7月."""
    one_month = (period.start.year, period.start.month) == (period.until.year, period.until.month)
    half = (period.start.month, period.until.month) == (7, 12)
    return one_month or half or (period.start.month, period.start.day) == (1, 1)


def ends_month(day: dt.date) -> bool:
    return (day + dt.timedelta(days=1)).day == 1


def long(day: Day) -> str:
    first = f"{day.start.year}年{day.start.month}月{day.start.day}日"
    if day.until == day.start:
        return first
    year = "" if day.until.year == day.start.year else f"{day.until.year}年"
    return f"{first}至{year}{day.until.month}月{day.until.day}日"
