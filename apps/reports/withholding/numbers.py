"""Red flags that are numbers: citizen ID, phone, bank account, licence plate. Check digits tell them from amounts and document numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from apps.reports.withholding.text import GAP, Reading, digits_of

Spans = Iterator[tuple[int, int]]
ONE = rf"[0-9]{GAP}"
NOT_INSIDE = r"(?<![0-9A-Za-z])"
MONEY = r"(?!\s*(?:元|万|亿|％|%|亩|吨|公里|平方|千瓦))"
CODES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
PROVINCES = frozenset(CODES.split())
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
LONG_ID, SHORT_ID = 18, 15
OLDEST_YEAR = 1880
ID_18 = re.compile(rf"{NOT_INSIDE}(?:{ONE}){{17}}[0-9Xx](?![0-9A-Za-z])")
ID_15 = re.compile(rf"{NOT_INSIDE}(?:{ONE}){{14}}[0-9](?![0-9A-Za-z]){MONEY}")
ID_WORDS = re.compile(r"驾驶证|残疾证|社保|医保|证号|身份证|公民身份号码|身份号码|证件号")
PLACE = r"(?:(?<![0-9A-Za-z])|(?<=[Tt][Ee][Ll])|(?<=[Qq]{2})|(?<=[Ww][Xx]))"
MOBILE = re.compile(rf"{PLACE}(?:\+?86{GAP})?1{GAP}[3-9]{GAP}(?:{ONE}){{8}}[0-9](?![0-9]){MONEY}")
APART = r"[^0-9A-Za-z\u4e00-\u9fff]{1,5}"
GROUPED = re.compile(rf"{PLACE}1[3-9][0-9]{APART}[0-9]{{4}}{APART}[0-9]{{4}}(?![0-9])")
AREA = r"[(（]?0(?:10|2[0-9]|[3-9][0-9]{2})[)）]?"
LANDLINE = re.compile(rf"(?<![0-9A-Za-z]){AREA}[\s\-‐‑–—－/，,]{{0,3}}\.?[2-8](?:{ONE}){{5,6}}[0-9](?![0-9]){MONEY}")
LOCAL = re.compile(r"(?:电话|手机|座机|传真|联系方式|微信)(?:号码|号)?[：:为是]?\s?([2-8](?:" + GAP + r"[0-9]){6,7})(?![0-9])")
ABROAD = re.compile(r"(?<![0-9A-Za-z])\+?86[\s\-]*[1-9][0-9]{1,2}[\s\-]+[2-8][0-9]{6,7}(?![0-9])")
LOOKALIKE = re.compile(rf"(?<![0-9A-Za-z])[1lI|]{GAP}[3-9]{GAP}(?:[0-9OoIl]{GAP}){{8}}[0-9OoIl](?![0-9A-Za-z]){MONEY}")
REAL_DIGITS = 6
CARD = re.compile(rf"{NOT_INSIDE}(?:{ONE}){{15,18}}[0-9](?![0-9A-Za-z]){MONEY}")
ACCOUNT = re.compile(r"(?:账号|帐号|卡号|账户|帐户|存折)[^0-9，。；]{0,8}((?:[0-9]" + GAP + r"){7,25}[0-9])(?![0-9])" + MONEY)
BANK_WORDS = re.compile(r"银行|账号|帐号|账户|帐户|卡号|开户|收款|户名|汇款|汇入|转账|打款|打入|存入|农信|信用社|储蓄|存折")
UNION_PAY = "62"
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
    rf"{GAP}[A-HJ-NP-Za-hj-np-z]{GAP}"
    r"(?:[A-HJ-NP-Za-hj-np-z0-9]{5}[0-9A-HJ-NP-Za-hj-np-z]|[A-HJ-NP-Za-hj-np-z0-9]{5}|[A-HJ-NP-Za-hj-np-z0-9]{4}[学警挂港澳试超])(?![A-Za-z0-9])"
)
PLATE_DIGITS = 3


def citizen_ids(reading: Reading) -> Spans:
    """18 characters by their check digit (GB 11643), or, where it is wrong, by the words beside them; 15 by their date of birth."""
    for found in ID_18.finditer(reading.plain):
        digits = digits_of(found[0])
        named = bool(ID_WORDS.search(reading.around(*found.span())))
        if len(digits) == LONG_ID and is_born(digits[6:14]) and digits[:2] in PROVINCES and (named or has_check(digits)):
            yield found.span()
    for found in ID_15.finditer(reading.plain):
        digits = digits_of(found[0])
        if len(digits) == SHORT_ID and digits[:2] in PROVINCES and is_born(f"19{digits[6:12]}"):
            yield found.span()


def has_check(digits: str) -> bool:
    """ISO 7064, MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], WEIGHTS, strict=True) if digit.isdigit())
    return digits[:17].isdigit() and CHECKS[total % 11] == digits[17]


def is_born(written: str) -> bool:
    try:
        born = dt.date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return False
    return OLDEST_YEAR <= born.year <= dt.date.max.year and born.year < OLDEST_YEAR + 300


def phones(reading: Reading) -> Spans:
    """Mobile numbers; landlines with their area code, or behind the word for one."""
    mobiles = [found.span() for found in MOBILE.finditer(reading.plain)]
    mobiles += [found.span() for found in GROUPED.finditer(reading.plain) if not within(found.span(), mobiles)]
    for found in (*ABROAD.finditer(reading.plain), *LOOKALIKE.finditer(reading.plain)):
        if sum(sign.isdigit() for sign in found[0]) >= REAL_DIGITS and not within(found.span(), mobiles):
            mobiles.append(found.span())
    yield from mobiles
    yield from (found.span() for found in LANDLINE.finditer(reading.plain) if not within(found.span(), mobiles))
    yield from (found.span(1) for found in LOCAL.finditer(reading.plain))


def bank_accounts(reading: Reading) -> Spans:
    """Card numbers by their check digit (Luhn) where the sentence speaks of a bank; whatever stands behind the word for an account."""
    behind = [found.span(1) for found in ACCOUNT.finditer(reading.plain)]
    yield from behind
    for found in CARD.finditer(reading.plain):
        digits = digits_of(found[0])
        if within(found.span(), behind) or not has_luhn(digits) or is_citizen_id(digits):
            continue
        if digits.startswith(UNION_PAY) or BANK_WORDS.search(reading.around(*found.span())):
            yield found.span()


def is_citizen_id(digits: str) -> bool:
    return len(digits) == LONG_ID and is_born(digits[6:14]) and has_check(digits)


def has_luhn(digits: str) -> bool:
    if not digits.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def plates(reading: Reading) -> Spans:
    """Plates of cars, of new energy (six characters), of driving schools, police and trailers."""
    for found in PLATE.finditer(reading.plain):
        if sum(character.isdigit() for character in found[0]) >= PLATE_DIGITS:
            yield found.span()


PAPERS = re.compile(
    r"(?<![0-9A-Za-z])(?:[Ee][0-9A-HJ-NP-Za-hj-np-z]?|[GgDdSsPp])[0-9]{7,8}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[CcHhMm][Ww]?[0-9]{8,10}(?![0-9A-Za-z])"
)
NAMED_PAPERS = re.compile(
    r"(?:台胞证|回乡证|军官证|士兵证|社保卡|医保卡|驾驶证|残疾证|护照)(?:号码|号)?[^0-9A-Za-z，。；]{0,4}[A-Za-z]?[0-9]{7,18}(?![0-9])"
)
PAPER_WORDS = re.compile(r"护照|通行证|证件|出入境|签证|证号")
MAIL = re.compile(rf"[0-9A-Za-z][0-9A-Za-z.+_\-]*(?:{GAP}@{GAP}|\s?[(（\[]?(?:at|AT)[)）\]]?\s?)[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)+")

CHAT = re.compile(r"(?:微信|QQ|qq|抖音|支付宝)(?:账号|帐号|号码|号)?[：:为是]?\s?(?=[A-Za-z0-9_\-]*[0-9])[A-Za-z0-9_][A-Za-z0-9_\-]{4,19}")


def passports(reading: Reading) -> Spans:
    """Passports and permits to cross a border, where the sentence speaks of one."""
    for found in PAPERS.finditer(reading.plain):
        if PAPER_WORDS.search(reading.around(*found.span())):
            yield found.span()
    yield from (found.span() for found in NAMED_PAPERS.finditer(reading.plain))


def mail_addresses(reading: Reading) -> Spans:
    """Addresses of e-mail, and names under which somebody is found in a chat."""
    yield from (found.span() for found in CHAT.finditer(reading.plain))
    yield from (found.span() for found in MAIL.finditer(reading.plain))


def within(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)
