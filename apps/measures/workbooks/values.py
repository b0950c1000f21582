"""What people type into cells, as values: days, figures, choices. What is not understood is said, never guessed."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from openpyxl.utils.datetime import from_excel

from apps.issues.forms.issues import EARLIEST, LATEST
from apps.measures.importing.days import SERIALS
from apps.measures.importing.sheets import Plain, plain_text

DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:[ T]0?0:00(?::00)?)?")
CLOSE_UP = re.compile(r"(\d{4})(\d{2})(\d{2})")
YES_WORDS = frozenset(["是", "√", "✓", "✔", "对", "y", "yes", "true", "1", "已承诺", "承诺"])
NO_WORDS = frozenset(["否", "×", "n", "no", "false", "0", "不"])
NO_DAY = "认不出日期，请按 2025-08-31 的样子填写"


class NotUnderstood(ValueError):
    """The message says what to write instead."""


def squeezed(value: Plain | None) -> str:
    """One line, full-width digits and letters as plain ones, no blanks around it."""
    return unicodedata.normalize("NFKC", plain_text(value)).strip()


def day_of(value: Plain) -> dt.date:
    """A day, as a spreadsheet keeps it or as people write it."""
    if isinstance(value, dt.datetime):
        found: dt.date = value.date()
    elif isinstance(value, dt.date):
        found = value
    else:
        found = _written_day(squeezed(value))
    if not EARLIEST <= found <= LATEST:
        raise NotUnderstood(f"日期应在 {EARLIEST} 至 {LATEST} 之间，请核对")
    return found


def _written_day(words: str) -> dt.date:
    if words.isdecimal() and len(words) == 5 and int(words) in SERIALS:
        moment = from_excel(int(words))
        if isinstance(moment, dt.datetime):
            return moment.date()
    parts = DAY.fullmatch(words) or CLOSE_UP.fullmatch(words)
    if parts is None:
        raise NotUnderstood(NO_DAY)
    try:
        return dt.date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError as error:
        raise NotUnderstood("没有这一天，请核对日期") from error


def number_of(value: Plain, unit: str) -> Decimal:
    """A figure; thousands' commas and the figure's own unit behind it do not matter."""
    words = squeezed(value).removesuffix(unicodedata.normalize("NFKC", unit)).replace(",", "").strip()
    try:
        found = Decimal(words)
    except InvalidOperation as error:
        raise NotUnderstood(f"不是数字，请只填数，单位是{unit}") from error
    places = found.as_tuple().exponent
    if not isinstance(places, int) or -places > 4 or abs(found.adjusted()) > 15:
        raise NotUnderstood("数值过大，或小数超过 4 位，请核对")
    return found


def yes_of(value: Plain | None) -> bool:
    words = squeezed(value).lower()
    if words in YES_WORDS:
        return True
    if not words or words in NO_WORDS:
        return False
    raise NotUnderstood("请填“是”，或留空")
