"""Every number of a text, with its place, value and unit; and those that are no figures, with the reason.

Found in this order, and no character twice: names and fixed phrases with numbers in them (《…》, “两个责任”, 第三方), dates and periods,
fractions and percentages, numbers with a unit, bare digits. A Chinese numeral counts as a number only before a unit, since 一 is part
of thousands of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.measures.numbers.days import Period, periods_in
from apps.measures.numbers.digits import narrow, value_of
from apps.measures.numbers.phrases import NOT_FIGURES, ORDINAL, UNITS

Kind = Literal["quantity", "date", "none"]
About = Literal["", "over", "least", "more", "under", "most", "near", "vague"]
"""over: 超过; least: 不少于, 以上; more: 余, 多 (the next round number is not reached); under: 近, 不足; most: 不超过, 以下; near: 约;
vague: 数十, 几, 两三."""

ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
CHINESE = (
    r"(?:[零〇一二两三四五六七八九十廿卅百千][零〇一二两三四五六七八九十百千万亿]{0,23}|[万亿](?=余))(?:点[零一二三四五六七八九]{1,8})?"
)
NUMBER = rf"(?:{ARABIC}|{CHINESE})"
RANGE = r"[至到\-—–－~～]{1,2}"
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
BEFORE = re.compile(r"(超过|超出|超|逾|突破|不少于|不低于|达到或超过|近|将近|接近|不足|不到|不超过|低于|约|大约|约为|大概)$")
AFTER = re.compile(r"(以上|以内|以下|左右|上下)")
KINDS: dict[About, tuple[str, ...]] = {
    "least": ("不少于", "达到或超过", "以上"),
    "most": ("不超过", "以内", "以下"),
    "under": ("近", "将近", "接近", "不足", "不到", "低于"),
    "near": ("约", "大约", "约为", "大概", "左右", "上下"),
}
RANKED = re.compile(r"(?:位[列居]|名列|居|列|排名?|升至|跃升)[^，。；第]{0,8}$")
"""What makes 第三 a rank."""
QUANTITY = re.compile(
    rf"(?P<percent>百分之(?P<hundredths>{NUMBER}))"
    rf"|(?P<fraction>(?P<below>{CHINESE})分之(?P<above>{CHINESE}))"
    rf"|第\s?(?P<rank>{ARABIC}|{CHINESE})(?P<rankunit>名|位)?(?!副|书记)"
    rf"|(?<=前)(?P<top>{CHINESE})(?=[，。；、强]|$)"
    rf"|(?P<half>过半|一半|近半|大半|半数)|翻(?P<fold>了?[一两三四]?番)"
    rf"|(?P<sign>[①-⑳⑴-⒛❶-❿㉑-㉟㊱-㊿Ⅰ-ⅿ](?=\s?(?:{UNIT}))|[¼-¾⅐-⅞])\s?(?P<signunit>{UNIT})?"
    rf"|(?P<minus>(?<=[长降升为达是率幅，（：])-|负(?=\d))?(?P<one>{ARABIC})(?P<bigone>[十百千万亿]{{0,2}})(?P<oddone>[余多来几])?(?P<bigodd>[万亿])?"
    rf"(?:{RANGE}(?P<two>{ARABIC})(?P<bigtwo>[十百千万亿]{{0,2}}))?(?P<odda>[余多])?(?P<unit>{UNIT})?"
    rf"|(?P<vague>[数几][十百千万]+|十几|几)(?P<vagueunit>{UNIT})"
    rf"|(?P<cn>{CHINESE})(?P<oddcn>[余多来几])?(?P<bigcn>[万亿])?(?:{RANGE}(?P<cntwo>{CHINESE}))?\s?(?P<cnunit>{UNIT})"
    rf"|(?P<great>[一二两三四五六七八九][一二三四五六七八九十零]{{0,8}}[百千万亿][零〇一二三四五六七八九十百千万亿]{{0,23}})"
)
FACTORS = {"": 1, "十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 10**8, "百万": 10**6, "千万": 10**7, "万亿": 10**12}
NEAR = 16
"""How many characters beside a number are looked at for what qualifies it."""
NEIGHBOURS = re.compile(r"^[一二两三四五六七八九]{2}$")


@dataclass(frozen=True)
class Numeral:
    """One number of a text. ``values`` in base units (元, 人, 亩; percentages as they are written): one, or the two ends of a range.

    ``unit`` is without 万 and 亿; ``scale`` is the written one (万, 亿), and ``decimals`` how many places were written after the point.
    """

    start: int
    end: int
    written: str
    kind: Kind
    values: tuple[Decimal, ...] = ()
    unit: str = ""
    scale: str = ""
    decimals: int = 0
    about: About = ""
    period: Period | None = None
    reason: str = ""

    @property
    def value(self) -> Decimal:
        return self.values[0]


def numerals_in(text: str) -> list[Numeral]:
    """All of them, in their order."""
    plain = narrow(text)
    found: list[Numeral] = []
    taken = bytearray(len(plain))
    ends: dict[int, int] = {}
    for numeral in (*_no_figures(text, plain), *_dates(text)):
        if taken.find(1, numeral.start, numeral.end) < 0:
            found.append(numeral)
            taken[numeral.start : numeral.end] = b"\x01" * (numeral.end - numeral.start)
            ends |= dict.fromkeys(range(numeral.start, numeral.end), numeral.end)
    place = 0
    while match := QUANTITY.search(plain, place):
        blocked = taken.find(1, *match.span())
        if blocked >= 0:
            place = ends[blocked]
            continue
        quantity = _quantity(match, text, plain)
        if quantity is not None:
            found.append(quantity)
        place = match.end() if quantity is not None else match.start() + 1
    return sorted(found, key=lambda numeral: numeral.start)


def _no_figures(text: str, plain: str) -> Iterator[Numeral]:
    for pattern, reason in NOT_FIGURES:
        for match in pattern.finditer(plain):
            start, end = match.span("n") if "n" in pattern.groupindex else match.span()
            if not (reason == ORDINAL and RANKED.search(plain[max(0, start - NEAR) : start])):
                yield Numeral(start, end, text[start:end], "none", reason=reason)


def _dates(text: str) -> Iterator[Numeral]:
    for period in periods_in(text):
        start, end = period.place
        yield Numeral(start, end, text[start:end], "date", period=period)


def _quantity(match: re.Match[str], text: str, plain: str) -> Numeral | None:
    found = match.groupdict()
    start, end = match.span()
    if found["percent"]:
        value = value_of(found["hundredths"])
        return None if value is None else _made(text, plain, start, end, (value,), "%", decimals=_decimals(found["hundredths"]))
    if found["fraction"]:
        below, above = value_of(found["below"]), value_of(found["above"])
        return _made(text, plain, start, end, (above * 100 / below,), "%") if below and above is not None else None
    if found["rank"]:
        value = value_of(found["rank"])
        return None if value is None else _made(text, plain, start, end, (value,), "名次")
    if found["vague"]:
        return _made(text, plain, start, end, _vague(found["vague"]), found["vagueunit"], about="vague")
    if found["one"]:
        return _arabic(match, text, plain)
    return _chinese(match, text, plain) if found["cn"] else _in_other_words(match, text, plain)


def _in_other_words(match: re.Match[str], text: str, plain: str) -> Numeral | None:
    """过半, 翻两番, ④家, Ⅻ次, ½, 三千万 without its unit: read, so that none of them stands there unproved."""
    found = match.groupdict()
    if found["half"]:
        return _made(text, plain, *match.span(), (Decimal(50),), "%", about="" if found["half"] == "一半" else "near")
    if found["fold"]:
        return _made(text, plain, *match.span(), (value_of(found["fold"].strip("了番")) or Decimal(1),), "番")
    if found["sign"]:
        return _made(text, plain, *match.span(), (Decimal(str(unicodedata.numeric(found["sign"]))),), found["signunit"] or "")
    value = value_of(found["great"] or found["top"])
    return None if value is None else _made(text, plain, *match.span(), (value,), "")


def _arabic(match: re.Match[str], text: str, plain: str) -> Numeral | None:
    found = match.groupdict()
    scale = (found["bigtwo"] if found["two"] else found["bigone"] + (found["bigodd"] or "")) or ""
    if scale not in FACTORS:
        return None
    first, second = value_of(found["one"]), value_of(found["two"]) if found["two"] else None
    if first is None:
        return None
    sign = -1 if found["minus"] else 1
    values = tuple(sign * value * FACTORS[scale] for value in (first, second) if value is not None)
    about: About = "more" if found["oddone"] or found["odda"] else ""
    last = found["two"] or found["one"]
    return _made(text, plain, *match.span(), values, found["unit"] or "", scale, _decimals(last), about)


def _chinese(match: re.Match[str], text: str, plain: str) -> Numeral | None:
    found = match.groupdict()
    scale = found["bigcn"] or ""
    about: About = "more" if found["oddcn"] else ""
    if NEIGHBOURS.match(found["cn"]) and value_of(found["cn"][1]) == (value_of(found["cn"][0]) or 0) + 1:
        values = tuple(Decimal(value_of(one) or 0) * FACTORS[scale] for one in found["cn"])  # 三五个 is no range, 两三个 is
        about = "vague"
    else:
        first = value_of(found["cn"])
        second = value_of(found["cntwo"]) if found["cntwo"] else None
        if first is None:
            return None
        values = tuple(value * FACTORS[scale] for value in (first, second) if value is not None)
    return _made(text, plain, *match.span(), values, found["cnunit"], scale, 0, about)


def _made(
    text: str,
    plain: str,
    start: int,
    end: int,
    values: tuple[Decimal, ...],
    unit: str,
    scale: str = "",
    decimals: int = 0,
    about: About = "",
) -> Numeral:
    for great in ("万", "亿"):
        if unit.startswith(great) and len(unit) > 1:
            unit, scale, values = unit[1:], scale + great, tuple(value * FACTORS[great] for value in values)
    if unit in ("成", "折"):
        unit, values = "%", tuple(value * 10 for value in values)
    return Numeral(
        start,
        end,
        text[start:end],
        "quantity",
        values,
        unit,
        scale,
        decimals,
        about or _about(plain[max(0, start - NEAR) : start], plain[end : end + NEAR]),
        None,
        "",
    )


def _about(left: str, right: str) -> About:
    before, after = BEFORE.search(left), AFTER.match(right)
    word = (before[1] if before else "") or (after[1] if after else "")
    return next((kind for kind, words in KINDS.items() if word in words), "over") if word else ""


def _vague(written: str) -> tuple[Decimal, ...]:
    """数十 and 几十: 20 to 99; 十几: 11 to 19; 几: 2 to 9."""
    if written == "十几":
        return (Decimal(11), Decimal(19))
    size = value_of("一" + written[1:]) if len(written) > 1 else Decimal(1)
    return (2 * (size or Decimal(1)), 10 * (size or Decimal(1)) - 1)


def _decimals(written: str) -> int:
    return len(written.partition(".")[2])
