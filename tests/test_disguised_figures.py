"""Figures that a reviewer planted in other disguises than a slip of the pen: none of them passes for a proved one, or for no figure."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from apps.measures.numbers.digits import in_chinese
from apps.measures.numbers.numerals import numerals_in
from apps.reports.blocks import Block
from apps.reports.content import Content, content_of
from apps.reports.models import Notice
from apps.reports.proving.comparing import says
from apps.reports.proving.evidence import Fact, Ledger, Point, ledger_of
from apps.reports.proving.findings import Finding
from apps.reports.proving.matching import Matcher
from apps.reports.proving.proof import prove_content
from tests import demonstration

pytestmark = pytest.mark.django_db
CAPITALS = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
CIRCLES = "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
# What is planted into the prose of a notice whose ledger has nothing of the kind.
PLANTED = (
    *("覆盖六镇四乡。", "共廿人受处分。", "占比过半。", "一半以上村已完成。", "产值翻两番。", "产值翻了一番。", "投入资金三千万。"),
    *("位列全省第三。", "位居全市前三。", "挽回损失USD500。", "共计③件。", "同比增长-6.2%。", "三千 万元。", "合格率（98）。"),
    *("五大方面问题。", "6月29号召开会议。", "“三百六十一条措施”已完成。", "½的村已完成。", "处理Ⅻ人。"),
)
NO_FIGURES = (
    "一户一档",
    "一企一策",
    "事半功倍",
    "队伍人员",
    "大陆人员",
    "收拾",
    "千万不要",
    "第三方",
    "应急响应Ⅲ级",
    "①严格管理",
    "第 7 版",
)


@pytest.fixture(scope="module", autouse=True)
def notice(django_db_setup: None, django_db_blocker: Any) -> Iterator[Notice]:
    with django_db_blocker.unblock(), demonstration.loaded():
        yield Notice.objects.select_related("inspection").get()


@pytest.fixture(scope="module")
def content(notice: Notice, django_db_blocker: Any) -> Content:
    with django_db_blocker.unblock():
        return content_of(notice)


@pytest.fixture(scope="module")
def ledger(notice: Notice, django_db_blocker: Any) -> Ledger:
    with django_db_blocker.unblock():
        return ledger_of(notice)


def disguises(written: str) -> Iterator[str]:
    """The figure and one more, or one that only contains it, as nobody would look for it."""
    number = re.search(r"\d+", written)
    if number is None or "." in written or "月" in written or re.match(r"\d{4}年", written):
        return
    before, value, unit = written[: number.start()], int(number[0]), written[number.end() :]
    more = str(value + 1)
    for form in (
        "".join(chr(0x660 + int(digit)) for digit in more),
        "".join(chr(0x1D7CE + int(digit)) for digit in more),
        f"“{in_chinese(value + 1)}”" if len(in_chinese(value + 1)) > 9 else in_chinese(value + 1),
        f"{value}²",
        f"1\u200b{value}",
        f"1\u2060{value}",
        f"{value}-{value + 3}",
        f"{max(value - 2, 0)}至{value}",
        CIRCLES[value + 1] if value < 20 else f"{value}①",
    ):
        yield f"{before}{form}{unit}"
    capital = in_chinese(value + 1).translate(CAPITALS)
    if capital not in ("伍", "陆", "拾"):
        yield f"{before}{capital}{unit}"
    if not before:
        yield f"（{more}）{unit}"
        yield f"不足{written}"
        yield f"“{in_chinese(value + 1)}{unit}”" if unit else written + "1"


def blocked(matcher: Matcher, block: Block, start: int, end: int) -> bool:
    return any(finding.blocks and finding.start < end and finding.end > start for finding in matcher.findings(0, block))


def test_no_disguise_of_a_figure_passes(content: Content, ledger: Ledger) -> None:
    proof, matcher = prove_content(content, ledger), Matcher(ledger)
    passed, tried = [], 0
    for finding in proof.findings:
        block = proof.blocks[finding.block]
        start, end = (place - len(block.head) for place in (finding.start, finding.end))
        if finding.status != "matched" or start < 0:
            continue
        for form in disguises(finding.written):
            tried += 1
            text = block.text[:start] + form + block.text[end:]
            planted = Block(block.kind, text, block.head, block.place, block.anchor)
            if not blocked(matcher, planted, finding.start - 2, finding.start + len(form) + 2):
                passed.append((finding.where, finding.written, form))
    assert tried > 1200
    assert passed == []


@pytest.mark.parametrize("sentence", PLANTED)
def test_a_planted_sentence_is_stopped_in_every_item(sentence: str, content: Content, ledger: Ledger) -> None:
    matcher = Matcher(ledger)
    items = [block for block in prove_content(content, ledger).blocks if block.kind == "item"]
    assert len(items) == 83
    passed = [
        block.place
        for block in items
        if not blocked(matcher, Block("item", block.text + sentence, block.head, block.place), len(block.line), 10**6)
    ]
    assert passed == []


@pytest.mark.parametrize("words", NO_FIGURES)
def test_the_control_words_that_only_look_like_figures_stop_nobody(words: str) -> None:
    assert [found for found in numerals_in(words) if found.kind == "quantity"] == []


@pytest.mark.parametrize("place", ["title", "section", "category", "issuer"])
def test_headings_and_titles_are_proved_like_everything_else(place: str, content: Content, ledger: Ledger) -> None:
    """What an office can write freely is no place to hide a figure in."""
    told, words = copy.deepcopy(content), "挽回资金9999万元"
    sections = told["sections"]
    if place == "category":
        sections["two"]["categories"][0]["heading"] = f"（一）{words}"
    elif place == "section":
        sections["one"]["title"] = words
    else:
        told["title" if place == "title" else "signature"] = words
    assert [finding.written for finding in prove_content(told, ledger).blocking] == ["9999万元"]
    assert prove_content(content, ledger).blocking == []


def test_the_line_of_a_correction_stops_nobody_but_its_figures_do(content: Content, ledger: Ledger) -> None:
    told = {**content, "corrects": {"edition": 7, "sha256": "0" * 64, "reason": "第5条把46万元写成了48万元"}}
    left: list[Finding] = prove_content(told, ledger).blocking
    assert [(finding.where, finding.written) for finding in left] == [("更正说明", "46万元"), ("更正说明", "48万元")]
    assert prove_content({**told, "corrects": {**told["corrects"], "reason": "文字有误"}}, ledger).blocking == []


def test_words_that_loosen_a_figure_have_to_be_true() -> None:
    day = dt.date(2025, 7, 31)
    quoted = Fact("indicator:1", "reading", "签约率", "%", "", (Point(Decimal(90), day, "签约率超90%"),))
    exact = Fact("indicator:2", "reading", "签约率", "%", "", (Point(Decimal(90), day, "签约率达90%"),))
    (over,) = numerals_in("签约率超90%")
    (under,) = numerals_in("签约率不足90%")
    matcher = Matcher(Ledger(until=day, asked_until=None))
    assert matcher.compared(over, quoted).status == "matched"
    assert matcher.compared(over, exact).status == "contradicted"
    assert matcher.compared(under, exact).status == "contradicted"
    assert says(over, Decimal("90.5"))
    assert not says(over, Decimal(90), strict=True)


def test_a_figure_of_another_item_is_none_of_this_one(content: Content, ledger: Ledger) -> None:
    """Each figure in the place of every other one of its unit, which the ledger has just as well."""
    proof, matcher = prove_content(content, ledger), Matcher(ledger)
    inside = [
        finding
        for finding in proof.findings
        if finding.status == "matched" and finding.kind == "quantity" and finding.start >= len(proof.blocks[finding.block].head)
    ]
    numerals = {finding.written: numerals_in(finding.written)[-1] for finding in inside}
    passed, tried = [], 0
    for finding in inside:
        block = proof.blocks[finding.block]
        start, end = (place - len(block.head) for place in (finding.start, finding.end))
        here = numerals[finding.written]
        for written, other in numerals.items():
            if other.unit != here.unit or other.values == here.values:
                continue
            tried += 1
            planted = Block(block.kind, block.text[:start] + written + block.text[end:], block.head, block.place, block.anchor)
            if not blocked(matcher, planted, finding.start, finding.start + len(written)):
                passed.append((finding.where, finding.written, written))
    assert tried > 800
    assert passed == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("2025年2月20日", "2025年以来"),
        ("2025年2月20日", "2025年上半年"),
        ("2025年2月20日", "2025年1-7月"),
        ("6月19日", "一季度"),
        ("较2020年", "较2024年"),
        ("较2023年", "较2024年"),
    ],
)
def test_a_date_that_only_covers_the_day_or_belongs_to_the_figure_is_told(
    written: str, instead: str, content: Content, ledger: Ledger
) -> None:
    matcher, tried = Matcher(ledger), 0
    for block in prove_content(content, ledger).blocks:
        if written in block.text:
            tried += 1
            planted = Block(block.kind, block.text.replace(written, instead, 1), block.head, block.place, block.anchor)
            place = planted.line.index(instead)
            assert blocked(matcher, planted, place, place + len(instead)), block.place
    assert tried
