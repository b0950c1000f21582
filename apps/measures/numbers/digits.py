"""Written numbers to values: Arabic with full-width forms, Chinese numerals, fractions; and values back to Chinese, for the tests."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

# Behind the first two planes there are no digits, and every process that starts would look through them.
WIDE = {code: str(unicodedata.decimal(chr(code))) for code in range(0x80, 0x20000) if chr(code).isdecimal()}
WIDE |= {code: str(unicodedata.digit(chr(code))) for code in map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")}
WIDE |= {ord(wide): plain for wide, plain in zip("．％，－−", ".%,--", strict=True)}
"""Digits of every script as plain ones: nobody writes 𝟖𝟑 or ٨٣ by mistake. One character for one, so that places in the text stay what
they are. ， is only read as a separator between digits."""
CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
CAPITAL = re.compile(r"[壹贰叁肆伍陆柒捌玖拾佰仟零万亿]{2,}|[壹贰叁肆柒捌玖佰仟]")
"""伍, 陆 and 拾 alone are parts of words (队伍, 大陆, 收拾)."""
DIGITS = {"零": 0, "〇": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
TENS = {"十": 10, "百": 100, "千": 1000}
SCORES = {"廿": 20, "卅": 30}
GREAT = {"万": 10_000, "亿": 100_000_000}
CHINESE = "".join((*DIGITS, *TENS, *SCORES, *GREAT))


def narrow(text: str) -> str:
    """The text with plain digits and everyday numerals, of the same length."""
    return CAPITAL.sub(lambda found: found[0].translate(CAPITALS), text.translate(WIDE))


def value_of(written: str) -> Decimal | None:
    """The number that digits, or digits with 万/亿, or Chinese numerals write; None when they write none."""
    text = narrow(written).replace(",", "").strip()
    factor = 1
    while text and text[-1] in GREAT and text[0] in "0123456789":
        factor *= GREAT[text[-1]]
        text = text[:-1]
    if text and all(character in "0123456789." for character in text):
        return Decimal(text) * factor if text.count(".") <= 1 and text[0] != "." and text[-1] != "." else None
    return chinese_value(text)


def chinese_value(text: str) -> Decimal | None:
    """二十六 → 26, 一千零五 → 1005, 二〇二五 → 2025, 三点五 → 3.5, 两万三千 → 23000."""
    whole, point, rest = text.partition("点")
    if point:
        start = chinese_value(whole)
        if start is None or not rest or any(character not in DIGITS for character in rest):
            return None
        return start + Decimal("0." + "".join(str(DIGITS[character]) for character in rest))
    if not text or any(character not in CHINESE for character in text):
        return None
    if all(character in DIGITS for character in text):
        return Decimal(int("".join(str(DIGITS[character]) for character in text)))
    return _composed(text)


def _composed(text: str) -> Decimal | None:
    """Numerals with 十百千万亿. 万 multiplies what stands before it since the last 亿."""
    total = section = 0
    digit: int | None = None
    for character in text:
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in SCORES:
            section += SCORES[character]
        elif character in TENS:
            section += (1 if digit is None or digit == 0 else digit) * TENS[character]
            digit = None
        else:
            section += digit or 0
            if character == "亿":
                total = (total + section or 1) * GREAT[character]
            else:
                total += (section or 1) * GREAT[character]
            section, digit = 0, None
    if digit and len(text) > 1 and text[-2] in "百千万":  # 一百五 is 150
        digit *= (TENS | GREAT)[text[-2]] // 10
    return Decimal(total + section + (digit or 0))


def in_chinese(number: int) -> str:
    """An integer below 10^12 as notices write it."""
    if number == 0:
        return "零"
    words, group = "", ("", "万", "亿")
    parts = [number // 10**8, number // 10**4 % 10**4, number % 10**4]
    for size, part in zip((2, 1, 0), parts, strict=True):
        if part:
            gap = "零" if words and part < 1000 else ""
            words += gap + _below_ten_thousand(part) + group[size]
        elif words and not words.endswith("零") and any(parts[3 - size :]):
            words += "零"
    words = words.replace("零零", "零")
    return words.removeprefix("一") if words.startswith("一十") else words


def _below_ten_thousand(number: int) -> str:
    words, names = "", "零一二三四五六七八九"
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            words += names[digit] + unit
        elif words and not words.endswith("零") and number % size:
            words += "零"
    return words
