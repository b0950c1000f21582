"""Numbers as notices of counties write them: found, understood, or left out with the reason."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.measures.numbers.days import periods_in
from apps.measures.numbers.digits import WIDE, in_chinese, value_of
from apps.measures.numbers.numerals import Numeral, numerals_in
from apps.reports.proving.comparing import says


def figures(text: str) -> list[Numeral]:
    return [found for found in numerals_in(text) if found.kind == "quantity"]


WRITTEN = [
    ("追缴资金46万元", "46万元", "460000", "元"),
    ("追缴资金４６.５万元", "４６.５万元", "465000", "元"),
    ("拨付0.17亿元", "0.17亿元", "17000000", "元"),
    ("收取1,234.5元", "1,234.5元", "1234.5", "元"),
    ("通报曝光两起典型案例", "两起", "2", "起"),
    ("三家公司", "三家", "3", "家"),
    ("组织培训十二场", "十二场", "12", "场"),
    ("一百零五名干部", "一百零五名", "105", "名"),
    ("两千三百亩撂荒地", "两千三百亩", "2300", "亩"),
    ("占百分之三十五", "百分之三十五", "35", "%"),
    ("占百分之12.5", "百分之12.5", "12.5", "%"),
    ("完成三分之二", "三分之二", "66.66666666666666666666666667", "%"),
    ("压减三成", "三成", "30", "%"),
    ("提高1.2个百分点", "1.2个百分点", "1.2", "个百分点"),
    ("增长８％", "８％", "8", "%"),
    ("复垦3840亩", "3840亩", "3840", "亩"),
    ("联营11.73万亩", "11.73万亩", "117300", "亩"),
    ("接待440.87万人次", "440.87万人次", "4408700", "人次"),
    ("清理建筑2.3万平方米", "2.3万平方米", "23000", "平方米"),
    ("修复管网15公里", "15公里", "15", "公里"),
    ("惠及1.2万户", "1.2万户", "12000", "户"),
    ("居全市第2名", "第2名", "2", "名次"),
    ("整改完成83个", "83个", "83", "个"),
    ("运走垃圾120吨", "120吨", "120", "吨"),
    ("任职3年", "3年", "3", "年"),
    ("办理3个月", "3个月", "3", "个月"),
    ("培训12场次", "12场次", "12", "场次"),
    ("兑付工资三百二十万元", "三百二十万元", "3200000", "元"),
]


@pytest.mark.parametrize(("text", "written", "value", "unit"), WRITTEN)
def test_a_written_number_is_understood(text: str, written: str, value: str, unit: str) -> None:
    (found,) = figures(text)
    assert (found.written, found.value, found.unit) == (written, Decimal(value), unit)
    assert text[found.start : found.end] == written


@pytest.mark.parametrize(
    ("text", "values", "about"),
    [
        ("十余家企业", ("10",), "more"),
        ("百余人", ("100",), "more"),
        ("30多名", ("30",), "more"),
        ("200余万元", ("2000000",), "more"),
        ("超90%", ("90",), "over"),
        ("超过1000家", ("1000",), "over"),
        ("15万元以上", ("150000",), "least"),
        ("不超过5%", ("5",), "most"),
        ("近30%", ("30",), "under"),
        ("不足5%", ("5",), "under"),
        ("约20个", ("20",), "near"),
        ("50人左右", ("50",), "near"),
        ("3至5个", ("3", "5"), ""),
        ("3-5名", ("3", "5"), ""),
        ("30%～40%", ("30",), ""),
        ("三至五家", ("3", "5"), ""),
        ("两三个", ("2", "3"), "vague"),
        ("数十家", ("20", "99"), "vague"),
        ("十几户", ("11", "19"), "vague"),
    ],
)
def test_ranges_and_looser_words(text: str, values: tuple[str, ...], about: str) -> None:
    found = figures(text)[0]
    assert (found.values, found.about) == (tuple(map(Decimal, values)), about)


@pytest.mark.parametrize(
    ("text", "written", "reason"),
    [
        ("压实“两个责任”", "“两个责任”", "引号内的固定说法"),
        ("落实“三重一大”制度", "“三重一大”", "引号内的固定说法"),
        ("完善“一乡一城一组织”体系", "“一乡一城一组织”", "引号内的固定说法"),
        ("一是坚持高位推动", "一", "分项序号"),
        ("工作任务。二是坚持标本兼治", "二", "分项序号"),
        ("（一）提高站位", "（一）", "章节序号"),
        ("一、组织整改情况", "一", "章节序号"),
        ("2.严格规范缴交", "2", "条目序号"),
        ("印发《2025年工作要点》", "《2025年工作要点》", "文件名称中的数字"),
        ("省委巡视七组对区委开展", "七组", "机构名称中的数字"),
        ("委托第三方运营", "第三方", "序数"),
        ("第一责任人责任", "第一责任人", "序数"),
        ("党的二十大精神", "党的二十大", "会议届次"),
        ("中央八项规定精神", "中央八项规定", "政治术语"),
        ("区属三大国企", "三大", "固定称谓"),
        ("区乡村三级网络", "三", "等级"),
        ("动态储备一批干部", "一批", "泛指，不是数量"),
        ("坚持举一反三", "举一反三", "成语或固定说法"),
        ("确保一个不落", "一个不落", "泛指，不是数量"),
        ("同一职务", "一", "不是数量（同一）"),
    ],
)
def test_what_is_no_figure_says_why(text: str, written: str, reason: str) -> None:
    found = [(one.written, one.reason) for one in numerals_in(text) if one.kind == "none"]
    assert (written, reason) in found
    assert figures(text) == []


def test_a_document_number_is_no_figure() -> None:
    (found,) = numerals_in("印发沙委办〔2025〕1号文件")
    assert (found.kind, found.reason) == ("none", "文号")


@pytest.mark.parametrize(
    "text", ["进一步统一思想", "十分重视", "万众一心", "统一运营", "三明学院", "逐一核实", "一并移交", "唯一", "万元以上"]
)
def test_words_with_a_numeral_in_them_are_not_figures(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("text", "start", "until"),
    [
        ("截至2025年7月", "2025-07-01", "2025-07-31"),
        ("2025年1-7月", "2025-01-01", "2025-07-31"),
        ("2025年1月至7月", "2025-01-01", "2025-07-31"),
        ("2025年上半年", "2025-01-01", "2025-06-30"),
        ("2025年第三季度", "2025-07-01", "2025-09-30"),
        ("2025年前三季度", "2025-01-01", "2025-09-30"),
        ("2024年8月18日至9月30日", "2024-08-18", "2024-09-30"),
        ("2024年12月28日至2025年1月3日", "2024-12-28", "2025-01-03"),
        ("２０２５年２月２０日", "2025-02-20", "2025-02-20"),
        ("二〇二五年二月二十日", "2025-02-20", "2025-02-20"),
        ("2023—2024年", "2023-01-01", "2024-12-31"),
        ("2024年度", "2024-01-01", "2024-12-31"),
        ("2025-07-31", "2025-07-31", "2025-07-31"),
        ("2025年2月底", "2025-02-01", "2025-02-28"),
    ],
)
def test_dates_and_periods(text: str, start: str, until: str) -> None:
    (period,) = periods_in(text)
    assert (period.start.isoformat(), period.until.isoformat()) == (start, until)
    assert figures(text) == []


def test_since_runs_on_and_a_day_without_a_year_has_none() -> None:
    (since,) = periods_in("2024年10月以来")
    assert since.since
    (day,) = periods_in("6月19日召开")
    assert (day.has_year, day.start.month, day.start.day) == (False, 6, 19)
    assert list(periods_in("2025年2月30日")) == []


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("超90%", "90", True),
        ("超90%", "91.5", True),
        ("超80%", "90", False),
        ("超过1000家", "1070", True),
        ("超过900家", "1070", False),
        ("十余家", "12", True),
        ("十余家", "10", False),
        ("百余人", "215", False),
        ("近30%", "29.1", True),
        ("近30%", "31", False),
        ("约20个", "22", True),
        ("3至5个", "4", False),
        ("两三个", "3", True),
        ("两三个", "4", False),
        ("7889.72万元", "78897234", True),
        ("7889.73万元", "78897234", False),
        ("8亿元", "804000000", False),
    ],
)
def test_how_far_a_written_number_may_be_from_the_value(text: str, value: str, said: bool) -> None:
    assert says(figures(text)[0], Decimal(value)) is said


@settings(max_examples=200, deadline=None)
@given(st.integers(min_value=1, max_value=99_999_999))
def test_chinese_numerals_read_back(number: int) -> None:
    assert value_of(in_chinese(number)) == number
    (found,) = figures(f"共有{in_chinese(number)}名干部")
    assert found.value == number


@settings(max_examples=200, deadline=None)
@given(
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal(99999), places=2),
    st.sampled_from([("万元", 10_000), ("亿元", 10**8), ("元", 1), ("万亩", 10_000), ("%", 1)]),
    st.booleans(),
)
def test_decimals_with_units_read_back(number: Decimal, unit: tuple[str, int], wide: bool) -> None:
    written = f"{number}{unit[0]}"
    if wide:
        written = written.translate(str.maketrans("0123456789.%", "０１２３４５６７８９．％"))
    (found,) = figures(f"累计完成{written}。")
    assert found.value == number * unit[1]
    assert found.written == written


@settings(max_examples=100, deadline=None)
@given(st.dates(min_value=dt.date(2012, 1, 1), max_value=dt.date(2049, 12, 31)))
def test_dates_read_back(day: dt.date) -> None:
    (period,) = periods_in(f"于{day.year}年{day.month}月{day.day}日召开")
    assert (period.start, period.until) == (day, day)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="一二三十百万亿0123456789.年月日至-%元个名家“”《》（）第，。是", max_size=40))
def test_no_text_breaks_the_search_and_no_character_is_taken_twice(text: str) -> None:
    found = numerals_in(text)
    assert all(text[one.start : one.end] == one.written for one in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_the_digits_of_every_script_are_known() -> None:
    written = {code: character for code in range(0x80, sys.maxunicode + 1) if (character := chr(code)).isdecimal()}
    assert {code: WIDE[code] for code in written} == {code: str(unicodedata.decimal(digit)) for code, digit in written.items()}
    assert all(code < 0x20000 for code in range(0x80, sys.maxunicode + 1) if chr(code).isdigit())
