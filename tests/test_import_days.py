"""Dates as offices write them, and the property that whatever is written never ends in an error or in a guess."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.measures.importing.days import Deadline, deadline_of
from apps.measures.importing.sheets import Plain

pytestmark = pytest.mark.once
FEEDBACK = dt.date(2025, 2, 20)
DAYS = st.dates(dt.date(2025, 2, 20), dt.date(2029, 12, 31))

# words | day | months | working days | days | other: long (长期), once (立行立改), reckoned, finished
WORDS = """
2025年8月底前 | 2025-08-31 |
2025年8月 | 2025-08-31 |
２０２５年８月３１日前 | 2025-08-31 |
2025 年 8 月 31 日 | 2025-08-31 |
2025.8.31 | 2025-08-31 |
2025/8/31 | 2025-08-31 |
2025-08-31 | 2025-08-31 |
20250831 | 2025-08-31 |
2025.8 | 2025-08-31 |
2025-8 | 2025-08-31 |
45900 | 2025-08-31 |
二〇二五年八月底 | 2025-08-31 |
2025年八月三十一日 | 2025-08-31 |
25年8月底 | 2025-08-31 |
2025年8月上旬 | 2025-08-10 |
2025年8月中旬 | 2025-08-20 |
2025年8月下旬 | 2025-08-31 |
2025年上半年 | 2025-06-30 |
2025年第三季度 | 2025-09-30 |
2026年1季度 | 2026-03-31 |
2025年底 | 2025-12-31 |
2025年年底前 | 2025-12-31 |
2025年3月-2025年8月 | 2025-08-31 |
2025年3月至8月 | 2025-08-31 |
2025.3-2025.8 | 2025-08-31 |
2025.3.1-2025.8.31 | 2025-08-31 |
2025年6月30日前完成自查，2025年9月30日前完成整改 | 2025-09-30 |
2025年6月30日（已完成） | 2025-06-30 |
6月20日 | 2025-06-20 | reckoned
8月底前 | 2025-08-31 | reckoned
八月底前 | 2025-08-31 | reckoned
三季度末 | 2025-09-30 | reckoned
年底前 | 2025-12-31 | reckoned
今年年底 | 2025-12-31 | reckoned
明年6月底 | 2026-06-30 | reckoned
1月底 | 2026-01-31 | reckoned
8.31 | 2025-08-31 | reckoned
长期坚持 | | long
长期 | | long
持续推进 | | long
常态化开展 | | long
2025年12月底前并长期坚持 | 2025-12-31 | long
立行立改 | | once
即知即改 | | once
立行立改，2025年4月底前 | 2025-04-30 | once
3个月内 | | months=3
三个月内 | | months=3
反馈后6个月内 | | months=6
半年内 | | months=6
一年内 | | months=12
集中整改期内 | | months=6
15个工作日内 | | working_days=15
二十个工作日 | | working_days=20
30日内 | | days=30
已完成 | | finished
尽快 | |
近期 | |
2025 | |
2025年6月31日 | |
2025年13月 | |
/ | |
"""
TABLE = [tuple(part.strip() for part in line.split("|")) for line in WORDS.strip().splitlines()]


def told(found: Deadline) -> str:
    counts = [f"{name}={value}" for name in ("months", "working_days", "days") if (value := getattr(found, name))]
    marks = [word for word, on in (("long", found.long_term), ("once", found.at_once), ("reckoned", found.reckoned)) if on]
    return " ".join(counts + marks + (["finished"] if found.finished else []))


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line[0])
def test_words_of_offices(line: tuple[str, ...]) -> None:
    found = deadline_of(line[0], FEEDBACK)
    assert (str(found.due_on or ""), told(found)) == (line[1], line[2])


def test_values_of_spreadsheets() -> None:
    day = dt.date(2025, 8, 31)
    for value in (dt.datetime.combine(day, dt.time()), day, 45900, 45900.5, 20250831, 2025.8):
        assert deadline_of(value, FEEDBACK).due_on == day
    nothing: tuple[Plain | None, ...] = (3, 2025, 2025.1, True, None, "", 99999999)
    assert {deadline_of(value, FEEDBACK) for value in nothing} == {Deadline()}


@given(
    DAYS, st.sampled_from(("{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}", "{0:%Y-%m-%d}", "{0:%Y/%m/%d}前", "{0:%Y%m%d}"))
)
def test_every_day_is_read_back(day: dt.date, shape: str) -> None:
    assert deadline_of(shape.format(day), FEEDBACK).due_on == day


@given(DAYS)
def test_every_serial_number_is_read_back(day: dt.date) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    assert deadline_of(serial, FEEDBACK).due_on == deadline_of(str(serial), FEEDBACK).due_on == day


@given(DAYS, st.sampled_from(("月底前", "月", "月份", "月末", "月底前完成")))
def test_a_month_is_its_last_day(day: dt.date, tail: str) -> None:
    last = dt.date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
    assert deadline_of(f"{day.year}年{day.month}{tail}", FEEDBACK).due_on == last


@given(DAYS)
def test_a_day_without_a_year_never_lies_before_the_feedback(day: dt.date) -> None:
    found = deadline_of(f"{day.month}月{day.day}日", FEEDBACK)
    if found.due_on is None:
        assert (day.month, day.day) == (2, 29)
    else:
        assert found.reckoned
        assert found.due_on >= FEEDBACK
        assert (found.due_on.month, found.due_on.day) == (day.month, day.day)


@given(
    st.one_of(
        st.text(max_size=40),
        st.text(alphabet="0123456789年月日号底前内个季度上下旬半、.-/至到长期立行改（）〇一二三十", max_size=24),
        st.floats(),
        st.integers(),
    )
)
def test_nothing_that_is_written_ends_in_an_error(value: str | float) -> None:
    found = deadline_of(value, FEEDBACK)
    assert found.due_on is None or 2000 <= found.due_on.year <= 2100
