"""What the text of a cell may be, in every workbook and CSV that leaves the house (security.md S-50)."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_LIMIT = 32_767
SPELLING = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NO_CHARACTERS = re.compile("[\ufffe\uffff\ud800-\udfff]")
"""What XML cannot hold beside the control characters."""


def storable(value: Any) -> str:
    """The value as text that a cell can hold: without control characters, not longer than programs read."""
    text = "" if value is None else str(value)
    return NO_CHARACTERS.sub("", ILLEGAL_CHARACTERS_RE.sub("", text))[:CELL_LIMIT]


def spelled(text: str) -> str:
    """The text as a workbook holds it: what looks like the spelling of a character (_x000D_) is kept from being read as one."""
    return SPELLING.sub("_x005F_", text)


def is_read_as_formula(text: str) -> bool:
    """Whether a spreadsheet might take it for a formula; it is then marked with the apostrophe that spreadsheets hide."""
    return text.startswith(FORMULA_STARTS)
